#include "warehouse/load/unload_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "sql/parser.h"

namespace freshet::warehouse {

namespace {

sql::Select& select_of(sql::Query& query) {
  return std::get<sql::Select>(query.body.node);
}

/// A table of this conversation, gone at the end of the scope.
class TemporaryTable {
 public:
  explicit TemporaryTable(StatementContext& context) : context_(context), name_(next_name()) {}
  ~TemporaryTable() { (void)context_.connection().execute("DROP TABLE IF EXISTS " + name_); }
  TemporaryTable(const TemporaryTable&) = delete;
  TemporaryTable& operator=(const TemporaryTable&) = delete;
  const std::string& name() const { return name_; }

 private:
  static std::string next_name() {
    static std::atomic<uint64_t> counter = 0;
    return fmt::format("temp.main.\"$unload_{}\"", ++counter);
  }
  StatementContext& context_;
  const std::string name_;
};

/// The columns as Parquet has them: semi-structured values as text, and without HEADER = TRUE no names.
std::string parquet_items(const UnloadOptions& options, const std::vector<ResultColumn>& columns) {
  using enum sql::TypeKind;
  std::string items;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto name = sql::quote_identifier(columns[i].name);
    const bool is_variant = columns[i].type.kind == variant || columns[i].type.kind == object || columns[i].type.kind == array;
    const auto shown = options.header ? columns[i].name : fmt::format("_COL_{}", i);
    const auto value = is_variant                             ? fmt::format("CAST({} AS VARCHAR)", name)
                       : columns[i].type.kind == timestamp_tz ? fmt::format("freshet_ltz({}, 'UTC', 'AUTO')", name)
                                                              : name;
    items += fmt::format("{}{} AS {}", i > 0 ? ", " : "", value, sql::quote_identifier(shown));
  }
  return items;
}

} // namespace

SqlResult<std::string> select_over(StatementContext& context, const std::string& items, const sql::Query& query) {
  auto outer = TRY(sql::parse_query(fmt::format("SELECT {} FROM (SELECT 1) AS \"$q\"", items)));
  select_of(outer).from->as<sql::SubqueryTable>()->query = query;
  return context.print(outer);
}

SqlResult<sql::Query> with_partition(const sql::Query& query, const sql::Expression& by) {
  auto outer = TRY(sql::parse_query(
      fmt::format("SELECT *, NULL::VARCHAR AS {} FROM (SELECT 1) AS \"$p\"", sql::quote_identifier(k_partition_column))));
  auto& select = select_of(outer);
  select.items[1].value.as<sql::Cast>()->operand = by;
  select.from->as<sql::SubqueryTable>()->query = query;
  return outer;
}

namespace {

/// Writes rows of a temporary table as Parquet files. What a file will weigh shows only when it is written: one that is too
/// large is written again in as many pieces as it is times too large, and so on. Cost: mostly twice the rows where
/// MAX_FILE_SIZE counts.
class ParquetUnload {
 public:
  ParquetUnload(StatementContext& context, const UnloadOptions& options, std::string rows,
                const std::vector<ResultColumn>& columns, FileSystem& files, Unloader& unloader)
      : context_(context),
        options_(options),
        rows_(std::move(rows)),
        items_(parquet_items(options, columns)),
        files_(files),
        unloader_(unloader) {}

  /// All rows of a partition, which `condition` tells.
  SqlResult<void> run(const std::string& partition, const std::string& condition) {
    const auto found = TRY(context_.query(fmt::format("SELECT min(rowid), max(rowid) FROM {} WHERE {}", rows_, condition)));
    if (found.is_null(0, 0)) return {};
    return write(partition, condition, found.integer(0, 0), found.integer(0, 1));
  }

 private:
  SqlResult<void> write(const std::string& partition, const std::string& condition, int64_t first, int64_t last) {
    auto file = std::make_unique<TemporaryFile>(files_, unloader_.next_temporary());
    const auto& wanted = options_.format.parquet.compression;
    const auto compression = wanted == "NONE" ? "uncompressed" : wanted == "GZIP" ? "gzip" : "snappy";
    const auto count = TRY(context_.execute(
        fmt::format("COPY (SELECT {} FROM {} WHERE {} AND rowid BETWEEN {} AND {}) TO {} (FORMAT parquet, COMPRESSION {})",
                    items_, rows_, condition, first, last, engine::quote_literal(file->path().string()), compression)));
    if (count == 0) return {};
    const auto written = files_.status(file->path());
    if (!written) return sql::fail(stage_failure(written.error()));
    const auto times = static_cast<int64_t>((written->size + options_.file_bytes_max - 1) / options_.file_bytes_max);
    if (times > 1 && options_.single) return sql::fail(stage_failure(larger_than(options_.file_bytes_max)));
    if (times > 1 && count > 1) {
      file.reset();
      const auto pieces = std::min(times, last - first + 1);
      for (int64_t piece = 0; piece < pieces; ++piece) {
        const auto from = first + (last - first + 1) * piece / pieces,
                   to = first + (last - first + 1) * (piece + 1) / pieces - 1;
        TRY(write(partition, condition, from, to));
      }
      return {};
    }
    if (auto added = unloader_.add(partition, std::move(file), static_cast<uint64_t>(count)); !added)
      return sql::fail(stage_failure(added.error()));
    return {};
  }

  StatementContext& context_;
  const UnloadOptions& options_;
  const std::string rows_;
  const std::string items_;
  FileSystem& files_;
  Unloader& unloader_;
};

} // namespace

SqlResult<void> unload_parquet(StatementContext& context, const UnloadOptions& options, const sql::Query& query,
                               const std::vector<ResultColumn>& columns, FileSystem& files, Unloader& unloader) {
  const TemporaryTable rows(context);
  TRY(context.execute(fmt::format("CREATE TEMP TABLE {} AS {}", rows.name(), TRY(context.print(query)))));
  ParquetUnload unload(context, options, rows.name(), columns, files, unloader);
  if (!options.partitioned) return unload.run("", "true");
  const auto column = sql::quote_identifier(k_partition_column);
  const auto partitions = TRY(context.query(fmt::format("SELECT DISTINCT {0} FROM {1} ORDER BY {0}", column, rows.name())));
  for (size_t row = 0; row < partitions.size(); ++row) {
    if (partitions.is_null(row, 0)) {
      TRY(unload.run("_NULL_", fmt::format("{} IS NULL", column)));
    } else {
      const std::string value(partitions.string(row, 0));
      TRY(unload.run(value, fmt::format("{} = {}", column, engine::quote_literal(value))));
    }
  }
  return {};
}

} // namespace freshet::warehouse
