#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <thread>

#include "base/random.h"
#include "flow/date_pattern.h"
#include "flow/expression_node.h"
#include "flow/pattern.h"

namespace freshet::flow {
namespace {

using Arguments = std::vector<Value>;

int64_t milliseconds_of(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

bool is_absent(const Value& value) {
  return std::holds_alternative<std::monostate>(value);
}

std::optional<double> decimal_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  double decimal = 0;
  const auto [end, code] = std::from_chars(text.begin(), text.end(), decimal);
  return code == std::errc() && end == text.end() ? std::optional(decimal) : std::nullopt;
}

std::unexpected<Error> not_a(std::string_view what, const Value& value) {
  return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not {}", to_text(value), what));
}

/// A number as NiFi reads it: whole where it can be, else a decimal.
Result<Value> number_of(const Value& value) {
  if (std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value)) return value;
  if (const auto* time = std::get_if<TimePoint>(&value)) return milliseconds_of(*time);
  const std::string text = to_text(value);
  int64_t whole = 0;
  if (const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), whole);
      code == std::errc() && end == text.data() + text.size()) {
    return whole;
  }
  if (const auto decimal = decimal_in(text)) {
    if (*decimal == std::floor(*decimal) && std::abs(*decimal) < 9e15 && text.find_first_of(".eE") == std::string::npos) {
      return static_cast<int64_t>(*decimal);
    }
    return *decimal;
  }
  return not_a("a number", value);
}

Result<int64_t> whole_of(const Value& value) {
  const Value number = TRY(number_of(value));
  if (const auto* whole = std::get_if<int64_t>(&number)) return *whole;
  const double decimal = std::get<double>(number);
  if (!(std::abs(decimal) < 9.2e18)) return not_a("a whole number", value);
  return static_cast<int64_t>(decimal);
}

double as_decimal(const Value& number) {
  if (const auto* whole = std::get_if<int64_t>(&number)) return static_cast<double>(*whole);
  return std::get<double>(number);
}

bool truth_of(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  const std::string text = to_text(value);
  return text.size() == 4 && std::equal(text.begin(), text.end(), "true", [](char a, char b) { return std::tolower(a) == b; });
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

std::string replaced(std::string text, const std::string& search, const std::string& replacement) {
  if (search.empty()) return text;
  for (size_t at = 0; (at = text.find(search, at)) != std::string::npos; at += replacement.size()) {
    text.replace(at, search.size(), replacement);
  }
  return text;
}

std::string url_encode(const std::string& text) {
  std::string result;
  for (const unsigned char letter : text) {
    if (std::isalnum(letter) || letter == '.' || letter == '-' || letter == '*' || letter == '_')
      result += static_cast<char>(letter);
    else if (letter == ' ')
      result += '+';
    else
      result += fmt::format("%{:02X}", letter);
  }
  return result;
}

std::string url_decode(const std::string& text) {
  std::string result;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    if (text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(text.data() + at + 1, text.data() + at + 3, value, 16).ptr == text.data() + at + 3) {
      result += static_cast<char>(value);
      at += 2;
    } else {
      result += text[at] == '+' ? ' ' : text[at];
    }
  }
  return result;
}

std::string escape_xml(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&apos;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string escape_json(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(letter) < 0x20)
          result += fmt::format("\\u{:04x}", letter);
        else
          result += letter;
    }
  }
  return result;
}

