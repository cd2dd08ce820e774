#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "warehouse/lineage/transaction_record.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// One version of a row, and one way it came to be (or to go).
struct LineageStep {
  int64_t depth = 0; // 0: the rows that were asked for; 1: what these were made from; …
  std::string table; // fully qualified
  std::string row_id;
  std::string action; // INSERT, UPDATE, DELETE
  std::optional<TimePoint> time;
  std::string values; // JSON; empty: not known
  int64_t transaction = 0;
  std::string query_id, outer_query_id, query_text, user, role, task, pipe, file;
  int64_t task_run = 0;
  int64_t file_row = 0; // 0: not known
  bool exact = true;    // false: one of several that may be it
};

/// A key's values by column name.
using LineageKey = std::vector<std::pair<std::string, std::string>>;

/// Follows rows back to the statements, task runs and files that they came from.
///
/// Exact are: the versions of a row and the transactions that wrote them, as long as versions and records are kept; the
/// statement, when only one of the transaction wrote the table; the source row of a history table's version; the row of a table
/// or stream that a statement read, when in what it read only one has the same key; the file, when the statement loaded only
/// one, or several small ones, whose rows are in the order of loading. All else is given as a candidate. Cost: a scan of each
/// table on the way for its key. Limits: k_steps_max steps, k_depth_max tables deep.
class LineageTrace {
 public:
  explicit LineageTrace(StatementContext& context) : context_(context) {}
  SqlResult<std::vector<LineageStep>> trace(const Object& table, const LineageKey& key);

 private:
  struct Version {
    int64_t row = 0, begin = 0;
    std::optional<int64_t> end;
    std::string values;
  };
  SqlResult<std::vector<Version>> versions(const Object& table, const std::string& relation, const std::string& condition);
  SqlResult<void> follow(const Object& table, const LineageKey& key, const std::vector<Version>& versions, int64_t depth,
                         bool exact);
  SqlResult<void> begun(const Object& table, const LineageKey& key, const Version& version, int64_t depth, bool exact);
  SqlResult<void> ended(const Object& table, const Version& version, int64_t depth, bool exact);
  SqlResult<void> sources(const Object& table, const LineageKey& key, const TransactionRecord::Statement& statement,
                          const Version& version, int64_t depth, bool exact);
  SqlResult<void> source_of_history(const Object& table, const Version& version, const LineageKey& key, int64_t depth,
                                    bool exact);
  SqlResult<const TransactionRecord*> record(int64_t number);
  SqlResult<std::optional<TimePoint>> commit_time(int64_t number);
  LineageStep step_of(const Object& table, const Version& version, const TransactionRecord* record, int64_t depth);

  StatementContext& context_;
  std::vector<LineageStep> steps_;
  std::map<int64_t, std::optional<TransactionRecord>> records_;
  std::set<std::pair<ObjectId, std::pair<int64_t, int64_t>>> seen_; // table, row, begin
};

} // namespace freshet::warehouse
