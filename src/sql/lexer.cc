#include "sql/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/utf8.h"

namespace freshet::sql {
namespace {

enum CharacterClass : uint8_t { k_blank = 1, k_word_start = 2, k_word = 4, k_digit = 8 };

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
    bool digit = c >= '0' && c <= '9';
    classes[c] = (c == ' ' || (c >= '\t' && c <= '\r') ? k_blank : 0) | (letter ? k_word_start | k_word : 0) |
                 (digit ? k_word | k_digit : 0) | (c == '$' ? k_word : 0);
  }
  return classes;
}
constexpr auto k_classes = make_classes();

bool is(char c, CharacterClass wanted) {
  return (k_classes[static_cast<uint8_t>(c)] & wanted) != 0;
}
constexpr char upper_of(char c) {
  const bool is_lower = static_cast<uint8_t>(c - 'a') < 26;
  return static_cast<char>(c - (is_lower ? 'a' - 'A' : 0));
}

/// `text` in upper case, in blocks of constant length: those become vector instructions.
void fold(std::string_view text, char* out) {
  constexpr size_t k_block = 32;
  size_t done = 0;
  for (; done + k_block <= text.size(); done += k_block) {
    for (size_t i = 0; i < k_block; ++i) out[done + i] = upper_of(text[done + i]);
  }
  std::transform(text.begin() + done, text.end(), out + done, upper_of);
}

constexpr std::array<Word, 256> make_single_signs() {
  std::array<Word, 256> signs{};
  for (int c = 1; c < 128; ++c) {
    const char text = static_cast<char>(c);
    signs[c] = Word::of({&text, 1});
  }
  return signs;
}
constexpr auto k_single_signs = make_single_signs();

