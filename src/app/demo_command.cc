#include "app/demo_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>

#include "app/demo_checks.h"
#include "app/demo_view.h"
#include "app/embedded_files.h"
#include "app/freshness.h"
#include "app/services.h"
#include "app/stop_signal.h"
#include "base/log.h"
#include "base/random.h"
#include "flow/flow.h"
#include "generate/customer_files.h"

namespace freshet::app {
namespace {

constexpr auto k_bucket = "customer-data";
constexpr auto k_example = "examples/customer-scd/";
constexpr size_t k_refused_shown = 20;
constexpr auto k_stalled = std::chrono::seconds(40); // a failed FlowFile is tried again after 30

bool is_customer_file(std::string_view name) { return !name.starts_with('.') && name.ends_with(".csv"); }

/// One run of the demo.
class Demo {
 public:
  Demo(const DemoOptions& options, StopSignal& stop) : options_(options), stop_(stop), view_(::isatty(STDOUT_FILENO) == 1) {}

  Result<bool> run() {
    TRY(start());
    const TimePoint began = clock_.now();
    while (true) {
      TRY(deliver());
      TRY(refresh(began));
      if (options_.once && (TRY(drained()) || TRY(stalled()))) break;
      if (stop_.wait(options_.once ? std::chrono::milliseconds(50) : std::chrono::milliseconds(250))) break;
    }
    if (!options_.once) TRY(finish());
    TRY(refresh(began));
    return report();
  }

 private:
  Result<void> start() {
    if (options_.data) {
      data_ = *options_.data;
    } else {
      data_ = std::filesystem::temp_directory_path() / ("freshet-demo-" + random_secret_hex(4));
    }
    TRY(files_.create_directories(data_));
    input_ = options_.input ? *options_.input : data_ / "inbox";
    if (options_.input) {
      TRY(files_.list(input_));
    } else {
      TRY(files_.create_directories(input_));
      generator_.emplace(generator_options(), files_, clock_);
    }
    services_ = TRY(Services::start(TRY(configuration()), clock_, files_));
    session_ = TRY(services_->warehouse().create_session(context()));
    freshness_.emplace(services_->warehouse(), clock_, context());
    started_ = moved_at_ = clock_.now();
    fmt::print("data folder {} (credentials in {})\nSnowflake protocol, metrics and status page on http://{}/, S3 on http://{}/\n\n",
               data_.string(), credentials_path(data_).string(), services_->address(), services_->s3_address());
    std::fflush(stdout);
    return {};
  }

  /// The example's files, unpacked beside the data so that the user can read and change them.
  Result<Configuration> configuration() {
    Configuration configuration;
    configuration.data = data_;
    configuration.port = 0;
    configuration.s3_port = 0;
    configuration.buckets = {k_bucket};
    configuration.flow_parameters = {{"input.directory", std::filesystem::absolute(input_).string()}, {"bucket", k_bucket}};
    for (const auto& [name, content] : embedded_files()) {
      if (!name.starts_with(k_example)) continue;
      const Path path = data_ / "example" / name.substr(std::string_view(k_example).size());
      TRY(files_.create_directories(path.parent_path()));
      TRY(files_.write_durably(path, content));
      if (path.extension() == ".sql") configuration.scripts.push_back(path);
      if (path.filename() == "flow.json") configuration.flow_definition = path;
    }
    return configuration;
  }

  warehouse::SessionContext context() const {
    warehouse::SessionContext context;
    context.database = "SCD_DEMO";
    context.schema = "SCD2";
    return context;
  }

  generate::CustomerFilesOptions generator_options() const {
    generate::CustomerFilesOptions generated;
    generated.customers.rows = options_.rows;
    generated.customers.seed = options_.seed;
    generated.directory = input_;
    generated.files = options_.once ? options_.files : 0;
    generated.every = options_.once ? Duration::zero() : options_.every;
    return generated;
  }

