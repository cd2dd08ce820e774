#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "app/configuration.h"
#include "app/credentials.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"

namespace freshet::flow {
class Flow;
}
namespace freshet::objects {
class ObjectStore;
}
namespace freshet::warehouse {
class Warehouse;
}

namespace freshet::app {

/// Every part of Freshet, put together over one data folder: object store, queues, warehouse with its pipes and tasks, flow, and the
/// two ports that speak Snowflake's protocol and S3.
///
/// Life cycle: `start` opens what is there and begins to work; `stop` (or the destructor) first closes the doors, then lets
/// what runs come to its end, then closes the stores: nothing is lost. One process at a time may use a data folder; a second one is told
/// so. Concurrency: all functions may be called from any thread.
class Services {
 public:
  static Result<std::unique_ptr<Services>> start(Configuration configuration, Clock& clock, FileSystem& files);
  ~Services();
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  void stop();

  warehouse::Warehouse& warehouse();
  objects::ObjectStore& store();
  flow::Flow* flow(); // null when the configuration names no definition
  const Configuration& configuration() const;
  const Credentials& credentials() const;
  std::string address() const;    // "127.0.0.1:8472"
  std::string s3_address() const; // "127.0.0.1:8473"

  /// FlowFiles that went through the flow's processors since the start.
  struct FlowCounts {
    std::atomic<uint64_t> listed = 0;
    std::atomic<uint64_t> fetched = 0;
    std::atomic<uint64_t> put = 0;
    std::atomic<uint64_t> failed = 0;
  };
  const FlowCounts& flow_counts() const;

  /// True when nothing is on its way: no FlowFile queued, no event in a queue, no pipe or task at work, no stream waiting for one.
  Result<bool> idle();
  /// The same behind the bucket: no event, no pipe or task at work.
  Result<bool> warehouse_idle();

 private:
  struct State;
  explicit Services(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace freshet::app
