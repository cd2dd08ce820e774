#include "warehouse/ddl_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/statement_context.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/table.h"
#include "warehouse/tasks/task_properties.h"

namespace freshet::warehouse {
namespace {

/// `'text'` as Snowflake's scripts write it.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += c == '\\' ? "\\" : "'";
    out += c;
  }
  return out + "'";
}

std::string name_where_needed(std::string_view name) {
  auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; };
  const bool is_plain = !name.empty() && (name[0] < '0' || name[0] > '9') && std::ranges::all_of(name, plain);
  return is_plain ? std::string(name) : engine::quote_identifier(name);
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Prints one object after the other. `qualified`: names with their database and schema.
class DdlText {
 public:
  DdlText(StatementContext& context, bool is_qualified) : context_(context), qualified_(is_qualified) {}

  std::string of(const Object& object) {
    return std::visit([&](const auto& body) { return print(object, body); }, object.body);
  }

 private:
  std::string name(const Object& object) const {
    return qualified_ ? context_.catalog().full_name(object) : name_where_needed(object.name);
  }

  std::string list(const std::vector<std::string>& names) const {
    std::string out;
    for (const auto& each : names) out += (out.empty() ? "" : ", ") + name_where_needed(each);
    return "(" + out + ")";
  }

  std::string column(const Column& column) const {
    std::string out = "\t" + name_where_needed(column.name) + " " + column.type.to_string();
    if (!column.nullable) out += " NOT NULL";
    if (!column.computed.empty()) out += " AS (" + column.computed + ")";
    if (column.default_value) out += " DEFAULT " + *column.default_value;
    if (column.autoincrement)
      out += fmt::format(" autoincrement start {} increment {} {}", column.autoincrement->start, column.autoincrement->step,
                         column.autoincrement->ordered ? "order" : "noorder");
    if (column.masking) {
      if (const auto policy = context_.catalog().find(column.masking->policy))
        out += " WITH MASKING POLICY " + context_.catalog().full_name(*policy);
    }
    if (!column.comment.empty()) out += " COMMENT " + in_quotes(column.comment);
    return out;
  }

  std::string constraint(const Constraint& constraint) const {
    std::string out = "\t";
    if (!constraint.name.empty()) out += "constraint " + name_where_needed(constraint.name) + " ";
    if (constraint.kind == "CHECK") return out + "check (" + constraint.condition + ")";
    const bool foreign = constraint.kind == "FOREIGN KEY";
    out += (foreign ? "foreign key " : constraint.kind == "UNIQUE" ? "unique " : "primary key ") + list(constraint.columns);
    return foreign ? out + " references " + constraint.references : out;
  }

  std::string dynamic(const Object& object, const Table& table) const {
    const auto& definition = *table.dynamic;
    std::string columns;
    for (const auto& each : table.columns) columns += (columns.empty() ? "\t" : ",\n\t") + name_where_needed(each.name);
    const bool downstream = definition.target_lag == "DOWNSTREAM";
    std::string out = fmt::format(
        "create or replace dynamic table {}(\n{}\n) target_lag = {} refresh_mode = {} initialize = {}", name(object), columns,
        downstream ? definition.target_lag : in_quotes(definition.target_lag), definition.refresh_mode, definition.initialize);
    if (!definition.warehouse.empty()) out += " warehouse = " + name_where_needed(definition.warehouse);
    if (!table.cluster_by.empty()) out += " cluster by " + table.cluster_by;
    if (!object.comment.empty()) out += " COMMENT=" + in_quotes(object.comment);
    return out + "\n as " + definition.query + ";";
  }

