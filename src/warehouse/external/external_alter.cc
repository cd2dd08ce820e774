// ALTER EXTERNAL TABLE.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "warehouse/external/directory_table.h"
#include "warehouse/external/external_rows.h"
#include "warehouse/external/external_table.h"
#include "warehouse/load/load_service.h"
#include "warehouse/physical.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

using Registrations = std::vector<Registration>;

sql::Error not_for(std::string_view action, std::string_view why) {
  return {1008, "22023", fmt::format("SQL compilation error:\nALTER EXTERNAL TABLE … {}: {}", action, why)};
}

std::string relative(std::string path) {
  if (path.starts_with('/')) path.erase(0, 1);
  return path;
}

SqlResult<Registrations> refresh(StatementContext& context, Object& object, const sql::Refresh& action) {
  if (object.as<Table>()->external->user_partitions)
    return sql::fail(not_for("REFRESH", "the partitions of this table are added by ADD PARTITION"));
  return refresh_external_table(context, object, relative(text_property(action.properties, "PATH")));
}

/// ADD | REMOVE FILES ('path', …), each below the table's location.
SqlResult<Registrations> change_files(StatementContext& context, const Object& object, const sql::AlterWords& action) {
  const bool adds = action.words.starts_with("ADD");
  if (object.as<Table>()->external->user_partitions)
    return sql::fail(not_for(action.words, "the partitions of this table are added by ADD PARTITION"));
  Registrations out;
  for (const auto& item : action.properties.front().value.items) {
    const auto source = TRY(external_source(context, object, relative(item.text)));
    const auto path = source.prefix.substr(source.base.size());
    std::vector<RegisteredFile> found;
    if (adds) {
      const auto listing = TRY(list_files(source, std::nullopt));
      const auto file = std::ranges::find(listing, source.prefix, &objects::ObjectInfo::key);
      if (file == listing.end()) {
        out.push_back({{.path = path}, "REGISTER_FAILED", "File does not exist."});
        continue;
      }
      found = files_of(source, {*file});
    }
    auto registered = TRY(register_files(context, object, {path, true}, found));
    if (registered.empty()) {
      const auto status = adds ? "REGISTER_SKIPPED" : "UNREGISTER_FAILED";
      registered.push_back({{.path = path}, status, adds ? "File already registered." : "File is not registered."});
    }
    std::ranges::move(registered, std::back_inserter(out));
  }
  return out;
}

/// ADD PARTITION (column = 'value', …) LOCATION 'path', DROP PARTITION LOCATION 'path'
SqlResult<void> change_partition(StatementContext& context, Object& object, const sql::AlterWords& action) {
  auto& external = *object.as<Table>()->external;
  if (!external.user_partitions)
    return sql::fail(
        not_for(action.words, "the partitions of this table follow from its expressions (PARTITION_TYPE = USER_SPECIFIED)"));
  auto location = relative(text_property(action.properties, "LOCATION"));
  if (!location.ends_with('/')) location += '/';
  const auto source = TRY(external_source(context, object, location));
  std::vector<RegisteredFile> found;
  if (const auto* values = sql::find_property(action.properties, "PARTITION")) {
    boost::json::object partition;
    for (const auto& [key, value, range] : values->properties) {
      if (!contains(external.partition_by, key)) return sql::fail(sql::invalid_identifier(key, range.line, range.column - 1));
      partition[key] = value.text;
    }
    if (partition.size() != external.partition_by.size())
      return sql::fail(not_for("ADD PARTITION", "a value is needed for each column of PARTITION BY"));
    const auto pattern = external.pattern.empty() ? std::nullopt : std::optional(external.pattern);
    found = files_of(source, TRY(list_files(source, pattern)));
    for (auto& file : found) file.partition = boost::json::serialize(partition);
  }
  external.last_refreshed_on = context.now();
  TRY(register_files(context, object, {source.prefix.substr(source.base.size())}, found));
  return {};
}

