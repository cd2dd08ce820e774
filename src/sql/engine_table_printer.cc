// What stands in FROM, in the engine's words.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "sql/collation.h"
#include "sql/engine_text.h"

namespace freshet::sql {

namespace {

std::vector<OutputColumn> infer_schema_columns() {
  SnowflakeType text, boolean;
  boolean.kind = TypeKind::boolean;
  return {{"COLUMN_NAME", text}, {"TYPE", text},      {"NULLABLE", boolean},
          {"EXPRESSION", text},  {"FILENAMES", text}, {"ORDER_ID", number_type(38, 0)}};
}

bool is_next_value(const TableReference& table) {
  const auto* function = table.as<TableFunction>();
  return function != nullptr && function->call.name.parts.size() == 1 && function->call.name.last() == "GETNEXTVAL";
}

/// The columns that compare otherwise than by their bytes, for SELECT * REPLACE: the engine's tables do not say so.
std::string collated_columns(const std::vector<OutputColumn>& columns) {
  std::string text;
  for (const auto& column : columns) {
    if (!column.type || !changes_comparison(column.type->collation)) continue;
    const auto name = quote_identifier(column.name);
    text += fmt::format("{}{} AS {}", text.empty() ? "" : ", ", in_collation(name, column.type->collation), name);
  }
  return text;
}

constexpr std::string_view k_next_value_of_join =
    "TABLE(GETNEXTVAL(…)) behind several tables (put what stands before it into a subquery)";

} // namespace

std::vector<OutputColumn> staged_file_columns() {
  const auto hidden = [](std::string name, SnowflakeType type) {
    return OutputColumn{std::move(name), type, true, false, true};
  };
  return {hidden("METADATA$FILENAME", SnowflakeType{}), hidden("METADATA$FILE_ROW_NUMBER", number_type(38, 0)),
          hidden("METADATA$FILE_CONTENT_KEY", SnowflakeType{}),
          hidden("METADATA$FILE_LAST_MODIFIED", type_of_kind(TypeKind::timestamp_ntz)),
          hidden("METADATA$START_SCAN_TIME", type_of_kind(TypeKind::timestamp_ltz))};
}

/// Remembers which sources of the SELECT under way number their columns in their own way.
void EngineText::note_source(const TableReference& table) {
  if (const auto* stage = table.as<StageTable>()) {
    stages_.push_back(stage->alias.name ? stage->alias.name->name : std::string());
  } else if (const auto* values = table.as<ValuesTable>()) {
    if (values->alias.columns.empty()) value_tables_.push_back(values->alias.name ? values->alias.name->name : "VALUES");
  } else if (const auto* join = table.as<Join>()) {
    note_source(*join->left);
    note_source(*join->right);
  }
}

std::string EngineText::alias(const TableAlias& alias, std::string_view default_name) {
  if (!alias.name && default_name.empty()) return {};
  std::string text = " AS " + quote_identifier(alias.name ? std::string_view(alias.name->name) : default_name);
  if (alias.columns.empty()) return text;
  std::string columns;
  for (const auto& column : alias.columns) columns.append(columns.empty() ? "" : ", ").append(quote_identifier(column.name));
  return text + " (" + columns + ")";
}

std::string EngineText::sample(const Box<Sample>& sample) {
  if (!sample) return {};
  if (sample->rows && (sample->system || sample->seed)) {
    unsupported(sample->system ? "SYSTEM sampling of a fixed number of rows" : "SEED in sampling of a fixed number of rows",
                sample->amount.range);
    return {};
  }
  std::string amount = expression(sample->amount);
  std::string text = sample->rows ? fmt::format(" TABLESAMPLE reservoir({} ROWS)", amount)
                                  : fmt::format(" TABLESAMPLE {}({} PERCENT)", sample->system ? "system" : "bernoulli", amount);
  if (sample->seed) text += fmt::format(" REPEATABLE ({})", expression(*sample->seed));
  return text;
}

std::string EngineText::table(const TableReference& table) {
  std::string printed = table.visit([&]<typename T>(const T& node) -> std::string {
    if constexpr (std::is_same_v<T, NamedTable>) {
      return named_table(node);
    } else if constexpr (std::is_same_v<T, StageTable>) {
      add_source(node.alias, "STAGE", std::nullopt);
      scopes_.back().sources.back().columns = staged_file_columns();
      return take(names_.stage(node)) + alias(node.alias, "STAGE");
    } else if constexpr (std::is_same_v<T, TableFunction>) {
      return table_function(node);
    } else if constexpr (std::is_same_v<T, SubqueryTable>) {
      std::string inner = query(*node.query);
      add_source(node.alias, "", output_);
      if (node.sample && node.sample->seed) unsupported("sampling of a subquery with SEED", node.sample->seed->range);
      return fmt::format("{}({}){}{}", node.lateral ? "LATERAL " : "", inner, alias(node.alias), sample(node.sample));
    } else if constexpr (std::is_same_v<T, ValuesTable>) {
      std::string text =
          values(node.values, node.alias.name ? std::string_view(node.alias.name->name) : "VALUES", node.alias.columns);
      add_source(node.alias, "VALUES", output_);
      return text;
    } else if constexpr (std::is_same_v<T, Join>) {
      return join(node);
    } else if constexpr (std::is_same_v<T, Pivot>) {
      return pivot(node);
    } else if constexpr (std::is_same_v<T, MatchRecognize>) {
      return match_recognize(node);
    } else {
      return unpivot(node);
    }
  });
  return with_hosted_rows(table, std::move(printed));
}

const EngineText::CommonColumns* EngineText::common_table(std::string_view name) const {
  auto found = std::find_if(common_tables_.rbegin(), common_tables_.rend(),
                            [&](const CommonColumns& table) { return table.name == name; });
  return found == common_tables_.rend() ? nullptr : &*found;
}

std::string EngineText::named_table(const NamedTable& table) {
  const auto& parts = table.name.parts;
  const auto* common = parts.size() == 1 && !table.at && !table.changes ? common_table(parts[0].name) : nullptr;
  std::string relation;
  std::string default_name;
  if (common) {
    relation = quote_identifier(parts[0].name);
    add_source(table.alias, parts[0].name, common->columns);
    return relation + alias(table.alias) + sample(table.sample);
  }
  if (parts.size() == 1 && parts[0].name == "DUAL" && !table.at && !table.changes) { // one row, of any table's name
    add_source(table.alias, "DUAL", std::vector<OutputColumn>{{"DUMMY", SnowflakeType{}}});
    return "(SELECT 'X' AS \"DUMMY\")" + alias(table.alias, "DUAL");
  }
  NamedTable resolved = table;
  if (table.name.dynamic) resolved.name = take(names_.dynamic_name(*table.name.dynamic));
  if (resolved.name.parts.empty()) return {};
  default_name = resolved.name.last();
  relation = take(names_.relation(resolved));
  auto columns = names_.columns(resolved);
  const std::string collated = columns ? collated_columns(*columns) : "";
  add_source(table.alias, default_name, std::move(columns));
  if (!collated.empty())
    return fmt::format("(SELECT * REPLACE ({}) FROM {}{}{}){}", collated, relation, alias({}, default_name),
                       sample(table.sample), alias(table.alias, default_name));
  return relation + alias(table.alias, default_name) + sample(table.sample);
}

/// How many rows GENERATOR makes: ROWCOUNT, none without arguments. With TIMELIMIT alone the number is the machine's affair:
/// here so many a second, the same in each run.
std::string EngineText::generator_rows(const FunctionCall& call) {
  constexpr int k_rows_per_second = 1'000'000;
  const Expression* rows = nullptr;
  const Expression* seconds = nullptr;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const auto& argument = call.arguments[i];
    const std::string_view name = argument.name ? std::string_view(argument.name->name) : i == 0 ? "ROWCOUNT" : "TIMELIMIT";
    if (argument.value.as<NullLiteral>()) continue;
    if (name == "ROWCOUNT")
      rows = &argument.value;
    else if (name == "TIMELIMIT")
      seconds = &argument.value;
    else
      unsupported(fmt::format("GENERATOR({} => …)", name), argument.value.range);
  }
  if (rows != nullptr) return fmt::format("CAST({} AS BIGINT)", expression(*rows));
  if (seconds != nullptr) return fmt::format("CAST(({}) * {} AS BIGINT)", expression(*seconds), k_rows_per_second);
  return "0";
}