/// Scans the text in upper case, whose closing NUL ends every run of blanks, digits and the like. After a failure the cursor
/// stands at the end, so that nothing more is read.
class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {
    list_.source = source;
    list_.upper.resize_and_overwrite(source.size(), [source](char* out, size_t) { // which may be given more than it asked for
      fold(source, out);
      return source.size();
    });
    upper_ = list_.upper.c_str();
    list_.tokens.reserve(source.size() / 5 + 2);
  }

  SqlResult<TokenList> run() {
    if (source_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (skip_blanks_and_comments()) next();
    if (error_) return fail(std::move(*error_));
    add(TokenKind::end, at_);
    return std::move(list_);
  }

 private:
  /// One character further than what has been seen to be no NUL.
  char peek(size_t ahead) const { return upper_[at_ + ahead]; }

  void count_line(size_t newline) {
    ++line_;
    line_start_ = newline + 1;
  }

  /// False at the end of the text.
  bool skip_blanks_and_comments() {
    for (;;) {
      while (upper_[at_] == ' ') ++at_;
      char c = upper_[at_];
      if (is(c, k_blank)) {
        if (c == '\n') count_line(at_);
        ++at_;
      } else if ((c == '-' && peek(1) == '-') || (c == '/' && peek(1) == '/')) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (c == '/' && peek(1) == '*') {
        skip_block_comment();
      } else if (c == '\xC2' && peek(1) == '\xA0') { // a no-break space, pasted from a web page
        at_ += 2;
      } else {
        return at_ < source_.size();
      }
    }
  }

  void skip_block_comment() {
    size_t close = source_.find("*/", at_ + 2);
    if (close == source_.npos) return unterminated("comment");
    skip_lines(close);
    at_ = close + 2;
  }

  /// Counts the lines up to `end`; `at_` stays.
  void skip_lines(size_t end) {
    for (size_t i = at_; i < end; ++i) { // find would run on to a newline far behind `end`
      if (source_[i] == '\n') count_line(i);
    }
  }

  void unterminated(std::string_view what) {
    auto column = static_cast<uint32_t>(at_ - line_start_);
    error_ = Error(1003, "42000",
                   fmt::format("SQL compilation error:\nparse error line {} at position {} near '<EOF>': unterminated {}.",
                               line_, column, what),
                   line_, column);
    at_ = source_.size();
  }

  void add(TokenKind kind, size_t end, Word word = {}) {
    list_.tokens.push_back({kind, word, static_cast<uint32_t>(at_), static_cast<uint32_t>(end - at_), line_,
                            static_cast<uint32_t>(at_ - line_start_ + 1)});
    at_ = end;
  }

  size_t end_of(CharacterClass wanted, size_t from) const {
    while (is(upper_[from], wanted)) ++from;
    return from;
  }

  void next() {
    char c = upper_[at_];
    if (is(c, k_word_start)) return word();
    if (is(c, k_digit) || (c == '.' && is(peek(1), k_digit) && !after_name())) return number();
    switch (c) {
      case '\'':
        return quoted_text(TokenKind::string, '\'', true, at_, "string");
      case '"':
        return quoted_text(TokenKind::quoted, '"', false, at_, "quoted identifier");
      case '$':
        return dollar();
      case '@':
        return stage();
      default:
        return symbol();
    }
  }

  /// Whether a `.` here continues a name: `t.1` does not exist, but `$1.2` and `a].5` are no numbers either.
  bool after_name() const {
    if (list_.tokens.empty()) return false;
    const Token& last = list_.tokens.back();
    return last.offset + last.length == at_ && (last.kind == TokenKind::word || last.kind == TokenKind::quoted);
  }

  /// What may stand without quotes in PUT, GET and COPY INTO.
  static bool is_url_scheme(std::string_view word) {
    return word == "FILE" || word == "S3" || word == "S3GOV" || word == "S3CHINA" || word == "GCS" || word == "AZURE";
  }

  void word() {
    size_t end = end_of(k_word, at_);
    if (end == at_ + 1 && upper_[at_] == 'X' && upper_[end] == '\'') {
      return quoted_text(TokenKind::binary, '\'', false, end, "binary literal");
    }
    if (source_.substr(end, 3) == "://" && is_url_scheme({upper_ + at_, end - at_})) {
      while (end < source_.size() && !is(source_[end], k_blank) && source_[end] != ';') ++end;
      return add(TokenKind::url, end);
    }
    add(TokenKind::word, end, Word::of({upper_ + at_, end - at_}));
  }

  void number() {
    size_t end = end_of(k_digit, at_);
    if (upper_[end] == '.') end = end_of(k_digit, end + 1);
    if (upper_[end] == 'E') {
      size_t exponent = end + 1;
      if (upper_[exponent] == '+' || upper_[exponent] == '-') ++exponent;
      if (is(upper_[exponent], k_digit)) end = end_of(k_digit, exponent);
    }
    add(TokenKind::number, end);
  }

  /// A doubled quote stands for itself; so does an escaped one where `escapes`.
  void quoted_text(TokenKind kind, char quote, bool escapes, size_t open, std::string_view what) {
    size_t i = open + 1;
    for (; i < source_.size(); ++i) {
      if (escapes && source_[i] == '\\') {
        ++i;
      } else if (source_[i] == quote) {
        if (i + 1 >= source_.size() || source_[i + 1] != quote) break;
        ++i;
      }
    }
    if (i >= source_.size()) return unterminated(what);
    add_long(kind, i + 1);
  }

  /// A token that may span lines.
  void add_long(TokenKind kind, size_t end) {
    size_t start = at_;
    add(kind, end);
    at_ = start;
    skip_lines(end);
    at_ = end;
  }

  void dollar() {
    if (peek(1) == '$') {
      size_t close = source_.find("$$", at_ + 2);
      if (close == source_.npos) return unterminated("$$ string");
      return add_long(TokenKind::dollars, close + 2);
    }
    bool position = is(peek(1), k_digit);
    size_t end = end_of(position ? k_digit : k_word, at_ + 1);
    if (end == at_ + 1) return symbol();
    add(position ? TokenKind::position : TokenKind::variable, end);
  }

  void stage() {
    size_t end = at_ + 1;
    for (; end < source_.size(); ++end) {
      char c = source_[end];
      if (c == '"') {
        end = source_.find('"', end + 1);
        if (end == source_.npos) return unterminated("quoted identifier");
      } else if (is(c, k_blank) || c == '(' || c == ')' || c == ',' || c == ';' || c == '\'') {
        break;
      }
    }
    add(TokenKind::stage, end);
  }

  /// A sign that means nothing fails the statement that it stands in, not the whole script.
  void symbol() {
    const size_t length = sign_length();
    const Word sign = length == 1 ? k_single_signs[static_cast<uint8_t>(upper_[at_])] : Word::of(source_.substr(at_, length));
    add(TokenKind::symbol, at_ + length, sign);
  }

  size_t sign_length() const {
    const char second = peek(1);
    switch (upper_[at_]) {
      case ':':
        return second == ':' || second == '=' ? 2 : 1;
      case '<':
        return second == '>' || second == '=' ? 2 : 1;
      case '>':
      case '!':
        return second == '=' ? 2 : 1;
      case '=':
        return second == '>' ? 2 : 1;
      case '|':
        return second == '|' ? 2 : 1;
      case '-':
        if (second != '>') return 1;
        return peek(2) == '>' ? 3 : 2;
      default:
        return 1;
    }
  }

  std::string_view source_;
  TokenList list_;
  const char* upper_ = nullptr; // list_.upper
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  std::optional<Error> error_;
};

