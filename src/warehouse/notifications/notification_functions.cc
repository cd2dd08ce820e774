#include "warehouse/notifications/notification_functions.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/notifications/notifier.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

const FunctionArgument* argument_called(const FunctionArguments& arguments, std::string_view key) {
  const auto found = std::ranges::find(arguments, key, &FunctionArgument::name);
  return found == arguments.end() ? nullptr : &*found;
}

SqlResult<std::string> text_at(StatementContext& context, const FunctionArguments& arguments, size_t index,
                               std::string_view function) {
  if (index >= arguments.size()) {
    return sql::fail({938, "22023",
                      fmt::format("SQL compilation error:\nnot enough arguments for function [{}], expected {}, got {}",
                                  function, index + 1, arguments.size())});
  }
  return TRY(context.constant_text(arguments[index])).value_or("");
}

SqlResult<std::string> notification_history(StatementContext& context, const FunctionArguments& arguments) {
  for (const auto& argument : arguments) {
    if (argument.name != "START_TIME" && argument.name != "END_TIME" && argument.name != "INTEGRATION_NAME" &&
        argument.name != "RESULT_LIMIT") {
      return sql::fail(
          {2141, "42601", fmt::format("SQL compilation error:\nNOTIFICATION_HISTORY has no argument '{}'", argument.name)});
    }
  }
  std::string where = "true";
  if (const auto* start = argument_called(arguments, "START_TIME"))
    where += fmt::format(" AND created >= CAST({} AS TIMESTAMPTZ)", start->text);
  if (const auto* end = argument_called(arguments, "END_TIME"))
    where += fmt::format(" AND created <= CAST({} AS TIMESTAMPTZ)", end->text);
  if (const auto* name = argument_called(arguments, "INTEGRATION_NAME")) {
    const auto parsed = TRY(sql::parse_qualified_name(TRY(context.constant_text(*name)).value_or("")));
    where += " AND integration = " + engine::quote_literal(parsed.last());
  }
  int64_t limit = 100;
  if (const auto* given = argument_called(arguments, "RESULT_LIMIT")) {
    const auto text = TRY(context.constant_text(*given)).value_or("");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (error != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > 10'000)
      return sql::fail({2142, "22023", "SQL compilation error:\nRESULT_LIMIT is a number from 1 to 10000"});
  }
  return fmt::format(
      "(SELECT created AS CREATED, processed AS PROCESSED, source AS MESSAGE_SOURCE, integration AS INTEGRATION_NAME, status "
      "AS "
      "STATUS, error AS ERROR_MESSAGE, message AS MESSAGE FROM FRESHET.NOTIFICATION WHERE {} ORDER BY created DESC, id DESC "
      "LIMIT "
      "{})",
      where, limit);
}

/// One object of JSON, or an array of objects or of their texts.
SqlResult<std::vector<json::object>> objects_of(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  std::vector<json::object> out;
  if (!error && value.is_object()) {
    out.push_back(std::move(value.get_object()));
  } else if (!error && value.is_array()) {
    for (auto& item : value.get_array()) {
      if (item.is_string()) item = json::parse(std::string(item.get_string()), error);
      if (error || !item.is_object()) {
        out.clear(); // all of them or none
        break;
      }
      out.push_back(std::move(item.get_object()));
    }
  }
  if (!out.empty()) return out;
  return sql::fail(
      {394209, "22023", fmt::format("SYSTEM$SEND_SNOWFLAKE_NOTIFICATION: {} is no object of JSON: {}", what, text)});
}

/// What a webhook gets of a message in several formats.
std::string body_of(const std::vector<json::object>& formats) {
  for (const auto* format : {"text/plain", "application/json", "text/html"}) {
    for (const auto& each : formats) {
      const auto* value = each.if_contains(format);
      if (value != nullptr) return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
    }
  }
  return {};
}

SqlResult<ObjectPointer> notification_integration(StatementContext& context, std::string_view name) {
  const auto parsed = TRY(sql::parse_qualified_name(name));
  auto object = TRY(context.find(ObjectKind::integration, parsed));
  if (object->as<Integration>()->category == "NOTIFICATION") return object;
  return sql::fail({394209, "22023", fmt::format("Integration {} is not a notification integration.", object->name)});
}

SqlResult<Notifier*> service(StatementContext& context) {
  if (auto* notifier = context.warehouse().service<Notifier>()) return notifier;
  return sql::fail(sql::unsupported_feature("notifications: this warehouse sends none"));
}

SqlResult<std::string> send_notification(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_name = "SYSTEM$SEND_SNOWFLAKE_NOTIFICATION";
  auto* notifier = TRY(service(context));
  const auto formats = TRY(objects_of(TRY(text_at(context, arguments, 0, k_name)), "the message"));
  const auto configurations = TRY(objects_of(TRY(text_at(context, arguments, 1, k_name)), "the integration"));
  std::vector<std::string> names;
  for (const auto& configuration : configurations) {
    for (const auto& [name, options] : configuration) names.push_back(TRY(notification_integration(context, name))->name);
  }
  for (const auto& name : names) notifier->send(name, "USER", body_of(formats));
  return std::string("'Enqueued notifications.'");
}

SqlResult<std::string> send_email(StatementContext& context, const FunctionArguments& arguments) {
  constexpr std::string_view k_name = "SYSTEM$SEND_EMAIL";
  auto* notifier = TRY(service(context));
  const auto integration = TRY(notification_integration(context, TRY(text_at(context, arguments, 0, k_name))));
  for (size_t index = 1; index < 4; ++index) {
    if (!TRY(text_at(context, arguments, index, k_name)).empty()) continue;
    constexpr std::string_view k_words[] = {"recipients", "subject", "content"};
    return sql::fail({394209, "22023", fmt::format("Invalid email {}: it may not be empty.", k_words[index - 1])});
  }
  json::object mail;
  mail["toAddress"] = TRY(text_at(context, arguments, 1, k_name));
  mail["subject"] = TRY(text_at(context, arguments, 2, k_name));
  mail["text"] = TRY(text_at(context, arguments, 3, k_name));
  notifier->send(integration->name, "USER", json::serialize(mail));
  return std::string("true");
}

/// SNOWFLAKE.NOTIFICATION.TEXT_PLAIN and its like: {"text/plain": "…"}
FunctionRegistry::Scalar message_in(std::string format) {
  return [format](StatementContext& context, const FunctionArguments& arguments) -> SqlResult<std::string> {
    const auto text = TRY(text_at(context, arguments, 0, "SNOWFLAKE.NOTIFICATION"));
    return engine::quote_literal(json::serialize(json::object{{format, text}}));
  };
}

SqlResult<std::string> integration_of(StatementContext& context, const FunctionArguments& arguments) {
  const auto name = TRY(text_at(context, arguments, 0, "SNOWFLAKE.NOTIFICATION.INTEGRATION"));
  return engine::quote_literal(json::serialize(json::object{{name, json::object{}}}));
}

/// A message that may stand in a webhook's body: without what the template would replace.
SqlResult<std::string> sanitized(StatementContext& context, const FunctionArguments& arguments) {
  auto text = TRY(text_at(context, arguments, 0, "SNOWFLAKE.NOTIFICATION.SANITIZE_WEBHOOK_CONTENT"));
  for (std::string_view word : {"SNOWFLAKE_WEBHOOK_SECRET", "SNOWFLAKE_WEBHOOK_MESSAGE"}) {
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word)) text.erase(at, word.size());
  }
  return engine::quote_literal(text);
}

} // namespace

void add_notification_functions(FunctionRegistry& functions) {
  functions.add_table("NOTIFICATION_HISTORY", notification_history);
  functions.add_scalar("SYSTEM$SEND_SNOWFLAKE_NOTIFICATION", send_notification);
  functions.add_scalar("SYSTEM$SEND_EMAIL", send_email);
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.TEXT_PLAIN", message_in("text/plain"));
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.TEXT_HTML", message_in("text/html"));
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.APPLICATION_JSON", message_in("application/json"));
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.INTEGRATION", integration_of);
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.EMAIL_INTEGRATION_CONFIG", integration_of);
  functions.add_scalar("SNOWFLAKE.NOTIFICATION.SANITIZE_WEBHOOK_CONTENT", sanitized);
}

} // namespace freshet::warehouse
