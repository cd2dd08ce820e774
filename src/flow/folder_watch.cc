#include "flow/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

namespace freshet::flow {
namespace {

constexpr size_t k_reports_max = 100'000;
constexpr int k_depth_max = 64;
constexpr uint32_t k_events = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

} // namespace

FolderWatch::FolderWatch(Path root, bool recursive, std::function<void()> wake)
    : root_(std::move(root)), recursive_(recursive), wake_(std::move(wake)) {
  inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_ < 0 || !wake_) return;
  stop_event_ = ::eventfd(0, EFD_CLOEXEC);
  if (stop_event_ >= 0) thread_ = std::thread([this] { run(); });
}

FolderWatch::~FolderWatch() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    while (::write(stop_event_, &one, sizeof one) < 0 && errno == EINTR) {
    }
    thread_.join();
  }
  if (stop_event_ >= 0) ::close(stop_event_);
  if (inotify_ >= 0) ::close(inotify_);
}

bool FolderWatch::ensure() {
  const std::lock_guard lock(mutex_);
  if (inotify_ < 0) return false;
  if (!directories_.empty()) return true;
  return add("", 0);
}

bool FolderWatch::active() const {
  const std::lock_guard lock(mutex_);
  return !directories_.empty();
}

FolderWatch::Report FolderWatch::take() {
  if (!thread_.joinable()) read_events();
  const std::lock_guard lock(mutex_);
  Report report{std::exchange(finished_, {}), std::exchange(rescan_, false)};
  finished_set_.clear();
  return report;
}

FolderWatch::Writing FolderWatch::writing(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = writing_.find(path);
  return found == writing_.end() ? Writing::no : found->second;
}

void FolderWatch::run() {
  while (true) {
    pollfd waits[2] = {{inotify_, POLLIN, 0}, {stop_event_, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    if ((waits[0].revents & POLLIN) == 0) continue;
    read_events();
    bool news = false;
    {
      const std::lock_guard lock(mutex_);
      news = !finished_.empty() || rescan_;
    }
    if (news) wake_();
  }
}

void FolderWatch::read_events() {
  alignas(inotify_event) char buffer[16384];
  while (true) {
    const ssize_t size = inotify_ < 0 ? -1 : ::read(inotify_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;
    const std::lock_guard lock(mutex_);
    for (ssize_t at = 0; at < size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
      handle(*event, event->len > 0 ? std::string_view(event->name) : std::string_view{});
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

void FolderWatch::handle(const inotify_event& event, std::string_view name) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return lose_everything();
  const auto directory = directories_.find(event.wd);
  if (directory == directories_.end()) return;
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
    if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_, event.wd);
    directories_.erase(directory);
    rescan_ = true;
    return;
  }
  const std::string path = directory->second + std::string(name);
  if ((event.mask & IN_ISDIR) != 0) {
    if (recursive_ && (event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
      add(path + "/", 1);
      rescan_ = true; // what was in it before the watch
    }
    return;
  }
  if ((event.mask & (IN_CREATE | IN_MODIFY)) != 0) {
    if (writing_.size() >= k_reports_max) return lose_everything();
    writing_[path] = (event.mask & IN_MODIFY) != 0 ? Writing::modified : Writing::created;
  }
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)) != 0) writing_.erase(path);
  if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
    if (finished_.size() >= k_reports_max) return lose_everything();
    if (finished_set_.insert(path).second) finished_.push_back(path);
  }
}

bool FolderWatch::add(const std::string& directory, int depth) {
  const Path path = root_ / directory;
  const int watch = ::inotify_add_watch(inotify_, path.c_str(), k_events);
  if (watch < 0) return false;
  directories_[watch] = directory;
  if (!recursive_ || depth >= k_depth_max) return true;
  std::error_code code;
  for (std::filesystem::directory_iterator at(path, code), end; !code && at != end; at.increment(code)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !at->is_symlink(ignored)) add(directory + at->path().filename().string() + "/", depth + 1);
  }
  return true;
}

void FolderWatch::lose_everything() {
  finished_.clear();
  finished_set_.clear();
  writing_.clear();
  rescan_ = true;
}

} // namespace freshet::flow
