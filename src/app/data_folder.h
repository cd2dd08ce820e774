#pragma once

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::app {

/// The folder that holds everything Freshet keeps. While this lives, no other process may take it: a second start is told so.
class DataFolder {
 public:
  /// Makes the folder when it is missing. conflict: another process uses it.
  static Result<DataFolder> take(FileSystem& files, const Path& path);
  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&&) = delete;
  ~DataFolder();

  const Path& path() const { return path_; }

 private:
  DataFolder(Path path, int lock) : path_(std::move(path)), lock_(lock) {}

  Path path_;
  int lock_;
};

/// "4GB", "512MB" or "50%" of the machine's memory, in bytes.
Result<uint64_t> memory_bytes(const std::string& amount);

}  // namespace freshet::app
