#include <fmt/format.h>

#include <thread>

#include "app/services.h"
#include "base/clock.h"
#include "bench/figure.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::bench {
namespace {

constexpr int k_tasks = 10'000; // each every 10 seconds, the shortest schedule: a thousand are due in a second
constexpr auto k_seconds = std::chrono::seconds{8}; // TASK_HISTORY gives 10,000 rows at most

} // namespace

/// Tasks of which a thousand are due every second; late is how long after its time a run begins.
std::vector<Figure> run_task_lateness(const Surroundings& surroundings) {
  SystemClock clock;
  RealFileSystem files;
  app::Configuration configuration;
  configuration.data = surroundings.work / "data";
  configuration.port = 0;
  configuration.s3_port = 0;
  const auto services = must(app::Services::start(configuration, clock, files));
  const auto session = must(services->warehouse().create_session());
  must(session->execute("CREATE DATABASE bench"));
  for (int task = 0; task < k_tasks; ++task) {
    must(session->execute(fmt::format("CREATE TASK t{} SCHEDULE = '10 SECONDS' AS SELECT 1", task)));
    must(session->execute(fmt::format("ALTER TASK t{} RESUME", task)));
  }
  const auto begin = must(session->execute("SELECT CURRENT_TIMESTAMP()::VARCHAR")).rows->text(0, 0);
  std::this_thread::sleep_for(k_seconds + std::chrono::seconds{1}); // what was due then has begun
  const auto runs = must(session->execute(fmt::format(
      "SELECT COUNT(*), APPROX_PERCENTILE(TIMESTAMPDIFF(MICROSECOND, scheduled_time, query_start_time), 0.99) / 1000 "
      "FROM TABLE(INFORMATION_SCHEMA.TASK_HISTORY(SCHEDULED_TIME_RANGE_START => '{0}'::TIMESTAMP_LTZ, "
      "SCHEDULED_TIME_RANGE_END => DATEADD(SECOND, {1}, '{0}'::TIMESTAMP_LTZ), RESULT_LIMIT => 10000)) "
      "WHERE query_start_time IS NOT NULL",
      begin, k_seconds.count())));
  const double per_second = static_cast<double>(runs.rows->integer(0, 0)) / static_cast<double>(k_seconds.count());
  const double late = runs.rows->floating(0, 1);
  return {{"task_lateness_p99", "ms", late, {}, {}, "at most 50 ms", late <= 50},
          {"task_runs", "runs/s", per_second, {}, {}, "at least 950 of 1000 due", per_second >= 950}};
}

} // namespace freshet::bench
