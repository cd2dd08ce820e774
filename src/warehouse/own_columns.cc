#include "warehouse/own_columns.h"

#include <fmt/core.h>

#include <algorithm>

#include "sql/expression_walk.h"
#include "sql/functions.h"
#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "sql/syntax_scripting.h"

namespace freshet::warehouse {
namespace {

/// Names of columns and nothing else.
class OwnNames final : public sql::EngineNames {
 public:
  explicit OwnNames(const Table& table) : table_(table) {}

  sql::SqlResult<std::string> relation(const sql::NamedTable&) override { return refused(); }
  sql::SqlResult<std::string> stage(const sql::StageTable&) override { return refused(); }
  sql::SqlResult<std::string> table_function(const sql::FunctionCall&, const std::vector<PrintedArgument>&) override {
    return refused();
  }
  sql::SqlResult<std::optional<std::string>> context_function(const sql::FunctionCall&,
                                                              const std::vector<PrintedArgument>&) override {
    return std::nullopt;
  }
  sql::SqlResult<std::string> variable(const sql::SessionVariable&) override { return refused(); }
  sql::SqlResult<std::string> bind(const sql::BindVariable&) override { return refused(); }
  sql::SqlResult<sql::QualifiedName> dynamic_name(const sql::DynamicName&) override { return refused(); }
  sql::SqlResult<std::optional<std::string>> next_value(const sql::QualifiedName&) override { return std::nullopt; }
  std::optional<sql::SnowflakeType> column_type(const sql::QualifiedName& name) override {
    const auto found = std::ranges::find(table_.columns, name.last(), &Column::name);
    return found == table_.columns.end() ? std::nullopt : std::optional(found->type);
  }