  /// Writes the generator's files that are due, and notes every file that stands in the folder. O(files in the folder).
  Result<void> deliver() {
    while (generator_ && generator_->due() && *generator_->due() <= clock_.now()) TRY(generator_->write_next());
    for (const auto& name : TRY(files_.list(input_))) {
      if (!is_customer_file(name) || delivered_.contains(name)) continue;
      const auto status = files_.status(input_ / name);
      if (!status || status->type != FileStatus::Type::regular) continue;
      delivered_.insert(name);
      // A rename changes the inode: that is the moment the file appeared. What was there before us appeared when we did.
      freshness_->arrived(name, std::max(status->changed, started_));
    }
    return {};
  }

  Result<void> refresh(TimePoint began) {
    auto totals = read_totals(*session_);
    if (!totals) return fail(ErrorKind::io, totals.error().message);
    progress_.totals = *totals;
    progress_.running = clock_.now() - began;
    progress_.files_delivered = delivered_.size();
    progress_.files_listed = services_->flow_counts().listed;
    progress_.files_put = services_->flow_counts().put;
    progress_.freshness_p50 = freshness_->latencies().percentile(50);
    progress_.freshness_p99 = freshness_->latencies().percentile(99);
    progress_.errors = services_->flow_counts().failed + static_cast<uint64_t>(totals->files_failed);
    if (const auto bulletins = services_->flow()->bulletins(1); !bulletins.empty()) {
      progress_.latest_error = bulletins[0].component_name + ": " + bulletins[0].message;
    }
    progress_.hint = options_.once ? "draining what is there; ends by itself"
                                   : fmt::format("Ctrl-C ends it; ask it meanwhile: freshet sql --data {} -q 'SELECT * FROM "
                                                 "SCD_DEMO.SCD2.CUSTOMER LIMIT 5'",
                                                 data_.string());
    view_.show(progress_);
    return {};
  }

  Result<bool> drained() {
    if (generator_ && generator_->due()) return false;
    const auto arrived = static_cast<uint64_t>(progress_.totals.files_loaded + progress_.totals.files_failed);
    return arrived >= delivered_.size() && TRY(services_->idle()) && !TRY(streams_have_data());
  }

  /// Nothing moves, and what is missing failed on its way: a file that cannot be read is tried for ever, the run is not.
  Result<bool> stalled() {
    const std::array moved = {progress_.files_delivered, progress_.files_listed, progress_.files_put,
                              static_cast<uint64_t>(progress_.totals.raw_rows_loaded + progress_.totals.files_failed),
                              static_cast<uint64_t>(progress_.totals.history_rows)};
    const TimePoint now = clock_.now();
    if (moved != moved_ || !TRY(services_->warehouse_idle())) {
      moved_ = moved;
      moved_at_ = now;
    }
    return now - moved_at_ >= k_stalled;
  }

  Result<bool> streams_have_data() {
    const auto result = session_->execute(
        "SELECT SYSTEM$STREAM_HAS_DATA('CUSTOMER_RAW_CHANGES') OR SYSTEM$STREAM_HAS_DATA('CUSTOMER_CHANGES')");
    if (!result) return fail(ErrorKind::io, result.error().message);
    return result->rows->boolean(0, 0);
  }

  /// After Ctrl-C: what was delivered is brought to the history before the checks; a second Ctrl-C, or a minute, cuts it short.
  Result<void> finish() {
    generator_.reset();
    const TimePoint bound = clock_.now() + std::chrono::minutes(1);
    while (clock_.now() < bound) {
      TRY(refresh(started_));
      if (TRY(drained()) || TRY(stalled())) break;
      if (stop_.wait(std::chrono::milliseconds(50))) break;
    }
    return {};
  }

