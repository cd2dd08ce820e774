#include "warehouse/binder.h"

#include <fmt/core.h>

#include <charconv>

#include "sql/parser.h"
#include "sql/undefined_element.h"
#include "warehouse/account_usage.h"
#include "warehouse/alerts/alert_definition.h"
#include "warehouse/context_functions.h"
#include "warehouse/external/external_rows.h"
#include "warehouse/external/registered_files.h"
#include "warehouse/history_point.h"
#include "warehouse/information_schema.h"
#include "warehouse/literal.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/physical.h"
#include "warehouse/policies.h"
#include "warehouse/routines/function_call.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/runtime_query.h"
#include "warehouse/streams.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

/// SNOWFLAKE.TELEMETRY.EVENTS: the account's event table.
bool is_telemetry(const std::vector<sql::Identifier>& parts) {
  return parts.size() == 3 && parts[0].name == "SNOWFLAKE" && parts[1].name == "TELEMETRY" &&
         (parts[2].name == "EVENTS" || parts[2].name == "EVENTS_VIEW");
}

/// The id of the result that `$1` (the one just before), `$2`, … of a chain by ->> means.
SqlResult<std::string> flow_result(StatementContext& context, const sql::NamedTable& table) {
  std::string_view name = table.name.last();
  size_t back = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), back);
  const auto& results = context.session().flow_results();
  if (back == 0 || back > results.size()) return sql::fail(sql::does_not_exist("Object", name));
  return results[results.size() - back];
}

constexpr int k_view_depth_max = 32;

sql::Error not_set(std::string_view bind) {
  return {2049, "42601", fmt::format("SQL compilation error:\nBind variable {} not set.", bind)};
}

/// SNOWFLAKE.ACCOUNT_USAGE.x
bool is_account_usage(const std::vector<sql::Identifier>& parts) {
  return parts.size() == 3 && parts[0].name == "SNOWFLAKE" && parts[1].name == "ACCOUNT_USAGE";
}

/// SNOWFLAKE.ORGANIZATION_USAGE.x
bool is_organization_usage(const std::vector<sql::Identifier>& parts) {
  return parts.size() == 3 && parts[0].name == "SNOWFLAKE" && parts[1].name == "ORGANIZATION_USAGE";
}

} // namespace

SqlResult<std::string> Binder::relation(const sql::NamedTable& table) {
  const auto& parts = table.name.parts;
  if (table.is_result()) return result_relation(context_, TRY(flow_result(context_, table)));
  if (parts.size() >= 2 && parts[parts.size() - 2].name == "INFORMATION_SCHEMA") {
    auto database = parts.size() == 3 ? parts[0].name : scope_.database;
    return information_schema(context_, database, parts.back().name, table.name);
  }
  if (is_telemetry(parts)) return events_relation(context_.warehouse());
  if (is_account_usage(parts)) return account_usage(context_, parts.back().name, table.name);
  if (is_organization_usage(parts)) {
    if (auto found = organization_view(parts.back().name)) return *std::move(found);
    return sql::fail(sql::does_not_exist("Object", written(table.name)));
  }
  auto object = TRY(context_.relation_in(TRY(context_.resolve(table.name)), scope_));
  bool travels = table.at || table.changes;
  if (const auto& new_rows = context_.session().new_rows(); new_rows && new_rows->source == object->id && !travels) {
    const auto changes = TRY(stream_relation(context_, new_rows_stream(context_.catalog(), new_rows->alert, *object)));
    auto rows = fmt::format(
        "(SELECT * EXCLUDE (\"METADATA$ACTION\", \"METADATA$ISUPDATE\", \"METADATA$ROW_ID\") FROM {} AS news)", changes);
    return protected_relation(context_, std::move(rows), *object, depth_);
  }
  if (const auto* definition = object->as<Table>()) {
    context_.reads().tables.insert(object->id);
    if (definition->external && (travels || at_ != nullptr))
      return sql::fail(sql::unsupported_feature("AT, BEFORE and CHANGES on external tables", table.name.range.line));
    const auto filter = definition->external && depth_ == 0 ? partition_filter(context_.statement(), table, *definition)
                                                            : std::optional<PartitionFilter>();
    auto rows = definition->external ? TRY(external_rows(context_, *object, filter))
                : travels            ? TRY(history_relation(context_, *object, table))
                : at_ != nullptr     ? state_at(physical(*object), TRY(point_of(context_, *at_, *object)))
                                     : TRY(live(*object));
    return protected_relation(context_, std::move(rows), *object, depth_);
  }
  if (object->as<View>() != nullptr) {
    auto rows =
        table.changes ? TRY(history_relation(context_, *object, table)) : TRY(view(*object, table.at ? &*table.at : at_));
    return protected_relation(context_, std::move(rows), *object, depth_);
  }
  if (travels) return sql::fail(sql::unsupported_feature("AT, BEFORE and CHANGES on " + object->name, table.name.range.line));
  auto rows = TRY(stream_relation(context_, *object));
  auto source = context_.catalog().find(object->as<Stream>()->source);
  const auto* definition = source ? source->as<Table>() : nullptr;
  if (definition == nullptr) return rows;
  return protected_relation(context_, std::move(rows), *source, depth_);
}

