#include "warehouse/load/file_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "engine/engine.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_files_per_statement = 64;

/// What the canonical copy of a transform has before $1.
constexpr std::array<std::string_view, 3> k_staged_columns = {"filename", "content_key", "last_modified"};

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
  auto modified = iso8601(object.modified);
  modified.pop_back(); // the Z: NTZ
  append_canonical(request.row_prefix, modified);
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
  std::string copy;
  const auto into_memory = [&](std::string_view bytes) -> Result<void> {
    copy += bytes;
    return {};
  };
  const auto report =
      TRY(FileScan(request).run(TRY(file.source()), file.small() ? FileScan::Sink(into_memory) : FileScan::Sink()));
  auto outcome = outcome_of(object, report);
  outcome.received = received;
  if (outcome.rows_loaded > 0) {
    if (!file.small() && plan_.staged_fields == 0 && engine_reads_alike(plan_.format, report)) {
      const auto options = engine_read_options(plan_.format, report);
      if (direct_.empty() || direct_.back().options != options || direct_.back().paths.size() >= k_files_per_statement)
        direct_.push_back({options, {}, {}});
      direct_.back().paths.push_back(*file.path());
      direct_.back().keep.push_back(std::move(file));
    } else {
      if (!file.small() || shared_ == nullptr) {
        auto* made = TRY(new_copy());
        if (file.small()) shared_ = made;
      }
      auto& to = file.small() ? *shared_ : *copies_.back();
      if (file.small()) {
        TRY(to.writer->append(copy));
      } else {
        TRY(FileScan(request).run(TRY(file.source()), [&](std::string_view bytes) { return to.writer->append(bytes); }));
      }
      to.rows += outcome.rows_loaded;
      to.longest_record = std::max(to.longest_record, report.traits.longest_record + request.row_prefix.size());
      to.line_ends = to.line_ends || report.traits.enclosed_line_end || report.traits.escape || report.traits.carriage_return;
    }
  }
  for (const auto& error : report.errors) errors_.push_back({outcome.file_name, error});
  outcomes_.push_back(std::move(outcome));
  return {};
}

uint64_t FileLoader::rows_accepted() const {
  uint64_t rows = 0;
  for (const auto& outcome : outcomes_) rows += outcome.rows_loaded;
  return rows;
}

std::vector<std::string> FileLoader::types() const {
  std::vector<std::string> types;
  for (const auto& column : plan_.columns) types.push_back(column.type.engine_type());
  return types;
}

Result<std::vector<std::string>> FileLoader::relations() {
  const auto column_types = types();
  std::string columns;
  for (size_t i = 1; i <= column_types.size(); ++i) columns += fmt::format("{}c{}", i > 1 ? ", " : "", i);
  std::vector<std::string> relations;
  const auto add = [&](const std::string& reader) { relations.push_back(fmt::format("(SELECT {} FROM {})", columns, reader)); };
  for (const auto& direct : direct_) add(read_csv(direct.paths, direct.options, column_types, false));
  for (auto& copy : copies_) {
    copy->writer.reset();
    const std::vector<Path> path = {copy->file->path()};
    add(read_csv(path, canonical_read_options(copy->longest_record, copy->line_ends), column_types, column_types.size() == 1));
  }
  return relations;
}

Result<std::string> FileLoader::staged_relation(std::optional<size_t> file) {
  std::vector<Path> paths;
  uint64_t longest = 0;
  bool line_ends = false;
  for (auto& copy : copies_) {
    copy->writer.reset();
    paths.push_back(copy->file->path());
    longest = std::max(longest, copy->longest_record);
    line_ends = line_ends || copy->line_ends;
  }
  std::string columns, read_columns;
  for (const auto name : k_staged_columns)
    read_columns += fmt::format("'{}': '{}', ", name, name == "last_modified" ? "TIMESTAMP" : "VARCHAR");
  read_columns += "'row_number': 'BIGINT'";
  for (size_t i = 1; i <= plan_.staged_fields; ++i) {
    columns += fmt::format("c{} AS \"${}\", ", i, i);
    read_columns += fmt::format(", 'c{}': 'VARCHAR'", i);
  }
  columns += fmt::format(
      "filename AS \"METADATA$FILENAME\", row_number AS \"METADATA$FILE_ROW_NUMBER\", content_key AS "
      "\"METADATA$FILE_CONTENT_KEY\", "
      "last_modified AS \"METADATA$FILE_LAST_MODIFIED\", CAST('{}' AS TIMESTAMPTZ) AS \"METADATA$START_SCAN_TIME\"",
      iso8601(plan_.started));
  std::string from;
  if (paths.empty()) {
    for (const auto name : k_staged_columns)
      from += fmt::format("NULL::{} AS {}, ", name == "last_modified" ? "TIMESTAMP" : "VARCHAR", name);
    from += "NULL::BIGINT AS row_number";
    for (size_t i = 1; i <= plan_.staged_fields; ++i) from += fmt::format(", NULL::VARCHAR AS c{}", i);
    return fmt::format("(SELECT {} FROM (SELECT {}) WHERE false)", columns, from);
  }
  std::string list;
  for (const auto& path : paths) list += (list.empty() ? "" : ", ") + engine::quote_literal(path.string());
  from = fmt::format("read_csv([{}], {}, columns = {{{}}})", list, canonical_read_options(longest, line_ends), read_columns);
  std::string where;
  if (file) {
    const auto& name = outcomes_.at(*file).file;
    where = " WHERE filename = " + engine::quote_literal(name.substr(name.find('/', 5) + 1));
  }
  return fmt::format("(SELECT {} FROM {}{})", columns, from, where);
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
