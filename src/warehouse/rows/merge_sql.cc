#include "warehouse/rows/merge_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace freshet::warehouse {
namespace {

using engine::quote_identifier;

const std::string* assigned(const std::vector<Assignment>& assignments, const std::string& column) {
  for (const auto& assignment : assignments)
    if (assignment.column == column) return &assignment.value;
  return nullptr;
}

/// The value that a clause gives a column of the new version.
std::string clause_value(const MergePlan& plan, const MergeClause& clause, const ColumnDefinition& column) {
  if (const std::string* value = assigned(clause.assignments, column.name)) return cast_value(column, *value);
  if (clause.action == MergeClause::Action::insert) return cast_value(column, "");
  return plan.alias + "." + quote_identifier(column.name);
}

bool is_insert(const MergeClause& clause) {
  return clause.action == MergeClause::Action::insert;
}

/// Which clause takes a joined row: its index, or NULL.
std::string clause_choice(const MergePlan& plan) {
  auto choice = [&](bool inserts) -> std::string {
    std::string cases;
    for (size_t i = 0; i < plan.clauses.size(); ++i) {
      const auto& clause = plan.clauses[i];
      if (is_insert(clause) != inserts) continue;
      if (clause.condition.empty()) return cases.empty() ? std::to_string(i) : fmt::format("CASE{} ELSE {} END", cases, i);
      cases += fmt::format(" WHEN {} THEN {}", clause.condition, i);
    }
    return cases.empty() ? "NULL" : "CASE" + cases + " END";
  };
  return fmt::format("CASE WHEN {}.{} IS NULL THEN {} ELSE {} END", plan.alias, k_rid, choice(true), choice(false));
}

std::string action_of_clause(const MergePlan& plan) {
  std::string text = "CASE \"$clause\"";
  for (size_t i = 0; i < plan.clauses.size(); ++i) {
    auto action = plan.clauses[i].action;
    int code = action == MergeClause::Action::insert ? k_insert : action == MergeClause::Action::update ? k_update : k_remove;
    text += fmt::format(" WHEN {} THEN {}", i, code);
  }
  return text + " END";
}

/// A column's new value by clause, without a CASE where all clauses agree.
std::string chosen_value(const MergePlan& plan, const ColumnDefinition& column) {
  std::set<std::string> distinct;
  std::string cases, last;
  for (size_t i = 0; i < plan.clauses.size(); ++i) {
    if (plan.clauses[i].action == MergeClause::Action::remove) continue;
    last = clause_value(plan, plan.clauses[i], column);
    distinct.insert(last);
    cases += fmt::format(" WHEN {} THEN {}", i, last);
  }
  if (distinct.empty()) return fmt::format("CAST(NULL AS {})", column.type);
  // A lone value must still not be computed for rows that are removed or that no clause takes: it may fail there.
  bool for_all_rows =
      distinct.size() == 1 && (last.starts_with("CAST(") == false || std::ranges::all_of(plan.clauses, [](const auto& clause) {
                                 return clause.condition.empty() && clause.action != MergeClause::Action::remove;
                               }));
  if (for_all_rows) return last;
  return "CASE \"$clause\"" + cases + " END";
}

} // namespace

std::string column_list(const VersionedTable& table) {
  std::string text;
  for (const auto& column : table.columns) text += (text.empty() ? "" : ", ") + quote_identifier(column.name);
  return text;
}

std::string cast_value(const ColumnDefinition& column, const std::string& value) {
  const std::string& source = value.empty() ? column.default_sql : value;
  return fmt::format("CAST({} AS {})", source.empty() ? "NULL" : source, column.type);
}

std::string target_relation(const VersionedTable& table, const std::string& alias) {
  std::string columns = column_list(table);
  for (const auto& column : table.computed) columns += fmt::format(", {} AS {}", column.sql, quote_identifier(column.name));
  return fmt::format("(SELECT {}, {}, rowid AS {}, true AS {} FROM {} WHERE {} IS NULL) AS {}", columns, k_row, k_rid, k_true,
                     table.sql_name(), k_end, alias);
}

std::string plan_select(const UpdatePlan& plan) {
  std::string select = "SELECT ";
  for (const auto& column : plan.table.columns) {
    const std::string* value = assigned(plan.assignments, column.name);
    select += fmt::format("{} AS {}, ",
                          value != nullptr ? cast_value(column, *value) : plan.alias + "." + quote_identifier(column.name),
                          quote_identifier(column.name));
  }
  select += fmt::format("{0}.{1} AS {1}, {0}.{2} AS {2}, {3} AS {4} FROM {5}", plan.alias, k_row, k_rid, k_update, k_action,
                        target_relation(plan.table, plan.alias));
  if (!plan.source.empty()) select += ", " + plan.source;
  if (!plan.condition.empty()) select += " WHERE " + plan.condition;
  return select;
}

std::string plan_select(const MergePlan& plan) {
  bool inserts = std::ranges::any_of(plan.clauses, is_insert);
  std::string on = plan.on.empty() ? "true" : plan.on;
  for (const auto& condition : plan.on_source) on += fmt::format(" AND ({}) = {}.{}", condition, plan.alias, k_true);
  std::string select = fmt::format("SELECT {} AS \"$clause\", ", clause_choice(plan));
  for (const auto& column : plan.table.columns)
    select += fmt::format("{} AS {}, ", chosen_value(plan, column), quote_identifier(column.name));
  select += fmt::format("{0}.{1} AS {1}, {0}.{2} AS {2}, {3} AS {4} FROM {5} {6} JOIN {7} ON {8} WHERE \"$clause\" IS NOT NULL",
                        plan.alias, k_row, k_rid, action_of_clause(plan), k_action, plan.source, inserts ? "LEFT" : "INNER",
                        target_relation(plan.table, plan.alias), on);
  return fmt::format("SELECT {}, {}, {}, {} FROM ({})", column_list(plan.table), k_row, k_rid, k_action, select);
}

} // namespace freshet::warehouse
