#include "warehouse/external/registered_files.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "warehouse/load/stage_source.h"
#include "warehouse/physical.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

namespace json = boost::json;

constexpr auto k_history_kept = std::chrono::days{30};
constexpr std::string_view k_new = "REGISTERED_NEW", k_update = "REGISTERED_UPDATE", k_removed = "UNREGISTERED";

sql::SnowflakeType type_of(sql::TypeKind kind) {
  return sql::type_of_kind(kind);
}

std::vector<Registration> difference(std::map<std::string, RegisteredFile> known, const std::vector<RegisteredFile>& found) {
  std::map<std::string, Registration> changes;
  for (const auto& file : found) {
    const auto before = known.extract(file.path);
    if (before.empty())
      changes[file.path] = {file, std::string(k_new), "File registered successfully."};
    else if (!(before.mapped() == file))
      changes[file.path] = {file, std::string(k_update), "File registered (updated) successfully."};
  }
  for (auto& [path, file] : known) changes[path] = {std::move(file), std::string(k_removed), "File unregistered successfully."};
  std::vector<Registration> out;
  for (auto& [path, change] : changes) out.push_back(std::move(change));
  return out;
}

/// The changes as a relation of the engine.
std::string relation_of(const std::vector<Registration>& changes) {
  json::array list;
  for (const auto& [file, status, description] : changes) {
    list.push_back({{"p", file.path},
                    {"s", file.size},
                    {"m", file.modified.time_since_epoch().count()},
                    {"e", file.etag},
                    {"q", file.partition},
                    {"a", status},
                    {"d", description}});
  }
  return fmt::format(
      R"((SELECT unnest(from_json({}, '[{{"p":"VARCHAR","s":"UBIGINT","m":"BIGINT","e":"VARCHAR","q":"VARCHAR","a":"VARCHAR","d":"VARCHAR"}}]'), recursive := true)))",
      engine::quote_literal(json::serialize(list)));
}

MergePlan plan_of(const Object& object, const std::string& changes, TimePoint now) {
  MergePlan plan;
  plan.table = physical(object);
  plan.alias = "\"$known\"";
  plan.source = changes + " AS \"$found\"";
  plan.on = "\"$known\".\"RELATIVE_PATH\" = \"$found\".p";
  const std::vector<Assignment> values = {
      {"SIZE", "\"$found\".s"},
      {"LAST_MODIFIED", "make_timestamptz(\"$found\".m)"},
      {"MD5", "\"$found\".e"},
      {"ETAG", "\"$found\".e"},
      {"REGISTERED_ON", fmt::format("make_timestamptz({})", now.time_since_epoch().count())},
      {"PARTITION", "nullif(\"$found\".q, '')"}};
  auto all = values;
  all.insert(all.begin(), {"RELATIVE_PATH", "\"$found\".p"});
  using enum MergeClause::Action;
  plan.clauses = {
      {remove, fmt::format("\"$found\".a = '{}'", k_removed), {}}, {update, "", values}, {insert, "", std::move(all)}};
  return plan;
}

} // namespace

std::vector<ColumnDefinition> registered_columns() {
  const auto text = type_of(sql::TypeKind::text).engine_type(), time = type_of(sql::TypeKind::timestamp_ltz).engine_type();
  return {{"RELATIVE_PATH", text}, {"SIZE", type_of(sql::TypeKind::number).engine_type()},
          {"LAST_MODIFIED", time}, {"MD5", text},
          {"ETAG", text},          {"REGISTERED_ON", time},
          {"PARTITION", text}};
}

std::vector<sql::OutputColumn> directory_columns() {
  const auto text = type_of(sql::TypeKind::text);
  return {{"RELATIVE_PATH", text},
          {"SIZE", type_of(sql::TypeKind::number)},
          {"LAST_MODIFIED", type_of(sql::TypeKind::timestamp_ltz)},
          {"MD5", text},
          {"ETAG", text},
          {"FILE_URL", text}};
}

std::vector<RegisteredFile> files_of(const StageSource& source, const std::vector<objects::ObjectInfo>& listing) {
  std::vector<RegisteredFile> out;
  for (const auto& object : listing) out.push_back({source.file_name(object.key), object.size, object.etag, object.modified});
  return out;
}

SqlResult<std::vector<RegisteredFile>> registered_in(StatementContext& context, const std::string& relation) {
  const auto rows = TRY(context.query(fmt::format(
      "SELECT RELATIVE_PATH, CAST(SIZE AS BIGINT), ETAG, epoch_us(LAST_MODIFIED), coalesce(PARTITION, '') FROM {} AS "
      "files ORDER BY RELATIVE_PATH",
      relation)));
  std::vector<RegisteredFile> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    out.push_back({std::string(rows.string(row, 0)), static_cast<uint64_t>(rows.integer(row, 1)),
                   std::string(rows.string(row, 2)), TimePoint{Duration{rows.integer(row, 3)}},
                   std::string(rows.string(row, 4))});
  }
  return out;
}

SqlResult<std::vector<Registration>> register_files(StatementContext& context, const Object& object, const FileScope& scope,
                                                    const std::vector<RegisteredFile>& found) {
  auto& transaction = *context.writing();
  TRY(transaction.lock(object.id));
  const auto path = engine::quote_literal(scope.path);
  const auto part =
      fmt::format("(SELECT * FROM {} AS every WHERE {})", live_relation(physical(object)),
                  scope.is_file ? "RELATIVE_PATH = " + path : fmt::format("starts_with(RELATIVE_PATH, {})", path));
  std::map<std::string, RegisteredFile> known;
  for (auto& file : TRY(registered_in(context, part))) known.emplace(file.path, file);
  auto changes = difference(std::move(known), found);
  if (changes.empty()) return changes;
  const auto relation = relation_of(changes);
  auto writer = writer_of(transaction);
  TRY(written_by(context, transaction, object.id, writer.merge(plan_of(object, relation, context.now()))));
  TRY(context.execute(fmt::format("INSERT INTO FRESHET.FILE_REGISTRATION SELECT {}, {}, p, a, d, s, m FROM {} AS changes",
                                  object.id, context.now().time_since_epoch().count(), relation)));
  return changes;
}

engine::Result<void> create_registration_history(engine::Connection& connection) {
  TRY(
      connection.execute("CREATE TABLE IF NOT EXISTS FRESHET.FILE_REGISTRATION (object BIGINT, registered_at BIGINT, file "
                         "VARCHAR, status VARCHAR, "
                         "message VARCHAR, size BIGINT, modified BIGINT)"));
  return {};
}

engine::Result<void> create_missing_lists(engine::Connection& connection, const Catalog& catalog) {
  for (const auto& object : catalog.all(ObjectKind::stage)) {
    if (!object->as<Stage>()->directory_enabled) continue;
    const auto list = physical(*object);
    const auto found =
        TRY(connection.query(fmt::format("SELECT 1 FROM duckdb_tables() WHERE schema_name = {} AND table_name = {}",
                                         engine::quote_literal(list.schema), engine::quote_literal(list.name))));
    if (found.empty()) TRY(create_table(connection, list));
  }
  return {};
}

engine::Result<void> prune_registration_history(engine::Connection& connection, TimePoint now) {
  engine::Value binds[] = {(now - k_history_kept).time_since_epoch().count()};
  TRY(connection.execute("DELETE FROM FRESHET.FILE_REGISTRATION WHERE registered_at < ?", binds));
  return {};
}

} // namespace freshet::warehouse
