#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/file_system.h"

struct inotify_event;

namespace freshet::flow {

/// What the kernel (inotify) says about the files of one folder: which were finished (closed after writing, or moved in), and
/// which are being written. Paths are relative to the folder.
///
/// Life cycle: watches from a successful `ensure` on; a folder that goes away must be ensured again. With a wake function, a
/// thread reads events as they come and calls it; without, `take` reads them. Concurrency: all functions may be called from any
/// thread; `wake` is called on the watch's own. Limits: 100,000 reports not taken, after which, as after a kernel overflow, a
/// rescan is asked for instead. Costs: O(events), O(folders) once.
class FolderWatch {
 public:
  FolderWatch(Path root, bool recursive, std::function<void()> wake);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Watches the folder and, if recursive, all below it, unless it does already. False when the kernel refuses (no such folder,
  /// no permission, no watches left): then only scanning finds files.
  bool ensure();
  bool active() const;

  struct Report {
    std::vector<std::string> finished; // each once, in the order of the events
    bool rescan = false;               // something may have been missed: look at everything
  };
  Report take();
  /// What happened to the file since it was last finished: it was created (by a writer that has written nothing yet, or as a
  /// link, which is never closed), or modified (by a writer that has not closed it).
  enum class Writing { no, created, modified };
  Writing writing(const std::string& path) const;

 private:
  void run();
  void read_events();
  void handle(const inotify_event& event, std::string_view name);
  bool add(const std::string& directory, int depth);
  void lose_everything();

  const Path root_;
  const bool recursive_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  int inotify_ = -1;
  int stop_event_ = -1;
  std::map<int, std::string> directories_; // by watch; "" or "a/b/"
  std::vector<std::string> finished_;
  std::set<std::string> finished_set_;
  std::map<std::string, Writing> writing_;
  bool rescan_ = false;
  std::thread thread_;
};

} // namespace freshet::flow
