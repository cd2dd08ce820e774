#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "flow/flow.h"
#include "flow/tests/memory_store.h"

namespace freshet::flow {

/// A folder of its own for each test, removed afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("freshet-flow-" + random_uuid())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const Path& path() const { return path_; }

 private:
  Path path_;
};

inline std::string read_file(const Path& path) {
  std::ostringstream stream;
  stream << std::ifstream(path).rdbuf();
  return stream.str();
}

inline std::string example_definition(const std::string& name) {
  return read_file(Path(FRESHET_SOURCE_DIR) / "src/flow/tests/data" / name);
}

struct ProcessorOptions {
  std::string period = "0 sec";
  std::vector<std::string> auto_terminated = {};
  boost::json::object more = {};
};

/// Writes JSON definitions for tests, one component at a time. Processors' ids are their names.
class DefinitionBuilder {
 public:
  DefinitionBuilder& processor(std::string_view name, std::string_view type,
                               const std::map<std::string, std::string>& properties, ProcessorOptions options = {}) {
    boost::json::object processor = std::move(options.more);
    processor["identifier"] = name;
    processor["name"] = name;
    processor["type"] = type;
    boost::json::object values;
    for (const auto& [property, value] : properties) values[property] = value;
    processor["properties"] = values;
    processor["schedulingPeriod"] = options.period;
    processor["autoTerminatedRelationships"] = boost::json::value_from(options.auto_terminated);
    processors_.push_back(processor);
    return *this;
  }
  DefinitionBuilder& connection(std::string_view source, std::string_view relationship, std::string_view destination,
                                boost::json::object more = {}) {
    boost::json::object connection = std::move(more);
    connection["identifier"] = fmt::format("{}-{}-{}", source, relationship, destination);
    connection["name"] = "";
    connection["source"] = boost::json::object{{"id", source}};
    connection["destination"] = boost::json::object{{"id", destination}};
    connection["selectedRelationships"] = boost::json::array{boost::json::string(relationship)};
    connections_.push_back(connection);
    return *this;
  }
  std::string json() const {
    return boost::json::serialize(boost::json::object{
        {"flowContents",
         boost::json::object{
             {"identifier", "root"}, {"name", "Test"}, {"processors", processors_}, {"connections", connections_}}}});
  }

 private:
  boost::json::array processors_;
  boost::json::array connections_;
};

inline constexpr const char* k_list_file = "org.apache.nifi.processors.standard.ListFile";
inline constexpr const char* k_fetch_file = "org.apache.nifi.processors.standard.FetchFile";
inline constexpr const char* k_put_s3_object = "org.apache.nifi.processors.aws.s3.PutS3Object";

/// A flow on real files under a fake clock, run step by step in the test's thread.
class FlowTest : public testing::Test {
 protected:
  FlowTest() { std::filesystem::create_directories(input()); }

  Path input() const { return folder_.path() / "in"; }
  Path data() const { return folder_.path() / "data"; }

  /// Writes the file and gives it a modification time `age` ago, by the fake clock.
  void write_input(const std::string& name, const std::string& content, Duration age = std::chrono::hours(1)) {
    const Path path = input() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
    set_modified(path, clock_.now() - age);
  }
  static void set_modified(const Path& path, TimePoint time) {
    const auto since_epoch = time.time_since_epoch().count();
    const timespec when{since_epoch / 1'000'000, since_epoch % 1'000'000 * 1000};
    const timespec times[2] = {when, when};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  FlowOptions options() {
    FlowOptions options;
    options.data_directory = data();
    options.clock = &clock_;
    options.files = &files_;
    options.store = store_;
    options.threads = 0;
    options.watch_folders = false;
    return options;
  }
  void open(const std::string& definition) { open(definition, options()); }
  void open(const std::string& definition, FlowOptions with) {
    flow_.reset();
    auto flow = Flow::open(std::move(with), definition);
    ASSERT_TRUE(flow) << flow.error().message;
    flow_ = *std::move(flow);
    flow_->start_all();
  }
  void advance(Duration by) {
    clock_.advance(by);
    flow_->step();
  }
  uint64_t queued(const std::string& connection_id) const {
    for (const ConnectionStatus& connection : flow_->status().connections) {
      if (connection.id == connection_id) return connection.queued_count;
    }
    ADD_FAILURE() << "no connection " << connection_id;
    return 0;
  }

  /// ListFile → FetchFile → PutS3Object, as the field builds it.
  DefinitionBuilder list_fetch_put(std::map<std::string, std::string> list = {}, std::map<std::string, std::string> fetch = {},
                                   std::map<std::string, std::string> put = {}) const {
    list.insert({"Input Directory", input().string()});
    put.insert({{"Bucket", "raw"}, {"Object Key", "stream_data/${filename}"}});
    DefinitionBuilder builder;
    builder.processor("list", k_list_file, list, {.period = "1 min"})
        .processor("fetch", k_fetch_file, fetch, {.auto_terminated = {"not.found", "permission.denied", "failure"}})
        .processor("put", k_put_s3_object, put, {.auto_terminated = {"success"}})
        .connection("list", "success", "fetch")
        .connection("fetch", "success", "put")
        .connection("put", "failure", "put");
    return builder;
  }

  TemporaryFolder folder_;
  RealFileSystem files_;
  FakeClock clock_;
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>(std::initializer_list<std::string>{"raw", "customers"});
  std::unique_ptr<Flow> flow_;
};

} // namespace freshet::flow
