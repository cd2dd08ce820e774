#include "warehouse/scalars/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.h"
#include "sql/undefined_element.h"
#include "warehouse/scalars/json_duplicates.h"

namespace freshet::warehouse {
namespace {

constexpr int k_depth_max = 1000;

class JsonReader {
 public:
  JsonReader(std::string_view text, bool allow_duplicates) : text_(text), allow_duplicates_(allow_duplicates) {}

  std::expected<JsonValue, std::string> document() {
    JsonValue value;
    skip_blanks();
    if (!read(value, 0)) return std::unexpected(problem_);
    skip_blanks();
    if (at_ < text_.size()) return std::unexpected(fmt::format("garbage after document, pos {}", at_));
    return value;
  }

 private:
  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
  }
  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  JsonValue undefined() {
    saw_undefined_ = true;
    return JsonValue::undefined();
  }

  bool read(JsonValue& value, int depth) {
    if (depth > k_depth_max) return fail("too deeply nested");
    if (at_ >= text_.size()) return fail(fmt::format("incomplete JSON value, pos {}", at_));
    char c = text_[at_];
    if (c == '{') return read_object(value, depth);
    if (c == '[') return read_array(value, depth);
    if (c == '"' || c == '\'') {
      value.kind = JsonValue::Kind::string;
      const size_t start = at_;
      if (!read_string(value.text)) return false;
      if (text_.substr(start, at_ - start) == sql::k_undefined_element) value = undefined();
      return true;
    }
    if (c == '-' || c == '+' || c == '.' || (c >= '0' && c <= '9')) return read_number(value);
    return read_word(value);
  }

  bool read_word(JsonValue& value) {
    size_t start = at_;
    while (at_ < text_.size() && ((text_[at_] | 0x20) >= 'a' && (text_[at_] | 0x20) <= 'z')) ++at_;
    auto word = text_.substr(start, at_ - start);
    std::string lower(word);
    for (char& c : lower) c = static_cast<char>(c | 0x20);
    if (lower == "null") return true;
    if (lower == "true" || lower == "false") {
      value.kind = JsonValue::Kind::boolean;
      value.text = lower;
      return true;
    }
    if (word == "undefined") {
      value = undefined();
      return true;
    }
    if (word == "NaN" || word == "Infinity") {
      value.kind = JsonValue::Kind::number;
      value.text = word;
      return true;
    }
    const bool is_bracket = word.empty() && (text_[start] == '}' || text_[start] == ']');
    if (is_bracket) return fail(fmt::format("misplaced {}, pos {}", text_[start], start + 1));
    if (word.empty()) return fail(fmt::format("unexpected character '{}', pos {}", text_[start], start));
    return fail(fmt::format("unknown keyword \"{}\", pos {}", word, at_));
  }

  bool read_number(JsonValue& value) {
    value.kind = JsonValue::Kind::number;
    size_t start = at_;
    bool negative = text_[at_] == '-';
    if (text_[at_] == '-' || text_[at_] == '+') ++at_;
    auto digits = [&] {
      size_t from = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
      return text_.substr(from, at_ - from);
    };
    auto whole = digits();
    std::string_view fraction;
    if (accept('.')) fraction = digits();
    if (whole.empty() && fraction.empty()) return fail(fmt::format("invalid number, pos {}", at_));
    bool exponent = at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E');
    if (exponent) {
      ++at_;
      if (!accept('+')) accept('-');
      if (digits().empty()) return fail(fmt::format("invalid number, pos {}", at_));
    }
    while (whole.size() > 1 && whole[0] == '0') whole.remove_prefix(1);
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (exponent || whole.size() + fraction.size() > 38) {
      std::string number(text_.substr(start, at_ - start));
      value.text = fmt::format("{:.15e}", std::strtod(number.c_str(), nullptr));
      return true;
    }
    bool is_zero = (whole.empty() || whole == "0") && fraction.empty();
    value.text = fmt::format("{}{}{}{}", negative && !is_zero ? "-" : "", whole.empty() ? "0" : whole,
                             fraction.empty() ? "" : ".", fraction);
    return true;
  }

  bool read_hex(uint32_t& code) {
    if (at_ + 4 > text_.size()) return fail(fmt::format("incomplete escape, pos {}", at_));
    code = 0;
    for (int i = 0; i < 4; ++i) {
      char c = text_[at_++];
      int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
      if (digit < 0) return fail(fmt::format("invalid hex digit, pos {}", at_));
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  bool read_string(std::string& out) {
    char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) break;
      c = text_[at_++];
      static constexpr std::string_view k_letters = "bfnrt", k_meaning = "\b\f\n\r\t";
      if (auto found = k_letters.find(c); found != std::string_view::npos) {
        out += k_meaning[found];
      } else if (c == 'u') {
        uint32_t code = 0, low = 0;
        if (!read_hex(code)) return false;
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
          at_ += 2;
          if (!read_hex(low)) return false;
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(out, code);
      } else {
        out += c;
      }
    }
    if (!accept(quote)) return fail(fmt::format("unterminated string, pos {}", at_));
    return true;
  }

  bool read_array(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::array;
    ++at_;
    skip_blanks();
    if (accept(']')) return true;
    for (;;) {
      skip_blanks();
      value.items.emplace_back();
      if (at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ']')) { // [1,,2]
        value.items.back() = undefined();
      } else if (!read(value.items.back(), depth + 1)) {
        return false;
      }
      skip_blanks();
      if (accept(']')) return true;
      if (!accept(',')) return fail(fmt::format("missing comma, pos {}", at_));
    }
  }

