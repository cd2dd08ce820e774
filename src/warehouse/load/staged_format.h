#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/functions.h"
#include "warehouse/load/csv_format.h"
#include "warehouse/load/json_format.h"

namespace freshet::warehouse {

class StatementContext;

/// What staged files are: their type and how it is read or written. Only the type's own member counts.
struct StagedFormat {
  enum class Type { csv, json, parquet };
  Type type = Type::csv;
  CsvFormat csv;
  JsonFormat json;
  ParquetFormat parquet;

  bool operator==(const StagedFormat&) const = default;
  Compression compression() const;
  /// Whether a row of a file is one semi-structured value, $1.
  bool is_semi_structured() const { return type != Type::csv; }
};

/// The format that catalog options stand for: FORMAT_NAME is looked up, the rest is applied over it. Errors: 002003 no such
/// format; 001008 an option's value, or an option of another type; 000002 a TYPE that Freshet does not read.
sql::SqlResult<StagedFormat> staged_format(StatementContext& context, const Options& options);
sql::SqlResult<StagedFormat> staged_format(const FileFormat& format);

/// The same options, with FORMAT_NAME qualified as it is meant in a database and schema.
sql::SqlResult<Options> format_as_seen_from(Options options, const NameScope& scope);

std::vector<FormatProperty> properties_of(const StagedFormat& format);

} // namespace freshet::warehouse
