#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "observe/latency.h"
#include "observe/metrics.h"

namespace freshet::observe {
namespace {

TEST(Metrics, PrintsPrometheusText) {
  const Sample samples[] = {{"freshet_files_total", "Files.", Sample::Type::counter, 3, {{"step", "listed"}}},
                            {"freshet_up", "Up.", Sample::Type::gauge, 1, {}},
                            {"freshet_files_total", "Files.", Sample::Type::counter, 2, {{"step", "put"}}}};
  EXPECT_EQ(prometheus_text(samples),
            "# HELP freshet_files_total Files.\n# TYPE freshet_files_total counter\n"
            "freshet_files_total{step=\"listed\"} 3\nfreshet_files_total{step=\"put\"} 2\n"
            "# HELP freshet_up Up.\n# TYPE freshet_up gauge\nfreshet_up 1\n");
}

TEST(LatencyWindow, PercentilesAreObservedValues) {
  LatencyWindow window;
  EXPECT_EQ(window.percentile(99), Duration::zero());
  for (int i = 100; i >= 1; --i) window.record(Duration(i));
  EXPECT_EQ(window.percentile(50), Duration(50));
  EXPECT_EQ(window.percentile(99), Duration(99));
  EXPECT_EQ(window.percentile(100), Duration(100));
}

TEST(LatencyWindow, ForgetsTheOldest) {
  LatencyWindow window;
  window.record(Duration(1'000'000));
  for (int i = 0; i < 10'000; ++i) window.record(Duration(1));
  EXPECT_EQ(window.percentile(100), Duration(1));
  EXPECT_EQ(window.count(), 10'001u);
}

}  // namespace
}  // namespace freshet::observe
