#include "flow/flow_file.h"

namespace freshet::flow {
namespace {

std::string milliseconds(TimePoint time) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

} // namespace

std::optional<std::string> FlowFile::lookup(std::string_view name) const {
  if (const auto found = attributes.find(name); found != attributes.end()) return found->second;
  if (name == "fileSize") return std::to_string(content.size);
  if (name == "entryDate") return milliseconds(entry_date);
  if (name == "lineageStartDate") return milliseconds(lineage_start);
  if (name == "flowFileId") return std::to_string(id);
  return std::nullopt;
}

} // namespace freshet::flow