/// A condition that every row meets would have the engine expect a fifth of them, and join in the wrong order.
SqlResult<std::string> Binder::live(const Object& object) {
  const auto table = physical(object);
  if (!context_.own_snapshot().is_dedicated() || context_.writing() != nullptr) return live_relation(table);
  TRY(context_.snapshot());
  const bool all = TRY(context_.checked(context_.warehouse().registry().all_live(context_.connection(), table.sql_name())));
  return all ? all_versions(table) : live_relation(table);
}

std::optional<std::vector<sql::OutputColumn>> Binder::columns(const sql::NamedTable& table) {
  const auto& parts = table.name.parts;
  if (table.is_result()) {
    const auto id = flow_result(context_, table);
    const auto result = id ? context_.session().find_result(*id) : nullptr;
    if (!result || *result == nullptr) return std::nullopt;
    std::vector<sql::OutputColumn> columns;
    for (const auto& column : (*result)->columns) columns.push_back({column.name, column.type});
    return columns;
  }
  if (parts.size() >= 2 && parts[parts.size() - 2].name == "INFORMATION_SCHEMA") return std::nullopt;
  if (is_account_usage(parts) || is_organization_usage(parts)) return std::nullopt;
  std::vector<sql::OutputColumn> columns;
  if (is_telemetry(parts)) {
    for (const auto& column : event_columns()) columns.push_back({column.name, column.type});
    return columns;
  }
  auto name = context_.resolve(table.name);
  if (!name) return std::nullopt;
  auto object = context_.relation_in(*name, scope_);
  if (!object) return std::nullopt;
  const auto* stream = (*object)->as<Stream>();
  const auto source = stream != nullptr ? context_.catalog().find(stream->source) : *object;
  if (!source) return std::nullopt;
  const auto* view = source->as<View>();
  const auto* definition = source->as<Table>();
  if (source->as<Stage>() != nullptr) {
    columns = directory_columns();
  } else if (definition != nullptr && definition->external) {
    columns = external_columns(*definition);
  } else if (view == nullptr && definition == nullptr) {
    return std::nullopt;
  } else {
    if (view != nullptr && view->columns.empty()) return std::nullopt; // FORCE: not bound when it was made
    for (const auto& column : view ? view->columns : definition->columns)
      columns.push_back({column.name, column.type, column.nullable});
  }
  if (stream != nullptr || table.changes) {
    columns.push_back({"METADATA$ACTION", sql::type_of_kind(sql::TypeKind::text)});
    columns.push_back({"METADATA$ISUPDATE", sql::type_of_kind(sql::TypeKind::boolean)});
    columns.push_back({"METADATA$ROW_ID", sql::type_of_kind(sql::TypeKind::text)});
  }
  return columns;
}

std::optional<sql::SnowflakeType> Binder::column_type(const sql::QualifiedName& name) {
  if (depth_ > 0 || name.parts.empty()) return std::nullopt;
  const auto& parts = name.parts;
  for (const auto& source : context_.sources()) {
    if (parts.size() > 1 && source.name != parts[parts.size() - 2].name) continue;
    if (!source.is_known) return std::nullopt;
    for (const auto& column : source.columns)
      if (column.name == parts.back().name) return column.type;
  }
  return std::nullopt;
}

SqlResult<std::vector<std::string>> Binder::values(const std::string& engine_query) {
  TRY(context_.snapshot());
  auto rows = TRY(context_.query(engine_query));
  std::vector<std::string> literals;
  for (size_t row = 0; row < rows.size(); ++row) literals.push_back(literal(cell(rows, row, 0)));
  return literals;
}

