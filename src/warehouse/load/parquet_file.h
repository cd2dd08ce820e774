#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "engine/engine.h"
#include "warehouse/load/json_format.h"

namespace freshet::warehouse {

/// Asks the engine, in the statement's own conversation with it.
using EngineQuery = std::function<engine::Result<engine::Rows>(const std::string& sql)>;

struct ParquetFile {
  uint64_t rows = 0;
  std::vector<engine::Column> columns;
};
/// From the file's footer. Errors: the engine's, when it is no Parquet file.
engine::Result<ParquetFile> inspect_parquet(const EngineQuery& query, const Path& path, const ParquetFormat& format);

/// `read_parquet('path', …)` with a column file_row_number, from 0.
std::string read_parquet(const Path& path, const ParquetFormat& format);

/// Engine text of a row as Snowflake shows it in $1: an object of the columns that are not null, dates and times as text.
std::string parquet_row(const std::vector<engine::Column>& columns);

} // namespace freshet::warehouse
