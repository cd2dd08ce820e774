#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warehouse/history/history_store.h"
#include "warehouse/rows/row_writer.h"
#include "warehouse/rows/scratch_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// Changes of the source: a relation with its columns, "$source", "$at" (TIMESTAMPTZ of the commit) and "$gone".
struct HistoryChanges {
  std::string relation;     // in parentheses
  bool at_one_time = false; // "$at" is a constant
};

/// Merges events of the source into the versions of a history table, within the caller's open transaction.
///
/// An event is a row of the source as it came (a version of it, if it was updated in place), or its going. The versions are a
/// function of the set of all events, whatever the order they arrive in: per key in the order of the sequence (NULL first;
/// equals in the order of arrival)
/// - a row begins a version, unless it equals, in the tracked columns, the row just before it: then it belongs to the same
///   version, which shows the values of the last of these rows;
/// - a row for which DELETE WHEN holds ends the version before it, and so does the going of the row that the version shows: at
/// the
///   time of its commit, or where the sequence is no time at the row's own place, unless a row with a later place came before;
/// - a version ends where the next one begins or where it is ended. Several versions of one instant are all kept; all but the
///   last of them are empty intervals.
///
/// Cost: O(n log n) of the new events and of those stored events of their keys that are not before the earliest new one; plus
/// one look at the key columns of the versions' table, as MERGE takes it. When each key has one new row, which comes after all
/// that is stored of the key and differs from it, nothing is sorted: O(n), without a copy of the new rows. Memory: the same,
/// spilled to disk by the engine.
class HistoryMerge {
 public:
  HistoryMerge(StatementContext& context, TransactionScope& transaction, const Object& history, int64_t arrived);

  SqlResult<void> apply(const HistoryChanges& changes);
  /// Events so far.
  int64_t arrived() const { return arrived_; }

 private:
  SqlResult<std::string> computed_select(const std::string& changes);
  std::string events_select(const std::string& computed) const;
  SqlResult<bool> append_successors(const std::string& computed, bool at_one_time);
  SqlResult<std::optional<int64_t>> one_row_per_key(const std::string& computed, bool at_one_time);
  SqlResult<bool> has_events(const std::string& came);
  SqlResult<void> fetch_stored();
  SqlResult<void> fold();
  SqlResult<void> write();

  std::string columns(std::string_view alias = "") const; // of the source
  std::string same_key(std::string_view a, std::string_view b) const;
  SqlResult<void> fill(ScratchTable& table, const std::string& select);

  StatementContext& context_;
  TransactionScope& transaction_;
  const Object& object_;
  const HistoryDefinition& definition_;
  VersionedTable table_;
  std::vector<std::string> source_columns_;
  std::string keys_;  // quoted, separated by commas
  std::string order_; // PARTITION BY keys ORDER BY sequence
  bool sequence_is_time_ = true;
  bool goings_ = true; // the source's rows may go
  int64_t arrived_;
  ScratchTable events_, changed_keys_, versions_, bounds_, others_, folded_;
};

/// Whether a commit's time has a place in a sequence of this type.
bool is_time(const sql::SnowflakeType& type);

} // namespace freshet::warehouse
