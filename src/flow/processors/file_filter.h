#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "flow/pattern.h"
#include "flow/property.h"

namespace freshet::flow {

/// The choice of files that ListFile and GetFile share: by name, folder, age, size and being hidden.
class FileFilter {
 public:
  static std::vector<PropertyDescriptor> properties();
  static Result<FileFilter> of(const Properties& properties);

  /// `relative` is the path below the input folder. What cannot change while the file is not touched: its name and place.
  bool accepts_path(const std::string& relative) const;
  bool accepts_size(uint64_t bytes) const { return bytes >= size_min_ && bytes <= size_max_; }
  bool too_old(TimePoint modified, TimePoint now) const { return age_max_ && now - modified > *age_max_; }
  /// When a file with this modification time is old enough.
  TimePoint old_enough_at(TimePoint modified) const { return modified + age_min_; }

 private:
  explicit FileFilter(Pattern name) : name_(std::move(name)) {}
  Pattern name_;
  std::optional<Pattern> folder_;
  bool recursive_ = true;
  bool ignore_hidden_ = true;
  uint64_t size_min_ = 0;
  uint64_t size_max_ = UINT64_MAX;
  Duration age_min_{0};
  std::optional<Duration> age_max_;
};

} // namespace freshet::flow
