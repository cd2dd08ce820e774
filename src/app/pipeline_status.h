#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "flow/flow.h"
#include "observe/metrics.h"
#include "warehouse/session.h"

namespace freshet::app {

class Services;

/// The pipeline's live numbers, for the status page, /metrics and the curious.
struct PipelineStatus {
  struct TableRows {
    std::string name; // DB.SCHEMA.TABLE
    int64_t rows = 0;
  };
  struct Pipe {
    std::string name;
    std::string status; // SYSTEM$PIPE_STATUS' JSON
  };
  struct TaskRun {
    std::string name;
    std::string state;
    std::string scheduled;
    std::string completed;
    std::string error;
  };
  TimePoint at;
  flow::FlowStatus flow;
  std::vector<flow::Bulletin> bulletins;
  std::vector<TableRows> tables;
  std::vector<Pipe> pipes;
  std::vector<TaskRun> task_runs; // the latest first
  int64_t dead_versions = 0;      // rows' earlier versions, kept for time travel and streams
  int64_t pruned_versions = 0;    // deleted since the start
};

/// Cost: one count per table (a scan of one column), one look-up per pipe, the latest 20 task runs.
sql::SqlResult<PipelineStatus> read_status(Services& services, warehouse::Session& session);

std::string status_json(const PipelineStatus& status);
std::vector<observe::Sample> status_samples(const PipelineStatus& status);

}  // namespace freshet::app
