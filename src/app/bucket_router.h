#pragma once

#include <map>
#include <memory>

#include "objects/object_store.h"

namespace freshet::app {

/// The object store as flow, S3's clients and external stages see it: each bucket is either in the embedded store or in the
/// remote one that the configuration names for it. One bucket of the embedded store is hidden: it belongs to the warehouse.
class BucketRouter final : public objects::ObjectStore {
 public:
  BucketRouter(std::shared_ptr<objects::ObjectStore> embedded, std::string hidden)
      : embedded_(std::move(embedded)), hidden_(std::move(hidden)) {}
  void add(const std::string& bucket, std::shared_ptr<objects::ObjectStore> remote) { remote_[bucket] = std::move(remote); }
  bool is_remote(const std::string& bucket) const { return remote_.contains(bucket); }

  Result<void> create_bucket(const std::string& bucket) override {
    if (bucket == hidden_) return fail(ErrorKind::already_exists, "the bucket name " + bucket + " is taken");
    return TRY(of(bucket))->create_bucket(bucket);
  }
  Result<bool> bucket_exists(const std::string& bucket) override {
    return bucket == hidden_ ? Result<bool>(false) : TRY(of(bucket))->bucket_exists(bucket);
  }
  Result<std::vector<objects::BucketInfo>> buckets() override {
    auto buckets = TRY(embedded_->buckets());
    std::erase_if(buckets, [&](const objects::BucketInfo& bucket) { return bucket.name == hidden_; });
    return buckets;
  }
  Result<objects::ObjectInfo> put(const std::string& bucket, const std::string& key, objects::Content content,
                                  const objects::PutOptions& options) override {
    return TRY(of(bucket))->put(bucket, key, std::move(content), options);
  }
  Result<objects::ObjectInfo> head(const std::string& bucket, const std::string& key) override {
    return TRY(of(bucket))->head(bucket, key);
  }
  Result<std::string> read(const objects::ObjectInfo& object, uint64_t offset, uint64_t count) override {
    return TRY(of(object.bucket))->read(object, offset, count);
  }
  Result<std::shared_ptr<const Path>> open_as_file(const objects::ObjectInfo& object) override {
    return TRY(of(object.bucket))->open_as_file(object);
  }
  Result<void> remove(const std::string& bucket, const std::string& key) override {
    return TRY(of(bucket))->remove(bucket, key);
  }
  Result<objects::Listing> list(const std::string& bucket, const objects::ListRequest& request) override {
    return TRY(of(bucket))->list(bucket, request);
  }
  Result<void> set_notifications(const std::string& bucket, std::vector<objects::NotificationRule> rules) override {
    return TRY(of(bucket))->set_notifications(bucket, std::move(rules));
  }
  Result<std::vector<objects::NotificationRule>> notifications(const std::string& bucket) override {
    return TRY(of(bucket))->notifications(bucket);
  }

 private:
  Result<objects::ObjectStore*> of(const std::string& bucket) const {
    if (bucket == hidden_) return fail(ErrorKind::not_found, "there is no bucket " + bucket);
    const auto found = remote_.find(bucket);
    return found == remote_.end() ? embedded_.get() : found->second.get();
  }

  std::shared_ptr<objects::ObjectStore> embedded_;
  std::string hidden_;
  std::map<std::string, std::shared_ptr<objects::ObjectStore>> remote_;
};

} // namespace freshet::app
