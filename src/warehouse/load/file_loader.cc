#include "warehouse/load/file_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "engine/engine.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_files_per_statement = 64;

/// What the canonical copy of a transform has before $1, and the engine's types of it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_staged_columns = {
    {{"filename", "VARCHAR"}, {"content_key", "VARCHAR"}, {"last_modified", "TIMESTAMP"}, {"row_number", "BIGINT"}}};

std::string ntz_text(TimePoint time) {
  auto text = iso8601(time);
  text.pop_back(); // the Z
  return text;
}

} // namespace

FileLoader::FileLoader(LoadPlan plan, FileSystem& files, Path temporary_directory)
    : plan_(std::move(plan)),
      files_(files),
      temporary_directory_(std::move(temporary_directory)),
      unique_(random_secret_hex(8)) {}

Path FileLoader::next_temporary() {
  return temporary_directory_ / fmt::format("load_{}_{}.csv", unique_, next_file_++);
}

ScanRequest FileLoader::request_for(const objects::ObjectInfo& object) const {
  ScanRequest request;
  request.format = plan_.format;
  request.table = plan_.table_name;
  request.columns = plan_.columns;
  request.check_column_count = plan_.check_column_count;
  request.conversion.truncate_columns = plan_.truncate_columns;
  request.errors_kept = plan_.errors_kept;
  if (!plan_.columns.empty()) {
    request.row_numbers = plan_.columns.size() == 1; // a row that is one null would be a blank line
    return request;
  }
  request.field_count = plan_.staged_fields;
  request.row_numbers = true;
  append_canonical(request.row_prefix, object.key);
  request.row_prefix += ',';
  append_canonical(request.row_prefix, object.etag);
  request.row_prefix += ',';
  append_canonical(request.row_prefix, ntz_text(object.modified));
  request.row_prefix += ',';
  return request;
}

Result<FileLoader::Copy*> FileLoader::new_copy() {
  auto copy = std::make_unique<Copy>();
  copy->file = std::make_unique<TemporaryFile>(files_, next_temporary());
  copy->writer = TRY(files_.create(copy->file->path()));
  copies_.push_back(std::move(copy));
  return copies_.back().get();
}

FileOutcome FileLoader::outcome_of(const objects::ObjectInfo& object, const ScanReport& report) const {
  FileOutcome outcome;
  outcome.file = fmt::format("s3://{}/{}", object.bucket, object.key);
  outcome.file_name = plan_.source.file_name(object.key);
  outcome.stage_location = plan_.source.location();
  outcome.size = object.size;
  outcome.etag = object.etag;
  outcome.rows_parsed = report.rows_parsed;
  outcome.errors_seen = report.errors_seen;
  outcome.error_limit = plan_.on_error.shown_limit(report.rows_parsed);
  if (!report.errors.empty()) {
    const auto& first = report.errors.front();
    outcome.first_error = first.message;
    outcome.first_error_line = first.line;
    outcome.first_error_character = first.character;
    outcome.first_error_column = first.column;
  }
  const bool refused = plan_.on_error.refuses(report.errors_seen, report.rows_parsed);
  outcome.rows_loaded = refused ? 0 : report.rows_good;
  if (refused || (report.errors_seen > 0 && report.rows_good == 0))
    outcome.status = "Load failed";
  else if (report.errors_seen > 0)
    outcome.status = "Partially loaded";
  return outcome;
}

Result<void> FileLoader::add(const objects::ObjectInfo& object, std::optional<TimePoint> received) {
  auto request = request_for(object);
  auto opened = StagedFile::open(*plan_.source.store, object, plan_.format.compression, files_, next_temporary());
  if (!opened && opened.error().kind == ErrorKind::corrupt) {
    ScanReport report;
    report.errors_seen = 1;
    report.errors.push_back({100076, "22000", opened.error().message, "parsing", 0, 0, 0, "", 0, 0, ""});
    outcomes_.push_back(outcome_of(object, report));
    outcomes_.back().status = "Load failed";
    outcomes_.back().received = received;
    errors_.push_back({outcomes_.back().file_name, report.errors.front()});
    return {};
  }
  auto file = TRY(std::move(opened));
  std::string scanned;
  const auto into_memory = [&](std::string_view bytes) -> Result<void> {
    scanned += bytes;
    return {};
  };
  const auto report =
      TRY(FileScan(request).run(TRY(file.source()), file.small() ? FileScan::Sink(into_memory) : FileScan::Sink()));
  auto outcome = outcome_of(object, report);
  outcome.received = received;
  if (outcome.rows_loaded > 0) {
    if (!file.small() && engine_reads_alike(plan_.format, report))
      take(object, report, std::move(file));
    else
      TRY(copy(request, report, file, scanned));
  }
  for (const auto& error : report.errors) errors_.push_back({outcome.file_name, error});
  outcomes_.push_back(std::move(outcome));
  return {};
}

