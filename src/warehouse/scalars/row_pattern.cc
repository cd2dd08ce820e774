#include "warehouse/scalars/row_pattern.h"

#include <fmt/format.h>

#include <charconv>

namespace freshet::warehouse {
namespace {

constexpr size_t k_places_max = 10'000;
constexpr size_t k_pairs_max = 200'000'000;
constexpr uint64_t k_steps_max = 2'000'000'000;

uint32_t number_at(std::string_view& text) {
  uint32_t value = 0;
  auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<size_t>(rest - text.data()));
  return value;
}

} // namespace

class RowPattern::Compiler {
 public:
  explicit Compiler(std::string_view text) : rest_(text) {}

  std::expected<RowPattern, std::string> run() {
    part();
    emit({Kind::accept});
    if (out_.program_.size() > k_places_max)
      return std::unexpected(fmt::format("MATCH_RECOGNIZE: the pattern has more than {} places; repeat less", k_places_max));
    return std::move(out_);
  }

 private:
  using Kind = Instruction::Kind;

  uint32_t here() const { return static_cast<uint32_t>(out_.program_.size()); }
  uint32_t emit(Instruction instruction) {
    if (out_.program_.size() <= k_places_max) out_.program_.push_back(instruction);
    return here() - 1;
  }
  std::string_view word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    auto word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool at(char close) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    return rest_.empty() || rest_[0] == close;
  }

  void part() {
    auto head = word();
    if (head == "(") {
      while (!at(')')) part();
      word();
    } else if (head == "[") {
      alternatives();
    } else if (head == "{") {
      ++hidden_;
      while (!at('}')) part();
      word();
      --hidden_;
    } else if (head == "^" || head == "$") {
      emit({head == "^" ? Kind::start : Kind::end});
    } else if (head.starts_with('q') || head.starts_with('r')) {
      repetition(head);
    } else {
      emit({Kind::symbol, number_at(head), 0, hidden_ > 0});
    }
  }

  void alternatives() {
    std::vector<uint32_t> ends;
    std::optional<uint32_t> choice;
    while (!at(']')) {
      if (choice) out_.program_[*choice].second = here();
      choice = emit({Kind::split, here() + 1});
      part();
      ends.push_back(emit({Kind::jump}));
    }
    word();
    if (choice) out_.program_[*choice].kind = Kind::jump; // the last one is no choice
    for (auto end : ends) out_.program_[end].first = here();
  }

  void repetition(std::string_view head) {
    bool reluctant = head[0] == 'r';
    head.remove_prefix(1);
    uint32_t at_least = number_at(head);
    head.remove_prefix(1);
    std::optional<uint32_t> at_most = head == "*" ? std::nullopt : std::optional(number_at(head));
    auto body = rest_;
    auto again = [&] {
      rest_ = body;
      part();
    };
    auto choice = [&] { return emit({Kind::split}); };
    auto decide = [&](uint32_t place, uint32_t inside, uint32_t outside) {
      out_.program_[place].first = reluctant ? outside : inside;
      out_.program_[place].second = reluctant ? inside : outside;
    };
    auto full = [&] { return out_.program_.size() > k_places_max; };
    for (uint32_t i = 0; i < at_least && !full(); ++i) again();
    if (!at_most) {
      uint32_t loop = choice();
      again();
      emit({Kind::jump, loop});
      decide(loop, loop + 1, here());
    } else {
      std::vector<uint32_t> choices;
      for (uint32_t i = at_least; i < *at_most && !full(); ++i) {
        choices.push_back(choice());
        again();
      }
      for (auto place : choices) decide(place, place + 1, here());
    }
    if (at_most == 0) { // the body is read, but stands for nothing
      auto size = out_.program_.size();
      again();
      out_.program_.resize(size);
    }
  }

  std::string_view rest_;
  RowPattern out_;
  int hidden_ = 0;
};

/// The search for matches in one partition.
class RowPattern::Search {
 public:
  struct Step {
    uint32_t symbol;
    bool hidden;
  };

  Search(const std::vector<Instruction>& program, const std::vector<uint64_t>& rows)
      : program_(program), rows_(rows), visited_(program.size() * (rows.size() + 1)) {}

