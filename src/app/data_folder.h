#pragma once

#include <string>

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

  /// Writes into the folder where this process answers ("127.0.0.1:8472"), until it lets go. What a killed process wrote is
  /// gone at the next `take`.
  Result<void> announce(const std::string& address);
  /// Where the process that uses the folder answers; not_found while it starts or when there is none.
  static Result<std::string> announced(FileSystem& files, const Path& path);

 private:
  DataFolder(FileSystem& files, Path path, int lock) : files_(&files), path_(std::move(path)), lock_(lock) {}

  FileSystem* files_;
  Path path_;
  int lock_;
};

/// "4GB", "512MB" or "50%" of the machine's memory, in bytes.
Result<uint64_t> memory_bytes(const std::string& amount);

} // namespace freshet::app
