#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/rows/versioned_table.h"

/// What a history table keeps in the engine.
///
/// - ROWS.T<id>: the versions, as row versions like any table's, with two columns that users do not see: "$source" (the source
///   row that gave the version's values) and "$arrived" (the event that began it).
/// - ROWS.H<id>: the events that no version stands for by itself: deletes, and the runs of events that are equal in the tracked
///   columns. Together with the versions they are all that ever arrived, which is what makes the result the same in whatever
///   order it arrives.
/// - FRESHET.STREAM_OFFSET: the point up to which the source has been read; it moves in the transaction that reads.
/// - FRESHET.HISTORY_STATE: how the maintenance fares.
namespace freshet::warehouse {

inline constexpr const char* k_valid_from = "VALID_FROM";
inline constexpr const char* k_valid_to = "VALID_TO";
inline constexpr const char* k_is_current = "IS_CURRENT";
inline constexpr const char* k_source = "$source";
inline constexpr const char* k_arrived = "$arrived";
inline constexpr size_t k_history_columns = 3; // VALID_FROM, VALID_TO, IS_CURRENT: the last of the visible ones

/// The versions' table with the hidden columns.
VersionedTable history_physical(const Object& history);
/// The engine's table of the other events.
std::string event_table(ObjectId history);

struct HistoryState {
  int64_t arrived = 0; // events so far: the next ones are numbered from here
  int64_t refreshes = 0;
  std::optional<TimePoint> refreshed_at;
  int64_t failures = 0; // one after another
  int32_t error_code = 0;
  std::string error_message;
  std::optional<TimePoint> error_at;
};

engine::Result<void> create_history_state(engine::Connection& connection);
engine::Result<void> create_history_physical(engine::Connection& connection, const Object& history);
engine::Result<void> drop_history_physical(engine::Connection& connection, ObjectId history);
engine::Result<HistoryState> history_state(engine::Connection& connection, ObjectId history);
/// Within the refreshing transaction.
engine::Result<void> note_refresh(engine::Connection& transaction, ObjectId history, int64_t arrived, TimePoint now);
/// In a transaction of its own: the refresh has been rolled back.
engine::Result<void> note_failure(engine::Connection& connection, ObjectId history, int32_t code, const std::string& message,
                                  TimePoint now);

} // namespace freshet::warehouse