std::string base64_encode(const std::string& text) {
  std::string result((text.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return result;
}

Result<Value> base64_decode(const std::string& text) {
  std::string result(text.size() / 4 * 3 + 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return not_a("base64", text);
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  result.resize(static_cast<size_t>(length) - padding);
  return result;
}

Result<Value> hash(const std::string& text, const std::string& algorithm) {
  const EVP_MD* const digest = EVP_get_digestbyname(algorithm.c_str());
  if (digest == nullptr)
    return fail(ErrorKind::invalid_argument, fmt::format("there is no hash named '{}'; use MD5, SHA-1 or SHA-256", algorithm));
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(text.data(), text.size(), bytes, &length, digest, nullptr);
  std::string result;
  for (unsigned at = 0; at < length; ++at) result += fmt::format("{:02x}", bytes[at]);
  return result;
}

Result<Value> calculate(char operation, const Value& left, const Value& right) {
  const Value a = TRY(number_of(left));
  const Value b = TRY(number_of(right));
  const bool whole = std::holds_alternative<int64_t>(a) && std::holds_alternative<int64_t>(b);
  if ((operation == '/' || operation == '%') && as_decimal(b) == 0)
    return fail(ErrorKind::invalid_argument, "division by zero");
  if (!whole) {
    const double x = as_decimal(a), y = as_decimal(b);
    return operation == '+'   ? x + y
           : operation == '-' ? x - y
           : operation == '*' ? x * y
           : operation == '/' ? x / y
                              : std::fmod(x, y);
  }
  const int64_t x = std::get<int64_t>(a), y = std::get<int64_t>(b);
  int64_t result = 0;
  bool overflow = false;
  switch (operation) {
    case '+':
      overflow = __builtin_add_overflow(x, y, &result);
      break;
    case '-':
      overflow = __builtin_sub_overflow(x, y, &result);
      break;
    case '*':
      overflow = __builtin_mul_overflow(x, y, &result);
      break;
    default:
      overflow = x == INT64_MIN && y == -1;
      result = overflow ? 0 : operation == '/' ? x / y : x % y;
      break;
  }
  if (overflow) return fail(ErrorKind::invalid_argument, "the result is too large for a whole number");
  return result;
}

std::optional<int> order_of(const Value& left, const Value& right) {
  const auto a = number_of(left), b = number_of(right);
  if (!a || !b) return std::nullopt;
  const double x = as_decimal(*a), y = as_decimal(*b);
  return x < y ? -1 : x > y ? 1 : 0;
}

Value delimited_field(const std::string& text, int64_t index, char delimiter, char quote, char escape, bool strip) {
  std::string field;
  bool quoted = false;
  int64_t at_field = 1;
  for (size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == escape && at + 1 < text.size()) {
      if (at_field == index) field += {letter, text[at + 1]};
      ++at;
    } else if (letter == quote) {
      quoted = !quoted;
      if (at_field == index && !strip) field += letter;
    } else if (letter == delimiter && !quoted) {
      if (at_field == index) return field;
      ++at_field;
    } else if (at_field == index) {
      field += letter;
    }
  }
  return at_field == index ? field : std::string{};
}

using Function = std::function<Result<Value>(const Value& subject, const Arguments& arguments, const ExpressionScope& scope)>;
struct Entry {
  FunctionSignature signature;
  Function function;
};
using Table = std::map<std::string, Entry, std::less<>>;

std::string text_at(const Arguments& arguments, size_t index) {
  return index < arguments.size() ? to_text(arguments[index]) : "";
}

void add_logic(Table& table) {
  table["isNull"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return is_absent(s); }};
  table["notNull"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return !is_absent(s); }};
  table["isEmpty"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) {
                        const std::string text = to_text(s);
                        return std::all_of(text.begin(), text.end(), [](unsigned char letter) { return std::isspace(letter); });
                      }};
  table["equals"] = {{1, 1},
                     [](const Value& s, const Arguments& a, auto&) { return !is_absent(s) && to_text(s) == to_text(a[0]); }};
  table["equalsIgnoreCase"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) {
                                 return !is_absent(s) && lowered(to_text(s)) == lowered(to_text(a[0]));
                               }};
  table["gt"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return order_of(s, a[0]) == 1; }};
  table["ge"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return order_of(s, a[0]).value_or(-1) >= 0; }};
  table["lt"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return order_of(s, a[0]) == -1; }};
  table["le"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return order_of(s, a[0]).value_or(1) <= 0; }};
  table["and"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return truth_of(s) && truth_of(a[0]); }};
  table["or"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return truth_of(s) || truth_of(a[0]); }};
  table["not"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return !truth_of(s); }};
  table["ifElse"] = {{2, 2}, [](const Value& s, const Arguments& a, auto&) { return truth_of(s) ? a[0] : a[1]; }};
  table["in"] = {{1, 1000}, [](const Value& s, const Arguments& a, auto&) {
                   return std::any_of(a.begin(), a.end(), [&](const Value& one) { return to_text(one) == to_text(s); });
                 }};
  table["startsWith"] = {{1, 1},
                         [](const Value& s, const Arguments& a, auto&) { return to_text(s).starts_with(to_text(a[0])); }};
  table["endsWith"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return to_text(s).ends_with(to_text(a[0])); }};
  table["contains"] = {
      {1, 1}, [](const Value& s, const Arguments& a, auto&) { return to_text(s).find(to_text(a[0])) != std::string::npos; }};
  table["matches"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                        return !is_absent(s) && TRY(Pattern::compile(to_text(a[0]))).matches(to_text(s));
                      }};
  table["find"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                     return !is_absent(s) && TRY(Pattern::compile(to_text(a[0]))).found_in(to_text(s));
                   }};
  const Function only_after_multiple = [](const Value&, const Arguments&, auto&) -> Result<Value> {
    return fail(ErrorKind::invalid_argument, "count and join follow a function on several attributes, such as allAttributes");
  };
  table["count"] = {{0, 0}, only_after_multiple};
  table["join"] = {{1, 1}, only_after_multiple};
}

