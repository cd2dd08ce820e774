#include <fmt/format.h>

#include <filesystem>

#include "bench/example_pipeline.h"
#include "bench/figure.h"
#include "bench/yardstick.h"

namespace freshet::bench {
namespace {

constexpr uint64_t k_customers = 1'000'000;
constexpr int k_rounds = 3;

/// Two files: every customer; then a million rows, half of them changes, half new customers.
std::vector<Path> generate(const Path& folder) {
  generate::CustomerOptions customers;
  customers.rows = k_customers;
  customers.update_percent = 50;
  customers.new_percent = 50;
  return generate_files(folder, customers, 2);
}

double yardstick_seconds(const Path& folder, const std::vector<Path>& files) {
  std::filesystem::create_directories(folder);
  Yardstick yardstick(folder / "yardstick.duckdb");
  const double seconds = seconds_of([&] {
    for (const auto& file : files) yardstick.load({file});
  });
  const auto rows = static_cast<int64_t>(k_customers * files.size());
  if (yardstick.count("customer_history") != rows) throw std::runtime_error("the yardstick's history is wrong");
  return seconds;
}

double our_seconds(const Path& folder, const std::vector<Path>& files) {
  ExamplePipeline pipeline(folder);
  return seconds_of([&] {
    int64_t expected = 0;
    for (const auto& file : files) {
      expected += k_customers;
      pipeline.deliver({file});
      pipeline.wait_for_history(expected, 120);
    }
  });
}

}  // namespace

std::vector<Figure> run_dense(const Surroundings& surroundings) {
  std::vector<double> ours;
  std::vector<double> yardsticks;
  std::vector<double> ratios;
  for (int round = 0; round < k_rounds; ++round) {
    const Path folder = surroundings.work / std::to_string(round);
    const auto files = generate(folder / "made");
    yardsticks.push_back(yardstick_seconds(folder / "yardstick", files));
    ours.push_back(our_seconds(folder / "ours", files));
    ratios.push_back(yardsticks.back() / ours.back());
    std::filesystem::remove_all(folder);
  }
  const double ratio = median(ratios);
  return {{"dense", "s", median(ours), median(yardsticks), ratio, "ratio at least 0.8", ratio >= 0.8}};
}

}  // namespace freshet::bench
