#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "flow/flow.h"
#include "flow/flow_file.h"
#include "store/key_value.h"

namespace freshet::flow {

/// A FlowFile as it was stored: where it waits, and which bytes it claims.
struct StoredFlowFile {
  FlowFile flow_file; // without its content claim
  std::string connection_id;
  uint64_t claim_file_id = 0; // 0: no content
  uint64_t claim_offset = 0;
  uint64_t claim_size = 0;
};

/// The flow's memory: FlowFile records with the queue each waits in, component state, a listing's entries, provenance events;
/// one RocksDB.
///
/// Durability: `commit` returns after the write-ahead log is synced; a batch is there as a whole or not at all. NiFi, whose
/// repositories are separate, must order them (provenance, FlowFiles, queues, state) so that a crash repeats rather than loses;
/// one atomic write needs no order. Concurrent commits share a sync. Concurrency: all functions may be
/// called from any thread; a Batch belongs to one. Costs: commit O(batch); state and entry lookups O(log n); opening
/// O(FlowFiles).
class FlowRepository {
 public:
  class Batch {
   public:
    void put(const FlowFile& flow_file, std::string_view connection_id);
    void erase(uint64_t flow_file_id);
    void add(ProvenanceEvent event) { events_.push_back(std::move(event)); }
    void set_state(std::string_view component, const std::map<std::string, std::string>& state);
    void put_entry(std::string_view component, std::string_view key, std::string_view value);
    void erase_entry(std::string_view component, std::string_view key);
    bool empty() const { return events_.empty() && writes_.empty(); }

   private:
    friend class FlowRepository;
    store::Batch writes_;
    std::vector<ProvenanceEvent> events_;
  };

  static Result<std::unique_ptr<FlowRepository>> open(const Path& directory, size_t provenance_limit);

  Result<void> commit(Batch batch);

  uint64_t next_flow_file_id() { return next_flow_file_id_++; }
  Result<void> for_each_flow_file(const std::function<Result<void>(StoredFlowFile)>& visit);

  std::map<std::string, std::string> state(std::string_view component) const;
  /// Entries are a component's own durable map, larger than memory if need be.
  std::optional<std::string> entry(std::string_view component, std::string_view key) const;
  /// In key order, from the first key that is not before `from`, until `visit` says false.
  void for_each_entry(std::string_view component, std::string_view from,
                      const std::function<bool(std::string_view key, std::string_view value)>& visit) const;

  std::vector<ProvenanceEvent> provenance(const ProvenanceQuery& query) const;

 private:
  explicit FlowRepository(std::unique_ptr<store::KeyValue> database, size_t provenance_limit)
      : database_(std::move(database)), provenance_limit_(provenance_limit) {}

  std::unique_ptr<store::KeyValue> database_;
  size_t provenance_limit_;
  std::atomic<uint64_t> next_flow_file_id_ = 1;
  std::atomic<uint64_t> next_event_id_ = 1;
  std::atomic<uint64_t> first_event_id_ = 1; // of those kept
};

} // namespace freshet::flow