void add_parts_of_text(Table& table) {
  table["substring"] = {{1, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                          const std::string text = to_text(s);
                          const auto length = static_cast<int64_t>(text.size());
                          const int64_t begin = TRY(whole_of(a[0]));
                          const int64_t end = a.size() > 1 ? TRY(whole_of(a[1])) : length;
                          if (begin < 0 || begin > length || end < begin) {
                            return fail(ErrorKind::invalid_argument,
                                        fmt::format("substring({}, {}) lies outside of '{}'", begin, end, text));
                          }
                          return text.substr(static_cast<size_t>(begin), static_cast<size_t>(std::min(end, length) - begin));
                        }};
  const auto cut = [&table](const char* name, bool last, bool after) {
    table[name] = {{1, 1}, [last, after](const Value& s, const Arguments& a, auto&) {
                     const std::string text = to_text(s), mark = to_text(a[0]);
                     const size_t at = mark.empty() ? std::string::npos : last ? text.rfind(mark) : text.find(mark);
                     if (at == std::string::npos) return text;
                     return after ? text.substr(at + mark.size()) : text.substr(0, at);
                   }};
  };
  cut("substringBefore", false, false);
  cut("substringBeforeLast", true, false);
  cut("substringAfter", false, true);
  cut("substringAfterLast", true, true);
  table["getDelimitedField"] = {{1, 5}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                                  const auto letter = [&](size_t index, char otherwise) {
                                    const std::string text = text_at(a, index);
                                    return text.empty() ? otherwise : text[0];
                                  };
                                  return delimited_field(to_text(s), TRY(whole_of(a[0])), letter(1, ','), letter(2, '"'),
                                                         letter(3, '\\'), text_at(a, 4) == "true");
                                }};
  table["indexOf"] = {
      {1, 1}, [](const Value& s, const Arguments& a, auto&) { return static_cast<int64_t>(to_text(s).find(to_text(a[0]))); }};
  table["lastIndexOf"] = {
      {1, 1}, [](const Value& s, const Arguments& a, auto&) { return static_cast<int64_t>(to_text(s).rfind(to_text(a[0]))); }};
  table["length"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return static_cast<int64_t>(to_text(s).size()); }};
}

