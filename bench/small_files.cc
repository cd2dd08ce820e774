#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "app/services.h"
#include "base/clock.h"
#include "bench/customer_table.h"
#include "bench/figure.h"
#include "bench/yardstick.h"
#include "objects/object_store.h"

namespace freshet::bench {
namespace {

constexpr int k_files = 10'000;
constexpr int k_rows_per_file = 100;
constexpr int k_writers = 8; // that put objects at the same time

std::string file_name(int number) {
  return fmt::format("customer_{:05}.csv", number);
}

std::string file_content(int number) {
  std::string text = "customer_id,first_name,last_name,email,street,city,state,country\n";
  for (int row = 0; row < k_rows_per_file; ++row) {
    const int id = number * k_rows_per_file + row;
    text += fmt::format(
        "{0},First{0},Last{0},customer.{0}@example.net,{0} Long Winding Street Apt. 023,North City {1},New Mexico,Estonia\n",
        id, id % 1000);
  }
  return text;
}

double yardstick_seconds(const Path& folder) {
  std::filesystem::create_directories(folder / "files");
  for (int file = 0; file < k_files; ++file) std::ofstream(folder / "files" / file_name(file)) << file_content(file);
  Yardstick yardstick(folder / "yardstick.duckdb");
  return seconds_of([&] {
    must(yardstick.connection().execute(fmt::format(
        "INSERT INTO customer_raw SELECT * FROM read_csv('{}/*.csv', header = true)", (folder / "files").string())));
  });
}

void put_files(objects::ObjectStore& store) {
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < k_writers; ++writer) {
    writers.emplace_back([&store, writer] {
      for (int file = writer; file < k_files; file += k_writers)
        must(store.put("bench", "in/" + file_name(file), objects::Content::of_bytes(file_content(file)), {}));
    });
  }
}

/// From the moment the pipe may run, with every file's event in its queue, until the last row is there.
double our_seconds(const Path& folder) {
  SystemClock clock;
  RealFileSystem files;
  app::Configuration configuration;
  configuration.data = folder;
  configuration.port = 0;
  configuration.s3_port = 0;
  configuration.buckets = {"bench"};
  const auto services = must(app::Services::start(configuration, clock, files));
  const auto session = must(services->warehouse().create_session());
  for (const char* statement : {"CREATE DATABASE bench",
                                "CREATE TABLE customer_raw (customer_id NUMBER, first_name STRING, last_name STRING, email "
                                "STRING, street STRING, city STRING, "
                                "state STRING, country STRING)",
                                "CREATE STAGE files URL = 's3://bench/in/' FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)",
                                "CREATE PIPE load AUTO_INGEST = TRUE AS COPY INTO customer_raw FROM @files",
                                "ALTER PIPE load SET PIPE_EXECUTION_PAUSED = TRUE"}) {
    must(session->execute(statement));
  }
  put_files(services->store());
  return seconds_of([&] {
    must(session->execute("ALTER PIPE load SET PIPE_EXECUTION_PAUSED = FALSE"));
    wait_for_rows(*session, "customer_raw", int64_t{k_files} * k_rows_per_file, 300);
  });
}

} // namespace

std::vector<Figure> run_small_files(const Surroundings& surroundings) {
  const double ours = k_files / our_seconds(surroundings.work / "ours");
  const double yardstick = k_files / yardstick_seconds(surroundings.work / "yardstick");
  return {{"small_files", "files/s", ours, yardstick, ours / yardstick, "at least 1000 files/s", ours >= 1000}};
}

} // namespace freshet::bench