SqlResult<std::string> Binder::view(const Object& object, const sql::HistoryPoint* at) {
  if (depth_ >= k_view_depth_max)
    return sql::fail({2014, "42601", fmt::format("SQL compilation error:\nView {} refers to itself.", object.name)});
  context_.reads().views.insert(object.id);
  const auto& view = *object.as<View>();
  auto query = TRY(sql::parse_query(view.query));
  Binder inner(context_, context_.scope_of(object), depth_ + 1);
  inner.at_ = at;
  auto text = sql::print_engine_query(query, inner, context_.print_options());
  if (!text) {
    auto error = text.error();
    error.message =
        fmt::format("SQL compilation error:\nFailure during expansion of view '{}': {}", object.name, error.message);
    error.code = error.code == 2003 ? 2037 : error.code;
    return std::unexpected(error);
  }
  if (!view.named_columns) return "(" + *text + ")";
  std::string names;
  for (const auto& column : view.columns) names += (names.empty() ? "" : ", ") + sql::quote_identifier(column.name);
  return fmt::format("(SELECT * FROM ({}) AS v({}))", *text, names);
}

SqlResult<std::string> Binder::stage(const sql::StageTable& table) {
  auto bind = context_.warehouse().functions().find_stage();
  if (!bind) return sql::fail(sql::unsupported_feature("queries of staged files"));
  return bind(context_, table);
}

SqlResult<std::string> Binder::table_function(const sql::FunctionCall& call, const FunctionArguments& arguments) {
  if (is_runtime_query(call)) return TRY(runtime_query(context_, {scope_, depth_}, arguments)).text;
  if (auto found = context_.warehouse().functions().find_table(call.name.last())) return found(context_, arguments);
  if (auto text = TRY(function_table_text(context_, {scope_, depth_}, call, arguments))) return *text;
  return sql::fail(sql::unknown_function(written(call.name), call.name.range.line, call.name.range.column - 1));
}

SqlResult<std::optional<std::string>> Binder::context_function(const sql::FunctionCall& call,
                                                               const FunctionArguments& arguments) {
  const auto& parts = call.name.parts;
  if (parts.size() == 1 || (parts.size() == 3 && parts[0].name == "SNOWFLAKE")) {
    const auto name = parts.size() == 1 ? std::string(call.name.last()) : written(call.name);
    if (auto found = context_.warehouse().functions().find_scalar(name)) return TRY(found(context_, arguments));
  }
  return function_call_text(context_, {scope_, depth_}, call, arguments);
}

std::optional<sql::SnowflakeType> Binder::call_type(const sql::FunctionCall& call,
                                                    const std::vector<std::optional<sql::SnowflakeType>>& arguments) {
  return function_call_type(context_, scope_, call, arguments);
}

std::optional<std::vector<sql::OutputColumn>> Binder::table_function_columns(const sql::FunctionCall& call,
                                                                             const FunctionArguments& arguments) {
  if (call.name.parts.size() == 1 && call.name.last() == "DIRECTORY") return directory_columns();
  if (is_runtime_query(call)) {
    auto query = runtime_query(context_, {scope_, depth_}, arguments);
    return query ? std::move(query->columns) : std::nullopt;
  }
  if (call.name.parts.size() == 1 && call.name.last() == "RESULT_SCAN") return result_columns_of(context_, arguments);
  return function_table_columns(context_, scope_, call, arguments);
}

bool Binder::takes_partitions(const sql::FunctionCall& call) {
  return function_takes_partitions(context_, scope_, call);
}

SqlResult<sql::EngineNames::PartitionFunction> Binder::partition_function(const sql::FunctionCall& call,
                                                                          const FunctionArguments& arguments) {
  return partitioned_call(context_, {scope_, depth_}, call, arguments);
}

SqlResult<std::vector<sql::Expression>> Binder::elements(const std::string& array) {
  TRY(context_.snapshot());
  const auto found =
      context_.query(fmt::format("SELECT json_type(e), e ->> '$', CAST(e AS VARCHAR) FROM (SELECT unnest(json_extract(a, "
                                 "'$[*]')) AS e FROM (SELECT CAST({} AS "
                                 "JSON) AS a WHERE a IS NOT NULL UNION ALL SELECT '[null]' AS a WHERE ({}) IS NULL))",
                                 array, array));
  if (!found) return sql::fail(sql::unsupported_feature("** of an array that is not the same for all rows"));
  const auto& rows = *found;
  std::vector<sql::Expression> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    const auto type = rows.string(row, 0);
    const bool is_null = type == "NULL" || rows.is_null(row, 1) || rows.string(row, 2) == sql::k_undefined_element;
    auto text = is_null ? std::string() : std::string(rows.string(row, 1));
    sql::Expression element;
    if (is_null) {
      element.node = sql::NullLiteral{};
    } else if (type == "VARCHAR") {
      element.node = sql::StringLiteral{std::move(text)};
    } else if (type == "BOOLEAN") {
      element.node = sql::BooleanLiteral{text == "true"};
    } else if (type == "ARRAY" || type == "OBJECT") {
      return sql::fail(sql::unsupported_feature("** of arrays and objects within an array"));
    } else if (text.starts_with('-')) {
      element.node = sql::Unary{sql::UnaryOperator::minus, sql::Expression(sql::NumberLiteral{text.substr(1)})};
    } else {
      element.node = sql::NumberLiteral{std::move(text)};
    }
    out.push_back(std::move(element));
  }
  return out;
}

