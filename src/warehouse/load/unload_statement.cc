// COPY INTO location.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "warehouse/literal.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/option_values.h"
#include "warehouse/load/unload_query.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

namespace {

using sql::TypeKind;

sql::Error invalid_option(const sql::Property& property) {
  return {1008, "22023",
          fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", property.value.text, property.key)};
}

SqlResult<bool> flag(const sql::Property& property) {
  if (property.value.kind != sql::PropertyValue::Kind::boolean) return sql::fail(invalid_option(property));
  return property.value.is_true();
}

SqlResult<uint64_t> file_size(const sql::Property& property) {
  constexpr uint64_t k_file_bytes_max = 5ull << 30;
  uint64_t bytes = 0;
  const auto& text = property.value.text;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (code != std::errc{} || end != text.data() + text.size() || bytes == 0 || bytes > k_file_bytes_max)
    return sql::fail(invalid_option(property));
  return bytes;
}

SqlResult<sql::Query> source_query(const sql::CopyIntoLocation& statement) {
  if (statement.query) return *statement.query;
  auto query = TRY(sql::parse_query("SELECT * FROM t"));
  std::get_if<sql::Select>(&query.body.node)->from->as<sql::NamedTable>()->name = statement.table;
  return query;
}

SqlResult<std::vector<ResultColumn>> columns_of(StatementContext& context, const std::string& text) {
  const auto prepared = TRY(context.checked(context.connection().prepare(text)));
  return result_columns(prepared.columns());
}

/// A column as its file spells it, in Snowflake's words.
std::string text_of(StatementContext& context, const ResultColumn& column, const CsvFormat& format) {
  const auto name = sql::quote_identifier(column.name);
  const auto& parameters = context.session().parameters();
  const auto output = [&](std::string_view parameter) {
    auto text = std::string(parameters.get(parameter));
    return text.empty() ? std::string(parameters.get("TIMESTAMP_OUTPUT_FORMAT")) : text;
  };
  const auto formatted = [&](const std::string& asked, std::string_view parameter) {
    return fmt::format("TO_CHAR({}, {})", name, sql::quote_string(asked == "AUTO" ? output(parameter) : asked));
  };
  switch (column.type.kind) {
    case TypeKind::date:
      return formatted(format.date_format, "DATE_OUTPUT_FORMAT");
    case TypeKind::time:
      return formatted(format.time_format, "TIME_OUTPUT_FORMAT");
    case TypeKind::timestamp_ntz:
      return formatted(format.timestamp_format, "TIMESTAMP_NTZ_OUTPUT_FORMAT");
    case TypeKind::timestamp_ltz:
      return formatted(format.timestamp_format, "TIMESTAMP_LTZ_OUTPUT_FORMAT");
    case TypeKind::timestamp_tz:
      return formatted(format.timestamp_format, "TIMESTAMP_TZ_OUTPUT_FORMAT");
    case TypeKind::binary:
      return fmt::format("TO_CHAR({}, {})", name, sql::quote_string(format.binary_format));
    case TypeKind::real:
      return fmt::format("TO_CHAR({}, 'TM9')", name); // all its digits, where a cast shows ten
    default:
      return fmt::format("{}::VARCHAR", name);
  }
}

bool is_semi_structured(const ResultColumn& column) {
  return column.type.kind == TypeKind::variant || column.type.kind == TypeKind::object || column.type.kind == TypeKind::array;
}

/// Text files: every column as text, the partition last.
class TextUnload {
 public:
  TextUnload(StatementContext& context, const UnloadOptions& options, std::vector<ResultColumn> columns)
      : context_(context), options_(options), columns_(std::move(columns)), csv_(options.format.csv, types()) {}

  /// `query` has the partition's column last when there are partitions.
  SqlResult<void> run(const sql::Query& query, Unloader& unloader) {
    const bool is_json = options_.format.type == StagedFormat::Type::json;
    std::string items;
    for (const auto& column : columns_) {
      const auto text = is_json ? fmt::format("TO_JSON({})", sql::quote_identifier(column.name))
                                : text_of(context_, column, options_.format.csv);
      items += (items.empty() ? "" : ", ") + fmt::format("{} AS \"$c{}\"", text, items.size());
    }
    if (options_.partitioned) items += ", " + sql::quote_identifier(k_partition_column);
    const auto text = TRY(select_over(context_, items, query));
    auto stream = TRY(context_.checked(context_.connection().stream(text)));
    std::string header;
    if (options_.header && !is_json) csv_.append_header(header, names());
    while (auto chunk = TRY(context_.checked(stream.next()))) {
      for (size_t row = 0; row < chunk->size(); ++row) {
        if (has_bare_empty(*chunk, row)) {
          return sql::fail({100093, "22000",
                            "Cannot unload empty string without file format option field_optionally_enclosed_by being "
                            "specified."});
        }
        if (auto done = append(*chunk, row, header, unloader); !done) return sql::fail(stage_failure(done.error()));
      }
    }
    return {};
  }

 private:
  std::vector<sql::SnowflakeType> types() const {
    std::vector<sql::SnowflakeType> types;
    for (const auto& column : columns_) types.push_back(column.type);
    return types;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& column : columns_) names.push_back(column.name);
    return names;
  }

  /// An empty text that would be read back as NULL.
  bool has_bare_empty(const engine::Chunk& chunk, size_t row) const {
    const auto& csv = options_.format.csv;
    if (options_.format.type != StagedFormat::Type::csv || csv.enclosed_by || !csv.empty_field_as_null) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!chunk[i].is_null(row) && chunk[i].text(row).empty()) return true;
    }
    return false;
  }

  Result<void> append(const engine::Chunk& chunk, size_t row, const std::string& header, Unloader& unloader) {
    row_.clear();
    const auto cell = [&](size_t column) -> std::optional<std::string_view> {
      return chunk[column].is_null(row) ? std::nullopt : std::optional(chunk[column].text(row));
    };
    if (options_.format.type == StagedFormat::Type::json) {
      row_ = cell(0).value_or("null");
      row_ += '\n';
    } else {
      for (size_t i = 0; i < columns_.size(); ++i) csv_.append_field(row_, i, cell(i));
      csv_.end_record(row_);
    }
    std::string partition;
    if (options_.partitioned) partition = cell(columns_.size()).value_or("_NULL_");
    return unloader.append(partition, row_, header);
  }

  StatementContext& context_;
  const UnloadOptions& options_;
  const std::vector<ResultColumn> columns_;
  const CsvWriter csv_;
  std::string row_;
};

