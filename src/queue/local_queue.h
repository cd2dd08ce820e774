#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "queue/event_queue.h"

namespace rocksdb {
class DB;
}

namespace freshet::queue {

inline constexpr size_t k_body_bytes_max = 1 << 20;
inline constexpr size_t k_in_flight_max = 120'000;
inline constexpr Duration k_visibility_max = std::chrono::hours(12);

/// One queue of a LocalQueues.
///
/// Order: roughly that of sending; a message that came back goes behind those that wait. Durability: sends and removals are in the
/// synced write-ahead log when they return (concurrent ones share a sync); receive counts are written but not synced, and visibility
/// timeouts are not kept: after a crash every message is visible again.
/// Cost: send, receive, remove and change_visibility are O(log n) a message, never a scan; memory is about 150 bytes a message (bodies
/// stay on disk). Limits: bodies of 1 MiB, 120'000 messages in flight, timeouts from 0 to 12 hours.
/// Errors: invalid_argument (limits), unavailable (too many in flight), out_of_space, io. A receipt handle that a later receive made void,
/// or whose message is gone, is ignored by `remove` and refused as not_found by `change_visibility`.
class LocalQueue final : public EventQueue {
 public:
  LocalQueue(rocksdb::DB& db, Clock& clock, std::string name, uint32_t number);

  const std::string& name() const override { return name_; }
  const std::string& arn() const override { return arn_; }
  Result<void> send(const std::vector<std::string>& bodies) override;
  Result<std::vector<Message>> receive(size_t limit, Duration visibility_timeout) override;
  Result<std::vector<Message>> peek(size_t limit) override;
  Result<void> remove(const std::vector<std::string>& receipt_handles) override;
  Result<void> change_visibility(const std::string& receipt_handle, Duration timeout) override;
  Result<uint64_t> size() override;
  Result<std::optional<TimePoint>> next_visible() override;
  void on_message(std::function<void()> wake) override;

 private:
  friend class LocalQueues;

  /// What is known of a stored message without reading it.
  struct Entry {
    uint64_t receive = 0; // number of its latest receive; 0: none since the start
    bool hidden = false;
    TimePoint visible_at;  // when hidden
    uint64_t place = 0;    // in line, when visible
  };

  Result<void> load();
  void make_visible(TimePoint now);
  void hide(uint64_t sequence, Entry& entry, TimePoint until);
  void unhide(uint64_t sequence, Entry& entry);
  void line_up(uint64_t sequence, Entry& entry);
  std::optional<uint64_t> find_received(const std::string& receipt_handle);
  std::string key_of(uint64_t sequence) const;
  void wake();

  rocksdb::DB& db_;
  Clock& clock_;
  const std::string name_;
  const std::string arn_;
  const uint32_t number_;
  uint64_t next_receive_;
  std::mutex mutex_;
  uint64_t next_sequence_ = 1;
  std::unordered_map<uint64_t, Entry> entries_;
  std::map<uint64_t, uint64_t> visible_;         // place in line → sequence
  std::multimap<TimePoint, uint64_t> hidden_;    // when it comes back → sequence
  uint64_t next_place_ = 1;
  std::mutex wake_mutex_;
  std::function<void()> wake_;
};

/// All queues of one folder, in one RocksDB.
///
/// Life cycle: open, create queues (they stay for good), destroy. One process at a time. Concurrency: all functions may be called from
/// any thread. Opening reads every stored message once: O(messages).
class LocalQueues {
 public:
  static Result<std::unique_ptr<LocalQueues>> open(const Path& directory, Clock& clock);
  ~LocalQueues();

  /// The queue of that name, made when there is none. The pointer lives as long as the LocalQueues. invalid_argument: a name is 1 to 80
  /// letters, digits, hyphens and underscores.
  Result<EventQueue*> create(const std::string& name);
  EventQueue* find_by_arn(const std::string& arn);
  std::vector<std::string> names();

 private:
  LocalQueues(std::unique_ptr<rocksdb::DB> db, Clock& clock);
  Result<void> load();

  std::unique_ptr<rocksdb::DB> db_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LocalQueue>> queues_;
  uint32_t next_number_ = 1;
};

}  // namespace freshet::queue
