#include "queue/local_queue.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/random.h"
#include "store/rocksdb.h"

namespace freshet::queue {
namespace {

// Keys: "q" + name → number; "m" + number (4 bytes) + sequence (8 bytes) → header + body. Integers are big-endian: keys sort by
// them.
struct StoredHeader {
  int64_t sent_us;
  uint32_t receive_count;
  char id[36];
} __attribute__((packed));

template <typename Integer>
void append_big_endian(std::string& out, Integer value) {
  for (int shift = int(sizeof(Integer)) * 8 - 8; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

template <typename Integer>
Integer read_big_endian(std::string_view bytes) {
  Integer value = 0;
  for (size_t i = 0; i < sizeof(Integer); ++i) value = static_cast<Integer>(value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string stored(const StoredHeader& header, std::string_view body) {
  std::string value(reinterpret_cast<const char*>(&header), sizeof header);
  value += body;
  return value;
}

StoredHeader header_of(std::string_view value) {
  StoredHeader header;
  std::memcpy(&header, value.data(), sizeof header);
  return header;
}

/// The one place that translates RocksDB's errors here.
Result<void> checked(const rocksdb::Status& status, std::string_view action) {
  if (status.ok()) return {};
  ErrorKind kind = ErrorKind::io;
  if (status.IsNoSpace()) kind = ErrorKind::out_of_space;
  if (status.IsCorruption()) kind = ErrorKind::corrupt;
  return fail(kind, fmt::format("the queue store cannot {}: {}", action, status.ToString()));
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

Result<void> check_timeout(Duration timeout) {
  if (timeout >= Duration::zero() && timeout <= k_visibility_max) return {};
  return fail(ErrorKind::invalid_argument, "a visibility timeout must be from 0 seconds to 12 hours");
}

} // namespace

LocalQueue::LocalQueue(rocksdb::DB& db, Clock& clock, std::string name, uint32_t number)
    : db_(db),
      clock_(clock),
      name_(std::move(name)),
      arn_("arn:aws:sqs:us-east-1:000000000000:" + name_),
      number_(number),
      // A different range after each start: a handle from before it names nothing.
      next_receive_((std::stoull(random_secret_hex(4), nullptr, 16) << 32) + 1) {}

std::string LocalQueue::key_of(uint64_t sequence) const {
  std::string key = "m";
  append_big_endian(key, number_);
  append_big_endian(key, sequence);
  return key;
}

Result<void> LocalQueue::load() {
  const std::string first = key_of(0);
  const std::string prefix = first.substr(0, 1 + sizeof number_);
  const std::unique_ptr<rocksdb::Iterator> iterator(db_.NewIterator({}));
  for (iterator->Seek(first); iterator->Valid() && iterator->key().starts_with(prefix); iterator->Next()) {
    const auto sequence = read_big_endian<uint64_t>(iterator->key().ToStringView().substr(prefix.size()));
    line_up(sequence, entries_[sequence]);
    next_sequence_ = sequence + 1;
  }
  return checked(iterator->status(), "be read");
}

Result<void> LocalQueue::send(const std::vector<std::string>& bodies) {
  if (bodies.empty()) return {};
  for (const auto& body : bodies) {
    if (body.size() > k_body_bytes_max) {
      return fail(ErrorKind::invalid_argument,
                  fmt::format("a message of {} bytes is too large; the limit is {}", body.size(), k_body_bytes_max));
    }
  }
  const TimePoint now = clock_.now();
  uint64_t first;
  {
    std::lock_guard guard(mutex_);
    first = next_sequence_;
    next_sequence_ += bodies.size();
  }
  rocksdb::WriteBatch batch;
  for (size_t i = 0; i < bodies.size(); ++i) {
    StoredHeader header{now.time_since_epoch().count(), 0, {}};
    std::memcpy(header.id, random_uuid().data(), sizeof header.id);
    batch.Put(key_of(first + i), stored(header, bodies[i]));
  }
  // Not under the mutex: concurrent sends then share one sync.
  TRY(checked(store::write(db_, synced(), batch), "store a message"));
  {
    std::lock_guard guard(mutex_);
    for (size_t i = 0; i < bodies.size(); ++i) line_up(first + i, entries_[first + i]);
  }
  wake();
  return {};
}

Result<std::vector<Message>> LocalQueue::receive(size_t limit, Duration visibility_timeout) {
  TRY(check_timeout(visibility_timeout));
  const TimePoint now = clock_.now();
  std::lock_guard guard(mutex_);
  make_visible(now);
  if (hidden_.size() >= k_in_flight_max) {
    return fail(ErrorKind::unavailable,
                fmt::format("{} messages of queue {} are in flight; remove some first", hidden_.size(), name_));
  }
  std::vector<Message> messages;
  std::vector<uint64_t> received;
  rocksdb::WriteBatch counts;
  for (auto next = visible_.begin();
       next != visible_.end() && messages.size() < limit && hidden_.size() + messages.size() < k_in_flight_max; ++next) {
    const uint64_t sequence = next->second;
    std::string value;
    TRY(checked(db_.Get({}, key_of(sequence), &value), "read a message"));
    StoredHeader header = header_of(value);
    const std::string_view body = std::string_view(value).substr(sizeof header);
    header.receive_count += 1;
    counts.Put(key_of(sequence), stored(header, body));
    received.push_back(sequence);
    messages.push_back({std::string(header.id, sizeof header.id), std::string(body),
                        fmt::format("{}-{}", sequence, next_receive_ + messages.size()), header.receive_count,
                        TimePoint(Duration(header.sent_us))});
  }
  // Hidden only then: a message that nobody got would be away for the whole visibility timeout.
  if (!messages.empty()) TRY(checked(store::write(db_, {}, counts), "count a receive"));
  for (const uint64_t sequence : received) {
    Entry& entry = entries_.at(sequence);
    visible_.erase(entry.place);
    entry.receive = next_receive_++;
    hide(sequence, entry, now + visibility_timeout);
  }
  return messages;
}

Result<std::vector<Message>> LocalQueue::peek(size_t limit) {
  std::lock_guard guard(mutex_);
  std::vector<Message> messages;
  for (auto next = visible_.begin(); next != visible_.end() && messages.size() < limit; ++next) {
    std::string value;
    TRY(checked(db_.Get({}, key_of(next->second), &value), "read a message"));
    const StoredHeader header = header_of(value);
    messages.push_back({std::string(header.id, sizeof header.id),
                        value.substr(sizeof header),
                        {},
                        header.receive_count,
                        TimePoint(Duration(header.sent_us))});
  }
  return messages;
}

Result<void> LocalQueue::remove(const std::vector<std::string>& receipt_handles) {
  std::lock_guard guard(mutex_);
  rocksdb::WriteBatch batch;
  std::vector<uint64_t> removed;
  for (const auto& handle : receipt_handles) {
    const auto sequence = find_received(handle);
    if (!sequence) continue;
    batch.Delete(key_of(*sequence));
    removed.push_back(*sequence);
  }
  if (removed.empty()) return {};
  TRY(checked(store::write(db_, synced(), batch), "remove a message"));
  for (const uint64_t sequence : removed) {
    const auto entry = entries_.find(sequence);
    if (entry == entries_.end()) continue; // the same handle twice
    if (entry->second.hidden) {
      unhide(sequence, entry->second);
    } else {
      visible_.erase(entry->second.place);
    }
    entries_.erase(entry);
  }
  return {};
}

Result<void> LocalQueue::change_visibility(const std::string& receipt_handle, Duration timeout) {
  TRY(check_timeout(timeout));
  {
    std::lock_guard guard(mutex_);
    const TimePoint now = clock_.now();
    make_visible(now);
    const auto sequence = find_received(receipt_handle);
    if (!sequence || !entries_.at(*sequence).hidden) {
      return fail(ErrorKind::not_found,
                  "that receipt handle names no message in flight; it was received again, removed or came back");
    }
    Entry& entry = entries_.at(*sequence);
    unhide(*sequence, entry);
    hide(*sequence, entry, now + timeout);
    make_visible(now);
  }
  wake();
  return {};
}

Result<uint64_t> LocalQueue::size() {
  std::lock_guard guard(mutex_);
  return entries_.size();
}

Result<std::optional<TimePoint>> LocalQueue::next_visible() {
  std::lock_guard guard(mutex_);
  if (hidden_.empty()) return std::nullopt;
  return hidden_.begin()->first;
}

void LocalQueue::on_message(std::function<void()> wake) {
  std::lock_guard guard(wake_mutex_);
  wake_ = std::move(wake);
}

void LocalQueue::wake() {
  std::lock_guard guard(wake_mutex_);
  if (wake_) wake_();
}

void LocalQueue::make_visible(TimePoint now) {
  while (!hidden_.empty() && hidden_.begin()->first <= now) {
    const uint64_t sequence = hidden_.begin()->second;
    hidden_.erase(hidden_.begin());
    line_up(sequence, entries_.at(sequence));
  }
}

void LocalQueue::hide(uint64_t sequence, Entry& entry, TimePoint until) {
  entry.hidden = true;
  entry.visible_at = until;
  hidden_.emplace(until, sequence);
}

void LocalQueue::unhide(uint64_t sequence, Entry& entry) {
  const auto [begin, end] = hidden_.equal_range(entry.visible_at);
  const auto place = std::find_if(begin, end, [sequence](const auto& candidate) { return candidate.second == sequence; });
  if (place != end) hidden_.erase(place);
  entry.hidden = false;
}

void LocalQueue::line_up(uint64_t sequence, Entry& entry) {
  entry.hidden = false;
  entry.place = next_place_++;
  visible_.emplace(entry.place, sequence);
}

std::optional<uint64_t> LocalQueue::find_received(const std::string& receipt_handle) {
  uint64_t sequence = 0;
  uint64_t receive = 0;
  const char* end = receipt_handle.data() + receipt_handle.size();
  const auto first = std::from_chars(receipt_handle.data(), end, sequence);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, receive);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  const auto entry = entries_.find(sequence);
  if (entry == entries_.end() || receive == 0 || entry->second.receive != receive) return std::nullopt;
  return sequence;
}

LocalQueues::LocalQueues(std::unique_ptr<rocksdb::DB> db, Clock& clock) : db_(std::move(db)), clock_(clock) {}
LocalQueues::~LocalQueues() = default;

Result<std::unique_ptr<LocalQueues>> LocalQueues::open(const Path& directory, Clock& clock) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 4 << 20;
  options.max_open_files = 64;
  options.info_log = store::rocksdb_log();
  std::error_code code;
  std::filesystem::create_directories(directory, code); // what is wrong with it, opening says
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::Open(options, directory.string(), &opened);
  if (!status.ok()) {
    return fail(status.IsCorruption() ? ErrorKind::corrupt : ErrorKind::io,
                fmt::format("cannot open the queues in {}: {} (is another Freshet using this folder?)", directory.string(),
                            status.ToString()));
  }
  std::unique_ptr<LocalQueues> queues(new LocalQueues(std::unique_ptr<rocksdb::DB>(opened), clock));
  TRY(queues->load());
  return queues;
}

Result<void> LocalQueues::load() {
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}));
  for (iterator->Seek("q"); iterator->Valid() && iterator->key().starts_with("q"); iterator->Next()) {
    std::string name = iterator->key().ToString().substr(1);
    const auto number = read_big_endian<uint32_t>(iterator->value().ToStringView());
    auto queue = std::make_unique<LocalQueue>(*db_, clock_, name, number);
    TRY(queue->load());
    queues_.emplace(std::move(name), std::move(queue));
    next_number_ = std::max(next_number_, number + 1);
  }
  return checked(iterator->status(), "be read");
}

Result<EventQueue*> LocalQueues::create(const std::string& name) {
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; };
  if (name.empty() || name.size() > 80 || !std::all_of(name.begin(), name.end(), allowed)) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("'{}' is no queue name; it takes 1 to 80 letters, digits, hyphens and underscores", name));
  }
  std::lock_guard guard(mutex_);
  if (const auto found = queues_.find(name); found != queues_.end()) return found->second.get();
  std::string number;
  append_big_endian(number, next_number_);
  TRY(checked(db_->Put(synced(), "q" + name, number), "create a queue"));
  auto queue = std::make_unique<LocalQueue>(*db_, clock_, name, next_number_++);
  return queues_.emplace(name, std::move(queue)).first->second.get();
}

EventQueue* LocalQueues::find_by_arn(const std::string& arn) {
  std::lock_guard guard(mutex_);
  for (const auto& [name, queue] : queues_) {
    if (queue->arn() == arn) return queue.get();
  }
  return nullptr;
}

std::vector<std::string> LocalQueues::names() {
  std::lock_guard guard(mutex_);
  std::vector<std::string> all;
  for (const auto& [name, queue] : queues_) all.push_back(name);
  return all;
}

} // namespace freshet::queue
