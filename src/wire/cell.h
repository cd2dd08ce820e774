#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/rows.h"
#include "sql/types.h"
#include "warehouse/result.h"

namespace freshet::wire {

/// The offsets of one time zone, for TIMESTAMP_TZ cells. An unknown name counts as UTC.
class ZoneOffsets {
 public:
  explicit ZoneOffsets(std::string_view iana_name);
  int32_t minutes_at(int64_t epoch_seconds) const;

 private:
  const void* zone_; // date::time_zone, which lives as long as the program
};

/// Appends the protocol's text of one value, which must not be NULL: digits for numbers, "1" or "0", days, "seconds.fraction",
/// hex, JSON text, "seconds.fraction offset+1440" (the JSON result format, version 1).
void append_cell(std::string& out, const sql::SnowflakeType& type, const engine::Vector& vector, size_t row,
                 const ZoneOffsets& zone);

/// Appends rows [begin, end) as JSON arrays of strings and nulls, separated by commas: `["1",null],["2","x"]`.
/// Semi-structured values are indented by `json_indent`: the session's JSON_INDENT.
void append_rows(std::string& out, const warehouse::StatementResult& result, size_t begin, size_t end, const ZoneOffsets& zone,
                 size_t json_indent = 2);

/// VARIANT, OBJECT or ARRAY: JSON, a member a line.
bool is_semi_structured(sql::TypeKind kind);

/// "fixed", "text", "timestamp_ntz", …
std::string_view wire_type_name(sql::TypeKind kind);

/// Appends one entry of `rowtype`.
void append_row_type(std::string& out, const warehouse::ResultColumn& column);

} // namespace freshet::wire
