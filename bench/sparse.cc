#include <fmt/format.h>

#include "base/clock.h"
#include "bench/figure.h"
#include "bench/yardstick.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::bench {
namespace {

constexpr int64_t k_customers = 10'000'000;
constexpr int64_t k_changed = 10'000;
constexpr int k_rounds = 5;

// Both sides get the same rows: about 98 bytes each, as the example's customers.
std::string customers(std::string_view numbers, std::string_view changed) {
  return fmt::format("SELECT {0} AS customer_id, 'First' || {0} AS first_name, 'Last' || {0} AS last_name, "
                     "'customer.' || {0} || '@example.net' AS email, {0} || ' Long Winding Street Apt. 023{1}' AS street, "
                     "'North City ' || {0} % 1000 AS city, 'New Mexico' AS state, 'Estonia' AS country",
                     numbers, changed);
}

/// Changed customers scattered over the whole table; `round` makes each round's values new.
std::string changed_customers(std::string_view numbers, int round) {
  return customers(fmt::format("(({} * {} + {}) % {})", numbers, k_customers / k_changed - 1, round * 7, k_customers),
                   fmt::format(" moved {}", round));
}

constexpr auto k_merge = R"sql(
MERGE INTO customer c USING changed ON c.customer_id = changed.customer_id
WHEN MATCHED AND (c.street IS DISTINCT FROM changed.street OR c.email IS DISTINCT FROM changed.email) THEN UPDATE SET
  first_name = changed.first_name, last_name = changed.last_name, email = changed.email, street = changed.street,
  city = changed.city, state = changed.state, country = changed.country
WHEN NOT MATCHED THEN INSERT (customer_id, first_name, last_name, email, street, city, state, country)
  VALUES (changed.customer_id, changed.first_name, changed.last_name, changed.email, changed.street, changed.city, changed.state,
          changed.country))sql";

}  // namespace

std::vector<Figure> run_sparse(const Surroundings& surroundings) {
  Yardstick yardstick(surroundings.work / "yardstick.duckdb");
  auto& duckdb = yardstick.connection();
  must(duckdb.execute("DROP TABLE customer"));
  must(duckdb.execute(fmt::format("CREATE TABLE customer AS {} FROM range({}) numbers(n)", customers("n", ""), k_customers)));

  SystemClock clock;
  warehouse::WarehouseOptions options;
  options.data_directory = surroundings.work / "ours";
  options.memory_limit_bytes = 8ull << 30;
  auto warehouse = must(warehouse::Warehouse::open(clock, options));
  auto session = must(warehouse->create_session());
  must(session->execute("CREATE DATABASE bench"));
  must(session->execute("CREATE TABLE customer (customer_id NUMBER, first_name STRING, last_name STRING, email STRING, street STRING, "
                        "city STRING, state STRING, country STRING)"));
  must(session->execute(fmt::format("INSERT INTO customer {} FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => {})))",
                                    customers("n", ""), k_customers)));

  std::vector<double> ours;
  std::vector<double> yardsticks;
  std::vector<double> ratios;
  for (int round = 0; round < k_rounds; ++round) {
    must(duckdb.execute(fmt::format("CREATE OR REPLACE TABLE changed AS {} FROM range({}) numbers(n)", changed_customers("n", round), k_changed)));
    must(session->execute(fmt::format("CREATE OR REPLACE TABLE changed AS {} FROM (SELECT SEQ8() AS n "
                                      "FROM TABLE(GENERATOR(ROWCOUNT => {})))",
                                      changed_customers("n", round), k_changed)));
    yardsticks.push_back(seconds_of([&] { must(duckdb.execute(k_merge)); }));
    ours.push_back(seconds_of([&] {
      const auto result = must(session->execute(k_merge));
      if (result.counts.updated != k_changed) throw std::runtime_error(fmt::format("{} rows updated", result.counts.updated));
    }));
    ratios.push_back(yardsticks.back() / ours.back());
  }
  const double ratio = median(ratios);
  return {{"sparse", "s", median(ours), median(yardsticks), ratio, "ratio at least 5", ratio >= 5}};
}

}  // namespace freshet::bench
