#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace freshet {

using Path = std::filesystem::path;

struct FileStatus {
  enum class Type { regular, directory, other };
  Type type = Type::regular;
  uint64_t size = 0; // bytes
  TimePoint modified;
  TimePoint accessed;
  TimePoint changed; // inode change: the nearest thing to a creation time that POSIX promises
  uint64_t inode = 0;
  std::string owner;
  std::string group;
  uint32_t permissions = 0; // the lower nine bits of st_mode
};

/// A file being written from its start to its end. Closing happens in the destructor; what was not synced may be lost by a crash.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Result<void> append(std::string_view bytes) = 0; // all of them, or after an error none
  /// Returns once the bytes are on stable storage (fdatasync).
  virtual Result<void> sync() = 0;
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual uint64_t size() const = 0;
  /// Up to `count` bytes from `offset`; fewer only at the end of the file.
  virtual Result<std::string> read(uint64_t offset, uint64_t count) const = 0;
};

/// The files of one machine. Errors name the path and what to do; ENOSPC and EDQUOT are ErrorKind::out_of_space, EACCES and EPERM
/// are permission_denied, ENOENT is not_found. All functions may be called from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// Creates or truncates. Only the owner may read a new file, unless it is made for others to pick up.
  enum class Readers { owner, by_umask };
  virtual Result<std::unique_ptr<WritableFile>> create(const Path& path, Readers readers) = 0;
  Result<std::unique_ptr<WritableFile>> create(const Path& path) { return create(path, Readers::owner); }
  virtual Result<std::unique_ptr<ReadableFile>> open(const Path& path) = 0;
  virtual Result<FileStatus> status(const Path& path) = 0; // follows symbolic links
  /// The names in a directory, unsorted, without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& directory) = 0;
  virtual Result<void> create_directories(const Path& path) = 0;
  /// Replaces `to` atomically. Durable once the directory of `to` is synced.
  virtual Result<void> rename(const Path& from, const Path& to) = 0;
  /// Makes `to` another name of the same bytes: a hard link where the file system can, else a copy. `to` must not exist.
  virtual Result<void> link_or_copy(const Path& from, const Path& to) = 0;
  virtual Result<void> remove(const Path& path) = 0; // absent is fine
  virtual Result<void> sync_directory(const Path& path) = 0;
  /// Returns once the bytes of a file written by somebody else are on stable storage.
  virtual Result<void> sync_file(const Path& path) = 0;

  Result<std::string> read_all(const Path& path);
  /// Staged beside `path`, synced, renamed over it, directory synced: afterwards the new content survives a power loss, and at no
  /// moment is there a mix of old and new.
  Result<void> write_durably(const Path& path, std::string_view content);
};

class RealFileSystem final : public FileSystem {
 public:
  using FileSystem::create;
  Result<std::unique_ptr<WritableFile>> create(const Path& path, Readers readers) override;
  Result<std::unique_ptr<ReadableFile>> open(const Path& path) override;
  Result<FileStatus> status(const Path& path) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<void> create_directories(const Path& path) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> link_or_copy(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> sync_directory(const Path& path) override;
  Result<void> sync_file(const Path& path) override;
};

}  // namespace freshet
