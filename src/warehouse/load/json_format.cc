#include "warehouse/load/json_format.h"

#include <fmt/format.h>

#include "warehouse/load/option_values.h"

namespace freshet::warehouse {

namespace {

std::vector<std::string> null_words(const LoadOption& option) {
  const bool none = option.values.size() == 1 && upper_case(option.values.front()) == "NONE";
  return none ? std::vector<std::string>{} : option.values;
}

std::string flag(bool value) {
  return value ? "true" : "false";
}

std::unexpected<Error> no_such_option(const LoadOption& option, std::string_view type) {
  return fail(ErrorKind::invalid_argument, fmt::format("invalid file format option '{}' for type {}", option.name, type));
}

template <typename Format, typename Describe>
std::vector<FormatProperty> with_defaults(const Format& format, const Describe& describe) {
  auto properties = describe(format);
  const auto defaults = describe(Format{});
  for (size_t i = 0; i < properties.size(); ++i) properties[i].default_value = defaults[i].value;
  return properties;
}

} // namespace

Result<void> JsonFormat::set(const LoadOption& option) {
  const auto& name = option.name;
  if (name == "COMPRESSION")
    compression = TRY(compression_value(option));
  else if (name == "STRIP_OUTER_ARRAY")
    strip_outer_array = TRY(boolean_value(option));
  else if (name == "STRIP_NULL_VALUES")
    strip_null_values = TRY(boolean_value(option));
  else if (name == "ALLOW_DUPLICATE")
    allow_duplicate = TRY(boolean_value(option));
  else if (name == "IGNORE_UTF8_ERRORS" || name == "REPLACE_INVALID_CHARACTERS")
    ignore_utf8_errors = TRY(boolean_value(option));
  else if (name == "SKIP_BYTE_ORDER_MARK")
    skip_byte_order_mark = TRY(boolean_value(option));
  else if (name == "MULTI_LINE")
    multi_line = TRY(boolean_value(option));
  else if (name == "ENABLE_OCTAL")
    enable_octal = TRY(boolean_value(option));
  else if (name == "TRIM_SPACE")
    trim_space = TRY(boolean_value(option));
  else if (name == "NULL_IF")
    null_if = null_words(option);
  else if (name == "DATE_FORMAT")
    date_format = TRY(single_value(option));
  else if (name == "TIME_FORMAT")
    time_format = TRY(single_value(option));
  else if (name == "TIMESTAMP_FORMAT")
    timestamp_format = TRY(single_value(option));
  else if (name == "BINARY_FORMAT")
    binary_format = TRY(binary_format_value(option));
  else if (name == "FILE_EXTENSION")
    file_extension = TRY(single_value(option));
  else
    return no_such_option(option, "JSON");
  return {};
}

Result<void> ParquetFormat::set(const LoadOption& option) {
  const auto& name = option.name;
  if (name == "COMPRESSION") {
    compression = upper_case(TRY(single_value(option)));
    if (compression == "LZO")
      return fail(ErrorKind::unsupported, "COMPRESSION = LZO is not supported: use SNAPPY, GZIP, NONE or AUTO");
    if (compression != "AUTO" && compression != "SNAPPY" && compression != "GZIP" && compression != "NONE")
      return refuse_value(option, compression, "AUTO, SNAPPY, GZIP or NONE"); // GZIP: what write_pandas of Python sends
  } else if (name == "SNAPPY_COMPRESSION") {
    compression = TRY(boolean_value(option)) ? "SNAPPY" : "NONE";
  } else if (name == "BINARY_AS_TEXT") {
    binary_as_text = TRY(boolean_value(option));
  } else if (name == "TRIM_SPACE") {
    trim_space = TRY(boolean_value(option));
  } else if (name == "USE_LOGICAL_TYPE") {
    use_logical_type = TRY(boolean_value(option));
  } else if (name == "USE_VECTORIZED_SCANNER") {
    use_vectorized_scanner = TRY(boolean_value(option));
  } else if (name == "REPLACE_INVALID_CHARACTERS") {
    replace_invalid_characters = TRY(boolean_value(option));
  } else if (name == "NULL_IF") {
    null_if = null_words(option);
  } else {
    return no_such_option(option, "PARQUET");
  }
  return {};
}

std::vector<FormatProperty> properties_of(const JsonFormat& format) {
  return with_defaults(format, [](const JsonFormat& of) {
    return std::vector<FormatProperty>{
        {"TYPE", "String", "JSON", ""},
        {"FILE_EXTENSION", "String", of.file_extension, ""},
        {"DATE_FORMAT", "String", of.date_format, ""},
        {"TIME_FORMAT", "String", of.time_format, ""},
        {"TIMESTAMP_FORMAT", "String", of.timestamp_format, ""},
        {"BINARY_FORMAT", "String", of.binary_format, ""},
        {"TRIM_SPACE", "Boolean", flag(of.trim_space), ""},
        {"NULL_IF", "List", shown_list(of.null_if), ""},
        {"COMPRESSION", "String", std::string(name_of_compression(of.compression)), ""},
        {"ENABLE_OCTAL", "Boolean", flag(of.enable_octal), ""},
        {"ALLOW_DUPLICATE", "Boolean", flag(of.allow_duplicate), ""},
        {"STRIP_OUTER_ARRAY", "Boolean", flag(of.strip_outer_array), ""},
        {"STRIP_NULL_VALUES", "Boolean", flag(of.strip_null_values), ""},
        {"IGNORE_UTF8_ERRORS", "Boolean", flag(of.ignore_utf8_errors), ""},
        {"REPLACE_INVALID_CHARACTERS", "Boolean", flag(of.ignore_utf8_errors), ""},
        {"SKIP_BYTE_ORDER_MARK", "Boolean", flag(of.skip_byte_order_mark), ""},
        {"MULTI_LINE", "Boolean", flag(of.multi_line), ""},
    };
  });
}

std::vector<FormatProperty> properties_of(const ParquetFormat& format) {
  return with_defaults(format, [](const ParquetFormat& of) {
    return std::vector<FormatProperty>{
        {"TYPE", "String", "PARQUET", ""},
        {"TRIM_SPACE", "Boolean", flag(of.trim_space), ""},
        {"NULL_IF", "List", shown_list(of.null_if), ""},
        {"COMPRESSION", "String", of.compression, ""},
        {"BINARY_AS_TEXT", "Boolean", flag(of.binary_as_text), ""},
        {"USE_LOGICAL_TYPE", "Boolean", flag(of.use_logical_type), ""},
        {"REPLACE_INVALID_CHARACTERS", "Boolean", flag(of.replace_invalid_characters), ""},
        {"USE_VECTORIZED_SCANNER", "Boolean", flag(of.use_vectorized_scanner), ""},
    };
  });
}

} // namespace freshet::warehouse
