#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "warehouse/rows/transaction_registry.h"
#include "warehouse/rows/versioned_table.h"

namespace freshet::warehouse {

/// `column = value`, the value in engine SQL. It is cast to the column's type.
struct Assignment {
  std::string column;
  std::string value;
};

/// UPDATE target alias SET assignments FROM source WHERE condition. All texts are engine SQL; the target's columns are reached
/// through `alias`, the source's through the aliases that `source` declares.
struct UpdatePlan {
  VersionedTable table;
  std::string alias;     // quoted as it is to appear
  std::string source;    // what follows FROM besides the target; empty: none
  std::string condition; // empty: all rows
  std::vector<Assignment> assignments;
  bool error_on_nondeterminism = false; // ERROR_ON_NONDETERMINISTIC_UPDATE
};

/// DELETE FROM target alias USING source WHERE condition.
struct DeletePlan {
  VersionedTable table;
  std::string alias;
  std::string source;
  std::string condition;
};

struct MergeClause {
  enum class Action { update, remove, insert };
  Action action = Action::update; // insert: WHEN NOT MATCHED; else: WHEN MATCHED
  std::string condition;          // AND …; empty: none
  std::vector<Assignment>
      assignments; // update: SET; insert: columns and VALUES. Columns left out of an insert get their default.
};

/// MERGE INTO target alias USING source ON on, clauses in the order written.
struct MergePlan {
  VersionedTable table;
  std::string alias;
  std::string source; // a FROM item with its alias
  std::string on;     // empty: true
  std::vector<MergeClause> clauses;
  bool error_on_nondeterminism = true; // ERROR_ON_NONDETERMINISTIC_MERGE
  /// Those conjuncts of ON that mention no column of the target belong here rather than in `on`: with one of them the engine
  /// would join row by row with row (an outer join's hash join takes only comparisons of the two sides).
  std::vector<std::string> on_source = {};
};

struct ChangeReport {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t deleted = 0;
  int64_t multi_joined = 0; // target rows that several source rows would have changed; one was picked
  /// Set when the statement is nondeterministic and that is an error: nothing was changed. The values of one such target row,
  /// for the message: `[1, "a", NULL]`.
  std::optional<std::string> duplicate;
};

/// Changes the rows of versioned tables in the caller's open transaction: plan, then mark and append (DESIGN.md D6).
///
/// One per statement or per transaction. Errors: what a statement may fail on (casts, divisions, conditions, NOT NULL) is
/// computed before the first row is touched if `keep_on_failure`, which an explicit transaction wants; an autocommitted
/// statement is rolled back anyway and takes shorter ways. Where part of a failed change may have happened nonetheless, the
/// caller takes it back (`take_back`) or rolls the transaction back. Concurrency: one thread. The caller holds the table's lock
/// for everything but `insert`.
class RowWriter {
 public:
  RowWriter(engine::Connection& connection, const WriteNumber& number, bool keep_on_failure)
      : connection_(connection), write_number_(number), keep_on_failure_(keep_on_failure) {}

  /// `select` gives the values of `columns`, in that order; other columns get their defaults.
  engine::Result<int64_t> insert(const VersionedTable& table, const std::vector<std::string>& columns,
                                 const std::string& select);
  /// The same in place of every living row, which `select` may read. A value that is refused leaves them as they were.
  engine::Result<int64_t> overwrite(const VersionedTable& table, const std::vector<std::string>& columns,
                                    const std::string& select);
  engine::Result<ChangeReport> update(const UpdatePlan& plan);
  engine::Result<ChangeReport> remove(const DeletePlan& plan);
  engine::Result<ChangeReport> merge(const MergePlan& plan);
  /// Changes planned elsewhere: `planned` is a relation with the table's columns, "$row" and "$rid" of the version that each
  /// replaces (NULL: none), and "$action" (see merge_sql.h). No version may occur twice.
  engine::Result<ChangeReport> apply_changes(const VersionedTable& table, const std::string& planned) {
    return apply_plan(table, planned, true);
  }
  /// The same, where the planner knows how many rows are new, and how many versions are replaced or removed. Reads `planned`
  /// once; "$rid" of what ends from the relation `ended`.
  engine::Result<ChangeReport> apply_counted(const VersionedTable& table, const std::string& planned, const std::string& ended,
                                             ChangeReport counts);
  /// Ends every living row.
  engine::Result<int64_t> truncate(const VersionedTable& table);

 private:
  /// Runs a statement that changes rows.
  engine::Result<int64_t> apply(const std::string& sql);
  /// NOT NULL and lengths, before the first row is touched.
  engine::Result<void> check_planned(const VersionedTable& table, const std::string& planned);
  engine::Result<ChangeReport> apply_plan(const VersionedTable& table, const std::string& planned,
                                          bool error_on_nondeterminism);
  engine::Result<std::string> row_values(const VersionedTable& table, const std::string& row_id);
  engine::Result<std::optional<ChangeReport>> append_directly(const MergePlan& plan);

  engine::Connection& connection_;
  const WriteNumber& write_number_;
  bool keep_on_failure_;
};

} // namespace freshet::warehouse
