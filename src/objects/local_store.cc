#include "objects/local_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "aws/checksum.h"
#include "base/log.h"
#include "base/random.h"
#include "base/worker.h"
#include "objects/blob_folder.h"
#include "objects/names.h"
#include "objects/notification.h"
#include "objects/object_row.h"
#include "objects/outbox.h"
#include "objects/sequence.h"
#include "store/key_value.h"

namespace freshet::objects {
namespace {

constexpr uint64_t k_read_bytes = 1 << 20;

std::unexpected<Error> no_object(const std::string& bucket, const std::string& key) {
  return fail(ErrorKind::not_found, fmt::format("there is no object {} in the bucket {}", key, bucket));
}

std::unexpected<Error> changed(const ObjectInfo& object) {
  return fail(ErrorKind::conflict,
              fmt::format("the object {}/{} was replaced meanwhile; look at it again", object.bucket, object.key));
}

Result<std::string> md5_of_file(FileSystem& files, const Path& path) {
  const auto file = TRY(files.open(path));
  aws::Digest digest(aws::Algorithm::md5);
  for (uint64_t at = 0; at < file->size();) {
    const std::string bytes = TRY(file->read(at, k_read_bytes));
    if (bytes.empty()) return fail(ErrorKind::io, fmt::format("{} became shorter while it was read", path.string()));
    digest.update(bytes);
    at += bytes.size();
  }
  return aws::to_hex(digest.finish());
}

} // namespace

class LocalStore::Core {
 public:
  Core(LocalStoreOptions options, FileSystem& files, Clock& clock, std::unique_ptr<store::KeyValue> metadata)
      : options_(std::move(options)),
        files_(files),
        clock_(clock),
        metadata_(std::move(metadata)),
        sequence_(*metadata_),
        outbox_(*metadata_, sequence_, clock_, options_.deliver),
        blobs_(std::make_shared<BlobFolder>(files_, options_.folder)) {}

  Result<void> open() {
    TRY(sequence_.open());
    TRY(blobs_->open());
    TRY(outbox_.open());
    sweep_limit_ = sequence_.next();
    auto cursor = metadata_->cursor("c");
    for (cursor.seek("b"); cursor.valid(); cursor.next()) {
      const std::string name(cursor.key().substr(1));
      Bucket bucket{TimePoint(Duration(static_cast<int64_t>(store::from_big_endian(cursor.value())))), {}};
      if (const auto rules = TRY(metadata_->get(rules_key(name)))) bucket.rules = TRY(decode_rules(*rules));
      buckets_.emplace(name, std::move(bucket));
    }
    return cursor.check();
  }

  void start() {
    worker_ = std::make_unique<Worker>("outbox", clock_, [this] { return step(); });
  }

  std::optional<TimePoint> step() {
    if (!std::exchange(swept_, true)) {
      const auto removed = blobs_->sweep(
          sweep_limit_, [this](uint64_t id) -> Result<bool> { return TRY(metadata_->get(blob_key(id))).has_value(); });
      if (!removed)
        log::warn("objects", "cannot look for blobs that a crash left: {}", removed.error().message);
      else if (*removed > 0)
        log::info("objects", "removed {} blobs that a crash left", *removed);
    }
    return outbox_.step();
  }

  bool idle() const { return outbox_.idle(); }

  Path staging_folder() const { return blobs_->staging(); }

  Result<void> create_bucket(const std::string& name) {
    TRY(check_bucket_name(name));
    std::unique_lock lock(buckets_mutex_);
    if (buckets_.contains(name)) return fail(ErrorKind::already_exists, fmt::format("the bucket {} exists already", name));
    const TimePoint now = clock_.now();
    store::Batch batch;
    batch.put(bucket_key(name), store::big_endian(static_cast<uint64_t>(now.time_since_epoch().count())));
    TRY(metadata_->write(batch, store::Durability::power));
    buckets_.emplace(name, Bucket{now, {}});
    return {};
  }

  bool bucket_exists(const std::string& name) {
    std::shared_lock lock(buckets_mutex_);
    return buckets_.contains(name);
  }

  std::vector<BucketInfo> buckets() {
    std::shared_lock lock(buckets_mutex_);
    std::vector<BucketInfo> result;
    for (const auto& [name, bucket] : buckets_) result.push_back({name, bucket.created});
    return result;
  }

