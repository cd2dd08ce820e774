#include <fmt/format.h>

#include "bench/customer_table.h"
#include "bench/figure.h"
#include "bench/yardstick.h"

namespace freshet::bench {
namespace {

constexpr int64_t k_customers = 10'000'000;
constexpr int64_t k_changed = 10'000;
constexpr int k_rounds = 5;

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

} // namespace

std::vector<Figure> run_sparse(const Surroundings& surroundings) {
  Yardstick yardstick(surroundings.work / "yardstick.duckdb");
  auto& duckdb = yardstick.connection();
  must(duckdb.execute("DROP TABLE customer"));
  must(duckdb.execute(fmt::format("CREATE TABLE customer AS {} FROM range({}) numbers(n)", customers("n"), k_customers)));

  CustomerWarehouse warehouse(surroundings.work / "ours");
  warehouse.fill("customer", k_customers);

  std::vector<double> ours;
  std::vector<double> yardsticks;
  std::vector<double> ratios;
  for (int round = 0; round < k_rounds; ++round) {
    must(duckdb.execute(fmt::format("CREATE OR REPLACE TABLE changed AS {} FROM range({}) numbers(n)",
                                    changed_customers("n", round), k_changed)));
    warehouse.run(
        fmt::format("CREATE OR REPLACE TABLE changed AS {} FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => {})))",
                    changed_customers("n", round), k_changed));
    yardsticks.push_back(seconds_of([&] { must(duckdb.execute(k_merge)); }));
    ours.push_back(seconds_of([&] {
      const auto result = warehouse.run(k_merge);
      if (result.counts.updated != k_changed) throw std::runtime_error(fmt::format("{} rows updated", result.counts.updated));
    }));
    ratios.push_back(yardsticks.back() / ours.back());
  }
  const double ratio = median(ratios);
  return {{"sparse", "s", median(ours), median(yardsticks), ratio, "ratio at least 5", ratio >= 5}};
}

} // namespace freshet::bench
