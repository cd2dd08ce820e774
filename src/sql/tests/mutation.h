#pragma once

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::sql::testing {

/// Makes faulty texts of good ones: tokens swapped, dropped, doubled, replaced and spliced in from other texts, texts cut off,
/// bytes thrown in, brackets and operators nested deep. The same seed gives the same texts.
class Mutator {
 public:
  Mutator(std::vector<std::string> corpus, uint64_t seed);

  /// A text of the corpus with one to so many changes. A single one mostly parses still, and fails later or not at all.
  std::string next(size_t changes_max = 4);

 private:
  std::string change(const std::string& text);
  std::string change_tokens(std::vector<std::string> pieces);
  std::string change_bytes(std::string text);
  std::string nested(const std::string& text);
  const std::string& any_text() { return corpus_[below(corpus_.size())]; }
  std::string any_token();
  std::string token_like(const std::string& token);
  size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }

  std::vector<std::string> corpus_;
  std::mt19937_64 random_;
};

/// What is wrong with how the parser and the printer treat the text; empty when all is well: an error stands inside the text
/// and has a code, and a tree comes back from its printed text.
std::string problem_with(std::string_view text);

} // namespace freshet::sql::testing
