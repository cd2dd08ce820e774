#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "sql/words.h"

namespace freshet::sql {

enum class TokenKind : uint8_t {
  end,
  word,     // identifier or keyword
  quoted,   // "identifier"
  string,   // 'text'
  dollars,  // $$text$$
  binary,   // X'0A'
  number,   // 1, 1.5, .5, 1e-3
  position, // $1
  variable, // $name
  stage,    // @name/path, up to the next blank, bracket, comma or semicolon
  url,      // file:///path, unquoted
  symbol,   // everything else
};

struct Token {
  TokenKind kind = TokenKind::end;
  Word word; // of words and symbols, when the grammar has it
  uint32_t offset = 0;
  uint32_t length = 0;
  uint32_t line = 1;
  uint32_t column = 1;
};

/// A text cut into tokens; blanks and comments (`--`, `//`, slash-star) are gone. The last token is `end`.
/// Keeps the text, also in upper case, since keywords and unquoted identifiers are compared in that.
struct TokenList {
  std::string_view source;
  std::string upper;
  std::vector<Token> tokens;

  std::string_view text(const Token& token) const { return source.substr(token.offset, token.length); }
  std::string_view folded(const Token& token) const { return std::string_view(upper).substr(token.offset, token.length); }
};

/// Cuts `source`, which has to outlive the list. Fails on unterminated strings, comments and quoted identifiers, and on
/// characters that begin no token. Linear in time and space; texts are limited to 4 GiB.
SqlResult<TokenList> tokenize(std::string_view source);

/// What a string, dollar or quoted token says: without its quotes, escapes resolved.
std::string string_value(std::string_view token_text);
std::string quoted_value(std::string_view token_text);
std::string dollars_value(std::string_view token_text);

} // namespace freshet::sql
