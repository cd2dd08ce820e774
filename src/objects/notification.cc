#include "objects/notification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "http/message.h"

namespace freshet::objects {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> k_events{"s3:ObjectCreated:*",
                                                   "s3:ObjectCreated:Put",
                                                   "s3:ObjectCreated:Post",
                                                   "s3:ObjectCreated:Copy",
                                                   "s3:ObjectCreated:CompleteMultipartUpload",
                                                   "s3:ObjectRemoved:*",
                                                   "s3:ObjectRemoved:Delete"};

constexpr const char* k_principal = "FRESHET";

/// As application/x-www-form-urlencoded: a space is "+", a slash stays.
std::string form_encode(std::string_view key) {
  std::string encoded = http::percent_encode(key, true);
  for (size_t at; (at = encoded.find("%20")) != std::string::npos;) encoded.replace(at, 3, "+");
  return encoded;
}

} // namespace

bool matches(const NotificationRule& rule, std::string_view event_name, std::string_view key) {
  const bool wanted = std::any_of(rule.events.begin(), rule.events.end(), [&](std::string_view event) {
    if (event.starts_with("s3:")) event.remove_prefix(3);
    if (event.ends_with('*')) return event_name.starts_with(event.substr(0, event.size() - 1));
    return event == event_name;
  });
  return wanted && key.starts_with(rule.prefix) && key.ends_with(rule.suffix);
}

std::string message_body(const ObjectEvent& event, const std::string& rule_id) {
  json::object object{{"key", form_encode(event.key)}};
  if (event.name.starts_with("ObjectCreated")) {
    object["size"] = event.size;
    object["eTag"] = event.etag;
  }
  object["sequencer"] = fmt::format("{:016X}", event.sequencer);
  const json::object record{
      {"eventVersion", "2.1"},
      {"eventSource", "aws:s3"},
      {"awsRegion", "us-east-1"},
      {"eventTime", iso8601(event.time)},
      {"eventName", event.name},
      {"userIdentity", {{"principalId", k_principal}}},
      {"requestParameters", {{"sourceIPAddress", event.source_address}}},
      {"responseElements", {{"x-amz-request-id", event.request_id}, {"x-amz-id-2", event.request_id}}},
      {"s3",
       {{"s3SchemaVersion", "1.0"},
        {"configurationId", rule_id},
        {"bucket",
         {{"name", event.bucket}, {"ownerIdentity", {{"principalId", k_principal}}}, {"arn", "arn:aws:s3:::" + event.bucket}}},
        {"object", std::move(object)}}}};
  return json::serialize(json::object{{"Records", json::array{record}}});
}

std::string test_message_body(const std::string& bucket, TimePoint time, const std::string& request_id) {
  return json::serialize(json::object{{"Service", "Amazon S3"},
                                      {"Event", "s3:TestEvent"},
                                      {"Time", iso8601(time)},
                                      {"Bucket", bucket},
                                      {"RequestId", request_id},
                                      {"HostId", request_id}});
}

Result<void> check(const NotificationRule& rule) {
  if (!rule.queue.starts_with("arn:") || rule.queue.find('\0') != std::string::npos) {
    return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not the ARN of a queue", rule.queue));
  }
  if (rule.events.empty()) return fail(ErrorKind::invalid_argument, "a notification rule names no event");
  for (const auto& event : rule.events) {
    if (std::find(k_events.begin(), k_events.end(), event) == k_events.end()) {
      return fail(ErrorKind::invalid_argument, fmt::format("the event '{}' is not supported for notifications", event));
    }
  }
  return {};
}

} // namespace freshet::objects
