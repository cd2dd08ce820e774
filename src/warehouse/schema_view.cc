#include "warehouse/schema_view.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "warehouse/literal.h"

namespace freshet::warehouse {
namespace {

std::string_view type_of(char mark) {
  switch (mark) {
    case '#':
      return "BIGINT";
    case '!':
      return "TIMESTAMPTZ";
    case '@':
      return "DATE";
    case '?':
      return "BOOLEAN";
    case '$':
      return "DECIMAL(38, 2)";
    default:
      return "VARCHAR";
  }
}

} // namespace

SchemaView::SchemaView(std::string_view columns) {
  while (!columns.empty()) {
    const auto end = columns.find(' ');
    std::string name(columns.substr(0, end));
    columns.remove_prefix(end == std::string_view::npos ? columns.size() : end + 1);
    const auto type = type_of(name.back());
    if (type != "VARCHAR") name.pop_back();
    columns_.push_back({std::move(name), type});
  }
}

void SchemaView::add(const Row& row) {
  rows_ += rows_.empty() ? "(" : ", (";
  for (size_t i = 0; i < columns_.size(); ++i) {
    const auto found = row.find(columns_[i].name);
    rows_ += (i > 0 ? ", " : "") + (found == row.end() ? std::string("NULL") : found->second);
  }
  rows_ += ")";
}

std::string SchemaView::relation() const {
  std::string select, names;
  for (size_t i = 0; i < columns_.size(); ++i) {
    const auto name = engine::quote_identifier(columns_[i].name);
    const auto comma = i > 0 ? ", " : "";
    select += fmt::format("{}CAST({} AS {}) AS {}", comma, rows_.empty() ? "NULL" : name, columns_[i].type, name);
    names += comma + name;
  }
  if (rows_.empty()) return fmt::format("(SELECT {} LIMIT 0)", select);
  return fmt::format("(SELECT {} FROM (VALUES {}) AS v({}))", select, rows_, names);
}

std::string schema_text(std::string_view value) {
  return engine::quote_literal(value);
}
std::string schema_text_or_null(std::string_view value) {
  return value.empty() ? "NULL" : engine::quote_literal(value);
}
std::string schema_yes_no(bool value) {
  return value ? "'YES'" : "'NO'";
}
std::string schema_time(TimePoint value) {
  return literal(engine::TimestampTz{value.time_since_epoch().count()});
}

} // namespace freshet::warehouse
