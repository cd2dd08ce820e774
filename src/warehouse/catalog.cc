#include "warehouse/catalog.h"

#include <algorithm>
#include <cctype>

#include "engine/engine.h"
#include "warehouse/catalog_json.h"

namespace freshet::warehouse {
namespace {

// Kinds that share a name space have the same number.
int name_space_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::view:
    case ObjectKind::stream:
      return static_cast<int>(ObjectKind::table);
    default:
      return static_cast<int>(kind);
  }
}

std::string quoted_where_needed(std::string_view name) {
  auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; };
  bool needs_no_quotes = !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) && name[0] != '$' &&
                         std::all_of(name.begin(), name.end(), plain);
  return needs_no_quotes ? std::string(name) : engine::quote_identifier(name);
}

// Overloads stand side by side in the order of names: NAME followed by a character below every other and the argument types.
std::string signature(std::string_view name, const std::vector<RoutineArgument>& arguments) {
  std::string out = std::string(name) + '\1';
  for (const auto& argument : arguments) out += argument.type.to_string() + ",";
  return out;
}

std::string typed_name(std::string_view type, std::string_view name) {
  return std::string(type) + '\1' + std::string(name);
}

// Temporary objects stand beside the permanent one of their name: NAME, a character that no name has, and the session.
std::string temporary_name(std::string_view name, std::string_view session) {
  return std::string(name) + '\2' + std::string(session);
}

} // namespace

void CatalogChange::put(Object object) {
  puts_.push_back(std::make_shared<const Object>(std::move(object)));
}
void CatalogChange::erase(ObjectId id) {
  erased_.push_back(id);
}

Catalog::Key Catalog::key_of(const Object& object) {
  auto kind = object.kind();
  std::string name = object.name;
  if (auto* procedure = object.as<Procedure>()) name = signature(name, procedure->arguments);
  if (auto* function = object.as<Function>()) name = signature(name, function->arguments);
  if (auto* recorded = object.as<Recorded>()) name = typed_name(recorded->type, name);
  if (auto* policy = object.as<AccessPolicy>()) name = typed_name(policy->type, name);
  if (kind == ObjectKind::grant) name = std::to_string(object.id);
  if (!object.session.empty()) name = temporary_name(name, object.session);
  return {object.parent, name_space_of(kind), std::move(name)};
}

