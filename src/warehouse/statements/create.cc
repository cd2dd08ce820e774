#include "warehouse/statements/create.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "warehouse/dropped_objects.h"
#include "warehouse/history/history_store.h"
#include "warehouse/physical.h"
#include "warehouse/policies.h"
#include "warehouse/retention.h"
#include "warehouse/tag_policies.h"
#include "warehouse/tags.h"
#include "warehouse/tasks/task_graph.h"
#include "warehouse/transaction.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

constexpr ObjectKind k_schema_kinds[] = {ObjectKind::stream,      ObjectKind::view,          ObjectKind::table,
                                         ObjectKind::stage,       ObjectKind::pipe,          ObjectKind::task,
                                         ObjectKind::file_format, ObjectKind::procedure,     ObjectKind::function,
                                         ObjectKind::sequence,    ObjectKind::access_policy, ObjectKind::alert};

std::string text_of(const sql::PropertyValue& value) {
  using enum sql::PropertyValue::Kind;
  if (value.kind == list || value.kind == properties) {
    std::string out = "(";
    for (const auto& item : value.items) out += (out.size() > 1 ? ", " : "") + text_of(item);
    for (const auto& property : value.properties)
      out += (out.size() > 1 ? " " : "") + property.key + "=" + text_of(property.value);
    return out + ")";
  }
  return value.text;
}

bool may_be_temporary(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::view || kind == ObjectKind::stage || kind == ObjectKind::file_format;
}

/// Properties about passwords, none of which holds one.
constexpr std::string_view k_rules_of_passwords[] = {
    "MUST_CHANGE_PASSWORD",       "PASSWORD_HISTORY",           "PASSWORD_LOCKOUT_TIME_MINS",
    "PASSWORD_MAX_AGE_DAYS",      "PASSWORD_MAX_LENGTH",        "PASSWORD_MAX_RETRIES",
    "PASSWORD_MIN_AGE_DAYS",      "PASSWORD_MIN_LENGTH",        "PASSWORD_MIN_LOWER_CASE_CHARS",
    "PASSWORD_MIN_NUMERIC_CHARS", "PASSWORD_MIN_SPECIAL_CHARS", "PASSWORD_MIN_UPPER_CASE_CHARS"};

bool is_secret(std::string_view key) {
  if (std::ranges::find(k_rules_of_passwords, key) != std::end(k_rules_of_passwords)) return false;
  for (auto word : {"PASSWORD", "SECRET", "CREDENTIALS", "PRIVATE_KEY", "TOKEN"}) {
    if (key.find(word) != std::string_view::npos) return true;
  }
  return false;
}

} // namespace

Outcome create(StatementContext& context, const Creation& creation, const Fill& fill) {
  const auto& options = creation.options;
  const bool temporary = options.temporary && may_be_temporary(creation.kind);
  auto find_target = [&]() -> SqlResult<StatementContext::Target> {
    auto found = TRY(context.target(creation.kind, creation.name));
    if (temporary) { // beside a permanent one of its name
      found.existing = context.catalog().find_temporary(creation.kind, found.parent, found.name, context.session().id());
    }
    if (creation.arguments != nullptr) {
      found.existing = context.catalog().find_overload(creation.kind, found.parent, found.name, *creation.arguments);
    }
    if (!creation.type.empty())
      found.existing = context.catalog().find_typed(creation.kind, found.parent, creation.type, found.name);
    return found;
  };
  auto can_alter = [&](const StatementContext::Target& found) {
    return options.or_alter && found.existing && found.existing->kind() == creation.kind;
  };
  auto target = TRY(find_target());
  auto stands = [&] {
    return context.message(StatementKind::ddl, fmt::format("{} already exists, statement succeeded.", target.name));
  };
  if (target.existing && !options.or_replace && !can_alter(target)) {
    if (options.if_not_exists && target.existing->kind() == creation.kind) return stands();
    return sql::fail(sql::already_exists(target.full_name));
  }
  bool existed = false;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    target = TRY(find_target()); // again: now nobody else changes the catalog
    const bool alters = can_alter(target);
    if (target.existing && !options.or_replace && !alters) {
      existed = true;
      return {};
    }
    if (target.existing && target.existing->kind() != creation.kind) {
      return sql::fail({2203, "42710",
                        fmt::format("SQL compilation error:\nObject '{}' already exists as {}", target.full_name,
                                    name_of(target.existing->kind()))});
    }
    auto object = alters ? *target.existing : context.new_object(target);
    if (temporary) object.session = context.session().id();
    if (creation.properties != nullptr) {
      object.comment = text_property(*creation.properties, "COMMENT");
      TRY(set_tag_clauses(context, object.tags, *creation.properties));
    }
    if (target.existing && !alters) TRY(warn_of_replacement(context, *target.existing));
    TRY(fill(object, alters ? nullptr : target.existing, change));
    if (target.existing && !alters) TRY(drop_object(context, change, *target.existing));
    change.put(std::move(object));
    return {};
  }));
  if (existed) return options.if_not_exists ? stands() : sql::fail(sql::already_exists(target.full_name));
  return context.message(StatementKind::ddl, fmt::format("{} {} successfully created.", creation.word, target.name));
}

