#pragma once

#include <map>
#include <span>
#include <string>

namespace freshet::observe {

/// One number at one moment. Names follow Prometheus: `freshet_pipe_rows_loaded_total`, base units (seconds, bytes).
struct Sample {
  enum class Type { counter, gauge };
  std::string name;
  std::string help;
  Type type = Type::gauge;
  double value = 0;
  std::map<std::string, std::string> labels;
};

/// The samples in Prometheus' text exposition format 0.0.4. Samples of one name may differ in labels; they need not be neighbours.
std::string prometheus_text(std::span<const Sample> samples);

}  // namespace freshet::observe
