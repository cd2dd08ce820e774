#include <fmt/core.h>

#include <algorithm>

#include "warehouse/external/external_table.h"
#include "warehouse/policies.h"
#include "warehouse/retention.h"
#include "warehouse/statements/alter_table.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/table.h"
#include "warehouse/tag_policies.h"
#include "warehouse/tags.h"

namespace freshet::warehouse {
namespace {

Outcome done(StatementContext& context) {
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

SqlResult<void> rename(StatementContext& context, Object& object, const sql::RenameTo& to) {
  auto name = TRY(context.resolve(to.name));
  // An unqualified new name stays in the object's own schema.
  StatementContext::Target target;
  if (name.parts.size() == 1) {
    target.parent = object.parent;
    target.name = name.last();
    bool is_relation =
        object.kind() == ObjectKind::table || object.kind() == ObjectKind::view || object.kind() == ObjectKind::stream;
    target.existing = !object.session.empty()
                          ? context.catalog().find_temporary(object.kind(), object.parent, target.name, object.session)
                      : is_relation ? context.catalog().find_relation(object.parent, target.name)
                                    : context.catalog().find(object.kind(), object.parent, target.name);
  } else {
    target = TRY(context.target(object.kind(), name));
  }
  if (target.existing && target.existing->id != object.id)
    return sql::fail(sql::already_exists(target.full_name.empty() ? target.name : target.full_name));
  auto& current = context.session().context();
  if (object.as<Database>() != nullptr && current.database == object.name) current.database = target.name;
  if (object.as<Schema>() != nullptr && current.schema == object.name) current.schema = target.name;
  object.parent = target.parent;
  object.name = target.name;
  return {};
}

void set_options(Options& options, const sql::Properties& properties) {
  for (auto& [key, items] : options_of(properties, {k_retention, k_extension})) options[key] = items;
}

SqlResult<void> set_retention(Object& object, const sql::Properties& properties) {
  return std::visit(
      [&](auto& body) -> SqlResult<void> {
        if constexpr (requires { body.extension_days; }) {
          body.retention_days = TRY(days_property(properties, k_retention, body.retention_days));
          body.extension_days = TRY(days_property(properties, k_extension, body.extension_days));
          TRY(check_retention(body));
        }
        return {};
      },
      object.body);
}

SqlResult<void> set_properties(Object& object, const sql::Properties& properties) {
  TRY(set_retention(object, properties));
  std::visit(
      [&](auto& body) {
        if constexpr (requires { body.options; }) set_options(body.options, properties);
        if constexpr (requires { body.enabled; }) body.enabled = boolean_property(properties, "ENABLED", body.enabled);
        if constexpr (requires { body.change_tracking; }) {
          body.change_tracking = boolean_property(properties, "CHANGE_TRACKING", body.change_tracking);
        }
        if constexpr (requires { body.auto_suspend_seconds; }) {
          body.size = text_property(properties, "WAREHOUSE_SIZE", body.size);
          body.auto_suspend_seconds = number_property(properties, "AUTO_SUSPEND", body.auto_suspend_seconds);
          body.auto_resume = boolean_property(properties, "AUTO_RESUME", body.auto_resume);
        }
        if constexpr (requires { body.default_role; }) {
          body.default_role = name_property(properties, "DEFAULT_ROLE", body.default_role);
          body.default_warehouse = name_property(properties, "DEFAULT_WAREHOUSE", body.default_warehouse);
          body.default_namespace = text_property(properties, "DEFAULT_NAMESPACE", body.default_namespace);
        }
      },
      object.body);
  return {};
}

SqlResult<void> unset_properties(Object& object, const std::vector<std::string>& keys) {
  for (const auto& key : keys) {
    std::visit(
        [&](auto& body) {
          if constexpr (requires { body.options; }) body.options.erase(key);
          if constexpr (requires { body.extension_days; }) {
            if (key == k_retention) body.retention_days.reset();
            if (key == k_extension) body.extension_days.reset();
          }
          if constexpr (requires { body.change_tracking; }) {
            if (key == "CHANGE_TRACKING") body.change_tracking = false;
          }
        },
        object.body);
  }
  return {};
}

/// ADD | DROP | REMOVE of items of a list: a tag's ALLOWED_VALUES, a share's ACCOUNTS.
SqlResult<void> change_list(Options& options, const sql::AlterWords& action) {
  for (const auto& [key, items] : options_of(action.properties)) {
    auto& list = options[key];
    for (const auto& item : items) {
      std::erase(list, item);
      if (action.words.starts_with("ADD")) list.push_back(item);
    }
  }
  return {};
}

SqlResult<void> apply_words(Object& object, const std::string& words) {
  if (auto* compute = object.as<ComputeWarehouse>()) {
    if (words == "SUSPEND") compute->state = "SUSPENDED";
    if (words.starts_with("RESUME")) compute->state = "STARTED";
    return {};
  }
  if (auto* view = object.as<View>()) {
    if (words == "SET SECURE") view->secure = true;
    if (words == "UNSET SECURE") view->secure = false;
    return {};
  }
  if (auto* sequence = object.as<Sequence>()) {
    sequence->ordered = words == "SET ORDER";
    return {};
  }
  if (auto* function = object.as<Function>(); function != nullptr && words.ends_with("SET SECURE")) {
    function->secure = words == "SET SECURE";
    return {};
  }
  if (auto* procedure = object.as<Procedure>(); procedure != nullptr && words.starts_with("EXECUTE AS ")) {
    procedure->execute_as = words.substr(std::string_view("EXECUTE AS ").size());
    return {};
  }
  if (auto* schema = object.as<Schema>(); schema != nullptr && words.ends_with("MANAGED ACCESS")) {
    schema->managed_access = words.starts_with("ENABLE");
    return {};
  }
  if (auto* recorded = object.as<Recorded>()) {
    if (words == "RESUME" || words == "SUSPEND") recorded->options["STATE"] = {words == "RESUME" ? "started" : "suspended"};
    return {};
  }
  if (object.as<User>() != nullptr || object.as<Role>() != nullptr) return {}; // ABORT ALL QUERIES, RESET PASSWORD
  if (object.as<Table>() != nullptr) return {}; // RESUME RECLUSTER and the like: nothing to do here
  return sql::fail(sql::unsupported_feature(fmt::format("ALTER {} … {}", name_of(object.kind()), words)));
}

/// ADD | DROP ROW ACCESS POLICY of a table or view.
SqlResult<void> alter_row_access(StatementContext& context, const sql::AlterRowAccess& action,
                                 const std::vector<Column>& columns, std::optional<PolicyUse>& row_access) {
  if (!action.add || action.drop) row_access.reset();
  if (!action.add) return {};
  if (row_access) {
    return sql::fail(
        {3544, "23001", "SQL compilation error:\nThe object already has a row access policy. Only one can be set."});
  }
  row_access = TRY(policy_use(context, *action.add, sql::ObjectKind::row_access_policy, "", columns));
  return {};
}

SqlResult<void> alter_view(StatementContext& context, View& view, const sql::AlterColumns& action) {
  using enum sql::AlterColumn::Action;
  for (const auto& altered : action.columns) {
    auto column = std::ranges::find(view.columns, altered.column.name, &Column::name);
    if (column == view.columns.end()) {
      const auto& range = altered.column.range;
      return sql::fail(sql::invalid_identifier(altered.column.name, range.line, range.column - 1));
    }
    if (altered.action == set_masking_policy) {
      column->masking = TRY(policy_use(context, *altered.policy, sql::ObjectKind::masking_policy, column->name, view.columns));
    } else if (altered.action == unset_masking_policy) {
      column->masking.reset();
    } else if (altered.action == set_comment || altered.action == unset_comment) {
      column->comment = altered.text;
    } else if (altered.action == sql::AlterColumn::Action::set_tags) {
      TRY(warehouse::set_tags(context, column->tags, altered.tags));
    } else if (altered.action == sql::AlterColumn::Action::unset_tags) {
      TRY(warehouse::unset_tags(context, column->tags, altered.tags));
    } else {
      return sql::fail(sql::unsupported_feature("this form of ALTER VIEW"));
    }
  }
  return {};
}

SqlResult<void> set_policy_body(StatementContext& context, Object& object, const sql::SetBody& action) {
  object.as<AccessPolicy>()->body = action.body_text;
  TRY(context.checked(context.connection().prepare(TRY(trial_of_policy(context, object)))));
  return {};
}

/// A stream's comment and tags are all that changes.
sql::Error no_property_of_stream(const sql::Properties& properties) {
  const auto other = std::ranges::find_if(properties, [](const auto& property) { return property.key != "COMMENT"; });
  const auto key = other == properties.end() ? "COMMENT" : other->key;
  return {1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'STREAM'", key)};
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action, CatalogChange& change) {
  if (TRY(alter_common(context, object, action))) return {};
  if (auto* body = std::get_if<sql::SetBody>(&action); body != nullptr && object.as<AccessPolicy>() != nullptr)
    return set_policy_body(context, object, *body);
  if (auto* row_access = std::get_if<sql::AlterRowAccess>(&action)) {
    if (auto* table = object.as<Table>()) return alter_row_access(context, *row_access, table->columns, table->row_access);
    if (auto* view = object.as<View>()) return alter_row_access(context, *row_access, view->columns, view->row_access);
  }
  if (auto* columns = std::get_if<sql::AlterColumns>(&action); columns != nullptr && object.as<View>() != nullptr)
    return alter_view(context, *object.as<View>(), *columns);
  if (auto* set = std::get_if<sql::SetProperties>(&action); set != nullptr && object.as<Sequence>() != nullptr) {
    return set_sequence_step(context, object, number_property(set->properties, "INCREMENT", object.as<Sequence>()->step));
  }
  if (auto* set = std::get_if<sql::SetProperties>(&action)) {
    if (object.as<Stream>() != nullptr) return sql::fail(no_property_of_stream(set->properties));
    return set_properties(object, set->properties);
  }
  if (auto* unset = std::get_if<sql::UnsetProperties>(&action)) return unset_properties(object, unset->keys);
  if (auto* words = std::get_if<sql::AlterWords>(&action)) {
    if (words->words.find("MASKING POLICY") != std::string::npos) return alter_tag_policies(context, object, *words);
    if (auto* recorded = object.as<Recorded>(); recorded != nullptr && !words->properties.empty())
      return change_list(recorded->options, *words);
    return apply_words(object, words->words);
  }
  if (object.as<Table>() != nullptr) return alter_table(context, object, action, change);
  return sql::fail(sql::unsupported_feature(fmt::format("this form of ALTER {}", name_of(object.kind()))));
}

} // namespace

SqlResult<bool> alter_common(StatementContext& context, Object& object, const sql::AlterAction& action) {
  if (auto* to = std::get_if<sql::RenameTo>(&action)) {
    TRY(rename(context, object, *to));
    return true;
  }
  if (auto* tags = std::get_if<sql::SetTags>(&action)) {
    TRY(tags->unset ? unset_tags(context, object.tags, tags->tags) : set_tags(context, object.tags, tags->tags));
    return true;
  }
  if (auto* set = std::get_if<sql::SetProperties>(&action)) {
    auto* comment = sql::find_property(set->properties, "COMMENT");
    if (comment != nullptr) object.comment = comment->text;
    return comment != nullptr && set->properties.size() == 1 && !set->execute_as_user;
  }
  if (auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
    const bool has_comment = std::ranges::find(unset->keys, "COMMENT") != unset->keys.end();
    if (has_comment) object.comment.clear();
    return has_comment && unset->keys.size() == 1 && !unset->execute_as_user;
  }
  return false;
}

namespace {

void note_change(ComputeWarehouse& compute, const ComputeWarehouse& before, TimePoint now) {
  compute.updated_on = now;
  if (compute.state == "STARTED" && before.state != "STARTED") compute.resumed_on = now;
}

/// ALTER ACCOUNT SET | UNSET: each parameter is a recorded object of the account.
Outcome alter_account(StatementContext& context, const sql::Alter& statement) {
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    auto erase = [&](std::string_view key) {
      for (const auto& object : context.catalog().all(ObjectKind::recorded)) {
        if (object->name == key && object->as<Recorded>()->type == k_account_parameter) change.erase(object->id);
      }
    };
    for (const auto& action : statement.actions) {
      if (auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
        for (const auto& key : unset->keys) erase(key);
        continue;
      }
      auto* set = std::get_if<sql::SetProperties>(&action);
      if (set == nullptr) return sql::fail(sql::unsupported_feature("this form of ALTER ACCOUNT"));
      for (const auto& property : set->properties) {
        if (property.key == k_retention || property.key == k_extension) TRY(days_property(set->properties, property.key));
        erase(property.key);
        auto object = context.new_object({k_account, property.key, nullptr, ""});
        object.body = Recorded{k_account_parameter, {{"VALUE", {property.value.text}}}};
        change.put(std::move(object));
      }
    }
    return {};
  }));
  return done(context);
}

} // namespace

