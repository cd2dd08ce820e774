#include "warehouse/lineage/lineage_trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "warehouse/history/history_store.h"
#include "warehouse/load/staged_file.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_steps_max = 1'000;
constexpr int64_t k_depth_max = 8;
constexpr size_t k_candidates_max = 20;

/// What the loader reads by one thread, row after row.
constexpr int64_t k_ordered_bytes_max = 4 << 20;

std::string row_as_json(const std::vector<ColumnDefinition>& columns, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i)
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", engine::quote_literal(columns[i].name),
                       engine::quote_identifier(columns[i].name));
  return "CAST(to_json({" + out + "}) AS VARCHAR)";
}

/// The condition that a row has the key, by those of its columns that the table has; empty when it lacks one.
std::string has_key(const std::vector<ColumnDefinition>& columns, const LineageKey& key) {
  std::string out;
  for (const auto& [name, value] : key) {
    auto column = std::ranges::find(columns, name, &ColumnDefinition::name);
    if (column == columns.end()) return {};
    auto quoted = engine::quote_identifier(name);
    auto text = engine::quote_literal(value);
    out += fmt::format("{}({} IS NOT DISTINCT FROM TRY_CAST({} AS {}) OR CAST({} AS VARCHAR) = {})", out.empty() ? "" : " AND ",
                       quoted, text, column->type, quoted, text);
  }
  return out;
}

/// Which file the n-th row of a load comes from, and which row of it.
void place_in_files(const std::vector<LoadedFileNote>& files, int64_t ordinal, bool alone, std::vector<LineageStep>& out,
                    const LineageStep& step) {
  int64_t bytes = 0;
  for (const auto& file : files) bytes += file.size;
  bool ordered = alone && bytes <= k_ordered_bytes_max;
  if (!ordered && files.size() > 1) {
    for (size_t i = 0; i < std::min(files.size(), k_candidates_max); ++i) {
      out.push_back(step);
      out.back().file = files[i].file;
      out.back().exact = false;
    }
    return;
  }
  for (const auto& file : files) {
    if (ordered && ordinal >= file.rows_loaded) {
      ordinal -= file.rows_loaded;
      continue;
    }
    out.push_back(step);
    out.back().file = file.file;
    if (ordered && file.errors_seen == 0) out.back().file_row = ordinal + 1;
    return;
  }
  out.push_back(step); // more rows than were loaded: not these files'
}

} // namespace

SqlResult<std::vector<LineageStep>> LineageTrace::trace(const Object& table, const LineageKey& key) {
  auto physical_table = table.as<Table>()->history ? history_physical(table) : physical(table);
  auto condition = has_key(physical_table.columns, key);
  if (condition.empty()) return sql::fail(sql::invalid_identifier(key.empty() ? "key" : key.front().first, 0, 0));
  auto found = TRY(versions(table, physical_table.sql_name(), condition));
  TRY(follow(table, key, found, 0, true));
  return std::move(steps_);
}

/// `relation` has the physical columns, at least the user's and "$row", "$begin", "$end".
SqlResult<std::vector<LineageTrace::Version>> LineageTrace::versions(const Object& table, const std::string& relation,
                                                                     const std::string& condition) {
  auto columns = physical(table).columns;
  auto rows =
      TRY(context_.query(fmt::format("SELECT {0}, {1}, {2}, {3} FROM {4} WHERE {5} ORDER BY {0}, {1} LIMIT {6}", k_row, k_begin,
                                     k_end, row_as_json(columns, columns.size()), relation, condition, k_steps_max)));
  std::vector<Version> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    Version version{rows.integer(i, 0), rows.integer(i, 1), std::nullopt, rows.text(i, 3)};
    if (!rows.is_null(i, 2)) version.end = rows.integer(i, 2);
    out.push_back(std::move(version));
  }
  return out;
}

SqlResult<void> LineageTrace::follow(const Object& table, const LineageKey& key, const std::vector<Version>& versions,
                                     int64_t depth, bool exact) {
  for (const auto& version : versions) {
    if (steps_.size() >= k_steps_max || !seen_.insert({table.id, {version.row, version.begin}}).second) continue;
    TRY(begun(table, key, version, depth, exact));
    bool continues = std::ranges::any_of(
        versions, [&](const Version& other) { return other.row == version.row && other.begin > version.begin; });
    if (version.end && !continues) TRY(ended(table, version, depth, exact));
  }
  return {};
}

SqlResult<const TransactionRecord*> LineageTrace::record(int64_t number) {
  auto known = records_.find(number);
  if (known == records_.end())
    known = records_.emplace(number, TRY(context_.checked(transaction_record(context_.connection(), number)))).first;
  return known->second ? &*known->second : nullptr;
}

SqlResult<std::optional<TimePoint>> LineageTrace::commit_time(int64_t number) {
  return context_.checked(context_.warehouse().registry().commit_time(context_.connection(), number));
}

LineageStep LineageTrace::step_of(const Object& table, const Version& version, const TransactionRecord* record, int64_t depth) {
  LineageStep step;
  step.depth = depth;
  step.table = context_.catalog().full_name(table);
  step.row_id = fmt::format("{:040x}", version.row);
  step.values = version.values;
  if (record == nullptr) return step;
  step.transaction = record->number;
  step.time = record->committed;
  step.user = record->user;
  step.role = record->role;
  step.task = record->task;
  step.task_run = record->task_run;
  return step;
}

