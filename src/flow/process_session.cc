#include "flow/process_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "flow/processor_node.h"

namespace freshet::flow {

/// Where a commit sends what: filled while the batch is built, acted on once it is durable.
struct ProcessSession::Destinations {
  struct Tally {
    uint64_t count = 0;
    uint64_t bytes = 0;
  };
  std::map<Wire*, std::vector<FlowFilePointer>> queues;
  std::map<std::string, Tally> tallies; // by relationship

  void send(Wire* wire, FlowFile flow_file, FlowRepository::Batch& batch) {
    batch.put(flow_file, wire->connection.id());
    queues[wire].push_back(std::make_shared<const FlowFile>(std::move(flow_file)));
  }
};

ProcessSession::ProcessSession(ProcessorNode& node, const World& world) : node_(node), world_(world) {}

ProcessSession::~ProcessSession() {
  rollback();
}

FlowFile* ProcessSession::get() {
  const auto got = get(1);
  return got.empty() ? nullptr : got[0];
}

std::vector<FlowFile*> ProcessSession::get(size_t count_max, uint64_t bytes_max) {
  std::vector<FlowFile*> result;
  const size_t wires = node_.incoming.size();
  for (size_t turn = 0; turn < wires && result.size() < count_max; ++turn) {
    Wire* const wire = node_.incoming[next_incoming_++ % wires];
    Connection::Polled polled = wire->connection.poll(count_max - result.size(), bytes_max, now());
    for (FlowFilePointer& flow_file : polled.expired) expired_.emplace_back(wire, std::move(flow_file));
    for (FlowFilePointer& flow_file : polled.flow_files) {
      bytes_max -= std::min(bytes_max, flow_file->size());
      Record& record = records_.emplace_back();
      record.current = *flow_file;
      record.current.penalty_until = {};
      record.original = std::move(flow_file);
      record.origin = wire;
      by_id_[record.current.id] = &record;
      result.push_back(&record.current);
    }
    if (bytes_max == 0) break;
  }
  worked_ = worked_ || !result.empty() || !expired_.empty();
  return result;
}

ProcessSession::Record& ProcessSession::make() {
  worked_ = true;
  Record& record = records_.emplace_back();
  record.current.id = world_.repository->next_flow_file_id();
  record.current.entry_date = now();
  record.current.lineage_start = record.current.entry_date;
  by_id_[record.current.id] = &record;
  return record;
}

FlowFile& ProcessSession::create() {
  FlowFile& flow_file = make().current;
  const std::string uuid = random_uuid();
  flow_file.attributes = {{"uuid", uuid}, {"filename", uuid}, {"path", "./"}};
  return flow_file;
}

FlowFile& ProcessSession::create_child(const FlowFile& parent) {
  FlowFile& flow_file = make().current;
  flow_file.attributes = parent.attributes;
  flow_file.attributes["uuid"] = random_uuid();
  flow_file.lineage_start = parent.lineage_start;
  return flow_file;
}

FlowFile& ProcessSession::clone(const FlowFile& original) {
  FlowFile& flow_file = create_child(original);
  flow_file.content = original.content;
  report(ProvenanceType::clone, flow_file, {}, "cloned from " + original.uuid());
  return flow_file;
}

Result<std::string> ProcessSession::read(const FlowFile& flow_file) {
  return read(flow_file, 0, flow_file.size());
}

Result<std::string> ProcessSession::read(const FlowFile& flow_file, uint64_t offset, uint64_t count) {
  std::string bytes = TRY(world_.contents->read(flow_file.content, offset, count));
  node_.counters.bytes_read += bytes.size();
  return bytes;
}

Result<ClaimWriter*> ProcessSession::writer_for(uint64_t size) {
  const bool shared = size <= k_shared_content_max;
  if (shared && shared_writer_ != nullptr && shared_writer_->size() + size <= k_shared_file_max) return shared_writer_;
  writers_.push_back(TRY(world_.contents->create()));
  if (shared) shared_writer_ = writers_.back().get();
  return writers_.back().get();
}

Result<void> ProcessSession::write(FlowFile& flow_file, std::string_view content) {
  Record& record = record_of(flow_file);
  record.content_modified = true;
  flow_file.content = {};
  if (content.empty()) return {};
  ClaimWriter* const writer = TRY(writer_for(content.size()));
  TRY(writer->append(content));
  flow_file.content = writer->claim();
  node_.counters.bytes_written += content.size();
  return {};
}

Result<void> ProcessSession::import_content(FlowFile& flow_file, const ReadableFile& source) {
  constexpr uint64_t k_chunk = 1 << 20;
  Record& record = record_of(flow_file);
  record.content_modified = true;
  flow_file.content = {};
  std::string chunk = TRY(source.read(0, k_chunk));
  if (chunk.empty()) return {};
  ClaimWriter* const writer = TRY(writer_for(std::max<uint64_t>(source.size(), chunk.size())));
  uint64_t offset = 0;
  const auto failed = [&](Error error) {
    writer->claim(); // what was written so far belongs to nobody
    return std::unexpected(std::move(error));
  };
  while (!chunk.empty()) {
    if (const auto appended = writer->append(chunk); !appended) return failed(appended.error());
    offset += chunk.size();
    auto next = source.read(offset, k_chunk);
    if (!next) return failed(std::move(next).error());
    chunk = *std::move(next);
  }
  flow_file.content = writer->claim();
  node_.counters.bytes_read += flow_file.size();
  node_.counters.bytes_written += flow_file.size();
  return {};
}

void ProcessSession::put_attribute(FlowFile& flow_file, std::string_view name, std::string value) {
  if (name == "uuid") return;
  Record& record = record_of(flow_file);
  record.attributes_modified = true;
  flow_file.attributes.insert_or_assign(std::string(name), std::move(value));
}

void ProcessSession::remove_attribute(FlowFile& flow_file, std::string_view name) {
  if (name == "uuid" || name == "filename") return;
  const auto found = flow_file.attributes.find(name);
  if (found == flow_file.attributes.end()) return;
  record_of(flow_file).attributes_modified = true;
  flow_file.attributes.erase(found);
}

void ProcessSession::penalize(FlowFile& flow_file) {
  flow_file.penalty_until = now() + node_.penalty;
}

void ProcessSession::transfer(FlowFile& flow_file, std::string_view relationship) {
  Record& record = record_of(flow_file);
  record.transferred = true;
  record.relationship = relationship;
}

void ProcessSession::remove(FlowFile& flow_file) {
  record_of(flow_file).removed = true;
}

void ProcessSession::report(ProvenanceType type, const FlowFile& flow_file, std::string transit_uri, std::string details) {
  ProvenanceEvent event;
  event.type = type;
  event.time = now();
  event.flow_file_uuid = flow_file.uuid();
  event.filename = flow_file.attribute_or("filename", "");
  event.component_id = node_.id;
  event.component_type = node_.short_type;
  event.transit_uri = std::move(transit_uri);
  event.details = std::move(details);
  event.size = flow_file.size();
  events_.push_back(std::move(event));
}

void ProcessSession::report_route(const FlowFile& flow_file, std::string relationship) {
  report(ProvenanceType::route, flow_file);
  events_.back().relationship = std::move(relationship);
}

void ProcessSession::set_state(const std::map<std::string, std::string>& state) {
  batch_.set_state(node_.id, state);
}
void ProcessSession::put_entry(std::string_view key, std::string_view value) {
  batch_.put_entry(node_.id, key, value);
}
void ProcessSession::erase_entry(std::string_view key) {
  batch_.erase_entry(node_.id, key);
}

ProcessSession::Record& ProcessSession::record_of(const FlowFile& flow_file) {
  return *by_id_.at(flow_file.id);
}

Result<void> ProcessSession::sync_contents() {
  for (const auto& writer : writers_) TRY(writer->sync());
  if (!writers_.empty()) TRY(world_.contents->sync_directory());
  return {};
}

bool ProcessSession::settle_retry(Record& record, FlowRepository::Batch& batch, Destinations& destinations) {
  if (!record.original || node_.retry_count == 0 || !node_.retried.contains(record.relationship)) return false;
  if (record.original->retries >= node_.retry_count) return false;
  FlowFile again = *record.original;
  const Duration backoff = node_.penalty * (int64_t{1} << std::min<uint32_t>(again.retries, 20));
  again.retries += 1;
  again.penalty_until = now() + (node_.backoff_max > Duration::zero() ? std::min(backoff, node_.backoff_max) : backoff);
  if (node_.retry_yields) {
    again.penalty_until = {};
    node_.yield_requested = true;
  }
  destinations.send(record.origin, std::move(again), batch);
  return true;
}

void ProcessSession::settle(Record& record, FlowRepository::Batch& batch, Destinations& destinations) {
  const FlowFile& flow_file = record.current;
  if (record.removed) {
    if (!record.original) return;
    report(ProvenanceType::drop, flow_file, {}, "removed by the processor");
    return batch.erase(flow_file.id);
  }
  if (settle_retry(record, batch, destinations)) return;
  if (record.original && record.content_modified)
    report(ProvenanceType::content_modified, flow_file);
  else if (record.original && record.attributes_modified)
    report(ProvenanceType::attributes_modified, flow_file);
  auto& tally = destinations.tallies[record.relationship];
  tally.count += 1;
  tally.bytes += flow_file.size();
  const auto outgoing = node_.outgoing.find(record.relationship);
  if (outgoing == node_.outgoing.end() || outgoing->second.empty()) {
    if (record.original) batch.erase(flow_file.id);
    return report(ProvenanceType::drop, flow_file, {}, "auto-terminated: " + record.relationship);
  }
  record.current.retries = 0;
  for (size_t index = 1; index < outgoing->second.size(); ++index) {
    FlowFile copy = flow_file;
    copy.id = world_.repository->next_flow_file_id();
    copy.attributes["uuid"] = random_uuid();
    report(ProvenanceType::clone, copy, {}, "cloned from " + flow_file.uuid());
    destinations.send(outgoing->second[index], std::move(copy), batch);
  }
  destinations.send(outgoing->second[0], std::move(record.current), batch);
}

Result<void> ProcessSession::commit() {
  for (const Record& record : records_) {
    if (record.transferred || record.removed) continue;
    const std::string uuid = record.current.uuid();
    rollback();
    return fail(ErrorKind::invalid_argument,
                fmt::format("the processor left FlowFile {} neither transferred nor removed", uuid));
  }
  if (auto synced = sync_contents(); !synced) {
    rollback();
    return synced;
  }
  Destinations destinations;
  FlowRepository::Batch batch = std::exchange(batch_, {});
  for (Record& record : records_) settle(record, batch, destinations);
  for (const auto& [wire, flow_file] : expired_) {
    report(ProvenanceType::expire, *flow_file, {}, "expired in its queue");
    batch.erase(flow_file->id);
  }
  for (ProvenanceEvent& event : events_) batch.add(std::move(event));
  if (auto committed = world_.repository->commit(std::move(batch)); !committed) {
    rollback();
    return committed;
  }
  // First into the next queue, then out of the last: whoever counts meanwhile never sees less than there is.
  for (auto& [wire, flow_files] : destinations.queues) wire->connection.enqueue(std::move(flow_files), now());
  acknowledge();
  clear();
  for (const auto& [wire, flow_files] : destinations.queues) world_.wake(*wire->destination);
  for (const auto& [relationship, tally] : destinations.tallies) {
    node_.counters.flow_files_out += tally.count;
    node_.counters.bytes_out += tally.bytes;
    if (world_.options->observer) {
      world_.options->observer({node_.id, node_.name, node_.short_type, relationship, tally.count, tally.bytes});
    }
  }
  return {};
}

/// Tells the incoming connections that what was taken is now elsewhere, and sources that back pressure held that it no longer
/// does.
void ProcessSession::acknowledge() {
  std::map<Wire*, Destinations::Tally> taken;
  for (const Record& record : records_) {
    if (!record.original) continue;
    auto& tally = taken[record.origin];
    tally.count += 1;
    tally.bytes += record.original->size();
  }
  for (const auto& [wire, tally] : taken) {
    node_.counters.flow_files_in += tally.count;
    node_.counters.bytes_in += tally.bytes;
  }
  for (const auto& [wire, flow_file] : expired_) {
    auto& tally = taken[wire];
    tally.count += 1;
    tally.bytes += flow_file->size();
  }
  for (const auto& [wire, tally] : taken) {
    const bool was_full = wire->connection.full();
    wire->connection.acknowledge(tally.count, tally.bytes);
    if (was_full && !wire->connection.full()) world_.wake(*wire->source);
  }
}

void ProcessSession::rollback(bool penalize) {
  std::map<Wire*, std::vector<FlowFilePointer>> back;
  for (Record& record : records_) {
    if (!record.original) continue;
    FlowFilePointer flow_file = record.original;
    if (penalize) {
      FlowFile penalized = *flow_file;
      penalized.penalty_until = now() + node_.penalty;
      flow_file = std::make_shared<const FlowFile>(std::move(penalized));
    }
    back[record.origin].push_back(std::move(flow_file));
  }
  for (auto& [wire, flow_file] : expired_) back[wire].push_back(flow_file);
  for (auto& [wire, flow_files] : back) wire->connection.put_back(std::move(flow_files), now());
  clear();
}

void ProcessSession::clear() {
  records_.clear();
  by_id_.clear();
  expired_.clear();
  events_.clear();
  batch_ = {};
  writers_.clear();
  shared_writer_ = nullptr;
}

} // namespace freshet::flow
