#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/worker.h"
#include "observe/latency.h"
#include "warehouse/warehouse.h"

namespace freshet::app {

/// Measures how long a file takes from its appearance in the folder to its rows' presence in CUSTOMER_HISTORY.
///
/// A file counts as fresh at the end of the first look after a commit that finds, in one snapshot, that the file is in the load history and neither
/// stream of the example has anything left. That is later than the file's own rows arrived, the more so under a steady load: the
/// figure is an upper bound. Concurrency: `arrived` may be called from any thread.
class FreshnessMeter {
 public:
  FreshnessMeter(warehouse::Warehouse& warehouse, Clock& clock, warehouse::SessionContext context);
  ~FreshnessMeter();

  /// `file_name` as the load history will have it at its end: the part after the last '/'.
  void arrived(const std::string& file_name, TimePoint when);
  const observe::LatencyWindow& latencies() const { return latencies_; }

 private:
  std::optional<TimePoint> look();
  sql::SqlResult<void> settle(const std::map<std::string, TimePoint>& waiting);

  warehouse::Warehouse& warehouse_;
  Clock& clock_;
  std::unique_ptr<warehouse::Session> session_;
  observe::LatencyWindow latencies_;
  std::mutex mutex_;
  std::map<std::string, TimePoint> waiting_;
  std::unique_ptr<Worker> worker_;
  int listener_ = 0;
};

}  // namespace freshet::app