Outcome run(StatementContext& context, const sql::Alter& statement) {
  if (statement.kind == sql::ObjectKind::account) return alter_account(context, statement);
  if (statement.kind == sql::ObjectKind::history_table) return alter_history_table(context, statement);
  if (statement.kind == sql::ObjectKind::dynamic_table) return alter_dynamic_table(context, statement);
  switch (catalog_kind(statement.kind)) {
    case ObjectKind::task:
      return alter_task(context, statement);
    case ObjectKind::alert:
      return alter_alert(context, statement);
    case ObjectKind::pipe:
      return alter_pipe(context, statement);
    case ObjectKind::stage:
      return alter_stage(context, statement);
    case ObjectKind::file_format:
      return alter_file_format(context, statement);
    default:
      break;
  }
  auto kind = catalog_kind(statement.kind);
  if (kind == ObjectKind::table) {
    const auto object = TRY(context.find_if_exists(kind, TRY(context.resolve(statement.name))));
    const bool is_external = object && object->as<Table>()->external;
    if (is_external || statement.kind == sql::ObjectKind::external_table) return alter_external_table(context, statement);
  }
  bool found = true;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    auto named = TRY(find_named(context, statement.kind, statement.name, statement.argument_types));
    found = named != nullptr;
    if (!found) {
      if (!statement.if_exists) TRY(context.find(kind, statement.name));
      return {};
    }
    Object object = *named;
    for (const auto& action : statement.actions) TRY(apply(context, object, action, change));
    if (auto* compute = object.as<ComputeWarehouse>()) note_change(*compute, *named->as<ComputeWarehouse>(), context.now());
    change.put(std::move(object));
    return {};
  }));
  if (!found && !statement.if_exists) return sql::fail(missing(kind, written(TRY(context.resolve(statement.name)))));
  return done(context);
}

} // namespace freshet::warehouse
