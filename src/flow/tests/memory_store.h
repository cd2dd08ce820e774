#pragma once

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "objects/object_store.h"

namespace freshet::flow {

/// An object store in memory, for the flow's tests.
class MemoryStore final : public objects::ObjectStore {
 public:
  explicit MemoryStore(std::initializer_list<std::string> buckets) {
    for (const std::string& bucket : buckets) objects_[bucket];
  }

  Result<void> create_bucket(const std::string& bucket) override {
    objects_[bucket];
    return {};
  }
  Result<bool> bucket_exists(const std::string& bucket) override { return objects_.contains(bucket); }
  Result<std::vector<objects::BucketInfo>> buckets() override { return std::vector<objects::BucketInfo>{}; }
  Result<objects::ObjectInfo> put(const std::string& bucket, const std::string& key, objects::Content content,
                                  const objects::PutOptions& options) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(bucket);
    if (found == objects_.end()) return fail(ErrorKind::not_found, "NoSuchBucket: there is no bucket named " + bucket);
    std::string bytes = content.bytes;
    if (content.file) {
      std::ostringstream stream;
      stream << std::ifstream(*content.file).rdbuf();
      bytes = stream.str();
      ++files_adopted;
    }
    objects::ObjectInfo info;
    info.bucket = bucket;
    info.key = key;
    info.size = bytes.size();
    info.etag = std::to_string(std::hash<std::string>{}(bytes));
    info.content_type = options.content_type;
    info.metadata = options.metadata;
    found->second[key] = {info, bytes};
    ++puts;
    return info;
  }
  Result<objects::ObjectInfo> head(const std::string& bucket, const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (!objects_[bucket].contains(key)) return fail(ErrorKind::not_found, "NoSuchKey: " + key);
    return objects_[bucket][key].first;
  }
  Result<std::string> read(const objects::ObjectInfo& object, uint64_t offset, uint64_t count) override {
    const std::lock_guard lock(mutex_);
    return objects_[object.bucket][object.key].second.substr(offset, count);
  }
  Result<std::shared_ptr<const Path>> open_as_file(const objects::ObjectInfo&) override {
    return fail(ErrorKind::unsupported, "no files here");
  }
  Result<void> remove(const std::string&, const std::string&) override { return {}; }
  Result<objects::Listing> list(const std::string&, const objects::ListRequest&) override { return objects::Listing{}; }
  Result<void> set_notifications(const std::string&, std::vector<objects::NotificationRule>) override { return {}; }
  Result<std::vector<objects::NotificationRule>> notifications(const std::string&) override {
    return std::vector<objects::NotificationRule>{};
  }

  /// Content by key.
  std::map<std::string, std::string> contents(const std::string& bucket) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> result;
    for (const auto& [key, object] : objects_[bucket]) result[key] = object.second;
    return result;
  }
  size_t puts = 0;
  size_t files_adopted = 0;

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::pair<objects::ObjectInfo, std::string>>> objects_;
};

} // namespace freshet::flow
