#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"

namespace freshet::objects {

struct ObjectInfo {
  std::string bucket;
  std::string key;
  uint64_t size = 0; // bytes
  std::string etag;  // without quotes; the MD5 of the content in lower-case hex for objects put in one part
  TimePoint modified;
  std::string content_type = "binary/octet-stream";
  std::map<std::string, std::string> metadata; // user metadata, names in lower case without x-amz-meta-
  std::string storage_class = "STANDARD";
};

/// Where the bytes of a new object come from: memory, or a finished file that the store may adopt by link (never modified).
struct Content {
  static Content of_bytes(std::string bytes) { return {std::move(bytes), std::nullopt}; }
  static Content of_file(Path path) { return {{}, std::move(path)}; }
  std::string bytes;
  std::optional<Path> file;
};

struct PutOptions {
  std::string content_type = "binary/octet-stream";
  std::map<std::string, std::string> metadata;
  std::string storage_class = "STANDARD";
};

struct ListRequest {
  std::string prefix;
  std::string delimiter;     // empty: no grouping
  std::string start_after;   // keys strictly after this one
  size_t limit = 1000;       // objects and common prefixes together
};

struct Listing {
  std::vector<ObjectInfo> objects; // in byte order of the key
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_start_after; // what start_after continues with, when truncated
};

/// One rule of a bucket's notification configuration: which events go to which queue.
struct NotificationRule {
  std::string id;
  std::string queue;               // a queue's ARN
  std::vector<std::string> events; // "s3:ObjectCreated:*", "s3:ObjectCreated:Put", …
  std::string prefix;
  std::string suffix;
};

/// Buckets of immutable objects: the local store, or any S3 by endpoint. The seam between flow, warehouse and the world.
///
/// Durability: `put` returns after the object and its notification survive a power loss. A later `put` of the same key replaces it
/// atomically. Concurrency: all functions may be called from any thread. Errors: not_found, already_exists, permission_denied,
/// out_of_space, unavailable, invalid_argument.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<void> create_bucket(const std::string& bucket) = 0; // already_exists when it is there
  virtual Result<bool> bucket_exists(const std::string& bucket) = 0;

  virtual Result<ObjectInfo> put(const std::string& bucket, const std::string& key, Content content, const PutOptions& options) = 0;
  virtual Result<ObjectInfo> head(const std::string& bucket, const std::string& key) = 0;
  /// `count` bytes from `offset`, fewer at the end.
  virtual Result<std::string> read(const ObjectInfo& object, uint64_t offset, uint64_t count) = 0;
  /// A local file with the object's whole content, to hand to a reader that wants a path. Immutable; exists at least as long as the
  /// returned handle, even when the object is replaced or deleted meanwhile.
  virtual Result<std::shared_ptr<const Path>> open_as_file(const ObjectInfo& object) = 0;
  virtual Result<void> remove(const std::string& bucket, const std::string& key) = 0; // absent is fine
  virtual Result<Listing> list(const std::string& bucket, const ListRequest& request) = 0;

  virtual Result<void> set_notifications(const std::string& bucket, std::vector<NotificationRule> rules) = 0;
  virtual Result<std::vector<NotificationRule>> notifications(const std::string& bucket) = 0;
};

}  // namespace freshet::objects
