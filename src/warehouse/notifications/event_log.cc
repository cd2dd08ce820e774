#include "warehouse/notifications/event_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/log.h"
#include "sql/parser.h"
#include "warehouse/object_parameters.h"
#include "warehouse/session.h"

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

constexpr const char* k_table =
    "CREATE TABLE IF NOT EXISTS FRESHET.EVENT (time TIMESTAMP, resource_attributes JSON, record_type VARCHAR, record JSON, "
    "record_attributes JSON, value JSON)";

constexpr auto k_events_kept = std::chrono::days{90};

constexpr std::array<std::pair<std::string_view, int>, 6> k_severities = {
    {{"TRACE", 1}, {"DEBUG", 5}, {"INFO", 9}, {"WARN", 13}, {"ERROR", 17}, {"FATAL", 21}}};

/// OpenTelemetry's number; more than any for OFF and what is unknown.
int number_of(std::string_view severity) {
  const auto found = std::ranges::find(k_severities, severity, &std::pair<std::string_view, int>::first);
  return found == k_severities.end() ? 100 : found->second;
}

std::string record_of(const Event& event) {
  json::object record;
  if (!event.name.empty()) record["name"] = event.name;
  record["severity_text"] = event.severity;
  if (event.record_type == "LOG") record["severity_number"] = number_of(event.severity);
  return json::serialize(record);
}

engine::Value text_or_null(const std::string& text) {
  return text.empty() ? engine::Value(std::monostate()) : engine::Value(text);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  return text;
}

/// The table of that name; names of one or two parts are those of the given schema.
ObjectPointer table_named(const Catalog& catalog, std::string_view text, const Object* schema) {
  const auto name = sql::parse_qualified_name(text);
  if (!name || name->parts.empty()) return nullptr;
  const auto& parts = name->parts;
  ObjectId database = schema != nullptr ? schema->parent : 0;
  ObjectId in = schema != nullptr ? schema->id : 0;
  if (parts.size() == 3) {
    const auto found = catalog.find(ObjectKind::database, k_account, parts[0].name);
    if (!found) return nullptr;
    database = found->id;
  }
  if (parts.size() >= 2) {
    const auto found = catalog.find(ObjectKind::schema, database, parts[parts.size() - 2].name);
    if (!found) return nullptr;
    in = found->id;
  }
  return catalog.find(ObjectKind::table, in, name->last());
}

} // namespace

Result<std::unique_ptr<EventLog>> EventLog::start(Warehouse& warehouse, bool runs_by_itself) {
  auto connection = TRY(warehouse.database().connect());
  TRY(connection->execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(connection->execute(k_table));
  const auto oldest = warehouse.clock().now() - k_events_kept;
  TRY(connection->execute(
      fmt::format("DELETE FROM FRESHET.EVENT WHERE time < make_timestamp({})", oldest.time_since_epoch().count())));
  std::unique_ptr<EventLog> log(new EventLog(warehouse, std::move(connection)));
  if (runs_by_itself) {
    log->worker_ = std::make_unique<Worker>("events", warehouse.clock(), [raw = log.get()]() -> std::optional<TimePoint> {
      raw->flush();
      return std::nullopt;
    });
  }
  warehouse.attach(log.get());
  return log;
}

EventLog::~EventLog() {
  warehouse_.attach<EventLog>(nullptr);
  if (worker_) worker_->stop();
  flush();
}

void EventLog::add(Event event) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() >= k_waiting_max) {
      if (dropped_++ == 0) log::warn("events", "more than {} events wait: the newest are dropped", k_waiting_max);
      return;
    }
    waiting_.push_back(std::move(event));
  }
  if (worker_) {
    worker_->wake();
  } else {
    flush();
  }
}

void EventLog::flush() {
  std::lock_guard writing(writing_mutex_);
  std::vector<Event> events;
  {
    std::lock_guard lock(mutex_);
    events.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    dropped_ = 0;
  }
  // Neighbours that go to the same table are written together.
  for (size_t first = 0; first < events.size();) {
    const auto target = target_of(events[first]);
    size_t end = first + 1;
    while (end < events.size() && target_of(events[end]) == target) ++end;
    const auto part = std::span<const Event>(events).subspan(first, end - first);
    if (target) {
      if (auto done = write_into(*target, part); !done) log::error("events", "events are lost: {}", done.error().message);
    } else if (auto done = write_default(part); !done) {
      log::error("events", "events are lost: {}", done.error().message);
    }
    first = end;
  }
}

ObjectPointer EventLog::target_of(const Event& event) const {
  const auto& catalog = warehouse_.catalog();
  const auto schema = catalog.find(event.schema);
  const auto database = schema ? catalog.find(schema->parent) : nullptr;
  auto name = database ? own_parameter(*database, "EVENT_TABLE") : std::nullopt;
  if (!name) name = account_parameter(catalog, "EVENT_TABLE");
  return name ? table_named(catalog, upper(*name), schema.get()) : nullptr;
}

engine::Result<void> EventLog::write_default(std::span<const Event> events) {
  TRY(connection_->begin());
  for (const auto& event : events) {
    const engine::Value values[] = {engine::Timestamp{event.time.time_since_epoch().count()},
                                    text_or_null(event.resource_attributes),
                                    event.record_type,
                                    record_of(event),
                                    text_or_null(event.record_attributes),
                                    text_or_null(event.value)};
    if (auto done = connection_->execute("INSERT INTO FRESHET.EVENT VALUES (?, ?, ?, ?, ?, ?)", values); !done) {
      (void)connection_->rollback();
      return std::unexpected(done.error());
    }
  }
  return connection_->commit();
}

