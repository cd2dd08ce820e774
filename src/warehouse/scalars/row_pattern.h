#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::warehouse {

/// A row of a partition in a match. An empty match has one, without sequence and symbol: where it stands.
struct MatchedRow {
  size_t row = 0;       // in the partition, from 0
  int64_t match = 0;    // from 1; 0: the row belongs to none
  int64_t sequence = 0; // in the match, from 1; 0: none
  int32_t symbol = -1;
  bool hidden = false; // within {- -}
  bool last = false;   // of its match
};

/// A pattern of MATCH_RECOGNIZE, matched as regular expressions are: from each row on, the preferred alternative first.
///
/// Its text is made of parts in prefix form: a symbol's number, `( a b )`, `[ a b ]` (alternatives), `{ a }` (hidden), `^`,
/// `$`, `q2,5 a` (repeated greedily; `*`: without bound), `r2,5 a` (reluctantly). Time and memory: an attempt visits each place
/// of the pattern at each row once at most, and what failed is not tried again from another row. Limits: 10,000 places, 200
/// million pairs of place and row in a partition, two billion steps.
class RowPattern {
 public:
  enum class Skip { past_last_row, to_next_row, to_first, to_last };
  struct Options {
    Skip skip = Skip::past_last_row;
    int32_t skip_symbol = -1;
    bool omits_empty = false;
    bool shows_unmatched = false;
  };

  static std::expected<RowPattern, std::string> parse(std::string_view text);

  /// `rows`: for each row of the partition a bit per symbol whose condition it meets.
  std::expected<std::vector<MatchedRow>, std::string> match(const std::vector<uint64_t>& rows, const Options& options) const;

 private:
  /// What the matcher does at a place of the pattern.
  struct Instruction {
    enum class Kind { symbol, split, jump, start, end, accept };
    Kind kind = Kind::accept;
    uint32_t first = 0;  // the symbol; the place to go to, of split the preferred one
    uint32_t second = 0; // of split
    bool hidden = false;
  };
  class Compiler;
  class Search;

  std::vector<Instruction> program_;
};

} // namespace freshet::warehouse