ObjectPointer Catalog::find(ObjectId id) const {
  std::shared_lock lock(mutex_);
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

ObjectPointer Catalog::named(ObjectId parent, int name_space, std::string_view name) const {
  auto found = by_name_.find(KeyView{parent, name_space, name});
  return found == by_name_.end() ? nullptr : found->second;
}

ObjectPointer Catalog::find(ObjectKind kind, ObjectId parent, std::string_view name, std::string_view session) const {
  if (auto own = find_temporary(kind, parent, name, session); own && own->kind() == kind) return own;
  std::shared_lock lock(mutex_);
  auto found = named(parent, name_space_of(kind), name);
  return !found || found->kind() != kind ? nullptr : found;
}

ObjectPointer Catalog::find_relation(ObjectId schema, std::string_view name, std::string_view session) const {
  if (auto own = find_temporary(ObjectKind::table, schema, name, session)) return own;
  std::shared_lock lock(mutex_);
  return named(schema, name_space_of(ObjectKind::table), name);
}

ObjectPointer Catalog::find_temporary(ObjectKind kind, ObjectId parent, std::string_view name, std::string_view session) const {
  if (session.empty()) return nullptr;
  std::shared_lock lock(mutex_);
  if (temporary_.empty()) return nullptr;
  return named(parent, name_space_of(kind), temporary_name(name, session));
}

std::vector<ObjectPointer> Catalog::temporary(std::string_view session) const {
  std::vector<ObjectPointer> out;
  std::shared_lock lock(mutex_);
  for (const auto& [id, object] : temporary_) {
    if (session.empty() || object->session == session) out.push_back(object);
  }
  return out;
}

ObjectPointer Catalog::find_typed(ObjectKind kind, ObjectId parent, std::string_view type, std::string_view name) const {
  return find(kind, parent, typed_name(type, name));
}

std::vector<ObjectPointer> Catalog::find_routines(ObjectKind kind, ObjectId schema, std::string_view name) const {
  std::vector<ObjectPointer> out;
  std::shared_lock lock(mutex_);
  for (auto at = by_name_.lower_bound(KeyView{schema, name_space_of(kind), name}); at != by_name_.end(); ++at) {
    if (at->first.parent != schema || at->second->kind() != kind || at->second->name != name) break;
    out.push_back(at->second);
  }
  return out;
}

ObjectPointer Catalog::find_overload(ObjectKind kind, ObjectId schema, std::string_view name,
                                     const std::vector<RoutineArgument>& arguments) const {
  return find(kind, schema, signature(name, arguments));
}

std::vector<ObjectPointer> Catalog::children(ObjectId parent, ObjectKind kind, std::string_view session) const {
  auto out = all_children(parent, kind);
  std::erase_if(out, [&](const auto& object) { return !object->session.empty() && object->session != session; });
  return out;
}

std::vector<ObjectPointer> Catalog::all_children(ObjectId parent, ObjectKind kind) const {
  std::vector<ObjectPointer> out;
  std::shared_lock lock(mutex_);
  int name_space = name_space_of(kind);
  for (auto at = by_name_.lower_bound(KeyView{parent, name_space, ""}); at != by_name_.end(); ++at) {
    if (at->first.parent != parent || at->first.name_space != name_space) break;
    if (at->second->kind() == kind) out.push_back(at->second);
  }
  return out;
}

std::vector<ObjectPointer> Catalog::all(ObjectKind kind) const {
  std::shared_lock lock(mutex_);
  const auto found = by_kind_.find(kind);
  if (found == by_kind_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::string Catalog::full_name(const Object& object) const {
  std::string out = quoted_where_needed(object.name);
  for (auto parent = object.parent; parent != k_account;) {
    auto above = find(parent);
    if (!above) break;
    out = quoted_where_needed(above->name) + "." + out;
    parent = above->parent;
  }
  return out;
}

Result<void> Catalog::write(engine::Connection& transaction, const CatalogChange& change) {
  // Ids are never reused, even those of objects that are gone: stream offsets and load history may still name them.
  engine::Value next[] = {next_id_.load()};
  TRY(transaction.execute("UPDATE FRESHET.NEXT_OBJECT SET id = ?", next));
  for (auto id : change.erased()) {
    engine::Value binds[] = {id};
    TRY(transaction.execute("DELETE FROM FRESHET.OBJECT WHERE id = ?", binds));
  }
  for (const auto& object : change.puts()) {
    engine::Value binds[] = {
        object->id,    object->parent,  static_cast<int64_t>(object->kind()),          object->name,
        object->owner, object->comment, object->created_on.time_since_epoch().count(), definition_json(*object)};
    TRY(transaction.execute("DELETE FROM FRESHET.OBJECT WHERE id = ?", std::span(binds, 1)));
    TRY(transaction.execute("INSERT INTO FRESHET.OBJECT VALUES (?, ?, ?, ?, ?, ?, ?, ?)", binds));
  }
  return {};
}

void Catalog::publish(const CatalogChange& change) {
  std::unique_lock lock(mutex_);
  for (auto id : change.erased()) remove(id);
  for (const auto& object : change.puts()) remove(object->id);
  for (const auto& object : change.puts()) insert(object);
  ++version_;
}

void Catalog::insert(ObjectPointer object) {
  by_name_[key_of(*object)] = object;
  by_kind_[object->kind()].insert(object);
  if (!object->session.empty()) temporary_[object->id] = object;
  by_id_[object->id] = std::move(object);
}

void Catalog::remove(ObjectId id) {
  auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  auto named = by_name_.find(key_of(*found->second));
  if (named != by_name_.end() && named->second->id == id) by_name_.erase(named);
  by_kind_[found->second->kind()].erase(found->second);
  temporary_.erase(id);
  by_id_.erase(found);
}

Result<void> Catalog::load(engine::Connection& connection) {
  TRY(connection.execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(
      connection.execute("CREATE TABLE IF NOT EXISTS FRESHET.OBJECT (id BIGINT, parent BIGINT, kind BIGINT, name VARCHAR, "
                         "owner VARCHAR, comment VARCHAR, created_on BIGINT, definition VARCHAR)"));
  TRY(connection.execute("CREATE TABLE IF NOT EXISTS FRESHET.NEXT_OBJECT (id BIGINT)"));
  auto next = TRY(connection.query("SELECT max(id) FROM FRESHET.NEXT_OBJECT"));
  if (next.is_null(0, 0)) {
    TRY(connection.execute("INSERT INTO FRESHET.NEXT_OBJECT VALUES (1)"));
  } else {
    next_id_ = next.integer(0, 0);
  }
  auto rows = TRY(connection.query("SELECT * FROM FRESHET.OBJECT"));
  std::unique_lock lock(mutex_);
  for (size_t row = 0; row < rows.size(); ++row) {
    Object object;
    object.id = rows.integer(row, 0);
    object.parent = rows.integer(row, 1);
    object.name = rows.string(row, 3);
    object.owner = rows.string(row, 4);
    object.comment = rows.string(row, 5);
    object.created_on = TimePoint{Duration{rows.integer(row, 6)}};
    TRY(read_definition(rows.string(row, 7), static_cast<ObjectKind>(rows.integer(row, 2)), object));
    insert(std::make_shared<const Object>(std::move(object)));
  }
  return {};
}

} // namespace freshet::warehouse
