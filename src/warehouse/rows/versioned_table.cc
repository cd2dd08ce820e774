#include "warehouse/rows/versioned_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace freshet::warehouse {
namespace {

using engine::quote_identifier;

/// Stored and computed ones, in their order.
std::string user_columns(const VersionedTable& table) {
  std::string text;
  auto computed = table.computed.begin();
  auto stored = table.columns.begin();
  for (size_t place = 0; place < table.columns.size() + table.computed.size(); ++place) {
    text += text.empty() ? "" : ", ";
    if (computed != table.computed.end() && computed->place == place) {
      text += computed->sql + " AS " + quote_identifier(computed->name);
      ++computed;
    } else {
      text += quote_identifier((stored++)->name);
    }
  }
  return text;
}

std::string list_of(const std::vector<int64_t>& numbers) {
  return fmt::format("({})", fmt::join(numbers, ", "));
}

/// `column ∈ point`, false or null for a NULL column.
std::string within(std::string_view column, const Point& point) {
  std::string text = fmt::format("{} <= {}", column, point.high);
  if (!point.exceptions.empty()) text += fmt::format(" AND {} NOT IN {}", column, list_of(point.exceptions));
  return text;
}

/// `column ∉ from AND column ∈ until` as alternatives, each of which the engine can hold against a row group's minimum and
/// maximum.
std::vector<std::string> between(std::string_view column, const Point& from, const Point& until) {
  std::vector<std::string> arms;
  if (from.high < until.high) {
    std::string above = fmt::format("{} > {} AND {} <= {}", column, from.high, column, until.high);
    std::vector<int64_t> still_open;
    for (int64_t number : until.exceptions)
      if (number > from.high) still_open.push_back(number);
    if (!still_open.empty()) above += fmt::format(" AND {} NOT IN {}", column, list_of(still_open));
    arms.push_back(std::move(above));
  }
  std::vector<int64_t> committed_late;
  for (int64_t number : from.exceptions)
    if (until.contains(number)) committed_late.push_back(number);
  if (!committed_late.empty()) arms.push_back(fmt::format("{} IN {}", column, list_of(committed_late)));
  return arms;
}

/// SELECT `what` FROM the table for each arm, AND `also`.
std::string arms_of(const VersionedTable& table, const std::string& what, const std::vector<std::string>& arms,
                    const std::string& also) {
  std::string text;
  for (const auto& arm : arms)
    text += fmt::format("{}SELECT {} FROM {} WHERE {} AND {}", text.empty() ? "" : " UNION ALL ", what, table.sql_name(), arm,
                        also);
  if (text.empty()) text = fmt::format("SELECT {} FROM {} WHERE false", what, table.sql_name());
  return text;
}

/// The images that exist at `until` and not at `from`.
std::string new_images(const VersionedTable& table, const std::string& what, const Point& from, const Point& until) {
  return arms_of(table, what, between(k_begin, from, until),
                 fmt::format("({0} IS NULL OR NOT ({1}))", k_end, within(k_end, until)));
}

/// The images that existed at `from` and do not at `until`.
std::string old_images(const VersionedTable& table, const std::string& what, const Point& from, const Point& until) {
  return arms_of(table, what, between(k_end, from, until), within(k_begin, from));
}

std::string original_inserts(const VersionedTable& table, const std::string& what, const Point& from, const Point& until) {
  return arms_of(table, what, between(k_begin, from, until), fmt::format("{} = {} >> {}", k_begin, k_row, k_sequence_bits));
}

std::string metadata(const char* action, const std::string& is_update) {
  return fmt::format(R"('{}' AS "METADATA$ACTION", {} AS "METADATA$ISUPDATE", printf('%040x', {}) AS "METADATA$ROW_ID")",
                     action, is_update, k_row);
}

} // namespace

std::string VersionedTable::sql_name() const {
  return quote_identifier(schema) + "." + quote_identifier(name);
}

std::string live_relation(const VersionedTable& table) {
  return fmt::format("(SELECT {} FROM {} WHERE {} IS NULL)", user_columns(table), table.sql_name(), k_end);
}

std::string all_versions(const VersionedTable& table) {
  return fmt::format("(SELECT {} FROM {})", user_columns(table), table.sql_name());
}

std::string state_at(const VersionedTable& table, const Point& point) {
  return fmt::format("(SELECT {} FROM {} WHERE {} AND ({} IS NULL OR NOT ({})))", user_columns(table), table.sql_name(),
                     within(k_begin, point), k_end, within(k_end, point));
}

std::string changes_between(const VersionedTable& table, const Point& from, const Point& until, ChangeMode mode) {
  std::string columns = user_columns(table) + ", ";
  if (mode == ChangeMode::append_only)
    return "(" + original_inserts(table, columns + metadata("INSERT", "false"), from, until) + ")";
  std::string row(k_row);
  // The row ids are read twice, the wide columns once and without passing through a join.
  std::string was_there = fmt::format("{} IN ({})", row, old_images(table, row, from, until));
  std::string still_there = fmt::format("{} IN ({})", row, new_images(table, row, from, until));
  return "(" + new_images(table, columns + metadata("INSERT", was_there), from, until) + " UNION ALL " +
         old_images(table, columns + metadata("DELETE", still_there), from, until) + ")";
}

