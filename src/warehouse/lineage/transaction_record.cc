#include "warehouse/lineage/transaction_record.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "warehouse/session.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

constexpr size_t k_text_max = 10'000;
constexpr size_t k_statements_max = 100;
constexpr size_t k_files_max = 1'000;

/// Cut between two characters.
std::string cut(const std::string& text) {
  if (text.size() <= k_text_max) return text;
  size_t end = k_text_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

json::array ids_of(const std::set<ObjectId>& ids) {
  json::array out;
  for (auto id : ids) out.push_back(id);
  return out;
}

/// What a stream showed: the source's rows, for a view the tables behind it.
void add_streams(json::array& out, Catalog& catalog, const StatementNote& note,
                 const std::map<ObjectId, StreamWindow>& windows) {
  for (auto id : note.streams) {
    auto object = catalog.find(id);
    auto window = windows.find(id);
    if (!object || object->as<Stream>() == nullptr || window == windows.end()) continue;
    auto tables = object->as<Stream>()->base_tables;
    if (tables.empty()) tables.push_back(object->as<Stream>()->source);
    for (auto table : tables) {
      out.push_back(json::object{{"source", table},
                                 {"from", window->second.initial ? Point{}.to_text() : window->second.from.to_text()},
                                 {"until", window->second.until.to_text()}});
    }
  }
}

json::object written(Catalog& catalog, const StatementNote& note, const std::map<ObjectId, StreamWindow>& windows) {
  json::object out{
      {"id", note.query_id}, {"outer", note.outer_query_id}, {"text", cut(note.text)}, {"writes", ids_of(note.writes)}};
  if (note.point) {
    out["reads"] = ids_of(note.reads);
    out["point"] = note.point->to_text();
  }
  json::array streams;
  add_streams(streams, catalog, note, windows);
  if (!streams.empty()) out["streams"] = std::move(streams);
  json::array files;
  for (const auto& file : note.files) {
    if (files.size() == k_files_max) break;
    files.push_back(json::array{file.file, file.size, file.rows_loaded, file.errors_seen});
  }
  if (!files.empty()) out["files"] = std::move(files);
  if (!note.pipe.empty()) out["pipe"] = note.pipe;
  return out;
}

std::set<ObjectId> read_ids(const json::object& from, std::string_view key) {
  std::set<ObjectId> out;
  if (auto* list = from.if_contains(key)) {
    for (const auto& id : list->as_array()) out.insert(id.as_int64());
  }
  return out;
}

std::string read_text(const json::object& from, std::string_view key) {
  auto* found = from.if_contains(key);
  return found == nullptr ? std::string() : std::string(found->as_string());
}

Result<Point> read_point(const json::object& from, std::string_view key) {
  return Point::parse(read_text(from, key));
}

Result<TransactionRecord::Statement> read_statement(const json::object& from) {
  TransactionRecord::Statement out;
  out.note.query_id = read_text(from, "id");
  out.note.outer_query_id = read_text(from, "outer");
  out.note.text = read_text(from, "text");
  out.note.pipe = read_text(from, "pipe");
  out.note.writes = read_ids(from, "writes");
  out.note.reads = read_ids(from, "reads");
  if (from.contains("point")) out.note.point = TRY(read_point(from, "point"));
  if (auto* streams = from.if_contains("streams")) {
    for (const auto& stream : streams->as_array()) {
      const auto& object = stream.as_object();
      out.streams.push_back(
          {object.at("source").as_int64(), TRY(read_point(object, "from")), TRY(read_point(object, "until"))});
    }
  }
  if (auto* files = from.if_contains("files")) {
    for (const auto& file : files->as_array()) {
      const auto& parts = file.as_array();
      out.note.files.push_back(
          {std::string(parts.at(0).as_string()), parts.at(1).as_int64(), parts.at(2).as_int64(), parts.at(3).as_int64()});
    }
  }
  return out;
}

} // namespace

engine::Result<void> create_transaction_records(engine::Connection& connection) {
  auto done = connection.execute(
      "CREATE TABLE IF NOT EXISTS FRESHET.TRANSACTION_RECORD (number BIGINT, leader BIGINT, written_at BIGINT, session_id "
      "VARCHAR, "
      "user_name VARCHAR, role_name VARCHAR, task VARCHAR, task_run BIGINT, statements VARCHAR)");
  if (!done) return std::unexpected(done.error());
  return {};
}