/// The statements of the version's transaction that wrote the table; each with what it loaded and read.
SqlResult<void> LineageTrace::begun(const Object& table, const LineageKey& key, const Version& version, int64_t depth,
                                    bool exact) {
  const auto* found = TRY(record(version.begin));
  auto step = step_of(table, version, found, depth);
  step.exact = exact;
  step.action = version.row >> k_sequence_bits == version.begin ? "INSERT" : "UPDATE";
  if (found == nullptr) step.time = TRY(commit_time(version.begin));
  std::vector<const TransactionRecord::Statement*> writers;
  if (found != nullptr) {
    for (const auto& statement : found->statements)
      if (statement.note.writes.contains(table.id)) writers.push_back(&statement);
  }
  if (writers.empty()) steps_.push_back(step);
  for (const auto* statement : writers) {
    auto one = step;
    one.exact = exact && writers.size() == 1;
    one.query_id = statement->note.query_id;
    one.outer_query_id = statement->note.outer_query_id;
    one.query_text = statement->note.text;
    one.pipe = statement->note.pipe;
    if (statement->note.files.empty()) {
      steps_.push_back(one);
    } else {
      auto ordinal = version.row & ((int64_t{1} << k_sequence_bits) - 1);
      bool alone = found->statements.size() == 1 && version.row >> k_sequence_bits == found->number;
      place_in_files(statement->note.files, ordinal, alone, steps_, one);
    }
    if (depth < k_depth_max) TRY(sources(table, key, *statement, version, depth + 1, one.exact));
  }
  return {};
}

SqlResult<void> LineageTrace::ended(const Object& table, const Version& version, int64_t depth, bool exact) {
  const auto* found = TRY(record(*version.end));
  auto step = step_of(table, version, found, depth);
  step.exact = exact;
  step.action = "DELETE";
  if (found == nullptr) step.time = TRY(commit_time(*version.end));
  std::vector<const StatementNote*> writers;
  if (found != nullptr) {
    for (const auto& statement : found->statements)
      if (statement.note.writes.contains(table.id)) writers.push_back(&statement.note);
  }
  if (writers.empty()) steps_.push_back(step);
  for (const auto* note : writers) {
    step.exact = exact && writers.size() == 1;
    step.query_id = note->query_id;
    step.outer_query_id = note->outer_query_id;
    step.query_text = note->text;
    steps_.push_back(step);
  }
  return {};
}

SqlResult<void> LineageTrace::sources(const Object& table, const LineageKey& key, const TransactionRecord::Statement& statement,
                                      const Version& version, int64_t depth, bool exact) {
  if (table.as<Table>()->history) return source_of_history(table, version, key, depth, exact);
  struct Read {
    ObjectId table;
    std::string relation;
  };
  auto columns_of = [&](ObjectId id) -> ObjectPointer {
    auto source = context_.catalog().find(id);
    return source && source->as<Table>() != nullptr && id != table.id ? source : nullptr;
  };
  auto with_versions = [](const VersionedTable& source) {
    std::string what;
    for (const auto& column : source.columns) what += engine::quote_identifier(column.name) + ", ";
    return fmt::format("{}{}, {}, {}", what, k_row, k_begin, k_end);
  };
  std::vector<Read> reads;
  for (const auto& stream : statement.streams) {
    if (auto source = columns_of(stream.source))
      reads.push_back({source->id, versions_between(physical(*source), with_versions(physical(*source)), stream.from,
                                                    stream.until, Versions::added)});
  }
  for (auto id : statement.note.reads) {
    auto source = columns_of(id);
    if (source && statement.note.point)
      reads.push_back({id, versions_between(physical(*source), with_versions(physical(*source)), *statement.note.point,
                                            *statement.note.point, Versions::at_until)});
  }
  for (const auto& read : reads) {
    auto source = context_.catalog().find(read.table);
    auto condition = has_key(physical(*source).columns, key);
    if (condition.empty()) { // nothing to tell its rows by
      LineageStep step;
      step.depth = depth;
      step.table = context_.catalog().full_name(*source);
      step.exact = false;
      steps_.push_back(std::move(step));
      continue;
    }
    auto found = TRY(versions(*source, read.relation, condition));
    TRY(follow(*source, key, found, depth, exact && found.size() == 1));
  }
  return {};
}

/// The version knows the row that its values come from.
SqlResult<void> LineageTrace::source_of_history(const Object& table, const Version& version, const LineageKey& key,
                                                int64_t depth, bool exact) {
  auto source = context_.catalog().find(table.as<Table>()->history->source);
  if (!source || source->as<Table>() == nullptr) return {};
  auto own = history_physical(table);
  auto rows = TRY(context_.query(fmt::format("SELECT \"{}\", {} FROM {} WHERE {} = {} AND {} = {}", k_source,
                                             row_as_json(own.columns, table.as<Table>()->columns.size() - k_history_columns),
                                             own.sql_name(), k_row, version.row, k_begin, version.begin)));
  if (rows.empty()) return {};
  auto columns = own.columns;
  auto same = fmt::format("{} = {} AND {} = {}", k_row, rows.integer(0, 0),
                          row_as_json(columns, table.as<Table>()->columns.size() - k_history_columns),
                          engine::quote_literal(rows.text(0, 1)));
  auto found = TRY(versions(*source, physical(*source).sql_name(), same));
  return follow(*source, key, found, depth, exact && found.size() == 1);
}

} // namespace freshet::warehouse