  std::string external(const Object& object, const Table& table) const {
    const auto& definition = *table.external;
    std::string lines;
    for (const auto& each : table.columns) {
      if (each.computed.empty()) continue;
      lines += fmt::format("{}\t{} {} AS ({})", lines.empty() ? "" : ",\n", name_where_needed(each.name), each.type.to_string(),
                           each.computed);
    }
    std::string out = "create or replace external table " + name(object);
    if (!lines.empty()) out += "(\n" + lines + ")";
    if (!definition.partition_by.empty()) out += "\npartition by " + list(definition.partition_by);
    if (definition.user_partitions) out += "\npartition_type=user_specified";
    out += fmt::format("\nlocation=@{}/{}\nauto_refresh={}", definition.stage_name, definition.path,
                       definition.auto_refresh ? "true" : "false");
    if (!definition.pattern.empty()) out += "\npattern=" + in_quotes(definition.pattern);
    std::string format;
    for (const auto& [key, items] : definition.file_format)
      format += fmt::format("{}{}={}", format.empty() ? "" : " ", key, key == "TYPE" ? items.front() : value(items));
    out += "\nfile_format=(" + format + ")";
    if (!object.comment.empty()) out += "\ncomment=" + in_quotes(object.comment);
    return out + "\n;";
  }

  std::string print(const Object& object, const Table& table) const {
    if (table.external) return external(object, table);
    if (table.dynamic) return dynamic(object, table);
    std::string lines;
    for (const auto& each : table.columns) lines += (lines.empty() ? "" : ",\n") + column(each);
    for (const auto& each : table.constraints) lines += ",\n" + constraint(each);
    const std::string word = table.options.contains(k_hybrid_table) ? "HYBRID " : table.kind == "TABLE" ? "" : table.kind + " ";
    std::string out = "create or replace " + word + "TABLE " + name(object);
    if (!table.cluster_by.empty()) out += " cluster by " + table.cluster_by;
    out += " (\n" + lines + "\n)";
    if (!object.comment.empty()) out += "COMMENT=" + in_quotes(object.comment) + "\n";
    return out + ";";
  }

  std::string print(const Object& object, const View& view) const {
    std::string columns;
    for (const auto& each : view.columns) {
      columns += (columns.empty() ? "\t" : ",\n\t") + name_where_needed(each.name);
      if (!each.comment.empty()) columns += " COMMENT " + in_quotes(each.comment);
    }
    std::string out = fmt::format("create or replace {}{}view {}(\n{}\n)", view.secure ? "secure " : "",
                                  view.materialized ? "materialized " : "", name(object), columns);
    if (!object.comment.empty()) out += " COMMENT=" + in_quotes(object.comment) + "\n";
    return out + " as " + view.query + ";";
  }

  std::string print(const Object& object, const Sequence& sequence) const {
    return fmt::format("create or replace sequence {} start with {} increment by {} {}{};", name(object), sequence.start,
                       sequence.step, sequence.ordered ? "order" : "noorder",
                       object.comment.empty() ? "" : " COMMENT=" + in_quotes(object.comment));
  }

  std::string print(const Object& object, const FileFormat& format) const {
    std::string out = fmt::format("CREATE OR REPLACE FILE FORMAT {}\n\tTYPE = {}\n", name(object), format.type);
    for (const auto& [key, items] : format.options) {
      if (key != "TYPE") out += "\t" + key + " = " + value(items) + "\n";
    }
    return out + ";";
  }