bool stands_already(StatementContext& context, const Object& object) {
  return context.catalog().find(object.id) != nullptr;
}

std::string source_text(StatementContext& context, const sql::SourceRange& range) {
  const auto& statement = context.statement();
  if (range.offset < statement.range.offset) return {};
  const size_t offset = range.offset - statement.range.offset;
  return offset >= statement.text.size() ? std::string() : statement.text.substr(offset, range.length);
}

namespace {

/// The object, all that stands in it, and the grants on them, from the top down.
void collect_tree(const Catalog& catalog, const ObjectPointer& object, std::vector<ObjectPointer>& out) {
  out.push_back(object);
  if (object->as<Database>() != nullptr) {
    for (const auto& schema : catalog.children(object->id, ObjectKind::schema)) collect_tree(catalog, schema, out);
  } else if (object->as<Schema>() != nullptr) {
    for (auto kind : k_schema_kinds) {
      for (const auto& child : catalog.all_children(object->id, kind)) out.push_back(child);
    }
  }
}

/// DROP of what UNDROP can bring back: only the catalog forgets it, but for temporary objects, which are gone for good.
SqlResult<void> bury_tree(StatementContext& context, CatalogChange& change, const std::vector<ObjectPointer>& tree,
                          TimePoint expires) {
  for (const auto& object : tree) {
    if (!object->session.empty()) {
      TRY(drop_physical(context, *object));
      change.erase(object->id);
      continue;
    }
    Object buried = *object;
    if (auto* task = buried.as<Task>(); task != nullptr && task->started)
      suspend_task(*task, context.now(), "SCHEMA_OR_DATABASE_DELETED"); // for when it comes back
    TRY(context.checked(bury(context.connection(), {std::move(buried), tree.front()->id, context.now(), expires})));
    change.erase(object->id);
  }
  return {};
}

/// Tasks that ran after a dropped one stand alone now, and are suspended.
void release_children(StatementContext& context, CatalogChange& change, const Object& dropped) {
  for (const auto& other : context.catalog().children(dropped.parent, ObjectKind::task)) {
    auto* task = other->as<Task>();
    bool is_child = std::ranges::find(task->predecessors, dropped.id) != task->predecessors.end();
    if (!is_child && task->finalizes != dropped.id) continue;
    Object released = *other;
    auto& definition = *released.as<Task>();
    std::erase(definition.predecessors, dropped.id);
    const bool was_finalizer = definition.finalizes == dropped.id;
    if (was_finalizer) definition.finalizes = 0;
    const bool is_root = predecessors_of(context.catalog(), definition).empty();
    suspend_task(definition, context.now(),
                 was_finalizer ? "FINALIZER_BECAME_ROOT"
                 : is_root     ? "CHILD_BECAME_ROOT"
                               : definition.last_suspended_reason);
    change.put(std::move(released));
  }
}

} // namespace

