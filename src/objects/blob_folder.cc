#include "objects/blob_folder.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "base/random.h"

namespace freshet::objects {
namespace {

constexpr unsigned k_folder_bits = 12; // 4096 blobs in a folder

Result<void> empty(FileSystem& files, const Path& folder) {
  TRY(files.create_directories(folder));
  for (const auto& name : TRY(files.list(folder))) TRY(files.remove(folder / name));
  return {};
}

} // namespace

BlobFolder::BlobFolder(FileSystem& files, Path folder) : files_(files), folder_(std::move(folder)) {}

Result<void> BlobFolder::open() {
  TRY(files_.create_directories(folder_ / "blobs"));
  TRY(empty(files_, staging()));
  TRY(empty(files_, folder_ / "cache"));
  TRY(files_.sync_directory(folder_));
  if (folder_.has_parent_path()) TRY(files_.sync_directory(folder_.parent_path()));
  return {};
}

Path BlobFolder::folder_of(uint64_t id) const {
  return folder_ / "blobs" / fmt::format("{:013x}", id >> k_folder_bits);
}

Path BlobFolder::path_of(uint64_t id) const {
  return folder_of(id) / fmt::format("{:016x}", id);
}

Result<void> BlobFolder::write(uint64_t id, std::string_view bytes) {
  const Path staged = staging() / fmt::format("{:016x}", id);
  const auto store = [&]() -> Result<void> {
    {
      auto file = TRY(files_.create(staged));
      TRY(file->append(bytes));
      TRY(file->sync());
    }
    TRY(ensure(folder_of(id)));
    TRY(files_.rename(staged, path_of(id)));
    return sync(folder_of(id));
  };
  auto stored = store();
  if (!stored) (void)files_.remove(staged);
  return stored;
}

Result<void> BlobFolder::adopt(uint64_t id, const Path& file) {
  TRY(files_.sync_file(file));
  TRY(ensure(folder_of(id)));
  TRY(files_.link_or_copy(file, path_of(id)));
  return sync(folder_of(id));
}

Result<void> BlobFolder::ensure(const Path& folder) {
  {
    std::lock_guard guard(mutex_);
    if (folders_.contains(folder)) return {};
  }
  TRY(files_.create_directories(folder));
  TRY(files_.sync_directory(folder.parent_path()));
  std::lock_guard guard(mutex_);
  if (folders_.size() > 64) std::erase_if(folders_, [](const auto& entry) { return entry.second.use_count() == 1; });
  folders_.try_emplace(folder, std::make_shared<SharedSync>());
  return {};
}

Result<void> BlobFolder::sync(const Path& folder) {
  std::shared_ptr<SharedSync> shared;
  {
    std::lock_guard guard(mutex_);
    auto& known = folders_[folder];
    if (!known) known = std::make_shared<SharedSync>();
    shared = known;
  }
  std::unique_lock lock(shared->mutex);
  const uint64_t ticket = ++shared->asked;
  while (shared->done < ticket) {
    if (shared->running) {
      shared->changed.wait(lock);
      continue;
    }
    shared->running = true;
    const uint64_t round = shared->asked;
    lock.unlock();
    auto synced = files_.sync_directory(folder);
    lock.lock();
    shared->running = false;
    if (!synced) shared->failures.emplace(round, synced.error());
    if (shared->failures.size() > 16) shared->failures.erase(shared->failures.begin());
    shared->done = round;
    shared->changed.notify_all();
    return synced;
  }
  // Somebody else's round included this ticket: its outcome is this one's.
  const auto failure = shared->failures.lower_bound(ticket);
  if (failure != shared->failures.end() && failure->first <= shared->done) return std::unexpected(failure->second);
  return {};
}

std::shared_ptr<const Path> BlobFolder::pin(uint64_t id) {
  std::lock_guard guard(mutex_);
  ++pins_[id];
  return {new Path(path_of(id)), [self = shared_from_this(), id](const Path* path) {
            delete path;
            self->unpin(id);
          }};
}

void BlobFolder::unpin(uint64_t id) {
  std::unique_lock lock(mutex_);
  if (--pins_[id] > 0) return;
  pins_.erase(id);
  if (dropped_.erase(id) == 0) return;
  lock.unlock();
  drop(id);
}

void BlobFolder::drop(uint64_t id) {
  {
    std::lock_guard guard(mutex_);
    if (pins_.contains(id)) {
      dropped_.insert(id);
      return;
    }
  }
  if (auto removed = files_.remove(path_of(id)); !removed) {
    log::warn("objects", "{}; it is removed at the next start", removed.error().message);
  }
}

Result<std::shared_ptr<const Path>> BlobFolder::cache(uint64_t id, std::string_view bytes) {
  std::lock_guard guard(mutex_);
  std::erase_if(cached_, [](const auto& entry) { return entry.second.expired(); });
  if (const auto found = cached_.find(id); found != cached_.end()) {
    if (auto present = found->second.lock()) return present;
  }
  const Path path = folder_ / "cache" / fmt::format("{:016x}-{}", id, random_secret_hex(4));
  auto file = TRY(files_.create(path));
  if (auto written = file->append(bytes); !written) {
    (void)files_.remove(path);
    return std::unexpected(written.error());
  }
  // Not a deleter, which cached_ would keep, and with it this folder: it lives as long as the last weak reference.
  auto owner = std::make_shared<CachedFile>(shared_from_this(), path);
  const std::shared_ptr<const Path> handle(owner, &owner->path);
  cached_[id] = handle;
  return handle;
}

Result<size_t> BlobFolder::sweep(uint64_t limit, const std::function<Result<bool>(uint64_t id)>& wanted) {
  size_t removed = 0;
  for (const auto& folder : TRY(files_.list(folder_ / "blobs"))) {
    for (const auto& name : TRY(files_.list(folder_ / "blobs" / folder))) {
      uint64_t id = 0;
      const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id, 16);
      if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size() || id >= limit || TRY(wanted(id))) continue;
      drop(id);
      ++removed;
    }
  }
  return removed;
}

} // namespace freshet::objects
