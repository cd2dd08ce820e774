#include "warehouse/context_functions.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/account_usage.h"
#include "warehouse/literal.h"
#include "warehouse/statement_context.h"
#include "warehouse/streams.h"
#include "warehouse/system_functions.h"
#include "warehouse/tags.h"
#include "warehouse/usage_functions.h"

namespace freshet::warehouse {
namespace {

std::string text_or_null(std::string_view text) {
  return text.empty() ? "CAST(NULL AS VARCHAR)" : engine::quote_literal(text);
}

/// TIMESTAMPTZ '…' of the statement's time.
std::string now_text(StatementContext& context) {
  return literal(engine::TimestampTz{context.now().time_since_epoch().count()});
}

std::string utc_text(StatementContext& context) {
  return literal(engine::Timestamp{context.now().time_since_epoch().count()});
}

SqlResult<std::string> text_argument(StatementContext& context, const FunctionArguments& arguments, std::string_view function) {
  if (arguments.empty()) {
    return sql::fail(
        {938, "22023",
         fmt::format("SQL compilation error:\nnot enough arguments for function [{}], expected 1, got 0", function)});
  }
  return TRY(context.constant_text(arguments[0])).value_or("");
}

SqlResult<std::string> stream_has_data_function(StatementContext& context, const FunctionArguments& arguments) {
  auto name = TRY(sql::parse_qualified_name(TRY(text_argument(context, arguments, "SYSTEM$STREAM_HAS_DATA"))));
  auto stream = TRY(context.find(ObjectKind::stream, name));
  return TRY(stream_has_data(context, *stream)) ? "true" : "false";
}

/// The id that LAST_QUERY_ID(which) means. A statement that asks is itself in the list of ids; an expression of a script is
/// not.
std::string asked_query_id(StatementContext& context, int64_t which) {
  const bool is_listed = !context.statement().text.empty();
  return context.session().last_query_id(which < 0 && is_listed ? which - 1 : which);
}

SqlResult<std::string> last_query_id(StatementContext& context, const FunctionArguments& arguments) {
  int64_t which = -1;
  if (!arguments.empty()) {
    auto text = TRY(text_argument(context, arguments, "LAST_QUERY_ID"));
    std::from_chars(text.data(), text.data() + text.size(), which);
  }
  return text_or_null(asked_query_id(context, which));
}

/// RESULT_SCAN('id'), and RESULT_SCAN(-1): by its place, as LAST_QUERY_ID counts.
SqlResult<std::string> scanned_id(StatementContext& context, const FunctionArguments& arguments) {
  auto id = TRY(text_argument(context, arguments, "RESULT_SCAN"));
  int64_t which = 0;
  const auto [end, problem] = std::from_chars(id.data(), id.data() + id.size(), which);
  if (problem == std::errc{} && end == id.data() + id.size()) id = asked_query_id(context, which);
  return id;
}

SqlResult<std::string> result_scan(StatementContext& context, const FunctionArguments& arguments) {
  return result_relation(context, TRY(scanned_id(context, arguments)));
}

/// The names of a result's columns, of which the second ID becomes ID_1. The engine's names differ in more than their case.
std::vector<std::string> distinct_names(const std::vector<ResultColumn>& columns) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  const auto take = [&](std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return taken.insert(std::move(name)).second;
  };
  for (const auto& column : columns) {
    std::string name = column.name;
    for (int number = 1; !take(name); ++number) name = fmt::format("{}_{}", column.name, number);
    out.push_back(std::move(name));
  }
  return out;
}

/// GETVARIABLE('NAME'): a variable as text, NULL where there is none; its case counts.
SqlResult<std::string> variable_text(StatementContext& context, const FunctionArguments& arguments) {
  const auto name = TRY(text_argument(context, arguments, "GETVARIABLE"));
  const auto& variables = context.session().variables();
  const auto found = variables.find(name);
  if (found == variables.end()) return text_or_null("");
  const auto text = TRY(context.query("SELECT CAST(" + literal(found->second.value) + " AS VARCHAR)"));
  return text.is_null(0, 0) ? text_or_null("") : engine::quote_literal(text.text(0, 0));
}

/// The bytes in which Snowflake stores a number: by its value where it is written, else by its precision.
std::string_view number_storage(const sql::SnowflakeType& type, const sql::Expression* value) {
  const auto* literal = value != nullptr ? value->as<sql::NumberLiteral>() : nullptr;
  if (literal != nullptr && literal->text.find_first_of("eE") == std::string::npos) {
    std::string digits = literal->text;
    std::erase(digits, '.');
    int64_t number = 0;
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (problem != std::errc()) return "SB16";
    return number <= INT8_MAX ? "SB1" : number <= INT16_MAX ? "SB2" : number <= INT32_MAX ? "SB4" : "SB8";
  }
  return type.precision <= 2    ? "SB1"
         : type.precision <= 4  ? "SB2"
         : type.precision <= 9  ? "SB4"
         : type.precision <= 18 ? "SB8"
                                : "SB16";
}

/// NUMBER(5,0)[SB2], VARCHAR(9)[LOB]
std::string type_with_storage(const sql::SnowflakeType& type, const sql::Expression* value) {
  using enum sql::TypeKind;
  std::string_view storage = "LOB";
  switch (type.kind) {
    case number:
      storage = number_storage(type, value);
      break;
    case real:
      storage = "DOUBLE";
      break;
    case boolean:
      storage = "SB1";
      break;
    case date:
      storage = "SB4";
      break;
    case time:
      storage = "SB8";
      break;
    case timestamp_ntz:
    case timestamp_ltz:
    case timestamp_tz:
      storage = "SB16";
      break;
    default:
      break;
  }
  std::string printed = type.to_string();
  constexpr std::string_view k_longest = "(16777216)"; // which SYSTEM$TYPEOF leaves out within a structured type
  if (!type.fields.empty())
    for (auto at = printed.find(k_longest); at != std::string::npos; at = printed.find(k_longest))
      printed.erase(at, k_longest.size());
  return fmt::format("{}[{}]", printed, storage);
}

SqlResult<std::string> type_of(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.empty())
    return sql::fail(
        {938, "22023", "SQL compilation error:\nnot enough arguments for function [SYSTEM$TYPEOF], expected 1, got 0"});
  const auto* value = arguments[0].value;
  if (value != nullptr && value->as<sql::NullLiteral>() != nullptr) return engine::quote_literal("NULL[LOB]");
  if (arguments[0].type) return engine::quote_literal(type_with_storage(*arguments[0].type, value));
  auto prepared = context.connection().prepare("SELECT " + arguments[0].text);
  if (!prepared) return sql::fail(sql::unsupported_feature("SYSTEM$TYPEOF of a column"));
  return engine::quote_literal(type_with_storage(result_columns(prepared->columns())[0].type, value));
}

