// START WITH … CONNECT BY as a recursive common table: its rows are those of the one source, with the columns of the row above
// ("PRIOR$C"), of the first row ("ROOT$C"), the LEVEL, and a column per SYS_CONNECT_BY_PATH.
#include <fmt/format.h>

#include "sql/engine_text.h"

namespace freshet::sql {

/// What `PRIOR x` and `CONNECT_BY_ROOT x` stand for: x with each column's name prefixed.
std::string EngineText::with_prefix(std::string_view prefix, const Expression& expression) {
  std::string outer = std::exchange(column_prefix_, std::string(prefix));
  std::string text = this->expression(expression);
  column_prefix_ = std::move(outer);
  return text;
}

std::optional<std::string> EngineText::hierarchy_function(const FunctionRule& rule, const FunctionCall& call,
                                                          const Arguments& arguments) {
  if (rule.name == "CONNECT_BY_ROOT" && hierarchy_) return with_prefix("ROOT$", call.arguments[0].value);
  if (rule.name != "SYS_CONNECT_BY_PATH" || !hierarchy_) return std::nullopt;
  hierarchy_->paths.push_back(fmt::format("({} || {})", arguments[1], text_of(call.arguments[0].value)));
  return fmt::format("\"PATH${}\"", hierarchy_->paths.size());
}

/// To be called before the items are printed: LEVEL becomes a column of the source.
void EngineText::begin_hierarchy(const Select& select) {
  auto& sources = scopes_.back().sources;
  if (sources.size() != 1 || !sources[0].is_known)
    unsupported("CONNECT BY over anything but one table or subquery", select.connect_by->condition.range);
  hierarchy_.emplace();
  if (!sources.empty()) {
    hierarchy_->columns = sources[0].columns;
    hierarchy_->source = sources[0].name;
    sources[0].columns.push_back({"LEVEL", number_type(38, 0)});
  }
}

/// The relation that stands for the source, once the items have said which paths they want.
std::string EngineText::end_hierarchy(const Select& select, const std::string& from) {
  Hierarchy tree = std::move(*hierarchy_);
  hierarchy_.reset();
  auto& texts = scopes_.back().texts;
  texts.emplace_back("LEVEL", "1");
  std::string start = select.connect_by->start_with ? " WHERE " + expression(*select.connect_by->start_with) : "";
  texts.back().second = "(\"PRIOR$LEVEL\" + 1)";
  hierarchy_.emplace();
  std::string condition = expression(select.connect_by->condition);
  hierarchy_.reset();
  texts.pop_back();
  std::string first, next, above;
  std::string table = tree.source.empty() ? "" : quote_identifier(tree.source) + ".";
  for (const auto& column : tree.columns) {
    std::string name = table + quote_identifier(column.name), prior = quote_identifier("PRIOR$" + column.name),
                root = quote_identifier("ROOT$" + column.name);
    first += fmt::format("{0}, {0} AS {1}, CASE WHEN false THEN {0} END AS {2}, ", name, root, prior);
    next += fmt::format("{0}, \"$above\".{1}, \"$above\".{2}, ", name, root, prior);
    above += fmt::format("{} AS {}, {}, ", quote_identifier(column.name), prior, root);
  }
  for (size_t i = 0; i < tree.paths.size(); ++i) {
    std::string name = fmt::format("PATH${}", i + 1);
    first += fmt::format("{} AS {}, ", tree.paths[i], quote_identifier(name));
    next += fmt::format("{} || {}, ", quote_identifier("PRIOR$" + name), tree.paths[i]);
    above += fmt::format("{} AS {}, ", quote_identifier(name), quote_identifier("PRIOR$" + name));
  }
  return fmt::format(
      "(WITH RECURSIVE \"$tree\" AS (SELECT {}CAST(1 AS BIGINT) AS \"LEVEL\" FROM {}{} UNION ALL SELECT {}\"PRIOR$LEVEL\" + 1 "
      "FROM {}, "
      "(SELECT {}\"LEVEL\" AS \"PRIOR$LEVEL\" FROM \"$tree\") AS \"$above\" WHERE {}) SELECT * FROM \"$tree\"){}",
      first, from, start, next, from, above, condition, tree.source.empty() ? "" : " AS " + quote_identifier(tree.source));
}

} // namespace freshet::sql