std::string EngineText::table_function(const TableFunction& function) {
  std::string_view name = function.call.name.last();
  bool plain = function.call.name.parts.size() == 1;
  std::string text;
  std::optional<std::vector<OutputColumn>> columns;
  if (makes_elements(function.call)) {
    text = elements(function);
    columns = element_columns(function.call);
  } else {
    const auto arguments = printed_arguments(function.call);
    if (plain && name == "GENERATOR") {
      text = fmt::format("(SELECT range AS \"$SEQ\" FROM range({}))", generator_rows(function.call)) +
             alias(function.alias, "GENERATOR");
      columns.emplace();
    } else {
      text = take(names_.table_function(function.call, arguments)) + alias(function.alias, name);
      columns = name == "INFER_SCHEMA" ? infer_schema_columns() // OBJECT_CONSTRUCT(*) of them makes USING TEMPLATE's query
                                       : names_.table_function_columns(function.call, arguments);
    }
  }
  add_source(function.alias, name, std::move(columns));
  if (plain && name == "GENERATOR") {
    scopes_.back().generates = true;
    if (scopes_.back().sources.size() == 1) scopes_.back().generator = scopes_.back().sources[0].name;
  }
  return text + sample(function.sample);
}

std::string EngineText::join(const Join& join) {
  auto side = [this](const TableReference& table, bool is_right) {
    const auto* inner = table.as<Join>();
    bool bracket = inner && (is_right || inner->kind == JoinKind::comma);
    return bracket ? "(" + this->table(table) + ")" : this->table(table);
  };
  bool comma = join.kind == JoinKind::comma;
  if (is_hosted(*join.right)) {
    std::string rows = table(*join.left);
    scopes_.back().generator.clear();
    if (is_hosted(*join.right)) {
      add_guest(*join.right->as<TableFunction>());
      return rows;
    }
    if (is_next_value(*join.right)) unsupported(k_next_value_of_join, join.right->range);
    return rows + ", " + side(*join.right, true); // the table turned out not to be known
  }
  if (is_next_value(*join.right)) unsupported(k_next_value_of_join, join.right->range);
  std::string text = comma ? table(*join.left) : side(*join.left, false) + (join.natural ? " NATURAL " : " ");
  std::string right = side(*join.right, true);
  if (!scopes_.empty()) scopes_.back().generator.clear(); // its numbers repeat
  if (comma) {
    return text + (join.left->as<Join>() || join.right->as<Join>() ? " CROSS JOIN " : ", ") + right;
  }
  bool has_condition = join.on || join.natural || !join.using_columns.empty() || join.match_condition;
  switch (join.kind) {
    case JoinKind::inner:
      text += has_condition ? "JOIN " : "CROSS JOIN ";
      break;
    case JoinKind::left:
      text += "LEFT JOIN ";
      break;
    case JoinKind::right:
      text += "RIGHT JOIN ";
      break;
    case JoinKind::full:
      text += "FULL JOIN ";
      break;
    case JoinKind::asof:
      text += "ASOF LEFT JOIN ";
      break;
    default:
      text += "CROSS JOIN ";
      break;
  }
  text += right;
  if (!scopes_.empty()) {
    scopes_.back().joins_outside |=
        join.kind != JoinKind::inner && join.kind != JoinKind::cross && join.kind != JoinKind::comma;
    scopes_.back().merges_all |= join.natural;
    for (const auto& column : join.using_columns) scopes_.back().merged.push_back(column.name);
  }
  if (join.match_condition) {
    text += " ON " + expression(*join.match_condition);
    if (join.on) text += " AND " + expression(*join.on);
    for (const auto& column : join.using_columns) text += " AND " + asof_condition(join, column);
  } else if (join.on) {
    text += " ON " + expression(*join.on);
  } else if (!join.using_columns.empty()) {
    std::string columns;
    for (const auto& column : join.using_columns)
      columns.append(columns.empty() ? "" : ", ").append(quote_identifier(column.name));
    text += " USING (" + columns + ")";
  } else if (!has_condition && (join.kind == JoinKind::left || join.kind == JoinKind::right || join.kind == JoinKind::full)) {
    text += " ON true";
  }
  return text;
}

