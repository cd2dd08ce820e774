// EXPLAIN: the engine's plan in Snowflake's terms.
#include <fmt/core.h>

#include <boost/json.hpp>
#include <charconv>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/physical.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/usage_functions.h"

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

struct Operation {
  std::string name;
  std::optional<size_t> parent;
  std::string objects;
  std::string expressions;
};

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (!value->is_array()) return json::serialize(*value);
  std::string out;
  for (const auto& item : value->get_array())
    out += (out.empty() ? "" : ", ") + (item.is_string() ? std::string(item.get_string()) : json::serialize(item));
  return out;
}

/// Snowflake's word for an operator of the engine; "" for one that has none and is left out.
std::string operation_name(std::string_view name, const json::object& details) {
  auto is = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  if (is("PROJECTION") || is("RESULT")) return "";
  if (is("JOIN")) {
    const auto type = text_of(details, "Join Type");
    if (type.starts_with("LEFT")) return "LeftOuterJoin";
    if (type.starts_with("RIGHT")) return "RightOuterJoin";
    if (type.starts_with("FULL") || type.starts_with("OUTER")) return "FullOuterJoin";
    if (type.starts_with("SEMI") || type.starts_with("MARK")) return "SemiJoin";
    if (type.starts_with("ANTI")) return "AntiJoin";
    return "InnerJoin";
  }
  static constexpr std::pair<std::string_view, std::string_view> k_names[] = {{"SEQ_SCAN", "TableScan"},
                                                                              {"TABLE_SCAN", "TableScan"},
                                                                              {"CROSS_PRODUCT", "CartesianJoin"},
                                                                              {"GROUP_BY", "Aggregate"},
                                                                              {"AGGREGATE", "Aggregate"},
                                                                              {"TOP_N", "SortWithLimit"},
                                                                              {"ORDER_BY", "Sort"},
                                                                              {"FILTER", "Filter"},
                                                                              {"UNION", "UnionAll"},
                                                                              {"LIMIT", "Limit"},
                                                                              {"WINDOW", "WindowFunction"},
                                                                              {"UNNEST", "Flatten"},
                                                                              {"DUMMY_SCAN", "ValuesClause"},
                                                                              {"COLUMN_DATA_SCAN", "ValuesClause"},
                                                                              {"EMPTY_RESULT", "ValuesClause"},
                                                                              {"RANGE", "Generator"},
                                                                              {"READ_CSV", "ExternalScan"},
                                                                              {"READ_PARQUET", "ExternalScan"},
                                                                              {"CTE", "WithClause"},
                                                                              {"EXCEPT", "Except"},
                                                                              {"INTERSECT", "Intersect"}};
  for (const auto& [part, word] : k_names) {
    if (is(part)) return std::string(word);
  }
  return std::string(name.substr(0, name.find_last_not_of(' ') + 1));
}

/// The table behind the engine's name of it: ROWS.T12.
std::string table_name(StatementContext& context, const std::string& engine_name) {
  const auto last = engine_name.substr(engine_name.rfind('.') + 1);
  ObjectId id = 0;
  if (last.size() < 2 || last[0] != 'T') return {};
  std::from_chars(last.data() + 1, last.data() + last.size(), id);
  const auto object = context.catalog().find(id);
  return object ? context.catalog().full_name(*object) : std::string();
}

void collect(StatementContext& context, const json::value& node, std::optional<size_t> parent, std::vector<Operation>& out) {
  if (!node.is_object()) return;
  const auto& object = node.get_object();
  static const json::object k_none;
  const auto* extra = object.if_contains("extra_info");
  const auto& details = extra != nullptr && extra->is_object() ? extra->get_object() : k_none;
  auto name = operation_name(text_of(object, "name"), details);
  if (!name.empty()) {
    Operation operation{std::move(name), parent, table_name(context, text_of(details, "Table")), ""};
    for (auto key : {"Conditions", "Expression", "Groups", "Aggregates", "Order By", "Projections"}) {
      if (auto text = text_of(details, key); !text.empty())
        operation.expressions += (operation.expressions.empty() ? "" : ", ") + text;
    }
    parent = out.size();
    out.push_back(std::move(operation));
  }
  if (const auto* children = object.if_contains("children"); children != nullptr && children->is_array()) {
    for (const auto& child : children->get_array()) collect(context, child, parent, out);
  }
}

SqlResult<void> plan_query(StatementContext& context, const sql::Query& query, std::vector<Operation>& out) {
  const auto plan = TRY(context.query("EXPLAIN (FORMAT JSON) " + TRY(context.print(query))));
  if (plan.empty()) return {};
  boost::system::error_code error;
  const auto tree = json::parse(plan.text(0, plan.columns().size() - 1), error);
  if (error || !tree.is_array()) return {};
  for (const auto& root : tree.get_array()) collect(context, root, out.empty() ? std::nullopt : std::optional<size_t>(0), out);
  return {};
}

/// A statement that changes a table: it, above the plan of what it reads.
SqlResult<void> plan_change(StatementContext& context, std::string word, const sql::QualifiedName& table,
                            const sql::Query* query, std::vector<Operation>& out) {
  const auto target = TRY(context.relation(table));
  out.push_back({std::move(word), std::nullopt, context.catalog().full_name(*target), ""});
  if (query != nullptr) return plan_query(context, *query, out);
  out.push_back({"TableScan", 0, context.catalog().full_name(*target), ""});
  return {};
}