/// CURRENT_TIMESTAMP(n): with so many digits of a second's fraction.
SqlResult<std::string> now_cut(StatementContext& context, const FunctionArguments& arguments) {
  const auto* value = arguments.empty() ? nullptr : arguments[0].value;
  const auto* digits = value == nullptr ? nullptr : value->as<sql::NumberLiteral>();
  constexpr size_t k_digits = 6; // that the engine keeps
  if (digits == nullptr || digits->text.size() != 1 || digits->text[0] >= static_cast<char>('0' + k_digits))
    return now_text(context);
  int64_t unit = 1;
  for (size_t i = static_cast<size_t>(digits->text[0] - '0'); i < k_digits; ++i) unit *= 10;
  return fmt::format("make_timestamptz((epoch_us({0}) // {1}) * {1})", now_text(context), unit);
}

} // namespace

std::optional<std::vector<sql::OutputColumn>> result_columns_of(StatementContext& context, const FunctionArguments& arguments) {
  const auto id = scanned_id(context, arguments);
  const auto found = id ? context.session().find_result(*id) : nullptr;
  const auto* result = found ? found->get() : nullptr;
  if (result == nullptr || result->columns.empty()) return std::nullopt;
  std::vector<sql::OutputColumn> out;
  const auto names = distinct_names(result->columns);
  for (size_t i = 0; i < names.size(); ++i) out.push_back({names[i], result->columns[i].type, result->columns[i].nullable});
  return out;
}

sql::Error no_result(StatementContext& context, const std::string& id) {
  const auto record = context.warehouse().history().find(id);
  if (!record || record->status == QueryRecord::Status::failed)
    return {707, "02000", fmt::format("Statement {} not found", id)};
  return {709, "02000",
          fmt::format("The result of statement {} is no longer available: it was too large to be kept, is older than 24 hours, "
                      "or gave way to later ones. Run the statement again.",
                      id)};
}

