#include "bench/customer_table.h"

#include <fmt/format.h>

#include <condition_variable>

#include "bench/figure.h"

namespace freshet::bench {

std::string customers(std::string_view numbers, std::string_view changed) {
  return fmt::format(
      "SELECT {0} AS customer_id, 'First' || {0} AS first_name, 'Last' || {0} AS last_name, "
      "'customer.' || {0} || '@example.net' AS email, {0} || ' Long Winding Street Apt. 023{1}' AS street, "
      "'North City ' || {0} % 1000 AS city, 'New Mexico' AS state, 'Estonia' AS country",
      numbers, changed);
}

CustomerWarehouse::CustomerWarehouse(const Path& folder) : folder_(folder) {
  open();
  run("CREATE DATABASE bench");
}

void CustomerWarehouse::open() {
  warehouse::WarehouseOptions options;
  options.data_directory = folder_;
  options.memory_limit_bytes = 8ull << 30;
  warehouse_ = must(warehouse::Warehouse::open(clock_, options));
  session_ = must(warehouse_->create_session());
}

void CustomerWarehouse::reopen() {
  session_.reset();
  warehouse_.reset();
  open();
  run("USE DATABASE bench");
}

void CustomerWarehouse::fill(const std::string& table, int64_t rows) {
  run(fmt::format(
      "CREATE TABLE {} (customer_id NUMBER, first_name STRING, last_name STRING, email STRING, street STRING, city STRING, "
      "state STRING, country STRING)",
      table));
  run(fmt::format("INSERT INTO {} {} FROM (SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => {})))", table, customers("n"),
                  rows));
}

warehouse::StatementResult CustomerWarehouse::run(const std::string& sql) {
  return must(session_->execute(sql));
}

void wait_for_rows(warehouse::Session& session, const std::string& table, int64_t rows, double seconds_max) {
  std::mutex mutex;
  std::condition_variable committed;
  bool changed = true;
  const int listener = session.warehouse().on_commit([&](std::span<const warehouse::ObjectId>) {
    std::lock_guard guard(mutex);
    changed = true;
    committed.notify_all();
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds_max);
  int64_t reached = 0;
  std::unique_lock lock(mutex);
  while (reached < rows && std::chrono::steady_clock::now() < deadline) {
    if (!committed.wait_until(lock, std::chrono::time_point_cast<std::chrono::nanoseconds>(deadline), [&] { return changed; }))
      break;
    changed = false;
    lock.unlock();
    reached = must(session.execute("SELECT COUNT(*) FROM " + table)).rows->integer(0, 0);
    lock.lock();
  }
  lock.unlock();
  session.warehouse().remove_listener(listener);
  if (reached < rows)
    throw std::runtime_error(fmt::format("after {} s {} has {} rows, not {}", seconds_max, table, reached, rows));
}

} // namespace freshet::bench
