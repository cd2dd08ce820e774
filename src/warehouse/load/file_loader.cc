#include "warehouse/load/file_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "engine/engine.h"
#include "warehouse/load/json_scan.h"
#include "warehouse/load/option_values.h"

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
  request.format = plan_.format.csv;
  if (request.format.parse_header) request.format.skip_header = 1;
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
  append_canonical(request.row_prefix, plan_.source.metadata_name(object.key));
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
  outcome.shown = plan_.source.shown_name(object.key);
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
  const bool refused = refuses(report);
  outcome.rows_loaded = refused ? 0 : report.rows_good;
  if (refused || (report.errors_seen > 0 && report.rows_good == 0))
    outcome.status = "Load failed";
  else if (report.errors_seen > 0)
    outcome.status = "Partially loaded";
  return outcome;
}

bool FileLoader::refuses(const ScanReport& report) const {
  return plan_.on_error.refuses(report.errors_seen, report.rows_parsed);
}

Result<void> FileLoader::add(const objects::ObjectInfo& object, std::optional<TimePoint> received) {
  auto opened = StagedFile::open(*plan_.source.store, object, plan_.format.compression(), files_, next_temporary());
  if (!opened && opened.error().kind == ErrorKind::corrupt) {
    ScanReport report;
    report.errors_seen = 1;
    report.errors.push_back({100076, "22000", opened.error().message, "parsing", 0, 0, 0, "", 0, 0, ""});
    note_outcome(object, report, received);
    outcomes_.back().status = "Load failed";
    return {};
  }
  auto file = TRY(std::move(opened));
  using enum StagedFormat::Type;
  note_outcome(object,
               plan_.format.type == csv    ? TRY(add_csv(object, std::move(file)))
               : plan_.format.type == json ? TRY(add_json(object, std::move(file)))
                                           : TRY(add_parquet(object, std::move(file))),
               received);
  return {};
}

void FileLoader::note_outcome(const objects::ObjectInfo& object, const ScanReport& report, std::optional<TimePoint> received) {
  auto outcome = outcome_of(object, report);
  outcome.received = received;
  for (const auto& error : report.errors) errors_.push_back({outcome.file_name, error});
  outcomes_.push_back(std::move(outcome));
}

Result<ScanReport> FileLoader::add_csv(const objects::ObjectInfo& object, StagedFile file) {
  auto request = request_for(object);
  if (!plan_.header_names.empty()) request.field_sources = TRY(header_sources(file));
  std::string scanned;
  const auto into_memory = [&](std::string_view bytes) -> Result<void> {
    scanned += bytes;
    return {};
  };
  auto report = TRY(FileScan(request).run(TRY(file.source()), file.small() ? FileScan::Sink(into_memory) : FileScan::Sink()));
  if (refuses(report) || report.rows_good == 0) return report;
  if (!file.small() && engine_reads_alike(plan_.format.csv, report))
    take(object, report, std::move(file));
  else
    TRY(copy(request, report, file, scanned));
  return report;
}

Result<ScanReport> FileLoader::add_json(const objects::ObjectInfo& object, StagedFile file) {
  const auto request = request_for(object);
  auto* to = file.small() ? shared_ : nullptr;
  if (to == nullptr) to = TRY(new_copy());
  if (file.small()) shared_ = to;
  std::string scanned;
  const auto sink = [&](std::string_view bytes) -> Result<void> {
    if (!file.small()) return to->writer->append(bytes);
    scanned += bytes;
    return {};
  };
  auto report = TRY(JsonScan(plan_.format.json, request).run(TRY(file.source()), sink));
  if (refuses(report)) {
    if (!file.small()) copies_.pop_back();
    return report;
  }
  if (file.small()) TRY(to->writer->append(scanned));
  to->longest_record = std::max(to->longest_record, 2 * report.traits.longest_record + request.row_prefix.size());
  return report;
}

