#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::objects {

/// The immutable files that hold large bodies, named by number: staged, synced, renamed, their folder synced.
///
/// Concurrency: all functions may be called from any thread; concurrent writers share the sync of a folder. Durability: `write`
/// and `adopt` return after bytes and name survive a power loss. A pinned blob stays until its last pin goes, even when
/// dropped.
class BlobFolder : public std::enable_shared_from_this<BlobFolder> {
 public:
  BlobFolder(FileSystem& files, Path folder);

  /// Makes the folders and empties those that hold nothing worth keeping (staged, cache).
  Result<void> open();
  Path staging() const { return folder_ / "staged"; }

  Result<void> write(uint64_t id, std::string_view bytes);
  /// Makes the blob another name of `file` (or a copy, on another file system).
  Result<void> adopt(uint64_t id, const Path& file);
  Path path_of(uint64_t id) const;
  /// Keeps the blob until the handle goes. The caller makes sure afterwards that the blob is still wanted.
  std::shared_ptr<const Path> pin(uint64_t id);
  /// Removes the file, at once or when its last pin goes.
  void drop(uint64_t id);
  /// A file of these bytes for as long as the handle lives; nothing durable about it. Handles of one id share the file.
  Result<std::shared_ptr<const Path>> cache(uint64_t id, std::string_view bytes);
  /// Removes every blob below `limit` that nobody wants: a crash left it.
  Result<size_t> sweep(uint64_t limit, const std::function<Result<bool>(uint64_t id)>& wanted);

 private:
  /// Syncs of one folder, shared: whoever asks while one runs waits for the next.
  struct SharedSync {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t asked = 0;
    uint64_t done = 0;
    bool running = false;
    std::map<uint64_t, Error> failures; // by the last ticket of the failed round
  };

  struct CachedFile {
    std::shared_ptr<BlobFolder> folder;
    Path path;
    CachedFile(std::shared_ptr<BlobFolder> owner, Path at) : folder(std::move(owner)), path(std::move(at)) {}
    CachedFile(const CachedFile&) = delete;
    CachedFile& operator=(const CachedFile&) = delete;
    ~CachedFile() { (void)folder->files_.remove(path); }
  };

  Path folder_of(uint64_t id) const;
  Result<void> ensure(const Path& folder);
  Result<void> sync(const Path& folder);
  void unpin(uint64_t id);

  FileSystem& files_;
  const Path folder_;
  std::mutex mutex_;
  std::map<Path, std::shared_ptr<SharedSync>> folders_; // known to exist durably
  std::map<uint64_t, size_t> pins_;
  std::set<uint64_t> dropped_; // pinned ones to remove later
  std::map<uint64_t, std::weak_ptr<const Path>> cached_;
};

} // namespace freshet::objects
