#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "objects/object_store.h"

namespace freshet::objects {

/// What the metadata store keeps of an object.
struct ObjectRow {
  ObjectInfo info;
  uint64_t content_id = 0; // of the blob file or of the inline body
  bool is_inline = false;
};

// Keys of the metadata store. A bucket's name holds no zero byte, so its keys stand together in byte order.
//   b BUCKET           -> when it was created          n BUCKET   -> notification rules
//   o BUCKET 0 KEY     -> an object's row              i ID       -> an inline body
//   r ID               -> the key that uses this blob  x ARN 0 ID -> an event on its way to a queue
//   h                  -> ids below this number may be in use
std::string bucket_key(std::string_view bucket);
std::string rules_key(std::string_view bucket);
std::string object_key(std::string_view bucket, std::string_view key);
std::string inline_key(uint64_t id);
std::string blob_key(uint64_t id);
std::string event_prefix(std::string_view queue_arn);

std::string encode(const ObjectRow& row);
Result<ObjectRow> decode_row(const std::string& bucket, std::string key, std::string_view encoded);

std::string encode(const std::vector<NotificationRule>& rules);
Result<std::vector<NotificationRule>> decode_rules(std::string_view encoded);

} // namespace freshet::objects
