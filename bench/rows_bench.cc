// Row versions against what a hand-written script on the same DuckDB does: `rows_bench [sparse|dense|row_id] [--rows N]
// [--folder DIR]`. Prints milliseconds per step for both, and the ratio yardstick / ours.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>

#include "base/clock.h"
#include "warehouse/rows/row_writer.h"

using namespace freshet;
using namespace freshet::warehouse;

namespace {

const std::vector<std::string> k_names = {"customer_id", "first_name", "last_name", "email",
                                          "street",      "city",       "state",     "country"};

/// SELECT of customers [from, from + count) as of a version, about 98 bytes each.
std::string customers(int64_t from, int64_t count, int version) {
  return fmt::format(
      "SELECT i AS customer_id, 'First' || (i * 7 % 5000) AS first_name, 'Last' || (i * 11 % 9000) AS last_name, 'user' || i "
      "|| '.{2}@example.net' AS "
      "email, (hash(i + {2}) % 99999) || ' Paula Junction Apt. ' || (i % 999) AS street, 'North Hunter' || (hash(i) % 30000) "
      "AS city, 'State ' || (i % "
      "50) AS state, 'Country ' || (i % 200) AS country FROM range({0}, {1}) t(i)",
      from, from + count, version);
}

template <typename T>
T must(engine::Result<T> result) {
  if (result) {
    if constexpr (!std::is_void_v<T>)
      return std::move(*result);
    else
      return;
  }
  fmt::print(stderr, "error: {}\n", result.error().message);
  std::exit(1);
}

double seconds_of(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](timeval time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Bench {
  explicit Bench(const Path& file) {
    std::filesystem::remove(file);
    std::filesystem::remove(file.string() + ".wal");
    database = must(engine::Database::open(file));
    connection = must(database->connect());
    registry = must(TransactionRegistry::open(*database, clock));
  }
  /// The settings that a hand-written script finds.
  void use_defaults() {
    for (const char* setting :
         {"max_vacuum_tasks", "disabled_compression_methods", "preserve_insertion_order", "checkpoint_threshold"})
      sql(fmt::format("RESET GLOBAL {}", setting));
  }
  double step(const char* name, const std::function<void()>& work) {
    double cpu = processor_seconds();
    double seconds = seconds_of(work);
    cpu = processor_seconds() - cpu;
    fmt::print("  {:<44}{:9.1f} ms {:9.1f} ms of processors\n", name, seconds * 1000, cpu * 1000);
    return std::getenv("CPU_TIME") != nullptr ? cpu : seconds; // on a busy machine only the former means something
  }
  void sql(const std::string& text) { must(connection->query(text)); }

  template <typename Change>
  auto write(Change change) {
    auto number = registry->begin_write();
    must(connection->begin());
    RowWriter writer(*connection, number, false);
    auto result = must(change(writer));
    must(number.seal(*connection));
    must(connection->commit());
    number.committed();
    return result;
  }
  Point now() {
    Floor floor = registry->floor();
    must(connection->begin());
    Point point = must(registry->point(*connection, floor));
    must(connection->commit());
    return point;
  }

  SystemClock clock;
  std::unique_ptr<engine::Database> database;
  std::unique_ptr<engine::Connection> connection;
  std::unique_ptr<TransactionRegistry> registry;
};

VersionedTable customer_table(const std::string& name, bool times) {
  VersionedTable table{"main", name, {{"customer_id", "BIGINT"}}};
  for (size_t i = 1; i < k_names.size(); ++i) table.columns.push_back({k_names[i], "VARCHAR"});
  if (times) table.columns.push_back({"updated_at", "TIMESTAMP"});
  return table;
}

std::string differs(const char* a, const char* b) {
  std::string text;
  for (size_t i = 1; i < k_names.size(); ++i)
    text += fmt::format("{}{}.{} <> {}.{}", i > 1 ? " OR " : "", a, k_names[i], b, k_names[i]);
  return "(" + text + ")";
}

MergePlan scd1(const VersionedTable& customer, const std::string& source) {
  MergePlan plan{customer, "c", source + " AS r", "c.customer_id = r.customer_id", {}, true};
  MergeClause update{MergeClause::Action::update, differs("c", "r"), {}}, insert{MergeClause::Action::insert, "", {}};
  for (const auto& name : k_names) {
    if (name != "customer_id") update.assignments.push_back({name, "r." + name});
    insert.assignments.push_back({name, "r." + name});
  }
  update.assignments.push_back({"updated_at", "now()::TIMESTAMP"});
  insert.assignments.push_back({"updated_at", "now()::TIMESTAMP"});
  plan.clauses = {update, insert};
  return plan;
}

std::string scd1_yardstick(const std::string& target, const std::string& source) {
  std::string set, names, values;
  for (const auto& name : k_names) {
    if (name != "customer_id") set += name + " = r." + name + ", ";
    names += name + ", ";
    values += "r." + name + ", ";
  }
  return fmt::format(
      "MERGE INTO {} c USING {} r ON c.customer_id = r.customer_id WHEN MATCHED AND {} THEN UPDATE SET {} updated_at = "
      "now()::TIMESTAMP WHEN NOT "
      "MATCHED THEN INSERT ({} updated_at) VALUES ({} now()::TIMESTAMP)",
      target, source, differs("c", "r"), set, names, values);
}

void sparse(const Path& folder, int64_t rows) {
  Bench bench(folder / "sparse.duckdb"), plain(folder / "plain.duckdb");
  plain.use_defaults();
  auto customer = customer_table("customer", true);
  must(create_table(*bench.connection, customer));
  std::vector<std::string> columns = k_names;
  columns.push_back("updated_at");
  bench.write([&](RowWriter& w) {
    return w.insert(customer, columns, "SELECT *, now()::TIMESTAMP FROM (" + customers(0, rows, 0) + ")");
  });
  plain.sql("CREATE TABLE yardstick AS SELECT *, now()::TIMESTAMP AS updated_at FROM (" + customers(0, rows, 0) + ")");
  for (auto* each : {&bench, &plain}) each->sql("CHECKPOINT");
  for (int round = 1; round <= 3; ++round) {
    for (const char* kind : {"scattered", "neighbours"}) {
      bool scattered = std::string_view(kind) == "scattered";
      std::string name = fmt::format("changed_{}_{}", kind, round);
      int64_t stride = rows / 10000;
      for (auto* each : {&bench, &plain})
        each->sql(fmt::format("CREATE TEMP TABLE {} AS SELECT * REPLACE ('moved {}' AS street) FROM ({}) WHERE {}", name, round,
                              customers(scattered ? 0 : rows / 2, scattered ? rows : 10000, 0),
                              scattered ? fmt::format("customer_id % {} = {}", stride, round) : "true"));
      fmt::print("{} changed rows of {}, round {}\n", kind, rows, round);
      Point before = bench.now();
      double ours =
          bench.step("MERGE by versions", [&] { bench.write([&](RowWriter& w) { return w.merge(scd1(customer, name)); }); });
      double theirs = plain.step("DuckDB's MERGE", [&] { plain.sql(scd1_yardstick("yardstick", name)); });
      fmt::print("  ratio {:.1f}\n", theirs / ours);
      bench.step("stream: count of changes", [&] {
        bench.sql("SELECT count(*), max(email) FROM " + changes_between(customer, before, bench.now(), ChangeMode::standard));
      });
    }
  }
}

VersionedTable history_table() {
  auto table = customer_table("history", false);
  table.columns.push_back({"start_time", "TIMESTAMP"});
  table.columns.push_back({"end_time", "TIMESTAMP"});
  table.columns.push_back({"is_current", "BOOLEAN"});
  return table;
}

MergePlan scd2(const VersionedTable& history, const std::string& changes) {
  MergePlan plan{history, "h", "(SELECT * FROM " + changes + ") AS s", "h.customer_id = s.customer_id AND h.is_current",
                 {},      true};
  plan.on_source = {R"(s."METADATA$ACTION" = 'DELETE')"};
  MergeClause close{MergeClause::Action::update, "", {{"end_time", "now()::TIMESTAMP"}, {"is_current", "false"}}};
  MergeClause insert{MergeClause::Action::insert, R"(s."METADATA$ACTION" = 'INSERT')", {}};
  for (const auto& name : k_names) insert.assignments.push_back({name, "s." + name});
  insert.assignments.push_back({"start_time", "s.updated_at"});
  insert.assignments.push_back({"end_time", ""});
  insert.assignments.push_back({"is_current", "true"});
  plan.clauses = {close, insert};
  return plan;
}

void dense(const Path& folder, int64_t rows) {
  Bench bench(folder / "dense.duckdb"), plain(folder / "plain.duckdb");
  plain.use_defaults();
  std::string files[2] = {(folder / "one.csv").string(), (folder / "two.csv").string()};
  bench.sql(fmt::format("COPY ({}) TO '{}' (HEADER)", customers(0, rows, 0), files[0]));
  bench.sql(fmt::format("COPY ({} UNION ALL {}) TO '{}' (HEADER)", customers(rows / 2, rows / 2, 1),
                        customers(rows, rows / 2, 0), files[1]));
  auto raw = customer_table("raw", false), customer = customer_table("customer", true), history = history_table();
  for (const auto* table : {&raw, &customer, &history}) must(create_table(*bench.connection, *table));
  std::string texts = "first_name TEXT, last_name TEXT, email TEXT, street TEXT, city TEXT, state TEXT, country TEXT";
  plain.sql("CREATE TABLE y_raw (customer_id BIGINT, " + texts + ")");
  plain.sql("CREATE TABLE y_customer (customer_id BIGINT, " + texts + ", updated_at TIMESTAMP)");
  plain.sql("CREATE TABLE y_history (customer_id BIGINT, " + texts +
            ", start_time TIMESTAMP, end_time TIMESTAMP, is_current BOOLEAN)");
  Point raw_point = bench.now(), customer_point = bench.now();
  double ours = 0, theirs = 0;
  for (int load = 0; load < 2; ++load) {
    fmt::print("load {}: ours\n", load + 1);
    ours += bench.step("files to raw", [&] {
      bench.write([&](RowWriter& w) { return w.insert(raw, k_names, "SELECT * FROM read_csv('" + files[load] + "')"); });
    });
    ours += bench.step("stream of raw to customer", [&] {
      Point until = bench.now();
      bench.write([&](RowWriter& w) {
        return w.merge(scd1(customer, changes_between(raw, raw_point, until, ChangeMode::append_only)));
      });
      raw_point = until;
    });
    ours += bench.step("stream of customer to history", [&] {
      Point until = bench.now();
      auto report = bench.write([&](RowWriter& w) {
        return w.merge(scd2(history, changes_between(customer, customer_point, until, ChangeMode::standard)));
      });
      fmt::print("    inserted {} updated {}\n", report.inserted, report.updated);
      customer_point = until;
    });
    ours += bench.step("CHECKPOINT", [&] { bench.sql("CHECKPOINT"); });
    fmt::print("load {}: yardstick\n", load + 1);
    theirs += plain.step("files to raw", [&] { plain.sql("INSERT INTO y_raw SELECT * FROM read_csv('" + files[load] + "')"); });
    theirs += plain.step("MERGE of raw into customer", [&] { plain.sql(scd1_yardstick("y_customer", "y_raw")); });
    theirs += plain.step("history", [&] {
      plain.sql("BEGIN");
      plain.sql(
          "UPDATE y_history h SET end_time = now()::TIMESTAMP, is_current = false FROM y_customer c WHERE h.customer_id = "
          "c.customer_id AND "
          "h.is_current AND c.updated_at > h.start_time");
      std::string names;
      for (const auto& name : k_names) names += "c." + name + ", ";
      plain.sql("INSERT INTO y_history SELECT " + names +
                "c.updated_at, NULL, true FROM y_customer c WHERE NOT EXISTS (SELECT 1 FROM y_history h WHERE "
                "h.customer_id = c.customer_id AND h.is_current)");
      plain.sql("DELETE FROM y_raw");
      plain.sql("COMMIT");
    });
    theirs += plain.step("CHECKPOINT", [&] { plain.sql("CHECKPOINT"); });
  }
  fmt::print("ours {:.0f} ms, yardstick {:.0f} ms, ratio {:.2f}\n", ours * 1000, theirs * 1000, theirs / ours);
}

/// How row ids may be made: none, the volatile function, a window.
void row_id(const Path& folder, int64_t rows) {
  Bench bench(folder / "row_id.duckdb");
  bench.sql("CREATE TABLE source AS " + customers(0, rows, 0));
  auto number = bench.registry->begin_write();
  for (int round = 0; round < 3; ++round) {
    for (auto [name, expression] :
         std::map<std::string, std::string>{{"none", "7::BIGINT"},
                                            {"function", fmt::format("freshet_row_id({})", number.value())},
                                            {"row_number()", "row_number() OVER ()"}}) {
      bench.sql("CREATE OR REPLACE TABLE target AS SELECT *, 1::BIGINT AS r FROM source LIMIT 0");
      bench.step(("insert, row id by " + name).c_str(),
                 [&] { bench.sql("INSERT INTO target SELECT *, " + expression + " FROM source"); });
    }
  }
}

} // namespace

int main(int count, char** arguments) {
  std::string what = count > 1 ? arguments[1] : "sparse";
  int64_t rows = 0;
  Path folder = std::filesystem::temp_directory_path() / "freshet_rows_bench";
  for (int i = 2; i + 1 < count; i += 2) {
    if (std::string_view(arguments[i]) == "--rows") rows = std::strtoll(arguments[i + 1], nullptr, 10);
    if (std::string_view(arguments[i]) == "--folder") folder = arguments[i + 1];
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::filesystem::create_directories(folder);
  if (what == "sparse") sparse(folder, rows > 0 ? rows : 10'000'000);
  if (what == "dense") dense(folder, rows > 0 ? rows : 1'000'000);
  if (what == "row_id") row_id(folder, rows > 0 ? rows : 1'000'000);
  std::filesystem::remove_all(folder);
}