std::string versions_between(const VersionedTable& table, const std::string& what, const Point& from, const Point& until,
                             Versions which) {
  auto state = [&](const Point& point) {
    return fmt::format("SELECT {} FROM {} WHERE {} AND ({} IS NULL OR NOT ({}))", what, table.sql_name(),
                       within(k_begin, point), k_end, within(k_end, point));
  };
  switch (which) {
    case Versions::at_from:
      return "(" + state(from) + ")";
    case Versions::at_until:
      return "(" + state(until) + ")";
    case Versions::kept:
      return fmt::format("(SELECT {} FROM {} WHERE {} AND ({} IS NULL OR NOT ({})))", what, table.sql_name(),
                         within(k_begin, from), k_end, within(k_end, until));
    case Versions::added:
      return "(" + new_images(table, what, from, until) + ")";
    case Versions::removed:
      return "(" + old_images(table, what, from, until) + ")";
    case Versions::original:
      return "(" + original_inserts(table, what, from, until) + ")";
    case Versions::at_from_and_original:
      return "(" + state(from) + " UNION ALL " + original_inserts(table, what, from, until) + ")";
  }
  return {};
}

std::string comings_and_goings(const VersionedTable& table, const Point& from, const Point& until, bool goings) {
  auto what = [&](std::string_view number, std::string_view other, bool gone) {
    return fmt::format("{}, {} AS \"$source\", {} AS \"$number\", {} AS \"$other\", {} AS \"$gone\"", user_columns(table),
                       k_row, number, other, gone);
  };
  std::string text = arms_of(table, what(k_begin, k_end, false), between(k_begin, from, until), "true");
  if (goings) text += " UNION ALL " + arms_of(table, what(k_end, k_begin, true), between(k_end, from, until), "true");
  return "(" + text + ")";
}

std::string has_changes(const VersionedTable& table, const Point& from, const Point& until, ChangeMode mode) {
  if (mode == ChangeMode::append_only) return fmt::format("SELECT EXISTS ({})", original_inserts(table, "1", from, until));
  return fmt::format("SELECT EXISTS ({}) OR EXISTS ({})", new_images(table, "1", from, until),
                     old_images(table, "1", from, until));
}

engine::Result<void> create_table(engine::Connection& connection, const VersionedTable& table) {
  std::string columns;
  for (const auto& column : table.columns) {
    if (column.name == "$row" || column.name == "$begin" || column.name == "$end")
      return engine::fail(engine::ErrorKind::unsupported,
                          fmt::format("The column name \"{}\" is taken by the row versions", column.name));
    columns += fmt::format("{} {}{}, ", quote_identifier(column.name), column.type, column.not_null ? " NOT NULL" : "");
  }
  TRY(connection.query(fmt::format("CREATE TABLE {} ({}{} BIGINT NOT NULL, {} BIGINT NOT NULL, {} BIGINT)", table.sql_name(),
                                   columns, k_row, k_begin, k_end)));
  return {};
}

engine::Result<void> drop_table(engine::Connection& connection, const VersionedTable& table) {
  TRY(connection.query("DROP TABLE " + table.sql_name()));
  return {};
}

engine::Result<void> add_column(engine::Connection& connection, const VersionedTable& table, const ColumnDefinition& column) {
  std::string value = column.default_sql.empty() ? "" : " DEFAULT " + column.default_sql;
  std::string name = quote_identifier(column.name);
  TRY(connection.query(fmt::format("ALTER TABLE {} ADD COLUMN {} {}{}", table.sql_name(), name, column.type, value)));
  if (column.not_null)
    TRY(connection.query(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", table.sql_name(), name)));
  return {};
}

engine::Result<void> drop_column(engine::Connection& connection, const VersionedTable& table, const std::string& column) {
  TRY(connection.query(fmt::format("ALTER TABLE {} DROP COLUMN {}", table.sql_name(), quote_identifier(column))));
  return {};
}

engine::Result<void> rename_column(engine::Connection& connection, const VersionedTable& table, const std::string& from,
                                   const std::string& to) {
  TRY(connection.query(
      fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table.sql_name(), quote_identifier(from), quote_identifier(to))));
  return {};
}

engine::Result<void> rename_table(engine::Connection& connection, const VersionedTable& table, const std::string& to) {
  TRY(connection.query(fmt::format("ALTER TABLE {} RENAME TO {}", table.sql_name(), quote_identifier(to))));
  return {};
}

engine::Result<void> take_back(engine::Connection& connection, const VersionedTable& table, const WriteNumber::Since& since) {
  if (since.empty) return {};
  auto change = [&](const std::string& what, const std::string& condition) -> engine::Result<void> {
    TRY(connection.execute(fmt::format("{} WHERE {}", what, condition)));
    return {};
  };
  const auto name = table.sql_name();
  const auto end_of_rows = (since.row_number + 1) << k_sequence_bits;
  TRY(change("DELETE FROM " + name, fmt::format("{} = {} AND {} >= {} AND {} < {}", k_begin, since.row_number, k_row,
                                                since.first_row, k_row, end_of_rows)));
  if (since.numbers.empty()) return {};
  const auto [first, last] = std::ranges::minmax(since.numbers);
  auto under = [&](std::string_view column) { // a range too: it is held against the row groups' minima and maxima
    return fmt::format("{} BETWEEN {} AND {} AND {} IN {}", column, first, last, column, list_of(since.numbers));
  };
  TRY(change("DELETE FROM " + name, under(k_begin)));
  return change(fmt::format("UPDATE {} SET {} = NULL", name, k_end), under(k_end));
}

engine::Result<int64_t> prune(engine::Connection& connection, const VersionedTable& table, const Point& oldest,
                              int64_t rows_max) {
  return connection.execute(fmt::format("DELETE FROM {0} WHERE rowid IN (SELECT rowid FROM {0} WHERE {1} LIMIT {2})",
                                        table.sql_name(), within(k_end, oldest), rows_max));
}

engine::Result<int64_t> dead_versions(engine::Connection& connection, const VersionedTable& table) {
  auto rows = TRY(connection.query(fmt::format("SELECT count(*) FROM {} WHERE {} IS NOT NULL", table.sql_name(), k_end)));
  return rows.integer(0, 0);
}

} // namespace freshet::warehouse