engine::Result<void> write_transaction_record(Session& session, const WriteNumber& number,
                                              const std::vector<StatementNote>& statements,
                                              const std::map<ObjectId, StreamWindow>& windows) {
  auto& warehouse = session.warehouse();
  json::array list;
  for (const auto& note : statements) {
    if (list.size() == k_statements_max) break;
    list.push_back(written(warehouse.catalog(), note, windows));
  }
  std::string task;
  int64_t task_run = 0;
  if (auto* tasks = warehouse.service<Tasks>()) {
    if (auto run = tasks->run_of(session.id())) {
      auto object = warehouse.catalog().find(run->task);
      task = object ? warehouse.catalog().full_name(*object) : "";
      task_run = run->id;
    }
  }
  auto now = warehouse.clock().now().time_since_epoch().count();
  engine::Value binds[] = {number.value(),         number.value(),  now,      session.id(),         session.context().user,
                           session.context().role, std::move(task), task_run, json::serialize(list)};
  auto& connection = session.connection();
  TRY(connection.execute("INSERT INTO FRESHET.TRANSACTION_RECORD VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", binds));
  for (auto further : number.numbers()) {
    if (further == number.value()) continue;
    engine::Value pair[] = {further, number.value(), now};
    TRY(connection.execute("INSERT INTO FRESHET.TRANSACTION_RECORD (number, leader, written_at) VALUES (?, ?, ?)", pair));
  }
  return {};
}

engine::Result<void> prune_transaction_records(engine::Connection& connection, TimePoint now) {
  engine::Value binds[] = {(now - std::chrono::days{k_record_days}).time_since_epoch().count()};
  auto done = connection.execute("DELETE FROM FRESHET.TRANSACTION_RECORD WHERE written_at < ?", binds);
  if (!done) return std::unexpected(done.error());
  return {};
}

engine::Result<std::optional<TransactionRecord>> transaction_record(engine::Connection& connection, int64_t number) {
  engine::Value binds[] = {number};
  auto rows = TRY(connection.query(
      "SELECT l.number, coalesce(epoch_us(c.committed_at), l.written_at), l.session_id, l.user_name, l.role_name, l.task, "
      "l.task_run, "
      "l.statements FROM FRESHET.TRANSACTION_RECORD AS r JOIN FRESHET.TRANSACTION_RECORD AS l ON l.number = r.leader LEFT JOIN "
      "freshet.commits AS c ON c.number = l.number WHERE r.number = ?",
      binds));
  if (rows.empty()) return std::nullopt;
  TransactionRecord out;
  out.number = rows.integer(0, 0);
  out.committed = TimePoint{Duration{rows.integer(0, 1)}};
  out.session_id = rows.string(0, 2);
  out.user = rows.string(0, 3);
  out.role = rows.string(0, 4);
  out.task = rows.string(0, 5);
  out.task_run = rows.integer(0, 6);
  boost::system::error_code error;
  auto statements = json::parse(std::string(rows.string(0, 7)), error);
  if (error || !statements.is_array()) return engine::fail(engine::ErrorKind::internal, "a transaction's record is malformed");
  for (const auto& statement : statements.as_array()) {
    auto read = read_statement(statement.as_object());
    if (!read) return engine::fail(engine::ErrorKind::internal, read.error().message);
    out.statements.push_back(std::move(*read));
  }
  return out;
}

engine::Result<std::optional<TimePoint>> commit_of_statement(engine::Connection& connection, const std::string& query_id) {
  const auto quoted = json::serialize(json::string(query_id));
  engine::Value binds[] = {"\"id\":" + quoted, "\"outer\":" + quoted};
  auto rows = TRY(connection.query(
      "SELECT max(coalesce(epoch_us(c.committed_at), r.written_at)) FROM FRESHET.TRANSACTION_RECORD AS r LEFT JOIN "
      "freshet.commits AS c ON c.number = r.number WHERE contains(r.statements, ?) OR contains(r.statements, ?)",
      binds));
  if (rows.is_null(0, 0)) return std::nullopt;
  return TimePoint{Duration{rows.integer(0, 0)}};
}

} // namespace freshet::warehouse
