#include "app/generate_command.h"

#include <fmt/core.h>

#include <csignal>
#include <ctime>
#include <memory>

#include "generate/customer_files.h"

namespace freshet::app {
namespace {

constexpr auto k_help =
    "Writes CSV files of fake customers: customer_id, first_name, last_name, email, street, city, state, country.\n"
    "The first file holds --rows new customers. Each later file holds changes: --update-percent of --rows are existing "
    "customers\n"
    "with a new address, e-mail address or last name; --new-percent are new; --delete-percent end, and are written as a row "
    "with\n"
    "their id and seven empty fields (which a MERGE may turn into a DELETE). The same --seed gives the same rows.\n"
    "Files are named customer_YYYYMMDDHHMMSSffffff.csv and appear whole: they are written as .customer_*.partial and renamed.";

/// The signals that end an unbounded run, held back so that the file being written is finished first.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }

  /// True if a signal came before the time was over.
  bool wait_for(Duration time) const {
    const auto nanoseconds = std::max<int64_t>(0, std::chrono::nanoseconds(time).count());
    const timespec timeout{.tv_sec = nanoseconds / 1'000'000'000, .tv_nsec = nanoseconds % 1'000'000'000};
    return sigtimedwait(&set_, nullptr, &timeout) > 0;
  }

 private:
  sigset_t set_;
};

int run(const generate::CustomerFilesOptions& options) {
  const StopSignals signals;
  RealFileSystem file_system;
  SystemClock clock;
  if (auto valid = options.customers.check(); !valid) {
    fmt::print(stderr, "freshet generate: {}\n", valid.error().message);
    return 2;
  }
  generate::CustomerFiles files(options, file_system, clock);
  while (const auto due = files.due()) {
    if (signals.wait_for(*due - clock.now())) break;
    const auto file = files.write_next();
    if (!file) {
      fmt::print(stderr, "freshet generate: {}\n", file.error().message);
      return 1;
    }
    fmt::print("{}: {} new, {} changed, {} deleted\n", file->path.string(), file->counts.added, file->counts.changed,
               file->counts.deleted);
    std::fflush(stdout);
  }
  return 0;
}

} // namespace

void add_generate_command(CLI::App& app, std::function<int()>& command) {
  auto* generate = app.add_subcommand("generate", "Writes files of fake data");
  generate->require_subcommand(1);
  auto* customers = generate->add_subcommand("customers", k_help);
  struct Arguments {
    generate::CustomerFilesOptions options;
    std::string directory;
    double every_seconds = 0;
  };
  auto arguments = std::make_shared<Arguments>();
  auto& rows = arguments->options.customers;
  customers->add_option("--rows", rows.rows, "New customers in the first file")->capture_default_str();
  customers->add_option("--out", arguments->directory, "Folder for the files; made where it is missing")->required();
  customers->add_option("--files", arguments->options.files, "Number of files; 0 goes on until Ctrl-C")->capture_default_str();
  customers->add_option("--every", arguments->every_seconds, "Time from file to file, such as 3s, 500ms or 2m")
      ->transform(CLI::AsNumberWithUnit(std::map<std::string, double>{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}}));
  customers->add_option("--seed", rows.seed, "Another seed gives other customers")->capture_default_str();
  customers->add_option("--first-id", rows.first_id, "customer_id of the first customer")->capture_default_str();
  customers->add_option("--update-percent", rows.update_percent, "Changed customers in a later file")->capture_default_str();
  customers->add_option("--new-percent", rows.new_percent, "New customers in a later file")->capture_default_str();
  customers->add_option("--delete-percent", rows.delete_percent, "Customers that end in a later file")->capture_default_str();
  customers->add_flag("--quotes", rows.quotes, "Some fields contain quotes, commas and line breaks, quoted as RFC 4180 says");
  customers->callback([arguments, &command] {
    arguments->options.directory = arguments->directory;
    arguments->options.every = std::chrono::microseconds(static_cast<int64_t>(arguments->every_seconds * 1e6));
    command = [options = arguments->options] { return run(options); };
  });
}

} // namespace freshet::app
