#include "warehouse/rows/row_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sql/length_check.h"
#include "warehouse/rows/merge_sql.h"
#include "warehouse/rows/scratch_table.h"

namespace freshet::warehouse {
namespace {

using engine::quote_identifier;

/// The columns of rows about to be appended, which are refused where a value is longer than its column.
std::string checked_columns(const VersionedTable& table) {
  std::string text;
  for (const auto& column : table.columns) {
    const auto name = quote_identifier(column.name);
    text += text.empty() ? "" : ", ";
    if (column.length_max == 0) {
      text += name;
    } else {
      text += sql::checked_length(name, column.length_max, column.type == "BLOB");
    }
  }
  return text;
}

/// The rows of `source`, of which one that makes a CHECK constraint false ends the statement.
std::string checked_rows(const VersionedTable& table, const std::string& source) {
  std::string conditions;
  for (const auto& check : table.checks) {
    conditions += fmt::format("{}CASE WHEN ({}) IS FALSE THEN error('CHECK constraint ' || {} || ' is violated') ELSE true END",
                              conditions.empty() ? "" : " AND ", check.sql, engine::quote_literal(check.name));
  }
  return conditions.empty() ? source : fmt::format("(SELECT * FROM {} WHERE {})", source, conditions);
}

/// What freshet_row_id is asked for: it gives ids under `current`, which is settled first.
int64_t row_id_source(const WriteNumber& number) {
  [[maybe_unused]] const auto current = number.current();
  return number.value();
}

/// INSERT of new versions out of `source`, which has the user's columns and `"$row"`: NULL where the row is new.
std::string append_sql(const VersionedTable& table, const WriteNumber& number, int64_t version_number,
                       const std::string& source) {
  std::string columns = column_list(table);
  return fmt::format(
      "INSERT INTO {table} ({columns}, {row}, {begin}) SELECT {checked}, \"$id\", CASE WHEN {row} IS NULL THEN \"$id\" >> "
      "{bits} ELSE "
      "{version} END FROM (SELECT *, CASE WHEN {row} IS NULL THEN freshet_row_id({number}) ELSE {row} END AS \"$id\" FROM "
      "{source})",
      fmt::arg("table", table.sql_name()), fmt::arg("columns", columns), fmt::arg("checked", checked_columns(table)),
      fmt::arg("row", k_row), fmt::arg("begin", k_begin), fmt::arg("bits", k_sequence_bits),
      fmt::arg("number", row_id_source(number)), fmt::arg("version", version_number),
      fmt::arg("source", checked_rows(table, source)));
}

std::string insert_sql(const VersionedTable& table, const WriteNumber& number, const std::string& source) {
  std::string columns = column_list(table);
  return fmt::format(
      "INSERT INTO {} ({}, {}, {}) SELECT {}, \"$id\", \"$id\" >> {} FROM (SELECT *, freshet_row_id({}) AS \"$id\" FROM {})",
      table.sql_name(), columns, k_row, k_begin, checked_columns(table), k_sequence_bits, row_id_source(number),
      checked_rows(table, source));
}

/// The table's columns out of a SELECT of some of them; the others get their defaults.
std::string table_values(const VersionedTable& table, const std::vector<std::string>& columns, const std::string& select) {
  std::string names, values;
  for (size_t i = 0; i < columns.size(); ++i) names += fmt::format("{}\"${}\"", i > 0 ? ", " : "", i);
  for (const auto& column : table.columns) {
    auto found = std::ranges::find(columns, column.name);
    std::string value = found == columns.end() ? "" : fmt::format("\"${}\"", found - columns.begin());
    values += fmt::format("{}{} AS {}", values.empty() ? "" : ", ", cast_value(column, value), quote_identifier(column.name));
  }
  return fmt::format("SELECT {} FROM ({}) AS \"$values\"({})", values, select, names);
}

} // namespace

engine::Result<int64_t> RowWriter::apply(const std::string& sql) {
  write_number_.note_write();
  return connection_.execute(sql);
}

engine::Result<void> RowWriter::check_planned(const VersionedTable& table, const std::string& planned) {
  for (const auto& column : table.columns) {
    if (!column.not_null) continue;
    auto found = TRY(
        connection_.query(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1", planned, quote_identifier(column.name))));
    if (!found.empty())
      return engine::fail(engine::ErrorKind::constraint,
                          fmt::format("NOT NULL constraint failed: {}.{}", table.name, column.name));
  }
  if (!keep_on_failure_) return {}; // appending the rows will say so
  if (!table.checks.empty()) TRY(connection_.query("SELECT count(*) FROM " + checked_rows(table, planned)));
  for (const auto& column : table.columns) {
    if (column.length_max == 0) continue;
    const auto name = quote_identifier(column.name);
    TRY(connection_.query(fmt::format("SELECT count(freshet_check_length({0}, {1})) FROM {2} WHERE {3} > {1}", name,
                                      column.length_max, planned, sql::byte_length(name, column.type == "BLOB"))));
  }
  return {};
}

engine::Result<int64_t> RowWriter::insert(const VersionedTable& table, const std::vector<std::string>& columns,
                                          const std::string& select) {
  const auto source = table_values(table, columns, select);
  if (!keep_on_failure_) return apply(insert_sql(table, write_number_, "(" + source + ")"));
  ScratchTable plan(connection_);
  TRY(plan.fill(source));
  TRY(check_planned(table, plan.name()));
  return apply(insert_sql(table, write_number_, plan.name()));
}

engine::Result<int64_t> RowWriter::overwrite(const VersionedTable& table, const std::vector<std::string>& columns,
                                             const std::string& select) {
  ScratchTable plan(connection_);
  TRY(plan.fill(table_values(table, columns, select)));
  TRY(check_planned(table, plan.name()));
  TRY(truncate(table));
  return apply(insert_sql(table, write_number_, plan.name()));
}

engine::Result<int64_t> RowWriter::truncate(const VersionedTable& table) {
  write_number_.note_ending(table.sql_name());
  return apply(fmt::format("UPDATE {} SET {} = {} WHERE {} IS NULL", table.sql_name(), k_end, write_number_.current(), k_end));
}

engine::Result<ChangeReport> RowWriter::remove(const DeletePlan& plan) {
  ChangeReport report;
  if (plan.condition.empty() && plan.source.empty()) {
    report.deleted = TRY(truncate(plan.table));
    return report;
  }
  std::string select =
      fmt::format("SELECT {}.{} AS {} FROM {}", plan.alias, k_rid, k_rid, target_relation(plan.table, plan.alias));
  if (!plan.source.empty()) select += ", " + plan.source;
  if (!plan.condition.empty()) select += " WHERE " + plan.condition;
  ScratchTable hits(connection_);
  TRY(hits.fill(select));
  write_number_.note_ending(plan.table.sql_name());
  report.deleted = TRY(apply(fmt::format("UPDATE {} SET {} = {} WHERE rowid IN (SELECT {} FROM {})", plan.table.sql_name(),
                                         k_end, write_number_.current(), k_rid, hits.name())));
  return report;
}

engine::Result<ChangeReport> RowWriter::update(const UpdatePlan& plan) {
  ScratchTable planned(connection_);
  TRY(planned.fill(plan_select(plan)));
  return apply_plan(plan.table, planned.name(), plan.error_on_nondeterminism);
}

engine::Result<ChangeReport> RowWriter::merge(const MergePlan& plan) {
  if (!keep_on_failure_ && !write_number_.has_written()) {
    if (auto report = TRY(append_directly(plan))) return *report;
  }
  ScratchTable planned(connection_);
  TRY(planned.fill(plan_select(plan)));
  return apply_plan(plan.table, planned.name(), plan.error_on_nondeterminism);
}

engine::Result<std::string> RowWriter::row_values(const VersionedTable& table, const std::string& row_id) {
  auto rows =
      TRY(connection_.query(fmt::format("SELECT {} FROM {} WHERE rowid = ({})", column_list(table), table.sql_name(), row_id)));
  std::string text = "[";
  for (size_t i = 0; i < table.columns.size() && !rows.empty(); ++i) {
    bool quoted = rows.columns()[i].type.id == engine::TypeId::varchar && !rows.is_null(0, i);
    text += fmt::format("{}{}{}{}", i > 0 ? ", " : "", quoted ? "\"" : "", rows.text(0, i), quoted ? "\"" : "");
  }
  return text + "]";
}

engine::Result<ChangeReport> RowWriter::apply_plan(const VersionedTable& table, const std::string& planned,
                                                   bool error_on_nondeterminism) {
  ChangeReport report;
  auto counts = TRY(connection_.query(fmt::format(
      "SELECT count(*) FILTER (WHERE {1} = {2}), count({0}), count(DISTINCT {0}), count(*) FILTER (WHERE {1} = {3}) FROM {4}",
      k_rid, k_action, k_insert, k_remove, planned)));
  report.inserted = counts.integer(0, 0);
  int64_t hits = counts.integer(0, 1), targets = counts.integer(0, 2), removals = counts.integer(0, 3);
  if (hits != targets) {
    std::string several =
        fmt::format("SELECT {0} FROM {1} WHERE {0} IS NOT NULL GROUP BY {0} HAVING count(*) > 1 AND bool_or({2} = {3})", k_rid,
                    planned, k_action, k_update);
    report.multi_joined = TRY(connection_.query(fmt::format("SELECT count(*) FROM ({})", several))).integer(0, 0);
    if (report.multi_joined > 0 && error_on_nondeterminism) {
      report = {};
      report.duplicate = TRY(row_values(table, several + " LIMIT 1"));
      return report;
    }
    TRY(connection_.query(
        fmt::format("DELETE FROM {0} WHERE {1} IS NOT NULL AND rowid NOT IN (SELECT min(rowid) FROM {0} WHERE {1} IS NOT NULL "
                    "GROUP BY {1})",
                    planned, k_rid)));
    removals =
        TRY(connection_.query(fmt::format("SELECT count(*) FROM {} WHERE {} = {}", planned, k_action, k_remove))).integer(0, 0);
  }
  report.deleted = removals;
  report.updated = targets - removals;
  return apply_counted(table, planned, planned, std::move(report));
}

engine::Result<ChangeReport> RowWriter::apply_counted(const VersionedTable& table, const std::string& planned,
                                                      const std::string& ended, ChangeReport report) {
  TRY(check_planned(table, fmt::format("(SELECT * FROM {} WHERE {} <> {})", planned, k_action, k_remove)));
  // A second version of a row that this transaction itself inserted must not look like the original: it begins under a further
  // number.
  const int64_t number = write_number_.current();
  const int64_t version_number = write_number_.has_written() && report.updated > 0 ? write_number_.take_further() : number;
  if (report.updated + report.deleted > 0) {
    write_number_.note_ending(table.sql_name());
    TRY(apply(fmt::format("UPDATE {} SET {} = {} WHERE rowid IN (SELECT {} FROM {} WHERE {} IS NOT NULL)", table.sql_name(),
                          k_end, number, k_rid, ended, k_rid)));
  }
  if (report.inserted + report.updated > 0)
    TRY(apply(append_sql(table, write_number_, version_number,
                         fmt::format("(SELECT * FROM {} WHERE {} <> {})", planned, k_action, k_remove))));
  return report;
}

/// The short way of a MERGE that is the first and only write of its transaction: the joined rows go straight into the table,
/// and the versions they replace are found by the row ids that now occur twice. Empty when it cannot be taken; then nothing is
/// changed.
engine::Result<std::optional<ChangeReport>> RowWriter::append_directly(const MergePlan& plan) {
  bool removes =
      std::ranges::any_of(plan.clauses, [](const auto& clause) { return clause.action == MergeClause::Action::remove; });
  if (removes) return std::nullopt;
  ChangeReport report;
  const int64_t number = write_number_.current();
  int64_t appended = TRY(apply(append_sql(plan.table, write_number_, number, "(" + plan_select(plan) + ")")));
  std::string replacing = fmt::format("{} = {} AND {} >> {} <> {}", k_begin, number, k_row, k_sequence_bits, number);
  auto counts = TRY(connection_.query(
      fmt::format("SELECT count(*), count(DISTINCT {}) FROM {} WHERE {}", k_row, plan.table.sql_name(), replacing)));
  report.updated = counts.integer(0, 0);
  report.inserted = appended - report.updated;
  if (report.updated != counts.integer(0, 1)) { // nondeterministic: take it back, and go the long way
    TRY(apply(fmt::format("DELETE FROM {} WHERE {} IN ({})", plan.table.sql_name(), k_begin,
                          fmt::join(write_number_.numbers(), ", "))));
    return std::nullopt;
  }
  if (report.updated > 0) {
    write_number_.note_ending(plan.table.sql_name());
    TRY(apply(
        fmt::format("UPDATE {0} SET {1} = {2} WHERE {1} IS NULL AND {3} <> {2} AND {4} IN (SELECT {4} FROM {0} WHERE {5})",
                    plan.table.sql_name(), k_end, number, k_begin, k_row, replacing)));
  }
  return report;
}

} // namespace freshet::warehouse
