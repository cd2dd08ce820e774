#pragma once

#include <string>
#include <vector>

#include "warehouse/load/csv_format.h"

namespace freshet::warehouse {

/// How a file of JSON documents is to be read: Snowflake's options with its defaults. A value type; see CsvFormat.
struct JsonFormat {
  Compression compression = Compression::automatic;
  bool strip_outer_array = false;
  bool strip_null_values = false;
  bool allow_duplicate = false;
  bool ignore_utf8_errors = false; // or REPLACE_INVALID_CHARACTERS: the same
  bool skip_byte_order_mark = true;
  bool multi_line = true;
  bool enable_octal = false;
  bool trim_space = false;
  std::vector<std::string> null_if = {};
  std::string date_format = "AUTO";
  std::string time_format = "AUTO";
  std::string timestamp_format = "AUTO";
  std::string binary_format = "HEX";
  std::string file_extension;

  bool operator==(const JsonFormat&) const = default;
  Result<void> set(const LoadOption& option);
};

/// Parquet says nearly everything itself.
struct ParquetFormat {
  std::string compression = "AUTO"; // when written: AUTO, SNAPPY, NONE, …
  bool binary_as_text = true;
  bool trim_space = false;
  bool use_logical_type = false;
  bool use_vectorized_scanner = false;
  bool replace_invalid_characters = false;
  std::vector<std::string> null_if = {};

  bool operator==(const ParquetFormat&) const = default;
  Result<void> set(const LoadOption& option);
};

std::vector<FormatProperty> properties_of(const JsonFormat& format);
std::vector<FormatProperty> properties_of(const ParquetFormat& format);

} // namespace freshet::warehouse
