#include "warehouse/load/transformed_rows.h"

#include <fmt/format.h>

#include <atomic>

#include "sql/length_check.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/match_columns.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

std::string next_table() {
  static std::atomic<uint64_t> counter = 0;
  return fmt::format("temp.main.\"$load_{}\"", ++counter);
}

bool is_of_the_rows(const engine::Error& error) {
  using enum engine::ErrorKind;
  return error.kind == constraint || error.kind == conversion || error.kind == out_of_range || error.kind == divide_by_zero ||
         error.kind == invalid_input;
}

/// The value, which is an error (or cut) when it is too long for the column.
std::string with_length(const std::string& value, const sql::SnowflakeType& type, bool truncates) {
  const auto length = type.stated_length();
  if (length == 0) return value;
  if (type.kind == sql::TypeKind::text && truncates) return fmt::format("left({}, {})", value, length);
  return sql::checked_length(value, length, type.kind == sql::TypeKind::binary);
}

} // namespace

SqlResult<std::string> transform_text(StatementContext& context, LoadService& service, const sql::Query& transform,
                                      std::string relation) {
  const LoadService::StagedRelation staged(service, context, std::move(relation));
  return context.print(transform);
}

TransformedRows::TransformedRows(StatementContext& context, LoadService& service, const CopyJob& job, FileLoader& loader)
    : context_(context), service_(service), job_(job), loader_(loader), table_(next_table()) {}

TransformedRows::~TransformedRows() {
  (void)context_.connection().execute("DROP TABLE IF EXISTS " + table_);
}

SqlResult<std::string> TransformedRows::fill() {
  TRY(match_types());
  const auto all = TRY(select({}));
  const auto created = create(table_, all);
  if (created) return "SELECT * FROM " + table_;
  if (!is_of_the_rows(created.error())) return std::unexpected(context_.error_of(created.error()));
  failure_ = created.error();
  if (job_.options.on_error.kind == OnError::Kind::abort_statement) return std::unexpected(TRY(first_error()));
  table_ = next_table();
  TRY(context_.checked(context_.connection().execute(fmt::format("CREATE TEMP TABLE {} AS {} WHERE false", table_, all))));
  for (size_t file = 0; file < loader_.outcomes().size(); ++file) TRY(fill_file(file));
  return "SELECT * FROM " + table_;
}

/// Parquet's own columns are taken as they are where their types fit: a row as JSON costs fifty times as much.
SqlResult<void> TransformedRows::match_types() {
  value_types_.resize(job_.columns.size());
  if (job_.format.type != StagedFormat::Type::parquet || job_.options.match == CopyOptions::Match::none) return {};
  std::vector<Column> columns;
  for (const auto& name : job_.columns) columns.push_back(*TargetTable{job_.table}.column(name));
  value_types_ = types_as_they_are(columns, loader_.column_types(), job_.format);
  matching_ = TRY(matching_transform(columns, job_.format, job_.options, value_types_));
  return {};
}

/// The transform's output cast to the table's columns: what can fail, fails here.
SqlResult<std::string> TransformedRows::select(std::optional<Rows> rows) {
  auto relation = loader_.staged_relation(rows ? std::optional(rows->file) : std::nullopt);
  if (!relation) return sql::fail(stage_failure(relation.error()));
  if (rows) {
    *relation = fmt::format("(SELECT * FROM {} WHERE \"METADATA$FILE_ROW_NUMBER\" BETWEEN {} AND {})", *relation, rows->first,
                            rows->last);
  }
  const auto inner = TRY(transform_text(context_, service_, matching_ ? *matching_ : *job_.transform, std::move(*relation)));
  std::string names, casts;
  for (size_t i = 0; i < job_.columns.size(); ++i) {
    const auto* column = TargetTable{job_.table}.column(job_.columns[i]);
    names += fmt::format("{}\"$v{}\"", i > 0 ? ", " : "", i);
    const auto value = sql::assigned_text(fmt::format("\"$v{}\"", i), value_types_[i], column->type, context_.print_options());
    const auto cast = fmt::format("CAST({} AS {})", value, column->type.engine_type());
    casts +=
        fmt::format("{}{} AS \"$v{}\"", i > 0 ? ", " : "", with_length(cast, column->type, job_.options.truncate_columns), i);
  }
  return fmt::format("SELECT {} FROM ({}) AS \"$values\"({})", casts, inner, names);
}

engine::Result<int64_t> TransformedRows::create(const std::string& table, const std::string& query) {
  auto created = context_.connection().execute(fmt::format("CREATE TEMP TABLE {} AS {}", table, query));
  if (created) {
    if (auto checked = check_not_null(table); !checked) created = std::unexpected(std::move(checked).error());
  }
  // Inside a transaction even a statement that failed leaves its table.
  if (!created) (void)context_.connection().execute("DROP TABLE IF EXISTS " + table);
  return created;
}

engine::Result<void> TransformedRows::check_not_null(const std::string& table) {
  for (size_t i = 0; i < job_.columns.size(); ++i) {
    if (is_nullable(i)) continue;
    const auto nulls =
        TRY(context_.connection().query(fmt::format("SELECT 1 FROM {} WHERE \"$v{}\" IS NULL LIMIT 1", table, i)));
    if (!nulls.empty()) return engine::fail(engine::ErrorKind::constraint, "NOT NULL constraint failed: " + column_name(i));
  }
  return {};
}

