#include "warehouse/notifications/messages.h"

#include <fmt/core.h>

#include <boost/json.hpp>

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

json::object head(const std::string& type, const std::string& account, TimePoint now, const std::string& message_id) {
  return {{"version", "1.0"},
          {"messageId", message_id},
          {"messageType", type},
          {"timestamp", iso8601(now)},
          {"accountName", account}};
}

std::string time_or_null(const std::optional<TimePoint>& time) {
  return time ? iso8601(*time) : "null";
}

} // namespace

std::string task_message(const TaskMessage& message, TimePoint now, const std::string& message_id) {
  auto out = head(message.error_code ? "USER_TASK_FAILED" : "USER_TASK_SUCCEEDED", message.account, now, message_id);
  out["taskName"] = message.task;
  out["taskId"] = message.task_id;
  out["rootTaskName"] = message.root;
  out["rootTaskId"] = message.root_id;
  json::object run{{"runId", iso8601(message.scheduled)},
                   {"scheduledTime", iso8601(message.scheduled)},
                   {"queryStartTime", time_or_null(message.started)},
                   {"completedTime", time_or_null(message.completed)},
                   {"queryId", message.query_id}};
  if (message.error_code) {
    run["errorCode"] = fmt::format("{:06}", *message.error_code);
    run["errorMessage"] = message.error_message;
  }
  out["messages"] = json::array{std::move(run)};
  return json::serialize(out);
}

std::string pipe_message(const PipeMessage& message, TimePoint now, const std::string& message_id) {
  auto out = head("INGEST_FAILED_FILE", message.account, now, message_id);
  out["pipeName"] = message.pipe;
  out["tableName"] = message.table;
  out["stageLocation"] = message.stage_location;
  json::array files;
  for (const auto& [file, error] : message.errors) files.push_back(json::object{{"fileName", file}, {"firstError", error}});
  out["messages"] = std::move(files);
  return json::serialize(out);
}

} // namespace freshet::warehouse
