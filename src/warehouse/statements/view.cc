#include <fmt/core.h>

#include "sql/engine_printer.h"
#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "warehouse/literal.h"
#include "warehouse/policies.h"
#include "warehouse/statements/create.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {

namespace {

/// CREATE RECURSIVE VIEW v (a, …) AS query: WITH RECURSIVE v (a, …) AS (query) SELECT * FROM v.
SqlResult<std::string> recursive_query(const sql::CreateView& statement) {
  if (statement.columns.empty())
    return sql::fail(
        {1003, "42000", "SQL compilation error:\na recursive view names its columns: CREATE RECURSIVE VIEW v (a, …)"});
  const auto name = sql::quote_identifier(statement.name.last());
  std::string columns;
  for (const auto& column : statement.columns)
    columns += (columns.empty() ? "" : ", ") + sql::quote_identifier(column.name.name);
  return fmt::format("WITH RECURSIVE {0} ({1}) AS ({2}) SELECT * FROM {0}", name, columns, statement.query_text);
}

SqlResult<std::vector<ResultColumn>> bound_columns(StatementContext& context, const sql::Query& query) {
  auto printed = TRY(context.print_select(query));
  auto prepared = TRY(context.checked(context.connection().prepare(printed.text)));
  return result_columns(prepared.columns(), printed.columns);
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateView& statement) {
  // With QUOTED_IDENTIFIERS_IGNORE_CASE names as they are now: the parameter says nothing about what is made already.
  const bool folds = context.session().parameters().parse_options().folds_quoted;
  const auto text = statement.recursive ? TRY(recursive_query(statement))
                    : folds             ? sql::print_query(statement.query)
                                        : statement.query_text;
  std::optional<sql::Query> recursive;
  if (statement.recursive) recursive = TRY(sql::parse_query(text, context.session().parameters().parse_options()));
  // Bound once, outside the DDL's transaction: what it reads must exist, and reading a stream here consumes nothing.
  auto bound = bound_columns(context, recursive ? *recursive : statement.query);
  if (!bound && !statement.force) return std::unexpected(bound.error());
  const auto columns = bound.value_or(std::vector<ResultColumn>{});
  if (bound && !statement.columns.empty() && statement.columns.size() != columns.size()) {
    return sql::fail(
        {2026, "42601",
         fmt::format("SQL compilation error:\nInvalid column definition list: {} columns are named and {} selected",
                     statement.columns.size(), columns.size())});
  }
  Creation creation{ObjectKind::view, statement.materialized ? "Materialized view" : "View", statement.options, statement.name,
                    &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    View view;
    view.query = text;
    view.text = context.statement().text;
    view.secure = statement.options.secure;
    view.materialized = statement.materialized;
    view.named_columns = bound && !statement.columns.empty();
    for (size_t i = 0; i < columns.size(); ++i) {
      Column column{.name = columns[i].name, .type = columns[i].type, .nullable = columns[i].nullable};
      if (view.named_columns) {
        column.name = statement.columns[i].name.name;
        column.comment = statement.columns[i].comment.value_or("");
        TRY(set_tag_clauses(context, column.tags, statement.columns[i].tags));
      }
      view.columns.push_back(std::move(column));
    }
    for (size_t i = 0; i < statement.columns.size() && i < view.columns.size(); ++i) {
      if (const auto& policy = statement.columns[i].masking_policy) {
        view.columns[i].masking =
            TRY(policy_use(context, *policy, sql::ObjectKind::masking_policy, view.columns[i].name, view.columns));
      }
    }
    if (statement.row_access_policy) {
      view.row_access =
          TRY(policy_use(context, *statement.row_access_policy, sql::ObjectKind::row_access_policy, "", view.columns));
    }
    object.body = std::move(view);
    return {};
  });
}

} // namespace freshet::warehouse
