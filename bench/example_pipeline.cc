#include "bench/example_pipeline.h"

#include <fmt/format.h>

#include "app/embedded_files.h"
#include "bench/customer_table.h"
#include "bench/figure.h"
#include "warehouse/warehouse.h"

namespace freshet::bench {

ExamplePipeline::ExamplePipeline(const Path& folder) : inbox_(folder / "inbox") {
  app::Configuration configuration;
  configuration.data = folder / "data";
  configuration.port = 0;
  configuration.s3_port = 0;
  configuration.buckets = {"customer-data"};
  configuration.flow_parameters = {{"input.directory", inbox_.string()}, {"bucket", "customer-data"}};
  must(files_.create_directories(inbox_));
  for (const auto& [name, content] : app::embedded_files()) {
    if (!name.starts_with("examples/customer-scd/")) continue;
    const Path path = folder / "example" / Path(name).filename();
    must(files_.create_directories(path.parent_path()));
    must(files_.write_durably(path, content));
    if (path.extension() == ".sql") configuration.scripts.push_back(path);
    if (path.filename() == "flow.json") configuration.flow_definition = path;
  }
  services_ = must(app::Services::start(configuration, clock_, files_));
  warehouse::SessionContext context;
  context.database = "SCD_DEMO";
  context.schema = "SCD2";
  session_ = must(services_->warehouse().create_session(context));
}

void ExamplePipeline::deliver(const std::vector<Path>& files) {
  for (const auto& file : files) must(files_.rename(file, inbox_ / file.filename()));
}

void ExamplePipeline::wait_for_history(int64_t rows, double seconds_max) {
  wait_for_rows(*session_, "customer_history", rows, seconds_max);
}

int64_t ExamplePipeline::count(const std::string& table) {
  return must(session_->execute("SELECT COUNT(*) FROM " + table)).rows->integer(0, 0);
}

std::vector<Path> generate_files(const Path& folder, const generate::CustomerOptions& customers, size_t files) {
  RealFileSystem file_system;
  SystemClock clock;
  generate::CustomerFilesOptions options;
  options.customers = customers;
  options.directory = folder;
  options.files = files;
  generate::CustomerFiles generator(options, file_system, clock);
  std::vector<Path> paths;
  for (size_t i = 0; i < files; ++i) paths.push_back(must(generator.write_next()).path);
  return paths;
}

} // namespace freshet::bench