int digit_value(char c, int base) {
  int value = c >= '0' && c <= '9' ? c - '0' : upper_of(c) >= 'A' && upper_of(c) <= 'F' ? upper_of(c) - 'A' + 10 : 99;
  return value < base ? value : -1;
}

/// Resolves the escape whose backslash stands at `i`; leaves `i` at its last character.
void append_escape(std::string& out, std::string_view text, size_t& i) {
  auto digits = [&](size_t from, size_t count_max, int base, size_t count_min) -> bool {
    uint32_t value = 0;
    size_t count = 0;
    while (count < count_max && from + count < text.size() && digit_value(text[from + count], base) >= 0) {
      value = value * base + digit_value(text[from + count++], base);
    }
    if (count < count_min) return false;
    append_utf8(out, value);
    i = from + count - 1;
    return true;
  };
  char c = text[++i];
  switch (c) {
    case 'b':
      out += '\b';
      return;
    case 'f':
      out += '\f';
      return;
    case 'n':
      out += '\n';
      return;
    case 'r':
      out += '\r';
      return;
    case 't':
      out += '\t';
      return;
    case 'x':
      if (!digits(i + 1, 2, 16, 2)) out += c;
      return;
    case 'u':
      if (!digits(i + 1, 4, 16, 4)) out += c;
      return;
    default:
      if (digit_value(c, 8) >= 0) {
        digits(i, 3, 8, 1);
      } else {
        out += c;
      }
  }
}

} // namespace

SqlResult<TokenList> tokenize(std::string_view source) {
  if (source.size() >= std::numeric_limits<uint32_t>::max())
    return fail(Error(1003, "42000", "SQL compilation error: the text is too long."));
  return Lexer(source).run();
}

std::string string_value(std::string_view token_text) {
  std::string_view text = token_text.substr(1, token_text.size() - 2);
  if (text.find_first_of("'\\") == text.npos) return std::string(text);
  std::string value;
  value.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      append_escape(value, text, i);
    } else {
      if (text[i] == '\'') ++i; // the first of two
      if (i < text.size()) value += text[i];
    }
  }
  return value;
}

std::string quoted_value(std::string_view token_text) {
  std::string_view text = token_text.substr(1, token_text.size() - 2);
  std::string value;
  value.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') ++i;
    if (i < text.size()) value += text[i];
  }
  return value;
}

std::string dollars_value(std::string_view token_text) {
  return std::string(token_text.substr(2, token_text.size() - 4));
}

} // namespace freshet::sql
