#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/types.h"
#include "warehouse/result.h"

namespace freshet::wire {

/// The session's parameters that say how values are shown; empty: Snowflake's default.
struct OutputFormats {
  std::string time_zone = "UTC"; // in which TIMESTAMP_LTZ is shown
  std::string date, time, timestamp, timestamp_ntz, timestamp_ltz, timestamp_tz, binary;

  /// Takes note of a parameter, if it is one of these.
  void set(std::string_view parameter, std::string_view value);
};

/// A result as a client holds it: cells in the protocol's form (see cell.h), nullopt for NULL.
struct ResultTable {
  std::string query_id;
  int64_t statement_type = 0; // statementTypeId
  std::vector<warehouse::ResultColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  OutputFormats formats = {};
  std::vector<warehouse::Warning> warnings = {};
};

ResultTable table_from(const warehouse::StatementResult& result, std::string_view time_zone);

/// A cell as people read it: TRUE, 2026-01-31, 2026-01-31 12:00:00.000 +0100.
std::string display_text(std::string_view cell, const sql::SnowflakeType& type, const OutputFormats& formats);

enum class TableFormat { table, csv, json };

/// The whole result as text that ends with a line break. `table` has a frame and the number of rows; `csv` a header, as RFC
/// 4180 says, and nothing for NULL; `json` is one line, an array of objects, numbers and booleans as such.
std::string print(const ResultTable& table, TableFormat format);

} // namespace freshet::wire
