#include "warehouse/load/option_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace freshet::warehouse {

std::string upper_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
  return result;
}

std::unexpected<Error> refuse_value(const LoadOption& option, std::string_view value, std::string_view takes) {
  return fail(ErrorKind::invalid_argument,
              fmt::format("invalid value [{}] for parameter '{}': it takes {}", value, option.name, takes));
}

Result<std::string> single_value(const LoadOption& option) {
  if (option.values.size() == 1) return option.values.front();
  return refuse_value(option, fmt::format("{}", fmt::join(option.values, ", ")), "one value");
}

Result<bool> boolean_value(const LoadOption& option) {
  const auto text = upper_case(TRY(single_value(option)));
  if (text == "TRUE") return true;
  if (text == "FALSE") return false;
  return refuse_value(option, text, "TRUE or FALSE");
}

Result<uint64_t> integer_value(const LoadOption& option) {
  const auto text = TRY(single_value(option));
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    return refuse_value(option, text, "a whole number of zero or more");
  return value;
}

namespace {

constexpr std::pair<std::string_view, Compression> k_compressions[] = {
    {"AUTO", Compression::automatic},  {"NONE", Compression::none},
    {"GZIP", Compression::gzip},       {"ZSTD", Compression::zstd},
    {"BZ2", Compression::bzip2},       {"BROTLI", Compression::brotli},
    {"DEFLATE", Compression::deflate}, {"RAW_DEFLATE", Compression::raw_deflate}};

} // namespace

Result<Compression> compression_value(const LoadOption& option) {
  const auto text = upper_case(TRY(single_value(option)));
  for (const auto& [name, compression] : k_compressions) {
    if (text == name) return compression;
  }
  return refuse_value(option, text, "AUTO, GZIP, BZ2, BROTLI, ZSTD, DEFLATE, RAW_DEFLATE or NONE");
}

Result<std::string> binary_format_value(const LoadOption& option) {
  const auto format = upper_case(TRY(single_value(option)));
  if (format == "HEX" || format == "BASE64" || format == "UTF8" || format == "UTF-8")
    return format == "UTF-8" ? "UTF8" : format;
  return refuse_value(option, format, "HEX, BASE64 or UTF8");
}

std::string_view name_of_compression(Compression compression) {
  for (const auto& [name, value] : k_compressions) {
    if (value == compression) return name;
  }
  return "AUTO";
}

std::string shown_option(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\n':
        result += "\\n";
        break;
      case '\t':
        result += "\\t";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\\':
        result += "\\\\";
        break;
      default:
        result.push_back(c);
    }
  }
  return result;
}

std::string shown_list(const std::vector<std::string>& values) {
  std::vector<std::string> parts;
  for (const auto& value : values) parts.push_back(shown_option(value));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

} // namespace freshet::warehouse
