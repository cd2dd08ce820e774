#include "warehouse/load/field_converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>

namespace freshet::warehouse {

namespace {

using Outcome = FieldConverter::Outcome;
using sql::TypeKind;

constexpr int64_t k_digits_max = 76; // beyond this no exponent makes a NUMBER

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

Outcome refuse(ConversionFault& fault, int32_t code, std::string_view state, std::string message) {
  fault = {code, std::string(state), std::move(message)};
  return Outcome::refused;
}

struct DecimalText {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;
};

std::optional<DecimalText> split_decimal(std::string_view text) {
  DecimalText parts;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto run = [&] {
    size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const auto digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
  };
  parts.whole = run();
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    parts.fraction = run();
  }
  if (parts.whole.empty() && parts.fraction.empty()) return {};
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), parts.exponent);
    if (code != std::errc{} || end != text.data() + text.size()) return {};
    text = {};
  }
  if (!text.empty()) return {};
  return parts;
}

/// The digits of the number times 10^scale, rounded half away from zero, without leading zeros. Empty optional: far too large.
std::optional<std::string> scaled_digits(const DecimalText& parts, int32_t scale) {
  std::string digits(parts.whole);
  digits += parts.fraction;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  const auto kept = static_cast<int64_t>(digits.size()) - static_cast<int64_t>(parts.fraction.size()) + parts.exponent + scale;
  if (digits.empty() || kept < 0) return std::string{};
  if (kept > k_digits_max) return {};
  if (kept >= static_cast<int64_t>(digits.size())) {
    digits.append(static_cast<size_t>(kept) - digits.size(), '0');
    return digits;
  }
  const bool up = digits[static_cast<size_t>(kept)] >= '5';
  digits.resize(static_cast<size_t>(kept));
  if (!up) return digits;
  for (size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return digits;
    }
    digits[i] = '0';
  }
  return "1" + digits;
}

/// Digits without leading zeros. (The least negative number is left out: nobody has missed it.)
bool fits_64_bits(const std::string& digits) {
  static constexpr std::string_view k_most = "9223372036854775807";
  return digits.size() < k_most.size() || (digits.size() == k_most.size() && digits <= k_most);
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> bytes_of_hex(std::string_view text) {
  if (text.size() % 2 != 0) return {};
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  static constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return {};
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (const char c : text) {
    const auto value = k_alphabet.find(c);
    if (value == std::string_view::npos) return {};
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xFFFFFF;
    if ((count += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (count -= 8)));
  }
  return bytes;
}

/// YYYY-MM-DD, which the engine reads as we do.
bool is_plain_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const size_t i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!is_digit(text[i])) return false;
  }
  const int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 28; // the month's last days take the thorough way
}

/// HH:MM:SS[.f{1,6}]
bool is_plain_time(std::string_view text) {
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
  for (const size_t i : {0, 1, 3, 4, 6, 7}) {
    if (!is_digit(text[i])) return false;
  }
  if (text.substr(0, 2) > "23" || text[3] > '5' || text[6] > '5') return false;
  if (text.size() == 8) return true;
  return text[8] == '.' && text.size() >= 10 && text.size() <= 15 && std::ranges::all_of(text.substr(9), is_digit);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(),
                                                   [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

} // namespace

FieldConverter::FieldConverter(const LoadColumn& column, const CsvFormat& format, ConversionOptions options)
    : type_(column.type), options_(options), binary_format_(format.binary_format) {
  std::string_view written;
  switch (type_.kind) {
    case TypeKind::date:
      written = format.date_format;
      moment_word_ = "Date";
      moment_code_ = 100040;
      break;
    case TypeKind::time:
      written = format.time_format;
      moment_kind_ = DateTimeKind::time;
      moment_word_ = "Time";
      moment_code_ = 100108;
      break;
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      written = format.timestamp_format;
      moment_kind_ = DateTimeKind::timestamp;
      moment_word_ = "Timestamp";
      moment_code_ = 100035;
      break;
    default:
      return;
  }
  iso_ = equals_ignoring_case(written, "auto");
  moment_format_.emplace(written, moment_kind_);
}

Outcome FieldConverter::convert(std::string_view text, std::string& out, ConversionFault& fault) const {
  switch (type_.kind) {
    case TypeKind::text:
      return text_of_length(text, out, fault);
    case TypeKind::number:
      return number(text, out, fault);
    case TypeKind::real:
      return real(text, out, fault);
    case TypeKind::boolean:
      return boolean(text, out, fault);
    case TypeKind::date:
    case TypeKind::time:
    case TypeKind::timestamp_ntz:
    case TypeKind::timestamp_ltz:
    case TypeKind::timestamp_tz:
      return moment(text, out, fault);
    case TypeKind::binary:
      return binary(text, out, fault);
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array: {
      boost::system::error_code problem;
      (void)boost::json::parse({text.data(), text.size()}, problem);
      if (problem) return refuse(fault, 100069, "22P02", fmt::format("Error parsing JSON: {}", text));
      return Outcome::verbatim;
    }
    default:
      return refuse(fault, 2, "0A000",
                    fmt::format("Unsupported feature 'loading a column of type {} from CSV'.", type_.to_string()));
  }
}

Outcome FieldConverter::number(std::string_view text, std::string& out, ConversionFault& fault) const {
  // The common case first: a few digits, perhaps a sign.
  const size_t sign = !text.empty() && text.front() == '-' ? 1 : 0;
  const auto room = static_cast<size_t>(std::min(type_.precision - type_.scale, 18));
  if (text.size() > sign && text.size() - sign <= room &&
      std::all_of(text.begin() + static_cast<ptrdiff_t>(sign), text.end(), is_digit)) {
    return Outcome::verbatim;
  }
  const auto parts = split_decimal(trimmed(text));
  if (!parts) return refuse(fault, 100038, "22018", fmt::format("Numeric value '{}' is not recognized", text));
  const auto digits = scaled_digits(*parts, type_.scale);
  if (!digits || digits->size() > static_cast<size_t>(type_.precision) || (type_.is_integer && !fits_64_bits(*digits))) {
    return refuse(fault, 100039, "22003", fmt::format("Numeric value '{}' is out of range", text));
  }
  const auto scale = static_cast<size_t>(type_.scale);
  std::string padded = digits->size() > scale ? *digits : std::string(scale + 1 - digits->size(), '0') + *digits;
  out = parts->negative ? "-" : "";
  out.append(padded, 0, padded.size() - scale);
  if (scale > 0) out.append(".").append(padded, padded.size() - scale);
  return Outcome::rewritten;
}

Outcome FieldConverter::real(std::string_view text, std::string& out, ConversionFault& fault) const {
  const auto inner = trimmed(text);
  for (const std::string_view word : {"nan", "inf", "-inf", "infinity", "-infinity"}) {
    if (!equals_ignoring_case(inner, word)) continue;
    out = word;
    return Outcome::rewritten;
  }
  if (!split_decimal(inner)) return refuse(fault, 100038, "22018", fmt::format("Numeric value '{}' is not recognized", text));
  const auto digits = inner.front() == '+' ? inner.substr(1) : inner;
  double value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code == std::errc::result_out_of_range && std::abs(value) > 1) {
    return refuse(fault, 100039, "22003", fmt::format("Numeric value '{}' is out of range", text));
  }
  out = fmt::format("{}", value);
  return Outcome::rewritten;
}

