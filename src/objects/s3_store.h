#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "objects/object_store.h"

namespace freshet::objects {

struct S3StoreOptions {
  std::string endpoint; // "https://s3.us-east-1.amazonaws.com", "http://127.0.0.1:9000"; no path
  std::string region = "us-east-1";
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token; // of temporary credentials; else empty
  Path cache_folder;         // for open_as_file
  Duration timeout = std::chrono::minutes(30);
};

/// Any S3 behind the ObjectStore interface: path style, AWS Signature Version 4, one request per call and no retries: a caller
/// that gets `unavailable` tries again when it sees fit. Large bodies are streamed from their file under one PUT (at most 5
/// GB). Concurrency: all functions may be called from any thread and block for one exchange (two for set_notifications).
class S3Store final : public ObjectStore {
 public:
  S3Store(S3StoreOptions options, FileSystem& files, Clock& clock);
  ~S3Store() override;

  Result<void> create_bucket(const std::string& bucket) override;
  Result<bool> bucket_exists(const std::string& bucket) override;
  Result<std::vector<BucketInfo>> buckets() override;
  Result<ObjectInfo> put(const std::string& bucket, const std::string& key, Content content,
                         const PutOptions& options) override;
  Result<ObjectInfo> head(const std::string& bucket, const std::string& key) override;
  Result<std::string> read(const ObjectInfo& object, uint64_t offset, uint64_t count) override;
  Result<std::shared_ptr<const Path>> open_as_file(const ObjectInfo& object) override;
  Result<void> remove(const std::string& bucket, const std::string& key) override;
  Result<Listing> list(const std::string& bucket, const ListRequest& request) override;
  Result<void> set_notifications(const std::string& bucket, std::vector<NotificationRule> rules) override;
  Result<std::vector<NotificationRule>> notifications(const std::string& bucket) override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

} // namespace freshet::objects
