#include "bench/yardstick.h"

#include <fmt/format.h>

#include "bench/figure.h"

namespace freshet::bench {
namespace {

constexpr auto k_schema = R"sql(
CREATE TABLE customer_raw (customer_id BIGINT, first_name VARCHAR, last_name VARCHAR, email VARCHAR, street VARCHAR, city VARCHAR,
                           state VARCHAR, country VARCHAR);
CREATE TABLE customer (customer_id BIGINT, first_name VARCHAR, last_name VARCHAR, email VARCHAR, street VARCHAR, city VARCHAR,
                       state VARCHAR, country VARCHAR, update_timestamp TIMESTAMP);
CREATE TABLE customer_history (customer_id BIGINT, first_name VARCHAR, last_name VARCHAR, email VARCHAR, street VARCHAR, city VARCHAR,
                               state VARCHAR, country VARCHAR, start_time TIMESTAMP, end_time TIMESTAMP, is_current BOOLEAN);
)sql";

// What changed is found once, by one join; both tables then take it from there.
constexpr auto k_apply = R"sql(
CREATE OR REPLACE TEMP TABLE changed AS
  SELECT raw.*, customer.customer_id IS NOT NULL AS known
  FROM (SELECT * FROM customer_raw QUALIFY row_number() OVER (PARTITION BY customer_id) = 1) raw
  LEFT JOIN customer USING (customer_id)
  WHERE customer.customer_id IS NULL
     OR (raw.first_name, raw.last_name, raw.email, raw.street, raw.city, raw.state, raw.country)
        IS DISTINCT FROM
        (customer.first_name, customer.last_name, customer.email, customer.street, customer.city, customer.state, customer.country);
MERGE INTO customer USING changed ON customer.customer_id = changed.customer_id
  WHEN MATCHED THEN UPDATE SET first_name = changed.first_name, last_name = changed.last_name, email = changed.email,
    street = changed.street, city = changed.city, state = changed.state, country = changed.country,
    update_timestamp = now()::TIMESTAMP
  WHEN NOT MATCHED THEN INSERT VALUES (changed.customer_id, changed.first_name, changed.last_name, changed.email, changed.street,
    changed.city, changed.state, changed.country, now()::TIMESTAMP);
UPDATE customer_history SET end_time = now()::TIMESTAMP, is_current = false
  FROM changed WHERE changed.known AND customer_history.customer_id = changed.customer_id AND is_current;
INSERT INTO customer_history SELECT * EXCLUDE (known), now()::TIMESTAMP, NULL, true FROM changed;
DELETE FROM customer_raw;
)sql";

}  // namespace

std::unique_ptr<engine::Database> bare_database(const Path& file) {
  engine::Options options;
  options.memory_limit_bytes = 8ull << 30;
  auto database = must(engine::Database::open(file, options));
  const auto connection = must(database->connect());
  for (const char* setting : {"max_vacuum_tasks", "disabled_compression_methods", "preserve_insertion_order", "checkpoint_threshold"})
    must(connection->execute(fmt::format("RESET GLOBAL {}", setting)));
  return database;
}

Yardstick::Yardstick(const Path& database_file) : database_(bare_database(database_file)), connection_(must(database_->connect())) {
  must(connection_->execute(k_schema));
}

void Yardstick::load(const std::vector<Path>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(engine::quote_literal(file.string()));
  must(connection_->begin());
  must(connection_->execute(fmt::format("INSERT INTO customer_raw SELECT * FROM read_csv([{}], header = true)", fmt::join(names, ", "))));
  must(connection_->execute(k_apply));
  must(connection_->commit());
}

int64_t Yardstick::count(const std::string& table) {
  return must(connection_->query("SELECT count(*) FROM " + table)).integer(0, 0);
}

}  // namespace freshet::bench