SqlResult<const Bind*> Binder::value_of(const sql::SessionVariable& variable) {
  auto& variables = context_.session().variables();
  auto found = variables.find(variable.name);
  if (found == variables.end()) {
    return sql::fail(
        {2211, "02000", fmt::format("SQL compilation error:\nSession variable '${}' does not exist", variable.name)});
  }
  return &found->second;
}

SqlResult<const Bind*> Binder::value_of(const sql::BindVariable& bind) {
  const auto& binds = context_.binds();
  if (bind.name.empty()) {
    if (bind.position >= binds.positional.size()) return sql::fail(not_set("?"));
    return &binds.positional[bind.position];
  }
  size_t number = 0;
  auto [end, error] = std::from_chars(bind.name.data(), bind.name.data() + bind.name.size(), number);
  if (error == std::errc{} && end == bind.name.data() + bind.name.size()) {
    if (number == 0 || number > binds.positional.size()) return sql::fail(not_set(":" + bind.name));
    return &binds.positional[number - 1];
  }
  auto found = binds.named.find(bind.name);
  if (found == binds.named.end()) return sql::fail(not_set(":" + bind.name));
  return &found->second;
}

SqlResult<std::string> Binder::variable(const sql::SessionVariable& variable) {
  return typed_literal(*TRY(value_of(variable)));
}

SqlResult<std::string> Binder::bind(const sql::BindVariable& bind) {
  return typed_literal(*TRY(value_of(bind)));
}

SqlResult<std::optional<std::string>> Binder::constant_text(const sql::Expression& expression) {
  const auto* variable = expression.as<sql::SessionVariable>();
  const auto* bind = expression.as<sql::BindVariable>();
  if (variable == nullptr && bind == nullptr) return std::nullopt;
  const auto& value = TRY(variable != nullptr ? value_of(*variable) : value_of(*bind))->value;
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

SqlResult<sql::QualifiedName> Binder::dynamic_name(const sql::DynamicName& name) {
  const Bind* bind = nullptr;
  if (name.kind == sql::DynamicName::Kind::variable) {
    auto found = context_.session().variables().find(name.name);
    if (found != context_.session().variables().end()) bind = &found->second;
  } else if (name.kind == sql::DynamicName::Kind::positional_bind) {
    if (name.position < context_.binds().positional.size()) bind = &context_.binds().positional[name.position];
  } else {
    auto found = context_.binds().named.find(name.name);
    size_t number = 0;
    std::from_chars(name.name.data(), name.name.data() + name.name.size(), number);
    if (found != context_.binds().named.end()) bind = &found->second;
    if (bind == nullptr && number >= 1 && number <= context_.binds().positional.size())
      bind = &context_.binds().positional[number - 1];
  }
  auto* text = bind != nullptr ? std::get_if<std::string>(&bind->value) : nullptr;
  if (text == nullptr) return sql::fail(not_set(name.name.empty() ? "?" : name.name));
  auto parsed = TRY(sql::parse_qualified_name(*text, context_.session().parameters().parse_options()));
  if (parsed.parts.empty()) return sql::fail(sql::does_not_exist("Object", *text)); // IDENTIFIER($x) once more
  return parsed;
}

SqlResult<std::optional<std::string>> Binder::next_value(const sql::QualifiedName& sequence) {
  auto in = context_.schema_in(std::span(sequence.parts).first(sequence.parts.size() - 1), scope_);
  if (!in) return std::nullopt;
  auto found = context_.catalog().find(ObjectKind::sequence, (*in)->id, sequence.last());
  if (!found) return std::nullopt;
  return next_value_text(found->id);
}

} // namespace freshet::warehouse
