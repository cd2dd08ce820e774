#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace freshet::warehouse {

/// A run of a task, as its notification tells it.
struct TaskMessage {
  std::string account;
  std::string task, task_id;
  std::string root, root_id;
  TimePoint scheduled;
  std::optional<TimePoint> started;
  std::optional<TimePoint> completed;
  std::string query_id;
  std::optional<int64_t> error_code; // empty: the whole graph has succeeded
  std::string error_message;
};
/// The JSON of a USER_TASK_FAILED or USER_TASK_SUCCEEDED message.
std::string task_message(const TaskMessage& message, TimePoint now, const std::string& message_id);

/// Files that a pipe could not load.
struct PipeMessage {
  std::string account;
  std::string pipe, table, stage_location;
  std::vector<std::pair<std::string, std::string>> errors; // file → its first error
};
/// The JSON of an INGEST_FAILED_FILE message.
std::string pipe_message(const PipeMessage& message, TimePoint now, const std::string& message_id);

} // namespace freshet::warehouse
