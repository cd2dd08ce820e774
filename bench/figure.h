#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace freshet::bench {

/// One measured number. `ratio` compares it with the yardstick that ran beside it (above 1: we are better); `goal` is what `ok`
/// asks of the ratio, or, where there is no yardstick, of the value.
struct Figure {
  std::string name;
  std::string unit;
  double value = 0;
  std::optional<double> yardstick;
  std::optional<double> ratio;
  std::string goal; // for people: "ratio at least 0.8"
  bool ok = false;
};

struct Surroundings {
  Path work;    // an empty folder on a real disk, removed afterwards
  Path freshet; // the program under test
};

struct Benchmark {
  std::string name;
  std::string about;
  std::function<std::vector<Figure>(const Surroundings&)> run;
};

std::vector<Figure> run_dense(const Surroundings& surroundings);
std::vector<Figure> run_sparse(const Surroundings& surroundings);
std::vector<Figure> run_freshness(const Surroundings& surroundings);
std::vector<Figure> run_start(const Surroundings& surroundings);
std::vector<Figure> run_parse(const Surroundings& surroundings);
std::vector<Figure> run_front_end(const Surroundings& surroundings);
std::vector<Figure> run_stream_read(const Surroundings& surroundings);
std::vector<Figure> run_time_travel(const Surroundings& surroundings);
std::vector<Figure> run_version_cost(const Surroundings& surroundings);
std::vector<Figure> run_small_files(const Surroundings& surroundings);
std::vector<Figure> run_task_lateness(const Surroundings& surroundings);
std::vector<Figure> run_history_table(const Surroundings& surroundings);
std::vector<Figure> run_tpch(const Surroundings& surroundings);

/// Seconds that `work` takes.
double seconds_of(const std::function<void()>& work);
double median(std::vector<double> values);

/// The value, or an exception with the error's message: a benchmark that cannot run says so and stops.
template <typename R>
auto must(R result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<typename R::value_type>) return std::move(*result);
}

} // namespace freshet::bench
