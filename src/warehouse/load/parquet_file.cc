#include "warehouse/load/parquet_file.h"

#include <fmt/format.h>

namespace freshet::warehouse {

namespace {

std::string moment_text(const std::string& value) {
  return fmt::format(
      "CASE WHEN epoch_us({0}) % 1000 = 0 THEN strftime({0}, '%Y-%m-%d %H:%M:%S.%g') ELSE strftime({0}, "
      "'%Y-%m-%d %H:%M:%S.%f') END",
      value);
}

std::string variant_of(const engine::Column& column) {
  using enum engine::TypeId;
  const auto name = engine::quote_identifier(column.name);
  switch (column.type.id) {
    case timestamp:
    case timestamp_s:
    case timestamp_ms:
      return fmt::format("to_json({})", moment_text(fmt::format("CAST({} AS TIMESTAMP)", name)));
    case timestamp_ns:
      return fmt::format("to_json(strftime({}, '%Y-%m-%d %H:%M:%S.%n'))", name);
    case timestamp_tz:
      return fmt::format("to_json({})", moment_text(fmt::format("({} AT TIME ZONE 'UTC')", name)));
    case date:
    case time:
    case time_ns:
    case uuid:
      return fmt::format("to_json(CAST({} AS VARCHAR))", name);
    case real:
    case double_:
      return fmt::format("freshet_float_variant(CAST({} AS VARCHAR))", name);
    case blob:
      return fmt::format("to_json(hex({}))", name);
    default:
      return fmt::format("to_json({})", name);
  }
}

} // namespace

std::string read_parquet(const Path& path, const ParquetFormat& format) {
  return fmt::format("read_parquet({}, file_row_number = true, binary_as_string = {})", engine::quote_literal(path.string()),
                     format.binary_as_text);
}

engine::Result<ParquetFile> inspect_parquet(const EngineQuery& query, const Path& path, const ParquetFormat& format) {
  ParquetFile file;
  const auto counted =
      TRY(query(fmt::format("SELECT num_rows FROM parquet_file_metadata({})", engine::quote_literal(path.string()))));
  if (!counted.empty()) file.rows = static_cast<uint64_t>(counted.integer(0, 0));
  const auto nothing =
      TRY(query(fmt::format("SELECT * EXCLUDE (file_row_number) FROM {} LIMIT 0", read_parquet(path, format))));
  file.columns = nothing.columns();
  return file;
}

std::string parquet_row(const std::vector<engine::Column>& columns) {
  std::string fields;
  for (const auto& column : columns) fields += fmt::format(", {}, {}", engine::quote_literal(column.name), variant_of(column));
  return fmt::format("freshet_object('drop'{})", fields);
}

} // namespace freshet::warehouse
