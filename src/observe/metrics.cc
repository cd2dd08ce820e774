#include "observe/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace freshet::observe {

std::string prometheus_text(std::span<const Sample> samples) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (const Sample& sample : samples) {
    auto& family = families[sample.name];
    family.name = sample.name;
    family.help = sample.help;
    family.type = sample.type == Sample::Type::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
    metric.counter.value = sample.value;
    metric.gauge.value = sample.value;
    family.metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> ordered;
  for (auto& [name, family] : families) ordered.push_back(std::move(family));
  return prometheus::TextSerializer{}.Serialize(ordered);
}

}  // namespace freshet::observe
