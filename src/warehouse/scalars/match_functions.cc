// What MATCH_RECOGNIZE is printed with.
#include <fmt/format.h>

#include <charconv>

#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/row_pattern.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

RowPattern::Options options_of(std::string_view text) {
  RowPattern::Options options;
  for (size_t i = 0; i < text.size(); ++i) {
    using enum RowPattern::Skip;
    if (text[i] == 'O') options.omits_empty = true;
    if (text[i] == 'U') options.shows_unmatched = true;
    if (text[i] == 'N') options.skip = to_next_row;
    if (text[i] != 'F' && text[i] != 'L') continue;
    options.skip = text[i] == 'F' ? to_first : to_last;
    std::from_chars(text.data() + i + 1, text.data() + text.size(), options.skip_symbol);
  }
  return options;
}

/// (pattern, options, conditions of a partition's rows as numbers between blanks): the rows of its matches as a JSON list.
RowResult match_rows(RowArguments arguments) {
  auto pattern = RowPattern::parse(*arguments[0]);
  if (!pattern) return std::unexpected(std::move(pattern).error());
  std::vector<uint64_t> rows;
  std::string_view text = *arguments[2];
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    uint64_t bits = 0;
    auto [rest, error] = std::from_chars(at, end, bits);
    if (error != std::errc()) return std::unexpected("freshet_match_rows: conditions are numbers between blanks");
    rows.push_back(bits);
    at = rest + 1;
  }
  auto found = pattern->match(rows, options_of(*arguments[1]));
  if (!found) return std::unexpected(std::move(found).error());
  std::string out = "[";
  for (const auto& row : *found) {
    fmt::format_to(std::back_inserter(out), R"({}{{"i":{},"x":{},"l":{})", out.size() > 1 ? "," : "", row.row, row.hidden,
                   row.last);
    if (row.match > 0) fmt::format_to(std::back_inserter(out), R"(,"m":{})", row.match);
    if (row.sequence > 0) fmt::format_to(std::back_inserter(out), R"(,"s":{},"c":{})", row.sequence, row.symbol + 1);
    out += '}';
  }
  return out + "]";
}

} // namespace

engine::Result<void> register_match_functions(engine::Database& database) {
  static constexpr RowFunction k_functions[] = {{"freshet_match_rows", 3, false, false, RowNulls::give_null, match_rows}};
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
