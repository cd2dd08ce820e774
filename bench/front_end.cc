// What stands between a statement's text and the engine: the parser's speed, and what a trivial SELECT costs more than on bare
// DuckDB.
#include <fmt/format.h>

#include <ctime>

#include "app/embedded_files.h"
#include "bench/customer_table.h"
#include "bench/figure.h"
#include "engine/engine.h"
#include "sql/parser.h"

namespace freshet::bench {
namespace {

constexpr size_t k_text_bytes = 4'000'000;
constexpr int k_rounds = 7;
constexpr double k_parse_goal_megabytes_a_second = 50;
constexpr int k_selects = 2'000;
constexpr double k_front_end_goal_milliseconds = 0.5;

/// The example's scripts, over and over.
std::string scripts() {
  std::string once;
  for (const auto& [name, content] : app::embedded_files()) {
    if (name.ends_with(".sql")) once.append(content).append("\n;\n");
  }
  std::string text;
  while (text.size() < k_text_bytes) text += once;
  return text;
}

/// Of the processor: the parser uses one core.
double processor_seconds_of(const std::function<void()>& work) {
  const auto begin = std::clock();
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

} // namespace

std::vector<Figure> run_parse(const Surroundings&) {
  const std::string text = scripts();
  std::vector<double> seconds;
  for (int round = 0; round < k_rounds; ++round)
    seconds.push_back(processor_seconds_of([&] { must(sql::parse_script(text)); }));
  const double speed = static_cast<double>(text.size()) / median(seconds) / 1e6;
  return {{"parse", "MB/s", speed, {}, {}, "at least 50 MB/s", speed >= k_parse_goal_megabytes_a_second}};
}

std::vector<Figure> run_front_end(const Surroundings& surroundings) {
  CustomerWarehouse warehouse(surroundings.work / "warehouse");
  const auto database = must(engine::Database::open(Path{}));
  const auto connection = must(database->connect());
  warehouse.run("SELECT 1");
  must(connection->query("SELECT 1"));
  std::vector<double> ours;
  std::vector<double> yardsticks;
  for (int i = 0; i < k_selects; ++i) {
    const std::string select = fmt::format("SELECT {} AS A, 'x' AS B", i); // no two are the same: nothing can be remembered
    yardsticks.push_back(1000 * seconds_of([&] { must(connection->query(select)); }));
    ours.push_back(1000 * seconds_of([&] { warehouse.run(select); }));
  }
  const double bare = median(yardsticks);
  const double added = median(ours) - bare;
  return {{"front_end", "ms", added, bare, {}, "adds at most 0.5 ms", added <= k_front_end_goal_milliseconds}};
}

} // namespace freshet::bench