/// One column of ASOF JOIN … USING, whose name alone then means the left table's: the engine's own USING would take the last
/// one for the MATCH_CONDITION.
std::string EngineText::asof_condition(const Join& join, const Identifier& column) {
  const auto name_of_side = [](const TableReference& side) -> std::string {
    return side.visit([]<typename T>(const T& node) -> std::string {
      if constexpr (requires { node.alias.name; }) {
        if (node.alias.name) return node.alias.name->name;
      }
      if constexpr (std::is_same_v<T, NamedTable>) return std::string(node.name.last());
      return {};
    });
  };
  const auto left = name_of_side(*join.left), right = name_of_side(*join.right);
  if (left.empty() || right.empty()) unsupported("ASOF JOIN … USING of more than two named tables", column.range);
  const auto name = quote_identifier(column.name);
  if (!scopes_.empty()) scopes_.back().texts.emplace_back(column.name, quote_identifier(left) + "." + name);
  return fmt::format("{0}.{2} = {1}.{2}", quote_identifier(left), quote_identifier(right), name);
}

/// The values that become columns: as they are written, or (ANY, a query) as they are now.
std::vector<std::pair<std::string, std::string>> EngineText::pivot_values(const Pivot& pivot, const std::string& source) {
  std::vector<std::pair<std::string, std::string>> values; // text, column name
  if (pivot.any || pivot.query) {
    std::string column = quote_identifier(pivot.column.name);
    std::string text =
        pivot.query ? "(" + query(*pivot.query) + ")" : fmt::format("SELECT {0} FROM {1} GROUP BY {0}", column, source);
    if (!pivot.any_order.empty())
      text += " ORDER BY " + order_by(pivot.any_order);
    else if (pivot.any)
      text += " ORDER BY 1 NULLS LAST";
    std::string visible;
    bool recursive = false;
    for (const auto& common : common_tables_) {
      if (common.definition.empty()) continue;
      visible.append(visible.empty() ? "" : ", ").append(common.definition);
      recursive |= common.recursive;
    }
    if (!visible.empty()) text = fmt::format("WITH {}{} {}", recursive ? "RECURSIVE " : "", visible, text);
    std::unordered_set<std::string> seen; // the first of equal values counts: their order is the columns'
    for (auto& value : take(names_.values(text)))
      if (seen.insert(value).second) values.emplace_back(value, value);
  }
  for (const auto& [value, name] : pivot.values) {
    std::string text = expression(value);
    values.emplace_back(text, name ? name->name : text);
  }
  return values;
}

