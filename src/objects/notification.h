#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "objects/object_store.h"

namespace freshet::objects {

/// Something that happened to an object, as "Event message structure" of the S3 user guide describes it.
struct ObjectEvent {
  std::string name; // "ObjectCreated:Put", "ObjectRemoved:Delete"
  TimePoint time;
  std::string bucket;
  std::string key;
  uint64_t size = 0;
  std::string etag;
  uint64_t sequencer = 0; // orders the events of one key
  std::string request_id;
  std::string source_address;
};

/// Whether the rule asks for this event of this key.
bool matches(const NotificationRule& rule, std::string_view event_name, std::string_view key);

/// The message body that S3 sends.
std::string message_body(const ObjectEvent& event, const std::string& rule_id);
/// The message that S3 sends to a queue when notifications are turned on.
std::string test_message_body(const std::string& bucket, TimePoint time, const std::string& request_id);

/// Errors: invalid_argument names what is wrong with the rule.
Result<void> check(const NotificationRule& rule);

} // namespace freshet::objects
