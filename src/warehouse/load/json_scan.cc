#include "warehouse/load/json_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "warehouse/load/utf8.h"
#include "warehouse/scalars/json_duplicates.h"

namespace freshet::warehouse {

namespace {

constexpr uint64_t k_block_bytes = 4ull << 20;
constexpr uint64_t k_document_bytes_max = 128ull << 20;
constexpr size_t k_record_shown_bytes = 4096;

/// STRIP_NULL_VALUES: fields and elements that are null go, at every depth.
void strip_nulls(JsonValue& value) {
  const bool is_object = value.kind == JsonValue::Kind::object;
  size_t kept = 0;
  for (size_t i = 0; i < value.items.size(); ++i) {
    if (value.items[i].is_null()) continue;
    strip_nulls(value.items[i]);
    if (kept != i) {
      value.items[kept] = std::move(value.items[i]);
      if (is_object) value.keys[kept] = std::move(value.keys[i]);
    }
    ++kept;
  }
  value.items.resize(kept);
  if (is_object) value.keys.resize(kept);
}

} // namespace

Result<ScanReport> JsonScan::run(const FileScan::Source& source, const FileScan::Sink& sink) {
  ScanReport report;
  report.most_fields = 1;
  JsonDocuments documents(format_);
  JsonDocument document;
  std::string buffer;
  writing_ = static_cast<bool>(sink);
  for (bool last = false; !last;) {
    const auto block = TRY(source(k_block_bytes));
    last = block.size() < k_block_bytes;
    buffer.erase(0, documents.consumed());
    buffer += block;
    documents.feed(buffer, last);
    while (documents.next(document) == JsonDocuments::Step::document) {
      ++report.rows_parsed;
      report.traits.longest_record = std::max<uint64_t>(report.traits.longest_record, document.text.size());
      if (check(document, report))
        ++report.rows_good;
      else if (request_.stop_at_first_error)
        return report;
      if (writing_ && out_.size() >= k_block_bytes) {
        TRY(sink(out_));
        out_.clear();
      }
    }
    if (buffer.size() - documents.consumed() > k_document_bytes_max) {
      document.text = std::string_view(buffer).substr(documents.consumed());
      refuse(document, report, 100069, "22P02",
             fmt::format("Error parsing JSON: document is too large, max size {} bytes", k_document_bytes_max));
      break;
    }
  }
  if (writing_ && !out_.empty()) TRY(sink(out_));
  return report;
}

bool JsonScan::check(const JsonDocument& document, ScanReport& report) {
  std::string_view text = document.text;
  std::string replaced;
  if (!is_ascii(text) && !is_utf8(text)) {
    if (!format_.ignore_utf8_errors) {
      refuse(document, report, 100144, "22000",
             fmt::format("Invalid UTF8 detected in string '{}'", with_hex(text.substr(0, k_record_shown_bytes))));
      return false;
    }
    replaced = with_replacements(text);
    text = replaced;
  }
  auto value = format_.allow_duplicate ? parse_json_with_duplicates(text) : JsonValue::parse(text);
  if (!value) {
    refuse(document, report, 100069, "22P02", "Error parsing JSON: " + value.error());
    return false;
  }
  if (format_.strip_null_values) strip_nulls(*value);
  if (!writing_) return true;
  canonical_.clear();
  value->append_to(canonical_);
  out_ += request_.row_prefix;
  if (request_.row_numbers) fmt::format_to(std::back_inserter(out_), "{},", document.number);
  append_canonical(out_, canonical_);
  out_.push_back('\n');
  return true;
}

void JsonScan::refuse(const JsonDocument& document, ScanReport& report, int32_t code, std::string sql_state,
                      std::string message) const {
  ++report.errors_seen;
  if (report.errors.size() >= request_.errors_kept) return;
  report.errors.push_back({code, std::move(sql_state), std::move(message), "parsing", document.line, document.character,
                           document.byte_offset, fmt::format("\"{}\"[$1]", request_.table), document.number, document.line,
                           std::string(document.text.substr(0, k_record_shown_bytes))});
}

Result<uint64_t> line_of_document(const JsonFormat& format, const FileScan::Source& source, uint64_t number) {
  JsonDocuments documents(format);
  JsonDocument document;
  std::string buffer;
  for (bool last = false; !last;) {
    const auto block = TRY(source(k_block_bytes));
    last = block.size() < k_block_bytes;
    buffer.erase(0, documents.consumed());
    buffer += block;
    documents.feed(buffer, last);
    while (documents.next(document) == JsonDocuments::Step::document) {
      if (document.number == number) return document.line;
    }
  }
  return fail(ErrorKind::not_found, fmt::format("the file has no document {}", number));
}

} // namespace freshet::warehouse
