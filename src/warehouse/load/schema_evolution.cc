#include "warehouse/load/schema_evolution.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/load/infer_schema.h"
#include "warehouse/load/load_service.h"
#include "warehouse/statements/alter_table.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_added_max = 100;

/// The type of a new column: what was inferred, without its narrowness.
SqlResult<sql::TypeName> wide_type(const std::string& inferred) {
  if (!inferred.starts_with("NUMBER(")) return sql::parse_type(inferred == "TEXT" ? "VARCHAR" : inferred);
  const auto scale = inferred.substr(inferred.find(',') + 1); // " 2)"
  return sql::parse_type("NUMBER(38," + scale);
}

SqlResult<sql::AddColumns> added_columns(const Table& table, const std::vector<InferredColumn>& inferred) {
  sql::AddColumns added;
  for (const auto& column : inferred) {
    if (std::ranges::find(table.columns, column.name, &Column::name) != table.columns.end()) continue;
    sql::ColumnDefinition definition;
    definition.name = {column.name, true, {}};
    definition.type = TRY(wide_type(column.type));
    added.columns.push_back(std::move(definition));
  }
  if (added.columns.size() <= k_added_max) return added;
  return sql::fail(
      {2, "0A000",
       fmt::format("SQL compilation error:\nSchema evolution would add {} columns; at most {} are added by one COPY.",
                   added.columns.size(), k_added_max)});
}

/// NOT NULL columns that not all of the files have.
sql::AlterColumns relaxed_columns(const CopyJob& job, const Table& table, const std::vector<InferredColumn>& inferred,
                                  size_t files) {
  const auto is_metadata = [&](const Column& column) {
    return std::ranges::any_of(job.options.include_metadata, [&](const auto& pair) { return pair.first == column.name; });
  };
  sql::AlterColumns relaxed;
  for (const auto& column : table.columns) {
    if (column.nullable || is_metadata(column)) continue;
    const auto found = std::ranges::find(inferred, column.name, &InferredColumn::name);
    if (found != inferred.end() && found->files.size() >= files) continue;
    relaxed.columns.push_back({{column.name, true, {}}, sql::AlterColumn::Action::drop_not_null, {}, {}, {}, {}, {}});
  }
  return relaxed;
}

} // namespace

bool evolves(const Table& table) {
  const auto found = table.options.find("ENABLE_SCHEMA_EVOLUTION");
  return found != table.options.end() && found->second == std::vector<std::string>{"TRUE"};
}

bool may_evolve(const CopyJob& job) {
  const bool is_refused = job.format.type == StagedFormat::Type::csv && job.format.csv.error_on_column_count_mismatch;
  return evolves(*job.table->as<Table>()) && job.options.match != CopyOptions::Match::none && !job.column_list && !is_refused &&
         job.options.validation == CopyOptions::Validation::none;
}

SqlResult<void> evolve_schema(StatementContext& context, LoadService& service, const CopyJob& job,
                              const std::vector<objects::ObjectInfo>& files) {
  if (!may_evolve(job) || files.empty()) return {};
  InferOptions options;
  options.ignore_case = job.options.match == CopyOptions::Match::case_insensitive;
  const EngineQuery query = [&context](const std::string& sql) { return context.connection().query(sql); };
  const auto folder = service.temporary_directory() / fmt::format("evolve_{}", context.query_id());
  const auto& table = *job.table->as<Table>();
  sql::AddColumns added;
  sql::AlterColumns relaxed;
  /// False: nothing changes, or a file cannot be read: the load says so, by ON_ERROR.
  const auto look = [&]() -> SqlResult<bool> {
    const auto inferred = infer_columns(job.source, job.format, files, options, query, service.files(), folder);
    if (!inferred) return false;
    added = TRY(added_columns(table, *inferred));
    relaxed = relaxed_columns(job, table, *inferred, files.size());
    return !added.columns.empty() || !relaxed.columns.empty();
  };
  if (job.format.type == StagedFormat::Type::csv) { // headers say what is new; only its types need the rest of the files
    options.records_per_file_max = 1;
    if (!TRY(look())) return {};
    options.records_per_file_max = UINT64_MAX;
  }
  if (!TRY(look())) return {};
  context.end_snapshot();
  return context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    const auto current = context.catalog().find(job.table->id);
    if (!current) return {}; // dropped meanwhile: the load says so
    Object object = *current;
    if (!added.columns.empty()) TRY(alter_table(context, object, added, change));
    if (!relaxed.columns.empty()) TRY(alter_table(context, object, relaxed, change));
    change.put(std::move(object));
    return {};
  });
}

} // namespace freshet::warehouse
