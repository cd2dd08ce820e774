#include "store/key_value.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "store/rocksdb.h"

namespace freshet::store {
namespace {

/// The one place that knows RocksDB's statuses.
std::unexpected<Error> translate(std::string_view action, const Path& folder, const rocksdb::Status& status) {
  ErrorKind kind = ErrorKind::io;
  std::string_view advice;
  const std::string text = status.ToString();
  if (status.IsNoSpace() || text.find("No space left") != std::string::npos) {
    kind = ErrorKind::out_of_space;
    advice = "; free some space and try again";
  } else if (status.IsCorruption()) {
    kind = ErrorKind::corrupt;
    advice = "; restore the folder from a backup";
  } else if (text.find("lock") != std::string::npos && status.IsIOError()) {
    kind = ErrorKind::conflict;
    advice = "; another process uses this folder: stop it or choose another one";
  }
  return fail(kind, fmt::format("cannot {} {}: {}{}", action, folder.string(), text, advice));
}

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

rocksdb::Options options() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 8 << 20;
  options.max_write_buffer_number = 3;
  options.max_total_wal_size = 64 << 20;
  options.max_background_jobs = 2;
  options.max_open_files = 256;
  options.compression = rocksdb::kNoCompression;
  options.info_log = rocksdb_log();
  options.recycle_log_file_num = 0; // a recycled log cannot be told from a torn one
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(16 << 20);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

} // namespace

struct Cursor::Core {
  std::string end;
  rocksdb::Slice end_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
  Path folder;
};

struct KeyValue::Core {
  Path folder;
  std::unique_ptr<rocksdb::DB> database;
};

Cursor::Cursor(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;
void Cursor::seek(std::string_view key) {
  core_->iterator->Seek(slice(key));
}
void Cursor::next() {
  core_->iterator->Next();
}
bool Cursor::valid() const {
  return core_->iterator->Valid();
}
std::string_view Cursor::key() const {
  return view(core_->iterator->key());
}
std::string_view Cursor::value() const {
  return view(core_->iterator->value());
}

Result<void> Cursor::check() const {
  const auto status = core_->iterator->status();
  if (!status.ok()) return translate("read", core_->folder, status);
  return {};
}

KeyValue::KeyValue(std::unique_ptr<Core> core) : core_(std::move(core)) {}
KeyValue::~KeyValue() = default;

Result<std::unique_ptr<KeyValue>> KeyValue::open(const Path& folder) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code) return fail(ErrorKind::io, fmt::format("cannot create the folder {}: {}", folder.string(), code.message()));
  rocksdb::DB* database = nullptr;
  if (const auto status = rocksdb::DB::Open(options(), folder.string(), &database); !status.ok()) {
    return translate("open", folder, status);
  }
  auto core = std::make_unique<Core>(Core{folder, std::unique_ptr<rocksdb::DB>(database)});
  return std::unique_ptr<KeyValue>(new KeyValue(std::move(core)));
}

Result<std::optional<std::string>> KeyValue::get(std::string_view key) const {
  std::string value;
  const auto status = core_->database->Get({}, slice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return translate("read", core_->folder, status);
  return value;
}

Result<void> KeyValue::write(const Batch& batch, Durability durability) {
  rocksdb::WriteBatch native;
  for (const auto& change : batch.changes_) {
    const auto status = change.value ? native.Put(slice(change.key), slice(*change.value)) : native.Delete(slice(change.key));
    if (!status.ok()) return translate("write to", core_->folder, status);
  }
  rocksdb::WriteOptions how;
  how.sync = durability == Durability::power;
  const auto status = store::write(*core_->database, how, native);
  if (!status.ok()) return translate("write to", core_->folder, status);
  return {};
}

Cursor KeyValue::cursor(std::string end) const {
  auto core = std::make_unique<Cursor::Core>();
  core->end = std::move(end);
  core->end_slice = slice(core->end);
  core->folder = core_->folder;
  rocksdb::ReadOptions how;
  if (!core->end.empty()) how.iterate_upper_bound = &core->end_slice;
  core->iterator.reset(core_->database->NewIterator(how));
  return Cursor(std::move(core));
}

std::string big_endian(uint64_t number) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) bytes[static_cast<size_t>(i)] = static_cast<char>(number & 0xff);
  return bytes;
}

uint64_t from_big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

} // namespace freshet::store
