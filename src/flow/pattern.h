#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace freshet::flow {

/// A regular expression as Java writes them. Matching that would run away (catastrophic backtracking) counts as no match.
/// Copies are cheap and share the compiled form; may be used from any thread.
class Pattern {
 public:
  static Result<Pattern> compile(std::string_view expression);

  bool matches(std::string_view text) const; // the whole text
  bool found_in(std::string_view text) const;
  /// `$1` in the replacement is the first group.
  std::string replace_all(std::string_view text, std::string_view replacement) const;
  std::string replace_first(std::string_view text, std::string_view replacement) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

} // namespace freshet::flow