  Result<ObjectInfo> put(const std::string& bucket, const std::string& key, Content content, const PutOptions& options) {
    TRY(require_bucket(bucket));
    TRY(check_key(key));
    ObjectRow row;
    row.info = {bucket,
                key,
                0,
                options.etag,
                clock_.now(),
                options.content_type,
                options.metadata,
                options.headers,
                options.storage_class,
                options.checksum_algorithm,
                options.checksum};
    row.content_id = TRY(sequence_.take());
    TRY(store_content(row, content));
    auto committed = commit_put(row, content.bytes, options);
    if (!committed) {
      // A failed write may still be found in the log by a restart: such a blob is left to the sweep. A refusal is certain.
      const ErrorKind kind = committed.error().kind;
      const bool refused = kind == ErrorKind::conflict || kind == ErrorKind::already_exists || kind == ErrorKind::not_found;
      if (refused && !row.is_inline) blobs_->drop(row.content_id);
      return std::unexpected(std::move(committed).error());
    }
    return row.info;
  }

  Result<ObjectRow> row_of(const std::string& bucket, const std::string& key) {
    const auto stored = TRY(metadata_->get(object_key(bucket, key)));
    if (!stored) {
      TRY(require_bucket(bucket));
      return no_object(bucket, key);
    }
    return decode_row(bucket, key, *stored);
  }

  Result<std::string> read(const ObjectInfo& object, uint64_t offset, uint64_t count) {
    const ObjectRow row = TRY(current(object));
    if (offset >= row.info.size) return std::string{};
    if (row.is_inline) {
      const auto body = TRY(metadata_->get(inline_key(row.content_id)));
      if (!body) return changed(object);
      return body->substr(offset, count);
    }
    const auto pin = TRY(pin_current(object, row));
    const auto file = TRY(files_.open(*pin));
    return file->read(offset, count);
  }

  Result<std::shared_ptr<const Path>> open_as_file(const ObjectInfo& object) {
    const ObjectRow row = TRY(current(object));
    if (!row.is_inline) return pin_current(object, row);
    const auto body = TRY(metadata_->get(inline_key(row.content_id)));
    if (!body) return changed(object);
    return blobs_->cache(row.content_id, *body);
  }

  Result<void> remove(const std::string& bucket, const std::string& key) {
    TRY(require_bucket(bucket));
    std::optional<ObjectRow> old;
    {
      std::lock_guard guard(stripe(bucket, key));
      const auto stored = TRY(metadata_->get(object_key(bucket, key)));
      if (!stored) return {};
      old = TRY(decode_row(bucket, key, *stored));
      store::Batch batch;
      batch.remove(object_key(bucket, key));
      forget_content(batch, *old);
      ObjectEvent event{"ObjectRemoved:Delete", clock_.now(), bucket, key, 0, "", 0, random_secret_hex(8), "127.0.0.1"};
      TRY(write_with_events(batch, event));
    }
    if (!old->is_inline) blobs_->drop(old->content_id);
    return {};
  }

  Result<Listing> list(const std::string& bucket, const ListRequest& request) {
    TRY(require_bucket(bucket));
    const std::string base = object_key(bucket, "");
    Listing listing;
    if (request.limit == 0) return listing;
    auto cursor = metadata_->cursor(store::end_of_prefix(base + request.prefix));
    cursor.seek(base + std::max(request.prefix, request.start_after));
    if (cursor.valid() && !request.start_after.empty() && cursor.key() == base + request.start_after) cursor.next();
    while (cursor.valid()) {
      const std::string key(cursor.key().substr(base.size()));
      if (listing.objects.size() + listing.common_prefixes.size() == request.limit) {
        listing.truncated = true;
        break;
      }
      const size_t cut = request.delimiter.empty() ? std::string::npos : key.find(request.delimiter, request.prefix.size());
      if (cut != std::string::npos) {
        const std::string group = key.substr(0, cut + request.delimiter.size());
        listing.common_prefixes.push_back(group);
        listing.next_start_after = group + '\xff'; // after every key of the group: no UTF-8 text holds this byte
        cursor.seek(base + listing.next_start_after);
      } else {
        listing.objects.push_back(TRY(decode_row(bucket, key, cursor.value())).info);
        listing.next_start_after = key;
        cursor.next();
      }
    }
    TRY(cursor.check());
    if (!listing.truncated) listing.next_start_after.clear();
    return listing;
  }

