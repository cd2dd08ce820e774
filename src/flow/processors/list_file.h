#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flow/folder_watch.h"
#include "flow/processor.h"
#include "flow/processors/file_filter.h"

namespace freshet::flow {

/// Lists the files of a folder: one FlowFile without content for each, in order of modification (docs/adr/0003).
///
/// A file is listed once for each modification time and size it has. Which ones were, the component's durable
/// entries remember, one per file that is there; they commit together with the FlowFiles, so no crash loses or doubles a file.
/// It is found by the kernel's report that it was finished (closed after writing, moved in), at once and whatever its
/// modification time; or by a scan, every scheduling period, once its modification time is older than the lag. A file that the
/// kernel says is being written waits. Costs: a wake-up O(reports · log n); a scan O(files), holding one folder's names and the
/// new files' paths in memory.
class ListFile final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  Result<void> on_scheduled(ProcessContext& context) override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;
  void on_stopped() override;
  bool has_backlog() const override { return backlog_; }

 private:
  struct Found {
    TimePoint modified;
    std::string path; // relative
    auto operator<=>(const Found&) const = default;
  };
  struct Scan; // one walk over the folder

  Result<void> scan(ProcessContext& context, ProcessSession& session);
  Result<void> scan_directory(Scan& scan, const std::string& directory, int depth);
  void scan_name(Scan& scan, const std::string& directory, const std::string& name, const std::string* listed, int depth);
  void forget_absent_directories(const Scan& scan);
  void take_reports(ProcessContext& context);
  void look_again(ProcessContext& context);
  /// Puts a file that is not listed yet among those to emit, or those to look at again later.
  void consider(TimePoint now, const std::string& path, const FileStatus& status);
  TimePoint ready_at(TimePoint now, const std::string& path, const FileStatus& status);
  void detect_precision(TimePoint modified);
  bool is_listed(const std::string& entry, const FileStatus& status) const;
  Result<void> emit(ProcessContext& context, ProcessSession& session);
  Result<void> emit_file(ProcessContext& context, ProcessSession& session, const std::string& path, const FileStatus& status);
  void save_state(ProcessSession& session, const std::vector<Found>& emitted);
  std::string entry_key(const std::string& path) const;

  enum class Strategy { timestamps, entities, none };
  Strategy strategy_ = Strategy::timestamps;
  Path root_;
  std::optional<FileFilter> filter_;
  bool recursive_ = true;
  bool attributes_ = true;
  std::optional<Duration> lag_; // auto-detected when empty
  Duration detected_lag_{std::chrono::seconds(60)};
  std::optional<Duration> window_;
  bool whole_initial_listing_ = true;
  bool initial_ = true;

  std::unique_ptr<FolderWatch> watch_;
  std::optional<TimePoint> next_scan_;
  bool unreadable_ = false;                  // the folder, at the last scan: told once per period, looked at more often
  std::set<Found> pending_;                  // to emit
  std::map<std::string, TimePoint> waiting_; // to look at again, at that time
  std::set<std::string> reported_;           // finished, as the kernel says, and not emitted yet: free of window and lag
  std::map<std::string, std::string> state_; // as NiFi shows it
  std::atomic<bool> backlog_ = true;         // until the first scan has looked
};

} // namespace freshet::flow
