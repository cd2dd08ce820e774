#include "warehouse/load/csv_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "warehouse/load/option_values.h"

namespace freshet::warehouse {

namespace {

Result<std::optional<char>> character(const LoadOption& option) {
  const auto written = TRY(single_value(option));
  if (upper_case(written) == "NONE" || written.empty()) return std::optional<char>{};
  const auto text = unescape_option(written);
  if (text.size() != 1) return refuse_value(option, written, "a single one-byte character or NONE");
  return std::optional<char>{text.front()};
}

Result<std::string> delimiter(const LoadOption& option) {
  const auto written = TRY(single_value(option));
  if (upper_case(written) == "NONE") return std::string{};
  auto text = unescape_option(written);
  if (text.empty() || text.size() > 20) return refuse_value(option, written, "1 to 20 characters or NONE");
  return text;
}

std::string hex_bytes(std::string_view digits) {
  std::string bytes;
  for (size_t at = 0; at + 1 < digits.size(); at += 2) {
    unsigned value = 0;
    const auto [end, code] = std::from_chars(digits.data() + at, digits.data() + at + 2, value, 16);
    if (code != std::errc{} || end != digits.data() + at + 2) return {};
    bytes.push_back(static_cast<char>(value));
  }
  return digits.size() % 2 == 0 ? bytes : std::string{};
}

/// One backslash sequence of `text`, whose backslash stands before `at`; moves `at` past it.
void append_escape(std::string& out, std::string_view text, size_t& at) {
  const char letter = text[at];
  const auto number = [&](size_t from, size_t digits, int base) -> std::optional<unsigned> {
    unsigned value = 0;
    if (from + digits > text.size()) return {};
    const auto [end, code] = std::from_chars(text.data() + from, text.data() + from + digits, value, base);
    if (code != std::errc{} || end != text.data() + from + digits) return {};
    at = from + digits;
    return value;
  };
  if (letter == 'x') {
    if (const auto value = number(at + 1, 2, 16)) return out.push_back(static_cast<char>(*value));
  } else if (letter == 'u') {
    if (const auto value = number(at + 1, 4, 16)) return append_utf8(out, *value);
  } else if (letter >= '0' && letter <= '7') {
    if (const auto value = number(at, 3, 8)) return out.push_back(static_cast<char>(*value));
    if (letter == '0') return ++at, out.push_back('\0');
  }
  static constexpr std::string_view k_letters = "ntrbf", k_meanings = "\n\t\r\b\f";
  const auto known = k_letters.find(letter);
  out.push_back(known == std::string_view::npos ? letter : k_meanings[known]);
  ++at;
}

std::string shown_character(const std::optional<char>& character) {
  return character ? shown_option(std::string_view(&*character, 1)) : "NONE";
}

} // namespace

std::string unescape_option(std::string_view text) {
  if (text.size() > 2 && text.starts_with("0x")) {
    if (auto bytes = hex_bytes(text.substr(2)); !bytes.empty()) return bytes;
  }
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '\\' && at < text.size()) {
      append_escape(result, text, at);
    } else {
      result.push_back(c);
    }
  }
  return result;
}

Result<void> CsvFormat::set(const LoadOption& option) {
  const auto& name = option.name;
  if (name == "COMPRESSION")
    compression = TRY(compression_value(option));
  else if (name == "RECORD_DELIMITER")
    record_delimiter = TRY(delimiter(option));
  else if (name == "FIELD_DELIMITER")
    field_delimiter = TRY(delimiter(option));
  else if (name == "SKIP_HEADER")
    skip_header = TRY(integer_value(option));
  else if (name == "PARSE_HEADER")
    parse_header = TRY(boolean_value(option));
  else if (name == "MULTI_LINE")
    multi_line = TRY(boolean_value(option));
  else if (name == "SKIP_BLANK_LINES")
    skip_blank_lines = TRY(boolean_value(option));
  else if (name == "TRIM_SPACE")
    trim_space = TRY(boolean_value(option));
  else if (name == "ERROR_ON_COLUMN_COUNT_MISMATCH")
    error_on_column_count_mismatch = TRY(boolean_value(option));
  else if (name == "REPLACE_INVALID_CHARACTERS")
    replace_invalid_characters = TRY(boolean_value(option));
  else if (name == "EMPTY_FIELD_AS_NULL")
    empty_field_as_null = TRY(boolean_value(option));
  else if (name == "SKIP_BYTE_ORDER_MARK")
    skip_byte_order_mark = TRY(boolean_value(option));
  else if (name == "FIELD_OPTIONALLY_ENCLOSED_BY")
    enclosed_by = TRY(character(option));
  else if (name == "ESCAPE")
    escape = TRY(character(option));
  else if (name == "ESCAPE_UNENCLOSED_FIELD")
    escape_unenclosed = TRY(character(option));
  else if (name == "DATE_FORMAT")
    date_format = TRY(single_value(option));
  else if (name == "TIME_FORMAT")
    time_format = TRY(single_value(option));
  else if (name == "TIMESTAMP_FORMAT")
    timestamp_format = TRY(single_value(option));
  else if (name == "BINARY_FORMAT") {
    binary_format = TRY(binary_format_value(option));
  } else if (name == "ENCODING") {
    encoding = upper_case(TRY(single_value(option)));
    if (encoding == "UTF-8") encoding = "UTF8";
    if (encoding != "UTF8")
      return fail(ErrorKind::unsupported, fmt::format("ENCODING = '{}' is not supported: convert the file to UTF8", encoding));
  } else if (name == "NULL_IF") {
    null_if = option.values;
    if (null_if.size() == 1 && upper_case(null_if.front()) == "NONE") null_if.clear();
  } else if (name == "FILE_EXTENSION") {
    file_extension = TRY(single_value(option));
  } else if (name != "VALIDATE_UTF8") { // obsolete
    return fail(ErrorKind::invalid_argument, fmt::format("invalid file format option '{}' for type CSV", name));
  }
  return {};
}

