#include "warehouse/catalog_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

namespace freshet::warehouse {

BOOST_DESCRIBE_STRUCT(Database, (), (retention_days, extension_days, transient, options))
BOOST_DESCRIBE_STRUCT(Schema, (), (retention_days, extension_days, transient, managed_access, options))
BOOST_DESCRIBE_STRUCT(AutoIncrement, (), (start, step, sequence, ordered))
BOOST_DESCRIBE_STRUCT(PolicyUse, (), (policy, columns))
BOOST_DESCRIBE_STRUCT(Column, (), (name, type, nullable, default_value, autoincrement, comment, masking, computed, tags, id))
BOOST_DESCRIBE_STRUCT(Constraint, (), (kind, name, columns, references, condition, comment))
BOOST_DESCRIBE_STRUCT(HistoryDefinition, (),
                      (source, source_name, base_tables, from_view, keys, tracked, track, sequence_by, delete_when, append_only,
                       time_zone, started))
BOOST_DESCRIBE_STRUCT(DynamicDefinition, (),
                      (query, target_lag, warehouse, refresh_mode, initialize, base_tables, time_zone, started,
                       last_suspended_on))
BOOST_DESCRIBE_STRUCT(ExternalDefinition, (),
                      (stage, stage_name, path, file_format, pattern, partition_by, user_partitions, auto_refresh,
                       last_refreshed_on))
BOOST_DESCRIBE_STRUCT(Table, (),
                      (columns, constraints, kind, retention_days, extension_days, change_tracking, cluster_by, row_access,
                       options, history, dynamic, external, last_column_id))
BOOST_DESCRIBE_STRUCT(View, (), (query, text, columns, named_columns, secure, materialized, row_access))
BOOST_DESCRIBE_STRUCT(Stream, (), (source, source_name, source_type, base_tables, append_only, insert_only, show_initial_rows))
BOOST_DESCRIBE_STRUCT(Stage, (),
                      (url, storage_integration, has_credentials, directory_enabled, directory_auto_refresh, temporary,
                       file_format, copy_options, options))
BOOST_DESCRIBE_STRUCT(FileFormat, (), (type, options))
BOOST_DESCRIBE_STRUCT(Pipe, (),
                      (definition, auto_ingest, paused, notification_channel, error_integration, integration, options,
                       paused_on, new_owner, cloned))
BOOST_DESCRIBE_STRUCT(Task, (),
                      (definition, condition, schedule, compute, predecessors, finalizes, started, overlap_policy, config,
                       error_integration, suspend_after_failures, timeout_ms, auto_retry_attempts, last_suspended_reason,
                       last_committed_on, last_suspended_on, graph_version, session_parameters, options, execute_as_user))
BOOST_DESCRIBE_STRUCT(RoutineArgument, (), (name, type, default_value, out))
BOOST_DESCRIBE_STRUCT(Routine, (),
                      (arguments, returns, return_type, returns_table, table_columns, returns_not_null, language, body,
                       execute_as, strict, secure, volatility, options))
BOOST_DESCRIBE_STRUCT(Procedure, (Routine), ())
BOOST_DESCRIBE_STRUCT(Function, (Routine), ())
BOOST_DESCRIBE_STRUCT(Sequence, (), (start, step, ordered))
BOOST_DESCRIBE_STRUCT(Integration, (), (type, category, enabled, options))
BOOST_DESCRIBE_STRUCT(Role, (), ())
BOOST_DESCRIBE_STRUCT(User, (), (default_role, default_warehouse, default_namespace, options))
BOOST_DESCRIBE_STRUCT(ComputeWarehouse, (), (size, state, auto_resume, auto_suspend_seconds, resumed_on, updated_on, options))
BOOST_DESCRIBE_STRUCT(Recorded, (), (type, options, database, schema))
BOOST_DESCRIBE_STRUCT(Alert, (),
                      (condition, action, schedule, compute, config, runbook, watched, started, suspend_after_failures,
                       auto_suspended, committed_on))
BOOST_DESCRIBE_STRUCT(AccessPolicy, (Routine), (type))
BOOST_DESCRIBE_STRUCT(Grant, (), (privilege, on_kind, on, on_name, to_kind, to, grant_option, future, granted_by))

namespace {

constexpr const char* k_session = "$session"; // no body has members of these names
constexpr const char* k_tags = "$tags";

namespace json = boost::json;
namespace describe = boost::describe;

// Declared first: vectors of structs of vectors meet each other.
template <typename T>
json::value write(const T& value);
template <typename T>
Result<void> read(const json::value& from, T& into);

template <typename T>
constexpr bool k_is_described = describe::has_describe_members<T>::value;

json::value write_one(const std::string& value) {
  return json::value(value);
}
json::value write_one(bool value) {
  return json::value(value);
}
json::value write_one(int64_t value) {
  return json::value(value);
}
json::value write_one(TimePoint value) {
  return json::value(value.time_since_epoch().count());
}
json::value write_one(const sql::SnowflakeType& type) {
  json::array out{static_cast<int64_t>(type.kind), type.precision, type.scale, type.length, int64_t{type.is_integer}};
  if (type.fields.empty() && type.collation.empty()) return out;
  json::array fields;
  for (const auto& field : type.fields) fields.push_back(json::array{field.name, write_one(field.type), field.nullable});
  out.push_back(std::move(fields));
  out.push_back(json::value(type.collation));
  return out;
}
template <typename T>
json::value write_one(const std::optional<T>& value) {
  return value ? write(*value) : json::value(nullptr);
}
template <typename T>
json::value write_one(const std::vector<T>& values) {
  json::array out;
  for (const auto& value : values) out.push_back(write(value));
  return out;
}
template <typename T>
json::value write_one(const std::map<std::string, T>& values) {
  json::object out;
  for (const auto& [key, value] : values) out.emplace(key, write(value));
  return out;
}

template <typename T>
json::value write(const T& value) {
  if constexpr (k_is_described<T>) {
    json::object out;
    boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public | describe::mod_inherited>>(
        [&](auto member) { out.emplace(member.name, write(value.*member.pointer)); });
    return out;
  } else {
    return write_one(value);
  }
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::corrupt, fmt::format("the catalog holds a definition of another form than expected: {}", what));
}

Result<void> read_one(const json::value& from, std::string& into) {
  if (!from.is_string()) return malformed("text expected");
  into = std::string(from.get_string());
  return {};
}
Result<void> read_one(const json::value& from, bool& into) {
  if (!from.is_bool()) return malformed("true or false expected");
  into = from.get_bool();
  return {};
}
Result<void> read_one(const json::value& from, int64_t& into) {
  if (!from.is_int64()) return malformed("a number expected");
  into = from.get_int64();
  return {};
}
Result<void> read_one(const json::value& from, TimePoint& into) {
  int64_t microseconds = 0;
  TRY(read_one(from, microseconds));
  into = TimePoint{Duration{microseconds}};
  return {};
}
Result<void> read_one(const json::value& from, sql::SnowflakeType& into) {
  constexpr size_t k_numbers = 5; // the last one is missing in older folders
  if (!from.is_array() || from.get_array().size() < 4) return malformed("a type expected");
  const auto& items = from.get_array();
  int64_t parts[k_numbers] = {};
  for (size_t i = 0; i < std::min(items.size(), k_numbers); ++i) TRY(read_one(items[i], parts[i]));
  into.kind = static_cast<sql::TypeKind>(parts[0]);
  into.precision = static_cast<int32_t>(parts[1]);
  into.scale = static_cast<int32_t>(parts[2]);
  into.length = parts[3];
  into.is_integer = parts[4] != 0;
  if (items.size() <= k_numbers) return {};
  if (items.size() != k_numbers + 2 || !items[k_numbers].is_array()) return malformed("a type expected");
  for (const auto& item : items[k_numbers].get_array()) {
    if (!item.is_array() || item.get_array().size() != 3) return malformed("a field of a type expected");
    sql::TypeField field;
    TRY(read_one(item.get_array()[0], field.name));
    TRY(read_one(item.get_array()[1], field.type));
    TRY(read_one(item.get_array()[2], field.nullable));
    into.fields.push_back(std::move(field));
  }
  return read_one(items[k_numbers + 1], into.collation);
}
template <typename T>
Result<void> read_one(const json::value& from, std::optional<T>& into) {
  if (from.is_null()) return {};
  T value{};
  TRY(read(from, value));
  into = std::move(value);
  return {};
}
template <typename T>
Result<void> read_one(const json::value& from, std::vector<T>& into) {
  if (!from.is_array()) return malformed("a list expected");
  for (const auto& item : from.get_array()) {
    T value{};
    TRY(read(item, value));
    into.push_back(std::move(value));
  }
  return {};
}
template <typename T>
Result<void> read_one(const json::value& from, std::map<std::string, T>& into) {
  if (!from.is_object()) return malformed("an object expected");
  for (const auto& item : from.get_object()) TRY(read(item.value(), into[std::string(item.key())]));
  return {};
}

template <typename T>
Result<void> read(const json::value& from, T& into) {
  if constexpr (k_is_described<T>) {
    if (!from.is_object()) return malformed("an object expected");
    Result<void> result;
    boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public | describe::mod_inherited>>([&](auto member) {
      auto* found = from.get_object().if_contains(member.name); // absent: written before the member existed
      if (result && found != nullptr) result = read(*found, into.*member.pointer);
    });
    return result;
  } else {
    return read_one(from, into);
  }
}

template <size_t... I>
Result<void> read_body(size_t kind, const json::value& from, Object& object, std::index_sequence<I...>) {
  Result<void> result = malformed("unknown kind of object");
  ((kind == I ? void(result = read(from, object.body.template emplace<I>())) : void()), ...);
  return result;
}

} // namespace

std::string definition_json(const Object& object) {
  auto value = std::visit([](const auto& body) { return write(body); }, object.body);
  if (!object.session.empty()) value.as_object()[k_session] = object.session;
  if (!object.tags.empty()) value.as_object()[k_tags] = write(object.tags);
  return json::serialize(value);
}

Result<void> read_definition(std::string_view text, ObjectKind kind, Object& object) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error) return malformed("not JSON");
  if (const auto* session = value.is_object() ? value.get_object().if_contains(k_session) : nullptr)
    TRY(read_one(*session, object.session));
  if (const auto* tags = value.is_object() ? value.get_object().if_contains(k_tags) : nullptr)
    TRY(read_one(*tags, object.tags));
  return read_body(static_cast<size_t>(kind), value, object,
                   std::make_index_sequence<std::variant_size_v<decltype(object.body)>>());
}

} // namespace freshet::warehouse
