#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::flow {

/// One immutable file of content. It is deleted when the last claim on it goes, unless the repository was closed before.
class ClaimFile {
 public:
  ClaimFile(uint64_t id, Path path, FileSystem& files, std::shared_ptr<const std::atomic<bool>> keep)
      : id_(id), path_(std::move(path)), files_(files), keep_(std::move(keep)) {}
  ~ClaimFile();
  ClaimFile(const ClaimFile&) = delete;
  ClaimFile& operator=(const ClaimFile&) = delete;

  uint64_t id() const { return id_; }
  const Path& path() const { return path_; }
  /// Bytes in the file; a claim of as many is the whole file.
  uint64_t size() const { return size_; }

 private:
  friend class ContentRepository;
  friend class ClaimWriter;
  uint64_t id_;
  Path path_;
  FileSystem& files_;
  std::shared_ptr<const std::atomic<bool>> keep_;
  uint64_t size_ = 0;
};

/// A run of bytes in a claim file; without a file, no content.
struct ContentClaim {
  std::shared_ptr<const ClaimFile> file;
  uint64_t offset = 0;
  uint64_t size = 0;

  bool is_whole_file() const { return file && offset == 0 && size == file->size(); }
};

/// A claim file being written by one session. Claims on it may be read at once, and are durable after `sync`.
class ClaimWriter {
 public:
  Result<void> append(std::string_view bytes);
  /// Claims what was appended since the last claim.
  ContentClaim claim();
  Result<void> sync();
  uint64_t size() const { return file_->size_; }

 private:
  friend class ContentRepository;
  std::shared_ptr<ClaimFile> file_;
  std::unique_ptr<WritableFile> writer_;
  uint64_t claimed_ = 0;
};

/// The contents of FlowFiles: a folder of immutable files, many small contents to a file, a large one in a file of its own
/// (which the local object store may then adopt by link).
///
/// Life cycle: `open`, `recover` each claim that a FlowFile record names, `sweep` the rest; `close` before the queues are
/// destroyed. Concurrency: all functions may be called from any thread; a ClaimWriter belongs to one. Durability: a claim after
/// its writer's `sync` and one `sync_directory`. Costs: O(files) at start, else O(bytes).
class ContentRepository {
 public:
  static Result<std::unique_ptr<ContentRepository>> open(FileSystem& files, const Path& directory);

  Result<std::unique_ptr<ClaimWriter>> create();
  Result<std::string> read(const ContentClaim& claim, uint64_t offset, uint64_t count) const;
  Result<void> sync_directory();

  /// Fails with `corrupt` when the file is missing or shorter than the claim.
  Result<ContentClaim> recover(uint64_t file_id, uint64_t offset, uint64_t size);
  /// Deletes the files that no recovered claim refers to; returns how many.
  Result<size_t> sweep();
  /// From now on nothing is deleted.
  void close() { *keep_ = true; }

 private:
  ContentRepository(FileSystem& files, Path directory) : files_(files), directory_(std::move(directory)) {}
  Path path_of(uint64_t id) const;

  FileSystem& files_;
  Path directory_;
  std::atomic<uint64_t> next_id_ = 1;
  std::shared_ptr<std::atomic<bool>> keep_ = std::make_shared<std::atomic<bool>>(false);
  std::set<std::string> unclaimed_;                                        // names found at start
  std::unordered_map<uint64_t, std::weak_ptr<const ClaimFile>> recovered_; // during recovery
};

} // namespace freshet::flow
