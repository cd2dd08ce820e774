#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::store {

/// Changes that become visible and durable together or not at all.
class Batch {
 public:
  void put(std::string key, std::string value) { changes_.push_back({std::move(key), std::move(value)}); }
  void remove(std::string key) { changes_.push_back({std::move(key), std::nullopt}); }
  bool empty() const { return changes_.empty(); }

 private:
  friend class KeyValue;
  struct Change {
    std::string key;
    std::optional<std::string> value; // empty: remove
  };
  std::vector<Change> changes_;
};

/// A place in a snapshot of the keys, in byte order. Not thread-safe.
class Cursor {
 public:
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  void seek(std::string_view key); // the first key at or after `key`
  void next();
  bool valid() const; // false at the end of the range, and on an error, which `check` tells apart
  std::string_view key() const;
  std::string_view value() const;
  Result<void> check() const;

 private:
  friend class KeyValue;
  struct Core;
  explicit Cursor(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

enum class Durability {
  process, // survives a crash of this process, not a power loss
  power,   // survives a power loss: the write-ahead log is synced; concurrent writers share one sync
};

/// An embedded ordered key-value store: one RocksDB folder, held by one process.
///
/// Life cycle: `open` creates or recovers it; the destructor closes it. Concurrency: all functions may be called from any
/// thread. Limits: about 32 MB of memory for writes and cache. Errors: out_of_space, corrupt, conflict (another process holds
/// it), io.
class KeyValue {
 public:
  static Result<std::unique_ptr<KeyValue>> open(const Path& folder);
  ~KeyValue();

  Result<std::optional<std::string>> get(std::string_view key) const;
  Result<void> write(const Batch& batch, Durability durability);
  /// Over the keys below `end` (all, when empty), as they are now. `seek` it first.
  Cursor cursor(std::string end = {}) const;

 private:
  struct Core;
  explicit KeyValue(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

/// Eight bytes whose byte order is the numbers' order.
std::string big_endian(uint64_t number);
uint64_t from_big_endian(std::string_view bytes); // reads the first eight

/// The smallest string after every string that begins with `prefix`; empty when there is none.
std::string end_of_prefix(std::string prefix);

} // namespace freshet::store
