#pragma once

#include <functional>

#include "base/file_system.h"

namespace freshet::flow {

/// Real files behind a hook that is asked before each call that changes or reads them, and may answer with an error.
class FaultyFileSystem final : public FileSystem {
 public:
  using Hook = std::function<Result<void>(std::string_view call, const Path& path)>;
  explicit FaultyFileSystem(Hook hook) : hook_(std::move(hook)) {}

  using FileSystem::create;
  Result<std::unique_ptr<WritableFile>> create(const Path& path, Readers readers) override {
    TRY(hook_("create", path));
    return std::make_unique<Writer>(*this, path, TRY(real_.create(path, readers)));
  }
  Result<std::unique_ptr<ReadableFile>> open(const Path& path) override {
    TRY(hook_("open", path));
    return real_.open(path);
  }
  Result<FileStatus> status(const Path& path) override {
    TRY(hook_("status", path));
    return real_.status(path);
  }
  Result<std::vector<std::string>> list(const Path& directory) override {
    TRY(hook_("list", directory));
    return real_.list(directory);
  }
  Result<void> create_directories(const Path& path) override { return real_.create_directories(path); }
  Result<void> rename(const Path& from, const Path& to) override {
    TRY(hook_("rename", from));
    return real_.rename(from, to);
  }
  Result<void> link_or_copy(const Path& from, const Path& to) override { return real_.link_or_copy(from, to); }
  Result<void> remove(const Path& path) override {
    TRY(hook_("remove", path));
    return real_.remove(path);
  }
  Result<void> sync_directory(const Path& path) override {
    TRY(hook_("sync_directory", path));
    return real_.sync_directory(path);
  }
  Result<void> sync_file(const Path& path) override {
    TRY(hook_("sync", path));
    return real_.sync_file(path);
  }

 private:
  class Writer final : public WritableFile {
   public:
    Writer(FaultyFileSystem& owner, Path path, std::unique_ptr<WritableFile> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    Result<void> append(std::string_view bytes) override {
      TRY(owner_.hook_("append", path_));
      return real_->append(bytes);
    }
    Result<void> sync() override {
      TRY(owner_.hook_("sync", path_));
      return real_->sync();
    }

   private:
    FaultyFileSystem& owner_;
    Path path_;
    std::unique_ptr<WritableFile> real_;
  };

  Hook hook_;
  RealFileSystem real_;
};

} // namespace freshet::flow
