#include "warehouse/load/file_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "warehouse/load/utf8.h"

namespace freshet::warehouse {

namespace {

constexpr uint64_t k_block_bytes = 4ull << 20;
constexpr size_t k_record_shown_bytes = 4096;

std::string shown_delimiter(std::string_view delimiter) {
  if (delimiter == "\n" || delimiter == "\r\n") return "\\n";
  if (delimiter == "\t") return "\\t";
  return std::string(delimiter);
}

} // namespace

FileScan::FileScan(ScanRequest request) : request_(std::move(request)) {
  for (const auto& column : request_.columns) converters_.emplace_back(column, request_.format, request_.conversion);
}

Result<ScanReport> FileScan::run(const Source& source, const Sink& sink) {
  ScanReport report;
  CsvReader reader(request_.format);
  CsvRecord record;
  std::string buffer;
  bool last = false;
  writing_ = static_cast<bool>(sink);
  out_.clear();
  while (true) {
    auto block = TRY(source(k_block_bytes));
    last = block.size() < k_block_bytes;
    ascii_ = is_ascii(block) && (buffer.empty() || is_ascii(buffer));
    if (buffer.empty())
      buffer = std::move(block);
    else
      buffer += block;
    reader.feed(buffer, last);
    auto step = CsvReader::Step::record;
    while ((step = reader.next(record)) == CsvReader::Step::record) {
      ++report.rows_parsed;
      if (request_.columns.empty() && report.rows_parsed > 1 && record.fields.size() != report.most_fields)
        report.ragged = true;
      report.most_fields = std::max(report.most_fields, record.fields.size());
      if (check(record, report))
        ++report.rows_good;
      else if (request_.stop_at_first_error)
        break;
      if (writing_ && out_.size() >= k_block_bytes) {
        TRY(sink(out_));
        out_.clear();
      }
    }
    if (step == CsvReader::Step::record || step == CsvReader::Step::end) break;
    buffer.erase(0, reader.consumed());
    if (last) return fail(ErrorKind::corrupt, "the CSV reader wants more than the whole file");
  }
  if (writing_ && !out_.empty()) TRY(sink(out_));
  report.traits = reader.traits();
  return report;
}

/// Checks the record and appends it to the copy; what a refused record left there is taken back.
bool FileScan::check(const CsvRecord& record, ScanReport& report) {
  if (!check_structure(record, report) || !check_encoding(record, report)) return false;
  row_start_ = out_.size();
  if (check_fields(record, report)) return true;
  out_.resize(row_start_);
  return false;
}

bool FileScan::check_structure(const CsvRecord& record, ScanReport& report) {
  const auto& format = request_.format;
  const auto at = [&](size_t offset) { return position_in(record.raw, record.line, offset); };
  const auto refuse_at = [&](int32_t code, std::string message, size_t field, size_t offset) {
    refuse(record, report, {code, "22000", std::move(message)}, field, at(offset), record.byte_offset + offset, "parsing");
    return false;
  };
  const size_t expected = request_.columns.size(), found = record.fields.size();
  switch (record.problem) {
    case CsvRecord::Problem::none:
      break;
    case CsvRecord::Problem::garbage_after_enclosure: {
      const std::string_view rest = record.raw.substr(std::min<size_t>(record.problem_offset, record.raw.size()));
      const auto character = rest.substr(0, rest.empty() ? 0 : std::max<size_t>(utf8_length(rest), 1));
      const bool final_field = expected > 0 && record.problem_field + 1 >= expected;
      return refuse_at(final_field ? 100066 : 100065,
                       final_field ? fmt::format("Found character '{}' instead of record delimiter '{}'", character,
                                                 shown_delimiter(format.record_delimiter))
                                   : fmt::format("Found character '{}' instead of field delimiter '{}'", character,
                                                 shown_delimiter(format.field_delimiter)),
                       record.problem_field, record.problem_offset);
    }
    case CsvRecord::Problem::unclosed_enclosure:
      return refuse_at(
          100067,
          fmt::format("The field that starts here is not closed by its enclosing character '{}' before the {} ends",
                      format.enclosed_by.value_or('"'), format.multi_line ? "file" : "record"),
          record.problem_field, record.problem_offset);
    case CsvRecord::Problem::too_long:
      return refuse_at(
          100198,
          fmt::format("Max record size ({} bytes) exceeded: check the record delimiter and the enclosing character",
                      CsvReader::k_record_size_max),
          record.problem_field, 0);
  }
  if (expected == 0) return true;
  if (found == expected) return true;
  if (!request_.check_column_count) {
    report.ragged = true;
    return true;
  }
  if (record.number == 1) {
    // Reported just past the record: at the start of the next line, if there is one.
    auto position = at(record.raw.size());
    if (!record.at_end_of_file) position = {position.line + 1, 1};
    refuse(record, report,
           {100080, "22000",
            fmt::format(
                "Number of columns in file ({}) does not match that of the corresponding table ({}), use file format option "
                "error_on_column_count_mismatch=false to ignore this error",
                found, expected)},
           found - 1, position, record.byte_offset + record.raw.size(), "parsing");
    return false;
  }
  if (found > expected) {
    return refuse_at(100016,
                     fmt::format("Field delimiter '{}' found while expecting record delimiter '{}'",
                                 shown_delimiter(format.field_delimiter), shown_delimiter(format.record_delimiter)),
                     expected - 1, record.fields[expected].offset - format.field_delimiter.size());
  }
  return refuse_at(100068, fmt::format("End of record reached while expected to parse column '{}'", column_name(found)), found,
                   record.raw.size());
}

bool FileScan::check_encoding(const CsvRecord& record, ScanReport& report) {
  if (ascii_ || is_utf8(record.raw)) return true;
  report.rewritten = true;
  if (request_.format.replace_invalid_characters) return true;
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const auto& field = record.fields[i];
    if (is_utf8(field.text)) continue;
    const auto shown = with_hex(field.text);
    refuse(record, report, {100144, "22000", fmt::format("Invalid UTF8 detected in string '{}'", shown)}, i,
           position_in(record.raw, record.line, field.offset), record.byte_offset + field.offset, "parsing");
    return false;
  }
  return true;
}