  /// The rows of the match that begins at `start`; nullopt: there is none.
  std::expected<std::optional<std::vector<Step>>, std::string> run(size_t start) {
    failed_.push_back(false);
    path_.clear();
    waiting_.clear();
    waiting_.push_back({0, start, 0});
    while (!waiting_.empty()) {
      State state = waiting_.back();
      waiting_.pop_back();
      path_.resize(state.length);
      if (follow(state)) return path_;
      if (steps_ > k_steps_max)
        return std::unexpected(
            "MATCH_RECOGNIZE: the search for the pattern takes too many steps; partition the rows or write a stricter pattern");
    }
    failed_.back() = true;
    return std::nullopt;
  }

 private:
  using Kind = Instruction::Kind;
  struct State {
    uint32_t place;
    size_t row;
    size_t length; // of the path
  };

  /// Goes on until the pattern ends (true) or does not fit; other ways are left waiting.
  bool follow(State state) {
    for (;;) {
      ++steps_;
      auto& visit = visited_[state.row * program_.size() + state.place];
      auto attempt = static_cast<uint32_t>(failed_.size()); // from 1
      if (visit == attempt || (visit != 0 && failed_[visit - 1])) return false;
      visit = attempt;
      const auto& instruction = program_[state.place];
      switch (instruction.kind) {
        case Kind::accept:
          return true;
        case Kind::symbol:
          if (state.row == rows_.size() || ((rows_[state.row] >> instruction.first) & 1) == 0) return false;
          path_.push_back({instruction.first, instruction.hidden});
          state = {state.place + 1, state.row + 1, path_.size()};
          break;
        case Kind::split:
          waiting_.push_back({instruction.second, state.row, path_.size()});
          state.place = instruction.first;
          break;
        case Kind::jump:
          state.place = instruction.first;
          break;
        case Kind::start:
          if (state.row != 0) return false;
          ++state.place;
          break;
        case Kind::end:
          if (state.row != rows_.size()) return false;
          ++state.place;
          break;
      }
    }
  }

  const std::vector<Instruction>& program_;
  const std::vector<uint64_t>& rows_;
  std::vector<uint32_t> visited_; // by row and place: the latest attempt that came there
  std::vector<bool> failed_;      // attempts
  std::vector<State> waiting_;
  std::vector<Step> path_;
  uint64_t steps_ = 0;
};

std::expected<RowPattern, std::string> RowPattern::parse(std::string_view text) {
  return Compiler(text).run();
}

std::expected<std::vector<MatchedRow>, std::string> RowPattern::match(const std::vector<uint64_t>& rows,
                                                                      const Options& options) const {
  if (program_.size() * (rows.size() + 1) > k_pairs_max)
    return std::unexpected(
        fmt::format("MATCH_RECOGNIZE: a partition of {} rows is too large for a pattern of {} places; partition the rows",
                    rows.size(), program_.size()));
  Search search(program_, rows);
  std::vector<MatchedRow> out;
  std::vector<bool> matched(rows.size());
  int64_t number = 0;
  for (size_t start = 0; start < rows.size();) {
    auto found = search.run(start);
    if (!found) return std::unexpected(std::move(found).error());
    if (!*found) {
      ++start;
      continue;
    }
    const auto& path = **found;
    ++number;
    if (path.empty()) {
      if (!options.omits_empty) {
        out.push_back({.row = start, .match = number, .last = true});
        matched[start] = true;
      }
      ++start;
      continue;
    }
    std::optional<size_t> target;
    for (size_t i = 0; i < path.size(); ++i) {
      out.push_back({start + i, number, static_cast<int64_t>(i) + 1, static_cast<int32_t>(path[i].symbol), path[i].hidden,
                     i + 1 == path.size()});
      matched[start + i] = true;
      bool named = static_cast<int32_t>(path[i].symbol) == options.skip_symbol;
      if (named && !(target && options.skip == Skip::to_first)) target = start + i;
    }
    if (options.skip == Skip::past_last_row) target = start + path.size();
    if (options.skip == Skip::to_next_row) target = start + 1;
    if (!target) return std::unexpected("MATCH_RECOGNIZE: AFTER MATCH SKIP TO names a symbol that no row of the match has");
    if (*target == start)
      return std::unexpected("MATCH_RECOGNIZE: AFTER MATCH SKIP TO the first row of the match would find it again without end");
    start = *target;
  }
  if (options.shows_unmatched)
    for (size_t row = 0; row < rows.size(); ++row)
      if (!matched[row]) out.push_back({.row = row});
  return out;
}

} // namespace freshet::warehouse