  Result<bool> report() {
    auto checks = run_checks(*session_, static_cast<int64_t>(delivered_.size()));
    if (!checks) return fail(ErrorKind::io, checks.error().message);
    const auto refused = read_refused(*session_);
    if (!refused) return fail(ErrorKind::io, refused.error().message);
    bool ok = true;
    fmt::print("\n");
    show_refused(*refused);
    for (const auto& check : *checks) {
      fmt::print("  {} {}: {}\n", check.ok ? "ok    " : "FAILED", check.name, check.detail);
      ok = ok && check.ok;
    }
    if (options_.json) TRY(files_.write_durably(*options_.json, summary(*checks, *refused, ok)));
    return ok;
  }

  static void show_refused(const std::vector<RefusedFile>& refused) {
    for (size_t i = 0; i < std::min(refused.size(), k_refused_shown); ++i) {
      const auto& file = refused[i];
      fmt::print("  refused {}{}: {}\n", file.name, file.line == 0 ? "" : fmt::format(", line {}", file.line), file.error);
    }
    if (refused.size() > k_refused_shown) fmt::print("  refused {} more, see COPY_HISTORY\n", refused.size() - k_refused_shown);
  }

  std::string summary(const std::vector<Check>& checks, const std::vector<RefusedFile>& refused, bool ok) const {
    const auto& totals = progress_.totals;
    const auto milliseconds = [](Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); };
    boost::json::array listed;
    for (const auto& check : checks) listed.push_back({{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    boost::json::array refusals;
    for (const auto& file : refused) refusals.push_back({{"file", file.name}, {"line", file.line}, {"error", file.error}});
    const boost::json::object object{
        {"files", totals.files_loaded},
        {"raw_rows_loaded", totals.raw_rows_loaded},
        {"customer_rows", totals.customer_rows},
        {"history_rows", totals.history_rows},
        {"history_current_rows", totals.history_current_rows},
        {"freshness_ms",
         {{"p50", milliseconds(progress_.freshness_p50)}, {"p99", milliseconds(progress_.freshness_p99)}}},
        {"refused", refusals},
        {"checks", listed},
        {"ok", ok}};
    return boost::json::serialize(object) + "\n";
  }

  DemoOptions options_;
  StopSignal& stop_;
  DemoView view_;
  SystemClock clock_;
  RealFileSystem files_;
  Path data_;
  Path input_;
  std::optional<generate::CustomerFiles> generator_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<warehouse::Session> session_;
  std::optional<FreshnessMeter> freshness_;
  TimePoint started_;
  std::array<uint64_t, 5> moved_{};
  TimePoint moved_at_;
  std::set<std::string> delivered_;
  DemoProgress progress_;
};

}  // namespace

int run_demo(const DemoOptions& options) {
  StopSignal stop;
  log::set_level(log::Level::error);
  Demo demo(options, stop);
  const auto ok = demo.run();
  if (!ok) {
    fmt::print(stderr, "freshet demo: {}\n", ok.error().message);
    return 1;
  }
  return *ok ? 0 : 1;
}

void add_demo_command(CLI::App& app, std::function<int()>& command) {
  auto options = std::make_shared<DemoOptions>();
  auto seconds = std::make_shared<double>(3);
  auto* demo = app.add_subcommand("demo", "Run the customer example with a live view, until Ctrl-C");
  demo->add_option("--data", options->data, "data folder; an existing one is gone on with (default: a new temporary one)");
  demo->add_option("--input", options->input, "folder with your own CSV files instead of generated ones");
  demo->add_option("--json", options->json, "write a summary of counts, freshness and checks there");
  demo->add_flag("--once", options->once, "drain a bounded input and exit");
  demo->add_option("--rows", options->rows, "new customers in the first generated file")->capture_default_str();
  demo->add_option("--files", options->files, "files to generate with --once")->capture_default_str();
  demo->add_option("--every", *seconds, "seconds between generated files")->capture_default_str();
  demo->add_option("--seed", options->seed, "of the generated customers")->capture_default_str();
  demo->callback([options, seconds, &command] {
    options->every = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*seconds));
    command = [options] { return run_demo(*options); };
  });
}

}  // namespace freshet::app
