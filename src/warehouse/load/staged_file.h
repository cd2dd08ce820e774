#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "objects/object_store.h"
#include "warehouse/load/file_scan.h"

namespace freshet::warehouse {

/// A file in a folder of ours that goes when its handle goes.
class TemporaryFile {
 public:
  TemporaryFile(FileSystem& files, Path path) : files_(files), path_(std::move(path)) {}
  ~TemporaryFile() { (void)files_.remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const Path& path() const { return path_; }

 private:
  FileSystem& files_;
  Path path_;
};

/// A staged object's content, decompressed, ready to be read any number of times. Small plain ones are held in memory,
/// compressed ones are unpacked into a temporary file, the rest is read where it lies.
class StagedFile {
 public:
  static constexpr uint64_t k_small_bytes = 4ull << 20;

  /// Errors: not_found (it is gone), corrupt (not what its compression says), those of the store and of the file system.
  static Result<StagedFile> open(objects::ObjectStore& store, const objects::ObjectInfo& object, Compression compression,
                                 FileSystem& files, const Path& temporary_path);

  /// From the start.
  Result<FileScan::Source> source() const;
  /// Where the engine can read the same bytes; empty for content in memory.
  std::optional<Path> path() const;
  bool small() const { return !path(); }
  /// The same, small content written to `temporary_path` when there is no such file yet.
  Result<Path> on_disk(const Path& temporary_path);

 private:
  explicit StagedFile(FileSystem& files) : files_(&files) {}

  FileSystem* files_;
  std::shared_ptr<const std::string> bytes_;
  std::shared_ptr<const Path> file_;
  std::shared_ptr<TemporaryFile> unpacked_;
};

} // namespace freshet::warehouse
