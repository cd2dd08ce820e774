#include "warehouse/notifications/notifier.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/log.h"
#include "warehouse/notifications/notification_functions.h"

namespace freshet::warehouse {
namespace {

constexpr const char* k_table =
    "CREATE TABLE IF NOT EXISTS FRESHET.NOTIFICATION (id BIGINT, created TIMESTAMPTZ, processed TIMESTAMPTZ, source VARCHAR, "
    "integration VARCHAR, message VARCHAR, status VARCHAR, error VARCHAR)";
constexpr auto k_history_kept = std::chrono::days{14};

} // namespace

Result<std::unique_ptr<Notifier>> Notifier::start(Warehouse& warehouse, NotifierOptions options) {
  std::unique_ptr<Notifier> notifier(new Notifier(warehouse, std::move(options)));
  TRY(notifier->open());
  add_notification_functions(warehouse.functions());
  warehouse.attach(notifier.get());
  if (notifier->options_.runs_by_itself) {
    notifier->worker_ = std::make_unique<Worker>("notifier", warehouse.clock(), [raw = notifier.get()] { return raw->step(); });
  }
  return notifier;
}

Notifier::~Notifier() {
  warehouse_.attach<Notifier>(nullptr);
  if (worker_) worker_->stop();
}

Result<void> Notifier::open() {
  connection_ = TRY(warehouse_.database().connect());
  TRY(connection_->execute("CREATE SCHEMA IF NOT EXISTS FRESHET"));
  TRY(connection_->execute(k_table));
  const auto oldest = warehouse_.clock().now() - k_history_kept;
  TRY(connection_->execute(fmt::format("DELETE FROM FRESHET.NOTIFICATION WHERE processed < make_timestamptz({})",
                                       oldest.time_since_epoch().count())));
  const auto last = TRY(connection_->query("SELECT coalesce(max(id), 0) FROM FRESHET.NOTIFICATION"));
  next_id_ = last.integer(0, 0) + 1;
  const auto rows =
      TRY(connection_->query("SELECT id, integration, message FROM FRESHET.NOTIFICATION WHERE status = 'QUEUED' ORDER BY id"));
  for (size_t row = 0; row < rows.size(); ++row) {
    waiting_.push_back({rows.integer(row, 0), std::string(rows.string(row, 1)), std::string(rows.string(row, 2)), 0,
                        warehouse_.clock().now()});
  }
  return {};
}

void Notifier::send(const std::string& integration, const std::string& source, std::string message) {
  {
    std::lock_guard lock(mutex_);
    const bool full = waiting_.size() >= k_waiting_max;
    const auto id = record(integration, source, message, full);
    if (!id) {
      log::error("notify", "a message for {} is lost: {}", integration, id.error().message);
      return;
    }
    if (full) {
      log::error("notify", "a message for {} is given up: {} others wait", integration, k_waiting_max);
      return;
    }
    waiting_.push_back({*id, integration, std::move(message), 0, warehouse_.clock().now()});
  }
  if (worker_) worker_->wake();
}

engine::Result<int64_t> Notifier::record(const std::string& integration, const std::string& source, const std::string& message,
                                         bool full) {
  const int64_t id = next_id_++;
  const engine::TimestampTz now{warehouse_.clock().now().time_since_epoch().count()};
  const engine::Value none = std::monostate();
  const engine::Value values[] = {id,
                                  now,
                                  full ? engine::Value(now) : none,
                                  source,
                                  integration,
                                  message,
                                  std::string(full ? "FAILED" : "QUEUED"),
                                  full ? engine::Value(std::string("too many messages wait")) : none};
  TRY(connection_->execute("INSERT INTO FRESHET.NOTIFICATION VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values));
  return id;
}

std::optional<Notifier::Waiting> Notifier::next_due() {
  std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(waiting_, [now = warehouse_.clock().now()](const auto& each) { return each.due <= now; });
  if (found == waiting_.end()) return std::nullopt;
  auto waiting = std::move(*found);
  waiting_.erase(found);
  return waiting;
}

size_t Notifier::deliver() {
  size_t ended = 0;
  while (auto waiting = next_due()) {
    const auto sent = attempt(*waiting);
    ++waiting->attempts;
    const bool again = !sent && sent.error().kind != ErrorKind::invalid_argument && waiting->attempts < options_.attempts_max;
    if (again) {
      auto delay = options_.retry_first;
      for (int i = 1; i < waiting->attempts; ++i) delay *= 10;
      waiting->due = warehouse_.clock().now() + delay;
      std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(*waiting));
      continue;
    }
    ++ended;
    if (!sent) log::warn("notify", "{} did not take a message: {}", waiting->integration, sent.error().message);
    finish(*waiting, sent ? "SUCCESS" : "FAILED", sent ? "" : sent.error().message);
  }
  return ended;
}

std::optional<TimePoint> Notifier::step() {
  deliver();
  std::lock_guard lock(mutex_);
  const auto first = std::ranges::min_element(waiting_, {}, &Waiting::due);
  return first == waiting_.end() ? std::nullopt : std::optional(first->due);
}

Result<void> Notifier::attempt(const Waiting& waiting) {
  const auto object = warehouse_.catalog().find(ObjectKind::integration, k_account, waiting.integration);
  if (!object) return fail(ErrorKind::invalid_argument, "the integration does not exist");
  const auto call = TRY(webhook_call(*object->as<Integration>(), waiting.message));
  if (!may_call(call.url, options_.allowed_urls)) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("{} may not be called; name it under 'webhooks' in the configuration", call.url));
  }
  const auto status = TRY(options_.post(call));
  if (status >= 200 && status < 300) return {};
  return fail(ErrorKind::unavailable, fmt::format("{} answered {}", call.url, status));
}

void Notifier::finish(const Waiting& waiting, const std::string& status, const std::string& error) {
  std::lock_guard lock(mutex_);
  const engine::Value values[] = {engine::TimestampTz{warehouse_.clock().now().time_since_epoch().count()}, status,
                                  error.empty() ? engine::Value(std::monostate()) : engine::Value(error), waiting.id};
  const auto done =
      connection_->execute("UPDATE FRESHET.NOTIFICATION SET processed = ?, status = ?, error = ? WHERE id = ?", values);
  if (!done)
    log::error("notify", "the outcome of a message for {} is not recorded: {}", waiting.integration, done.error().message);
}

} // namespace freshet::warehouse