 private:
  static std::unexpected<sql::Error> refused() {
    return sql::fail(sql::unsupported_feature("other objects in an expression over a table's own columns"));
  }
  const Table& table_;
};

/// What gives another value each time, or depends on who asks.
bool is_of_the_moment(std::string_view name) {
  if (name.starts_with("CURRENT_") || name.starts_with("SYSTEM$") || name.starts_with("SEQ")) return true;
  for (std::string_view known : {"RANDOM", "RANDSTR", "UUID_STRING", "UNIFORM", "NORMAL", "ZIPF", "SYSDATE", "SYSTIMESTAMP",
                                 "GETDATE", "LOCALTIME", "LOCALTIMESTAMP", "LAST_QUERY_ID", "GETVARIABLE"}) {
    if (name == known) return true;
  }
  return false;
}

/// The first thing in an expression that may not stand in it.
struct Unfit {
  int32_t code = 0; // as of virtual columns; 0: nothing
  std::string what; // "subquery", "non-deterministic RANDOM function"
};

Unfit unfit_part(const sql::Expression& expression) {
  Unfit out;
  sql::walk_expressions(expression, [&](const sql::Expression& part) {
    if (out.code != 0) return true;
    const auto* in = part.as<sql::In>();
    if (part.as<sql::ScalarSubquery>() || part.as<sql::Exists>() || part.as<sql::QuantifiedComparison>() || (in && in->query))
      out = {11202, "subquery"};
    else if (part.as<sql::BindVariable>())
      out = {11203, "bind variable"};
    else if (part.as<sql::SessionVariable>())
      out = {11204, "session variable"};
    else if (part.as<sql::PositionalColumn>())
      out = {11205, "column positional reference"};
    const auto* call = part.as<sql::FunctionCall>();
    if (call == nullptr) return out.code != 0;
    const auto name = std::string(call->name.last());
    const auto* rule = sql::rule_of(*call);
    if (is_of_the_moment(name))
      out = {11201, fmt::format("non-deterministic {} function", name)};
    else if (call->over || (rule != nullptr && rule->form == sql::FunctionForm::window))
      out = {11201, fmt::format("window {} function", name)};
    else if (rule != nullptr && sql::is_aggregate(*rule))
      out = {11201, fmt::format("aggregate {} function", name)};
    else if (rule == nullptr)
      out = {11201, fmt::format("user-defined {} function", name)};
    return out.code != 0;
  });
  return out;
}

} // namespace

void add_own_expressions(const Table& table, VersionedTable& out) {
  OwnNames names(table);
  for (size_t place = 0; place < table.columns.size(); ++place) {
    const auto& column = table.columns[place];
    if (column.computed.empty()) continue;
    const auto expression = sql::parse_expression(column.computed);
    auto text = expression ? sql::print_engine_value(*expression, column.type, names) : std::unexpected(expression.error());
    if (text) out.computed.push_back({column.name, fmt::format("CAST({} AS {})", *text, column.type.engine_type()), place});
  }
  for (const auto& constraint : table.constraints) {
    if (constraint.kind != "CHECK") continue;
    const auto expression = sql::parse_expression(constraint.condition);
    auto text = expression ? sql::print_engine_expression(*expression, names) : std::unexpected(expression.error());
    if (text) out.checks.push_back({constraint.name.empty() ? constraint.condition : constraint.name, *text});
  }
}

sql::SqlResult<void> check_virtual(const sql::Expression& expression, const std::string& column) {
  const auto unfit = unfit_part(expression);
  if (unfit.code == 0) return {};
  return sql::fail(
      {unfit.code, "42601",
       fmt::format("SQL compilation error:\nInvalid usage of {} in {} virtual column definition.", unfit.what, column)});
}

namespace {

bool calls_functions(const sql::Expression& expression) {
  bool found = false;
  sql::walk_expressions(expression,
                        [&](const sql::Expression& part) { return found |= part.as<sql::FunctionCall>() != nullptr; });
  return found;
}

/// Scales have to be the same. A column or a cast also says how long its values are; operators give more than they need.
bool fits(const sql::SnowflakeType& declared, const sql::SnowflakeType& given, bool is_exact) {
  using enum sql::TypeKind;
  if (declared.kind != given.kind) return false;
  if (declared.kind == number) return declared.scale == given.scale && (!is_exact || declared.precision >= given.precision);
  return declared.kind != text || !is_exact || declared.length >= given.length;
}

} // namespace

std::optional<sql::SnowflakeType> misfit_of(const Column& column, const Table& table) {
  const auto expression = sql::parse_expression(column.computed);
  if (!expression) return std::nullopt;
  const bool is_exact = expression->as<sql::ColumnReference>() != nullptr || expression->as<sql::Cast>() != nullptr;
  if (!is_exact && calls_functions(*expression)) return std::nullopt;
  sql::Select select;
  select.items.push_back({*expression, std::nullopt, {}});
  sql::Query query;
  query.body.node = std::move(select);
  OwnNames names(table);
  const auto printed = sql::print_engine_select(query, names);
  if (!printed || !printed->columns || !printed->columns->front().type) return std::nullopt;
  const auto& given = *printed->columns->front().type;
  return fits(column.type, given, is_exact) ? std::nullopt : std::optional(given);
}

sql::SqlResult<void> check_virtual_types(const Table& table) {
  for (const auto& column : table.columns) {
    if (column.computed.empty()) continue;
    const auto given = misfit_of(column, table);
    if (!given) continue;
    return sql::fail({1482, "42601",
                      fmt::format("SQL compilation error:\nData type of virtual column does not match the data type of its "
                                  "expression for column '{}'. Expected data type '{}', found '{}'.",
                                  column.name, column.type.to_string(), given->to_string())});
  }
  return {};
}

sql::SqlResult<void> check_condition(const sql::Expression& expression) {
  const auto unfit = unfit_part(expression);
  if (unfit.code == 0) return {};
  return sql::fail(sql::unsupported_feature(fmt::format("{} in a CHECK constraint", unfit.what)));
}

std::vector<std::string> mentioned_columns(const std::string& text) {
  std::vector<std::string> out;
  auto expression = sql::parse_expression(text);
  if (!expression) return out;
  sql::replace_names(*expression, [&](const sql::QualifiedName& name) -> std::optional<sql::Expression::Node> {
    out.emplace_back(name.last());
    return std::nullopt;
  });
  return out;
}

std::string with_renamed_column(const std::string& text, const std::string& from, const std::string& to) {
  auto expression = sql::parse_expression(text);
  if (!expression) return text;
  sql::replace_names(*expression, [&](const sql::QualifiedName& name) -> std::optional<sql::Expression::Node> {
    if (name.last() != from) return std::nullopt;
    sql::ColumnReference renamed;
    renamed.name.parts.push_back({to, true, {}});
    return renamed;
  });
  return sql::print_expression(*expression);
}

} // namespace freshet::warehouse