SqlResult<std::vector<Operation>> operations_of(StatementContext& context, const sql::Statement& statement) {
  std::vector<Operation> out;
  if (const auto* query = statement.as<sql::QueryStatement>()) {
    out.push_back({"Result", std::nullopt, "", ""});
    TRY(plan_query(context, query->query, out));
  } else if (const auto* insert = statement.as<sql::Insert>()) {
    TRY(plan_change(context, "Insert", insert->table, &insert->query, out));
  } else if (const auto* update = statement.as<sql::Update>()) {
    TRY(plan_change(context, "Update", update->table, nullptr, out));
  } else if (const auto* remove = statement.as<sql::Delete>()) {
    TRY(plan_change(context, "Delete", remove->table, nullptr, out));
  } else if (const auto* merge = statement.as<sql::Merge>()) {
    TRY(plan_change(context, "Merge", merge->table, nullptr, out));
  } else if (const auto* create = statement.as<sql::CreateTable>(); create != nullptr && create->as_query) {
    out.push_back({"CreateTableAsSelect", std::nullopt, written(create->name), ""});
    TRY(plan_query(context, *create->as_query, out));
  } else {
    return sql::fail(sql::unsupported_feature("EXPLAIN of this statement"));
  }
  return out;
}

std::string as_json(const std::vector<Operation>& operations) {
  json::array steps;
  for (size_t i = 0; i < operations.size(); ++i) {
    const auto& operation = operations[i];
    json::object step{{"id", i}, {"operation", operation.name}};
    if (operation.parent) step["parentOperators"] = json::array{*operation.parent};
    if (!operation.objects.empty()) step["objects"] = json::array{operation.objects};
    if (!operation.expressions.empty()) step["expressions"] = json::array{operation.expressions};
    steps.push_back(std::move(step));
  }
  return json::serialize(
      json::object{{"GlobalStats", json::object{{"partitionsTotal", 0}, {"partitionsAssigned", 0}, {"bytesAssigned", 0}}},
                   {"Operations", json::array{std::move(steps)}}});
}

std::string as_text(const std::vector<Operation>& operations) {
  std::string out = "GlobalStats:\n    partitionsTotal=0\n    partitionsAssigned=0\n    bytesAssigned=0\nOperations:\n";
  for (size_t i = 0; i < operations.size(); ++i) {
    const auto& operation = operations[i];
    out += fmt::format("1:{}     ->{}", i, operation.name);
    if (!operation.objects.empty()) out += "  " + operation.objects;
    if (!operation.expressions.empty()) out += "  " + operation.expressions;
    out += "\n";
  }
  return out;
}

/// SYSTEM$EXPLAIN_PLAN_JSON(text of a statement | id of one that ran)
SqlResult<std::string> explain_plan_json(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1)
    return sql::fail(
        {arguments.empty() ? 938 : 939, "22023",
         fmt::format("SQL compilation error:\n{} arguments for function [SYSTEM$EXPLAIN_PLAN_JSON], expected 1, got {}",
                     arguments.empty() ? "not enough" : "too many", arguments.size())});
  auto text = TRY(context.constant_text(arguments[0])).value_or("");
  if (const auto record = context.warehouse().history().find(text)) text = record->text;
  const auto statement = TRY(sql::parse_statement(text, context.session().parameters().parse_options()));
  return engine::quote_literal(as_json(TRY(operations_of(context, statement))));
}

} // namespace

void add_explain_functions(FunctionRegistry& registry) {
  registry.add_scalar("SYSTEM$EXPLAIN_PLAN_JSON", explain_plan_json);
}

Outcome run(StatementContext& context, const sql::Explain& statement) {
  const auto operations = TRY(operations_of(context, statement.statement->statement));
  if (statement.format == "JSON" || statement.format == "TEXT") {
    const std::vector<ShowRow> rows{{statement.format == "JSON" ? as_json(operations) : as_text(operations)}};
    return context.table(StatementKind::query, {{"content", {}, true}}, rows);
  }
  if (!statement.format.empty() && statement.format != "TABULAR")
    return sql::fail(sql::unsupported_feature("EXPLAIN USING " + statement.format));
  std::vector<ShowRow> rows;
  rows.push_back(
      {std::nullopt, std::nullopt, std::nullopt, "GlobalStats", std::nullopt, std::nullopt, std::nullopt, "0", "0", "0"});
  for (size_t i = 0; i < operations.size(); ++i) {
    const auto& operation = operations[i];
    rows.push_back({"1", std::to_string(i),
                    operation.parent ? std::optional("[" + std::to_string(*operation.parent) + "]") : std::nullopt,
                    operation.name, null_if_empty(operation.objects), std::nullopt, null_if_empty(operation.expressions),
                    std::nullopt, std::nullopt, std::nullopt});
  }
  return context.table(
      StatementKind::query,
      show_columns(
          "step# id# parentOperators operation objects alias expressions partitionsTotal# partitionsAssigned# bytesAssigned#"),
      rows);
}

} // namespace freshet::warehouse
