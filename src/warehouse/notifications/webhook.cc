#include "warehouse/notifications/webhook.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/url.hpp>

namespace freshet::warehouse {
namespace {

constexpr std::string_view k_message = "SNOWFLAKE_WEBHOOK_MESSAGE";
constexpr std::string_view k_secret = "SNOWFLAKE_WEBHOOK_SECRET";

std::string option(const Integration& integration, const std::string& key) {
  const auto found = integration.options.find(key);
  return found == integration.options.end() || found->second.empty() ? std::string() : found->second.front();
}

/// The message as it stands inside a string of JSON.
std::string escaped(std::string_view message) {
  const auto quoted = boost::json::serialize(boost::json::string(message));
  return quoted.substr(1, quoted.size() - 2);
}

bool names_content_type(const std::string& name) {
  constexpr std::string_view k_name = "content-type";
  return std::ranges::equal(name, k_name, {}, [](unsigned char c) { return char(std::tolower(c)); });
}

/// WEBHOOK_HEADERS is kept as one text for each pair: 'name'='value'.
void add_headers(const Integration& integration, WebhookCall& call) {
  if (const auto found = integration.options.find("WEBHOOK_HEADERS"); found != integration.options.end()) {
    for (const auto& pair : found->second) {
      const size_t equals = pair.find('=');
      if (equals != std::string::npos) call.headers.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  const bool typed = std::ranges::any_of(call.headers, names_content_type, &std::pair<std::string, std::string>::first);
  if (!typed) call.headers.emplace_back("Content-Type", "application/json");
}

} // namespace

Result<WebhookCall> webhook_call(const Integration& integration, std::string_view message) {
  if (integration.type != "WEBHOOK")
    return fail(ErrorKind::invalid_argument, fmt::format("integrations of TYPE = {} are only recorded here", integration.type));
  if (!integration.enabled) return fail(ErrorKind::invalid_argument, "the integration is not enabled");
  WebhookCall call;
  call.url = option(integration, "WEBHOOK_URL");
  call.body = option(integration, "WEBHOOK_BODY_TEMPLATE");
  if (call.body.empty()) call.body = k_message;
  const bool is_template = call.body != k_message;
  if (const size_t at = call.body.find(k_message); at != std::string::npos)
    call.body.replace(at, k_message.size(), is_template ? escaped(message) : std::string(message));
  add_headers(integration, call);
  bool needs_secret = call.url.contains(k_secret) || call.body.contains(k_secret);
  for (const auto& [name, value] : call.headers) needs_secret = needs_secret || value.contains(k_secret);
  if (needs_secret)
    return fail(ErrorKind::invalid_argument, "the integration needs its WEBHOOK_SECRET, and secrets are not kept here");
  return call;
}

bool may_call(std::string_view url, std::span<const std::string> allowed) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->has_userinfo()) return false;
  // Out of the text: the library takes 127.0.0.1.example.com for the address that it begins with.
  std::string_view host = url.substr(url.find("://") + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  if (host == "[::1]" || host.starts_with("[::1]:")) return true;
  host = host.substr(0, host.find(':'));
  if (host == "localhost") return true;
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  if (is_address && host.starts_with("127.")) return true;
  return std::ranges::any_of(allowed, [&](const std::string& prefix) {
    if (prefix.empty() || !url.starts_with(prefix)) return false;
    return prefix.ends_with('/') || url.size() == prefix.size() || url[prefix.size()] == '/' || url[prefix.size()] == '?';
  });
}

} // namespace freshet::warehouse