/// The file, about to be the next outcome, is read as it lies.
void FileLoader::take(const objects::ObjectInfo& object, const ScanReport& report, StagedFile file) {
  auto options = engine_read_options(plan_.format, report);
  if (plan_.staged_fields > 0) {
    direct_staged_.push_back({outcomes_.size(), std::move(options), std::move(file), object, report.most_fields});
    return;
  }
  if (direct_.empty() || direct_.back().options != options || direct_.back().paths.size() >= k_files_per_statement)
    direct_.push_back({std::move(options), {}, {}});
  direct_.back().paths.push_back(*file.path());
  direct_.back().keep.push_back(std::move(file));
}

/// The file's accepted rows go into a canonical copy; `scanned` has them already when the file is small.
Result<void> FileLoader::copy(const ScanRequest& request, const ScanReport& report, const StagedFile& file,
                              const std::string& scanned) {
  if (!file.small() || shared_ == nullptr) {
    auto* made = TRY(new_copy());
    if (file.small()) shared_ = made;
  }
  auto& to = file.small() ? *shared_ : *copies_.back();
  if (file.small())
    TRY(to.writer->append(scanned));
  else
    TRY(FileScan(request).run(TRY(file.source()), [&](std::string_view bytes) { return to.writer->append(bytes); }));
  to.longest_record = std::max(to.longest_record, report.traits.longest_record + request.row_prefix.size());
  to.line_ends = to.line_ends || report.traits.enclosed_line_end || report.traits.escape || report.traits.carriage_return;
  return {};
}

uint64_t FileLoader::rows_accepted() const {
  uint64_t rows = 0;
  for (const auto& outcome : outcomes_) rows += outcome.rows_loaded;
  return rows;
}

Result<std::vector<std::string>> FileLoader::relations() {
  std::vector<std::string> types; // to read as
  std::string columns;
  for (const auto& column : plan_.columns) {
    const auto type = column.type.engine_type();
    const auto name = fmt::format("c{}", types.size() + 1);
    const bool is_wide = column.type.kind == sql::TypeKind::number && column.type.precision > 18;
    columns += columns.empty() ? "" : ", ";
    // The engine's reader takes a hundred times as long over a wide DECIMAL as the engine's cast does (engine/decimal_cast.cc).
    columns += is_wide ? fmt::format("CAST({0} AS {1}) AS {0}", name, type) : name;
    types.push_back(is_wide ? "VARCHAR" : type);
  }
  std::vector<std::string> relations;
  const auto add = [&](const std::string& reader) { relations.push_back(fmt::format("(SELECT {} FROM {})", columns, reader)); };
  for (const auto& direct : direct_) add(read_csv(direct.paths, direct.options, types, false));
  for (auto& copy : copies_) {
    copy->writer.reset();
    const std::vector<Path> path = {copy->file->path()};
    add(read_csv(path, canonical_read_options(copy->longest_record, copy->line_ends), types, types.size() == 1));
  }
  return relations;
}

Result<std::string> FileLoader::staged_relation(std::optional<size_t> file) {
  for (auto& copy : copies_) copy->writer.reset();
  std::vector<std::string> parts;
  for (const auto& direct : direct_staged_) {
    if (!file || direct.outcome == *file) parts.push_back(staged_direct(direct));
  }
  const bool is_direct = file && !parts.empty();
  if (!copies_.empty() && !is_direct) parts.push_back(staged_copies(file));
  if (parts.empty()) parts.push_back(staged_nothing());
  std::string columns;
  for (size_t i = 1; i <= plan_.staged_fields; ++i) columns += fmt::format("c{} AS \"${}\", ", i, i);
  return fmt::format("(SELECT {}filename AS \"METADATA$FILENAME\", row_number AS \"METADATA$FILE_ROW_NUMBER\", content_key AS "
                     "\"METADATA$FILE_CONTENT_KEY\", last_modified AS \"METADATA$FILE_LAST_MODIFIED\", "
                     "CAST('{}' AS TIMESTAMPTZ) AS \"METADATA$START_SCAN_TIME\" FROM ({}))",
                     columns, iso8601(plan_.started), fmt::join(parts, " UNION ALL "));
}