SqlResult<bool> TransformedRows::append(const Rows& rows) {
  const auto scratch = next_table();
  const auto query = TRY(select(rows));
  const auto created = create(scratch, query);
  if (!created) {
    if (!is_of_the_rows(created.error())) return std::unexpected(context_.error_of(created.error()));
    failure_ = created.error();
    return false;
  }
  auto moved = context_.connection().execute(fmt::format("INSERT INTO {} SELECT * FROM {}", table_, scratch));
  (void)context_.connection().execute("DROP TABLE " + scratch);
  loader_.outcomes()[rows.file].rows_loaded += static_cast<uint64_t>(TRY(context_.checked(std::move(moved))));
  return true;
}

SqlResult<bool> TransformedRows::fails(const std::string& query) {
  const auto scratch = next_table();
  const auto created = create(scratch, query);
  (void)context_.connection().execute("DROP TABLE IF EXISTS " + scratch);
  if (created) return false;
  if (!is_of_the_rows(created.error())) return std::unexpected(context_.error_of(created.error()));
  failure_ = created.error();
  return true;
}

SqlResult<void> TransformedRows::fill_file(size_t file) {
  auto& outcome = loader_.outcomes()[file];
  if (outcome.rows_loaded == 0) return {};
  const auto before = outcome.rows_loaded;
  outcome.rows_loaded = 0;
  const Rows all{file, 1, outcome.rows_parsed};
  if (job_.options.on_error.kind == OnError::Kind::continue_) {
    TRY(fill_range(all));
  } else if (!TRY(append(all))) {
    TRY(note(TRY(first_bad_row(all))));
  }
  if (outcome.rows_loaded == 0)
    outcome.status = "Load failed";
  else if (outcome.rows_loaded < before)
    outcome.status = "Partially loaded";
  return {};
}

/// Halves the range until the rows that fail stand alone.
SqlResult<void> TransformedRows::fill_range(const Rows& rows) {
  if (TRY(append(rows))) return {};
  if (rows.first == rows.last) return note(rows);
  const auto middle = rows.first + (rows.last - rows.first) / 2;
  TRY(fill_range({rows.file, rows.first, middle}));
  return fill_range({rows.file, middle + 1, rows.last});
}

/// Among rows that fail; alone, when no single one does (a transform that looks at several rows).
SqlResult<TransformedRows::Rows> TransformedRows::first_bad_row(Rows rows) {
  while (rows.first < rows.last) {
    const auto middle = rows.first + (rows.last - rows.first) / 2;
    if (TRY(fails(TRY(select(Rows{rows.file, rows.first, middle})))))
      rows.last = middle;
    else
      rows.first = middle + 1;
  }
  return rows;
}

SqlResult<TransformedRows::Place> TransformedRows::place_of(const Rows& row) {
  Place place{.row = row.first};
  const auto query = TRY(select(row));
  while (place.column + 1 < job_.columns.size() && !TRY(column_fails(query, place.column))) ++place.column;
  const auto line = loader_.line_of(row.file, row.first);
  if (!line) return sql::fail(stage_failure(line.error()));
  place.line = *line;
  return place;
}

SqlResult<bool> TransformedRows::column_fails(const std::string& query, size_t column) {
  const auto nulls =
      context_.connection().query(fmt::format("SELECT \"$v{0}\" IS NULL AS is_null FROM ({1}) WHERE is_null", column, query));
  if (nulls) return !nulls->empty() && !is_nullable(column);
  if (!is_of_the_rows(nulls.error())) return std::unexpected(context_.error_of(nulls.error()));
  return true;
}

SqlResult<void> TransformedRows::note(const Rows& row) {
  auto& outcome = loader_.outcomes()[row.file];
  ++outcome.errors_seen;
  if (outcome.first_error) return {};
  outcome.first_error = context_.error_of(failure_).message;
  const auto place = TRY(place_of(row));
  outcome.first_error_line = place.line;
  outcome.first_error_column = column_name(place.column);
  return {};
}

/// What ends a statement with ON_ERROR = ABORT_STATEMENT.
SqlResult<sql::Error> TransformedRows::first_error() {
  for (size_t file = 0; file < loader_.outcomes().size(); ++file) {
    const auto& outcome = loader_.outcomes()[file];
    if (outcome.rows_loaded == 0 || !TRY(fails(TRY(select(Rows{file, 1, outcome.rows_parsed}))))) continue;
    const auto row = TRY(first_bad_row({file, 1, outcome.rows_parsed}));
    const auto place = TRY(place_of(row));
    const auto cause = context_.error_of(failure_);
    RowError error{cause.code, cause.sql_state,           cause.message, "conversion", place.line, 1,
                   0,          column_name(place.column), place.row,     place.line,   ""};
    return load_error(outcome.file_name, error);
  }
  return context_.error_of(failure_);
}

bool TransformedRows::is_nullable(size_t column) const {
  return TargetTable{job_.table}.column(job_.columns[column])->nullable;
}

std::string TransformedRows::column_name(size_t column) const {
  return fmt::format("\"{}\"[\"{}\":{}]", job_.table->name, job_.columns[column], column + 1);
}

} // namespace freshet::warehouse
