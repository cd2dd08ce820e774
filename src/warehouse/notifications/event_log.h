#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/worker.h"
#include "engine/engine.h"
#include "warehouse/result.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

/// One row of an event table. JSON texts; empty: NULL.
struct Event {
  TimePoint time;
  std::string record_type; // LOG, EVENT
  std::string severity;    // TRACE, DEBUG, INFO, WARN, ERROR, FATAL
  std::string name;        // of an EVENT: execution.status
  std::string resource_attributes;
  std::string record_attributes;
  std::string value;
  ObjectId schema = 0; // where it happened: its database may have an event table of its own
};

/// Logs and events on their way into the active event table: the one that EVENT_TABLE of the database or the account names,
/// else SNOWFLAKE.TELEMETRY.EVENTS.
///
/// Life cycle: `start` makes it `warehouse.service<EventLog>()`; the destructor writes what waits. Durability: a moment after
/// `add`, in a transaction of its own: what is rolled back has been logged all the same. Limits: `k_waiting_max` events wait;
/// more are dropped, and counted in the server's log; a start forgets what is older than 90 days. Concurrency: all functions
/// from any thread; `add` does no I/O unless the log does not run by itself.
class EventLog {
 public:
  static constexpr size_t k_waiting_max = 100'000;

  static Result<std::unique_ptr<EventLog>> start(Warehouse& warehouse, bool runs_by_itself = true);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void add(Event event);
  /// What was added before is in the event table when this returns.
  void flush();

 private:
  EventLog(Warehouse& warehouse, std::unique_ptr<engine::Connection> connection)
      : warehouse_(warehouse), connection_(std::move(connection)) {}
  ObjectPointer target_of(const Event& event) const; // null: SNOWFLAKE.TELEMETRY.EVENTS
  engine::Result<void> write_default(std::span<const Event> events);
  SqlResult<void> write_into(const Object& table, std::span<const Event> events);

  Warehouse& warehouse_;
  std::mutex mutex_;         // of waiting_
  std::mutex writing_mutex_; // one flush at a time
  std::unique_ptr<engine::Connection> connection_;
  std::deque<Event> waiting_;
  size_t dropped_ = 0;
  std::unique_ptr<Worker> worker_;
};

/// What LOG_LEVEL says of the object (a task, a pipe, a procedure), its schema, its database or the account, the nearest first.
std::optional<std::string> log_level_of(const Catalog& catalog, const Object& object);
/// The same for events of tasks and pipes: LOG_EVENT_LEVEL, or LOG_LEVEL where that is set nowhere.
std::optional<std::string> event_level_of(const Catalog& catalog, const Object& object);
/// Whether events of this severity pass: OFF lets none, INFO lets INFO, WARN, ERROR and FATAL.
bool passes(std::string_view severity, std::string_view level);

/// SYSTEM$LOG and its like, snowflake.log: into the event table when the session's or its schema's LOG_LEVEL lets it.
void log_message(Session& session, std::string_view severity, std::string_view message, std::string_view procedure = {});

/// The engine's text of SNOWFLAKE.TELEMETRY.EVENTS.
std::string events_relation(Warehouse& warehouse);
/// Marks event tables among a table's options.
inline constexpr const char* k_event_table = "EVENT_TABLE";
/// The columns of every event table.
std::vector<Column> event_columns();

} // namespace freshet::warehouse
