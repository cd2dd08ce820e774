#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flow/connection.h"
#include "flow/flow.h"
#include "flow/process_context.h"
#include "flow/processor.h"

namespace freshet::flow {

/// A connection with the processors at its ends.
struct Wire {
  Wire(std::string id, std::string name, ConnectionLimits limits) : connection(std::move(id), std::move(name), limits) {}
  Connection connection;
  ProcessorNode* source = nullptr;
  ProcessorNode* destination = nullptr;
};

/// A processor in its place in the flow. Everything but the counters and what the scheduler owns is fixed once the flow is
/// open.
struct ProcessorNode {
  std::string id, name, type, short_type, group_id;
  std::unique_ptr<Processor> processor;
  Properties properties;
  Parameters parameters;
  std::map<std::string, Credentials> credentials; // by the property that names a service
  std::unique_ptr<ProcessContext> context;
  bool pass_through = false; // a port or a funnel

  std::vector<Wire*> incoming;
  std::map<std::string, std::vector<Wire*>, std::less<>> outgoing; // by relationship
  std::set<std::string, std::less<>> auto_terminated;
  std::set<std::string, std::less<>> retried;
  uint32_t retry_count = 0;
  bool retry_yields = false;
  Duration backoff_max{0};

  Duration period{0};
  Duration penalty{std::chrono::seconds(30)};
  Duration yield{std::chrono::seconds(1)};
  size_t concurrency = 1;
  Bulletin::Level bulletin_level = Bulletin::Level::warning;
  bool bulletins_off = false;

  struct Counters {
    std::atomic<uint64_t> flow_files_in = 0, bytes_in = 0, flow_files_out = 0, bytes_out = 0, bytes_read = 0, bytes_written = 0,
                          tasks = 0, bulletins = 0;
  } counters;
  std::atomic<bool> yield_requested = false;
  std::atomic<bool> prepared = false; // on_scheduled succeeded since the last start

  /// Owned by the scheduler, under its mutex.
  struct Schedule {
    ProcessorState state = ProcessorState::stopped;
    size_t active = 0;
    bool queued = false;
    TimePoint next_period; // when the timer fires
    TimePoint yield_until;
    std::optional<TimePoint> wake_time; // asked for by the processor
    std::optional<TimePoint> timer;     // where it stands in the timer queue
  } schedule;
};

} // namespace freshet::flow