  Result<void> set_notifications(const std::string& name, std::vector<NotificationRule> rules) {
    for (auto& rule : rules) {
      TRY(check(rule));
      if (options_.queue_exists && !options_.queue_exists(rule.queue)) {
        return fail(ErrorKind::invalid_argument, fmt::format("the queue {} does not exist", rule.queue));
      }
      if (rule.id.empty()) rule.id = random_uuid();
    }
    std::unique_lock lock(buckets_mutex_);
    const auto bucket = buckets_.find(name);
    if (bucket == buckets_.end()) return no_bucket(name);
    std::set<std::string> fresh;
    for (const auto& rule : rules) fresh.insert(rule.queue);
    for (const auto& rule : bucket->second.rules) fresh.erase(rule.queue);

    store::Batch batch;
    batch.put(rules_key(name), encode(rules));
    const uint64_t number = TRY(sequence_.take_open());
    for (const auto& arn : fresh)
      outbox_.add(batch, arn, number, 0, test_message_body(name, clock_.now(), random_secret_hex(8)));
    auto written = metadata_->write(batch, store::Durability::power);
    sequence_.settle(number);
    TRY(std::move(written));
    bucket->second.rules = std::move(rules);
    for (const auto& arn : fresh) outbox_.expect(arn);
    if (worker_) worker_->wake();
    return {};
  }

  Result<std::vector<NotificationRule>> notifications(const std::string& name) {
    std::shared_lock lock(buckets_mutex_);
    const auto bucket = buckets_.find(name);
    if (bucket == buckets_.end()) return no_bucket(name);
    return bucket->second.rules;
  }

 private:
  struct Bucket {
    TimePoint created;
    std::vector<NotificationRule> rules;
  };

  static std::unexpected<Error> no_bucket(const std::string& name) {
    return fail(ErrorKind::not_found, fmt::format("there is no bucket {}", name));
  }

  Result<void> require_bucket(const std::string& name) {
    if (!bucket_exists(name)) return no_bucket(name);
    return {};
  }

  std::mutex& stripe(const std::string& bucket, const std::string& key) {
    return stripes_[std::hash<std::string>{}(object_key(bucket, key)) % stripes_.size()];
  }

  /// Makes the content durable (a blob) or ready for the transaction (content.bytes), and fills size, etag and place.
  Result<void> store_content(ObjectRow& row, Content& content) {
    row.info.size = content.bytes.size();
    if (content.file) {
      row.info.size = TRY(files_.status(*content.file)).size;
      if (row.info.size <= options_.inline_bytes_max) {
        content.bytes = TRY(files_.read_all(*content.file));
        row.info.size = content.bytes.size();
        content.file.reset();
      }
    }
    row.is_inline = !content.file && row.info.size <= options_.inline_bytes_max;
    if (!content.file) {
      if (row.info.etag.empty()) row.info.etag = aws::to_hex(aws::digest(aws::Algorithm::md5, content.bytes));
      if (row.is_inline) return {};
    }
    auto stored = content.file ? adopt(row, content) : blobs_->write(row.content_id, content.bytes);
    if (!stored) blobs_->drop(row.content_id);
    return stored;
  }

  Result<void> adopt(ObjectRow& row, const Content& content) {
    TRY(blobs_->adopt(row.content_id, *content.file));
    const Path blob = blobs_->path_of(row.content_id);
    if (row.info.etag.empty()) row.info.etag = content.md5.empty() ? TRY(md5_of_file(files_, blob)) : content.md5;
    row.info.size = TRY(files_.status(blob)).size;
    return {};
  }

  Result<void> commit_put(const ObjectRow& row, const std::string& bytes, const PutOptions& options) {
    const ObjectInfo& info = row.info;
    std::optional<ObjectRow> old;
    {
      std::lock_guard guard(stripe(info.bucket, info.key));
      if (const auto stored = TRY(metadata_->get(object_key(info.bucket, info.key))))
        old = TRY(decode_row(info.bucket, info.key, *stored));
      TRY(check_conditions(info, old, options));
      store::Batch batch;
      batch.put(object_key(info.bucket, info.key), encode(row));
      if (row.is_inline)
        batch.put(inline_key(row.content_id), bytes);
      else
        batch.put(blob_key(row.content_id), object_key(info.bucket, info.key));
      if (old) forget_content(batch, *old);
      ObjectEvent event{options.event,
                        info.modified,
                        info.bucket,
                        info.key,
                        info.size,
                        info.etag,
                        0,
                        options.request_id.empty() ? random_secret_hex(8) : options.request_id,
                        options.source_address};
      TRY(write_with_events(batch, event));
    }
    if (old && !old->is_inline) blobs_->drop(old->content_id);
    return {};
  }

  static Result<void> check_conditions(const ObjectInfo& info, const std::optional<ObjectRow>& old, const PutOptions& options) {
    if (options.if_absent && old) {
      return fail(ErrorKind::already_exists, fmt::format("the object {}/{} exists already", info.bucket, info.key));
    }
    if (!options.if_match) return {};
    if (!old) return no_object(info.bucket, info.key);
    if (old->info.etag != *options.if_match) return changed(info);
    return {};
  }

  static void forget_content(store::Batch& batch, const ObjectRow& row) {
    batch.remove(row.is_inline ? inline_key(row.content_id) : blob_key(row.content_id));
  }