/// The rows of an earlier result, put into a temporary table of this session.
SqlResult<std::string> result_relation(StatementContext& context, const std::string& id) {
  const auto result = TRY(context.session().find_result(id));
  if (result == nullptr) return sql::fail(no_result(context, id));
  std::string name = "result " + id;
  std::string columns;
  const auto names = distinct_names(result->columns);
  for (size_t i = 0; i < result->columns.size(); ++i) {
    if (i > 0) columns += ", ";
    columns += engine::quote_identifier(names[i]) + " " + engine::sql_text(result->rows->columns()[i].type);
  }
  auto quoted = engine::quote_identifier(name);
  TRY(context.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({})", quoted, columns)));
  auto appender = TRY(context.checked(context.connection().appender("", name)));
  const auto& rows = *result->rows;
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < result->columns.size(); ++column)
      TRY(context.checked(appender.append(cell(rows, row, column))));
    TRY(context.checked(appender.end_row()));
  }
  TRY(context.checked(appender.close()));
  return quoted;
}

void add_context_functions(FunctionRegistry& registry) {
  auto constant = [&](std::string name, std::function<std::string(StatementContext&)> text) {
    registry.add_scalar(std::move(name),
                        [text = std::move(text)](StatementContext& context,
                                                 const FunctionArguments&) -> SqlResult<std::string> { return text(context); });
  };
  auto session_text = [&](std::string name, std::string SessionContext::*member) {
    constant(std::move(name), [member](StatementContext& c) { return text_or_null(c.session().context().*member); });
  };
  session_text("CURRENT_DATABASE", &SessionContext::database);
  session_text("CURRENT_SCHEMA", &SessionContext::schema);
  session_text("CURRENT_ROLE", &SessionContext::role);
  session_text("CURRENT_USER", &SessionContext::user);
  session_text("CURRENT_WAREHOUSE", &SessionContext::warehouse);
  session_text("INVOKER_ROLE", &SessionContext::role);
  for (auto name : {"CURRENT_ACCOUNT", "CURRENT_ACCOUNT_NAME", "CURRENT_ORGANIZATION_NAME"}) {
    constant(name, [](StatementContext& c) { return text_or_null(c.warehouse().options().account); });
  }
  constant("CURRENT_REGION", [](StatementContext&) { return text_or_null("LOCAL"); });
  constant("CURRENT_VERSION", [](StatementContext& c) { return text_or_null(c.warehouse().options().version); });
  constant("CURRENT_CLIENT", [](StatementContext& c) { return text_or_null("Freshet " + c.warehouse().options().version); });
  constant("CURRENT_SESSION", [](StatementContext& c) { return text_or_null(c.session().id()); });
  constant("CURRENT_STATEMENT", [](StatementContext& c) { return text_or_null(c.statement().text); });
  constant("CURRENT_TRANSACTION", [](StatementContext& c) { return text_or_null(c.session().transaction_id()); });
  constant("CURRENT_SECONDARY_ROLES", [](StatementContext&) { return text_or_null(R"({"roles":"","value":""})"); });
  for (auto name : {"CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "GETDATE", "SYSTIMESTAMP"}) registry.add_scalar(name, now_cut);
  constant("SYSDATE", utc_text);
  constant("CURRENT_DATE", [](StatementContext& c) { return fmt::format("CAST({} AS DATE)", now_text(c)); });
  for (auto name : {"CURRENT_TIME", "LOCALTIME"}) {
    constant(name, [](StatementContext& c) { return fmt::format("CAST(CAST({} AS TIMESTAMP) AS TIME)", now_text(c)); });
  }
  registry.add_scalar("LAST_QUERY_ID", last_query_id);
  registry.add_scalar("SYSTEM$STREAM_HAS_DATA", stream_has_data_function);
  registry.add_scalar("SYSTEM$TYPEOF", type_of);
  registry.add_scalar("GETVARIABLE", variable_text);
  registry.add_scalar("SESSION_CONTEXT", variable_text);
  registry.add_table("RESULT_SCAN", result_scan);
  add_system_functions(registry);
  add_tag_functions(registry);
  add_metering_functions(registry);
  add_query_history_functions(registry);
  add_usage_functions(registry);
  add_explain_functions(registry);
}

} // namespace freshet::warehouse
