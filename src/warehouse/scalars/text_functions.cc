// Functions of strings that the engine does not have.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.h"
#include "warehouse/scalars/characters.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// American Soundex: a letter and three digits. `first_apart`: the second letter counts even when its digit is the first one's.
RowResult soundex_of(std::string_view text, bool first_apart) {
  static constexpr std::string_view k_codes = "01230120022455012623010202"; // of A … Z
  std::string out;
  char last = '0';
  for (char c : text) {
    if (!is_letter(c)) continue;
    char upper = static_cast<char>(c & ~0x20);
    char code = k_codes[static_cast<size_t>(upper - 'A')];
    if (out.empty()) {
      out += upper;
    } else if (code != '0' && code != last) {
      out += code;
      if (out.size() == 4) break;
    }
    if (upper != 'H' && upper != 'W') last = out.size() == 1 && first_apart ? '0' : code;
  }
  if (out.empty()) return "";
  out.resize(4, '0');
  return out;
}
RowResult soundex(RowArguments arguments) {
  return soundex_of(*arguments[0], false);
}
RowResult soundex_p123(RowArguments arguments) {
  return soundex_of(*arguments[0], true);
}

/// What stands between characters of `delimiters`, without empty texts. No delimiters: the whole text.
std::vector<std::string> tokens_of(std::string_view text, std::string_view delimiters) {
  auto ends = characters_of(delimiters);
  std::vector<std::string> tokens;
  bool inside = false;
  for (auto character : characters_of(text)) {
    if (std::find(ends.begin(), ends.end(), character) != ends.end()) {
      inside = false;
      continue;
    }
    if (!inside) tokens.emplace_back();
    inside = true;
    tokens.back() += character;
  }
  return tokens;
}

/// Levenshtein's distance, in characters.
size_t distance(const std::vector<std::string_view>& left, const std::vector<std::string_view>& right) {
  std::vector<size_t> row(right.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= right.size(); ++j) {
      size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[right.size()];
}

/// (text, text[, at most])
RowResult edit_distance(RowArguments arguments) {
  auto found = static_cast<long>(distance(characters_of(*arguments[0]), characters_of(*arguments[1])));
  if (arguments.size() > 2) found = std::min(found, std::max(0L, std::strtol(std::string(*arguments[2]).c_str(), nullptr, 10)));
  return std::to_string(found);
}

RowResult tokens(RowArguments arguments) {
  JsonValue out;
  out.kind = JsonValue::Kind::array;
  for (const auto& token : tokens_of(*arguments[0], *arguments[1])) out.items.push_back(JsonValue::of_string(token));
  return out.to_string();
}

RowResult strtok(RowArguments arguments) {
  long place = std::strtol(std::string(*arguments[2]).c_str(), nullptr, 10);
  if (place <= 0)
    return std::unexpected(fmt::format("Invalid parameter value: {}. Reason: must be greater than 0", *arguments[2]));
  auto found = tokens_of(*arguments[0], *arguments[1]);
  if (static_cast<size_t>(place) > found.size()) return std::nullopt;
  return found[static_cast<size_t>(place) - 1];
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
  bool has_path = true;
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    auto slash = rest.find('/');
    has_path = slash != std::string_view::npos;
    host = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  }
  auto colon = host.rfind(':'); // behind a user's name and password, which stay with the host
  if (auto user = host.rfind('@'); colon != std::string_view::npos && user != std::string_view::npos && colon < user)
    colon = std::string_view::npos;
  text_or_null("host", host.substr(0, colon));
  text_or_null("port", colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1));
  out.set("path", has_path ? JsonValue::of_string(rest) : JsonValue{});
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
    if (is_letter(c) && !delimits) c = static_cast<char>(starts ? c & ~0x20 : c | 0x20);
    out += c;
    starts = delimits;
  }
  return out;
}

/// The character of a code point.
RowResult character(RowArguments arguments) {
  const std::string text(arguments[0]->substr(0, arguments[0]->find('.')));
  const auto code = std::strtoll(text.c_str(), nullptr, 10);
  if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    return std::unexpected(fmt::format("Invalid character code {} in the CHR input", text));
  std::string out;
  append_utf8(out, static_cast<uint32_t>(code));
  return out;
}

} // namespace

engine::Result<void> register_text_functions(engine::Database& database) {
  using enum RowNulls;
  TRY(register_row_function(database, "freshet_soundex", 1, false, false, give_null, soundex));
  TRY(register_row_function(database, "freshet_soundex_p123", 1, false, false, give_null, soundex_p123));
  TRY(register_row_function(database, "freshet_edit_distance", 2, true, false, give_null, edit_distance));
  TRY(register_row_function(database, "freshet_tokens", 2, false, true, give_null, tokens));
  TRY(register_row_function(database, "freshet_strtok", 3, false, false, give_null, strtok));
  TRY(register_row_function(database, "freshet_chr", 1, false, false, give_null, character));
  TRY(register_row_function(database, "freshet_initcap", 2, false, false, give_null, initcap));
  return register_row_function(database, "freshet_parse_url", 1, true, true, give_null, parse_url);
}

} // namespace freshet::warehouse
