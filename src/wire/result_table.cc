#include "wire/result_table.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <charconv>
#include <iterator>
#include <ranges>

#include "warehouse/scalars/time_format.h"
#include "wire/cell.h"
#include "wire/json_text.h"

namespace freshet::wire {
namespace {

using sql::TypeKind;

/// "seconds.fraction" in two parts; the fraction counts forward, also before 1970.
struct Instant {
  int64_t seconds = 0;
  int64_t nanoseconds = 0;
};

Instant parse_instant(std::string_view cell) {
  Instant instant;
  const bool negative = cell.starts_with('-');
  const auto digits = cell.substr(negative ? 1 : 0);
  const auto point = std::min(digits.find('.'), digits.size());
  std::from_chars(digits.data(), digits.data() + point, instant.seconds);
  auto fraction = std::string(digits.substr(std::min(point + 1, digits.size())));
  fraction.resize(9, '0');
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), instant.nanoseconds);
  if (!negative) return instant;
  if (instant.nanoseconds == 0) return {-instant.seconds, 0};
  return {-instant.seconds - 1, 1'000'000'000 - instant.nanoseconds};
}

std::string formatted(const std::string& format, std::string_view otherwise, const Instant& instant, int64_t offset_minutes) {
  std::string out;
  const warehouse::TimeFormat compiled(format.empty() ? otherwise : std::string_view(format));
  const auto local = (instant.seconds + offset_minutes * 60) * 1'000'000 + instant.nanoseconds / 1000;
  compiled.append(out, local, static_cast<int32_t>(offset_minutes));
  return out;
}

/// The protocol's hex as BINARY_OUTPUT_FORMAT says.
std::string binary_text(std::string_view hex, std::string format) {
  std::ranges::transform(format, format.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (format.empty() || format == "HEX" || hex.size() % 2 != 0) return std::string(hex);
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  if (format != "BASE64") return bytes; // UTF-8
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) field.append(c == '"' ? "\"\"" : std::string(1, c));
  return field + '"';
}

std::string print_csv(const ResultTable& table) {
  std::string out;
  for (size_t i = 0; i < table.columns.size(); ++i) out.append(i == 0 ? "" : ",").append(csv_field(table.columns[i].name));
  out += '\n';
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i != 0) out += ',';
      if (row[i]) out += csv_field(display_text(*row[i], table.columns[i].type, table.formats));
    }
    out += '\n';
  }
  return out;
}

void append_json_value(std::string& out, const std::string& cell, const sql::SnowflakeType& type,
                       const OutputFormats& formats) {
  const auto is_json = [&] {
    boost::json::error_code error;
    boost::json::parse(cell, error);
    return !error;
  };
  switch (type.kind) {
    case TypeKind::boolean:
      out += cell == "1" || cell == "true" ? "true" : "false";
      return;
    case TypeKind::number:
    case TypeKind::real:
    case TypeKind::variant:
    case TypeKind::object:
    case TypeKind::array:
      if (is_json()) {
        out += cell;
        return;
      }
      break;
    default:
      break;
  }
  append_json_string(out, display_text(cell, type, formats));
}

std::string print_json(const ResultTable& table) {
  std::string out = "[";
  for (size_t row = 0; row < table.rows.size(); ++row) {
    out += row == 0 ? "{" : ",{";
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (i != 0) out += ',';
      append_json_string(out, table.columns[i].name);
      out += ':';
      const auto& cell = table.rows[row][i];
      if (cell)
        append_json_value(out, *cell, table.columns[i].type, table.formats);
      else
        out += "null";
    }
    out += '}';
  }
  return out + "]\n";
}

/// The number of characters, which is the width on a terminal for most of the world's text.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// On one line: line breaks and tabs as people write them.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    switch (c) {
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        line += c;
    }
  }
  return line;
}

using Cells = std::vector<std::string>;

std::string table_line(const Cells& cells, const std::vector<size_t>& widths, const std::vector<bool>& right) {
  std::string line = "|";
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - width(cells[i]), ' ');
    line += right[i] ? " " + padding + cells[i] + " |" : " " + cells[i] + padding + " |";
  }
  return line + '\n';
}

/// One row as lines of the table: semi-structured values take as many as they have, all else one.
std::vector<Cells> lines_of(const std::vector<std::optional<std::string>>& row, const ResultTable& table) {
  std::vector<Cells> lines(1, Cells(row.size()));
  for (size_t i = 0; i < row.size(); ++i) {
    const auto& type = table.columns[i].type;
    if (!row[i] || !is_semi_structured(type.kind)) {
      lines[0][i] = row[i] ? one_line(display_text(*row[i], type, table.formats)) : "NULL";
      continue;
    }
    size_t line = 0;
    for (const auto part : std::views::split(*row[i], '\n')) {
      if (line == lines.size()) lines.emplace_back(row.size());
      lines[line++][i] = one_line(std::string_view(part));
    }
  }
  return lines;
}

