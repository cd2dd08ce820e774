#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sql/types.h"
#include "warehouse/load/csv_format.h"
#include "warehouse/load/datetime_text.h"

namespace freshet::warehouse {

/// A column that a load fills.
struct LoadColumn {
  std::string name;
  sql::SnowflakeType type;
  bool nullable = true;
  bool operator==(const LoadColumn&) const = default;
};

/// How a file's text becomes a column's value, and how over-long text is treated.
struct ConversionOptions {
  bool truncate_columns = false; // TRUNCATECOLUMNS = TRUE, ENFORCE_LENGTH = FALSE
};

struct ConversionFault {
  int32_t code = 0; // 100038
  std::string sql_state;
  std::string message;
};

/// Turns the text of one column's fields into text that the engine casts to exactly the value Snowflake's COPY would store.
/// Not thread-safe. Costs one pass over the text.
class FieldConverter {
 public:
  enum class Outcome {
    verbatim,  // the engine's cast of the text as it stands gives the value
    rewritten, // `out` holds what to cast
    refused,   // `fault` says why
  };
  FieldConverter(const LoadColumn& column, const CsvFormat& format, ConversionOptions options);
  Outcome convert(std::string_view text, std::string& out, ConversionFault& fault) const;

 private:
  Outcome number(std::string_view text, std::string& out, ConversionFault& fault) const;
  Outcome real(std::string_view text, std::string& out, ConversionFault& fault) const;
  Outcome boolean(std::string_view text, std::string& out, ConversionFault& fault) const;
  Outcome moment(std::string_view text, std::string& out, ConversionFault& fault) const;
  Outcome binary(std::string_view text, std::string& out, ConversionFault& fault) const;
  Outcome text_of_length(std::string_view text, std::string& out, ConversionFault& fault) const;

  sql::SnowflakeType type_;
  ConversionOptions options_;
  std::string binary_format_;
  DateTimeKind moment_kind_ = DateTimeKind::date;
  std::string moment_word_; // Date, Time, Timestamp: as messages call it
  int32_t moment_code_ = 0;
  std::optional<DateTimeFormat> moment_format_;
  bool iso_ = true; // the format lets ISO 8601's plain form through
};

} // namespace freshet::warehouse
