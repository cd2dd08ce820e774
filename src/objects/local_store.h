#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "objects/object_store.h"

namespace freshet::objects {

struct LocalStoreOptions {
  Path folder;
  uint64_t inline_bytes_max = 64 * 1024; // smaller bodies live in the metadata store
  /// Hands notification bodies to a queue, durably. not_found: the queue is gone and its events are dropped; other errors are
  /// retried.
  std::function<Result<void>(const std::string& queue_arn, const std::vector<std::string>& bodies)> deliver;
  /// Whether notification rules may name this queue; every one may when empty.
  std::function<bool(const std::string& queue_arn)> queue_exists;
};

/// The object store of one data folder: metadata and small bodies in RocksDB, large bodies in immutable blob files.
///
/// Life cycle: `open` recovers the folder and removes what a crash left half-written; `start` runs the thread that delivers
/// notifications and sweeps orphaned blobs (without it, tests call `step`); the destructor stops it.
/// Durability: a blob is staged, synced, renamed, its folder synced; then one synced transaction commits the key's row and its
/// outbox rows; then `put` returns. Concurrent puts share the syncs of folder and transaction. Notifications are delivered at
/// least once, in order for one key, also after a crash. Concurrency: all functions may be called from any thread.
/// Adoption: Content::of_file becomes another name of the same bytes where the file system can link; nothing is copied.
/// Limits: keys of 1 to 1024 bytes of UTF-8. Cost: put, head, read and remove touch a handful of rows; list touches the rows it
/// returns and one per common prefix. A full disk answers out_of_space and leaves the former object in place.
class LocalStore final : public ObjectStore {
 public:
  static Result<std::unique_ptr<LocalStore>> open(LocalStoreOptions options, FileSystem& files, Clock& clock);
  ~LocalStore() override;

  void start();
  /// Delivers what is in the outbox; says when to try again what could not be delivered.
  std::optional<TimePoint> step();
  /// True when the queues have had every event so far.
  bool idle() const;
  /// Where to put files that `put` can then adopt without a copy: on the same file system as the blobs. Emptied by `open`.
  Path staging_folder() const;

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
  explicit LocalStore(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

} // namespace freshet::objects
