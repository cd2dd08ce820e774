// MATCH_RECOGNIZE. The engine computes each symbol's condition for each row, freshet_match_rows finds the matches in the
// conditions of a partition's rows, and the engine computes MEASURES as functions of windows over the rows of each match.
// Time: a sort of the rows, and the steps of the pattern (warehouse/scalars/row_pattern.h).
#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_text.h"
#include "sql/expression_walk.h"

namespace freshet::sql {
namespace {

constexpr size_t k_symbols_max = 60;    // a row's conditions are bits of a BIGINT
constexpr size_t k_permutation_max = 6; // 720 alternatives
constexpr std::string_view k_row = "$row", k_partition = "$partition", k_match = "$match", k_sequence = "$sequence",
                           k_symbol = "$symbol";

Expression column(std::string_view name) {
  QualifiedName qualified;
  qualified.parts.push_back({std::string(name), true, {}});
  return {ColumnReference{std::move(qualified)}, {}};
}

Expression equals(Expression left, std::string_view text) {
  return {Binary{BinaryOperator::equal, std::move(left), Expression{StringLiteral{std::string(text)}, {}}}, {}};
}

Expression when(Expression condition, Expression value) {
  Case choice;
  choice.branches.push_back({std::move(condition), std::move(value)});
  return {std::move(choice), {}};
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

Window ordered_rows(std::initializer_list<std::string_view> partition, std::string_view order) {
  Window window;
  for (auto name : partition) window.partition_by.push_back(column(name));
  window.order_by.push_back({column(order), std::nullopt, std::nullopt});
  return window;
}

} // namespace

class MatchText {
 public:
  MatchText(EngineText& text, const MatchRecognize& match) : text_(text), match_(match) {}

  std::string print();

 private:
  using Output = MatchRecognize::Output;

  void refuse(std::string_view what, const SourceRange& range) {
    text_.unsupported(fmt::format("MATCH_RECOGNIZE with {}", what), range);
  }
  std::string pattern(const RowPattern& pattern);
  std::string factor(const RowPattern& pattern);
  std::string permutations(const RowPattern& pattern);
  size_t symbol_number(const Identifier& name);
  bool is_symbol(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }
  std::optional<std::string> symbol_in(Expression& value);
  void condition(Expression& value, const Identifier& symbol);
  bool condition_call(FunctionCall& call, Expression& value, const Identifier& symbol);
  void measure(Expression& value);
  bool measure_call(FunctionCall& call, Expression& value);
  void step(FunctionCall& call, Expression& value);
  void choose(Expression& value, Expression argument, bool first, MatchRows rows);
  Window rows_of_match(MatchRows rows) const;
  std::string conditions();
  std::string options() const;