SqlResult<void> drop_physical(StatementContext& context, const Object& object) {
  auto& connection = context.connection();
  if (auto* table = object.as<Table>()) {
    TRY(context.checked(drop_table(connection, physical(object))));
    if (table->history) TRY(context.checked(drop_history_physical(connection, object.id)));
    for (const auto& column : table->columns) {
      if (column.autoincrement)
        TRY(context.execute("DROP SEQUENCE IF EXISTS " + physical_sequence(column.autoincrement->sequence)));
    }
  } else if (auto* stage = object.as<Stage>()) {
    if (stage->directory_enabled) TRY(context.checked(drop_table(connection, physical(object))));
  } else if (object.as<Sequence>() != nullptr) {
    TRY(context.execute("DROP SEQUENCE IF EXISTS " + physical_sequence(object.id)));
  } else if (object.as<Stream>() != nullptr || object.as<Alert>() != nullptr) { // on new data
    TRY(context.checked(drop_stream_offset(connection, object.id)));
  }
  return {};
}

SqlResult<void> drop_object(StatementContext& context, CatalogChange& change, const Object& object) {
  auto& catalog = context.catalog();
  std::vector<ObjectPointer> tree;
  collect_tree(catalog, std::make_shared<const Object>(object), tree);
  std::set<ObjectId> ids;
  for (const auto& each : tree) ids.insert(each->id);
  for (const auto& grant : catalog.all(ObjectKind::grant)) {
    if (grant->as<Grant>()->on != 0 && ids.contains(grant->as<Grant>()->on)) tree.push_back(grant);
  }
  auto* table = object.as<Table>();
  bool can_return = object.as<Database>() != nullptr || object.as<Schema>() != nullptr ||
                    (table != nullptr && object.session.empty() && !table->history && !table->external);
  if (object.as<Task>() != nullptr) release_children(context, change, object);
  if (object.as<AccessPolicy>() != nullptr) TRY(check_policy_unused(context, object));
  TRY(check_tag_has_no_policies(object));
  auto days = can_return ? retention_days(catalog, object) : 0;
  if (days > 0) return bury_tree(context, change, tree, context.now() + std::chrono::days{days});
  for (const auto& each : tree) {
    TRY(drop_physical(context, *each));
    change.erase(each->id);
  }
  return {};
}

Options options_of(const sql::Properties& properties, std::initializer_list<std::string_view> without) {
  Options out;
  for (const auto& [key, value, range] : properties) {
    if (key == "COMMENT" || key == "TAG" || is_secret(key) || std::ranges::find(without, key) != without.end()) continue;
    auto& items = out[key];
    items.clear();
    if (value.kind == sql::PropertyValue::Kind::list) {
      for (const auto& item : value.items) items.push_back(text_of(item));
    } else if (key == "WEBHOOK_HEADERS") { // 'name' = 'value', …
      for (const auto& header : value.properties) items.push_back(header.key + "=" + text_of(header.value));
    } else {
      items.push_back(text_of(value));
    }
  }
  return out;
}

std::string text_property(const sql::Properties& properties, std::string_view key, std::string_view otherwise) {
  auto* found = sql::find_property(properties, key);
  return found == nullptr ? std::string(otherwise) : text_of(*found);
}

std::string name_property(const sql::Properties& properties, std::string_view key, std::string_view otherwise) {
  auto* found = sql::find_property(properties, key);
  if (found == nullptr) return std::string(otherwise);
  return found->name.empty() ? text_of(*found) : std::string(found->name.last());
}

bool boolean_property(const sql::Properties& properties, std::string_view key, bool otherwise) {
  auto* found = sql::find_property(properties, key);
  return found == nullptr ? otherwise : found->is_true();
}

