#include <fmt/core.h>

#include <algorithm>

#include "sql/expression_walk.h"
#include "warehouse/statements/merge_condition.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

using Action = sql::MergeClause::Action;

/// What the source is called in the statement.
std::string alias_of(const sql::TableReference& table) {
  return table.visit([](const auto& node) -> std::string {
    if constexpr (requires { node.alias.name; }) {
      if (node.alias.name) return node.alias.name->name;
    }
    if constexpr (requires { node.name.last(); }) return std::string(node.name.last());
    return {};
  });
}

/// The assignments of UPDATE ALL BY NAME and INSERT ALL BY NAME: source and target must have the same columns.
SqlResult<std::vector<Assignment>> by_name(StatementContext& context, const TargetTable& target, const std::string& source,
                                           const std::string& source_alias) {
  auto prepared = TRY(context.checked(context.connection().prepare("SELECT * FROM " + source)));
  std::vector<Assignment> out;
  for (const auto& column : prepared.columns()) {
    if (target.column(column.name) == nullptr) return sql::fail(sql::invalid_identifier(column.name, 1, 0));
    auto qualifier = source_alias.empty() ? "" : sql::quote_identifier(source_alias) + ".";
    out.push_back({column.name, qualifier + sql::quote_identifier(column.name)});
  }
  if (out.size() != target.definition().columns.size()) {
    return sql::fail(count_mismatch(target.definition().columns.size(), out.size()));
  }
  return out;
}

/// WHEN NOT MATCHED knows the source alone: a bare name that the target has too is the source's column.
sql::MergeClause of_source(sql::MergeClause clause, const TargetTable& target, const std::string& source_alias) {
  if (source_alias.empty()) return clause;
  const auto qualify = [&](sql::Expression& expression) {
    auto* column = expression.as<sql::ColumnReference>();
    if (column == nullptr) return false;
    auto& parts = column->name.parts;
    if (parts.size() == 1 && target.column(parts[0].name) != nullptr) parts.insert(parts.begin(), {source_alias, true, {}});
    return true;
  };
  if (clause.condition) sql::walk_expressions(*clause.condition, qualify);
  for (auto& value : clause.values) sql::walk_expressions(value, qualify);
  return clause;
}

SqlResult<std::vector<Assignment>> inserted_values(StatementContext& context, const TargetTable& target,
                                                   const VersionedTable& table, const sql::MergeClause& clause) {
  auto columns = TRY(column_names(target, clause.columns));
  if (columns.size() != clause.values.size()) return sql::fail(count_mismatch(columns.size(), clause.values.size()));
  std::vector<Assignment> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    out.push_back({columns[i], TRY(value_text(context, clause.values[i], target, table, columns[i]))});
  }
  return out;
}

/// An unconditional clause must be the last of its kind.
SqlResult<void> check_order(const sql::Merge& statement) {
  bool ended[2] = {false, false};
  for (const auto& clause : statement.clauses) {
    bool& end = ended[clause.matched ? 1 : 0];
    if (end) {
      return sql::fail(
          {1003, "42000",
           fmt::format(
               "SQL compilation error: error line {} at position {}\nThe unconditional WHEN {}MATCHED clause must be the "
               "last of its kind.",
               clause.range.line, clause.range.column - 1, clause.matched ? "" : "NOT "),
           clause.range.line, clause.range.column - 1});
    }
    end = !clause.condition;
  }
  return {};
}

SqlResult<std::string> print_conjunction(StatementContext& context, const std::vector<const sql::Expression*>& conjuncts) {
  if (conjuncts.empty()) return "true";
  std::string text;
  for (const auto* conjunct : conjuncts) {
    text += text.empty() ? "(" : " AND (";
    text += TRY(context.print(*conjunct)) + ")";
  }
  return text;
}

SqlResult<MergePlan> plan_of(StatementContext& context, const sql::Merge& statement, const TargetTable& target) {
  MergePlan plan;
  plan.table = TRY(with_defaults(context, *target.object));
  plan.alias = sql::quote_identifier(statement.alias ? statement.alias->name : target.object->name);
  note_target(context, target, statement.alias);
  plan.source = TRY(context.print(statement.source));
  const auto source_alias = alias_of(statement.source);
  const auto condition = split_condition(statement.on, target, source_alias);
  plan.on = TRY(print_conjunction(context, condition.joining));
  for (const auto* conjunct : condition.of_source) plan.on_source.push_back(TRY(context.print(*conjunct)));
  plan.error_on_nondeterminism = context.session().parameters().is_true("ERROR_ON_NONDETERMINISTIC_MERGE");
  for (const auto& each : statement.clauses) {
    sql::MergeClause of_source_alone;
    if (!each.matched) of_source_alone = of_source(each, target, source_alias);
    const auto& written_clause = each.matched ? each : of_source_alone;
    MergeClause clause;
    if (written_clause.condition) clause.condition = TRY(context.print(*written_clause.condition));
    switch (written_clause.action) {
      case Action::remove:
        clause.action = MergeClause::Action::remove;
        break;
      case Action::update:
        clause.action = MergeClause::Action::update;
        clause.assignments = written_clause.all_by_name
                                 ? TRY(by_name(context, target, plan.source, source_alias))
                                 : TRY(assignments_of(context, written_clause.assignments, target, plan.table));
        break;
      case Action::insert:
        clause.action = MergeClause::Action::insert;
        clause.assignments = written_clause.all_by_name ? TRY(by_name(context, target, plan.source, source_alias))
                                                        : TRY(inserted_values(context, target, plan.table, written_clause));
        break;
    }
    plan.clauses.push_back(std::move(clause));
  }
  return plan;
}

} // namespace

sql::Error duplicate_row(const std::string& values) {
  return {100090, "42P18", "Duplicate row detected during DML action\nRow Values: " + values};
}

Outcome run(StatementContext& context, const sql::Merge& statement) {
  TRY(check_order(statement));
  auto target = TRY(target_table(context, statement.table));
  ObjectId locked[] = {target.object->id};
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    target = TRY(target_table(context, statement.table));
    auto plan = TRY(plan_of(context, statement, target));
    auto writer = writer_of(transaction);
    auto report = TRY(written_by(context, transaction, target.object->id, writer.merge(plan)));
    if (report.duplicate) return sql::fail(duplicate_row(*report.duplicate));
    warn_of_picked_rows(context, *target.object, "MERGE", report.multi_joined);
    std::vector<std::pair<std::string, int64_t>> counts;
    auto has = [&](Action action) { return contains(statement.clauses, action, &sql::MergeClause::action); };
    if (has(Action::insert)) counts.emplace_back("number of rows inserted", report.inserted);
    if (has(Action::update)) counts.emplace_back("number of rows updated", report.updated);
    if (has(Action::remove)) counts.emplace_back("number of rows deleted", report.deleted);
    return context.counts(StatementKind::merge, std::move(counts),
                          {.inserted = report.inserted, .updated = report.updated, .deleted = report.deleted});
  });
}

} // namespace freshet::warehouse
