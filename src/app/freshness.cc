#include "app/freshness.h"

#include "base/log.h"

namespace freshet::app {

FreshnessMeter::FreshnessMeter(warehouse::Warehouse& warehouse, Clock& clock, warehouse::SessionContext context)
    : warehouse_(warehouse), clock_(clock) {
  auto session = warehouse.create_session(std::move(context));
  if (!session) throw std::runtime_error(session.error().message);
  session_ = std::move(*session);
  worker_ = std::make_unique<Worker>("freshness", clock, [this] { return look(); });
  listener_ = warehouse.on_commit([this](std::span<const warehouse::ObjectId>) {
    {
      std::lock_guard guard(mutex_);
      if (waiting_.empty()) return;
    }
    worker_->wake();
  });
}

FreshnessMeter::~FreshnessMeter() {
  warehouse_.remove_listener(listener_);
  worker_->stop();
}

void FreshnessMeter::arrived(const std::string& file_name, TimePoint when) {
  std::lock_guard guard(mutex_);
  waiting_.emplace(file_name, when);
}

std::optional<TimePoint> FreshnessMeter::look() {
  std::map<std::string, TimePoint> waiting;
  {
    std::lock_guard guard(mutex_);
    waiting = waiting_;
  }
  if (waiting.empty()) return std::nullopt;
  if (auto settled = settle(waiting); !settled) log::warn("freshness", "{}", settled.error().message);
  return std::nullopt;
}

sql::SqlResult<void> FreshnessMeter::settle(const std::map<std::string, TimePoint>& waiting) {
  // One statement is one snapshot: what it says of streams and load history holds for the same moment.
  const auto result = TRY(session_->execute(R"sql(
      SELECT SPLIT_PART(FILE_NAME, '/', -1)
      FROM TABLE(INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => 'CUSTOMER_RAW', START_TIME => DATEADD(hour, -1, CURRENT_TIMESTAMP())))
      WHERE NOT EXISTS (SELECT 1 FROM customer_raw_changes) AND NOT EXISTS (SELECT 1 FROM customer_changes))sql"));
  const TimePoint seen = clock_.now();
  for (size_t row = 0; row < result.row_count(); ++row) {
    const auto file = waiting.find(result.rows->text(row, 0));
    if (file == waiting.end()) continue;
    latencies_.record(seen - file->second);
    std::lock_guard guard(mutex_);
    waiting_.erase(file->first);
  }
  return {};
}

}  // namespace freshet::app