SqlResult<std::optional<int64_t>> days_property(const sql::Properties& properties, std::string_view key,
                                                std::optional<int64_t> otherwise) {
  if (sql::find_property(properties, key) == nullptr) return otherwise;
  auto days = number_property(properties, key, -1);
  if (days < 0 || days > k_retention_days_max) {
    return sql::fail(
        {1008, "22023",
         fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", text_property(properties, key), key)});
  }
  return days;
}

SqlResult<void> check_retention_of_transient(std::optional<int64_t> days) {
  if (!days || *days <= 1) return {};
  return sql::fail(
      {1008, "22023",
       fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'DATA_RETENTION_TIME_IN_DAYS': it is 0 "
                   "or 1 for transient and temporary objects",
                   *days)});
}

int64_t number_property(const sql::Properties& properties, std::string_view key, int64_t otherwise) {
  auto* found = sql::find_property(properties, key);
  if (found == nullptr) return otherwise;
  std::from_chars(found->text.data(), found->text.data() + found->text.size(), otherwise);
  return otherwise;
}

ObjectKind catalog_kind(sql::ObjectKind kind) {
  using From = sql::ObjectKind;
  switch (kind) {
    case From::database:
      return ObjectKind::database;
    case From::schema:
      return ObjectKind::schema;
    case From::table:
    case From::external_table:
    case From::dynamic_table:
    case From::event_table:
    case From::history_table:
    case From::hybrid_table:
    case From::iceberg_table:
      return ObjectKind::table;
    case From::view:
    case From::materialized_view:
      return ObjectKind::view;
    case From::sequence:
      return ObjectKind::sequence;
    case From::file_format:
      return ObjectKind::file_format;
    case From::stage:
      return ObjectKind::stage;
    case From::integration:
    case From::storage_integration:
    case From::notification_integration:
    case From::api_integration:
    case From::security_integration:
    case From::external_access_integration:
    case From::catalog_integration:
      return ObjectKind::integration;
    case From::pipe:
      return ObjectKind::pipe;
    case From::stream:
      return ObjectKind::stream;
    case From::task:
      return ObjectKind::task;
    case From::alert:
      return ObjectKind::alert;
    case From::procedure:
      return ObjectKind::procedure;
    case From::function:
    case From::external_function:
      return ObjectKind::function;
    case From::role:
    case From::database_role:
      return ObjectKind::role;
    case From::user:
      return ObjectKind::user;
    case From::warehouse:
      return ObjectKind::compute_warehouse;
    case From::masking_policy:
    case From::row_access_policy:
      return ObjectKind::access_policy;
    default:
      return ObjectKind::recorded;
  }
}

SqlResult<ObjectPointer> find_named(StatementContext& context, sql::ObjectKind written_kind,
                                    const sql::QualifiedName& written_name,
                                    const std::optional<std::vector<sql::TypeName>>& argument_types) {
  auto kind = catalog_kind(written_kind);
  auto name = TRY(context.resolve(written_name));
  if (kind == ObjectKind::recorded)
    return context.catalog().find_typed(kind, k_account, sql::name_of(written_kind), name.last());
  if (kind == ObjectKind::access_policy) {
    auto in = TRY(context.schema_in(std::span(name.parts).first(name.parts.size() - 1), context.scope()));
    return context.catalog().find_typed(kind, in->id, sql::name_of(written_kind), name.last());
  }
  if (kind != ObjectKind::procedure && kind != ObjectKind::function) return context.find_if_exists(kind, name);
  auto schema = TRY(context.schema_in(std::span(name.parts).first(name.parts.size() - 1), context.scope()));
  auto overloads = context.catalog().find_routines(kind, schema->id, name.last());
  if (!argument_types) return overloads.size() == 1 ? overloads[0] : nullptr;
  std::vector<sql::SnowflakeType> types;
  for (const auto& type : *argument_types) types.push_back(TRY(sql::type_from_name(type)));
  for (const auto& object : overloads) {
    const Routine& routine = kind == ObjectKind::procedure ? static_cast<const Routine&>(*object->as<Procedure>())
                                                           : static_cast<const Routine&>(*object->as<Function>());
    bool same = std::ranges::equal(
        routine.arguments, types, {}, [](const auto& argument) { return argument.type.kind; }, &sql::SnowflakeType::kind);
    if (same) return object;
  }
  return nullptr;
}

} // namespace freshet::warehouse
