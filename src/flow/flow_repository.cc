#include "flow/flow_repository.h"

#include <fmt/format.h>

#include "flow/codec.h"

namespace freshet::flow {
namespace {

using store::big_endian;
using store::from_big_endian;

// Keys: 'f' id: FlowFile; 's' component: state; 'e' component 0 key: entry; 'p' id: provenance event; 'n': the two next ids. An
// id outlives its record, so the ids are part of every commit.
std::string flow_file_key(uint64_t id) {
  return "f" + big_endian(id);
}
std::string event_key(uint64_t id) {
  return "p" + big_endian(id);
}
std::string state_key(std::string_view component) {
  return "s" + std::string(component);
}
std::string entry_key(std::string_view component, std::string_view key) {
  std::string result = "e";
  result.append(component).push_back('\0');
  return result.append(key);
}

uint64_t microseconds(TimePoint time) {
  return static_cast<uint64_t>(time.time_since_epoch().count());
}
TimePoint time_of(uint64_t microseconds_since_epoch) {
  return TimePoint{Duration{static_cast<int64_t>(microseconds_since_epoch)}};
}

std::string encode_map(const std::map<std::string, std::string>& map) {
  Encoder encoder;
  encoder.number(map.size());
  for (const auto& [name, value] : map) encoder.text(name).text(value);
  return encoder.take();
}

std::string encode(const ProvenanceEvent& event) {
  return Encoder{}
      .number(static_cast<uint64_t>(event.type))
      .number(microseconds(event.time))
      .text(event.flow_file_uuid)
      .text(event.filename)
      .text(event.component_id)
      .text(event.component_type)
      .text(event.transit_uri)
      .text(event.relationship)
      .text(event.details)
      .number(event.size)
      .take();
}

ProvenanceEvent decode_event(uint64_t id, std::string_view bytes) {
  Decoder decoder(bytes);
  ProvenanceEvent event;
  event.id = id;
  event.type = static_cast<ProvenanceType>(decoder.number());
  event.time = time_of(decoder.number());
  event.flow_file_uuid = decoder.text();
  event.filename = decoder.text();
  event.component_id = decoder.text();
  event.component_type = decoder.text();
  event.transit_uri = decoder.text();
  event.relationship = decoder.text();
  event.details = decoder.text();
  event.size = decoder.number();
  return event;
}

} // namespace

void FlowRepository::Batch::put(const FlowFile& flow_file, std::string_view connection_id) {
  Encoder encoder;
  encoder.text(connection_id)
      .number(microseconds(flow_file.entry_date))
      .number(microseconds(flow_file.lineage_start))
      .number(microseconds(flow_file.penalty_until))
      .number(flow_file.retries)
      .number(flow_file.content.file ? flow_file.content.file->id() : 0)
      .number(flow_file.content.offset)
      .number(flow_file.content.size)
      .number(flow_file.attributes.size());
  for (const auto& [name, value] : flow_file.attributes) encoder.text(name).text(value);
  writes_.put(flow_file_key(flow_file.id), encoder.take());
}

void FlowRepository::Batch::erase(uint64_t flow_file_id) {
  writes_.remove(flow_file_key(flow_file_id));
}

void FlowRepository::Batch::set_state(std::string_view component, const std::map<std::string, std::string>& state) {
  writes_.put(state_key(component), encode_map(state));
}

void FlowRepository::Batch::put_entry(std::string_view component, std::string_view key, std::string_view value) {
  writes_.put(entry_key(component, key), std::string(value));
}

void FlowRepository::Batch::erase_entry(std::string_view component, std::string_view key) {
  writes_.remove(entry_key(component, key));
}

Result<std::unique_ptr<FlowRepository>> FlowRepository::open(const Path& directory, size_t provenance_limit) {
  auto database = TRY(store::KeyValue::open(directory));
  std::unique_ptr<FlowRepository> repository(new FlowRepository(std::move(database), provenance_limit));
  if (const auto next = TRY(repository->database_->get("n"))) {
    repository->next_flow_file_id_ = from_big_endian(*next);
    repository->next_event_id_ = from_big_endian(std::string_view(*next).substr(8));
  }
  // Concurrent commits may have stored the ids out of order, so what lies beyond them counts, too.
  store::Cursor at = repository->database_->cursor("q");
  for (at.seek(flow_file_key(repository->next_flow_file_id_)); at.valid() && at.key()[0] == 'f'; at.next()) {
    repository->next_flow_file_id_ = from_big_endian(at.key().substr(1)) + 1;
  }
  for (at.seek(event_key(repository->next_event_id_)); at.valid(); at.next()) {
    repository->next_event_id_ = from_big_endian(at.key().substr(1)) + 1;
  }
  at.seek("p");
  repository->first_event_id_ = at.valid() ? from_big_endian(at.key().substr(1)) : repository->next_event_id_.load();
  TRY(at.check());
  return repository;
}

Result<void> FlowRepository::commit(Batch batch) {
  if (batch.empty()) return {};
  store::Batch& writes = batch.writes_;
  uint64_t id = next_event_id_.fetch_add(batch.events_.size());
  for (const ProvenanceEvent& event : batch.events_) writes.put(event_key(id++), encode(event));
  const uint64_t keep_from = id > provenance_limit_ ? id - provenance_limit_ : 1;
  uint64_t first = first_event_id_.load();
  if (keep_from > first && first_event_id_.compare_exchange_strong(first, keep_from)) {
    for (; first < keep_from; ++first) writes.remove(event_key(first));
  }
  writes.put("n", big_endian(next_flow_file_id_.load()) + big_endian(next_event_id_.load()));
  return database_->write(writes, store::Durability::power);
}

Result<void> FlowRepository::for_each_flow_file(const std::function<Result<void>(StoredFlowFile)>& visit) {
  store::Cursor at = database_->cursor("g");
  for (at.seek("f"); at.valid(); at.next()) {
    Decoder decoder(at.value());
    StoredFlowFile stored;
    stored.flow_file.id = from_big_endian(at.key().substr(1));
    stored.connection_id = decoder.text();
    stored.flow_file.entry_date = time_of(decoder.number());
    stored.flow_file.lineage_start = time_of(decoder.number());
    stored.flow_file.penalty_until = time_of(decoder.number());
    stored.flow_file.retries = static_cast<uint32_t>(decoder.number());
    stored.claim_file_id = decoder.number();
    stored.claim_offset = decoder.number();
    stored.claim_size = decoder.number();
    for (uint64_t left = decoder.number(); left > 0 && !decoder.failed(); --left) {
      std::string name = decoder.text();
      stored.flow_file.attributes[std::move(name)] = decoder.text();
    }
    if (!decoder.complete() || !stored.flow_file.attributes.contains("uuid")) {
      return fail(ErrorKind::corrupt,
                  fmt::format("the record of FlowFile {} in the flow's repository is damaged", stored.flow_file.id));
    }
    TRY(visit(std::move(stored)));
  }
  return at.check();
}

std::map<std::string, std::string> FlowRepository::state(std::string_view component) const {
  std::map<std::string, std::string> state;
  const auto value = database_->get(state_key(component));
  if (!value || !*value) return state;
  Decoder decoder(**value);
  for (uint64_t left = decoder.number(); left > 0 && !decoder.failed(); --left) {
    std::string name = decoder.text();
    state[std::move(name)] = decoder.text();
  }
  return state;
}

std::optional<std::string> FlowRepository::entry(std::string_view component, std::string_view key) const {
  return database_->get(entry_key(component, key)).value_or(std::nullopt);
}

void FlowRepository::for_each_entry(std::string_view component, std::string_view from,
                                    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::string prefix = entry_key(component, "");
  store::Cursor at = database_->cursor(store::end_of_prefix(prefix));
  for (at.seek(entry_key(component, from)); at.valid(); at.next()) {
    if (!visit(at.key().substr(prefix.size()), at.value())) return;
  }
}

std::vector<ProvenanceEvent> FlowRepository::provenance(const ProvenanceQuery& query) const {
  std::vector<ProvenanceEvent> events;
  const uint64_t first = first_event_id_;
  for (uint64_t id = next_event_id_; id > first && events.size() < query.limit; --id) {
    const auto stored = database_->get(event_key(id - 1));
    if (!stored || !*stored) continue;
    ProvenanceEvent event = decode_event(id - 1, **stored);
    if (query.flow_file_uuid && event.flow_file_uuid != *query.flow_file_uuid) continue;
    if (query.component_id && event.component_id != *query.component_id) continue;
    if (query.type && event.type != *query.type) continue;
    events.push_back(std::move(event));
  }
  return events;
}

} // namespace freshet::flow