  /// One durable transaction: the batch and an outbox row for every rule that asks for this event. The caller holds the key's
  /// stripe, so that the events of one key are numbered in the order of their commits.
  Result<void> write_with_events(store::Batch& batch, ObjectEvent& event) {
    std::vector<NotificationRule> rules;
    {
      std::shared_lock lock(buckets_mutex_);
      for (const auto& rule : buckets_.at(event.bucket).rules) {
        if (matches(rule, event.name, event.key)) rules.push_back(rule);
      }
    }
    if (rules.empty()) return metadata_->write(batch, store::Durability::power);
    event.sequencer = TRY(sequence_.take_open());
    for (size_t i = 0; i < rules.size(); ++i) {
      outbox_.add(batch, rules[i].queue, event.sequencer, i, message_body(event, rules[i].id));
    }
    auto written = metadata_->write(batch, store::Durability::power);
    sequence_.settle(event.sequencer);
    TRY(std::move(written));
    for (const auto& rule : rules) outbox_.expect(rule.queue);
    if (worker_) worker_->wake();
    return {};
  }

  Result<ObjectRow> current(const ObjectInfo& object) {
    ObjectRow row = TRY(row_of(object.bucket, object.key));
    if (row.info.etag != object.etag) return changed(object);
    return row;
  }

  Result<std::shared_ptr<const Path>> pin_current(const ObjectInfo& object, const ObjectRow& row) {
    auto pin = blobs_->pin(row.content_id);
    if (TRY(current(object)).content_id != row.content_id) return changed(object); // replaced before the pin held it
    return pin;
  }

  const LocalStoreOptions options_;
  FileSystem& files_;
  Clock& clock_;
  std::unique_ptr<store::KeyValue> metadata_;
  Sequence sequence_;
  Outbox outbox_;
  std::shared_ptr<BlobFolder> blobs_; // shared with the handles of open_as_file
  std::array<std::mutex, 256> stripes_;
  std::shared_mutex buckets_mutex_;
  std::map<std::string, Bucket> buckets_;
  uint64_t sweep_limit_ = 0;
  bool swept_ = false;
  std::unique_ptr<Worker> worker_; // last: it stops before what it uses goes
};

LocalStore::LocalStore(std::unique_ptr<Core> core) : core_(std::move(core)) {}
LocalStore::~LocalStore() = default;

Result<std::unique_ptr<LocalStore>> LocalStore::open(LocalStoreOptions options, FileSystem& files, Clock& clock) {
  TRY(files.create_directories(options.folder));
  auto metadata = TRY(store::KeyValue::open(options.folder / "metadata"));
  auto core = std::make_unique<Core>(std::move(options), files, clock, std::move(metadata));
  TRY(core->open());
  return std::unique_ptr<LocalStore>(new LocalStore(std::move(core)));
}

void LocalStore::start() {
  core_->start();
}
std::optional<TimePoint> LocalStore::step() {
  return core_->step();
}
bool LocalStore::idle() const {
  return core_->idle();
}
Path LocalStore::staging_folder() const {
  return core_->staging_folder();
}
Result<void> LocalStore::create_bucket(const std::string& bucket) {
  return core_->create_bucket(bucket);
}
Result<bool> LocalStore::bucket_exists(const std::string& bucket) {
  return core_->bucket_exists(bucket);
}
Result<std::vector<BucketInfo>> LocalStore::buckets() {
  return core_->buckets();
}

Result<ObjectInfo> LocalStore::put(const std::string& bucket, const std::string& key, Content content,
                                   const PutOptions& options) {
  return core_->put(bucket, key, std::move(content), options);
}

Result<ObjectInfo> LocalStore::head(const std::string& bucket, const std::string& key) {
  return TRY(core_->row_of(bucket, key)).info;
}

Result<std::string> LocalStore::read(const ObjectInfo& object, uint64_t offset, uint64_t count) {
  return core_->read(object, offset, count);
}

Result<std::shared_ptr<const Path>> LocalStore::open_as_file(const ObjectInfo& object) {
  return core_->open_as_file(object);
}
Result<void> LocalStore::remove(const std::string& bucket, const std::string& key) {
  return core_->remove(bucket, key);
}
Result<Listing> LocalStore::list(const std::string& bucket, const ListRequest& request) {
  return core_->list(bucket, request);
}

Result<void> LocalStore::set_notifications(const std::string& bucket, std::vector<NotificationRule> rules) {
  return core_->set_notifications(bucket, std::move(rules));
}

Result<std::vector<NotificationRule>> LocalStore::notifications(const std::string& bucket) {
  return core_->notifications(bucket);
}

} // namespace freshet::objects
