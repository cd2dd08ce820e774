#include "warehouse/external/external_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "sql/parser.h"
#include "sql/snowflake_printer.h"
#include "warehouse/binder.h"
#include "warehouse/external/external_table.h"
#include "warehouse/external/registered_files.h"
#include "warehouse/load/load_service.h"
#include "warehouse/physical.h"

namespace freshet::warehouse {

namespace {

constexpr std::string_view k_files = "$files";
constexpr std::string_view k_partition = "METADATA$EXTERNAL_TABLE_PARTITION";

/// What the columns' expressions may name: VALUE and METADATA$….
std::vector<sql::OutputColumn> source_columns() {
  std::vector<sql::OutputColumn> out = {{"VALUE", sql::type_of_kind(sql::TypeKind::variant)}};
  for (auto& column : sql::staged_file_columns()) out.push_back(std::move(column));
  out.push_back({std::string(k_partition), sql::type_of_kind(sql::TypeKind::text), true, false, true});
  return out;
}

/// The names of the expressions: one relation, that of the files.
class FileNames final : public Binder {
 public:
  FileNames(StatementContext& context, NameScope scope, std::string files)
      : Binder(context, std::move(scope), 1), files_(std::move(files)) {}

  SqlResult<std::string> relation(const sql::NamedTable& table) override {
    return is_files(table) ? SqlResult<std::string>(files_) : Binder::relation(table);
  }
  std::optional<std::vector<sql::OutputColumn>> columns(const sql::NamedTable& table) override {
    return is_files(table) ? source_columns() : Binder::columns(table);
  }