Result<void> CsvFormat::validate() const {
  const auto clash = [&](std::string_view what) {
    return fail(ErrorKind::invalid_argument, fmt::format("the file format's {} is also its field or record delimiter", what));
  };
  const auto in_delimiter = [&](std::optional<char> c) {
    return c && (field_delimiter.find(*c) != std::string::npos || record_delimiter.find(*c) != std::string::npos);
  };
  if (in_delimiter(enclosed_by)) return clash("FIELD_OPTIONALLY_ENCLOSED_BY");
  if (in_delimiter(escape)) return clash("ESCAPE");
  if (!field_delimiter.empty() && !record_delimiter.empty() &&
      (field_delimiter.starts_with(record_delimiter) || record_delimiter.starts_with(field_delimiter))) {
    return fail(ErrorKind::invalid_argument, "the file format's field delimiter and record delimiter begin alike");
  }
  if (parse_header && skip_header > 0) {
    return fail(ErrorKind::invalid_argument, "the file format options PARSE_HEADER = TRUE and SKIP_HEADER exclude each other");
  }
  return {};
}

std::vector<FormatProperty> properties_of(const CsvFormat& format) {
  const auto describe = [&](const CsvFormat& of) {
    const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
    const auto delimiter_text = [](const std::string& text) { return text.empty() ? std::string("NONE") : shown_option(text); };
    return std::vector<FormatProperty>{
        {"TYPE", "String", "CSV", ""},
        {"RECORD_DELIMITER", "String", delimiter_text(of.record_delimiter), ""},
        {"FIELD_DELIMITER", "String", delimiter_text(of.field_delimiter), ""},
        {"FILE_EXTENSION", "String", of.file_extension, ""},
        {"SKIP_HEADER", "Integer", std::to_string(of.skip_header), ""},
        {"PARSE_HEADER", "Boolean", flag(of.parse_header), ""},
        {"DATE_FORMAT", "String", of.date_format, ""},
        {"TIME_FORMAT", "String", of.time_format, ""},
        {"TIMESTAMP_FORMAT", "String", of.timestamp_format, ""},
        {"BINARY_FORMAT", "String", of.binary_format, ""},
        {"ESCAPE", "String", shown_character(of.escape), ""},
        {"ESCAPE_UNENCLOSED_FIELD", "String", shown_character(of.escape_unenclosed), ""},
        {"TRIM_SPACE", "Boolean", flag(of.trim_space), ""},
        {"FIELD_OPTIONALLY_ENCLOSED_BY", "String", shown_character(of.enclosed_by), ""},
        {"NULL_IF", "List", shown_list(of.null_if), ""},
        {"COMPRESSION", "String", std::string(name_of_compression(of.compression)), ""},
        {"ERROR_ON_COLUMN_COUNT_MISMATCH", "Boolean", flag(of.error_on_column_count_mismatch), ""},
        {"VALIDATE_UTF8", "Boolean", "true", ""},
        {"SKIP_BLANK_LINES", "Boolean", flag(of.skip_blank_lines), ""},
        {"REPLACE_INVALID_CHARACTERS", "Boolean", flag(of.replace_invalid_characters), ""},
        {"EMPTY_FIELD_AS_NULL", "Boolean", flag(of.empty_field_as_null), ""},
        {"SKIP_BYTE_ORDER_MARK", "Boolean", flag(of.skip_byte_order_mark), ""},
        {"ENCODING", "String", of.encoding, ""},
        {"MULTI_LINE", "Boolean", flag(of.multi_line), ""},
    };
  };
  auto properties = describe(format);
  const auto defaults = describe(CsvFormat{});
  for (size_t i = 0; i < properties.size(); ++i) properties[i].default_value = defaults[i].value;
  return properties;
}

} // namespace freshet::warehouse
