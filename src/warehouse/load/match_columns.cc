#include "warehouse/load/match_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_printer.h"
#include "sql/parser.h"

namespace freshet::warehouse {

namespace {

using sql::TypeKind;

bool is_semi_structured(const sql::SnowflakeType& type) {
  return type.kind == TypeKind::variant || type.kind == TypeKind::object || type.kind == TypeKind::array;
}

/// What a format says about the texts in its values.
struct TextRules {
  const std::vector<std::string>& null_if;
  bool trim_space = false;
  std::string date_format = "AUTO", time_format = "AUTO", timestamp_format = "AUTO", binary_format = "HEX";
};

TextRules rules_of(const StagedFormat& format) {
  static const std::vector<std::string> k_none; // the reader has done it
  switch (format.type) {
    case StagedFormat::Type::csv:
      return {
          k_none, false, format.csv.date_format, format.csv.time_format, format.csv.timestamp_format, format.csv.binary_format};
    case StagedFormat::Type::json:
      return {format.json.null_if,     format.json.trim_space,       format.json.date_format,
              format.json.time_format, format.json.timestamp_format, format.json.binary_format};
    case StagedFormat::Type::parquet:
      break;
  }
  return {format.parquet.null_if, format.parquet.trim_space};
}

std::string moment(const std::string& value, std::string_view function, const std::string& format,
                   const sql::SnowflakeType& type) {
  if (format == "AUTO") return fmt::format("({})::{}", value, type.to_string());
  return fmt::format("{}(({})::VARCHAR, {})", function, value, sql::quote_string(format));
}

std::string converted(std::string value, const Column& column, const TextRules& rules) {
  if (!rules.null_if.empty()) {
    std::string words;
    for (const auto& word : rules.null_if) words += (words.empty() ? "" : ", ") + sql::quote_string(word);
    value = fmt::format("CASE WHEN ({0})::VARCHAR NOT IN ({1}) THEN {0} END", value, words);
  }
  if (is_semi_structured(column.type)) return fmt::format("({})::{}", value, column.type.to_string());
  if (rules.trim_space) value = fmt::format("TRIM(({})::VARCHAR)", value);
  switch (column.type.kind) {
    case TypeKind::date:
      return moment(value, "TO_DATE", rules.date_format, column.type);
    case TypeKind::time:
      return moment(value, "TO_TIME", rules.time_format, column.type);
    case TypeKind::timestamp_ntz:
      return moment(value, "TO_TIMESTAMP_NTZ", rules.timestamp_format, column.type);
    case TypeKind::timestamp_ltz:
      return moment(value, "TO_TIMESTAMP_LTZ", rules.timestamp_format, column.type);
    case TypeKind::timestamp_tz:
      return moment(value, "TO_TIMESTAMP_TZ", rules.timestamp_format, column.type);
    case TypeKind::binary:
      return fmt::format("TO_BINARY(({})::VARCHAR, {})", value, sql::quote_string(rules.binary_format));
    case TypeKind::text: // whether it is too long is told when it is assigned
      return fmt::format("({})::VARCHAR", value);
    default:
      return fmt::format("({})::{}", value, column.type.to_string());
  }
}

bool goes_as_it_is(const engine::Type& from, TypeKind to) {
  using enum engine::TypeId;
  switch (from.id) {
    case tinyint:
    case smallint:
    case integer:
    case bigint:
    case utinyint:
    case usmallint:
    case uinteger:
    case ubigint:
    case decimal:
      return to == TypeKind::number || to == TypeKind::real;
    case real:
    case double_:
      return to == TypeKind::real;
    case varchar:
      return to == TypeKind::text && from.alias.empty();
    case boolean:
      return to == TypeKind::boolean;
    case date:
      return to == TypeKind::date;
    case timestamp:
    case timestamp_s:
    case timestamp_ms:
      return to == TypeKind::timestamp_ntz;
    default:
      return false;
  }
}

std::string value_of(const Column& column, size_t number, const StagedFormat& format, bool match_case) {
  if (format.type == StagedFormat::Type::csv) return fmt::format("${}", number);
  return fmt::format("{}($1, {})", match_case ? "GET" : "GET_IGNORE_CASE", sql::quote_string(column.name));
}

} // namespace

sql::SqlResult<sql::Query> matching_transform(const std::vector<Column>& columns, const StagedFormat& format,
                                              const CopyOptions& options,
                                              const std::vector<std::optional<sql::SnowflakeType>>& as_they_are) {
  std::string items;
  if (options.match == CopyOptions::Match::none) {
    if (columns.size() != 1 || !is_semi_structured(columns[0].type)) {
      return sql::fail(
          {2019, "0A000",
           fmt::format("SQL compilation error:\n{} file format can produce one and only one column of type variant, object, or "
                       "array. Load data into separate columns using the MATCH_BY_COLUMN_NAME copy option or copy with "
                       "transformation.",
                       properties_of(format).front().value)});
    }
    items = "$1";
  } else {
    const auto rules = rules_of(format);
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto& column = columns[i];
      const auto metadata =
          std::ranges::find(options.include_metadata, column.name, [](const auto& pair) { return pair.first; });
      items += items.empty() ? "" : ", ";
      if (metadata != options.include_metadata.end()) {
        items += metadata->second;
      } else if (i < as_they_are.size() && as_they_are[i]) {
        const auto field = fmt::format("${}", i + 2);
        items += as_they_are[i]->kind == TypeKind::text ? converted(field, column, rules) : field;
      } else {
        items += converted(value_of(column, i + 1, format, options.match == CopyOptions::Match::case_sensitive), column, rules);
      }
    }
  }
  return sql::parse_query(fmt::format("SELECT {} FROM @staged", items));
}

std::vector<std::optional<sql::SnowflakeType>> types_as_they_are(const std::vector<Column>& columns,
                                                                 const std::vector<std::optional<engine::Type>>& file_types,
                                                                 const StagedFormat& format) {
  std::vector<std::optional<sql::SnowflakeType>> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& type = file_types.at(i);
    const bool is_text = columns[i].type.kind == TypeKind::text;
    const bool fits = type && goes_as_it_is(*type, columns[i].type.kind) && (is_text || rules_of(format).null_if.empty());
    out.push_back(fits ? std::optional(sql::type_from_engine(engine::sql_text(*type))) : std::nullopt);
  }
  return out;
}

} // namespace freshet::warehouse
