#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/types.h"
#include "warehouse/load/csv_format.h"

namespace freshet::warehouse {

/// Writes delimited text as COPY INTO location does: rows that COPY INTO table reads back with the same format.
class CsvWriter {
 public:
  /// One entry per column: numbers and booleans are never enclosed.
  CsvWriter(const CsvFormat& format, const std::vector<sql::SnowflakeType>& columns);
  void append_header(std::string& out, const std::vector<std::string>& names) const;
  void append_field(std::string& out, size_t column, std::optional<std::string_view> value) const;
  void end_record(std::string& out) const { out += format_.record_delimiter.empty() ? "\n" : format_.record_delimiter; }

 private:
  void append_enclosed(std::string& out, std::string_view text) const;
  void append_plain(std::string& out, std::string_view text) const;

  const CsvFormat format_;
  std::vector<bool> enclosed_;
};

} // namespace freshet::warehouse
