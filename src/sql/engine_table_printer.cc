// What stands in FROM, in the engine's words.
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"

namespace freshet::sql {

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

std::string EngineText::sample(const std::optional<Sample>& sample) {
  if (!sample) return {};
  std::string amount = expression(sample->amount);
  std::string text = sample->rows ? fmt::format(" TABLESAMPLE reservoir({} ROWS)", amount)
                                  : fmt::format(" TABLESAMPLE {}({} PERCENT)", sample->system ? "system" : "bernoulli", amount);
  if (sample->seed) text += fmt::format(" REPEATABLE ({})", expression(*sample->seed));
  return text;
}

std::string EngineText::table(const TableReference& table) {
  return std::visit(
      [&]<typename T>(const T& node) -> std::string {
        if constexpr (std::is_same_v<T, NamedTable>) {
          return named_table(node);
        } else if constexpr (std::is_same_v<T, StageTable>) {
          return take(names_.stage(node)) + alias(node.alias, "STAGE");
        } else if constexpr (std::is_same_v<T, TableFunction>) {
          return table_function(node);
        } else if constexpr (std::is_same_v<T, SubqueryTable>) {
          return fmt::format("{}({}){}{}", node.lateral ? "LATERAL " : "", query(*node.query), alias(node.alias),
                             sample(node.sample));
        } else if constexpr (std::is_same_v<T, ValuesTable>) {
          return values(node.values, node.alias.name ? std::string_view(node.alias.name->name) : "VALUES", node.alias.columns);
        } else if constexpr (std::is_same_v<T, Join>) {
          return join(node);
        } else if constexpr (std::is_same_v<T, Pivot>) {
          return pivot(node);
        } else {
          return unpivot(node);
        }
      },
      table.node);
}

std::string EngineText::named_table(const NamedTable& table) {
  const auto& parts = table.name.parts;
  bool common = parts.size() == 1 && !table.at && !table.changes &&
                std::find(common_tables_.begin(), common_tables_.end(), parts[0].name) != common_tables_.end();
  std::string relation;
  std::string default_name;
  if (common) {
    relation = quote_identifier(parts[0].name);
  } else if (table.name.dynamic) {
    NamedTable resolved = table;
    resolved.name = take(names_.dynamic_name(*table.name.dynamic));
    default_name = resolved.name.last();
    relation = take(names_.relation(resolved));
  } else {
    relation = take(names_.relation(table));
    default_name = table.name.last();
  }
  return relation + alias(table.alias, default_name) + sample(table.sample);
}

std::string EngineText::table_function(const TableFunction& function) {
  std::string_view name = function.call.name.last();
  bool plain = function.call.name.parts.size() == 1;
  std::string text;
  if (plain && name == "FLATTEN") {
    text = flatten(function.call, function.alias);
  } else {
    std::vector<EngineNames::PrintedArgument> arguments;
    for (const auto& argument : function.call.arguments) {
      arguments.push_back({argument.name ? argument.name->name : "", expression(argument.value), &argument.value});
    }
    auto argument_of = [&](std::string_view wanted, size_t index) -> std::string {
      for (const auto& argument : arguments) {
        if (argument.name == wanted) return argument.text;
      }
      return index < arguments.size() && arguments[index].name.empty() ? arguments[index].text : std::string();
    };
    if (plain && name == "GENERATOR") {
      std::string rows = argument_of("ROWCOUNT", 0);
      if (rows.empty()) unsupported("GENERATOR without ROWCOUNT", function.call.name.range);
      text = fmt::format("(SELECT CAST(NULL AS BIGINT) AS \"GENERATOR\" FROM range({}))", rows) +
             alias(function.alias, "GENERATOR");
    } else if (plain && (name == "SPLIT_TO_TABLE" || name == "STRTOK_SPLIT_TO_TABLE") && arguments.size() == 2) {
      text = fmt::format(
                 "LATERAL (SELECT \"SEQ\", unnest(generate_series(1, len(p))) AS \"INDEX\", unnest(p) AS \"VALUE\" FROM "
                 "(SELECT 1 AS "
                 "\"SEQ\", string_split({}, {}) AS p))",
                 arguments[0].text, arguments[1].text) +
             alias(function.alias, name);
    } else {
      text = take(names_.table_function(function.call, arguments)) + alias(function.alias, name);
    }
  }
  return text + sample(function.sample);
}

/// FLATTEN(INPUT => x [, PATH => 'p'] [, OUTER => b] [, MODE => 'ARRAY' | 'OBJECT' | 'BOTH']) as a lateral subquery of its six
/// columns.
std::string EngineText::flatten(const FunctionCall& call, const TableAlias& table_alias) {
  std::string input;
  std::string kinds = "'ARRAY', 'OBJECT'";
  bool outer = false;
  for (const auto& argument : call.arguments) {
    std::string_view name = argument.name ? std::string_view(argument.name->name) : "INPUT";
    const auto* literal = argument.value.as<StringLiteral>();
    const auto* flag = argument.value.as<BooleanLiteral>();
    if (name == "INPUT") {
      input = expression(argument.value);
    } else if (name == "PATH" && literal) {
      if (!literal->value.empty()) input = fmt::format("json_extract({}, {})", input, quote_string("$." + literal->value));
    } else if (name == "OUTER" && flag) {
      outer = flag->value;
    } else if (name == "MODE" && literal && literal->value != "BOTH") {
      kinds = quote_string(literal->value);
    } else if (name != "MODE" && !(name == "RECURSIVE" && flag && !flag->value)) {
      unsupported(fmt::format("FLATTEN({} => …)", name), argument.value.range);
    }
  }
  std::string source = outer ? "LEFT JOIN json_each(i.j) AS e ON true"
                             : fmt::format(", json_each(i.j) AS e WHERE json_type(i.j) IN ({})", kinds);
  return fmt::format(
             "LATERAL (SELECT CAST(1 AS BIGINT) AS \"SEQ\", CASE WHEN json_type(i.j) = 'OBJECT' THEN e.key END AS \"KEY\", "
             "CASE WHEN "
             "json_type(i.j) = 'ARRAY' THEN '[' || e.key || ']' ELSE e.key END AS \"PATH\", CASE WHEN json_type(i.j) = 'ARRAY' "
             "THEN "
             "CAST(e.key AS BIGINT) END AS \"INDEX\", e.value AS \"VALUE\", i.j AS \"THIS\" FROM (SELECT CAST({} AS JSON) AS "
             "j) AS i {})",
             input, source) +
         alias(table_alias, "FLATTEN");
}

std::string EngineText::join(const Join& join) {
  auto side = [this](const TableReference& table, bool is_right) {
    const auto* inner = table.as<Join>();
    bool bracket = inner && (is_right || inner->kind == JoinKind::comma);
    return bracket ? "(" + this->table(table) + ")" : this->table(table);
  };
  std::string right = side(*join.right, true);
  if (join.kind == JoinKind::comma) {
    return table(*join.left) + (join.left->as<Join>() || join.right->as<Join>() ? " CROSS JOIN " : ", ") + right;
  }
  std::string text = side(*join.left, false) + (join.natural ? " NATURAL " : " ");
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
  if (join.match_condition) {
    text += " ON " + expression(*join.match_condition);
    if (join.on) text += " AND " + expression(*join.on);
    if (!join.using_columns.empty()) unsupported("ASOF JOIN USING", join.using_columns[0].range);
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

std::string EngineText::pivot(const Pivot& pivot) {
  if (pivot.any || pivot.query) unsupported(pivot.any ? "PIVOT … IN (ANY)" : "PIVOT … IN (SELECT …)", pivot.column.range);
  if (pivot.default_on_null) unsupported("PIVOT … DEFAULT ON NULL", pivot.column.range);
  std::string aggregates;
  for (const auto& aggregate : pivot.aggregates)
    aggregates.append(aggregates.empty() ? "" : ", ").append(print(aggregate, Expression{}));
  std::string wanted;
  for (const auto& [value, name] : pivot.values) {
    std::string text = expression(value);
    wanted += fmt::format("{}{} AS {}", wanted.empty() ? "" : ", ", text, quote_identifier(name ? name->name : text));
  }
  return fmt::format("{} PIVOT ({} FOR {} IN ({})){}", table(*pivot.table), aggregates, quote_identifier(pivot.column.name),
                     wanted, alias(pivot.alias));
}

std::string EngineText::unpivot(const Unpivot& unpivot) {
  std::string columns;
  for (const auto& [column, name] : unpivot.columns) {
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", quote_identifier(column.name),
                           quote_string(name.value_or(column.name)));
  }
  return fmt::format("{} UNPIVOT {}({} FOR {} IN ({})){}", table(*unpivot.table), unpivot.include_nulls ? "INCLUDE NULLS " : "",
                     quote_identifier(unpivot.value.name), quote_identifier(unpivot.name.name), columns, alias(unpivot.alias));
}

} // namespace freshet::sql