  static std::string value(const std::vector<std::string>& items) {
    if (items.size() == 1) {
      const auto& item = items[0];
      const bool is_word = item == "TRUE" || item == "FALSE" || item == "NONE" || item == "AUTO" ||
                           (!item.empty() && std::ranges::all_of(item, [](char c) { return c >= '0' && c <= '9'; }));
      return is_word ? item : in_quotes(item);
    }
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ", ") + in_quotes(item);
    return "(" + out + ")";
  }

  std::string print(const Object& object, const Stream& stream) const {
    const auto source = context_.catalog().find(stream.source);
    std::string from = stream.source_name; // qualified: the source may stand in another schema
    if (source) from = !qualified_ && source->parent == object.parent ? name(*source) : context_.catalog().full_name(*source);
    std::string out = fmt::format("create or replace stream {} on {} {}", name(object), lower_case(stream.source_type), from);
    if (stream.append_only) out += " append_only = true";
    if (stream.insert_only) out += " insert_only = true";
    if (!object.comment.empty()) out += " COMMENT=" + in_quotes(object.comment);
    return out + ";";
  }

  std::string print(const Object& object, const Pipe& pipe) const {
    return fmt::format("create or replace pipe {} auto_ingest={} as {};", name(object), pipe.auto_ingest ? "true" : "false",
                       pipe.definition);
  }

  std::string print(const Object& object, const Stage& stage) const {
    std::string out = "create or replace stage " + name(object);
    if (!stage.url.empty()) out += "\n\turl = " + in_quotes(stage.url);
    if (!stage.storage_integration.empty()) out += "\n\tstorage_integration = " + name_where_needed(stage.storage_integration);
    if (stage.directory_enabled)
      out += fmt::format("\n\tdirectory = (enable = true{})", stage.directory_auto_refresh ? " auto_refresh = true" : "");
    return out + ";";
  }

  std::string print(const Object& object, const Task& task) const {
    std::string out = "create or replace task " + name(object);
    if (!task.compute.empty()) out += "\n\twarehouse=" + name_where_needed(task.compute);
    if (!task.schedule.empty()) out += "\n\tschedule=" + in_quotes(task.schedule);
    if (!task.config.empty()) out += "\n\tconfig=" + in_quotes(task.config);
    const Task fresh;
    if (task.overlap_policy != fresh.overlap_policy) out += "\n\toverlap_policy=" + task.overlap_policy;
    const auto number = [&](std::string_view key, int64_t value, int64_t by_default) {
      if (value != by_default) out += fmt::format("\n\t{}={}", key, value);
    };
    number("user_task_timeout_ms", task.timeout_ms, fresh.timeout_ms);
    number("suspend_task_after_num_failures", task.suspend_after_failures, fresh.suspend_after_failures);
    number("task_auto_retry_attempts", task.auto_retry_attempts, fresh.auto_retry_attempts);
    if (!task.error_integration.empty()) out += "\n\terror_integration=" + name_where_needed(task.error_integration);
    for (const auto& [key, items] : task.options) {
      if (key == "TAG" || items.empty()) continue;
      const bool is_name = key == "SUCCESS_INTEGRATION";
      out += "\n\t" + lower_case(key) + "=" + (is_name ? name_where_needed(items.front()) : value(items));
    }
    for (const auto& [key, text] : task.session_parameters) out += "\n\t" + key + "=" + value({text});
    if (!object.comment.empty()) out += "\n\tcomment=" + in_quotes(object.comment);
    if (const auto root = context_.catalog().find(task.finalizes)) out += "\n\tfinalize=" + context_.catalog().full_name(*root);
    if (!task.predecessors.empty()) {
      std::string after;
      for (auto id : task.predecessors) {
        if (const auto predecessor = context_.catalog().find(id))
          after += (after.empty() ? "" : ", ") + context_.catalog().full_name(*predecessor);
      }
      out += "\n\tafter " + after;
    }
    if (!task.execute_as_user.empty()) out += "\n\texecute as user " + name_where_needed(task.execute_as_user);
    if (!task.condition.empty()) out += "\n\twhen " + task.condition;
    return out + "\n\tas " + task.definition + ";";
  }

  std::string print(const Object& object, const Alert& alert) const {
    std::string out = "create or replace alert " + name(object);
    if (!alert.schedule.empty()) out += "\n\tschedule=" + in_quotes(alert.schedule);
    if (!alert.compute.empty()) out += "\n\twarehouse=" + name_where_needed(alert.compute);
    if (!object.comment.empty()) out += "\n\tcomment=" + in_quotes(object.comment);
    if (!alert.config.empty()) out += "\n\tconfig=" + in_quotes(alert.config);
    if (!alert.runbook.empty()) out += "\n\trunbook=" + in_quotes(alert.runbook);
    if (alert.suspend_after_failures != 0)
      out += fmt::format("\n\tsuspend_alert_after_num_failures={}", alert.suspend_after_failures);
    return out + "\n\tif( exists( " + alert.condition + " ))\n\tthen " + alert.action + ";";
  }

  std::string routine(const Object& object, const Routine& routine, std::string_view kind, bool says_rights) const {
    std::string arguments;
    for (const auto& argument : routine.arguments) {
      auto type = argument.type.to_string();
      if (argument.type.kind == sql::TypeKind::text) type = "VARCHAR";
      arguments += fmt::format("{}{} {}", arguments.empty() ? "" : ", ", engine::quote_identifier(argument.name), type);
      if (argument.default_value) arguments += " DEFAULT " + *argument.default_value;
    }
    const auto full = qualified_ ? context_.catalog().full_name(object) : engine::quote_identifier(object.name);
    auto out = fmt::format("CREATE OR REPLACE {}{} {}({})\nRETURNS {}{}\nLANGUAGE {}\n", routine.secure ? "SECURE " : "", kind,
                           full, arguments, routine.returns, routine.returns_not_null ? " NOT NULL" : "", routine.language);
    if (routine.strict) out += "STRICT\n";
    if (routine.volatility == "IMMUTABLE") out += "IMMUTABLE\n";
    for (const auto& [key, items] : routine.options) out += key + " = " + value(items) + "\n";
    if (!object.comment.empty()) out += "COMMENT=" + in_quotes(object.comment) + "\n";
    if (says_rights) out += "EXECUTE AS " + routine.execute_as + "\n";
    return out + "AS " + in_quotes(routine.body) + ";";
  }

  std::string print(const Object& object, const Procedure& procedure) const {
    return routine(object, procedure, "PROCEDURE", true);
  }
  std::string print(const Object& object, const Function& function) const {
    return routine(object, function, "FUNCTION", false);
  }

  std::string print(const Object& object, const AccessPolicy& policy) const {
    std::string arguments;
    for (const auto& argument : policy.arguments)
      arguments += fmt::format("{}{} {}", arguments.empty() ? "" : ", ", argument.name, argument.type.to_string());
    return fmt::format("create or replace {} {} as ({}) returns {} ->\n{};",
                       policy.type == "MASKING POLICY" ? "masking policy" : "row access policy", name(object), arguments,
                       policy.returns, policy.body);
  }

  std::string print(const Object& object, const Schema& schema) {
    std::string out = fmt::format("create or replace {}schema {};\n", schema.transient ? "TRANSIENT " : "", name(object));
    for (auto kind : {ObjectKind::sequence, ObjectKind::table, ObjectKind::file_format, ObjectKind::stage,
                      ObjectKind::access_policy, ObjectKind::view, ObjectKind::function, ObjectKind::procedure,
                      ObjectKind::stream, ObjectKind::pipe, ObjectKind::task, ObjectKind::alert}) {
      for (const auto& child : context_.catalog().children(object.id, kind)) out += "\n" + of(*child) + "\n";
    }
    return out;
  }

  std::string print(const Object& object, const Database& database) {
    std::string out = fmt::format("create or replace {}database {};\n", database.transient ? "TRANSIENT " : "", name(object));
    for (const auto& schema : context_.catalog().children(object.id, ObjectKind::schema)) out += "\n" + of(*schema);
    return out;
  }

  std::string print(const Object& object, const ComputeWarehouse& compute) const {
    return fmt::format("create or replace warehouse {}\nwith\n\twarehouse_size='{}'\n\tauto_suspend={}\n\tauto_resume={};",
                       name(object), compute.size, compute.auto_suspend_seconds, compute.auto_resume ? "true" : "false");
  }

  std::string print(const Object& object, const Integration& integration) const {
    std::string out =
        fmt::format("create or replace {} integration {}\n\ttype={}\n\tenabled={}", lower_case(integration.category),
                    name(object), integration.type, integration.enabled ? "true" : "false");
    for (const auto& [key, items] : integration.options) out += fmt::format("\n\t{}={}", lower_case(key), value(items));
    if (!object.comment.empty()) out += "\n\tcomment=" + in_quotes(object.comment);
    return out + ";";
  }

  template <typename Other>
  std::string print(const Object&, const Other&) const {
    return {};
  }

  StatementContext& context_;
  const bool qualified_;
};