Outcome FieldConverter::boolean(std::string_view text, std::string& out, ConversionFault& fault) const {
  if (text == "true" || text == "false") return Outcome::verbatim;
  const auto inner = trimmed(text);
  for (const std::string_view word : {"true", "t", "yes", "y", "on", "1"}) {
    if (equals_ignoring_case(inner, word)) return out = "true", Outcome::rewritten;
  }
  for (const std::string_view word : {"false", "f", "no", "n", "off", "0"}) {
    if (equals_ignoring_case(inner, word)) return out = "false", Outcome::rewritten;
  }
  return refuse(fault, 100037, "22018", fmt::format("Boolean value '{}' is not recognized", text));
}

Outcome FieldConverter::moment(std::string_view text, std::string& out, ConversionFault& fault) const {
  if (iso_ && type_.kind == TypeKind::date && is_plain_date(text)) return Outcome::verbatim;
  if (iso_ && type_.kind == TypeKind::timestamp_ntz && text.size() >= 19 && is_plain_date(text.substr(0, 10)) &&
      (text[10] == ' ' || text[10] == 'T') && is_plain_time(text.substr(11))) {
    return Outcome::verbatim;
  }
  auto time = moment_format_->parse(text);
  if (!time && iso_ && type_.kind == TypeKind::date) { // a date column takes a timestamp's date
    static const DateTimeFormat k_timestamp("AUTO", DateTimeKind::timestamp);
    time = k_timestamp.parse(text);
  }
  if (!time) {
    return refuse(fault, moment_code_, "22007", fmt::format("{} '{}' is not recognized", moment_word_, text));
  }
  if (type_.kind == TypeKind::timestamp_ntz) time->offset_minutes.reset(); // the wall clock counts
  out = engine_text(*time, moment_kind_);
  return Outcome::rewritten;
}

Outcome FieldConverter::binary(std::string_view text, std::string& out, ConversionFault& fault) const {
  const auto bytes = binary_format_ == "HEX"      ? bytes_of_hex(text)
                     : binary_format_ == "BASE64" ? bytes_of_base64(text)
                                                  : std::string(text);
  if (!bytes) {
    return refuse(fault, 100115, "22000",
                  fmt::format("The following string is not a legal {}-encoded value: '{}'",
                              binary_format_ == "HEX" ? "hex" : "base64", text));
  }
  if (static_cast<int64_t>(bytes->size()) > type_.length) {
    return refuse(fault, 100145, "54000",
                  fmt::format("Binary data length limit ({}) exceeded by value '{}'", type_.length, text));
  }
  out.clear();
  for (const char c : *bytes) out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return Outcome::rewritten;
}

Outcome FieldConverter::text_of_length(std::string_view text, std::string& out, ConversionFault& fault) const {
  if (static_cast<int64_t>(text.size()) <= type_.length) return Outcome::verbatim;
  int64_t characters = 0;
  size_t cut = text.size();
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (characters == type_.length) cut = i;
    ++characters;
  }
  if (characters <= type_.length) return Outcome::verbatim;
  if (options_.truncate_columns) {
    out = text.substr(0, cut);
    return Outcome::rewritten;
  }
  return refuse(fault, 100074, "54000",
                fmt::format("User character length limit ({}) exceeded by string '{}'", type_.length, text));
}

} // namespace freshet::warehouse
