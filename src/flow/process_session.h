#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file_system.h"
#include "flow/content_repository.h"
#include "flow/flow.h"
#include "flow/flow_file.h"
#include "flow/flow_repository.h"

namespace freshet::flow {

struct ProcessorNode;
struct Wire;

/// One processor's unit of work: the FlowFiles it took and made, and everything it did to them. All of it happens at `commit`,
/// or none.
///
/// Life cycle: one per trigger; after a commit or rollback it is empty and may be used again. A session that ends uncommitted
/// rolls back. A FlowFile& stays valid until the next commit or rollback, and before commit each must be transferred or
/// removed. Concurrency: one thread. Durability: contents are synced, then one batch with records, state and provenance is
/// written and synced; only then do FlowFiles enter queues. Small contents of a session share a file, so a batch of them costs
/// three syncs.
class ProcessSession {
 public:
  struct World {
    const FlowOptions* options = nullptr;
    FlowRepository* repository = nullptr;
    ContentRepository* contents = nullptr;
    std::function<void(ProcessorNode&)> wake;
  };
  static constexpr uint64_t k_shared_content_max = 256 << 10; // bytes; larger contents get a file of their own
  static constexpr uint64_t k_shared_file_max = 8 << 20;

  ProcessSession(ProcessorNode& node, const World& world);
  ~ProcessSession();
  ProcessSession(const ProcessSession&) = delete;
  ProcessSession& operator=(const ProcessSession&) = delete;

  FlowFile* get();
  /// Up to `count_max` FlowFiles, in order; no further one once their contents have `bytes_max`.
  std::vector<FlowFile*> get(size_t count_max, uint64_t bytes_max = 16 << 20);
  FlowFile& create();
  FlowFile& create_child(const FlowFile& parent); // the parent's attributes, no content
  FlowFile& clone(const FlowFile& original);      // attributes and content

  Result<std::string> read(const FlowFile& flow_file);
  Result<std::string> read(const FlowFile& flow_file, uint64_t offset, uint64_t count);
  Result<void> write(FlowFile& flow_file, std::string_view content);
  Result<void> import_content(FlowFile& flow_file, const ReadableFile& source);

  void put_attribute(FlowFile& flow_file, std::string_view name, std::string value); // not "uuid"
  void remove_attribute(FlowFile& flow_file, std::string_view name);
  void penalize(FlowFile& flow_file);
  void transfer(FlowFile& flow_file, std::string_view relationship);
  void remove(FlowFile& flow_file);

  void report(ProvenanceType type, const FlowFile& flow_file, std::string transit_uri = {}, std::string details = {});
  void report_route(const FlowFile& flow_file, std::string relationship);

  void set_state(const std::map<std::string, std::string>& state);
  void put_entry(std::string_view key, std::string_view value);
  void erase_entry(std::string_view key);

  Result<void> commit();
  /// What was taken goes back in front of its queue (penalized: to wait aside first), what was made is gone.
  void rollback(bool penalize = false);

  /// True when anything was taken, made or committed so far; a trigger that did nothing may wait a little.
  bool worked() const { return worked_; }

 private:
  struct Record {
    FlowFilePointer original; // none when made here
    Wire* origin = nullptr;
    FlowFile current;
    std::string relationship;
    bool transferred = false;
    bool removed = false;
    bool attributes_modified = false;
    bool content_modified = false;
  };
  struct Destinations;

  Record& record_of(const FlowFile& flow_file);
  Record& make();
  Result<ClaimWriter*> writer_for(uint64_t size);
  Result<void> sync_contents();
  void settle(Record& record, FlowRepository::Batch& batch, Destinations& destinations);
  bool settle_retry(Record& record, FlowRepository::Batch& batch, Destinations& destinations);
  void acknowledge();
  void clear();
  TimePoint now() const { return world_.options->clock->now(); }

  ProcessorNode& node_;
  const World& world_;
  std::deque<Record> records_;
  std::unordered_map<uint64_t, Record*> by_id_;
  std::vector<std::pair<Wire*, FlowFilePointer>> expired_;
  std::vector<ProvenanceEvent> events_;
  FlowRepository::Batch batch_;
  std::vector<std::unique_ptr<ClaimWriter>> writers_;
  ClaimWriter* shared_writer_ = nullptr;
  size_t next_incoming_ = 0;
  bool worked_ = false;
};

} // namespace freshet::flow