std::string print_table(const ResultTable& table) {
  std::vector<Cells> lines(1);
  std::vector<bool> right;
  for (const auto& column : table.columns) {
    lines[0].push_back(one_line(column.name));
    right.push_back(column.type.kind == TypeKind::number || column.type.kind == TypeKind::real);
  }
  for (const auto& row : table.rows) std::ranges::move(lines_of(row, table), std::back_inserter(lines));
  std::vector<size_t> widths(table.columns.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
  }
  std::string rule = "+";
  for (const auto column_width : widths) rule.append(column_width + 2, '-') += '+';
  rule += '\n';
  auto out = rule + table_line(lines[0], widths, std::vector<bool>(right.size(), false)) + rule;
  for (size_t i = 1; i < lines.size(); ++i) out += table_line(lines[i], widths, right);
  if (lines.size() > 1) out += rule;
  return out + fmt::format("{} row{}\n", table.rows.size(), table.rows.size() == 1 ? "" : "s");
}

} // namespace

ResultTable table_from(const warehouse::StatementResult& result, std::string_view time_zone) {
  ResultTable table{result.query_id, static_cast<int64_t>(result.kind), result.columns, {}, {}, result.warnings};
  table.formats.time_zone = time_zone;
  if (!result.rows) return table;
  const ZoneOffsets zone(time_zone);
  table.rows.reserve(result.rows->size());
  for (const auto& chunk : result.rows->chunks()) {
    for (size_t row = 0; row < chunk.size(); ++row) {
      auto& cells = table.rows.emplace_back(result.columns.size());
      for (size_t i = 0; i < cells.size(); ++i) {
        if (!chunk[i].is_null(row)) append_cell(cells[i].emplace(), result.columns[i].type, chunk[i], row, zone);
      }
    }
  }
  return table;
}

void OutputFormats::set(std::string_view parameter, std::string_view value) {
  const std::pair<std::string_view, std::string*> known[] = {{"TIMEZONE", &time_zone},
                                                             {"DATE_OUTPUT_FORMAT", &date},
                                                             {"TIME_OUTPUT_FORMAT", &time},
                                                             {"TIMESTAMP_OUTPUT_FORMAT", &timestamp},
                                                             {"TIMESTAMP_NTZ_OUTPUT_FORMAT", &timestamp_ntz},
                                                             {"TIMESTAMP_LTZ_OUTPUT_FORMAT", &timestamp_ltz},
                                                             {"TIMESTAMP_TZ_OUTPUT_FORMAT", &timestamp_tz},
                                                             {"BINARY_OUTPUT_FORMAT", &binary}};
  for (const auto& [name, member] : known)
    if (name == parameter) *member = value;
}

std::string display_text(std::string_view cell, const sql::SnowflakeType& type, const OutputFormats& formats) {
  constexpr std::string_view k_plain = "YYYY-MM-DD HH24:MI:SS.FF3", k_zoned = "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM";
  const auto is_number = !cell.empty() && cell.find_first_not_of("-0123456789. ") == std::string_view::npos;
  const auto own_or_common = [&](const std::string& own) { return own.empty() ? formats.timestamp : own; };
  switch (type.kind) {
    case TypeKind::boolean:
      return cell == "1" || cell == "true" ? "TRUE" : "FALSE";
    case TypeKind::binary:
      return binary_text(cell, formats.binary);
    case TypeKind::date: {
      int64_t days = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), days);
      if (error != std::errc() || end != cell.data() + cell.size()) return std::string(cell);
      return formatted(formats.date, "YYYY-MM-DD", {days * 86'400, 0}, 0);
    }
    case TypeKind::time:
      return is_number ? formatted(formats.time, "HH24:MI:SS", parse_instant(cell), 0) : std::string(cell);
    case TypeKind::timestamp_ntz:
      return is_number ? formatted(own_or_common(formats.timestamp_ntz), k_plain, parse_instant(cell), 0) : std::string(cell);
    case TypeKind::timestamp_ltz: {
      if (!is_number) return std::string(cell);
      const auto instant = parse_instant(cell);
      const auto offset = ZoneOffsets(formats.time_zone).minutes_at(instant.seconds);
      return formatted(own_or_common(formats.timestamp_ltz), k_zoned, instant, offset);
    }
    case TypeKind::timestamp_tz: {
      const auto space = cell.find(' ');
      if (!is_number || space == std::string_view::npos) return std::string(cell);
      int64_t offset = 1440;
      std::from_chars(cell.data() + space + 1, cell.data() + cell.size(), offset);
      return formatted(own_or_common(formats.timestamp_tz), k_zoned, parse_instant(cell.substr(0, space)), offset - 1440);
    }
    default:
      return std::string(cell);
  }
}

std::string print(const ResultTable& table, TableFormat format) {
  switch (format) {
    case TableFormat::csv:
      return print_csv(table);
    case TableFormat::json:
      return print_json(table);
    case TableFormat::table:
      break;
  }
  return print_table(table);
}

} // namespace freshet::wire