  /// A key without quotes: a letter, `_` or `$`, then digits too.
  std::string bare_key() {
    size_t start = at_;
    auto fits = [&](char c) {
      bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '$';
      return letter || (at_ > start && c >= '0' && c <= '9');
    };
    while (at_ < text_.size() && fits(text_[at_])) ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  bool read_object(JsonValue& value, int depth) {
    value.kind = JsonValue::Kind::object;
    ++at_;
    std::vector<std::pair<std::string, JsonValue>> fields;
    skip_blanks();
    if (!accept('}')) {
      for (;;) {
        skip_blanks();
        if (!fields.empty() && accept('}')) break; // {"a": 1,}
        auto& [key, field] = fields.emplace_back();
        bool quoted = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
        if (!quoted) key = bare_key();
        if (!quoted && key.empty())
          return fail(fmt::format("misplaced {}, pos {}", at_ < text_.size() ? fmt::format("'{}'", text_[at_]) : "end", at_));
        if (quoted && !read_string(key)) return false;
        skip_blanks();
        if (!accept(':')) return fail(fmt::format("missing colon, pos {}", at_));
        skip_blanks();
        if (!read(field, depth + 1)) return false;
        if (saw_undefined_) field.settle();
        skip_blanks();
        if (accept('}')) break;
        if (!accept(',')) return fail(fmt::format("missing comma, pos {}", at_));
      }
    }
    std::stable_sort(fields.begin(), fields.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (size_t i = 0; i < fields.size(); ++i) {
      const bool is_double = i + 1 < fields.size() && fields[i].first == fields[i + 1].first;
      if (is_double && allow_duplicates_) continue;
      if (is_double) return fail(fmt::format("duplicate object attribute \"{}\", pos {}", fields[i].first, at_));
      value.keys.push_back(std::move(fields[i].first));
      value.items.push_back(std::move(fields[i].second));
    }
    return true;
  }

  std::string_view text_;
  const bool allow_duplicates_;
  size_t at_ = 0;
  bool saw_undefined_ = false;
  std::string problem_;
};

} // namespace

std::expected<JsonValue, std::string> JsonValue::parse(std::string_view text) {
  return JsonReader(text, false).document();
}

std::expected<JsonValue, std::string> parse_json_with_duplicates(std::string_view text) {
  return JsonReader(text, true).document();
}

JsonValue JsonValue::of_string(std::string_view text) {
  JsonValue value;
  value.kind = Kind::string;
  value.text = text;
  return value;
}

void JsonValue::settle() {
  if (kind == Kind::undefined) *this = {};
  for (auto& item : items) item.settle();
}

JsonValue JsonValue::undefined() {
  JsonValue value;
  value.kind = Kind::undefined;
  return value;
}

JsonValue JsonValue::of_integer(int64_t number) {
  JsonValue value;
  value.kind = Kind::number;
  value.text = std::to_string(number);
  return value;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\b') {
      out += "\\b";
    } else if (c == '\f') {
      out += "\\f";
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void JsonValue::append_to(std::string& out) const {
  switch (kind) {
    case Kind::null:
      out += "null";
      break;
    case Kind::undefined:
      out += sql::k_undefined_element;
      break;
    case Kind::boolean:
    case Kind::number:
      out += text;
      break;
    case Kind::string:
      append_json_string(out, text);
      break;
    case Kind::array:
    case Kind::object: {
      bool object = kind == Kind::object;
      out += object ? '{' : '[';
      for (size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ',';
        if (object) {
          append_json_string(out, keys[i]);
          out += ':';
        }
        items[i].append_to(out);
      }
      out += object ? '}' : ']';
    }
  }
}

std::string JsonValue::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

std::string_view JsonValue::type_name() const {
  switch (kind) {
    case Kind::null:
    case Kind::undefined:
      return "NULL_VALUE";
    case Kind::boolean:
      return "BOOLEAN";
    case Kind::number:
      return text.find_first_of("eNI") != std::string::npos ? "DOUBLE"
             : text.find('.') != std::string::npos          ? "DECIMAL"
                                                            : "INTEGER";
    case Kind::string:
      return "VARCHAR";
    case Kind::array:
      return "ARRAY";
    case Kind::object:
      return "OBJECT";
  }
  return "NULL_VALUE";
}

const JsonValue* JsonValue::find(std::string_view key) const {
  if (kind != Kind::object) return nullptr;
  auto found = std::lower_bound(keys.begin(), keys.end(), key);
  return found == keys.end() || *found != key ? nullptr : &items[static_cast<size_t>(found - keys.begin())];
}

void JsonValue::set(std::string key, JsonValue value) {
  auto found = std::lower_bound(keys.begin(), keys.end(), key);
  auto place = items.begin() + (found - keys.begin());
  if (found != keys.end() && *found == key) {
    *place = std::move(value);
  } else {
    items.insert(place, std::move(value));
    keys.insert(found, std::move(key));
  }
}

int JsonValue::compare(const JsonValue& other) const {
  if (kind != other.kind) return kind < other.kind ? -1 : 1;
  if (kind == Kind::number) {
    double left = std::strtod(text.c_str(), nullptr), right = std::strtod(other.text.c_str(), nullptr);
    if (left != right) return left < right ? -1 : 1;
    return text.size() == other.text.size() ? text.compare(other.text) : 0;
  }
  if (kind == Kind::array || kind == Kind::object) {
    for (size_t i = 0; i < std::min(items.size(), other.items.size()); ++i) {
      if (kind == Kind::object && keys[i] != other.keys[i]) return keys[i] < other.keys[i] ? -1 : 1;
      if (int order = items[i].compare(other.items[i])) return order;
    }
    return items.size() == other.items.size() ? 0 : items.size() < other.items.size() ? -1 : 1;
  }
  return text.compare(other.text);
}

} // namespace freshet::warehouse
