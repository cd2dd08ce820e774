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
  std::map<std::string, std::string> headers;  // Cache-Control, Content-Encoding, …: given at the put, answered at the get
  std::string storage_class = "STANDARD";
  std::string checksum_algorithm; // CRC32, CRC32C, CRC64NVME, SHA1 or SHA256; empty when the writer gave none
  std::string checksum;           // in base64
};

/// Where the bytes of a new object come from: memory, or a finished file that the store may adopt by link (never modified).
struct Content {
  static Content of_bytes(std::string bytes) { return {std::move(bytes), {}, {}}; }
  /// `md5`: of the file's content in lower-case hex, when the caller already knows it; else the store reads the file to compute
  /// it.
  static Content of_file(Path path, std::string md5 = {}) { return {{}, std::move(path), std::move(md5)}; }
  std::string bytes;
  std::optional<Path> file;
  std::string md5;
};

struct PutOptions {
  std::string content_type = "binary/octet-stream";
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> headers; // as ObjectInfo::headers
  std::string storage_class = "STANDARD";
  std::string checksum_algorithm; // stored as given: whoever sets it has verified it
  std::string checksum;
  std::optional<std::string>
      if_match;           // the etag that the present object must have, else conflict; not_found when there is none
  bool if_absent = false; // already_exists when there is an object of this key
  std::string etag = {};  // of an object that came in parts; empty: the MD5 of the content
  std::string event = "ObjectCreated:Put"; // what its notification calls it
  std::string request_id; // told in the notification; one is made when empty
  std::string source_address = "127.0.0.1";
};

struct BucketInfo {
  std::string name;
  TimePoint created;
};

struct ListRequest {
  std::string prefix;
  std::string delimiter;   // empty: no grouping
  std::string start_after; // keys strictly after this one, or a Listing's next_start_after
  size_t limit = 1000;     // objects and common prefixes together
};

struct Listing {
  std::vector<ObjectInfo> objects; // in byte order of the key
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string next_start_after; // what start_after continues with, when truncated; opaque
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
/// Durability: `put` returns after the object and its notification survive a power loss. A later `put` of the same key replaces
/// it atomically. Concurrency: all functions may be called from any thread. Errors: not_found, already_exists,
/// permission_denied, out_of_space, unavailable, invalid_argument.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<void> create_bucket(const std::string& bucket) = 0; // already_exists when it is there
  virtual Result<bool> bucket_exists(const std::string& bucket) = 0;
  virtual Result<std::vector<BucketInfo>> buckets() = 0; // sorted by name

  virtual Result<ObjectInfo> put(const std::string& bucket, const std::string& key, Content content,
                                 const PutOptions& options) = 0;
  virtual Result<ObjectInfo> head(const std::string& bucket, const std::string& key) = 0;
  /// `count` bytes from `offset`, fewer at the end; conflict when the object was replaced since `object` was obtained.
  virtual Result<std::string> read(const ObjectInfo& object, uint64_t offset, uint64_t count) = 0;
  /// A local file with the object's whole content, to hand to a reader that wants a path. Immutable; exists at least as long as
  /// the returned handle, even when the object is replaced or deleted meanwhile.
  virtual Result<std::shared_ptr<const Path>> open_as_file(const ObjectInfo& object) = 0;
  virtual Result<void> remove(const std::string& bucket, const std::string& key) = 0; // absent is fine
  virtual Result<Listing> list(const std::string& bucket, const ListRequest& request) = 0;

  virtual Result<void> set_notifications(const std::string& bucket, std::vector<NotificationRule> rules) = 0;
  virtual Result<std::vector<NotificationRule>> notifications(const std::string& bucket) = 0;
};

} // namespace freshet::objects
