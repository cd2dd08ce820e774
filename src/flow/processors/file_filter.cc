#include "flow/processors/file_filter.h"

namespace freshet::flow {

std::vector<PropertyDescriptor> FileFilter::properties() {
  using Type = PropertyDescriptor::Type;
  const PropertyDescriptor::Expressions environment = PropertyDescriptor::Expressions::environment;
  return {
      {.name = "Input Directory", .required = true, .expressions = environment},
      {.name = "Recurse Subdirectories", .default_value = "true", .required = true, .type = Type::boolean},
      {.name = "File Filter", .default_value = "[^\\.].*", .required = true, .type = Type::pattern},
      {.name = "Path Filter", .type = Type::pattern},
      {.name = "Minimum File Age", .default_value = "0 sec", .required = true, .type = Type::duration},
      {.name = "Maximum File Age", .type = Type::duration},
      {.name = "Minimum File Size", .default_value = "0 B", .required = true, .type = Type::size},
      {.name = "Maximum File Size", .type = Type::size},
      {.name = "Ignore Hidden Files", .default_value = "true", .required = true, .type = Type::boolean},
  };
}

Result<FileFilter> FileFilter::of(const Properties& properties) {
  FileFilter filter(TRY(Pattern::compile(properties.text("File Filter"))));
  if (properties.has("Path Filter")) filter.folder_ = TRY(Pattern::compile(properties.text("Path Filter")));
  filter.recursive_ = properties.truth("Recurse Subdirectories");
  filter.ignore_hidden_ = properties.truth("Ignore Hidden Files");
  filter.size_min_ = properties.size("Minimum File Size");
  if (properties.has("Maximum File Size")) filter.size_max_ = properties.size("Maximum File Size");
  filter.age_min_ = properties.duration("Minimum File Age");
  if (properties.has("Maximum File Age")) filter.age_max_ = properties.duration("Maximum File Age");
  return filter;
}

bool FileFilter::accepts_path(const std::string& relative) const {
  const size_t slash = relative.rfind('/');
  const std::string_view all = relative;
  const std::string_view name = slash == std::string::npos ? all : all.substr(slash + 1);
  if (ignore_hidden_ && name.starts_with('.')) return false;
  if (slash != std::string::npos) {
    if (!recursive_) return false;
    if (folder_ && !folder_->matches(all.substr(0, slash))) return false;
  }
  return name_.matches(name);
}

} // namespace freshet::flow
