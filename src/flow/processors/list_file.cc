#include "flow/processors/list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "flow/codec.h"
#include "flow/date_pattern.h"

namespace freshet::flow {
namespace {

constexpr size_t k_batch_max = 1000; // FlowFiles per commit
constexpr int k_depth_max = 100;
constexpr Duration k_scan_interval_min = std::chrono::seconds(1); // when the kernel reports, too
constexpr Duration k_unreadable_look = std::chrono::seconds(1);   // whether a folder that could not be listed can be by now
constexpr Duration k_empty_hold = std::chrono::seconds(60);       // for a created file that nobody has written to
constexpr std::string_view k_time_format = "yyyy-MM-dd'T'HH:mm:ssZ";
constexpr std::string_view k_timestamps_key = "listing.timestamp";
constexpr size_t k_state_ids_max = 100;

std::string entry_of(const FileStatus& status) {
  return Encoder{}.number(static_cast<uint64_t>(status.modified.time_since_epoch().count())).number(status.size).take();
}

std::string permissions_text(uint32_t mode) {
  std::string text = "rwxrwxrwx";
  for (uint32_t bit = 0; bit < 9; ++bit) {
    if ((mode & (0400u >> bit)) == 0) text[bit] = '-';
  }
  return text;
}

int64_t milliseconds(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

} // namespace

struct ListFile::Scan {
  ProcessContext& context;
  ProcessSession& session;
  TimePoint now;
  std::set<std::string> visited = {};       // folders whose names are known, as in the entries
  std::vector<std::string> unreadable = {}; // folders below which nothing may be forgotten
  std::vector<uint64_t> ancestors = {};     // inodes, against links that lead upwards
};

const ProcessorDescription& ListFile::description() const {
  using Type = PropertyDescriptor::Type;
  using Support = PropertyDescriptor::Support;
  static const ProcessorDescription k_description = [] {
    ProcessorDescription description;
    description.type = "org.apache.nifi.processors.standard.ListFile";
    description.relationships = {"success"};
    description.input = ProcessorDescription::Input::forbidden;
    description.serial = true;
    description.properties = FileFilter::properties();
    const std::vector<PropertyDescriptor> own = {
        {.name = "Listing Strategy",
         .old_names = {"listing-strategy"},
         .default_value = "timestamps",
         .required = true,
         .allowed = {{"timestamps", "Tracking Timestamps"}, {"entities", "Tracking Entities"}, {"none", "No Tracking"}}},
        {.name = "Record Writer", .old_names = {"record-writer"}, .type = Type::service, .support = Support::unsupported},
        {.name = "Input Directory Location", .default_value = "Local", .required = true, .allowed = {{"Local"}, {"Remote"}}},
        {.name = "Include File Attributes", .default_value = "true", .required = true, .type = Type::boolean},
        {.name = "Target System Timestamp Precision",
         .old_names = {"target-system-timestamp-precision"},
         .default_value = "auto-detect",
         .required = true,
         .allowed =
             {{"auto-detect", "Auto Detect"}, {"millis", "Milliseconds"}, {"seconds", "Seconds"}, {"minutes", "Minutes"}}},
        {.name = "Entity Tracking State Cache",
         .old_names = {"et-state-cache"},
         .type = Type::service,
         .support = Support::without_effect},
        {.name = "Entity Tracking Time Window",
         .old_names = {"et-time-window"},
         .default_value = "3 hours",
         .type = Type::duration},
        {.name = "Entity Tracking Initial Listing Target",
         .old_names = {"et-initial-listing-target"},
         .default_value = "all",
         .allowed = {{"window", "Tracking Time Window"}, {"all", "All Available"}}},
        {.name = "Entity Tracking Node Identifier",
         .old_names = {"et-node-identifier"},
         .default_value = "${hostname()}",
         .expressions = PropertyDescriptor::Expressions::environment,
         .support = Support::without_effect},
        {.name = "Track Performance",
         .old_names = {"track-performance"},
         .default_value = "false",
         .type = Type::boolean,
         .support = Support::without_effect},
        {.name = "Maximum Number of Files to Track",
         .old_names = {"max-performance-metrics"},
         .default_value = "100000",
         .type = Type::number,
         .support = Support::without_effect},
        {.name = "Max Disk Operation Time",
         .old_names = {"max-operation-time"},
         .default_value = "10 secs",
         .type = Type::duration,
         .support = Support::without_effect},
        {.name = "Max Directory Listing Time",
         .old_names = {"max-listing-time"},
         .default_value = "3 mins",
         .type = Type::duration,
         .support = Support::without_effect},
    };
    description.properties.insert(description.properties.end(), own.begin(), own.end());
    return description;
  }();
  return k_description;
}

Result<void> ListFile::on_scheduled(ProcessContext& context) {
  const Properties& properties = context.properties();
  filter_ = TRY(FileFilter::of(properties));
  root_ = TRY(context.evaluate("Input Directory"));
  if (root_.empty()) return fail(ErrorKind::invalid_argument, "Input Directory is empty");
  recursive_ = properties.truth("Recurse Subdirectories");
  attributes_ = properties.truth("Include File Attributes");
  const std::string& strategy = properties.text("Listing Strategy");
  strategy_ = strategy == "none" ? Strategy::none : strategy == "entities" ? Strategy::entities : Strategy::timestamps;
  const std::string& precision = properties.text("Target System Timestamp Precision");
  lag_.reset();
  if (precision == "millis") lag_ = std::chrono::milliseconds(100);
  if (precision == "seconds") lag_ = std::chrono::seconds(1);
  if (precision == "minutes") lag_ = std::chrono::minutes(1);
  window_.reset();
  if (strategy_ == Strategy::entities) window_ = properties.duration("Entity Tracking Time Window");
  whole_initial_listing_ = properties.text("Entity Tracking Initial Listing Target") != "window";
  state_ = context.state();
  initial_ = !state_.contains(std::string(k_timestamps_key));
  pending_.clear();
  waiting_.clear();
  reported_.clear();
  next_scan_.reset();
  unreadable_ = false;
  backlog_ = true; // until the first scan has looked
  if (context.options().watch_folders && strategy_ != Strategy::none) {
    std::function<void()> wake;
    if (context.options().threads > 0) wake = [&context] { context.wake_at(context.now()); };
    watch_ = std::make_unique<FolderWatch>(root_, recursive_, std::move(wake));
  }
  return {};
}

void ListFile::on_stopped() {
  watch_.reset();
  backlog_ = false;
}

Result<void> ListFile::on_trigger(ProcessContext& context, ProcessSession& session) {
  take_reports(context);
  look_again(context);
  if (unreadable_ && context.files().list(root_)) next_scan_.reset();
  if (!next_scan_ || context.now() >= *next_scan_) {
    const bool watching = watch_ && watch_->ensure(); // before the scan, so that nothing falls between them
    const Duration interval = watching ? std::max(context.period(), k_scan_interval_min) : context.period();
    next_scan_ = context.now() + interval;
    const auto scanned = scan(context, session);
    unreadable_ = !scanned;
    if (unreadable_) {
      backlog_ = false;
      context.wake_at(context.now() + k_unreadable_look);
      return scanned;
    }
    initial_ = false;
  }
  if (unreadable_) {
    context.wake_at(context.now() + k_unreadable_look);
    return {};
  }
  if (auto emitted = emit(context, session); !emitted) {
    next_scan_.reset(); // what was to be emitted is found again
    pending_.clear();
    return emitted;
  }
  backlog_ = !pending_.empty() || !waiting_.empty();
  if (!pending_.empty()) {
    context.wake_at(context.now());
  } else if (!waiting_.empty()) {
    context.wake_at(
        std::min_element(waiting_.begin(), waiting_.end(), [](auto& a, auto& b) { return a.second < b.second; })->second);
  }
  return {};
}

void ListFile::take_reports(ProcessContext& context) {
  if (!watch_) return;
  FolderWatch::Report report = watch_->take();
  if (report.rescan) next_scan_.reset();
  for (const std::string& path : report.finished) {
    if (!filter_->accepts_path(path)) continue;
    const auto status = context.files().status(root_ / path);
    if (!status || status->type != FileStatus::Type::regular) {
      reported_.erase(path);
      continue;
    }
    if (is_listed(context.entry(entry_key(path)).value_or(""), *status)) continue;
    reported_.insert(path);
    consider(context.now(), path, *status);
  }
}

void ListFile::look_again(ProcessContext& context) {
  std::vector<std::string> due;
  for (const auto& [path, time] : waiting_) {
    if (time <= context.now()) due.push_back(path);
  }
  for (const std::string& path : due) {
    waiting_.erase(path);
    const auto status = context.files().status(root_ / path);
    if (status && status->type == FileStatus::Type::regular)
      consider(context.now(), path, *status);
    else
      reported_.erase(path);
  }
}

Result<void> ListFile::scan(ProcessContext& context, ProcessSession& session) {
  Scan scan{context, session, context.now()};
  TRY(scan_directory(scan, "", 0));
  forget_absent_directories(scan);
  return {};
}

Result<void> ListFile::scan_directory(Scan& scan, const std::string& directory, int depth) {
  const Path path = root_ / directory;
  std::vector<std::string> names = TRY(scan.context.files().list(path));
  if (depth == 0 && names.empty()) return {}; // a file system that is not mounted looks like this: forget nothing
  std::sort(names.begin(), names.end());
  const std::string key = entry_key(directory);
  std::vector<std::pair<std::string, std::string>> listed;
  if (strategy_ != Strategy::none) {
    scan.context.for_each_entry(key, [&](std::string_view entry, std::string_view value) {
      if (!entry.starts_with(key)) return false;
      listed.emplace_back(entry.substr(key.size()), value);
      return true;
    });
    scan.visited.insert(key);
  }
  size_t at = 0;
  for (const std::string& name : names) {
    for (; at < listed.size() && listed[at].first < name; ++at) scan.session.erase_entry(key + listed[at].first);
    const bool known = at < listed.size() && listed[at].first == name;
    scan_name(scan, directory, name, known ? &listed[at].second : nullptr, depth);
    if (known) ++at;
  }
  for (; at < listed.size(); ++at) scan.session.erase_entry(key + listed[at].first);
  return {};
}

void ListFile::scan_name(Scan& scan, const std::string& directory, const std::string& name, const std::string* listed,
                         int depth) {
  const std::string path = directory + name;
  const bool wanted = filter_->accepts_path(path);
  if (!wanted && !recursive_) return;
  const auto status = scan.context.files().status(root_ / path);
  if (!status) return; // gone again, or a dangling link
  if (status->type == FileStatus::Type::directory && recursive_) {
    if (depth >= k_depth_max || std::find(scan.ancestors.begin(), scan.ancestors.end(), status->inode) != scan.ancestors.end())
      return;
    scan.ancestors.push_back(status->inode);
    if (const auto scanned = scan_directory(scan, path + "/", depth + 1); !scanned) {
      scan.unreadable.push_back(path + "/");
      scan.context.bulletin(Bulletin::Level::error, scanned.error().message);
    }
    scan.ancestors.pop_back();
  } else if (wanted && status->type == FileStatus::Type::regular) {
    if (listed == nullptr || !is_listed(*listed, *status)) consider(scan.now, path, *status);
  }
}

/// Entries of folders that are gone, or no longer part of what is listed.
void ListFile::forget_absent_directories(const Scan& scan) {
  if (strategy_ == Strategy::none || scan.visited.empty()) return;
  scan.context.for_each_entry("", [&](std::string_view entry, std::string_view) {
    const std::string_view directory = entry.substr(0, entry.find('\0') + 1);
    if (scan.visited.contains(std::string(directory))) return true;
    for (const std::string& unreadable : scan.unreadable) {
      std::string prefix = entry_key(unreadable);
      prefix.pop_back();
      if (directory.starts_with(prefix)) return true;
    }
    scan.session.erase_entry(entry);
    return true;
  });
}

void ListFile::consider(TimePoint now, const std::string& path, const FileStatus& status) {
  const bool reported = reported_.contains(path);
  const bool outside_window = window_ && !reported && !(initial_ && whole_initial_listing_) && now - status.modified > *window_;
  if (!filter_->accepts_size(status.size) || filter_->too_old(status.modified, now) || outside_window) {
    reported_.erase(path);
    return;
  }
  const TimePoint ready = ready_at(now, path, status);
  if (ready <= now) {
    pending_.insert({status.modified, path});
  } else if (ready != TimePoint::max()) {
    waiting_[path] = ready;
  }
}

TimePoint ListFile::ready_at(TimePoint now, const std::string& path, const FileStatus& status) {
  detect_precision(status.modified);
  TimePoint ready = filter_->old_enough_at(status.modified);
  if (watch_) {
    const FolderWatch::Writing writing = watch_->writing(path);
    if (writing == FolderWatch::Writing::modified) return TimePoint::max(); // its end will be reported
    if (writing == FolderWatch::Writing::created && status.size == 0) return std::max(ready, status.modified + k_empty_hold);
  }
  if (strategy_ == Strategy::none || reported_.contains(path)) return ready;
  const Duration lag = lag_.value_or(detected_lag_);
  const bool fresh = now - status.modified < lag && status.modified - now < lag;
  return fresh ? std::max(ready, status.modified + lag) : ready;
}

void ListFile::detect_precision(TimePoint modified) {
  const auto since_epoch = modified.time_since_epoch();
  if (since_epoch % std::chrono::seconds(1) != Duration::zero()) {
    detected_lag_ = std::chrono::milliseconds(100);
  } else if (since_epoch % std::chrono::minutes(1) != Duration::zero()) {
    detected_lag_ = std::min<Duration>(detected_lag_, std::chrono::seconds(1));
  }
}

bool ListFile::is_listed(const std::string& entry, const FileStatus& status) const {
  if (entry.empty() || strategy_ == Strategy::none) return false;
  Decoder decoder(entry);
  const bool same_time = decoder.number() == static_cast<uint64_t>(status.modified.time_since_epoch().count());
  return same_time && decoder.number() == status.size; // a rewrite within the resolution of a coarse clock shows in the size
}

Result<void> ListFile::emit(ProcessContext& context, ProcessSession& session) {
  std::vector<Found> emitted;
  std::set<std::string> in_batch;
  while (!pending_.empty() && emitted.size() < k_batch_max) {
    const Found found = *pending_.begin();
    pending_.erase(pending_.begin());
    if (!in_batch.insert(found.path).second) continue;
    const auto status = context.files().status(root_ / found.path);
    if (status && strategy_ != Strategy::none && is_listed(context.entry(entry_key(found.path)).value_or(""), *status))
      continue;
    if (!status) {
      reported_.erase(found.path);
      continue;
    }
    if (const TimePoint ready = ready_at(context.now(), found.path, *status); ready > context.now()) { // touched since
      if (ready != TimePoint::max()) waiting_[found.path] = ready;
      continue;
    }
    TRY(emit_file(context, session, found.path, *status));
    reported_.erase(found.path);
    emitted.push_back({status->modified, found.path});
  }
  if (!emitted.empty() && strategy_ != Strategy::none) save_state(session, emitted);
  return session.commit();
}

Result<void> ListFile::emit_file(ProcessContext&, ProcessSession& session, const std::string& path, const FileStatus& status) {
  FlowFile& flow_file = session.create();
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  const auto put = [&](std::string_view name, std::string value) { session.put_attribute(flow_file, name, std::move(value)); };
  const auto time = [](TimePoint when) { return format_date(when, k_time_format).value_or(""); };
  put("filename", slash == std::string::npos ? path : path.substr(slash + 1));
  put("path", folder.empty() ? "./" : folder);
  std::string absolute = std::filesystem::absolute(root_ / folder).lexically_normal().string();
  if (!absolute.ends_with('/')) absolute += '/';
  put("absolute.path", absolute);
  if (attributes_) {
    put("file.size", std::to_string(status.size));
    put("file.lastModifiedTime", time(status.modified));
    put("file.creationTime", time(status.changed));
    put("file.lastAccessTime", time(status.accessed));
    put("file.owner", status.owner);
    put("file.group", status.group);
    put("file.permissions", permissions_text(status.permissions));
  }
  if (strategy_ != Strategy::none) session.put_entry(entry_key(path), entry_of(status));
  session.report(ProvenanceType::create, flow_file, {}, "listed " + (root_ / path).string());
  session.transfer(flow_file, "success");
  return {};
}

/// listing.timestamp and processed.timestamp are the newest modification time listed, in milliseconds; id.N the files that have
/// it.
void ListFile::save_state(ProcessSession& session, const std::vector<Found>& emitted) {
  int64_t newest = 0;
  if (const auto found = state_.find(std::string(k_timestamps_key)); found != state_.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), newest);
  }
  for (const Found& found : emitted) {
    const int64_t modified = milliseconds(found.modified);
    if (modified < newest) continue;
    if (modified > newest) state_.clear();
    newest = modified;
    const size_t ids = state_.empty() ? 0 : state_.size() - 2;
    state_[std::string(k_timestamps_key)] = std::to_string(newest);
    state_["processed.timestamp"] = std::to_string(newest);
    if (ids < k_state_ids_max) state_[fmt::format("id.{}", ids)] = (root_ / found.path).string();
  }
  session.set_state(state_);
}

/// The folder's full path, a zero byte, the name: so a folder's entries lie together.
std::string ListFile::entry_key(const std::string& path) const {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  std::string key = (root_ / path.substr(0, name)).string();
  if (!key.ends_with('/')) key += '/';
  key += '\0';
  return key.append(path, name);
}

} // namespace freshet::flow
