#include "warehouse/load/engine_read.h"

#include <fmt/format.h>

#include "engine/engine.h"

namespace freshet::warehouse {

namespace {

constexpr std::string_view k_never_a_field = "\x01\x02 never \x02\x01";
constexpr uint64_t k_engine_line_max = 1 << 20; // below the engine's default limit of 2 MB, quotes included

std::string line_limit(uint64_t longest_record) {
  return longest_record < k_engine_line_max ? "" : fmt::format(", max_line_size = {}", longest_record * 3 + 1024);
}

} // namespace

bool engine_reads_alike(const CsvFormat& format, const ScanReport& report) {
  const auto& seen = report.traits;
  if (report.errors_seen > 0 || report.rewritten || report.ragged) return false;
  if (seen.escape || seen.stray_enclosure || seen.enclosed_line_end || seen.carriage_return || seen.blank_record ||
      seen.zero_byte || seen.trimmed || seen.problem || seen.null_word || seen.odd_header) {
    return false;
  }
  if (seen.crlf && seen.lf) return false;
  if (format.record_delimiter != "\n" && format.record_delimiter != "\r\n") return false;
  if (format.field_delimiter.size() != 1 || static_cast<unsigned char>(format.field_delimiter[0]) >= 0x80) return false;
  if (format.parse_header || !format.skip_byte_order_mark) return false;
  return seen.longest_record < k_engine_line_max;
}

std::string engine_read_options(const CsvFormat& format, const ScanReport& report) {
  const auto quote = format.enclosed_by ? std::string(1, *format.enclosed_by) : std::string();
  // The engine's new_line = '\r\n' miscounts records (1.5.6); without the option it takes both kinds.
  return fmt::format(
      "auto_detect = false, header = false, skip = {}, delim = {}, quote = {}, escape = {}, nullstr = {}, "
      "allow_quoted_nulls = false, strict_mode = true, comment = ''{}",
      format.skip_header, engine::quote_literal(format.field_delimiter), engine::quote_literal(quote),
      engine::quote_literal(quote), format.empty_field_as_null ? "''" : engine::quote_literal(k_never_a_field),
      report.traits.crlf ? "" : ", new_line = '\\n'");
}

std::string canonical_read_options(uint64_t longest_record, bool line_ends_in_fields) {
  return fmt::format(
      "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', nullstr = '', "
      "allow_quoted_nulls = false, strict_mode = true, comment = ''{}{}",
      line_limit(longest_record), line_ends_in_fields ? ", parallel = false" : "");
}

std::string read_csv(std::span<const Path> paths, const std::string& options, std::span<const std::string> types,
                     bool row_numbers) {
  std::string list, columns = row_numbers ? "'row_number': 'BIGINT'" : "";
  for (const auto& path : paths) list += (list.empty() ? "" : ", ") + engine::quote_literal(path.string());
  for (size_t i = 0; i < types.size(); ++i)
    columns += fmt::format("{}'c{}': {}", columns.empty() ? "" : ", ", i + 1, engine::quote_literal(types[i]));
  return fmt::format("read_csv([{}], {}, columns = {{{}}})", list, options, columns);
}

} // namespace freshet::warehouse
