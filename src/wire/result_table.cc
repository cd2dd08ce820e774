#include "wire/result_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <iterator>
#include <ranges>

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

std::string date_text(int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days(days)}};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string timestamp_text(const Instant& instant, int64_t offset_minutes) {
  const auto local = instant.seconds + offset_minutes * 60;
  const auto days = local >= 0 ? local / 86'400 : -((-local + 86'399) / 86'400);
  const auto of_day = local - days * 86'400;
  return fmt::format("{} {:02}:{:02}:{:02}.{:03}", date_text(days), of_day / 3600, of_day / 60 % 60, of_day % 60,
                     instant.nanoseconds / 1'000'000);
}

std::string offset_text(int64_t minutes) {
  const auto magnitude = std::abs(minutes);
  return fmt::format(" {}{:02}{:02}", minutes < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
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
      if (row[i]) out += csv_field(display_text(*row[i], table.columns[i].type, table.time_zone));
    }
    out += '\n';
  }
  return out;
}

void append_json_value(std::string& out, const std::string& cell, const sql::SnowflakeType& type, std::string_view time_zone) {
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
  append_json_string(out, display_text(cell, type, time_zone));
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
        append_json_value(out, *cell, table.columns[i].type, table.time_zone);
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
      lines[0][i] = row[i] ? one_line(display_text(*row[i], type, table.time_zone)) : "NULL";
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
  ResultTable table{result.query_id, static_cast<int64_t>(result.kind), result.columns, {}, std::string(time_zone), result.warnings};
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

std::string display_text(std::string_view cell, const sql::SnowflakeType& type, std::string_view time_zone) {
  const auto is_number = !cell.empty() && cell.find_first_not_of("-0123456789. ") == std::string_view::npos;
  switch (type.kind) {
    case TypeKind::boolean:
      return cell == "1" || cell == "true" ? "TRUE" : "FALSE";
    case TypeKind::date: {
      int64_t days = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), days);
      return error == std::errc() && end == cell.data() + cell.size() ? date_text(days) : std::string(cell);
    }
    case TypeKind::time:
      return is_number ? timestamp_text(parse_instant(cell), 0).substr(11, 8) : std::string(cell);
    case TypeKind::timestamp_ntz:
      return is_number ? timestamp_text(parse_instant(cell), 0) : std::string(cell);
    case TypeKind::timestamp_ltz: {
      if (!is_number) return std::string(cell);
      const auto instant = parse_instant(cell);
      const auto offset = ZoneOffsets(time_zone).minutes_at(instant.seconds);
      return timestamp_text(instant, offset) + offset_text(offset);
    }
    case TypeKind::timestamp_tz: {
      const auto space = cell.find(' ');
      if (!is_number || space == std::string_view::npos) return std::string(cell);
      int64_t offset = 1440;
      std::from_chars(cell.data() + space + 1, cell.data() + cell.size(), offset);
      return timestamp_text(parse_instant(cell.substr(0, space)), offset - 1440) + offset_text(offset - 1440);
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
