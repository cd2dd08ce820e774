// Functions of strings that the engine does not have.
#include <fmt/format.h>

#include <cstdlib>

#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// American Soundex: a letter and three digits.
RowResult soundex(RowArguments arguments) {
  static constexpr std::string_view k_codes = "01230120022455012623010202"; // of A … Z
  std::string out;
  char last = '0';
  for (char c : *arguments[0]) {
    if (!is_letter(c)) continue;
    char upper = static_cast<char>(c & ~0x20);
    char code = k_codes[static_cast<size_t>(upper - 'A')];
    if (out.empty()) {
      out += upper;
    } else if (code != '0' && code != last) {
      out += code;
      if (out.size() == 4) break;
    }
    if (upper != 'H' && upper != 'W') last = code;
  }
  if (out.empty()) return "";
  out.resize(4, '0');
  return out;
}

std::string decoded_percent(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// fragment, host, parameters, path, port, query, scheme
RowResult parse_url(RowArguments arguments) {
  std::string_view url = *arguments[0];
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  auto scheme_end = url.find(':');
  if (scheme_end == std::string_view::npos || scheme_end == 0) {
    out.set("error", JsonValue::of_string("scheme not specified"));
    if (arguments.size() > 1 && arguments[1] == "1") return out.to_string();
    return std::unexpected(fmt::format("Error parsing URL: scheme not specified"));
  }
  auto text_or_null = [&](std::string key, std::string_view value) {
    out.set(std::move(key), value.empty() ? JsonValue{} : JsonValue::of_string(value));
  };
  out.set("scheme", JsonValue::of_string(url.substr(0, scheme_end)));
  std::string_view rest = url.substr(scheme_end + 1);
  auto cut = [&rest](char at) -> std::string_view {
    auto place = rest.find(at);
    if (place == std::string_view::npos) return {};
    auto behind = rest.substr(place + 1);
    rest = rest.substr(0, place);
    return behind;
  };
  text_or_null("fragment", cut('#'));
  auto query = cut('?');
  text_or_null("query", query);
  std::string_view host;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    auto slash = rest.find('/');
    host = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  }
  if (auto user = host.rfind('@'); user != std::string_view::npos) host = host.substr(user + 1);
  auto colon = host.rfind(':');
  text_or_null("host", host.substr(0, colon));
  text_or_null("port", colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1));
  text_or_null("path", rest);
  JsonValue parameters;
  while (!query.empty()) {
    parameters.kind = JsonValue::Kind::object;
    auto end = std::min(query.find('&'), query.size());
    auto pair = query.substr(0, end);
    auto equal = std::min(pair.find('='), pair.size());
    parameters.set(decoded_percent(pair.substr(0, equal)),
                   equal < pair.size() ? JsonValue::of_string(decoded_percent(pair.substr(equal + 1))) : JsonValue{});
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  out.set("parameters", std::move(parameters));
  return out.to_string();
}

/// (text, delimiters): a letter after a delimiter becomes upper case, other letters lower case; without delimiters everything
/// is one word.
RowResult initcap(RowArguments arguments) {
  std::string out;
  bool starts = true;
  for (char c : *arguments[0]) {
    bool delimits = arguments[1]->find(c) != std::string_view::npos;
    if (is_letter(c)) c = static_cast<char>(starts ? c & ~0x20 : c | 0x20);
    out += c;
    starts = delimits;
  }
  return out;
}

} // namespace

engine::Result<void> register_text_functions(engine::Database& database) {
  using enum RowNulls;
  TRY(register_row_function(database, "freshet_soundex", 1, false, false, give_null, soundex));
  TRY(register_row_function(database, "freshet_initcap", 2, false, false, give_null, initcap));
  return register_row_function(database, "freshet_parse_url", 1, true, true, give_null, parse_url);
}

} // namespace freshet::warehouse
