#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace freshet::warehouse {

/// An object that a bucket's notification says was created.
struct ObjectCreated {
  std::string bucket;
  std::string key; // decoded
  uint64_t size = 0;
  std::string etag;
  std::string sequencer;
  TimePoint time;
};

/// The objects that S3's own event JSON reports as created; test events, removals and other events give none. corrupt: not such
/// JSON.
Result<std::vector<ObjectCreated>> parse_s3_event(std::string_view body);

/// Form-URL-decoding, as keys in events are encoded: `red+flower%2B.jpg`.
std::string decode_event_key(std::string_view encoded);

/// The same JSON, for objects that a pipe finds by itself (ALTER PIPE … REFRESH).
std::string write_s3_event(const ObjectCreated& object);

} // namespace freshet::warehouse