/// A file's own columns are constants and a count of its records: nothing is written for them.
std::string FileLoader::staged_direct(const DirectStaged& file) const {
  std::string fields;
  for (size_t i = 1; i <= plan_.staged_fields; ++i)
    fields += i <= file.fields ? fmt::format(", c{}", i) : fmt::format(", CAST(NULL AS VARCHAR) AS c{}", i);
  const std::vector<Path> path = {*file.file.path()};
  const std::vector<std::string> types(file.fields, "VARCHAR");
  return fmt::format("SELECT {} AS filename, {} AS content_key, CAST({} AS TIMESTAMP) AS last_modified, row_number() OVER () AS "
                     "row_number{} FROM {}",
                     engine::quote_literal(file.object.key), engine::quote_literal(file.object.etag),
                     engine::quote_literal(ntz_text(file.object.modified)), fields, read_csv(path, file.options, types, false));
}

std::string FileLoader::staged_copies(std::optional<size_t> file) const {
  std::string list, columns, fields;
  uint64_t longest = 0;
  bool line_ends = false;
  for (const auto& copy : copies_) {
    list += (list.empty() ? "" : ", ") + engine::quote_literal(copy->file->path().string());
    longest = std::max(longest, copy->longest_record);
    line_ends = line_ends || copy->line_ends;
  }
  for (const auto& [name, type] : k_staged_columns) columns += fmt::format("{}'{}': '{}'", columns.empty() ? "" : ", ", name, type);
  for (size_t i = 1; i <= plan_.staged_fields; ++i) {
    columns += fmt::format(", 'c{}': 'VARCHAR'", i);
    fields += fmt::format(", c{}", i);
  }
  std::string where;
  if (file) {
    const auto& name = outcomes_.at(*file).file;
    where = " WHERE filename = " + engine::quote_literal(name.substr(name.find('/', 5) + 1));
  }
  return fmt::format("SELECT filename, content_key, last_modified, row_number{} FROM read_csv([{}], {}, columns = {{{}}}){}", fields,
                     list, canonical_read_options(longest, line_ends), columns, where);
}

std::string FileLoader::staged_nothing() const {
  std::string columns;
  for (const auto& [name, type] : k_staged_columns)
    columns += fmt::format("{}CAST(NULL AS {}) AS {}", columns.empty() ? "" : ", ", type, name);
  for (size_t i = 1; i <= plan_.staged_fields; ++i) columns += fmt::format(", CAST(NULL AS VARCHAR) AS c{}", i);
  return fmt::format("SELECT * FROM (SELECT {}) WHERE false", columns);
}

Result<uint64_t> FileLoader::line_of(size_t file, uint64_t row) {
  const std::string bucket = fmt::format("s3://{}/", plan_.source.bucket);
  auto& store = *plan_.source.store;
  const auto object = TRY(store.head(plan_.source.bucket, outcomes_.at(file).file.substr(bucket.size())));
  const auto staged = TRY(StagedFile::open(store, object, plan_.format.compression, files_, next_temporary()));
  return line_of_row(plan_.format, TRY(staged.source()), row);
}

sql::Error load_error(const std::string& file, const RowError& error) {
  const auto row = error.row_start_line == error.line
                       ? fmt::format("Row {}", error.row_number)
                       : fmt::format("Row {} starts at line {}", error.row_number, error.row_start_line);
  return {
      error.code, error.sql_state,
      fmt::format(
          "{}\n  File '{}', line {}, character {}\n  {}, column {}\n  If you would like to continue loading when an error is "
          "encountered, use other values such as 'SKIP_FILE' or 'CONTINUE' for the ON_ERROR option. For more information on "
          "loading options, please run 'info loading_data' in a SQL client.",
          error.message, file, error.line, error.character, row, error.column)};
}

} // namespace freshet::warehouse