/// `name(NUMBER, VARCHAR)` of procedures and functions.
struct WrittenName {
  sql::QualifiedName name;
  std::optional<std::vector<sql::TypeName>> types;
};

SqlResult<WrittenName> written_name(const std::string& text) {
  WrittenName out;
  const auto bracket = text.find('(');
  out.name = TRY(sql::parse_qualified_name(text.substr(0, bracket)));
  if (bracket == std::string::npos) return out;
  // A DROP says the same, and is parsed already.
  const auto drop = TRY(sql::parse_statement("DROP PROCEDURE " + text));
  out.types = drop.as<sql::Drop>()->argument_types;
  return out;
}

SqlResult<ObjectPointer> subject(StatementContext& context, std::string kind, const std::string& text) {
  std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::ranges::replace(kind, '_', ' ');
  const auto name = TRY(written_name(text));
  constexpr std::string_view k_relations[] = {"TABLE", "VIEW", "DYNAMIC TABLE", "EVENT TABLE", "EXTERNAL TABLE"};
  if (std::ranges::find(k_relations, kind) != std::end(k_relations)) {
    auto object = TRY(context.relation(name.name)); // either word will do for either
    if (object->as<Stream>() == nullptr) return object;
  }
  static constexpr std::pair<std::string_view, sql::ObjectKind> k_kinds[] = {
      {"DATABASE", sql::ObjectKind::database},
      {"SCHEMA", sql::ObjectKind::schema},
      {"SEQUENCE", sql::ObjectKind::sequence},
      {"FILE FORMAT", sql::ObjectKind::file_format},
      {"STREAM", sql::ObjectKind::stream},
      {"PIPE", sql::ObjectKind::pipe},
      {"TASK", sql::ObjectKind::task},
      {"ALERT", sql::ObjectKind::alert},
      {"STAGE", sql::ObjectKind::stage},
      {"PROCEDURE", sql::ObjectKind::procedure},
      {"FUNCTION", sql::ObjectKind::function},
      {"WAREHOUSE", sql::ObjectKind::warehouse},
      {"INTEGRATION", sql::ObjectKind::integration},
      {"MASKING POLICY", sql::ObjectKind::masking_policy},
      {"ROW ACCESS POLICY", sql::ObjectKind::row_access_policy},
  };
  auto find = [&](sql::ObjectKind written_kind) -> SqlResult<ObjectPointer> {
    auto object = TRY(find_named(context, written_kind, name.name, name.types));
    if (!object) return sql::fail(missing(catalog_kind(written_kind), written(name.name)));
    return object;
  };
  if (kind == "POLICY") {
    auto masking = find(sql::ObjectKind::masking_policy);
    return masking ? masking : find(sql::ObjectKind::row_access_policy);
  }
  const auto found = std::ranges::find(k_kinds, kind, [](const auto& entry) { return entry.first; });
  if (found == std::end(k_kinds)) {
    return sql::fail({2023, "22023", fmt::format("SQL compilation error:\nInvalid object type: '{}' in GET_DDL.", kind)});
  }
  return find(found->second);
}

SqlResult<std::string> get_ddl(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() < 2) {
    return sql::fail({938, "22023",
                      fmt::format("SQL compilation error:\nnot enough arguments for function [GET_DDL], expected 2, got {}",
                                  arguments.size())});
  }
  const auto kind = TRY(context.constant_text(arguments[0])).value_or("");
  const auto name = TRY(context.constant_text(arguments[1])).value_or("");
  const auto qualified = arguments.size() > 2 ? TRY(context.constant_text(arguments[2])).value_or("") : std::string();
  const auto object = TRY(subject(context, kind, name));
  return engine::quote_literal(DdlText(context, qualified == "true").of(*object));
}

} // namespace

std::string ddl_text(StatementContext& context, const Object& object) {
  return DdlText(context, false).of(object);
}

void add_ddl_functions(FunctionRegistry& registry) {
  registry.add_scalar("GET_DDL", get_ddl);
}

} // namespace freshet::warehouse