Outcome report_of(StatementContext& context, const StageSource& target, const UnloadOptions& options,
                  const UnloadReport& report) {
  const sql::SnowflakeType number{.kind = TypeKind::number};
  std::vector<std::vector<std::optional<std::string>>> rows;
  if (options.detailed_output) {
    for (const auto& file : report.files)
      rows.push_back({target.file_name(file.key), std::to_string(file.bytes), std::to_string(file.rows)});
    return context.table(StatementKind::unload,
                         {{"FILE_NAME", {}, true}, {"FILE_SIZE", number, true}, {"ROW_COUNT", number, true}}, rows);
  }
  rows.push_back({std::to_string(report.rows), std::to_string(report.input_bytes), std::to_string(report.output_bytes)});
  return context.table(StatementKind::unload,
                       {{"rows_unloaded", number, true}, {"input_bytes", number, true}, {"output_bytes", number, true}}, rows);
}

} // namespace

SqlResult<UnloadOptions> unload_options(StatementContext& context, const sql::Properties& properties,
                                        const Options& stage_format, bool partitioned) {
  UnloadOptions options;
  options.partitioned = partitioned;
  auto format = stage_format;
  for (const auto& property : properties) {
    const auto& key = property.key;
    if (key == "FILE_FORMAT")
      format = TRY(file_format_options(property.value));
    else if (key == "OVERWRITE")
      options.overwrite = TRY(flag(property));
    else if (key == "SINGLE")
      options.single = TRY(flag(property));
    else if (key == "HEADER")
      options.header = TRY(flag(property));
    else if (key == "DETAILED_OUTPUT")
      options.detailed_output = TRY(flag(property));
    else if (key == "INCLUDE_QUERY_ID")
      options.query_ids = TRY(flag(property));
    else if (key == "MAX_FILE_SIZE")
      options.file_bytes_max = TRY(file_size(property));
    else if (key == "VALIDATION_MODE" && upper_case(property.value.text) != "RETURN_ROWS")
      return sql::fail(invalid_option(property));
    else if (key != "VALIDATION_MODE" && key != "CREDENTIALS" && key != "STORAGE_INTEGRATION" && key != "ENCRYPTION")
      return sql::fail({1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'COPY'", key)});
  }
  options.format = TRY(staged_format(context, format));
  const auto excludes = [&](bool wrong, std::string_view what) -> SqlResult<void> {
    if (!wrong) return {};
    return sql::fail({1008, "22023", fmt::format("SQL compilation error:\n{} cannot be combined.", what)});
  };
  TRY(excludes(options.single && partitioned, "PARTITION BY and SINGLE = TRUE"));
  TRY(excludes(options.overwrite && partitioned, "PARTITION BY and OVERWRITE = TRUE"));
  TRY(excludes(!options.query_ids.value_or(true) && partitioned, "PARTITION BY and INCLUDE_QUERY_ID = FALSE"));
  TRY(excludes(options.single && options.query_ids.value_or(false), "INCLUDE_QUERY_ID = TRUE and SINGLE = TRUE"));
  TRY(excludes(options.overwrite && options.query_ids.value_or(false), "INCLUDE_QUERY_ID = TRUE and OVERWRITE = TRUE"));
  return options;
}

Outcome run(StatementContext& context, const sql::CopyIntoLocation& statement) {
  auto& service = *TRY(load_service(context));
  if (sql::find_property(statement.options, "VALIDATION_MODE") != nullptr) {
    TRY(unload_options(context, statement.options, {}, statement.partition_by ? true : false));
    return context.run_query(TRY(context.print(TRY(source_query(statement))))); // no stream advances
  }
  return write(context, {}, [&](TransactionScope&) -> Outcome {
    const auto target = TRY(stage_source(context, service, statement.location, statement.options));
    const auto options =
        TRY(unload_options(context, statement.options, target.file_format, statement.partition_by ? true : false));
    auto query = TRY(source_query(statement));
    const auto text = TRY(context.print(query));
    const auto columns = TRY(columns_of(context, text));
    if (options.format.type == StagedFormat::Type::json && (columns.size() != 1 || !is_semi_structured(columns[0]))) {
      return sql::fail(
          {2019, "0A000",
           "SQL compilation error:\nJSON file format can only unload one column of type variant, object, or array: "
           "SELECT OBJECT_CONSTRUCT(*) makes one of a row."});
    }
    const auto has_zone = [](const ResultColumn& column) {
      return column.type.kind == TypeKind::timestamp_ltz || column.type.kind == TypeKind::timestamp_tz;
    };
    if (options.format.type == StagedFormat::Type::parquet && std::ranges::any_of(columns, has_zone)) {
      return sql::fail(
          {2019, "0A000",
           "Error encountered when unloading to PARQUET: TIMESTAMP_TZ and LTZ types are not supported for unloading to "
           "Parquet. Cast them to TIMESTAMP_NTZ or VARCHAR."});
    }
    if (statement.partition_by) query = TRY(with_partition(query, *statement.partition_by));
    const UnloadNames names(target.prefix, options, context.query_id());
    Unloader unloader(target, options, names, service.files(), service.temporary_directory());
    if (options.format.type == StagedFormat::Type::parquet)
      TRY(unload_parquet(context, options, query, columns, service.files(), unloader));
    else
      TRY(TextUnload(context, options, columns).run(query, unloader));
    auto report = unloader.finish();
    if (report) return report_of(context, target, options, *report);
    if (report.error().kind != ErrorKind::already_exists) return sql::fail(stage_failure(report.error()));
    return sql::fail(
        {1030, "22000",
         fmt::format("Files already existing at the unload destination: {}. Use overwrite option to force unloading.",
                     target.shown_name(report.error().message))});
  });
}

} // namespace freshet::warehouse