Column* column_named(Table& table, const sql::Identifier& name) {
  const auto found = std::ranges::find(table.columns, name.name, &Column::name);
  return found == table.columns.end() || found->computed.empty() ? nullptr : &*found;
}

SqlResult<void> change_columns(StatementContext& context, Object& object, const sql::AlterAction& action) {
  auto& table = *object.as<Table>();
  const auto unknown = [](const sql::Identifier& name) {
    return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
  };
  if (const auto* add = std::get_if<sql::AddColumns>(&action)) {
    for (const auto& definition : add->columns) {
      if (contains(table.columns, definition.name.name, &Column::name)) {
        if (add->if_not_exists) continue;
        return sql::fail(
            {2025, "42S21", fmt::format("SQL compilation error:\ncolumn '{}' already exists", definition.name.name)});
      }
      table.columns.push_back(TRY(external_column(context, definition)));
    }
    return check_external_columns(context, object);
  }
  if (const auto* drop = std::get_if<sql::DropColumns>(&action)) {
    for (const auto& name : drop->columns) {
      if (column_named(table, name) == nullptr && !drop->if_exists) return unknown(name);
      if (contains(table.external->partition_by, name.name))
        return sql::fail(not_for("DROP COLUMN", fmt::format("'{}' is a partition column", name.name)));
      std::erase_if(table.columns, [&](const Column& column) { return column.name == name.name && !column.computed.empty(); });
    }
    return {};
  }
  if (const auto* rename = std::get_if<sql::RenameColumn>(&action)) {
    auto* column = column_named(table, rename->from);
    if (column == nullptr) return unknown(rename->from);
    if (contains(table.columns, rename->to.name, &Column::name))
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\ncolumn '{}' already exists", rename->to.name)});
    std::ranges::replace(table.external->partition_by, column->name, rename->to.name);
    column->name = rename->to.name;
    return {};
  }
  return sql::fail(sql::unsupported_feature("this form of ALTER EXTERNAL TABLE"));
}

SqlResult<void> set(StatementContext& context, Object& object, const sql::Properties& properties) {
  for (const auto& property : properties) {
    if (property.key == "AUTO_REFRESH") {
      object.as<Table>()->external->auto_refresh = property.value.is_true();
      if (property.value.is_true()) TRY(load_service(context))->follow(object.id, TRY(external_source(context, object, "")));
    } else if (property.key != "COMMENT") {
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'EXTERNAL TABLE'", property.key)});
    }
  }
  return {};
}

SqlResult<void> apply(StatementContext& context, Object& object, const sql::AlterAction& action,
                      std::optional<Registrations>& registered) {
  if (TRY(alter_common(context, object, action))) return {};
  if (const auto* properties = std::get_if<sql::SetProperties>(&action)) return set(context, object, properties->properties);
  if (const auto* all = std::get_if<sql::Refresh>(&action)) {
    registered = TRY(refresh(context, object, *all));
    return {};
  }
  if (const auto* words = std::get_if<sql::AlterWords>(&action); words != nullptr && !words->properties.empty()) {
    if (words->words.ends_with("PARTITION")) return change_partition(context, object, *words);
    registered = TRY(change_files(context, object, *words));
    return {};
  }
  return change_columns(context, object, action);
}

} // namespace

Outcome alter_external_table(StatementContext& context, const sql::Alter& statement) {
  std::optional<Registrations> registered;
  std::string prefix;
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    const auto found = TRY(context.find_if_exists(ObjectKind::table, statement.name));
    if (!found && statement.if_exists) return {};
    Object object = found ? *found : *TRY(context.find(ObjectKind::table, statement.name));
    if (!object.as<Table>()->external) return check_table_word(object, sql::ObjectKind::external_table);
    for (const auto& action : statement.actions) TRY(apply(context, object, action, registered));
    if (registered) prefix = TRY(external_source(context, object, "")).base;
    change.put(std::move(object));
    return {};
  }));
  if (registered) return registrations_table(context, *registered, prefix);
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

} // namespace freshet::warehouse
