#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::bench {

/// The select list of synthetic customers, about 98 bytes each, for both dialects: of the numbers that the expression `numbers`
/// gives, with `changed` at the end of their street.
std::string customers(std::string_view numbers, std::string_view changed = "");

/// A warehouse of ours in an empty folder, without pipes and tasks, and a session in it.
class CustomerWarehouse {
 public:
  explicit CustomerWarehouse(const Path& folder);
  /// As after a restart: the engine reads its file anew.
  void reopen();

  /// CREATE TABLE name, with customers 0 to `rows` − 1.
  void fill(const std::string& table, int64_t rows);
  warehouse::StatementResult run(const std::string& sql);
  warehouse::Session& session() { return *session_; }
  warehouse::Warehouse& warehouse() { return *warehouse_; }

 private:
  void open();

  Path folder_;
  SystemClock clock_;
  std::unique_ptr<warehouse::Warehouse> warehouse_;
  std::unique_ptr<warehouse::Session> session_;
};

/// Waits, without polling the table, until it has this many rows; throws after `seconds_max`.
void wait_for_rows(warehouse::Session& session, const std::string& table, int64_t rows, double seconds_max);

} // namespace freshet::bench