void add_changes_of_text(Table& table) {
  table["toUpper"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) {
                        std::string text = to_text(s);
                        std::transform(text.begin(), text.end(), text.begin(),
                                       [](unsigned char letter) { return std::toupper(letter); });
                        return text;
                      }};
  table["toLower"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return lowered(to_text(s)); }};
  table["toString"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return to_text(s); }};
  table["trim"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) {
                     std::string text = to_text(s);
                     const auto space = [](unsigned char letter) { return letter <= ' '; };
                     while (!text.empty() && space(static_cast<unsigned char>(text.back()))) text.pop_back();
                     text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), space));
                     return text;
                   }};
  table["append"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return to_text(s) + to_text(a[0]); }};
  table["prepend"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return to_text(a[0]) + to_text(s); }};
  table["replace"] = {
      {2, 2}, [](const Value& s, const Arguments& a, auto&) { return replaced(to_text(s), to_text(a[0]), to_text(a[1])); }};
  table["replaceAll"] = {{2, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                           return TRY(Pattern::compile(to_text(a[0]))).replace_all(to_text(s), to_text(a[1]));
                         }};
  table["replaceFirst"] = {{2, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                             return TRY(Pattern::compile(to_text(a[0]))).replace_first(to_text(s), to_text(a[1]));
                           }};
  table["replaceNull"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return is_absent(s) ? a[0] : s; }};
  table["replaceEmpty"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) {
                             return to_text(s).find_first_not_of(" \t\r\n") == std::string::npos ? a[0] : s;
                           }};
  const auto pad = [&table](const char* name, bool left) {
    table[name] = {{1, 2}, [left](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                     std::string text = to_text(s), padding;
                     const int64_t wanted = TRY(whole_of(a[0]));
                     const std::string with = a.size() > 1 ? to_text(a[1]) : "_";
                     if (wanted > 1'000'000)
                       return fail(ErrorKind::invalid_argument, "padding to more than 1,000,000 characters");
                     if (with.empty() || wanted <= static_cast<int64_t>(text.size())) return text;
                     const size_t missing = static_cast<size_t>(wanted) - text.size();
                     while (padding.size() < missing) padding += with;
                     padding.resize(missing);
                     return left ? padding + text : text + padding;
                   }};
  };
  pad("padLeft", true);
  pad("padRight", false);
  table["repeat"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                       const int64_t times = TRY(whole_of(a[0]));
                       const std::string text = to_text(s);
                       if (times * static_cast<int64_t>(text.size()) > 1'000'000) {
                         return fail(ErrorKind::invalid_argument, "repeating to more than 1,000,000 characters");
                       }
                       std::string result;
                       for (int64_t time = 0; time < times; ++time) result += text;
                       return result;
                     }};
  table["urlEncode"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return url_encode(to_text(s)); }};
  table["urlDecode"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return url_decode(to_text(s)); }};
  table["escapeXml"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return escape_xml(to_text(s)); }};
  table["escapeJson"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return escape_json(to_text(s)); }};
  table["escapeCsv"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) {
                          const std::string text = to_text(s);
                          return text.find_first_of(",\"\r\n") == std::string::npos ? text
                                                                                    : '"' + replaced(text, "\"", "\"\"") + '"';
                        }};
  table["base64Encode"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return base64_encode(to_text(s)); }};
  table["base64Decode"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) { return base64_decode(to_text(s)); }};
  table["hash"] = {{1, 1}, [](const Value& s, const Arguments& a, auto&) { return hash(to_text(s), to_text(a[0])); }};
}

void add_numbers_and_dates(Table& table) {
  const auto arithmetic = [&table](const char* name, char operation) {
    table[name] = {{1, 1}, [operation](const Value& s, const Arguments& a, auto&) { return calculate(operation, s, a[0]); }};
  };
  arithmetic("plus", '+');
  arithmetic("minus", '-');
  arithmetic("multiply", '*');
  arithmetic("divide", '/');
  arithmetic("mod", '%');
  table["toNumber"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) -> Result<Value> {
                         if (to_text(s).empty()) return std::monostate{};
                         return TRY(whole_of(s));
                       }};
  table["toDecimal"] = {{0, 0}, [](const Value& s, const Arguments&, auto&) -> Result<Value> {
                          if (to_text(s).empty()) return std::monostate{};
                          return as_decimal(TRY(number_of(s)));
                        }};
  table["toRadix"] = {
      {1, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
        const int64_t radix = TRY(whole_of(a[0]));
        if (radix < 2 || radix > 36) return fail(ErrorKind::invalid_argument, "a radix is between 2 and 36");
        char digits[72];
        const auto end = std::to_chars(digits, digits + sizeof digits, TRY(whole_of(s)), static_cast<int>(radix)).ptr;
        std::string text(digits, end);
        const size_t width = a.size() > 1 ? static_cast<size_t>(std::clamp<int64_t>(TRY(whole_of(a[1])), 0, 100)) : 0;
        if (text.size() < width) text.insert(text[0] == '-' ? 1 : 0, width - text.size(), '0');
        return text;
      }};
  table["format"] = {{1, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                       const auto* time = std::get_if<TimePoint>(&s);
                       if (is_absent(s)) return std::monostate{};
                       const TimePoint when = time != nullptr ? *time : TimePoint{std::chrono::milliseconds(TRY(whole_of(s)))};
                       return TRY(format_date(when, to_text(a[0]), text_at(a, 1)));
                     }};
  table["formatInstant"] = table["format"];
  table["toDate"] = {{0, 2}, [](const Value& s, const Arguments& a, auto&) -> Result<Value> {
                       if (is_absent(s) || std::holds_alternative<TimePoint>(s)) return s;
                       if (a.empty()) return TimePoint{std::chrono::milliseconds(TRY(whole_of(s)))};
                       return TRY(parse_date(to_text(s), to_text(a[0]), text_at(a, 1)));
                     }};
  table["toInstant"] = table["toDate"];
}

