#include "warehouse/dropped_objects.h"

#include <fmt/core.h>

#include "warehouse/catalog_json.h"

namespace freshet::warehouse {
namespace {

constexpr const char* k_columns =
    "id, parent, kind, name, owner, comment, created_on, definition, dropped_on, grouped, expires";

int64_t micros(TimePoint time) {
  return time.time_since_epoch().count();
}

engine::Result<std::vector<DroppedObject>> read(engine::Connection& connection, const std::string& condition,
                                                std::span<const engine::Value> binds) {
  auto rows = TRY(connection.query(
      fmt::format("SELECT {} FROM FRESHET.DROPPED WHERE {} ORDER BY dropped_on DESC, id DESC", k_columns, condition), binds));
  std::vector<DroppedObject> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    DroppedObject dropped;
    auto& object = dropped.object;
    object.id = rows.integer(row, 0);
    object.parent = rows.integer(row, 1);
    object.name = rows.string(row, 3);
    object.owner = rows.string(row, 4);
    object.comment = rows.string(row, 5);
    object.created_on = TimePoint{Duration{rows.integer(row, 6)}};
    if (auto done = read_definition(rows.string(row, 7), static_cast<ObjectKind>(rows.integer(row, 2)), object); !done)
      return engine::fail(engine::ErrorKind::internal, done.error().message);
    dropped.dropped_on = TimePoint{Duration{rows.integer(row, 8)}};
    dropped.group = rows.integer(row, 9);
    dropped.expires = TimePoint{Duration{rows.integer(row, 10)}};
    out.push_back(std::move(dropped));
  }
  return out;
}

} // namespace

engine::Result<void> create_dropped_objects(engine::Connection& connection) {
  TRY(connection.execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.DROPPED (id BIGINT, parent BIGINT, kind BIGINT, name VARCHAR, owner VARCHAR, "
      "comment VARCHAR, created_on BIGINT, definition VARCHAR, dropped_on BIGINT, grouped BIGINT, expires BIGINT)"));
  return {};
}

engine::Result<void> bury(engine::Connection& connection, const DroppedObject& dropped) {
  const auto& object = dropped.object;
  engine::Value binds[] = {object.id,
                           object.parent,
                           static_cast<int64_t>(object.kind()),
                           object.name,
                           object.owner,
                           object.comment,
                           micros(object.created_on),
                           definition_json(object),
                           micros(dropped.dropped_on),
                           dropped.group,
                           micros(dropped.expires)};
  TRY(connection.execute(fmt::format("INSERT INTO FRESHET.DROPPED ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", k_columns),
                         binds));
  return {};
}

engine::Result<std::optional<DroppedObject>> find_dropped(engine::Connection& connection, ObjectKind kind, ObjectId parent,
                                                          std::string_view name, TimePoint now) {
  engine::Value binds[] = {static_cast<int64_t>(kind), parent, std::string(name), micros(now)};
  auto found = TRY(read(connection, "kind = ? AND parent = ? AND name = ? AND grouped = id AND expires > ?", binds));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

engine::Result<std::vector<DroppedObject>> dropped_from(engine::Connection& connection, ObjectKind kind, ObjectId parent,
                                                        TimePoint now) {
  engine::Value binds[] = {static_cast<int64_t>(kind), parent, micros(now)};
  return read(connection, "kind = ? AND parent = ? AND expires > ?", binds);
}

engine::Result<std::vector<DroppedObject>> dropped_group(engine::Connection& connection, ObjectId group) {
  engine::Value binds[] = {group};
  return read(connection, "grouped = ?", binds);
}

engine::Result<std::vector<ObjectId>> expired_groups(engine::Connection& connection, TimePoint now) {
  engine::Value binds[] = {micros(now)};
  auto rows = TRY(connection.query("SELECT DISTINCT grouped FROM FRESHET.DROPPED WHERE expires <= ? ORDER BY ALL", binds));
  std::vector<ObjectId> out;
  for (size_t row = 0; row < rows.size(); ++row) out.push_back(rows.integer(row, 0));
  return out;
}

engine::Result<std::vector<DroppedObject>> dropped_readers(engine::Connection& connection) {
  return read(connection, "id IN (SELECT stream FROM FRESHET.STREAM_OFFSET)", {});
}

engine::Result<int64_t> longest_kept_days(engine::Connection& connection) {
  auto rows = TRY(connection.query("SELECT coalesce(max(expires - dropped_on), 0) // 86400000000 FROM FRESHET.DROPPED"));
  return rows.integer(0, 0);
}

engine::Result<void> forget_group(engine::Connection& connection, ObjectId group) {
  engine::Value binds[] = {group};
  TRY(connection.execute("DELETE FROM FRESHET.DROPPED WHERE grouped = ?", binds));
  return {};
}

} // namespace freshet::warehouse
