#pragma once

#include <fstream>
#include <mutex>
#include <optional>
#include <set>

#include "base/file_system.h"

namespace freshet::objects {

/// Real files of a disk that fills up, refuses to sync, or forgets what was not synced.
class FaultyFileSystem final : public FileSystem {
 public:
  std::optional<uint64_t> space; // bytes that may still be written; empty: no limit
  bool fail_directory_sync = false;

  /// A power loss: files whose bytes were not synced are empty, and names in folders that were not synced are gone.
  void lose_unsynced() {
    std::lock_guard guard(mutex_);
    for (const auto& path : unsynced_bytes_) {
      if (std::filesystem::exists(path)) std::ofstream(path, std::ios::trunc);
    }
    for (const auto& path : unsynced_names_) std::filesystem::remove(path);
  }

  using FileSystem::create;
  Result<std::unique_ptr<WritableFile>> create(const Path& path, Readers readers) override {
    auto file = real_.create(path, readers);
    if (!file) return file;
    std::lock_guard guard(mutex_);
    unsynced_bytes_.insert(path);
    unsynced_names_.insert(path);
    return std::make_unique<File>(*this, path, std::move(*file));
  }
  Result<std::unique_ptr<ReadableFile>> open(const Path& path) override { return real_.open(path); }
  Result<FileStatus> status(const Path& path) override { return real_.status(path); }
  Result<std::vector<std::string>> list(const Path& directory) override { return real_.list(directory); }
  Result<void> create_directories(const Path& path) override { return real_.create_directories(path); }
  Result<void> rename(const Path& from, const Path& to) override {
    std::lock_guard guard(mutex_);
    if (unsynced_bytes_.erase(from) > 0) unsynced_bytes_.insert(to);
    unsynced_names_.erase(from);
    unsynced_names_.insert(to);
    return real_.rename(from, to);
  }
  Result<void> link_or_copy(const Path& from, const Path& to) override {
    std::lock_guard guard(mutex_);
    if (unsynced_bytes_.contains(from)) unsynced_bytes_.insert(to);
    unsynced_names_.insert(to);
    return real_.link_or_copy(from, to);
  }
  Result<void> remove(const Path& path) override {
    std::lock_guard guard(mutex_);
    unsynced_bytes_.erase(path);
    unsynced_names_.erase(path);
    return real_.remove(path);
  }
  Result<void> sync_directory(const Path& path) override {
    if (fail_directory_sync) return fail(ErrorKind::io, "cannot sync " + path.string());
    std::lock_guard guard(mutex_);
    std::erase_if(unsynced_names_, [&](const Path& name) { return name.parent_path() == path; });
    return real_.sync_directory(path);
  }
  Result<void> sync_file(const Path& path) override {
    std::lock_guard guard(mutex_);
    unsynced_bytes_.erase(path);
    return real_.sync_file(path);
  }

 private:
  class File final : public WritableFile {
   public:
    File(FaultyFileSystem& owner, Path path, std::unique_ptr<WritableFile> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    Result<void> append(std::string_view bytes) override {
      if (owner_.space) {
        const uint64_t fits = std::min<uint64_t>(*owner_.space, bytes.size());
        *owner_.space -= fits;
        if (auto written = real_->append(bytes.substr(0, fits)); !written || fits == bytes.size()) return written;
        return fail(ErrorKind::out_of_space, "cannot write to " + path_.string() + ": no space left on device");
      }
      return real_->append(bytes);
    }
    Result<void> sync() override {
      std::lock_guard guard(owner_.mutex_);
      owner_.unsynced_bytes_.erase(path_);
      return real_->sync();
    }

   private:
    FaultyFileSystem& owner_;
    Path path_;
    std::unique_ptr<WritableFile> real_;
  };

  RealFileSystem real_;
  std::mutex mutex_;
  std::set<Path> unsynced_bytes_;
  std::set<Path> unsynced_names_;
};

} // namespace freshet::objects
