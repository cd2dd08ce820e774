#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "sql/parser.h"
#include "warehouse/history/history_functions.h"
#include "warehouse/history/history_merge.h"
#include "warehouse/history/history_refresh.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"
#include "warehouse/retention.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/target_table.h"
#include "warehouse/tracked_view.h"

/// CREATE, ALTER, SHOW HISTORY TABLE(S), SYSTEM$HISTORY_TABLE_STATUS.
namespace freshet::warehouse {
namespace {

constexpr const char* k_own_columns[] = {k_valid_from, k_valid_to, k_is_current, k_source, k_arrived};

const std::vector<Column>& columns_of(const Object& source) {
  auto* view = source.as<View>();
  return view != nullptr ? view->columns : source.as<Table>()->columns;
}

SqlResult<std::string> known_column(const std::vector<Column>& columns, const sql::Identifier& name) {
  if (!contains(columns, name.name, &Column::name))
    return sql::fail(sql::invalid_identifier(name.name, name.range.line, name.range.column - 1));
  return name.name;
}

/// The engine text of an expression over a row of the source, without rows; `left_out`: as if there were no such column.
std::string probe(const std::string& expression, const Object& source, std::string_view left_out = "") {
  std::string nothing = "SELECT NULL AS \"$nothing\"";
  for (const auto& column : columns_of(source)) {
    if (column.name == left_out) continue;
    nothing += fmt::format(", CAST(NULL AS {}) AS {}", column.type.engine_type(), sql::quote_identifier(column.name));
  }
  return fmt::format("SELECT {} FROM ({}) AS {}", expression, nothing, sql::quote_identifier(source.name));
}

/// An expression over the source's columns, checked; gives its type.
SqlResult<sql::SnowflakeType> type_of(StatementContext& context, const sql::Expression& expression, const Object& source) {
  auto prepared = TRY(context.checked(context.connection().prepare(probe(TRY(context.print(expression)), source))));
  if (auto* column = expression.as<sql::ColumnReference>()) {
    auto found = std::ranges::find(columns_of(source), column->name.last(), &Column::name);
    if (found != columns_of(source).end()) return found->type;
  }
  return result_columns(prepared.columns())[0].type;
}

/// The columns whose changes make versions. By default the columns of SEQUENCE BY do not: they say when, not what.
SqlResult<std::vector<std::string>> tracked_columns(StatementContext& context, const sql::CreateHistoryTable& statement,
                                                    const HistoryDefinition& definition, const Object& source) {
  using Track = sql::CreateHistoryTable::Track;
  const auto& columns = columns_of(source);
  std::vector<std::string> named;
  for (const auto& name : statement.track_columns) named.push_back(TRY(known_column(columns, name)));
  if (statement.track == Track::only) return named;
  std::string sequence;
  if (statement.sequence_by) sequence = TRY(context.print(*statement.sequence_by));
  std::vector<std::string> out;
  for (const auto& column : columns) {
    if (contains(definition.keys, column.name) || contains(named, column.name)) continue;
    bool orders = !sequence.empty() && !context.connection().prepare(probe(sequence, source, column.name));
    if (!orders) out.push_back(column.name);
  }
  return out;
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return "(" + out + ")";
}

std::string track_text(const sql::CreateHistoryTable& statement) {
  using Track = sql::CreateHistoryTable::Track;
  std::vector<std::string> names;
  for (const auto& name : statement.track_columns) names.push_back(name.name);
  if (statement.track == Track::only) return quoted_list(names);
  return names.empty() ? "ALL" : "ALL EXCEPT " + quoted_list(names);
}

SqlResult<HistoryDefinition> definition_of(StatementContext& context, const sql::CreateHistoryTable& statement,
                                           const Object& source) {
  HistoryDefinition out;
  out.source = source.id;
  out.source_name = context.catalog().full_name(source);
  if (source.as<View>() != nullptr) {
    out.from_view = true;
    auto view = TRY(TrackedView::open(context, source));
    for (const auto& table : view.tables()) out.base_tables.push_back(table->id);
  } else {
    out.base_tables = {source.id};
  }
  const auto& columns = columns_of(source);
  for (const auto& name : statement.keys) {
    out.keys.push_back(TRY(known_column(columns, name)));
    if (std::ranges::count(out.keys, name.name) > 1)
      return sql::fail({2025, "42S21", fmt::format("SQL compilation error:\nduplicate column name '{}'", name.name)});
  }
  for (const auto* own : k_own_columns) {
    if (!contains(columns, own, &Column::name)) continue;
    return sql::fail(
        {2025, "42S21",
         fmt::format("SQL compilation error:\nColumn {} of the source has a name that the history table needs; make a "
                     "view that calls it otherwise.",
                     own)});
  }
  out.tracked = TRY(tracked_columns(context, statement, out, source));
  out.track = track_text(statement);
  out.sequence_by = statement.sequence_text;
  out.delete_when = statement.delete_text;
  out.append_only = boolean_property(statement.properties, "APPEND_ONLY", false);
  out.time_zone = context.session().parameters().get("TIMEZONE");
  return out;
}

SqlResult<void> check_properties(const sql::Properties& properties) {
  for (const auto& property : properties) {
    if (property.key == "APPEND_ONLY" || property.key == "COMMENT" || property.key == k_retention ||
        property.key == k_extension)
      continue;
    return sql::fail(
        {1420, "22023", fmt::format("SQL compilation error:\ninvalid property '{}' for 'HISTORY TABLE'", property.key)});
  }
  return {};
}

SqlResult<Table> table_of(StatementContext& context, const sql::CreateHistoryTable& statement, const Object& source) {
  Table out;
  for (const auto& column : columns_of(source)) out.columns.push_back({.name = column.name, .type = column.type});
  sql::SnowflakeType sequence{.kind = sql::TypeKind::timestamp_ltz, .scale = 9};
  if (statement.sequence_by) sequence = TRY(type_of(context, *statement.sequence_by, source));
  if (statement.delete_when) TRY(type_of(context, *statement.delete_when, source));
  out.history = TRY(definition_of(context, statement, source));
  out.columns.push_back({.name = k_valid_from, .type = sequence});
  out.columns.push_back({.name = k_valid_to, .type = sequence});
  out.columns.push_back({.name = k_is_current, .type = {.kind = sql::TypeKind::boolean}});
  out.retention_days = TRY(days_property(statement.properties, k_retention));
  out.extension_days = TRY(days_property(statement.properties, k_extension));
  return out;
}

std::optional<std::string> shown(const std::optional<TimePoint>& time) {
  return time ? std::optional(engine_text(*time)) : std::nullopt;
}

} // namespace

Outcome run(StatementContext& context, const sql::CreateHistoryTable& statement) {
  TRY(check_properties(statement.properties));
  Creation creation{ObjectKind::table, "History table", statement.options, statement.name, &statement.properties};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    auto source = TRY(context.relation(statement.source));
    if (source->as<Stream>() != nullptr) {
      return sql::fail(
          {2203, "42601",
           fmt::format("SQL compilation error:\n{} is a stream: a history table follows the stream's table or view "
                       "itself.",
                       written(statement.source))});
    }
    object.body = TRY(table_of(context, statement, *source));
    TRY(context.checked(create_history_physical(context.connection(), object)));
    return fill_history(context, object);
  });
}

