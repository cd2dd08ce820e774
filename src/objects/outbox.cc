#include "objects/outbox.h"

#include <algorithm>

#include "base/log.h"
#include "objects/object_row.h"

namespace freshet::objects {
namespace {

constexpr size_t k_round_messages = 200;
constexpr size_t k_round_bytes = 1 << 20;
constexpr Duration k_pause_max = std::chrono::seconds(30);

} // namespace

Outbox::Outbox(store::KeyValue& store, Sequence& sequence, Clock& clock, Deliver deliver)
    : store_(store), sequence_(sequence), clock_(clock), deliver_(std::move(deliver)) {}

Result<void> Outbox::open() {
  auto cursor = store_.cursor("y");
  for (cursor.seek("x"); cursor.valid();) {
    const std::string arn(cursor.key().substr(1, cursor.key().find('\0') - 1));
    queues_[arn];
    cursor.seek(store::end_of_prefix(event_prefix(arn)));
  }
  return cursor.check();
}

void Outbox::add(store::Batch& batch, const std::string& queue_arn, uint64_t number, uint64_t position, std::string body) {
  batch.put(event_prefix(queue_arn) + store::big_endian(number) + store::big_endian(position), std::move(body));
}

void Outbox::expect(const std::string& queue_arn) {
  std::lock_guard guard(mutex_);
  queues_[queue_arn].expecting = true;
}

std::optional<TimePoint> Outbox::step() {
  std::vector<std::pair<std::string, Queue>> due;
  const TimePoint now = clock_.now();
  {
    std::lock_guard guard(mutex_);
    for (auto& [arn, queue] : queues_) {
      if (!queue.expecting || queue.retry_at > now) continue;
      queue.expecting = false;
      due.emplace_back(arn, queue);
    }
    delivering_ = !due.empty();
  }
  for (auto& [arn, queue] : due) {
    auto more = deliver_some(arn, queue);
    while (more && *more) more = deliver_some(arn, queue);
    if (more) {
      queue.pause = Duration{0};
    } else {
      queue.pause = std::clamp<Duration>(queue.pause * 2, std::chrono::seconds(1), k_pause_max);
      queue.retry_at = now + queue.pause;
      log::warn("objects", "notifications wait for the queue {}: {}", arn, more.error().message);
    }
    std::lock_guard guard(mutex_);
    Queue& kept = queues_[arn];
    queue.expecting = kept.expecting || !more;
    kept = queue;
  }
  std::optional<TimePoint> next;
  std::lock_guard guard(mutex_);
  delivering_ = false;
  for (const auto& [arn, queue] : queues_) {
    if (queue.expecting && (!next || queue.retry_at < *next)) next = queue.retry_at;
  }
  return next;
}

bool Outbox::idle() const {
  std::lock_guard guard(mutex_);
  return !delivering_ && std::ranges::none_of(queues_, [](const auto& entry) { return entry.second.expecting; });
}

Result<bool> Outbox::deliver_some(const std::string& queue_arn, Queue& queue) {
  const uint64_t settled = sequence_.settled_below();
  const std::string prefix = event_prefix(queue_arn);
  auto cursor = store_.cursor(prefix + store::big_endian(settled));
  std::vector<std::string> bodies;
  store::Batch delivered;
  size_t bytes = 0;
  uint64_t last = 0;
  for (cursor.seek(prefix + store::big_endian(queue.from)); cursor.valid(); cursor.next()) {
    if (bodies.size() == k_round_messages || bytes > k_round_bytes) break;
    last = store::from_big_endian(cursor.key().substr(prefix.size()));
    bodies.emplace_back(cursor.value());
    bytes += bodies.back().size();
    delivered.remove(std::string(cursor.key()));
  }
  TRY(cursor.check());
  if (bodies.empty()) {
    queue.from = settled;
    return false;
  }
  auto handed = deliver_ ? deliver_(queue_arn, bodies) : fail(ErrorKind::not_found, "nobody takes notifications");
  if (!handed && handed.error().kind != ErrorKind::not_found) return std::unexpected(std::move(handed).error());
  if (!handed) log::warn("objects", "{} notifications are dropped, their queue {} does not exist", bodies.size(), queue_arn);
  // Not synced: after a power loss they may be delivered once more.
  TRY(store_.write(delivered, store::Durability::process));
  queue.from = last;
  return true;
}

} // namespace freshet::objects