Result<ScanReport> FileLoader::add_parquet(const objects::ObjectInfo& object, StagedFile file) {
  ScanReport report;
  const auto path = TRY(file.on_disk(next_temporary()));
  auto found = inspect_parquet(plan_.query, path, plan_.format.parquet);
  if (!found) {
    report.errors_seen = 1;
    report.errors.push_back(
        {100144, "22000", fmt::format("Invalid Parquet file: {}", found.error().message), "parsing", 0, 0, 0, "", 0, 0, ""});
    return report;
  }
  report.rows_parsed = report.rows_good = found->rows;
  report.most_fields = 1;
  if (found->rows > 0) parquet_.push_back({outcomes_.size(), std::move(file), object, std::move(found->columns)});
  return report;
}

/// For each wanted name the place of its column in the file's header.
Result<std::vector<std::optional<size_t>>> FileLoader::header_sources(const StagedFile& file) const {
  constexpr uint64_t k_header_bytes_max = 4ull << 20;
  auto format = plan_.format.csv;
  format.parse_header = false;
  CsvReader reader(format);
  CsvRecord header;
  const auto bytes = TRY(TRY(file.source())(k_header_bytes_max));
  reader.feed(bytes, bytes.size() < k_header_bytes_max);
  std::vector<std::optional<size_t>> sources(plan_.header_names.size());
  if (reader.next(header) != CsvReader::Step::record) return sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    for (size_t field = 0; field < header.fields.size() && !sources[i]; ++field) {
      const std::string name(header.fields[field].text);
      if (plan_.match_case ? name == plan_.header_names[i] : upper_case(name) == upper_case(plan_.header_names[i]))
        sources[i] = field;
    }
  }
  return sources;
}

/// The file, about to be the next outcome, is read as it lies.
void FileLoader::take(const objects::ObjectInfo& object, const ScanReport& report, StagedFile file) {
  auto options = engine_read_options(plan_.format.csv, report);
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
    const bool is_wide = (column.type.kind == sql::TypeKind::number && column.type.precision > 18) ||
                         column.type.kind == sql::TypeKind::timestamp_tz;
    columns += columns.empty() ? "" : ", ";
    // The engine's reader takes a hundred times as long over a wide DECIMAL as the engine's cast does (engine/decimal_cast.cc).
    columns += is_wide ? fmt::format("{} AS {}", column.type.engine_cast(name), name) : name;
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
  const auto& types = column_types();
  for (const auto& parquet : parquet_) {
    if (!file || parquet.outcome == *file) parts.push_back(staged_parquet(parquet, types));
  }
  const bool is_direct = file && !parts.empty();
  if (!copies_.empty() && !is_direct) parts.push_back(staged_copies(file));
  if (parts.empty()) parts.push_back(staged_nothing());
  std::string columns;
  for (size_t i = 1; i <= plan_.staged_fields; ++i) columns += fmt::format("c{} AS \"${}\", ", i, i);
  return fmt::format(
      "(SELECT {}filename AS \"METADATA$FILENAME\", row_number AS \"METADATA$FILE_ROW_NUMBER\", content_key AS "
      "\"METADATA$FILE_CONTENT_KEY\", last_modified AS \"METADATA$FILE_LAST_MODIFIED\", "
      "CAST('{}' AS TIMESTAMPTZ) AS \"METADATA$START_SCAN_TIME\" FROM ({}))",
      columns, iso8601(plan_.started), fmt::join(parts, " UNION ALL "));
}

/// What $n is to the engine.
std::string_view FileLoader::field_type() const {
  return plan_.format.is_semi_structured() ? "JSON" : "VARCHAR";
}

/// A file's own columns are constants and a count of its records: nothing is written for them.
std::string FileLoader::own_columns(const objects::ObjectInfo& object, std::string_view row_number) const {
  return fmt::format("{} AS filename, {} AS content_key, CAST({} AS TIMESTAMP) AS last_modified, {} AS row_number",
                     engine::quote_literal(plan_.source.metadata_name(object.key)), engine::quote_literal(object.etag),
                     engine::quote_literal(ntz_text(object.modified)), row_number);
}

std::string FileLoader::staged_direct(const DirectStaged& file) const {
  std::string fields;
  for (size_t i = 1; i <= plan_.staged_fields; ++i)
    fields += i <= file.fields ? fmt::format(", c{}", i) : fmt::format(", CAST(NULL AS VARCHAR) AS c{}", i);
  const std::vector<Path> path = {*file.file.path()};
  const std::vector<std::string> types(file.fields, "VARCHAR");
  return fmt::format("SELECT {}{} FROM {}", own_columns(file.object, "row_number() OVER ()"), fields,
                     read_csv(path, file.options, types, false));
}