 private:
  static bool is_files(const sql::NamedTable& table) {
    return table.name.parts.size() == 1 && table.name.parts[0].name == k_files;
  }
  std::string files_;
};

/// The columns over a relation with source_columns().
SqlResult<std::string> computed(StatementContext& context, const Object& object, std::string files) {
  std::string items;
  for (const auto& column : object.as<Table>()->columns) {
    const auto name = sql::quote_identifier(column.name);
    items += column.computed.empty() ? "VALUE AS " + name + ", "
                                     : fmt::format("CAST(({}) AS {}) AS {}, ", column.computed, column.type.to_string(), name);
  }
  std::string hidden;
  for (const auto& column : source_columns()) {
    if (column.hidden) hidden += (hidden.empty() ? "" : ", ") + column.name;
  }
  const auto query = TRY(sql::parse_query(fmt::format("SELECT {}{} FROM \"{}\"", items, hidden, k_files)));
  FileNames names(context, context.scope_of(object), std::move(files));
  auto text = sql::print_engine_query(query, names, context.print_options());
  if (!text) return std::unexpected(text.error());
  return "(" + *text + ")";
}

/// A row of a file as one value: of delimited files an object of its fields.
std::string value_of(const StagedFormat& format, size_t fields) {
  if (format.is_semi_structured()) return "\"$1\"";
  std::string pairs;
  for (size_t i = 1; i <= fields; ++i) pairs += fmt::format("{}'c{}', \"${}\"", i > 1 ? ", " : "", i, i);
  return fmt::format("CAST(json_object({}) AS JSON)", pairs);
}

sql::Error not_found(const std::string& file) {
  return {
      91016, "22000",
      fmt::format(
          "Remote file '{}' was not found. There are several potential causes. The file might not exist. The required "
          "credentials may be missing or invalid. If you are running a copy command, please make sure files are not deleted "
          "when they are being loaded or files are not being loaded into two different tables concurrently with auto purge "
          "option.",
          file)};
}

SqlResult<std::vector<objects::ObjectInfo>> objects_of(const StageSource& source, const std::vector<RegisteredFile>& files) {
  std::vector<objects::ObjectInfo> out;
  for (const auto& file : files) {
    const auto key = source.base + file.path;
    auto object = source.store->head(source.bucket, key);
    if (!object && object.error().kind == ErrorKind::not_found) return sql::fail(not_found(source.shown_name(key)));
    if (!object) return sql::fail(stage_failure(object.error()));
    out.push_back(std::move(*object));
  }
  return out;
}

/// METADATA$EXTERNAL_TABLE_PARTITION by file; most tables have none.
std::string partition_of(const StageSource& source, const std::vector<RegisteredFile>& files) {
  std::string keys, values;
  for (const auto& file : files) {
    if (file.partition.empty()) continue;
    keys += (keys.empty() ? "" : ", ") + engine::quote_literal(source.metadata_name(source.base + file.path));
    values += (values.empty() ? "" : ", ") + engine::quote_literal(file.partition);
  }
  if (keys.empty()) return "CAST(NULL AS VARCHAR)";
  return fmt::format("map([{}], [{}])[\"METADATA$FILENAME\"]", keys, values);
}

/// The files whose partitions meet the filter; all of them when it cannot be evaluated, so that the query says why. Cost:
/// O(files), none of which is opened.
SqlResult<std::vector<RegisteredFile>> in_partitions(StatementContext& context, const Object& object, const StageSource& source,
                                                     std::vector<RegisteredFile> files, const PartitionFilter& filter) {
  const auto& table = *object.as<Table>();
  boost::json::array list;
  for (size_t i = 0; i < files.size(); ++i) {
    auto partition = files[i].partition.empty() ? boost::json::value() : boost::json::value(files[i].partition);
    list.push_back({{"i", i}, {"f", source.metadata_name(source.base + files[i].path)}, {"p", std::move(partition)}});
  }
  std::string columns;
  for (const auto& column : source_columns()) {
    const auto name = sql::quote_identifier(column.name);
    const auto value = column.name == "METADATA$FILENAME"          ? "f"
                       : column.name == k_partition                ? "p"
                       : column.name == "METADATA$FILE_ROW_NUMBER" ? "i"
                                                                   : "NULL";
    columns += fmt::format("{}CAST({} AS {}) AS {}", columns.empty() ? "" : ", ", value, column.type->engine_type(), name);
  }
  const auto relation = fmt::format(
      R"((SELECT {} FROM (SELECT unnest(from_json({}, '[{{"i":"BIGINT","f":"VARCHAR","p":"VARCHAR"}}]'), recursive := true))))",
      columns, engine::quote_literal(boost::json::serialize(list)));
  std::string items;
  for (const auto& column : table.columns) {
    if (std::ranges::find(table.external->partition_by, column.name) != table.external->partition_by.end())
      items +=
          fmt::format("CAST(({}) AS {}) AS {}, ", column.computed, column.type.to_string(), sql::quote_identifier(column.name));
  }
  auto query = TRY(sql::parse_query(
      fmt::format(R"(SELECT "$file" FROM (SELECT {}METADATA$FILE_ROW_NUMBER AS "$file" FROM "{}") AS {} WHERE TRUE)", items,
                  k_files, sql::quote_identifier(filter.alias))));
  std::get<sql::Select>(query.body.node).where = sql::Box<sql::Expression>(filter.condition);
  FileNames names(context, context.scope_of(object), relation);
  const auto text = sql::print_engine_query(query, names, context.print_options());
  if (!text) return files;
  const auto rows = context.connection().query(*text);
  if (!rows) return files;
  std::vector<RegisteredFile> out;
  for (size_t row = 0; row < rows->size(); ++row) out.push_back(std::move(files[static_cast<size_t>(rows->integer(row, 0))]));
  return out;
}

SqlResult<std::string> rows_of(StatementContext& context, const Object& object, const std::string& list,
                               const std::optional<PartitionFilter>& filter = std::nullopt) {
  const auto& table = *object.as<Table>();
  auto files = TRY(registered_in(context, list));
  const auto source = TRY(external_source(context, object, ""));
  if (filter) files = TRY(in_partitions(context, object, source, std::move(files), *filter));
  const auto format = TRY(staged_format(context, table.external->file_format));
  auto& service = *TRY(load_service(context));
  const auto staged = TRY(service.staged_rows(context, source, format, TRY(objects_of(source, files))));
  std::string hidden;
  for (const auto& column : sql::staged_file_columns()) hidden += ", " + sql::quote_identifier(column.name);
  return computed(context, object,
                  fmt::format("(SELECT {} AS \"VALUE\"{}, {} AS \"{}\" FROM {} AS staged)", value_of(format, staged.fields),
                              hidden, partition_of(source, files), k_partition, staged.relation));
}

} // namespace

std::vector<sql::OutputColumn> external_columns(const Table& table) {
  std::vector<sql::OutputColumn> out;
  for (const auto& column : table.columns) out.push_back({column.name, column.type, column.nullable});
  for (auto& column : source_columns()) {
    if (column.hidden) out.push_back(std::move(column));
  }
  return out;
}

SqlResult<std::string> external_rows(StatementContext& context, const Object& table,
                                     const std::optional<PartitionFilter>& filter) {
  TRY(context.snapshot());
  return rows_of(context, table, live_relation(physical(table)), filter);
}

SqlResult<std::string> external_changes(StatementContext& context, const Object& table, const StreamWindow& window) {
  const auto added = versions_between(physical(table), "*", window.from, window.until, Versions::added);
  const std::string_view row =
      R"(concat_ws(':', "METADATA$FILENAME", "METADATA$FILE_CONTENT_KEY", "METADATA$FILE_ROW_NUMBER"))";
  return fmt::format(
      R"((SELECT *, 'INSERT' AS "METADATA$ACTION", false AS "METADATA$ISUPDATE", substr(md5({0}) || md5({0} || '+'), 1, 40) AS )"
      R"("METADATA$ROW_ID" FROM {1} AS rows))",
      row, TRY(rows_of(context, table, added)));
}

SqlResult<void> check_external_columns(StatementContext& context, const Object& table) {
  std::string nothing;
  for (const auto& column : source_columns())
    nothing += fmt::format("{}CAST(NULL AS {}) AS {}", nothing.empty() ? "" : ", ", column.type->engine_type(),
                           sql::quote_identifier(column.name));
  const auto text = TRY(computed(context, table, fmt::format("(SELECT {})", nothing)));
  TRY(context.checked(context.connection().prepare("SELECT * FROM " + text + " AS trial")));
  return {};
}

} // namespace freshet::warehouse
