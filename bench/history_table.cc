// An SCD type 2 table declared with CREATE HISTORY TABLE beside the stream, task and MERGE of the triggered example.
#include <fmt/format.h>

#include <filesystem>

#include "bench/customer_table.h"
#include "bench/figure.h"
#include "warehouse/derived_tables.h"
#include "warehouse/tasks/tasks.h"

namespace freshet::bench {
namespace {

constexpr int64_t k_customers = 1'000'000;
constexpr int64_t k_changed = 10'000; // of a small batch
constexpr int k_small_batches = 9;
constexpr int k_rounds = 3;

// examples/customer-scd/triggered, from CUSTOMER on.
constexpr const char* k_triggered[] = {
    "CREATE TABLE history (customer_id NUMBER, first_name STRING, last_name STRING, email STRING, street STRING, city STRING, "
    "state STRING, country STRING, start_time TIMESTAMP_NTZ, end_time TIMESTAMP_NTZ, is_current BOOLEAN)",
    "CREATE STREAM customer_changes ON TABLE customer",
    R"sql(CREATE TASK keep_history WHEN SYSTEM$STREAM_HAS_DATA('customer_changes') AS
      MERGE INTO history h
      USING (
          SELECT customer_id, first_name, last_name, email, street, city, state, country, METADATA$ACTION AS action
          FROM customer_changes
      ) s
          ON h.customer_id = s.customer_id AND h.is_current AND s.action = 'DELETE'
      WHEN MATCHED THEN UPDATE SET h.end_time = CURRENT_TIMESTAMP(), h.is_current = FALSE
      WHEN NOT MATCHED AND s.action = 'INSERT' THEN INSERT
          (customer_id, first_name, last_name, email, street, city, state, country, start_time, end_time, is_current)
      VALUES (s.customer_id, s.first_name, s.last_name, s.email, s.street, s.city, s.state, s.country, CURRENT_TIMESTAMP(),
              '9999-12-31'::TIMESTAMP_NTZ, TRUE))sql",
    "ALTER TASK keep_history RESUME"};

constexpr const char* k_declared = "CREATE HISTORY TABLE history FROM customer KEYS (customer_id)";

/// CUSTOMER in a warehouse of its own, with a history that is brought up to date when it is told so.
class Pipeline {
 public:
  Pipeline(const Path& folder, bool declared)
      : warehouse_(folder),
        tasks_(must(warehouse::Tasks::start(warehouse_.warehouse(), {.runners_max = 0}))),
        histories_(must(warehouse::DerivedTables::start(warehouse_.warehouse(), {.runs_by_itself = false}))) {
    warehouse_.fill("customer", 0);
    if (declared) {
      warehouse_.run(k_declared);
    } else {
      for (const char* statement : k_triggered) warehouse_.run(statement);
    }
    catch_up();
  }

  void run(const std::string& statement) { warehouse_.run(statement); }

  /// Seconds until the history has all that is committed.
  double catch_up() {
    return seconds_of([&] {
      tasks_->run_due();
      histories_->run();
    });
  }

  void expect_versions(int64_t expected) {
    const auto found = warehouse_.run("SELECT COUNT(*) FROM history").rows->integer(0, 0);
    if (found != expected) throw std::runtime_error(fmt::format("the history has {} versions, not {}", found, expected));
  }

 private:
  CustomerWarehouse warehouse_;
  std::unique_ptr<warehouse::Tasks> tasks_;
  std::unique_ptr<warehouse::DerivedTables> histories_;
};

struct Seconds {
  double first = 0; // a million new customers
  double half = 0;  // a million, of which half are changes and half new
  double small = 0; // 10,000 changes, scattered; the median of several
};

std::string numbers(int64_t rows) {
  return fmt::format("FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => {})))", rows);
}

Seconds measure(Pipeline& pipeline) {
  Seconds seconds;
  pipeline.run("INSERT INTO customer " + customers("n") + " " + numbers(k_customers));
  seconds.first = pipeline.catch_up();
  pipeline.run(
      fmt::format("MERGE INTO customer c USING ({} {}) s ON c.customer_id = s.customer_id WHEN MATCHED THEN UPDATE SET "
                  "c.street = s.street WHEN NOT MATCHED THEN INSERT VALUES (s.customer_id, s.first_name, s.last_name, "
                  "s.email, s.street, s.city, s.state, s.country)",
                  customers(fmt::format("(n + {})", k_customers / 2), " moved"), numbers(k_customers)));
  seconds.half = pipeline.catch_up();
  pipeline.expect_versions(2 * k_customers);
  std::vector<double> small;
  const int64_t stride = (k_customers + k_customers / 2) / k_changed;
  for (int batch = 0; batch < k_small_batches; ++batch) {
    pipeline.run(fmt::format("UPDATE customer SET street = street || ' again' WHERE customer_id % {} = {}", stride, batch));
    small.push_back(pipeline.catch_up());
  }
  pipeline.expect_versions(2 * k_customers + k_small_batches * k_changed);
  seconds.small = median(small);
  return seconds;
}

} // namespace

std::vector<Figure> run_history_table(const Surroundings& surroundings) {
  struct Measured {
    const char* name;
    double Seconds::*of;
    std::vector<double> ours, yardsticks, ratios;
  };
  std::vector<Measured> all = {{"history_table_first", &Seconds::first, {}, {}, {}},
                               {"history_table_half", &Seconds::half, {}, {}, {}},
                               {"history_table_small", &Seconds::small, {}, {}, {}}};
  for (int round = 0; round < k_rounds; ++round) {
    const auto measure_in = [&](const char* name, bool declared) {
      const Path folder = surroundings.work / name;
      const auto seconds = [&] {
        Pipeline pipeline(folder, declared);
        return measure(pipeline);
      }();
      std::filesystem::remove_all(folder);
      return seconds;
    };
    const auto triggered = measure_in("triggered", false);
    const auto declared = measure_in("declared", true);
    for (auto& each : all) {
      each.yardsticks.push_back(1000 * (triggered.*each.of));
      each.ours.push_back(1000 * (declared.*each.of));
      each.ratios.push_back(each.yardsticks.back() / each.ours.back());
    }
  }
  std::vector<Figure> figures;
  for (const auto& each : all) {
    const double ratio = median(each.ratios);
    figures.push_back({each.name, "ms", median(each.ours), median(each.yardsticks), ratio, "ratio at least 1", ratio >= 1});
  }
  return figures;
}

} // namespace freshet::bench
