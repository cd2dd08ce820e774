#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::warehouse {

/// One option as a script wrote it: `SKIP_HEADER = 1`, `NULL_IF = ('', 'NULL')`, `FIELD_DELIMITER = ','`. Words (`AUTO`,
/// `NONE`, `TRUE`) and numbers arrive as text; a scalar is one value.
struct LoadOption {
  std::string name; // upper case
  std::vector<std::string> values;
};

enum class Compression { automatic, gzip, zstd, bzip2, brotli, deflate, raw_deflate, none };

/// How a delimited text file is to be read: Snowflake's CSV format options with Snowflake's defaults.
/// A value type; options later in a list override earlier ones (file format, then stage, then COPY).
struct CsvFormat {
  Compression compression = Compression::automatic;
  std::string record_delimiter = "\n"; // "\n" stands for a logical new line: \n or \r\n
  std::string field_delimiter = ",";   // empty: the whole record is one field
  uint64_t skip_header = 0;
  bool parse_header = false;
  bool multi_line = true;
  bool skip_blank_lines = false;
  bool trim_space = false;
  bool error_on_column_count_mismatch = true;
  bool replace_invalid_characters = false;
  bool empty_field_as_null = true;
  bool skip_byte_order_mark = true;
  std::optional<char> enclosed_by;
  std::optional<char> escape; // in enclosed and unenclosed fields; overrides the next
  std::optional<char> escape_unenclosed = '\\';
  std::vector<std::string> null_if = {"\\N"};
  std::string date_format = "AUTO";
  std::string time_format = "AUTO";
  std::string timestamp_format = "AUTO";
  std::string binary_format = "HEX";
  std::string encoding = "UTF8";
  std::string file_extension; // of files that are written

  bool operator==(const CsvFormat&) const = default;

  /// The escape character that counts inside an unenclosed field.
  std::optional<char> unenclosed_escape() const { return escape ? escape : escape_unenclosed; }

  /// Applies one option. invalid_argument names the option and what it takes; unsupported names what Freshet cannot read.
  Result<void> set(const LoadOption& option);

  /// Checks what only the whole can tell (a delimiter that is also the enclosure, …).
  Result<void> validate() const;
};

/// The name and value of every option, in the order and wording in which DESC FILE FORMAT and DESC STAGE show them.
struct FormatProperty {
  std::string name;
  std::string type; // "String", "Boolean", "Integer", "List"
  std::string value;
  std::string default_value;
};
std::vector<FormatProperty> properties_of(const CsvFormat& format);

/// Characters as a format option writes them: `\t`, `\\`, `\'`, octal `\054`, hexadecimal `0x2C` or `\x2C`, `\u00a2`, or as
/// they are.
std::string unescape_option(std::string_view text);

} // namespace freshet::warehouse
