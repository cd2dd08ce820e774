#include "app/data_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace freshet::app {
namespace {

Path address_path(const Path& folder) {
  return folder / "address";
}

} // namespace

Result<DataFolder> DataFolder::take(FileSystem& files, const Path& path) {
  TRY(files.create_directories(path));
  const Path lock_path = path / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) {
    return fail(ErrorKind::permission_denied,
                fmt::format("cannot use the data folder {}: {}", path.string(), std::strerror(errno)));
  }
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(ErrorKind::conflict,
                fmt::format("the data folder {} is in use by another Freshet; stop that one, or use another folder with "
                            "--data",
                            path.string()));
  }
  DataFolder folder(files, path, lock);
  TRY(files.remove(address_path(path)));
  return folder;
}

DataFolder::DataFolder(DataFolder&& other) noexcept
    : files_(other.files_), path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataFolder::~DataFolder() {
  if (lock_ < 0) return;
  (void)files_->remove(address_path(path_)); // the next one that takes the folder removes it, too
  ::close(lock_);
}

Result<void> DataFolder::announce(const std::string& address) {
  return files_->write_durably(address_path(path_), address + "\n");
}

Result<std::string> DataFolder::announced(FileSystem& files, const Path& path) {
  auto address = TRY(files.read_all(address_path(path)));
  while (address.ends_with('\n')) address.pop_back();
  return address;
}

Result<uint64_t> memory_bytes(const std::string& amount) {
  double number = 0;
  const auto [rest, error] = std::from_chars(amount.data(), amount.data() + amount.size(), number);
  const std::string_view unit(rest, static_cast<size_t>(amount.data() + amount.size() - rest));
  const auto machine = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  double bytes = 0;
  if (unit == "%") bytes = number / 100 * machine;
  if (unit == "MB") bytes = number * 1e6;
  if (unit == "GB") bytes = number * 1e9;
  constexpr double k_least = 64e6;
  if (error != std::errc() || bytes < k_least || bytes > machine) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("memory_limit '{}' is no amount this machine has; write 50%, 512MB or 4GB (at least "
                            "64MB, at most {:.1f}GB)",
                            amount, machine / 1e9));
  }
  return static_cast<uint64_t>(bytes);
}

} // namespace freshet::app