const Table& functions() {
  static const Table k_table = [] {
    Table table;
    add_logic(table);
    add_parts_of_text(table);
    add_changes_of_text(table);
    add_numbers_and_dates(table);
    return table;
  }();
  return k_table;
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

uint64_t random_bits() {
  thread_local Random source{std::stoull(random_secret_hex(8), nullptr, 16)};
  return source.next();
}

const Table& standalone_functions() {
  static const Table k_table = [] {
    static std::atomic<int64_t> next_number = 0;
    Table table;
    table["now"] = {{0, 0}, [](const Value&, const Arguments&, const ExpressionScope& scope) { return scope.clock->now(); }};
    table["UUID"] = {{0, 0}, [](const Value&, const Arguments&, auto&) { return random_uuid(); }};
    table["hostname"] = {{0, 1}, [](const Value&, const Arguments&, auto&) { return host_name(); }};
    table["ip"] = {{0, 0}, [](const Value&, const Arguments&, auto&) { return std::string("127.0.0.1"); }};
    table["nextInt"] = {{0, 0}, [](const Value&, const Arguments&, auto&) { return next_number++; }};
    table["random"] = {{0, 0}, [](const Value&, const Arguments&, auto&) { return static_cast<int64_t>(random_bits() >> 1); }};
    table["thread"] = {{0, 0}, [](const Value&, const Arguments&, auto&) {
                         return fmt::format("flow-{}", std::hash<std::thread::id>{}(std::this_thread::get_id()) % 100'000);
                       }};
    table["literal"] = {{1, 1}, [](const Value&, const Arguments& a, auto&) { return a[0]; }};
    table["getStateValue"] = {{1, 1}, [](const Value&, const Arguments& a, const ExpressionScope& scope) -> Result<Value> {
                                if (scope.state == nullptr || !scope.state->contains(to_text(a[0]))) return std::monostate{};
                                return scope.state->at(to_text(a[0]));
                              }};
    return table;
  }();
  return k_table;
}

const FunctionSignature* find_in(const Table& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second.signature;
}

} // namespace

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
  if (const auto* decimal = std::get_if<double>(&value)) {
    return *decimal == std::floor(*decimal) && std::abs(*decimal) < 1e7 ? fmt::format("{:.1f}", *decimal)
                                                                        : fmt::format("{}", *decimal);
  }
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* time = std::get_if<TimePoint>(&value)) {
    return format_date(*time, "EEE MMM dd HH:mm:ss z yyyy").value_or("");
  }
  return "";
}

const FunctionSignature* find_function(std::string_view name) {
  return find_in(functions(), name);
}
const FunctionSignature* find_standalone(std::string_view name) {
  return find_in(standalone_functions(), name);
}

Result<Value> call_function(const std::string& name, const Value& subject, const std::vector<Value>& arguments,
                            const ExpressionScope& scope) {
  auto result = functions().find(name)->second.function(subject, arguments, scope);
  if (!result) result.error().message = fmt::format("{}: {}", name, result.error().message);
  return result;
}

Result<Value> call_standalone(const std::string& name, const std::vector<Value>& arguments, const ExpressionScope& scope) {
  return standalone_functions().find(name)->second.function({}, arguments, scope);
}

} // namespace freshet::flow
