#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::warehouse {

/// What the client is to do for PUT and GET: the files go between its own disk and the store, not through the statement.
struct FileTransfer {
  bool upload = true;
  std::string local; // PUT: the files, with * and ?; GET: the folder; without file://
  std::string bucket;
  std::string prefix;             // of the keys: a name below it makes a key
  std::vector<std::string> files; // GET: names below the prefix
  bool auto_compress = true;
  std::string source_compression = "auto_detect"; // or gzip, none, …
  bool overwrite = false;
  int64_t parallel = 4;
};

/// The transfers that statements have asked for, by their query ids; the latest few hundred. A service of the warehouse, which whoever
/// answers the client asks. Concurrency: any thread.
class FileTransfers {
 public:
  void add(std::string query_id, FileTransfer transfer) {
    const std::lock_guard lock(mutex_);
    transfers_.emplace_back(std::move(query_id), std::make_shared<const FileTransfer>(std::move(transfer)));
    if (transfers_.size() > k_kept) transfers_.pop_front();
  }
  /// Null when the statement asked for none.
  std::shared_ptr<const FileTransfer> find(std::string_view query_id) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, transfer] : transfers_) {
      if (id == query_id) return transfer;
    }
    return nullptr;
  }

 private:
  static constexpr size_t k_kept = 256;
  mutable std::mutex mutex_;
  std::deque<std::pair<std::string, std::shared_ptr<const FileTransfer>>> transfers_;
};

} // namespace freshet::warehouse
