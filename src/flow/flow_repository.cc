#include "flow/flow_repository.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <atomic>

#include "flow/codec.h"

namespace freshet::flow {
namespace {

// Keys: 'f' id, 's' component, 'e' component 0 key, 'p' event id; numbers big-endian, so that they sort.
std::string big_endian(uint64_t value) {
  std::string bytes(8, '\0');
  for (int byte = 0; byte < 8; ++byte) bytes[static_cast<size_t>(7 - byte)] = static_cast<char>(value >> (8 * byte));
  return bytes;
}

uint64_t from_big_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

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

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& text) {
  return {text.data(), text.size()};
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

Error translated(const rocksdb::Status& status, std::string_view action) {
  const ErrorKind kind = status.IsNoSpace()      ? ErrorKind::out_of_space
                         : status.IsCorruption() ? ErrorKind::corrupt
                                                 : ErrorKind::io;
  return {kind, fmt::format("cannot {} the flow's repository: {}", action, status.ToString())};
}

} // namespace

struct FlowRepository::Batch::Writes {
  rocksdb::WriteBatch batch;
};

struct FlowRepository::Store {
  std::unique_ptr<rocksdb::DB> database;
  size_t provenance_limit = 0;
  std::atomic<uint64_t> next_flow_file_id = 1;
  std::atomic<uint64_t> next_event_id = 1;
  std::atomic<uint64_t> pruned_below = 1;
};

FlowRepository::Batch::Batch() : writes_(std::make_unique<Writes>()) {}
FlowRepository::Batch::~Batch() = default;
FlowRepository::Batch::Batch(Batch&&) noexcept = default;
FlowRepository::Batch& FlowRepository::Batch::operator=(Batch&&) noexcept = default;

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
  writes_->batch.Put(flow_file_key(flow_file.id), encoder.take());
}

void FlowRepository::Batch::erase(uint64_t flow_file_id) {
  writes_->batch.Delete(flow_file_key(flow_file_id));
}

void FlowRepository::Batch::set_state(std::string_view component, const std::map<std::string, std::string>& state) {
  writes_->batch.Put(state_key(component), encode_map(state));
}

void FlowRepository::Batch::put_entry(std::string_view component, std::string_view key, std::string_view value) {
  writes_->batch.Put(entry_key(component, key), slice(value));
}

void FlowRepository::Batch::erase_entry(std::string_view component, std::string_view key) {
  writes_->batch.Delete(entry_key(component, key));
}

bool FlowRepository::Batch::empty() const {
  return events_.empty() && writes_->batch.Count() == 0;
}

FlowRepository::FlowRepository(std::unique_ptr<Store> store) : store_(std::move(store)) {}
FlowRepository::~FlowRepository() = default;

Result<std::unique_ptr<FlowRepository>> FlowRepository::open(const Path& directory, size_t provenance_limit) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 8 << 20;
  options.max_open_files = 64;
  options.keep_log_file_num = 2;
  options.compression = rocksdb::kNoCompression;
  options.info_log_level = rocksdb::WARN_LEVEL;
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(options, directory.string(), &raw);
  if (!status.ok()) return std::unexpected(translated(status, "open"));
  auto store = std::make_unique<Store>();
  store->database.reset(raw);
  store->provenance_limit = provenance_limit;
  const std::unique_ptr<rocksdb::Iterator> at(raw->NewIterator({}));
  const auto last_id = [&](char kind) -> uint64_t {
    at->SeekForPrev(std::string(1, static_cast<char>(kind + 1)));
    return at->Valid() && at->key()[0] == kind ? from_big_endian(view(at->key()).substr(1)) : 0;
  };
  store->next_event_id = last_id('p') + 1;
  at->Seek("p");
  if (at->Valid() && at->key()[0] == 'p') store->pruned_below = from_big_endian(view(at->key()).substr(1));
  // An id outlives its record, so the counter is part of every commit.
  std::string counter;
  if (raw->Get({}, "n", &counter).ok()) store->next_flow_file_id = from_big_endian(counter);
  store->next_flow_file_id = std::max(store->next_flow_file_id.load(), last_id('f') + 1);
  return std::unique_ptr<FlowRepository>(new FlowRepository(std::move(store)));
}

Result<void> FlowRepository::commit(Batch batch) {
  if (batch.empty()) return {};
  rocksdb::WriteBatch& writes = batch.writes_->batch;
  writes.Put("n", big_endian(store_->next_flow_file_id.load()));
  if (!batch.events_.empty()) {
    uint64_t id = store_->next_event_id.fetch_add(batch.events_.size());
    for (const ProvenanceEvent& event : batch.events_) writes.Put(event_key(id++), encode(event));
    const uint64_t keep_from = id > store_->provenance_limit ? id - store_->provenance_limit : 1;
    uint64_t below = store_->pruned_below.load();
    if (keep_from > below + store_->provenance_limit / 8 && store_->pruned_below.compare_exchange_strong(below, keep_from)) {
      writes.DeleteRange(event_key(below), event_key(keep_from));
    }
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status status = store_->database->Write(options, &writes);
  if (!status.ok()) return std::unexpected(translated(status, "write to"));
  return {};
}

uint64_t FlowRepository::next_flow_file_id() {
  return store_->next_flow_file_id++;
}

Result<void> FlowRepository::for_each_flow_file(const std::function<Result<void>(StoredFlowFile)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(store_->database->NewIterator({}));
  for (at->Seek("f"); at->Valid() && at->key()[0] == 'f'; at->Next()) {
    Decoder decoder(view(at->value()));
    StoredFlowFile stored;
    stored.flow_file.id = from_big_endian(view(at->key()).substr(1));
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
  if (!at->status().ok()) return std::unexpected(translated(at->status(), "read"));
  return {};
}

std::map<std::string, std::string> FlowRepository::state(std::string_view component) const {
  std::map<std::string, std::string> state;
  std::string value;
  if (!store_->database->Get({}, state_key(component), &value).ok()) return state;
  Decoder decoder(value);
  for (uint64_t left = decoder.number(); left > 0 && !decoder.failed(); --left) {
    std::string name = decoder.text();
    state[std::move(name)] = decoder.text();
  }
  return state;
}

std::optional<std::string> FlowRepository::entry(std::string_view component, std::string_view key) const {
  std::string value;
  if (!store_->database->Get({}, entry_key(component, key), &value).ok()) return std::nullopt;
  return value;
}

void FlowRepository::for_each_entry(std::string_view component, std::string_view from,
                                    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  const std::string prefix = entry_key(component, "");
  const std::unique_ptr<rocksdb::Iterator> at(store_->database->NewIterator({}));
  for (at->Seek(entry_key(component, from)); at->Valid() && view(at->key()).starts_with(prefix); at->Next()) {
    if (!visit(view(at->key()).substr(prefix.size()), view(at->value()))) return;
  }
}

std::vector<ProvenanceEvent> FlowRepository::provenance(const ProvenanceQuery& query) const {
  std::vector<ProvenanceEvent> events;
  const std::unique_ptr<rocksdb::Iterator> at(store_->database->NewIterator({}));
  for (at->SeekForPrev("q"); at->Valid() && at->key()[0] == 'p' && events.size() < query.limit; at->Prev()) {
    ProvenanceEvent event = decode_event(from_big_endian(view(at->key()).substr(1)), view(at->value()));
    if (query.flow_file_uuid && event.flow_file_uuid != *query.flow_file_uuid) continue;
    if (query.component_id && event.component_id != *query.component_id) continue;
    if (query.type && event.type != *query.type) continue;
    events.push_back(std::move(event));
  }
  return events;
}

} // namespace freshet::flow