/// As its owner would insert them: streams on the table see them.
SqlResult<void> EventLog::write_into(const Object& table, std::span<const Event> events) {
  SessionContext context{.user = "SYSTEM", .role = table.owner, .warehouse = {}, .database = {}, .schema = {}};
  auto session = warehouse_.create_session(std::move(context));
  if (!session) return std::unexpected(sql::Error(session.error()));
  const auto insert = fmt::format(
      "INSERT INTO {} (TIMESTAMP, OBSERVED_TIMESTAMP, RESOURCE_ATTRIBUTES, RECORD_TYPE, RECORD, RECORD_ATTRIBUTES, VALUE) "
      "SELECT "
      "TO_TIMESTAMP_NTZ(?, 6), TO_TIMESTAMP_NTZ(?, 6), PARSE_JSON(?), ?, PARSE_JSON(?), PARSE_JSON(?), PARSE_JSON(?)",
      warehouse_.catalog().full_name(table));
  TRY((*session)->execute("BEGIN"));
  for (const auto& event : events) {
    const int64_t time = event.time.time_since_epoch().count();
    Binds binds;
    const sql::SnowflakeType number{.kind = sql::TypeKind::number};
    binds.positional = {{number, time},
                        {number, time},
                        {{}, text_or_null(event.resource_attributes)},
                        {{}, event.record_type},
                        {{}, record_of(event)},
                        {{}, text_or_null(event.record_attributes)},
                        {{}, text_or_null(event.value)}};
    TRY((*session)->execute(insert, binds));
  }
  TRY((*session)->execute("COMMIT"));
  return {};
}

std::optional<std::string> log_level_of(const Catalog& catalog, const Object& object) {
  return parameter_in_force(catalog, object, "LOG_LEVEL").transform(upper);
}

std::optional<std::string> event_level_of(const Catalog& catalog, const Object& object) {
  if (auto level = parameter_in_force(catalog, object, "LOG_EVENT_LEVEL")) return upper(*level);
  return log_level_of(catalog, object);
}

bool passes(std::string_view severity, std::string_view level) {
  return number_of(severity) >= number_of(level);
}

void log_message(Session& session, std::string_view severity, std::string_view message, std::string_view procedure) {
  auto& warehouse = session.warehouse();
  auto* events = warehouse.service<EventLog>();
  if (events == nullptr) return;
  const auto& context = session.context();
  const auto& catalog = warehouse.catalog();
  const auto database = catalog.find(ObjectKind::database, k_account, context.database);
  const auto schema = database ? catalog.find(ObjectKind::schema, database->id, context.schema) : nullptr;
  // Of the session's own level and its surroundings' the more talkative one counts.
  const auto level = upper(std::string(session.parameters().get("LOG_LEVEL")));
  const auto around = schema ? log_level_of(catalog, *schema) : account_parameter(catalog, "LOG_LEVEL").transform(upper);
  if (!passes(severity, level) && !(around && passes(severity, *around))) return;
  json::object resource{{"db.user", context.user},
                        {"snow.session.id", session.id()},
                        {"snow.session.role.primary.name", context.role},
                        {"snow.query.id", session.last_query_id()}};
  if (!context.database.empty()) resource["snow.database.name"] = context.database;
  if (!context.schema.empty()) resource["snow.schema.name"] = context.schema;
  if (!context.warehouse.empty()) resource["snow.warehouse.name"] = context.warehouse;
  if (!procedure.empty()) {
    resource["snow.executable.name"] = std::string(procedure);
    resource["snow.executable.type"] = "PROCEDURE";
  }
  events->add({.time = warehouse.clock().now(),
               .record_type = "LOG",
               .severity = std::string(severity),
               .name = {},
               .resource_attributes = json::serialize(resource),
               .record_attributes = {},
               .value = json::serialize(json::string(message)),
               .schema = schema ? schema->id : 0});
}

std::vector<Column> event_columns() {
  const auto column = [](std::string name, sql::TypeKind kind) {
    Column out{.name = std::move(name), .type = {.kind = kind}};
    if (kind == sql::TypeKind::timestamp_ntz) out.type.scale = 9;
    return out;
  };
  using enum sql::TypeKind;
  return {column("TIMESTAMP", timestamp_ntz),
          column("START_TIMESTAMP", timestamp_ntz),
          column("OBSERVED_TIMESTAMP", timestamp_ntz),
          column("TRACE", object),
          column("RESOURCE", object),
          column("RESOURCE_ATTRIBUTES", object),
          column("SCOPE", object),
          column("SCOPE_ATTRIBUTES", object),
          column("RECORD_TYPE", text),
          column("RECORD", object),
          column("RECORD_ATTRIBUTES", object),
          column("VALUE", variant),
          column("EXEMPLARS", array)};
}

std::string events_relation(Warehouse& warehouse) {
  if (auto* events = warehouse.service<EventLog>()) events->flush();
  return "(SELECT time AS \"TIMESTAMP\", CAST(NULL AS TIMESTAMP) AS \"START_TIMESTAMP\", time AS \"OBSERVED_TIMESTAMP\", "
         "CAST(NULL AS JSON) AS \"TRACE\", CAST(NULL AS JSON) AS \"RESOURCE\", resource_attributes AS \"RESOURCE_ATTRIBUTES\", "
         "CAST(NULL AS JSON) AS \"SCOPE\", CAST(NULL AS JSON) AS \"SCOPE_ATTRIBUTES\", record_type AS \"RECORD_TYPE\", record "
         "AS "
         "\"RECORD\", record_attributes AS \"RECORD_ATTRIBUTES\", value AS \"VALUE\", CAST(NULL AS JSON) AS \"EXEMPLARS\" FROM "
         "FRESHET.EVENT)";
}

} // namespace freshet::warehouse