/// The first column of this name, as GET and GET_IGNORE_CASE take it; null: the file has none.
const engine::Column* FileLoader::column_of(const ParquetStaged& file, std::string_view name) const {
  const auto found = std::ranges::find_if(file.columns, [&](const engine::Column& column) {
    return plan_.match_case ? column.name == name : upper_case(column.name) == upper_case(name);
  });
  return found == file.columns.end() ? nullptr : &*found;
}

const std::vector<std::optional<engine::Type>>& FileLoader::column_types() {
  if (column_types_) return *column_types_;
  auto& types = column_types_.emplace();
  for (const auto& name : plan_.header_names) {
    std::optional<engine::Type> type;
    bool agree = true;
    for (const auto& file : parquet_) {
      const auto* column = column_of(file, name);
      if (column == nullptr) continue;
      agree = agree && (!type || *type == column->type);
      type = column->type;
    }
    types.push_back(agree ? type : std::nullopt);
  }
  return types;
}

std::string FileLoader::staged_parquet(const ParquetStaged& file, const std::vector<std::optional<engine::Type>>& types) const {
  std::string named;
  for (size_t i = 0; i < types.size(); ++i) {
    const auto* column = types[i] ? column_of(file, plan_.header_names[i]) : nullptr;
    const auto type = types[i] ? engine::sql_text(*types[i]) : "VARCHAR";
    named += fmt::format(", {} AS c{}",
                         column != nullptr ? engine::quote_identifier(column->name) : "CAST(NULL AS " + type + ")", i + 2);
  }
  return fmt::format("SELECT {}, {} AS c1{} FROM {}", own_columns(file.object, "file_row_number + 1"),
                     parquet_row(file.columns), named, read_parquet(*file.file.path(), plan_.format.parquet));
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
  for (const auto& [name, type] : k_staged_columns)
    columns += fmt::format("{}'{}': '{}'", columns.empty() ? "" : ", ", name, type);
  for (size_t i = 1; i <= plan_.staged_fields; ++i) {
    columns += fmt::format(", 'c{}': '{}'", i, field_type());
    fields += fmt::format(", c{}", i);
  }
  std::string where;
  if (file) {
    const auto& name = outcomes_.at(*file).file;
    where = " WHERE filename = " + engine::quote_literal(plan_.source.metadata_name(name.substr(name.find('/', 5) + 1)));
  }
  return fmt::format("SELECT filename, content_key, last_modified, row_number{} FROM read_csv([{}], {}, columns = {{{}}}){}",
                     fields, list, canonical_read_options(longest, line_ends), columns, where);
}

std::string FileLoader::staged_nothing() const {
  std::string columns;
  for (const auto& [name, type] : k_staged_columns)
    columns += fmt::format("{}CAST(NULL AS {}) AS {}", columns.empty() ? "" : ", ", type, name);
  for (size_t i = 1; i <= plan_.staged_fields; ++i) columns += fmt::format(", CAST(NULL AS {}) AS c{}", field_type(), i);
  return fmt::format("SELECT * FROM (SELECT {}) WHERE false", columns);
}

Result<uint64_t> FileLoader::line_of(size_t file, uint64_t row) {
  const std::string bucket = fmt::format("s3://{}/", plan_.source.bucket);
  auto& store = *plan_.source.store;
  const auto object = TRY(store.head(plan_.source.bucket, outcomes_.at(file).file.substr(bucket.size())));
  const auto staged = TRY(StagedFile::open(store, object, plan_.format.compression(), files_, next_temporary()));
  switch (plan_.format.type) {
    case StagedFormat::Type::csv:
      return line_of_row(request_for(object).format, TRY(staged.source()), row);
    case StagedFormat::Type::json:
      return line_of_document(plan_.format.json, TRY(staged.source()), row);
    case StagedFormat::Type::parquet:
      break;
  }
  return row;
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