bool FileScan::check_fields(const CsvRecord& record, ScanReport& report) {
  if (writing_) out_ += request_.row_prefix;
  if (writing_ && request_.row_numbers) fmt::format_to(std::back_inserter(out_), "{}", record.number);
  const size_t count = request_.columns.empty() ? request_.field_count : request_.columns.size();
  static const CsvField k_missing{{}, 0, false, true};
  for (size_t i = 0; i < count; ++i) {
    const auto from = request_.field_sources.empty() ? i : request_.field_sources[i].value_or(record.fields.size());
    const auto& field = from < record.fields.size() ? record.fields[from] : k_missing;
    const bool first = i == 0 && !request_.row_numbers;
    if (field.null) {
      if (i < request_.columns.size() && !request_.columns[i].nullable) {
        refuse(record, report,
               {100088, "22000",
                "NULL result in a non-nullable column. Use quotes if an empty field should be interpreted as an empty string "
                "instead of a null"},
               i, position_in(record.raw, record.line, field.offset), record.byte_offset + field.offset, "parsing");
        return false;
      }
      if (writing_) write_field(field, {}, first);
      continue;
    }
    std::string_view text = field.text;
    std::string replaced;
    if (request_.format.replace_invalid_characters && !is_utf8(text)) {
      replaced = with_replacements(text);
      text = replaced;
    }
    if (!converters_.empty()) {
      ConversionFault fault;
      switch (converters_[i].convert(text, converted_, fault)) {
        case FieldConverter::Outcome::verbatim:
          break;
        case FieldConverter::Outcome::rewritten:
          report.rewritten = true;
          text = converted_;
          break;
        case FieldConverter::Outcome::refused:
          refuse(record, report, std::move(fault), i, position_in(record.raw, record.line, field.offset),
                 record.byte_offset + field.offset, "conversion");
          return false;
      }
    }
    if (writing_) write_field(field, text, first);
  }
  if (writing_) out_.push_back('\n');
  return true;
}

void FileScan::write_field(const CsvField& field, std::string_view text, bool first) {
  if (!first) out_.push_back(',');
  if (!field.null) append_canonical(out_, text);
}

void append_canonical(std::string& out, std::string_view text) {
  out.push_back('"');
  for (size_t from = 0; from <= text.size();) {
    const auto quote = text.find('"', from);
    if (quote == std::string_view::npos) {
      out.append(text.substr(from));
      break;
    }
    out.append(text.substr(from, quote + 1 - from)).push_back('"');
    from = quote + 1;
  }
  out.push_back('"');
}

void FileScan::refuse(const CsvRecord& record, ScanReport& report, ConversionFault fault, size_t field, CsvPosition position,
                      uint64_t byte, std::string_view category) {
  ++report.errors_seen;
  if (report.errors.size() >= request_.errors_kept) return;
  report.errors.push_back({fault.code, std::move(fault.sql_state), with_hex(fault.message), std::string(category),
                           position.line, position.character, byte, column_name(field), record.number, record.line,
                           std::string(record.raw.substr(0, k_record_shown_bytes))});
}

std::string FileScan::column_name(size_t field) const {
  if (field < request_.columns.size())
    return fmt::format("\"{}\"[\"{}\":{}]", request_.table, request_.columns[field].name, field + 1);
  return fmt::format("\"{}\"[{}]", request_.table, field + 1);
}

Result<uint64_t> line_of_row(const CsvFormat& format, const FileScan::Source& source, uint64_t row) {
  CsvReader reader(format);
  CsvRecord record;
  std::string buffer;
  while (true) {
    const auto block = TRY(source(k_block_bytes));
    buffer += block;
    const bool last = block.size() < k_block_bytes;
    reader.feed(buffer, last);
    while (reader.next(record) == CsvReader::Step::record) {
      if (record.number == row) return record.line;
    }
    if (last) return fail(ErrorKind::not_found, fmt::format("the file has no row {}", row));
    buffer.erase(0, reader.consumed());
  }
}

} // namespace freshet::warehouse
