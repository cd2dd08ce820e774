// script/bench [NAME…] [--json FILE]: measures us beside a hand-written script on the same DuckDB, in turn in one process.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/allocator.h"
#include "base/log.h"
#include "bench/figure.h"

namespace freshet::bench {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

namespace {

const std::vector<Benchmark>& benchmarks() {
  static const std::vector<Benchmark> all = {
      {"dense", "1,000,000 customers, then 1,000,000 of which half are changed: files to history", run_dense},
      {"sparse", "10,000 changed customers merged into 10,000,000", run_sparse},
      {"freshness", "a 10,000-row file renamed into the folder until it is in the history", run_freshness},
      {"start", "start to ready on an existing data folder; idle memory", run_start},
      {"parse", "the example's scripts, 4 MB of them, on one core", run_parse},
      {"front_end", "a trivial SELECT through a session and on bare DuckDB", run_front_end},
      {"stream_read", "a stream with few changes on tables of 10 and 50 million rows", run_stream_read},
      {"time_travel", "10 million rows AT a point 10,000 changes ago", run_time_travel},
      {"version_cost", "what row versions cost a load, and a scan after 1,000 batches of updates", run_version_cost},
      {"small_files", "10,000 files of 100 rows through a pipe", run_small_files},
      {"task_lateness", "10,000 tasks, of which 1,000 are due every second", run_task_lateness},
      {"history_table", "CREATE HISTORY TABLE beside the triggered example's stream, task and MERGE", run_history_table},
      {"tpch", "TPC-H's 22 questions in Snowflake's dialect on tables of its scale 1", run_tpch},
  };
  return all;
}

std::string benchmark_names() {
  std::string names;
  for (const auto& benchmark : benchmarks()) names += (names.empty() ? "" : ", ") + benchmark.name;
  return names;
}

boost::json::object to_json(const Figure& figure) {
  const auto optional = [](const std::optional<double>& number) {
    return number ? boost::json::value(*number) : boost::json::value();
  };
  return {{"name", figure.name},
          {"unit", figure.unit},
          {"value", figure.value},
          {"yardstick", optional(figure.yardstick)},
          {"ratio", optional(figure.ratio)},
          {"goal", figure.goal},
          {"ok", figure.ok}};
}

void print(const Figure& figure) {
  const auto optional = [](const std::optional<double>& number) {
    return number ? fmt::format("{:.4g}", *number) : std::string("-");
  };
  fmt::print("{:<28} {:>12.4g} {:<8} yardstick {:>10}  ratio {:>8}  {:<28} {}\n", figure.name, figure.value, figure.unit,
             optional(figure.yardstick), optional(figure.ratio), figure.goal, figure.ok ? "ok" : "NOT MET");
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  CLI::App options{"Measures Freshet beside a hand-written script on the same DuckDB"};
  std::vector<std::string> names;
  std::string json_file;
  std::string program;
  options.add_option("name", names, fmt::format("{}; all of them when none is named", benchmark_names()));
  options.add_option("--json", json_file, "write the figures there, too");
  options.add_option("--freshet", program, "the program under test")->required();
  CLI11_PARSE(options, argc, argv);
  for (const auto& name : names) {
    if (std::none_of(benchmarks().begin(), benchmarks().end(), [&](auto& known) { return known.name == name; })) {
      fmt::print(stderr, "bench: no benchmark is called '{}'; there are {}\n", name, benchmark_names());
      return 2;
    }
  }
  log::set_level(log::Level::error);
  boost::json::array written;
  bool all_met = true;
  for (const auto& benchmark : benchmarks()) {
    if (!names.empty() && std::find(names.begin(), names.end(), benchmark.name) == names.end()) continue;
    fmt::print("# {}: {}\n", benchmark.name, benchmark.about);
    std::fflush(stdout);
    const Path work = std::filesystem::temp_directory_path() / fmt::format("freshet-bench-{}-{}", ::getpid(), benchmark.name);
    std::filesystem::create_directories(work);
    const auto figures = benchmark.run({work, std::filesystem::absolute(program)});
    std::filesystem::remove_all(work);
    for (const auto& figure : figures) {
      print(figure);
      written.push_back(to_json(figure));
      all_met = all_met && figure.ok;
    }
  }
  if (!json_file.empty()) {
    std::FILE* file = std::fopen(json_file.c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write " + json_file);
    const std::string text = boost::json::serialize(written) + "\n";
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  }
  return all_met ? 0 : 1;
}

} // namespace
} // namespace freshet::bench

int main(int argc, char** argv) {
  freshet::set_up_allocator();
  try {
    return freshet::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "bench: {}\n", failure.what());
    return 2;
  }
}
