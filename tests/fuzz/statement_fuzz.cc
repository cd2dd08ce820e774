// statement_fuzz [--count N | --seconds N] [--seed N]: mutants of the corpus' statements executed by a warehouse. No crash, no
// hang, every error in Snowflake's words and with its code, and the session goes on. Prints what fails; a crash leaves the
// mutant in statement_fuzz.last.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "sql/corpus_world.h"
#include "sql/tests/mutation.h"
#include "sql/tests/statement_corpus.h"

namespace freshet {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto k_patience = std::chrono::seconds(5);
constexpr auto k_last_patience = std::chrono::seconds(60);

/// Cancels a statement that takes too long, and ends the program when that does not help.
class Watchdog {
 public:
  Watchdog() : thread_([this](std::stop_token stop) { watch(std::move(stop)); }) {}

  void begin(warehouse::Session& session) {
    std::lock_guard lock(mutex_);
    session_ = &session;
    begun_ = Clock::now();
    cancelled_ = false;
  }
  void end() {
    std::lock_guard lock(mutex_);
    session_ = nullptr;
  }

 private:
  void watch(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      changed_.wait_for(lock, stop, std::chrono::milliseconds(200), [] { return false; });
      if (session_ == nullptr) continue;
      auto took = Clock::now() - begun_;
      if (took > k_patience && !std::exchange(cancelled_, true)) session_->cancel();
      if (took > k_last_patience) {
        fmt::print(stderr, "a statement cannot be cancelled: see statement_fuzz.last\n");
        std::_Exit(3);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  warehouse::Session* session_ = nullptr;
  Clock::time_point begun_;
  bool cancelled_ = false;
  std::jthread thread_;
};

/// What tells the engine's words from Snowflake's.
std::string_view foreign_words_in(std::string_view message) {
  for (std::string_view words : {"DuckDB",
                                 "duckdb",
                                 "Binder Error",
                                 "Catalog Error",
                                 "Parser Error",
                                 "INTERNAL",
                                 "LINE 1",
                                 "Candidate",
                                 "andidate functions",
                                 "Conversion Error",
                                 "Invalid Input Error",
                                 "Not implemented",
                                 "DECIMAL(",
                                 "HUGEINT",
                                 "BIGINT",
                                 "::VARCHAR",
                                 "ANY)",
                                 "explicit type cast",
                                 "scalar function",
                                 "Macro",
                                 "macro",
                                 "FROM clause",
                                 "STRUCT",
                                 "INTEGER[]",
                                 "main.",
                                 "memory limit",
                                 "Referenced",
                                 "SET VARIABLE",
                                 "Did you mean",
                                 "does not exist!",
                                 "UNNEST",
                                 "json_",
                                 "list_",
                                 "freshet_",
                                 "Could not convert",
                                 "Failed to cast",
                                 "Type mismatch"}) {
    if (message.find(words) != message.npos) return words;
  }
  return {};
}

class Fuzzer {
 public:
  Fuzzer(Path folder, uint64_t seed)
      : world_({}, std::move(folder)), mutator_(sql::testing::statements_of_test_files(FRESHET_SOURCE_DIR), seed) {
    if (auto opened = world_.open(); !opened) throw std::runtime_error(opened.error().message);
  }

  void step() {
    if (statements_ % 50 == 0) open_session();
    std::string text = mutator_.next(1 + statements_ % 2);
    std::ofstream("statement_fuzz.last", std::ios::binary) << text;
    ++statements_;
    auto problem = run(text);
    if (problem.empty()) problem = after();
    if (problem.empty()) return;
    ++failures_;
    fmt::print("---- {}\n{}\n", problem, text);
  }

  int report() const {
    fmt::print("{} statements, {} failures\n", statements_, failures_);
    for (const auto& [code, count] : codes_) fmt::print("  {:06}: {}\n", code, count);
    return failures_ == 0 ? 0 : 1;
  }
  size_t failures() const { return failures_; }
  size_t statements() const { return statements_; }

 private:
  void open_session() {
    auto session = world_.warehouse().create_session();
    if (!session) throw std::runtime_error(session.error().message);
    session_ = std::move(*session);
    for (auto sql : {"CREATE DATABASE IF NOT EXISTS DB", "CREATE SCHEMA IF NOT EXISTS DB.PUBLIC", "USE SCHEMA DB.PUBLIC",
                     "CREATE TABLE IF NOT EXISTS T (A INT, B VARCHAR, C TIMESTAMP_NTZ, V VARIANT)"}) {
      if (auto done = session_->execute(sql); !done) fmt::print(stderr, "{}: {}\n", sql, done.error().message);
    }
  }

  std::string run(const std::string& text) {
    watchdog_.begin(*session_);
    auto result = session_->execute(text);
    watchdog_.end();
    if (result) return {};
    const auto& error = result.error();
    ++codes_[error.code];
    if (error.code == 0 || error.sql_state.size() != 5 || error.message.empty())
      return "an error without code: " + error.message;
    if (error.code == 603) return "an internal error: " + error.message;
    auto foreign = foreign_words_in(error.message);
    bool quoted_by_user = !foreign.empty() && text.find(foreign) != text.npos;
    if (!foreign.empty() && !quoted_by_user)
      return fmt::format("the engine's words '{}' ({:06}): {}", foreign, error.code, error.message);
    return {};
  }

  std::string after() {
    if (session_->in_transaction() && statements_ % 5 == 0) session_->rollback();
    auto one = session_->execute("SELECT 1");
    if (one) return {};
    if (one.error().code == 604) return {}; // cancelled late
    return fmt::format("then SELECT 1 fails with {:06}: {}", one.error().code, one.error().message);
  }

  corpus::World world_;
  sql::testing::Mutator mutator_;
  std::unique_ptr<warehouse::Session> session_;
  Watchdog watchdog_;
  size_t statements_ = 0;
  size_t failures_ = 0;
  std::map<int32_t, size_t> codes_;
};

int run(int argc, char** argv) {
  CLI::App options{"Executes mutants of the corpus' statements"};
  size_t count = 2000;
  size_t seconds = 0;
  uint64_t seed = 1;
  options.add_option("--count", count, "how many statements");
  options.add_option("--seconds", seconds, "for how long, instead");
  options.add_option("--seed", seed, "the same seed makes the same statements");
  CLI11_PARSE(options, argc, argv);
  log::set_level(log::Level::error);
  const Path folder = std::filesystem::temp_directory_path() / fmt::format("freshet-statement-fuzz-{}", ::getpid());
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  int code = 0;
  {
    Fuzzer fuzzer(folder, seed);
    while (fuzzer.failures() < 200 && (seconds > 0 ? Clock::now() < end : fuzzer.statements() < count)) fuzzer.step();
    code = fuzzer.report();
  }
  std::filesystem::remove_all(folder);
  return code;
}

} // namespace
} // namespace freshet

int main(int argc, char** argv) {
  return freshet::run(argc, argv);
}
