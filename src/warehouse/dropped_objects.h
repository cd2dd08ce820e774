#pragma once

#include <optional>
#include <vector>

#include "engine/engine.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// What was dropped and can still be brought back: UNDROP, SHOW … HISTORY, and clones of a time before the drop.
///
/// A dropped table, schema or database keeps its rows, its stream offsets and its ids; only the catalog forgets it. All that
/// one DROP (or OR REPLACE) took away is a group, named by its topmost object. `FRESHET.DROPPED` holds the definitions; what
/// `expired` gives is for the archiver to delete for good.
struct DroppedObject {
  Object object;
  ObjectId group = 0;
  TimePoint dropped_on;
  TimePoint expires; // when UNDROP is no longer possible
};

engine::Result<void> create_dropped_objects(engine::Connection& connection);
/// Each in the caller's open transaction.
engine::Result<void> bury(engine::Connection& connection, const DroppedObject& dropped);
/// The one of that name that was dropped last, by itself and not with its parent; empty when there is none at `now`.
engine::Result<std::optional<DroppedObject>> find_dropped(engine::Connection& connection, ObjectKind kind, ObjectId parent,
                                                          std::string_view name, TimePoint now);
/// All of that kind that were dropped from the parent, by themselves or with it, newest first.
engine::Result<std::vector<DroppedObject>> dropped_from(engine::Connection& connection, ObjectKind kind, ObjectId parent,
                                                        TimePoint now);
engine::Result<std::vector<DroppedObject>> dropped_group(engine::Connection& connection, ObjectId group);
/// Streams and history tables that stand in dropped schemas and databases: they may come back.
engine::Result<std::vector<DroppedObject>> dropped_readers(engine::Connection& connection);
/// The longest retention that anything dropped had.
engine::Result<int64_t> longest_kept_days(engine::Connection& connection);
/// The groups whose time is over.
engine::Result<std::vector<ObjectId>> expired_groups(engine::Connection& connection, TimePoint now);
engine::Result<void> forget_group(engine::Connection& connection, ObjectId group);

} // namespace freshet::warehouse
