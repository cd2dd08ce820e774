#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "sql/parser.h"
#include "warehouse/session.h"
#include "warehouse/tasks/tasks.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

/// A warehouse on a fake clock whose tasks run when the test says so.
class TaskWorld : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void TearDown() override {
    close();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  /// On disk from now on, so that `reopen` finds it again.
  void move_to_disk() {
    close();
    directory_ = std::filesystem::temp_directory_path() / ("freshet-tasks-" + random_secret_hex(6));
    open();
  }
  void open() {
    WarehouseOptions options;
    options.data_directory = directory_;
    auto opened = Warehouse::open(clock, options);
    ASSERT_TRUE(opened) << opened.error().message;
    warehouse = std::move(*opened);
    auto started = Tasks::start(*warehouse, {.runners_max = 0});
    ASSERT_TRUE(started) << started.error().message;
    tasks = std::move(*started);
    session = std::move(*warehouse->create_session());
  }
  void close() {
    session.reset();
    tasks.reset();
    warehouse.reset();
  }

  void run(const std::string& sql) {
    auto result = session->execute(sql);
    EXPECT_TRUE(result) << sql << "\n" << (result ? "" : result.error().message);
  }
  /// The first row, its values joined by blanks; or the error's code and message.
  std::string ask(const std::string& sql) {
    auto result = session->execute(sql);
    if (!result) return std::to_string(result.error().code) + " " + result.error().message;
    std::string out;
    for (size_t column = 0; result->row_count() > 0 && column < result->columns.size(); ++column) {
      out += (column > 0 ? " " : "") + result->rows->text(0, column);
    }
    return out;
  }
  void run_script(const std::string& path) {
    std::ifstream file(path);
    ASSERT_TRUE(file) << path;
    std::stringstream text;
    text << file.rdbuf();
    auto script = sql::parse_script(text.str());
    ASSERT_TRUE(script) << path << ": " << script.error().message << " line " << script.error().line;
    for (const auto& statement : *script) {
      auto result = session->execute(statement);
      EXPECT_TRUE(result) << path << ": " << statement.text << "\n" << (result ? "" : result.error().message);
    }
  }

  FakeClock clock;
  std::filesystem::path directory_;
  std::unique_ptr<Warehouse> warehouse;
  std::unique_ptr<Tasks> tasks;
  std::unique_ptr<Session> session;
};

} // namespace freshet::warehouse
