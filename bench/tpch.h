#pragma once

#include <span>
#include <string_view>

#include "engine/engine.h"

namespace freshet::bench {

/// Eight tables of the shape of TPC-H at scale 1 (its numbers of rows, keys, ranges and correlations; words and sentences of
/// our own), made with a fixed seed in a bare DuckDB.
void make_tpch_tables(engine::Connection& duckdb);

struct TpchTable {
  std::string_view name;
  std::string_view columns; // of CREATE TABLE, in both dialects
};
std::span<const TpchTable> tpch_tables();

/// The questions of TPC-H's 22 queries in Snowflake's dialect, without semicolons. A bare DuckDB understands them with the
/// macros that `make_tpch_tables` leaves there.
std::span<const std::string_view> tpch_queries();

} // namespace freshet::bench