  EngineText& text_;
  const MatchRecognize& match_;
  std::vector<std::string> names_;                        // of the symbols of the pattern
  std::vector<std::pair<std::string, Expression>> steps_; // columns of PREV and NEXT
};

size_t MatchText::symbol_number(const Identifier& name) {
  auto found = std::ranges::find(names_, name.name);
  if (found != names_.end()) return static_cast<size_t>(found - names_.begin());
  if (names_.size() == k_symbols_max) refuse(fmt::format("more than {} symbols", k_symbols_max), name.range);
  names_.push_back(name.name);
  return names_.size() - 1;
}

/// The pattern in the language of freshet_match_rows: prefix operators, parts and symbols' numbers.
std::string MatchText::pattern(const RowPattern& pattern) {
  if (pattern.at_least == 1 && pattern.at_most == 1) return factor(pattern);
  return fmt::format("{}{},{} {}", pattern.reluctant ? "r" : "q", pattern.at_least,
                     pattern.at_most ? std::to_string(*pattern.at_most) : "*", factor(pattern));
}

std::string MatchText::factor(const RowPattern& pattern) {
  using enum RowPattern::Kind;
  auto parts = [&](std::string_view open, std::string_view close) {
    std::string text(open);
    for (const auto& part : pattern.parts) text += " " + this->pattern(part);
    return text.append(" ").append(close);
  };
  switch (pattern.kind) {
    case symbol:
      return std::to_string(symbol_number(pattern.symbol));
    case sequence:
      return parts("(", ")");
    case alternation:
      return parts("[", "]");
    case exclusion:
      return parts("{", "}");
    case permutation:
      return permutations(pattern);
    case start:
      return "^";
    case end:
      return "$";
  }
  return {};
}

std::string MatchText::permutations(const RowPattern& pattern) {
  if (pattern.parts.size() > k_permutation_max) {
    refuse(fmt::format("PERMUTE of more than {} parts", k_permutation_max), match_.pattern.symbol.range);
    return {};
  }
  std::vector<std::string> parts;
  std::vector<size_t> order;
  for (const auto& part : pattern.parts) {
    order.push_back(parts.size());
    parts.push_back(this->pattern(part));
  }
  std::string text = "[";
  do {
    text += " (";
    for (size_t i : order) text += " " + parts[i];
    text += " )";
  } while (std::ranges::next_permutation(order).found);
  return text + " ]";
}

/// The symbol in front of the columns of an expression, taken off; at most one. Names of tables are taken off, too.
std::optional<std::string> MatchText::symbol_in(Expression& value) {
  std::optional<std::string> symbol;
  auto note = [&](QualifiedName& name, bool keeps_last) {
    if (name.parts.size() <= (keeps_last ? 1U : 0U)) return;
    auto qualifier = name.parts[name.parts.size() - (keeps_last ? 2 : 1)];
    if (is_symbol(qualifier.name)) {
      if (symbol && *symbol != qualifier.name) refuse("columns of two symbols in one function", name.range);
      symbol = qualifier.name;
    }
    name.parts.erase(name.parts.begin(), name.parts.end() - (keeps_last ? 1 : 0));
  };
  walk_expressions(value, [&](Expression& part) {
    if (auto* reference = part.as<ColumnReference>()) note(reference->name, true);
    if (auto* star = part.as<Star>()) note(star->table, false);
    return false;
  });
  return symbol;
}

// ---- DEFINE

void MatchText::condition(Expression& value, const Identifier& symbol) {
  walk_expressions(value, [&](Expression& part) {
    if (auto* reference = part.as<ColumnReference>()) {
      auto& parts = reference->name.parts;
      if (parts.size() > 1 && is_symbol(parts[parts.size() - 2].name) && parts[parts.size() - 2].name != symbol.name)
        refuse(fmt::format("{}.{} in the definition of another symbol", parts[parts.size() - 2].name, parts.back().name),
               reference->name.range);
      if (parts.size() > 1) parts.erase(parts.begin(), parts.end() - 1);
      return true;
    }
    auto* call = part.as<FunctionCall>();
    return call != nullptr && condition_call(*call, part, symbol);
  });
}

/// Functions see the partition's rows; what sees the match so far is not known before it is found.
bool MatchText::condition_call(FunctionCall& call, Expression& value, const Identifier& symbol) {
  std::string name(call.name.last());
  if (is_one_of(name, {"PREV", "NEXT", "LAG", "LEAD"})) {
    for (auto& argument : call.arguments) condition(argument.value, symbol);
    if (name == "PREV") call.name.parts.back().name = "LAG";
    if (name == "NEXT") call.name.parts.back().name = "LEAD";
    call.over = ordered_rows({k_partition}, k_row);
    return true;
  }
  if (name == "LAST" && call.arguments.size() == 1) { // the current row is the last one so far
    Expression current = std::move(call.arguments[0].value);
    condition(current, symbol);
    value = std::move(current);
    return true;
  }
  const auto* rule = find_function(name);
  bool of_match = is_one_of(name, {"FIRST", "LAST", "CLASSIFIER", "MATCH_NUMBER", "MATCH_SEQUENCE_NUMBER"});
  if (!of_match && (rule == nullptr || !is_aggregate(*rule))) return false;
  if (of_match || !call.over || !call.over->frame) {
    refuse(fmt::format("{}() of the match so far in DEFINE (write a frame: OVER (ROWS BETWEEN …), or use LAG)", name),
           call.name.range);
    return true;
  }
  for (auto& argument : call.arguments) condition(argument.value, symbol);
  Window window = ordered_rows({k_partition}, k_row);
  window.frame = std::move(call.over->frame);
  call.over = std::move(window);
  return true;
}

/// A number with a bit for each symbol whose condition holds.
std::string MatchText::conditions() {
  std::string sum;
  for (size_t i = 0; i < names_.size(); ++i) {
    auto defined = std::ranges::find(match_.symbols, names_[i], [](const MatchSymbol& symbol) { return symbol.name.name; });
    sum += i > 0 ? " + " : "";
    if (defined == match_.symbols.end()) { // holds for every row
      sum += fmt::format("CAST({} AS BIGINT)", int64_t{1} << i);
      continue;
    }
    Expression value = defined->condition;
    condition(value, defined->name);
    sum += fmt::format("CASE WHEN {} THEN CAST({} AS BIGINT) ELSE 0 END", text_.boolean_of(value), int64_t{1} << i);
  }
  return sum;
}

// ---- MEASURES

Window MatchText::rows_of_match(MatchRows rows) const {
  bool whole = rows == MatchRows::final || (rows == MatchRows::unspecified && match_.output == Output::one_row);
  Window window = ordered_rows({k_partition, k_match}, k_sequence);
  window.frame =
      WindowFrame{WindowFrame::Unit::rows,
                  {FrameBound::Kind::unbounded_preceding, nullptr},
                  FrameBound{whole ? FrameBound::Kind::unbounded_following : FrameBound::Kind::current_row, nullptr}};
  return window;
}

/// The argument's value in the first or last row of the match, or of those with its symbol.
void MatchText::choose(Expression& value, Expression argument, bool first, MatchRows rows) {
  auto symbol = symbol_in(argument);
  measure(argument);
  Expression key = column(k_sequence);
  if (symbol) key = when(equals(column(k_symbol), *symbol), std::move(key));
  FunctionCall call;
  call.name.parts.push_back({first ? "MIN_BY" : "MAX_BY", false, {}});
  call.arguments.push_back({std::nullopt, std::move(argument)});
  call.arguments.push_back({std::nullopt, std::move(key)});
  call.over = rows_of_match(rows);
  value.node = std::move(call);
}

/// PREV and NEXT go from a row of the match to rows of the partition: a column of every row.
void MatchText::step(FunctionCall& call, Expression& value) {
  std::string_view direction = is_one_of(call.name.last(), {"PREV", "LAG"}) ? "LAG" : "LEAD";
  Expression argument = std::move(call.arguments[0].value);
  std::optional<bool> first; // PREV(FIRST(x)) is FIRST(PREV(x))
  MatchRows rows = MatchRows::unspecified;
  if (auto* inner = argument.as<FunctionCall>();
      inner && is_one_of(inner->name.last(), {"FIRST", "LAST"}) && inner->arguments.size() == 1) {
    first = inner->name.last() == "FIRST";
    rows = inner->match_rows;
    Expression operand = std::move(inner->arguments[0].value);
    argument = std::move(operand);
  }
  auto symbol = symbol_in(argument);
  call.arguments[0].value = std::move(argument);
  call.name.parts = {{std::string(direction), false, {}}};
  call.over = ordered_rows({k_partition}, k_row);
  std::string name = fmt::format("$step{}", steps_.size());
  Expression moved{std::move(call), value.range};
  steps_.emplace_back(name, std::move(moved));
  value = column(name);
  if (!first && !symbol) return;
  if (symbol)
    value.as<ColumnReference>()->name.parts.insert(value.as<ColumnReference>()->name.parts.begin(), {*symbol, true, {}});
  Expression at_step = std::move(value);
  choose(value, std::move(at_step), first.value_or(false), rows);
}

void MatchText::measure(Expression& value) {
  walk_expressions(value, [&](Expression& part) {
    if (auto* reference = part.as<ColumnReference>()) {
      auto& parts = reference->name.parts;
      if (parts.size() < 2) return true;
      Expression named = part;
      if (is_symbol(parts[parts.size() - 2].name))
        choose(part, std::move(named), false, MatchRows::unspecified);
      else
        parts.erase(parts.begin(), parts.end() - 1);
      return true;
    }
    auto* call = part.as<FunctionCall>();
    return call != nullptr && measure_call(*call, part);
  });
}

bool MatchText::measure_call(FunctionCall& call, Expression& value) {
  std::string name(call.name.last());
  if (name == "CLASSIFIER" || name == "MATCH_NUMBER" || name == "MATCH_SEQUENCE_NUMBER") {
    if (!call.arguments.empty()) refuse(name + "() with an argument", call.name.range);
    value = column(name == "CLASSIFIER" ? k_symbol : name == "MATCH_NUMBER" ? k_match : k_sequence);
    return true;
  }
  if (is_one_of(name, {"PREV", "NEXT", "LAG", "LEAD"}) && !call.arguments.empty()) {
    FunctionCall moved = std::move(call);
    step(moved, value);
    return true;
  }
  if (is_one_of(name, {"FIRST", "LAST", "FIRST_VALUE", "LAST_VALUE"})) {
    if (call.arguments.size() != 1) refuse(name + "() with an offset", call.name.range);
    if (call.arguments.empty()) return true;
    Expression argument = std::move(call.arguments[0].value);
    MatchRows rows = call.match_rows;
    choose(value, std::move(argument), name.starts_with("FIRST"), rows);
    return true;
  }
  const auto* rule = find_function(name);
  if (rule == nullptr || !is_aggregate(*rule)) return false;
  Window window = rows_of_match(call.match_rows);
  if (call.over && call.over->frame) window.frame = std::move(call.over->frame);
  call.over = std::move(window);
  std::optional<std::string> symbol;
  for (auto& argument : call.arguments) {
    if (auto named = symbol_in(argument.value)) symbol = named;
    measure(argument.value);
  }
  if (call.arguments.empty()) return true;
  auto& counted = call.arguments[0].value;
  if (counted.as<Star>()) counted = column(k_sequence); // rows that belong to a match
  Expression belongs = symbol ? equals(column(k_symbol), *symbol) : Expression{IsNull{column(k_sequence), true}, {}};
  Expression all = std::move(counted);
  counted = when(std::move(belongs), std::move(all));
  return true;
}

std::string MatchText::options() const {
  using enum MatchRecognize::Skip;
  std::string text;
  if (match_.output == Output::omit_empty_matches) text += "O";
  if (match_.output == Output::with_unmatched_rows) text += "U";
  if (match_.skip == to_next_row) text += "N";
  if (match_.skip == to_first || match_.skip == to_last) {
    auto found = std::ranges::find(names_, match_.skip_symbol.name);
    text += fmt::format("{}{}", match_.skip == to_first ? "F" : "L", found - names_.begin());
  }
  return text;
}

std::string MatchText::print() {
  auto& scopes = text_.scopes_;
  scopes.emplace_back();
  std::string from = text_.table(*match_.table);
  SourceColumns source{"", true, {}};
  for (const auto& each : scopes.back().sources) {
    source.is_known &= each.is_known;
    source.columns.insert(source.columns.end(), each.columns.begin(), each.columns.end());
  }
  std::string places = pattern(match_.pattern);
  bool skips = match_.skip == MatchRecognize::Skip::to_first || match_.skip == MatchRecognize::Skip::to_last;
  if (skips && !is_symbol(match_.skip_symbol.name))
    text_.fail_with(
        invalid_identifier(match_.skip_symbol.name, match_.skip_symbol.range.line, match_.skip_symbol.range.column - 1));
  auto measures = match_.measures;
  for (auto& each : measures) measure(each.value);

  // the rows, numbered, with their conditions
  std::vector<OrderItem> partition;
  std::vector<OutputColumn> columns;
  std::string outputs, partition_columns;
  for (size_t i = 0; i < match_.partition_by.size(); ++i) {
    const auto& value = match_.partition_by[i];
    partition.push_back({value, std::nullopt, std::nullopt});
    partition_columns += fmt::format("{} AS \"$p{}\", ", text_.expression(value), i);
    if (match_.output != Output::one_row) continue;
    const auto* reference = value.as<ColumnReference>();
    std::string name = reference ? std::string(reference->name.last()) : fmt::format("PARTITION_{}", i + 1);
    outputs += fmt::format("\"$p{}\" AS {}, ", i, quote_identifier(name));
    columns.push_back({name, text_.type_of(value), text_.is_nullable(value)});
  }
  std::string by_partition = text_.order_by(partition);
  auto order = partition;
  order.insert(order.end(), match_.order_by.begin(), match_.order_by.end());
  std::string numbered =
      fmt::format("SELECT *, {} row_number() OVER ({}) AS \"{}\", {} AS \"{}\" FROM {}", partition_columns,
                  order.empty() ? "" : "ORDER BY " + text_.order_by(order), k_row,
                  partition.empty() ? "CAST(1 AS BIGINT)" : fmt::format("dense_rank() OVER (ORDER BY {})", by_partition),
                  k_partition, from);
  auto number = number_type(38, 0);
  auto hidden = [&](std::string_view name, std::optional<SnowflakeType> type) {
    source.columns.push_back({std::string(name), std::move(type), true, false, true});
  };
  const auto inputs = source;
  hidden(k_row, number);
  hidden(k_partition, number);
  scopes.back().sources = {source};
  std::string rows = fmt::format("SELECT *, {} AS \"$conditions\"", conditions());
  for (auto& [name, value] : steps_) {
    rows += fmt::format(", {} AS {}", text_.expression(value), quote_identifier(name));
    hidden(name, text_.type_of(value));
  }
  hidden(k_match, number);
  hidden(k_sequence, number);
  hidden(k_symbol, type_of_kind(TypeKind::text));
  scopes.back().sources = {source};

  // what each match gives
  if (match_.output != Output::one_row) {
    if (inputs.is_known) {
      for (const auto& each : inputs.columns) {
        if (each.hidden) continue;
        outputs += quote_identifier(each.name) + ", ";
        columns.push_back(each);
      }
    } else {
      std::string names;
      for (size_t i = inputs.columns.size(); i < source.columns.size(); ++i)
        names += quote_identifier(source.columns[i].name) + ", ";
      for (size_t i = 0; i < partition.size(); ++i) names += fmt::format("\"$p{}\", ", i);
      outputs = fmt::format("* EXCLUDE ({}\"$conditions\", \"$hidden\", \"$last\"), ", names);
    }
  }
  for (const auto& each : measures) {
    outputs += fmt::format("{} AS {}, ", text_.expression(each.value), quote_identifier(each.name.name));
    columns.push_back({each.name.name, text_.type_of(each.value)});
  }
  scopes.pop_back();
  std::string symbols;
  for (const auto& name : names_) symbols.append(symbols.empty() ? "" : ", ").append(quote_string(name));
  text_.add_source(match_.alias, "",
                   inputs.is_known || match_.output == Output::one_row ? std::optional(columns) : std::nullopt);
  static constexpr std::string_view k_found =
      R"('[{"i":"BIGINT","m":"BIGINT","s":"BIGINT","c":"BIGINT","x":"BOOLEAN","l":"BOOLEAN"}]')";
  return fmt::format(
      "(WITH \"$rows\" AS MATERIALIZED ({} FROM ({})), \"$found\" AS (SELECT f + \"$f\".i AS \"$r\", \"$f\".m AS \"{}\", "
      "\"$f\".s AS \"{}\", list_extract([{}], \"$f\".c) AS \"{}\", \"$f\".x AS \"$hidden\", \"$f\".l AS \"$last\" FROM (SELECT "
      "f, "
      "unnest(from_json(freshet_match_rows({}, '{}', k), {})) AS \"$f\" FROM (SELECT min(\"{}\") AS f, "
      "string_agg(CAST(\"$conditions\" AS VARCHAR), ' ' ORDER BY \"{}\") AS k FROM \"$rows\" GROUP BY \"{}\"))), \"$matched\" "
      "AS "
      "(SELECT * EXCLUDE (\"$r\") FROM \"$rows\" JOIN \"$found\" ON \"{}\" = \"$r\") SELECT * EXCLUDE (\"$shown\") FROM "
      "(SELECT {}{} "
      "AS \"$shown\" FROM \"$matched\") WHERE \"$shown\"){}",
      rows, numbered, k_match, k_sequence, symbols, k_symbol, quote_string(places), options(), k_found, k_row, k_row,
      k_partition, k_row, outputs, match_.output == Output::one_row ? "\"$last\"" : "NOT \"$hidden\"",
      text_.alias(match_.alias));
}

std::string EngineText::match_recognize(const MatchRecognize& match) {
  return MatchText(*this, match).print();
}

} // namespace freshet::sql
