#include <algorithm>
#include <cmath>
#include <filesystem>

#include "bench/example_pipeline.h"
#include "bench/figure.h"
#include "bench/yardstick.h"

namespace freshet::bench {
namespace {

constexpr uint64_t k_rows = 10'000;
constexpr size_t k_files = 100;
constexpr double k_goal_milliseconds = 1000;

double percentile(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values.at(std::clamp<size_t>(rank, 1, values.size()) - 1);
}

}  // namespace

std::vector<Figure> run_freshness(const Surroundings& surroundings) {
  generate::CustomerOptions customers;
  customers.rows = k_rows;
  customers.update_percent = 60;
  customers.new_percent = 40;
  const auto files = generate_files(surroundings.work / "made", customers, k_files);
  std::filesystem::create_directories(surroundings.work / "yardstick");
  Yardstick yardstick(surroundings.work / "yardstick" / "yardstick.duckdb");
  ExamplePipeline pipeline(surroundings.work / "ours");
  std::vector<double> ours;
  std::vector<double> yardsticks;
  for (const auto& file : files) {
    yardsticks.push_back(1000 * seconds_of([&] { yardstick.load({file}); }));
    const int64_t expected = yardstick.count("customer_history");
    ours.push_back(1000 * seconds_of([&] {
      pipeline.deliver({file});
      pipeline.wait_for_history(expected, 60);
    }));
  }
  const auto figure = [&](const char* name, double percent) {
    const double value = percentile(ours, percent);
    const double beside = percentile(yardsticks, percent);
    return Figure{name, "ms", value, beside, beside / value, "at most 1000 ms", value <= k_goal_milliseconds};
  };
  return {figure("freshness_p50", 50), figure("freshness_p99", 99)};
}

}  // namespace freshet::bench
