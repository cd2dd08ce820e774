#pragma once

#include <gmock/gmock.h>

#include <filesystem>

#include "base/clock.h"
#include "base/random.h"
#include "objects/local_store.h"
#include "queue/local_queue.h"
#include "warehouse/load/load_service.h"
#include "warehouse/session.h"

namespace freshet::warehouse {

/// A warehouse with a local store and local queues in a folder of its own, on a clock that stands still. Nothing runs by
/// itself: events are delivered and pipes stepped by `drain`.
class LoadFixture : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("freshet_load_" + random_secret_hex(6));
    std::filesystem::create_directories(folder_);
    open();
    ASSERT_TRUE(store_->create_bucket("bucket"));
    for (const auto* statement : {"CREATE DATABASE D", "USE SCHEMA D.PUBLIC",
                                  "CREATE STAGE S URL = 's3://bucket/in/' FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1)",
                                  "CREATE TABLE T (ID NUMBER, NAME VARCHAR(5))"}) {
      run(statement);
    }
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    queues_ = queue::LocalQueues::open(folder_ / "queues", clock_).value();
    objects::LocalStoreOptions store;
    store.folder = folder_ / "objects";
    store.deliver = [this](const std::string& arn, const std::vector<std::string>& bodies) -> Result<void> {
      auto* queue = queues_->find_by_arn(arn);
      return queue == nullptr ? fail(ErrorKind::not_found, "no such queue") : queue->send(bodies);
    };
    store_ = objects::LocalStore::open(store, files_, clock_).value();
    WarehouseOptions warehouse;
    warehouse.data_directory = folder_ / "warehouse";
    warehouse_ = Warehouse::open(clock_, warehouse).value();
    LoadServiceOptions load;
    load.resolve = [this](const BucketRequest& request) -> Result<objects::ObjectStore*> {
      if (!request.key_id.empty() && request.secret != "right")
        return fail(ErrorKind::permission_denied, "The AWS Access Key Id you provided is not valid.");
      return store_.get();
    };
    load.queue = [this](const std::string& name) { return queues_->create(name); };
    load.internal_stages = store_.get();
    load.temporary_directory = folder_ / "temporary";
    load.threads = false;
    service_ = LoadService::start(*warehouse_, files_, load).value();
    session_ = warehouse_->create_session({}).value();
  }
  void close() {
    session_.reset();
    service_.reset();
    warehouse_.reset();
    store_.reset();
    queues_.reset();
  }
  void restart() {
    close();
    open();
    run("USE SCHEMA D.PUBLIC");
  }

  void put(const std::string& key, std::string content) {
    ASSERT_TRUE(store_->put("bucket", key, objects::Content::of_bytes(std::move(content)), {}));
  }
  /// Until no event waits that could be loaded now.
  void drain() {
    do {
      store_->step();
    } while (service_->step());
  }

  /// Rows as lines of values joined by '|', NULL as '~'; an error as "code: message".
  std::vector<std::string> query(const std::string& sql) {
    auto result = session_->execute(sql);
    if (!result) return {std::to_string(result.error().code) + ": " + result.error().message};
    std::vector<std::string> lines;
    for (size_t row = 0; row < result->row_count(); ++row) {
      std::string line;
      for (size_t column = 0; column < result->columns.size(); ++column) {
        line += column > 0 ? "|" : "";
        line += result->rows->is_null(row, column) ? "~" : result->rows->text(row, column);
      }
      lines.push_back(line);
    }
    return lines;
  }
  void run(const std::string& sql) {
    auto result = session_->execute(sql);
    ASSERT_TRUE(result) << sql << ": " << result.error().message;
  }
  std::string one(const std::string& sql) {
    const auto lines = query(sql);
    return lines.size() == 1 ? lines[0] : testing::PrintToString(lines);
  }

  static constexpr auto k_history =
      "SELECT FILE_NAME, STATUS, ROW_COUNT, ROW_PARSED, ERROR_COUNT FROM TABLE(INFORMATION_SCHEMA.COPY_HISTORY(TABLE_NAME => "
      "'T', "
      "START_TIME => '2025-12-31 00:00:00')) ORDER BY FILE_NAME";

  Path folder_;
  FakeClock clock_;
  RealFileSystem files_;
  std::unique_ptr<queue::LocalQueues> queues_;
  std::unique_ptr<objects::LocalStore> store_;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<LoadService> service_;
  std::unique_ptr<Session> session_;
};

} // namespace freshet::warehouse
