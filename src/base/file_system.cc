#include "base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace freshet {
namespace {

std::unexpected<Error> system_failure(std::string_view action, const Path& path, int code) {
  ErrorKind kind = ErrorKind::io;
  std::string_view advice;
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      kind = ErrorKind::out_of_space;
      advice = "; free some space and try again";
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::permission_denied;
      advice = "; check the owner and mode of the file and its folders";
      break;
    case ENOENT:
      kind = ErrorKind::not_found;
      break;
    case EEXIST:
      kind = ErrorKind::already_exists;
      break;
    default:
      break;
  }
  return fail(kind, fmt::format("cannot {} {}: {}{}", action, path.string(), std::strerror(code), advice));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  ~FileDescriptor() {
    if (value_ >= 0) ::close(value_);
  }
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

class RealWritableFile final : public WritableFile {
 public:
  RealWritableFile(FileDescriptor descriptor, Path path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<void> append(std::string_view bytes) override {
    const off_t after = size_ + static_cast<off_t>(bytes.size());
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), after - static_cast<off_t>(bytes.size()));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        const int cause = errno;
        (void)::ftruncate(descriptor_.get(), size_); // at worst the next bytes overwrite what it leaves
        return system_failure("write to", path_, cause);
      }
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    size_ = after;
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return system_failure("sync", path_, errno);
    return {};
  }

 private:
  FileDescriptor descriptor_;
  Path path_;
  off_t size_ = 0;
};

class RealReadableFile final : public ReadableFile {
 public:
  RealReadableFile(FileDescriptor descriptor, Path path, uint64_t size)
      : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

  uint64_t size() const override { return size_; }

  Result<std::string> read(uint64_t offset, uint64_t count) const override {
    std::string bytes(std::min(count, offset < size_ ? size_ - offset : 0), '\0');
    size_t filled = 0;
    while (filled < bytes.size()) {
      const ssize_t got =
          ::pread(descriptor_.get(), bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_failure("read", path_, errno);
      if (got == 0) break;
      filled += static_cast<size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
  }

 private:
  FileDescriptor descriptor_;
  Path path_;
  uint64_t size_;
};

TimePoint time_of(const timespec& time) {
  return TimePoint{
      std::chrono::duration_cast<Duration>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec))};
}

std::string owner_name(uid_t id) {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (::getpwuid_r(id, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(id);
}

std::string group_name(gid_t id) {
  group entry{};
  group* found = nullptr;
  char buffer[4096];
  if (::getgrgid_r(id, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) return found->gr_name;
  return std::to_string(id);
}

} // namespace

Result<std::string> FileSystem::read_all(const Path& path) {
  auto file = TRY(open(path));
  return file->read(0, file->size());
}

Result<void> FileSystem::write_durably(const Path& path, std::string_view content) {
  Path staged = path;
  staged += ".staged";
  {
    auto file = TRY(create(staged));
    TRY(file->append(content));
    TRY(file->sync());
  }
  TRY(rename(staged, path));
  return sync_directory(path.has_parent_path() ? path.parent_path() : Path{"."});
}

Result<std::unique_ptr<WritableFile>> RealFileSystem::create(const Path& path, Readers readers) {
  const mode_t mode = readers == Readers::owner ? 0600 : 0666;
  FileDescriptor descriptor{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
  if (descriptor.get() < 0) return system_failure("create", path, errno);
  return std::make_unique<RealWritableFile>(std::move(descriptor), path);
}

Result<std::unique_ptr<ReadableFile>> RealFileSystem::open(const Path& path) {
  FileDescriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.get() < 0) return system_failure("open", path, errno);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return system_failure("read the status of", path, errno);
  if (S_ISDIR(status.st_mode)) return system_failure("read", path, EISDIR);
  return std::make_unique<RealReadableFile>(std::move(descriptor), path, static_cast<uint64_t>(status.st_size));
}

Result<FileStatus> RealFileSystem::status(const Path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_failure("read the status of", path, errno);
  FileStatus result;
  result.type = S_ISREG(status.st_mode)   ? FileStatus::Type::regular
                : S_ISDIR(status.st_mode) ? FileStatus::Type::directory
                                          : FileStatus::Type::other;
  result.size = static_cast<uint64_t>(status.st_size);
  result.modified = time_of(status.st_mtim);
  result.accessed = time_of(status.st_atim);
  result.changed = time_of(status.st_ctim);
  result.inode = status.st_ino;
  result.owner = owner_name(status.st_uid);
  result.group = group_name(status.st_gid);
  result.permissions = status.st_mode & 0777;
  return result;
}

Result<std::vector<std::string>> RealFileSystem::list(const Path& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(directory.c_str()), ::closedir};
  if (!stream) return system_failure("list", directory, errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return system_failure("list", directory, errno);
  return names;
}

Result<void> RealFileSystem::create_directories(const Path& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return system_failure("create the folder", path, code.value());
  return {};
}

Result<void> RealFileSystem::rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("rename " + from.string() + " to", to, errno);
  return {};
}

Result<void> RealFileSystem::link_or_copy(const Path& from, const Path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != ENOTSUP) {
    return system_failure("link " + from.string() + " to", to, errno);
  }
  std::error_code code;
  std::filesystem::copy_file(from, to, code);
  if (code) return system_failure("copy " + from.string() + " to", to, code.value());
  FileDescriptor copied{::open(to.c_str(), O_WRONLY | O_CLOEXEC)};
  if (copied.get() < 0 || ::fdatasync(copied.get()) != 0) return system_failure("sync", to, errno);
  return {};
}

Result<void> RealFileSystem::remove(const Path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  if (errno == EISDIR && ::rmdir(path.c_str()) == 0) return {}; // an empty directory
  return system_failure("remove", path, errno);
}

Result<void> RealFileSystem::sync_directory(const Path& path) {
  FileDescriptor descriptor{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (descriptor.get() < 0) return system_failure("open", path, errno);
  if (::fsync(descriptor.get()) != 0) return system_failure("sync", path, errno);
  return {};
}

Result<void> RealFileSystem::sync_file(const Path& path) {
  FileDescriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.get() < 0) return system_failure("open", path, errno);
  if (::fdatasync(descriptor.get()) != 0) return system_failure("sync", path, errno);
  return {};
}

} // namespace freshet
