#pragma once

#include <map>
#include <memory>

#include "objects/object_store.h"

namespace freshet::app {

/// The object store as flow and warehouse see it: each bucket is either in the embedded store or in the remote one that the
/// configuration names for it.
class BucketRouter final : public objects::ObjectStore {
 public:
  explicit BucketRouter(std::shared_ptr<objects::ObjectStore> embedded) : embedded_(std::move(embedded)) {}
  void add(const std::string& bucket, std::shared_ptr<objects::ObjectStore> remote) { remote_[bucket] = std::move(remote); }
  bool is_remote(const std::string& bucket) const { return remote_.contains(bucket); }

  Result<void> create_bucket(const std::string& bucket) override { return of(bucket).create_bucket(bucket); }
  Result<bool> bucket_exists(const std::string& bucket) override { return of(bucket).bucket_exists(bucket); }
  Result<std::vector<objects::BucketInfo>> buckets() override { return embedded_->buckets(); }
  Result<objects::ObjectInfo> put(const std::string& bucket, const std::string& key, objects::Content content,
                                  const objects::PutOptions& options) override {
    return of(bucket).put(bucket, key, std::move(content), options);
  }
  Result<objects::ObjectInfo> head(const std::string& bucket, const std::string& key) override { return of(bucket).head(bucket, key); }
  Result<std::string> read(const objects::ObjectInfo& object, uint64_t offset, uint64_t count) override {
    return of(object.bucket).read(object, offset, count);
  }
  Result<std::shared_ptr<const Path>> open_as_file(const objects::ObjectInfo& object) override {
    return of(object.bucket).open_as_file(object);
  }
  Result<void> remove(const std::string& bucket, const std::string& key) override { return of(bucket).remove(bucket, key); }
  Result<objects::Listing> list(const std::string& bucket, const objects::ListRequest& request) override {
    return of(bucket).list(bucket, request);
  }
  Result<void> set_notifications(const std::string& bucket, std::vector<objects::NotificationRule> rules) override {
    return of(bucket).set_notifications(bucket, std::move(rules));
  }
  Result<std::vector<objects::NotificationRule>> notifications(const std::string& bucket) override {
    return of(bucket).notifications(bucket);
  }

 private:
  objects::ObjectStore& of(const std::string& bucket) const {
    const auto found = remote_.find(bucket);
    return found == remote_.end() ? *embedded_ : *found->second;
  }

  std::shared_ptr<objects::ObjectStore> embedded_;
  std::map<std::string, std::shared_ptr<objects::ObjectStore>> remote_;
};

}  // namespace freshet::app
