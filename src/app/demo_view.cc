#include "app/demo_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace freshet::app {
namespace {

std::string bar(uint64_t value, uint64_t full) {
  constexpr uint64_t k_width = 30;
  const uint64_t filled = full == 0 ? 0 : std::min(k_width, value * k_width / full);
  std::string text;
  for (uint64_t i = 0; i < k_width; ++i) text += i < filled ? "█" : "░";
  return text;
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

}  // namespace

std::string draw(const DemoProgress& progress) {
  const auto files = progress.files_delivered;
  const auto& totals = progress.totals;
  const auto most_rows = static_cast<uint64_t>(std::max({totals.raw_rows_loaded, totals.customer_rows, totals.history_rows}));
  const auto station = [](std::string_view name, uint64_t value, uint64_t full) {
    return fmt::format("  {:<24} {} {:>12}\n", name, bar(value, full), value);
  };
  std::string text = fmt::format("Freshet: from file to history, {:.0f} s\n\n", std::chrono::duration<double>(progress.running).count());
  text += station("files delivered", files, files);
  text += station("  listed", progress.files_listed, files);
  text += station("  put into the bucket", progress.files_put, files);
  text += station("  loaded by the pipe", static_cast<uint64_t>(totals.files_loaded), files);
  text += station("rows in CUSTOMER_RAW", static_cast<uint64_t>(totals.raw_rows_loaded), most_rows);
  text += station("        CUSTOMER", static_cast<uint64_t>(totals.customer_rows), most_rows);
  text += station("        CUSTOMER_HISTORY", static_cast<uint64_t>(totals.history_rows), most_rows);
  text += fmt::format("\n  freshness   p50 {:.0f} ms   p99 {:.0f} ms      errors {}\n", milliseconds(progress.freshness_p50),
                      milliseconds(progress.freshness_p99), progress.errors);
  if (!progress.latest_error.empty()) text += fmt::format("  {}\n", progress.latest_error);
  text += fmt::format("\n  {}\n", progress.hint);
  return text;
}

void DemoView::show(const DemoProgress& progress) {
  if (terminal_) {
    if (drawn_lines_ > 0) fmt::print("\x1b[{}A\x1b[J", drawn_lines_);
    const std::string picture = draw(progress);
    drawn_lines_ = static_cast<size_t>(std::count(picture.begin(), picture.end(), '\n'));
    fmt::print("{}", picture);
  } else {
    const auto& totals = progress.totals;
    std::string line = fmt::format("files {} delivered, {} listed, {} put, {} loaded; rows {} raw, {} customer, {} history; freshness p50 "
                                   "{:.0f} ms p99 {:.0f} ms; {} errors",
                                   progress.files_delivered, progress.files_listed, progress.files_put, totals.files_loaded,
                                   totals.raw_rows_loaded, totals.customer_rows, totals.history_rows,
                                   milliseconds(progress.freshness_p50), milliseconds(progress.freshness_p99), progress.errors);
    if (line == latest_line_) return;
    fmt::print("{}\n", line);
    latest_line_ = std::move(line);
  }
  std::fflush(stdout);
}

}  // namespace freshet::app
