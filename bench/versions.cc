// What row versions give (reads of streams, time travel) and what they cost (loads, scans).
#include <fmt/format.h>

#include "bench/customer_table.h"
#include "bench/figure.h"
#include "bench/yardstick.h"
#include "warehouse/archiver.h"

namespace freshet::bench {
namespace {

constexpr int64_t k_million = 1'000'000;
constexpr int k_rounds = 5;

double median_milliseconds(const std::function<void()>& work) {
  std::vector<double> times;
  for (int round = 0; round < k_rounds; ++round) times.push_back(1000 * seconds_of(work));
  return median(times);
}

/// Milliseconds of a query that reads whole rows and gives one.
double read_milliseconds(CustomerWarehouse& warehouse, const std::string& relation, int64_t rows) {
  return median_milliseconds([&] {
    const auto result = warehouse.run("SELECT COUNT(*), MAX(street) FROM " + relation);
    if (const int64_t got = result.rows->integer(0, 0); got != rows)
      throw std::runtime_error(fmt::format("{} has {} rows, not {}", relation, got, rows));
  });
}

/// In milliseconds. The engine reads two rows of a text column of 2,048 rows at the price of all of them until its file was
/// opened anew: hence both figures.
struct StreamReads {
  double scattered = 0;
  double neighbours = 0;
  double scattered_reopened = 0;
};

constexpr int64_t k_scattered = 10'000;
constexpr int64_t k_neighbours = 1'000;

StreamReads stream_reads(const Path& folder, int64_t rows) {
  CustomerWarehouse warehouse(folder);
  warehouse.fill("customer", rows);
  StreamReads reads;
  warehouse.run("CREATE STREAM scattered ON TABLE customer");
  warehouse.run(fmt::format("UPDATE customer SET street = street || ' moved' WHERE customer_id % {} = 7", rows / k_scattered));
  reads.scattered = read_milliseconds(warehouse, "scattered", 2 * k_scattered); // an update is a delete and an insert
  warehouse.run("CREATE STREAM neighbours ON TABLE customer");
  warehouse.run(fmt::format("UPDATE customer SET street = street || ' moved' WHERE customer_id BETWEEN {0} AND {0} + {1} - 1",
                            rows / 2, k_neighbours));
  reads.neighbours = read_milliseconds(warehouse, "neighbours", 2 * k_neighbours);
  const int64_t changed = warehouse.run("SELECT COUNT(*) FROM scattered").rows->integer(0, 0);
  warehouse.reopen();
  reads.scattered_reopened = read_milliseconds(warehouse, "scattered", changed);
  return reads;
}

/// The same by hand: a log of what was changed, joined back to the table.
double log_read_milliseconds(const Path& folder, int64_t rows) {
  Yardstick yardstick(folder);
  auto& duckdb = yardstick.connection();
  must(duckdb.execute(fmt::format("CREATE OR REPLACE TABLE customer AS {} FROM range({}) numbers(n)", customers("n"), rows)));
  must(duckdb.execute(fmt::format("CREATE TABLE change_log AS SELECT customer_id FROM customer WHERE customer_id % {} = 7",
                                  rows / k_scattered)));
  return median_milliseconds(
      [&] { must(duckdb.query("SELECT count(*), max(street) FROM change_log JOIN customer USING (customer_id)")); });
}

Figure at_most(std::string name, double milliseconds, double goal, std::optional<double> yardstick = {}) {
  const auto ratio = yardstick ? std::optional(*yardstick / milliseconds) : std::nullopt;
  return {std::move(name), "ms", milliseconds, yardstick, ratio, fmt::format("at most {} ms", goal), milliseconds <= goal};
}

/// `value` may take `times` as long as `yardstick`.
Figure no_longer_than(std::string name, double value, double yardstick, double times) {
  const double ratio = yardstick / value;
  return {std::move(name), "ms", value, yardstick, ratio, fmt::format("ratio at least {:.2f}", 1 / times), ratio >= 1 / times};
}

} // namespace

std::vector<Figure> run_stream_read(const Surroundings& surroundings) {
  const double by_log = log_read_milliseconds(surroundings.work / "yardstick.duckdb", 10 * k_million);
  const auto ten = stream_reads(surroundings.work / "ten", 10 * k_million);
  const auto fifty = stream_reads(surroundings.work / "fifty", 50 * k_million);
  return {at_most("stream_read_scattered", ten.scattered, 100, by_log),
          at_most("stream_read_scattered_reopened", ten.scattered_reopened, 100, by_log),
          at_most("stream_read_neighbours", ten.neighbours, 10),
          no_longer_than("stream_read_scattered_50m", fifty.scattered, ten.scattered, 1.5),
          no_longer_than("stream_read_neighbours_50m", fifty.neighbours, ten.neighbours, 1.5)};
}

std::vector<Figure> run_time_travel(const Surroundings& surroundings) {
  CustomerWarehouse warehouse(surroundings.work / "ours");
  warehouse.fill("customer", 10 * k_million);
  const std::string before = warehouse.session().last_query_id();
  warehouse.run(
      fmt::format("UPDATE customer SET street = street || ' moved' WHERE customer_id % {} = 7", 10 * k_million / k_scattered));
  const double plain = read_milliseconds(warehouse, "customer", 10 * k_million);
  const double at = read_milliseconds(warehouse, fmt::format("customer AT (STATEMENT => '{}')", before), 10 * k_million);
  return {no_longer_than("time_travel", at, plain, 2)};
}

namespace {

/// A dense load into row versions against the same rows in a plain table of the same engine with the same settings.
Figure load_cost(const Path& folder) {
  constexpr int64_t k_rows = 2 * k_million;
  std::vector<double> ours, yardsticks, ratios;
  for (int round = 0; round < 3; ++round) {
    engine::Options options;
    options.memory_limit_bytes = 8ull << 30;
    auto database = must(engine::Database::open(folder / fmt::format("plain{}.duckdb", round), options));
    auto connection = must(database->connect());
    must(connection->execute("CREATE TABLE source AS " + customers("n") + fmt::format(" FROM range({}) numbers(n)", k_rows)));
    must(connection->execute("CREATE TABLE customer AS FROM source LIMIT 0"));
    yardsticks.push_back(1000 * seconds_of([&] { must(connection->execute("INSERT INTO customer FROM source")); }));
    CustomerWarehouse warehouse(folder / fmt::format("ours{}", round));
    warehouse.fill("source", k_rows);
    warehouse.run("CREATE TABLE customer LIKE source");
    ours.push_back(1000 * seconds_of([&] { warehouse.run("INSERT INTO customer SELECT * FROM source"); }));
    ratios.push_back(yardsticks.back() / ours.back());
  }
  const double ratio = median(ratios);
  return {"version_cost_load", "ms", median(ours), median(yardsticks), ratio, "ratio at least 0.87", ratio >= 1 / 1.15};
}

Figure scan_cost(const Path& folder) {
  CustomerWarehouse warehouse(folder);
  auto archiver = must(warehouse::Archiver::start(warehouse.warehouse(), {.runs_by_itself = false}));
  warehouse.fill("customer", k_million);
  for (int batch = 0; batch < 1000; ++batch) {
    warehouse.run(
        fmt::format("UPDATE customer SET street = customer_id || ' moved {0}' WHERE customer_id % 1000 = {0}", batch));
  }
  must(archiver->run());
  warehouse.run("CREATE TABLE fresh AS SELECT * FROM customer");
  const double fresh = read_milliseconds(warehouse, "fresh", k_million);
  return no_longer_than("version_cost_scan", read_milliseconds(warehouse, "customer", k_million), fresh, 1.25);
}

} // namespace

std::vector<Figure> run_version_cost(const Surroundings& surroundings) {
  std::filesystem::create_directories(surroundings.work / "load");
  return {load_cost(surroundings.work / "load"), scan_cost(surroundings.work / "scan")};
}

} // namespace freshet::bench