std::string EngineText::pivot(const Pivot& pivot) {
  std::string source = table(*pivot.table);
  std::string aggregates, casts;
  for (size_t i = 0; i < pivot.aggregates.size(); ++i) {
    const auto& call = pivot.aggregates[i];
    auto type = call.name.last() == "AVG" && !call.arguments.empty() ? call_type(call) : std::nullopt;
    bool average =
        type && type->kind == TypeKind::number && pivot.aggregates.size() == 1; // the engine takes one aggregate alone
    if (average) casts = type->engine_type();
    aggregates.append(i ? ", " : "")
        .append(average ? aggregate("avg", call, {expression(call.arguments[0].value)}) : print(call, Expression{}));
    const auto& name = pivot.aggregate_names.size() > i ? pivot.aggregate_names[i] : std::nullopt;
    if (name && pivot.aggregates.size() > 1) aggregates += " AS " + quote_identifier(name->name);
  }
  std::string wanted, defaults;
  auto values = pivot_values(pivot, source);
  const bool is_named = pivot.aggregates.size() == 1 && !pivot.aggregate_names.empty() && pivot.aggregate_names[0];
  for (auto& column : values) {
    if (is_named)
      column.second.insert(column.second.size() - column.second.ends_with('\''), "_" + pivot.aggregate_names[0]->name);
  }
  for (const auto& [text, name] : values) {
    wanted += fmt::format("{}{} AS {}", wanted.empty() ? "" : ", ", text, quote_identifier(name));
    std::string column = quote_identifier(name);
    if (!pivot.default_on_null && casts.empty()) continue;
    std::string cell = casts.empty() ? column : fmt::format("CAST({} AS {})", column, casts);
    if (pivot.default_on_null) cell = fmt::format("coalesce({}, {})", cell, expression(*pivot.default_on_null));
    defaults += fmt::format("{}{} AS {}", defaults.empty() ? "" : ", ", cell, column);
  }
  if (!scopes_.empty()) scopes_.back().sources.clear(); // what the pivot makes of the source's columns is not followed
  add_source(pivot.alias, "", std::nullopt);
  std::string text =
      fmt::format("{} PIVOT ({} FOR {} IN ({}))", source, aggregates, quote_identifier(pivot.column.name), wanted);
  if (defaults.empty()) return text + alias(pivot.alias);
  return fmt::format("(SELECT * REPLACE ({}) FROM {}){}", defaults, text, alias(pivot.alias, "PIVOT"));
}

std::string EngineText::unpivot(const Unpivot& unpivot) {
  std::string columns;
  for (const auto& [column, name] : unpivot.columns) {
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", quote_identifier(column.name),
                           quote_string(name.value_or(column.name)));
  }
  std::string source = table(*unpivot.table);
  if (!scopes_.empty()) scopes_.back().sources.clear();
  add_source(unpivot.alias, "", std::nullopt);
  return fmt::format("{} UNPIVOT {}({} FOR {} IN ({})){}", source, unpivot.include_nulls ? "INCLUDE NULLS " : "",
                     quote_identifier(unpivot.value.name), quote_identifier(unpivot.name.name), columns, alias(unpivot.alias));
}

} // namespace freshet::sql
