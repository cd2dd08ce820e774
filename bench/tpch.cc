// TPC-H's questions in Snowflake's dialect beside the same text on a bare DuckDB that holds the same rows.
#include "bench/tpch.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <filesystem>

#include "app/services.h"
#include "base/clock.h"
#include "bench/figure.h"
#include "bench/yardstick.h"
#include "objects/object_store.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::bench {
namespace {

constexpr int k_rounds = 5;

std::optional<double> number_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Equal, but for what the two dialects round differently.
bool same(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto x = number_in(a);
  const auto y = number_in(b);
  return x && y && std::abs(*x - *y) <= 1e-5 * std::max(1.0, std::abs(*x));
}

void expect_same(size_t query, const engine::Rows& ours, const engine::Rows& bare) {
  if (ours.size() != bare.size() || bare.empty())
    throw std::runtime_error(fmt::format("query {} gives {} rows, and {} on bare DuckDB", query, ours.size(), bare.size()));
  for (size_t row = 0; row < bare.size(); ++row) {
    for (size_t column = 0; column < bare.columns().size(); ++column) {
      const auto a = ours.text(row, column);
      const auto b = bare.text(row, column);
      if (!same(a, b)) throw std::runtime_error(fmt::format("query {} gives {} where bare DuckDB gives {}", query, a, b));
    }
  }
}

class Ours {
 public:
  explicit Ours(const Path& folder) {
    app::Configuration configuration;
    configuration.data = folder / "data";
    configuration.port = 0;
    configuration.s3_port = 0;
    configuration.buckets = {"bench"};
    configuration.memory_limit = "8GB";
    services_ = must(app::Services::start(configuration, clock_, files_));
    session_ = must(services_->warehouse().create_session());
    run("CREATE DATABASE bench");
    run("CREATE STAGE tables URL = 's3://bench/tables/' FILE_FORMAT = (TYPE = PARQUET)");
  }

  /// The rows of the bare table.
  void load(engine::Connection& duckdb, const TpchTable& table, const Path& folder) {
    const Path file = folder / fmt::format("{}.parquet", table.name);
    must(duckdb.execute(fmt::format("COPY {} TO {} (FORMAT parquet)", table.name, engine::quote_literal(file.string()))));
    must(services_->store().put("bench", fmt::format("tables/{}.parquet", table.name), objects::Content::of_file(file), {}));
    run(fmt::format("CREATE TABLE {} ({})", table.name, table.columns));
    run(fmt::format("COPY INTO {0} FROM @tables/{0}.parquet MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE", table.name));
  }

  warehouse::StatementResult run(const std::string& sql) { return must(session_->execute(sql)); }

 private:
  SystemClock clock_;
  RealFileSystem files_;
  std::unique_ptr<app::Services> services_;
  std::unique_ptr<warehouse::Session> session_;
};

struct QueryTimes {
  double ours = 0; // milliseconds
  double bare = 0;
  double slower() const { return ours / bare; }
};

/// Medians of both sides in turn, after one run of each that nobody times.
QueryTimes times_of(size_t number, const std::string& query, Ours& ours, engine::Connection& duckdb) {
  expect_same(number, *ours.run(query).rows, must(duckdb.query(query)));
  std::vector<double> times, bare_times;
  for (int round = 0; round < k_rounds; ++round) {
    bare_times.push_back(1000 * seconds_of([&] { must(duckdb.query(query)); }));
    times.push_back(1000 * seconds_of([&] { ours.run(query); }));
  }
  return {median(times), median(bare_times)};
}

} // namespace

std::vector<Figure> run_tpch(const Surroundings& surroundings) {
  const Path folder = surroundings.work / "files";
  std::filesystem::create_directories(folder);
  const auto database = bare_database(surroundings.work / "bare.duckdb");
  const auto duckdb = must(database->connect());
  make_tpch_tables(*duckdb);
  Ours ours(surroundings.work / "ours");
  for (const auto& table : tpch_tables()) ours.load(*duckdb, table, folder);

  QueryTimes sum, worst{0, 1};
  size_t worst_query = 0;
  for (size_t i = 0; i < tpch_queries().size(); ++i) {
    const auto times = times_of(i + 1, std::string(tpch_queries()[i]), ours, *duckdb);
    fmt::print("  query {:>2} {:>8.1f} ms, bare {:>8.1f} ms, {:.2f} times\n", i + 1, times.ours, times.bare, times.slower());
    std::fflush(stdout);
    sum.ours += times.ours;
    sum.bare += times.bare;
    if (times.slower() > worst.slower()) {
      worst = times;
      worst_query = i + 1;
    }
  }
  const double ratio = sum.bare / sum.ours;
  return {
      {"tpch", "ms", sum.ours, sum.bare, ratio, "ratio at least 0.91", ratio >= 1 / 1.1},
      {"tpch_worst", "ms", worst.ours, worst.bare, worst.bare / worst.ours, fmt::format("none: query {}", worst_query), true}};
}

} // namespace freshet::bench