Outcome alter_history_table(StatementContext& context, const sql::Alter& statement) {
  auto find_history = [&]() -> SqlResult<ObjectPointer> {
    auto found = TRY(context.find_if_exists(ObjectKind::table, statement.name));
    if (found && found->as<Table>()->history) return found;
    if (statement.if_exists) return nullptr;
    return sql::fail(sql::does_not_exist("History table", written(TRY(context.resolve(statement.name)))));
  };
  auto done = [&] { return context.message(StatementKind::ddl, "Statement executed successfully."); };
  auto found = TRY(find_history());
  if (!found) return done();
  if (std::holds_alternative<sql::Refresh>(statement.actions.front())) {
    TRY(context.session().commit_implicitly());
    TRY(refresh_history(context, found->id));
    TRY(context.session().commit_implicitly());
    return done();
  }
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *TRY(find_history());
    for (const auto& action : statement.actions) {
      auto* words = std::get_if<sql::AlterWords>(&action);
      if (words != nullptr && (words->words == "SUSPEND" || words->words == "RESUME")) {
        object.as<Table>()->history->started = words->words == "RESUME";
      } else if (auto* set = std::get_if<sql::SetProperties>(&action)) {
        TRY(check_properties(set->properties));
        if (auto* comment = sql::find_property(set->properties, "COMMENT")) object.comment = comment->text;
        auto& table = *object.as<Table>();
        table.retention_days = TRY(days_property(set->properties, k_retention, table.retention_days));
        table.extension_days = TRY(days_property(set->properties, k_extension, table.extension_days));
      } else if (!TRY(alter_common(context, object, action))) {
        return sql::fail(sql::unsupported_feature("this form of ALTER HISTORY TABLE"));
      }
    }
    change.put(std::move(object));
    return {};
  }));
  return done();
}

