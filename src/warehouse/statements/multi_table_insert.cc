#include <fmt/core.h>

#include <set>

#include "warehouse/rows/scratch_table.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {
namespace {

/// The rows that a branch takes, as a condition over the source: INSERT FIRST leaves a row to the first branch that wants it.
SqlResult<std::vector<std::string>> branch_conditions(StatementContext& context, const sql::MultiTableInsert& statement) {
  std::vector<std::string> out;
  std::string taken;
  for (const auto& branch : statement.branches) {
    std::string condition = branch.when ? "coalesce(" + TRY(context.print(*branch.when)) + ", false)" : "true";
    bool excludes = branch.is_else || (statement.first && branch.when);
    auto own = condition;
    if (excludes && !taken.empty()) condition += " AND NOT (" + taken + ")";
    out.push_back(condition);
    if (branch.when) taken += (taken.empty() ? "" : " OR ") + own;
  }
  return out;
}

} // namespace

Outcome run(StatementContext& context, const sql::MultiTableInsert& statement) {
  std::vector<ObjectId> locked;
  for (const auto& branch : statement.branches) {
    for (const auto& into : branch.targets) {
      if (statement.overwrite) locked.push_back(TRY(target_table(context, into.table)).object->id);
    }
  }
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    auto printed = TRY(context.print_select(statement.query));
    ScratchTable source(context.connection());
    TRY(context.checked(source.fill(printed.text)));
    if (printed.columns) context.add_source({"", true, *printed.columns});
    auto conditions = TRY(branch_conditions(context, statement));
    std::vector<std::pair<std::string, int64_t>> counts;
    int64_t total = 0;
    std::set<ObjectId> overwritten; // a table may be in several branches
    for (size_t i = 0; i < statement.branches.size(); ++i) {
      for (const auto& into : statement.branches[i].targets) {
        auto target = TRY(target_table(context, into.table));
        auto columns = TRY(column_names(target, into.columns));
        auto table = TRY(with_defaults(context, *target.object));
        std::string values;
        if (!into.values.empty() && into.values.size() != columns.size())
          return sql::fail(count_mismatch(columns.size(), into.values.size()));
        for (size_t k = 0; k < into.values.size(); ++k) {
          values += (k > 0 ? ", " : "") + TRY(value_text(context, into.values[k], target, table, columns[k]));
        }
        auto select = fmt::format("SELECT {} FROM {} WHERE {}", values.empty() ? "*" : values, source.name(), conditions[i]);
        if (values.empty()) select = assigned_select(context, {select, printed.columns}, types_of(target, columns));
        auto writer = writer_of(transaction);
        auto id = target.object->id;
        if (statement.overwrite && overwritten.insert(id).second)
          TRY(written_by(context, transaction, id, writer.truncate(table)));
        auto count = TRY(written_by(context, transaction, id, writer.insert(table, columns, select)));
        counts.emplace_back("number of rows inserted into " + target.object->name, count);
        total += count;
      }
    }
    return context.counts(StatementKind::multi_table_insert, std::move(counts), {.inserted = total});
  });
}

} // namespace freshet::warehouse
