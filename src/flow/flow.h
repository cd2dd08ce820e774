#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "objects/object_store.h"

namespace freshet::flow {

/// An AWS key pair. Both empty: the definition names none (NiFi leaves sensitive values out when it exports a flow), so the
/// credentials of the embedded store apply.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  bool operator==(const Credentials&) const = default;
};

/// One processor's commit, for live views: `count` FlowFiles of `bytes` content went to `relationship`. Called after the commit
/// is durable, from the flow's own threads; must be quick and must not call back into the Flow.
struct FlowEvent {
  std::string component_id;
  std::string component_name;
  std::string type; // "ListFile", "FetchFile", "PutS3Object", …
  std::string relationship;
  uint64_t count = 0;
  uint64_t bytes = 0;
};

struct FlowOptions {
  Path data_directory; // holds flow.db (RocksDB) and content/
  Clock* clock = nullptr;
  FileSystem* files = nullptr;

  std::shared_ptr<objects::ObjectStore> store;  // where PutS3Object puts unless it names another endpoint
  std::string store_endpoint;                   // the embedded S3 service's URL: naming it means `store`, too
  std::optional<Credentials> store_credentials; // when set, key pairs in the definition must equal it to reach `store`
  /// Builds the store of another S3 endpoint; called once per (endpoint, region, credentials) that the definition names.
  std::function<Result<std::shared_ptr<objects::ObjectStore>>(const std::string& endpoint, const std::string& region,
                                                              const Credentials& credentials)>
      remote_store;

  std::map<std::string, std::string> parameters; // replace or add to the parameter contexts' values, by parameter name
  std::map<std::string, std::string> variables;  // what ${NAME} finds when a FlowFile has no such attribute (environment)

  size_t threads = 2;                // at work at once; 0: nothing runs but what `step` runs (tests)
  bool watch_folders = true;         // inotify wake-ups for ListFile and GetFile
  size_t provenance_limit = 100'000; // events kept
  std::function<void(const FlowEvent&)> observer;
};

struct Bulletin {
  enum class Level { info, warning, error };
  TimePoint time;
  Level level = Level::info;
  std::string component_id;
  std::string component_name;
  std::string message;
};

enum class ProcessorState { stopped, running, disabled };

struct ProcessorStatus {
  std::string id;
  std::string name;
  std::string type; // short class name
  std::string group_id;
  ProcessorState state = ProcessorState::stopped;
  uint64_t flow_files_in = 0, bytes_in = 0;   // taken from queues
  uint64_t flow_files_out = 0, bytes_out = 0; // transferred to relationships
  uint64_t bytes_read = 0, bytes_written = 0; // content
  uint64_t tasks = 0;                         // triggers so far
  size_t active_threads = 0;
  size_t bulletins = 0; // warnings and errors so far
};

struct ConnectionStatus {
  std::string id;
  std::string name;
  std::string source_id, destination_id;
  uint64_t queued_count = 0, queued_bytes = 0; // FlowFiles in work at the destination included
  bool full = false;                           // back pressure holds the source
};

struct FlowStatus {
  std::string name; // of the root group
  std::vector<ProcessorStatus> processors;
  std::vector<ConnectionStatus> connections;
  uint64_t queued_count = 0, queued_bytes = 0;
  size_t active_threads = 0;
};

enum class ProvenanceType { create, receive, fetch, send, clone, route, drop, expire, attributes_modified, content_modified };
std::string_view name_of(ProvenanceType type); // "CREATE", …

struct ProvenanceEvent {
  uint64_t id = 0; // rises with time
  ProvenanceType type = ProvenanceType::create;
  TimePoint time;
  std::string flow_file_uuid;
  std::string filename;
  std::string component_id;
  std::string component_type;
  std::string transit_uri;  // RECEIVE, FETCH, SEND
  std::string relationship; // ROUTE
  std::string details;
  uint64_t size = 0; // bytes of content
};

struct ProvenanceQuery {
  std::optional<std::string> flow_file_uuid = {};
  std::optional<std::string> component_id = {};
  std::optional<ProvenanceType> type = {};
  size_t limit = 100; // newest first
};

/// A NiFi flow: read from its definition, run on this machine.
///
/// Life cycle: `open` reads and validates the definition (all faults at once, in one message), opens the repositories, sweeps
/// what a crash left over and fills the queues with what was in them. Nothing runs before `start` or `start_all`. `stop` lets
/// running triggers finish; queued FlowFiles stay queued, durably. The destructor stops. Durability: a processor's commit is
/// one synced RocksDB write of provenance, FlowFile records, queue membership and component state, made after its content is
/// synced; a crash repeats a trigger at most and loses nothing that was committed. Concurrency: all functions may be called
/// from any thread. Limits: back pressure per connection bounds the queues; `provenance_limit` events; 1,000 bulletins. Costs:
/// an enqueue or dequeue is O(1), a wake-up O(log processors), whatever the queues' lengths; `status` is O(components);
/// `provenance` reads newest first until its limit, at most the kept events.
class Flow {
 public:
  /// `definition_json` is NiFi's "Download flow definition" or the content of a flow.json, plain or gzipped.
  static Result<std::unique_ptr<Flow>> open(FlowOptions options, std::string_view definition_json);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// Starts every processor that is not disabled. A processor that cannot start (an unreadable folder, say) tells so in a
  /// bulletin and keeps trying.
  void start_all();
  Result<void> start(const std::string& processor_id);
  Result<void> stop(const std::string& processor_id); // returns when its running triggers have ended
  void stop();

  /// True when no FlowFile is queued or in work and no processor has more to list than it has listed.
  bool idle() const;
  FlowStatus status() const;
  std::vector<Bulletin> bulletins(size_t limit = 100) const; // newest first
  std::vector<ProvenanceEvent> provenance(const ProvenanceQuery& query) const;
  /// A processor's state as NiFi shows it ("View state").
  std::map<std::string, std::string> component_state(const std::string& processor_id) const;

  /// With `threads` 0: runs everything that is due now, and what that makes due, in the calling thread. Returns when to call
  /// again.
  std::optional<TimePoint> step();

 private:
  struct State;
  explicit Flow(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace freshet::flow
