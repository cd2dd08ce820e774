#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/result.h"

namespace freshet::warehouse {

class StatementContext;

/// The warnings that statements have given, newest last: FRESHET.WARNING, read by TABLE(FRESHET.WARNINGS()).
///
/// Concurrency: all functions may be called from any thread. Durability: a warning is written by itself, whatever becomes of
/// the transaction it is about. Limits: the oldest go first above 10'000.
class WarningLog {
 public:
  static engine::Result<std::unique_ptr<WarningLog>> open(engine::Database& database, Clock& clock);

  /// `query_id` empty: no statement's. A log that cannot be written is no reason to fail: it is logged.
  void record(const std::string& query_id, std::span<const Warning> warnings);
  /// The same, unless there is one of that code and object from the last `pause`.
  void record_now_and_then(const Warning& warning, Duration pause);

  /// The pipe that loads the table; null when none does. Looked up again only when the catalog has changed.
  ObjectPointer pipe_into(StatementContext& context, ObjectId table);

 private:
  WarningLog(std::unique_ptr<engine::Connection> connection, Clock& clock)
      : connection_(std::move(connection)), clock_(clock) {}
  engine::Result<void> append(const std::string& query_id, std::span<const Warning> warnings);

  std::mutex mutex_;
  std::unique_ptr<engine::Connection> connection_;
  Clock& clock_;
  int64_t next_ = 0;
  uint64_t catalog_version_ = 0;
  std::map<ObjectId, ObjectPointer> pipes_; // by the table they load
};

} // namespace freshet::warehouse