Outcome show_history_tables(StatementContext& context, const sql::Show& show) {
  std::vector<ShowRow> rows;
  ShowFilter filter(show);
  for (const auto& object : objects_in(context, TRY(show_scope(context, show)), ObjectKind::table)) {
    const auto& history = object->as<Table>()->history;
    if (!history || !filter.takes(object->name)) continue;
    auto at = context.scope_of(*object);
    auto source = context.catalog().find(history->source);
    auto state = TRY(context.checked(history_state(context.connection(), object->id)));
    bool behind = source != nullptr && TRY(history_is_behind(context, *object));
    auto versions = TRY(context.query("SELECT count(*) FROM " + live_relation(physical(*object)))).text(0, 0);
    rows.push_back({engine_text(object->created_on),
                    object->name,
                    at.database,
                    at.schema,
                    object->owner,
                    object->comment,
                    source ? context.catalog().full_name(*source) : history->source_name,
                    quoted_list(history->keys),
                    null_if_empty(history->sequence_by),
                    history->track,
                    null_if_empty(history->delete_when),
                    true_or_false(history->append_only),
                    history->started ? "STARTED" : "SUSPENDED",
                    versions,
                    true_or_false(behind),
                    shown(state.refreshed_at),
                    std::to_string(state.failures),
                    state.error_at ? std::optional(std::to_string(state.error_code)) : std::nullopt,
                    null_if_empty(state.error_message),
                    shown(state.error_at)});
  }
  return context.table(
      StatementKind::show,
      show_columns(
          "created_on! name database_name schema_name owner comment source keys sequence_by track delete_when append_only "
          "state rows# is_behind last_refreshed_on! consecutive_failures# last_error_code# last_error_message "
          "last_error_on!"),
      rows);
}

namespace {

/// SYSTEM$HISTORY_TABLE_STATUS('name'): JSON, as SYSTEM$PIPE_STATUS gives it.
SqlResult<std::string> history_table_status(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1) {
    return sql::fail(
        {938, "22023",
         fmt::format("SQL compilation error:\nnot enough arguments for function [SYSTEM$HISTORY_TABLE_STATUS], expected "
                     "1, got {}",
                     arguments.size())});
  }
  auto name = TRY(context.constant_text(arguments[0])).value_or("");
  auto object = TRY(context.find(ObjectKind::table, TRY(sql::parse_qualified_name(name))));
  if (!object->as<Table>()->history) return sql::fail(sql::does_not_exist("History table", name));
  auto state = TRY(context.checked(history_state(context.connection(), object->id)));
  bool gone = context.catalog().find(object->as<Table>()->history->source) == nullptr;
  namespace json = boost::json;
  json::object out{{"executionState", object->as<Table>()->history->started ? "STARTED" : "SUSPENDED"},
                   {"behind", !gone && TRY(history_is_behind(context, *object))},
                   {"refreshes", state.refreshes},
                   {"consecutiveFailures", state.failures}};
  if (state.refreshed_at) out["lastRefreshedOn"] = iso8601(*state.refreshed_at);
  if (state.error_at) {
    out["lastErrorOn"] = iso8601(*state.error_at);
    out["lastErrorCode"] = fmt::format("{:06}", state.error_code);
    out["lastError"] = state.error_message;
  }
  return sql::quote_string(json::serialize(out));
}

} // namespace

void add_history_functions(FunctionRegistry& functions) {
  functions.add_scalar("SYSTEM$HISTORY_TABLE_STATUS", history_table_status);
}

} // namespace freshet::warehouse
