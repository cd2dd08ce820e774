// CREATE (but for tables and routines), DROP, UNDROP and COMMENT in Snowflake's dialect.
#include "sql/snowflake_text.h"

namespace freshet::sql {

void SnowflakeText::create(const CreateOptions& options, std::string_view kind, const QualifiedName& object) {
  text("CREATE ");
  words(options.or_replace, "OR REPLACE ");
  words(options.or_alter, "OR ALTER ");
  words(options.transient, "TRANSIENT ");
  words(options.temporary, "TEMPORARY ");
  words(options.secure, "SECURE ");
  words(true, kind, options.if_not_exists ? " IF NOT EXISTS " : " ");
  name(object);
}

void SnowflakeText::clone(const std::optional<CloneClause>& clause) {
  if (!clause) return;
  text(" CLONE ");
  name(clause->source);
  if (clause->at) history_point(*clause->at);
  words(clause->ignores_short_retention, " IGNORE TABLES WITH INSUFFICIENT DATA RETENTION");
  words(clause->ignores_hybrid_tables, " IGNORE HYBRID TABLES");
  words(clause->internal_stages, " INCLUDE INTERNAL STAGES");
}

void SnowflakeText::print(const CreateDatabase& node) {
  create(node.options, "DATABASE", node.name);
  clone(node.clone);
  properties(node.properties);
}

void SnowflakeText::print(const CreateSchema& node) {
  create(node.options, "SCHEMA", node.name);
  clone(node.clone);
  words(node.managed_access, " WITH MANAGED ACCESS");
  properties(node.properties);
}

void SnowflakeText::print(const CreateView& node) {
  create(node.options,
         node.materialized ? "MATERIALIZED VIEW"
         : node.recursive  ? (node.force ? "FORCE RECURSIVE VIEW" : "RECURSIVE VIEW")
                           : (node.force ? "FORCE VIEW" : "VIEW"),
         node.name);
  if (!node.columns.empty()) {
    text(" (");
    joined(node.columns, [this](const ViewColumn& column) {
      identifier(column.name);
      masking_policy(column.masking_policy);
      properties(column.tags);
      if (!column.comment) return;
      text(" COMMENT ");
      string(*column.comment);
    });
    text(")");
  }
  words(node.options.copy_grants, " COPY GRANTS");
  row_access_policy(node.row_access_policy);
  properties(node.properties);
  text(" AS ");
  query(node.query);
}

void SnowflakeText::masking_policy(const std::optional<PolicyUse>& use) {
  if (!use) return;
  text(" MASKING POLICY ");
  name(use->policy);
  words(!use->columns.empty(), " USING");
  bracketed_identifiers(use->columns);
}

void SnowflakeText::row_access_policy(const std::optional<PolicyUse>& use) {
  if (!use) return;
  text(" ROW ACCESS POLICY ");
  name(use->policy);
  text(" ON");
  bracketed_identifiers(use->columns);
}

void SnowflakeText::print(const CreateSequence& node) {
  create(node.options, "SEQUENCE", node.name);
  const auto start = std::to_string(node.start);
  const auto step = std::to_string(node.step);
  words(true, " START WITH ", std::string_view(start), " INCREMENT BY ", std::string_view(step));
  words(node.ordered, " ORDER");
  if (!node.comment) return;
  text(" COMMENT = ");
  string(*node.comment);
}

void SnowflakeText::print(const CreateFileFormat& node) {
  create(node.options, "FILE FORMAT", node.name);
  properties(node.properties);
}

void SnowflakeText::print(const CreateStage& node) {
  create(node.options, "STAGE", node.name);
  clone(node.clone);
  properties(node.properties);
}

void SnowflakeText::print(const CreatePipe& node) {
  create(node.options, "PIPE", node.name);
  properties(node.properties);
  text(" AS ");
  print(node.copy);
}

void SnowflakeText::print(const CreateStream& node) {
  create(node.options, "STREAM", node.name);
  clone(node.clone);
  if (node.clone) return;
  words(node.options.copy_grants, " COPY GRANTS");
  words(true, " ON ", name_of(node.source_kind), " ");
  name(node.source);
  if (node.at) history_point(*node.at);
  words(node.append_only, " APPEND_ONLY = TRUE");
  words(node.insert_only, " INSERT_ONLY = TRUE");
  words(node.show_initial_rows, " SHOW_INITIAL_ROWS = TRUE");
  properties(node.properties);
}

void SnowflakeText::print(const CreateHistoryTable& node) {
  using Track = CreateHistoryTable::Track;
  create(node.options, "HISTORY TABLE", node.name);
  text(" FROM ");
  name(node.source);
  text(" KEYS");
  bracketed_identifiers(node.keys);
  if (node.sequence_by) {
    text(" SEQUENCE BY ");
    expression(*node.sequence_by);
  }
  words(node.track == Track::only, " TRACK");
  words(node.track == Track::all_except, " TRACK ALL");
  words(node.track == Track::all_except && !node.track_columns.empty(), " EXCEPT");
  bracketed_identifiers(node.track_columns);
  if (node.delete_when) {
    text(" DELETE WHEN ");
    expression(*node.delete_when);
  }
  properties(node.properties);
}

void SnowflakeText::print(const CreateObject& node) {
  create(node.options, name_of(node.kind), node.name);
  if (node.body) {
    text(" AS ");
    parameters(node.parameters);
    text(" RETURNS ");
    type(node.returns.type);
    text(" -> ");
    text(node.body_text); // as written
  }
  properties(node.properties);
  words(!node.rest.empty(), " ", std::string_view(node.rest));
}

void SnowflakeText::print(const Drop& node) {
  words(true, "DROP ", name_of(node.kind), node.if_exists ? " IF EXISTS " : " ");
  name(node.name);
  types(node.argument_types);
  words(node.cascade, " CASCADE");
  words(node.restrict, " RESTRICT");
}

void SnowflakeText::print(const Undrop& node) {
  words(true, "UNDROP ", name_of(node.kind), " ");
  name(node.name);
}

void SnowflakeText::print(const CommentOn& node) {
  words(true, node.if_exists ? "COMMENT IF EXISTS ON " : "COMMENT ON ", name_of(node.kind), " ");
  name(node.name);
  types(node.argument_types);
  text(" IS ");
  string(node.comment);
}

} // namespace freshet::sql
