#include "wire/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/file_system.h"
#include "wire/gzip.h"

namespace freshet::wire {
namespace {

constexpr std::string_view k_statement_count = "MULTI_STATEMENT_COUNT";

std::string value_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  return boost::json::serialize(value);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

const boost::json::value* member(const boost::json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

} // namespace

Result<boost::json::value> request_json(const http::Request& request, size_t bytes_max) {
  if (request.body_size > bytes_max) {
    return fail(ErrorKind::invalid_argument, fmt::format("the request is larger than {} bytes", bytes_max));
  }
  std::string text = request.body;
  if (request.body_file) text = TRY(RealFileSystem().read_all(request.body_file->path()));
  if (request.headers.get("Content-Encoding") == "gzip") text = TRY(gunzip(text, bytes_max));
  if (text.empty()) return boost::json::value(boost::json::object());
  boost::json::error_code error;
  auto value = boost::json::parse(text, error);
  if (error) return fail(ErrorKind::invalid_argument, "the request's body is not JSON: " + error.message());
  return value;
}

std::string_view session_token(const http::Request& request) {
  constexpr std::string_view k_start = "Snowflake Token=\"";
  const auto header = request.headers.find("Authorization").value_or("");
  if (!header.starts_with(k_start) || !header.ends_with('"')) return {};
  return header.substr(k_start.size(), header.size() - k_start.size() - 1);
}

std::string_view text_member(const boost::json::value& object, std::string_view name) {
  const auto* value = member(object, name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

std::vector<std::pair<std::string, std::string>> parameters_from(const boost::json::value& object) {
  std::vector<std::pair<std::string, std::string>> parameters;
  if (!object.is_object()) return parameters;
  for (const auto& [name, value] : object.get_object()) {
    if (!value.is_null()) parameters.emplace_back(upper(std::string(name)), value_text(value));
  }
  return parameters;
}

sql::SqlResult<StatementRequest> statement_request(const boost::json::value& body) {
  StatementRequest request;
  request.text = text_member(body, "sqlText");
  const auto* bindings = member(body, "bindings");
  request.binds = TRY(parse_binds(bindings == nullptr ? boost::json::value() : *bindings));
  const auto* describe_only = member(body, "describeOnly");
  request.describe_only = describe_only != nullptr && describe_only->is_bool() && describe_only->get_bool();
  if (const auto* parameters = member(body, "parameters")) request.parameters = parameters_from(*parameters);
  const auto count = std::ranges::find(request.parameters, k_statement_count, &std::pair<std::string, std::string>::first);
  if (count != request.parameters.end()) {
    int64_t number = 1;
    std::from_chars(count->second.data(), count->second.data() + count->second.size(), number);
    request.statement_count = number;
    request.parameters.erase(count);
  }
  return request;
}

} // namespace freshet::wire
