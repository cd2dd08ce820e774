#include "warehouse/load/staged_format.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/load/option_values.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

sql::Error format_error(const Error& error) {
  if (error.kind == ErrorKind::unsupported) return {2, "0A000", "Unsupported feature: " + error.message};
  return {1008, "22023", "SQL compilation error:\n" + error.message};
}

Result<void> set(StagedFormat& format, const LoadOption& option) {
  switch (format.type) {
    case StagedFormat::Type::csv:
      return format.csv.set(option);
    case StagedFormat::Type::json:
      return format.json.set(option);
    case StagedFormat::Type::parquet:
      return format.parquet.set(option);
  }
  return {};
}

SqlResult<void> apply(StagedFormat& format, const Options& options) {
  for (const auto& [key, values] : options) {
    if (key == "TYPE" || key == "FORMAT_NAME") continue;
    if (auto done = set(format, {key, values}); !done) return sql::fail(format_error(done.error()));
  }
  if (format.type != StagedFormat::Type::csv) return {};
  if (auto valid = format.csv.validate(); !valid) return sql::fail(format_error(valid.error()));
  return {};
}

SqlResult<StagedFormat::Type> type_of(std::string_view written) {
  const auto type = upper_case(written);
  if (type == "CSV") return StagedFormat::Type::csv;
  if (type == "JSON") return StagedFormat::Type::json;
  if (type == "PARQUET") return StagedFormat::Type::parquet;
  if (type == "AVRO" || type == "ORC" || type == "XML" || type == "CUSTOM")
    return sql::fail(sql::unsupported_feature(fmt::format("file format type {}", type)));
  return sql::fail({1008, "22023", fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'TYPE'", written)});
}

} // namespace

Compression StagedFormat::compression() const {
  return type == Type::csv ? csv.compression : type == Type::json ? json.compression : Compression::none;
}

SqlResult<StagedFormat> staged_format(const FileFormat& file_format) {
  StagedFormat format;
  format.type = TRY(type_of(file_format.type));
  TRY(apply(format, file_format.options));
  return format;
}

SqlResult<StagedFormat> staged_format(StatementContext& context, const Options& options) {
  StagedFormat format;
  if (const auto named = options.find("FORMAT_NAME"); named != options.end() && !named->second.empty()) {
    const auto name = TRY(sql::parse_qualified_name(named->second.front()));
    const auto object = TRY(context.find(ObjectKind::file_format, name));
    format = TRY(staged_format(*object->as<FileFormat>()));
  }
  if (const auto type = options.find("TYPE"); type != options.end() && !type->second.empty())
    format.type = TRY(type_of(type->second.front()));
  TRY(apply(format, options));
  return format;
}

SqlResult<Options> format_as_seen_from(Options options, const NameScope& scope) {
  const auto named = options.find("FORMAT_NAME");
  if (named == options.end() || named->second.empty()) return options;
  auto name = TRY(sql::parse_qualified_name(named->second.front()));
  if (name.parts.size() < 2) name.parts.insert(name.parts.begin(), {scope.schema, true, {}});
  if (name.parts.size() < 3) name.parts.insert(name.parts.begin(), {scope.database, true, {}});
  std::string qualified;
  for (const auto& part : name.parts) qualified += (qualified.empty() ? "" : ".") + sql::quote_identifier(part.name);
  named->second = {std::move(qualified)};
  return options;
}

std::vector<FormatProperty> properties_of(const StagedFormat& format) {
  switch (format.type) {
    case StagedFormat::Type::csv:
      return properties_of(format.csv);
    case StagedFormat::Type::json:
      return properties_of(format.json);
    case StagedFormat::Type::parquet:
      return properties_of(format.parquet);
  }
  return {};
}

} // namespace freshet::warehouse
