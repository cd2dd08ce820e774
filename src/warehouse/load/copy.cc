#include "warehouse/load/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/expression_walk.h"
#include "sql/functions.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/match_columns.h"
#include "warehouse/load/option_values.h"
#include "warehouse/load/transformed_rows.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_fields_max = 10'000;

/// The highest n of the `"$n"` in a transform's engine text.
size_t highest_field(std::string_view text) {
  size_t highest = 0;
  for (size_t at = 0; (at = text.find("\"$", at)) != std::string_view::npos; ++at) {
    size_t number = 0;
    const auto [end, code] = std::from_chars(text.data() + at + 2, text.data() + text.size(), number);
    if (code == std::errc{} && end != text.data() + text.size() && *end == '"') highest = std::max(highest, number);
  }
  return std::min(highest, k_fields_max);
}

std::string name_of_parent(const Catalog& catalog, ObjectId id) {
  const auto object = catalog.find(id);
  return object ? object->name : std::string();
}

/// An aggregate, or a function with OVER, that a SELECT calls.
std::optional<std::string> function_of_rows(const sql::Select& select) {
  std::optional<std::string> found;
  for (const auto& item : select.items) {
    sql::walk_expressions(item.value, [&](const sql::Expression& part) {
      const auto* call = part.as<sql::FunctionCall>();
      if (call != nullptr && (call->over || sql::is_aggregate(*call))) found = call->name.last();
      return found.has_value();
    });
  }
  return found;
}

/// A transform changes rows one by one: what would drop, join or order them is refused, for it would make the counts of the
/// load wrong. (WHERE in a COPY is taken, as an extension.) Its columns are those of the table, or of the list.
SqlResult<void> check_transform(const sql::Query& query, size_t columns) {
  const auto* select = std::get_if<sql::Select>(&query.body.node);
  const bool simple = select != nullptr && query.order_by.empty() && !query.limit && !query.offset && !query.order_by_all &&
                      !select->distinct && !select->top && !select->group_by_all && select->group_by.empty() &&
                      !select->having && !select->qualify;
  if (!simple) {
    return sql::fail({2, "0A000",
                      "SQL compilation error:\nCOPY statement only supports simple SELECT from stage statements for import: "
                      "no DISTINCT, TOP, GROUP BY, HAVING, QUALIFY, ORDER BY, LIMIT or FETCH."});
  }
  if (const auto culprit = function_of_rows(*select))
    return sql::fail(
        {2, "0A000",
         fmt::format("SQL compilation error:\nCOPY statement only supports simple SELECT from stage statements for "
                     "import: {} looks at several rows.",
                     *culprit)});
  const bool has_star =
      std::ranges::any_of(select->items, [](const auto& item) { return item.value.template as<sql::Star>() != nullptr; });
  if (!has_star && select->items.size() != columns) return sql::fail(count_mismatch(columns, select->items.size()));
  return {};
}

SqlResult<void> check_combinations(const CopyJob& job, bool transforms) {
  const bool validates = job.options.validation != CopyOptions::Validation::none;
  const bool matches = job.options.match != CopyOptions::Match::none;
  if (transforms && validates) {
    return sql::fail(
        {2, "0A000", "SQL compilation error:\nVALIDATION_MODE does not support COPY statements that transform data."});
  }
  if (matches && transforms)
    return sql::fail({2, "0A000", "SQL compilation error:\nmatch_by_column_name is not supported with copy transform."});
  if (matches && validates)
    return sql::fail({2, "0A000", "SQL compilation error:\nMATCH_BY_COLUMN_NAME cannot be used with VALIDATION_MODE."});
  for (const auto& [column, metadata] : job.options.include_metadata) {
    if (!matches)
      return sql::fail({2, "0A000", "SQL compilation error:\nINCLUDE_METADATA can be used with MATCH_BY_COLUMN_NAME only."});
    if (TargetTable{job.table}.column(column) == nullptr) {
      return sql::fail(
          {904, "42000",
           fmt::format("SQL compilation error:\ninvalid identifier '{}' in INCLUDE_METADATA: table {} has no such column",
                       column, job.table->name)});
    }
  }
  if (job.format.type != StagedFormat::Type::csv) return {};
  if (matches && !job.format.csv.parse_header) {
    return sql::fail(
        {1008, "22023",
         "SQL compilation error:\nMATCH_BY_COLUMN_NAME of CSV files needs the file format option PARSE_HEADER = TRUE."});
  }
  if (!matches && !transforms && job.format.csv.parse_header) {
    return sql::fail(
        {1008, "22023", "SQL compilation error:\nPARSE_HEADER = TRUE in COPY INTO table needs MATCH_BY_COLUMN_NAME."});
  }
  return {};
}

} // namespace

const sql::StageTable* staged_table(const sql::Query& transform) {
  const auto* select = std::get_if<sql::Select>(&transform.body.node);
  return select != nullptr && select->from ? select->from->as<sql::StageTable>() : nullptr;
}

SqlResult<CopyJob> copy_job(StatementContext& context, LoadService& service, const sql::CopyIntoTable& statement,
                            const OnError& default_on_error) {
  CopyJob job;
  auto target = TRY(target_table(context, statement.table));
  job.table = target.object;
  const auto checks = [](const Constraint& constraint) { return constraint.kind == "CHECK"; };
  if (std::ranges::any_of(target.definition().constraints, checks))
    return sql::fail(sql::unsupported_feature("COPY INTO a table with CHECK constraints"));
  job.columns = TRY(column_names(target, statement.columns));
  job.column_list = !statement.columns.empty();
  sql::StageLocation location;
  sql::Properties stage_options;
  if (statement.query) {
    const auto* staged = staged_table(*statement.query);
    if (staged == nullptr)
      return sql::fail({1003, "42000", "SQL compilation error:\nCOPY's transform reads from one stage: SELECT … FROM @stage"});
    TRY(check_transform(*statement.query, job.columns.size()));
    location = staged->location;
    stage_options = staged->options;
    job.transform = statement.query.get();
  } else if (statement.location) {
    location = *statement.location;
  }
  job.source = TRY(stage_source(context, service, location, statement.options));
  auto base = default_on_error;
  if (const auto set = job.source.copy_options.find("ON_ERROR"); set != job.source.copy_options.end() && !set->second.empty()) {
    base = TRY(parse_on_error(set->second.front()));
  }
  job.options = TRY(copy_options(statement.options, base));
  if (sql::find_property(statement.options, "PURGE") == nullptr) {
    const auto set = job.source.copy_options.find("PURGE");
    job.options.purge =
        set != job.source.copy_options.end() && !set->second.empty() && upper_case(set->second.front()) == "TRUE";
  }
  auto format = job.options.file_format.value_or(job.source.file_format);
  for (const auto& option : stage_options) {
    if (option.key == "FILE_FORMAT") format = TRY(file_format_options(option.value));
    if (option.key == "PATTERN") job.options.pattern = option.value.text;
  }
  job.format = TRY(staged_format(context, format));
  TRY(check_combinations(job, statement.query ? true : false));
  if (job.transform == nullptr && (job.format.is_semi_structured() || job.options.match != CopyOptions::Match::none)) {
    std::vector<Column> columns;
    for (const auto& name : job.columns) columns.push_back(*target.column(name));
    job.matching = std::make_shared<const sql::Query>(TRY(matching_transform(columns, job.format, job.options)));
    job.transform = job.matching.get();
  }
  const auto& catalog = context.catalog();
  const auto schema = catalog.find(job.table->parent);
  job.target.table = job.table->id;
  job.target.table_name = job.table->name;
  job.target.table_schema = schema ? schema->name : "";
  job.target.table_database = schema ? name_of_parent(catalog, schema->parent) : "";
  return job;
}

SqlResult<std::unique_ptr<FileLoader>> loader_for(StatementContext& context, LoadService& service, const CopyJob& job,
                                                  size_t errors_kept) {
  LoadPlan plan;
  plan.source = job.source;
  plan.format = job.format;
  plan.on_error = job.options.on_error;
  // RETURN_n_ROWS shows the good rows before a bad one.
  if (job.options.validation == CopyOptions::Validation::rows) plan.on_error = {OnError::Kind::continue_, 0, false};
  plan.table_name = job.table->name;
  plan.check_column_count = job.format.csv.error_on_column_count_mismatch && !job.column_list && job.transform == nullptr;
  plan.truncate_columns = job.options.truncate_columns;
  plan.errors_kept = errors_kept;
  plan.started = context.now();
  plan.query = [&connection = context.connection()](const std::string& sql) { return connection.query(sql); };
  const bool matches = job.options.match != CopyOptions::Match::none;
  if (matches && job.format.type != StagedFormat::Type::json) {
    plan.header_names = job.columns;
    plan.match_case = job.options.match == CopyOptions::Match::case_sensitive;
  }
  if (job.format.is_semi_structured()) {
    plan.staged_fields = 1 + plan.header_names.size();
  } else if (matches) {
    plan.staged_fields = job.columns.size();
  } else if (job.transform != nullptr) {
    plan.staged_fields =
        std::max<size_t>(highest_field(TRY(transform_text(context, service, *job.transform, "(SELECT 1)"))), 1);
  } else {
    const TargetTable target{job.table};
    for (const auto& name : job.columns) {
      const auto* column = target.column(name);
      plan.columns.push_back({column->name, column->type, column->nullable});
    }
  }
  return std::make_unique<FileLoader>(std::move(plan), service.files(), service.temporary_directory());
}

SqlResult<void> load_files(StatementContext& context, TransactionScope& transaction, LoadService& service, const CopyJob& job,
                           FileLoader& loader) {
  if (job.options.on_error.kind == OnError::Kind::abort_statement && !loader.errors().empty()) {
    return sql::fail(load_error(loader.errors().front().file, loader.errors().front().error));
  }
  const auto id = job.table->id;
  if (loader.rows_accepted() > 0) {
    auto table = TRY(with_defaults(context, *job.table));
    auto writer = writer_of(transaction);
    if (job.transform != nullptr) {
      TransformedRows rows(context, service, job, loader);
      const auto select = TRY(rows.fill());
      TRY(written_by(context, transaction, id, writer.insert(table, job.columns, select)));
    } else {
      auto relations = loader.relations();
      if (!relations) return sql::fail(stage_failure(relations.error()));
      int64_t inserted = 0;
      for (const auto& relation : *relations) {
        inserted += TRY(written_by(context, transaction, id, writer.insert(table, job.columns, "SELECT * FROM " + relation)));
      }
      if (inserted != static_cast<int64_t>(loader.rows_accepted())) {
        return sql::fail(
            {603, "XX000",
             fmt::format("Processing aborted: {} rows were checked but {} would be loaded; nothing was. Please report it "
                         "with the file.",
                         loader.rows_accepted(), inserted)});
      }
    }
  }
  TRY(context.checked(load_errors::write_in(transaction, context.query_id(), job.target, loader.errors(), context.now())));
  std::vector<LoadedFileNote> files;
  for (const auto& outcome : loader.outcomes()) {
    if (outcome.rows_loaded > 0)
      files.push_back({outcome.file, static_cast<int64_t>(outcome.size), static_cast<int64_t>(outcome.rows_loaded),
                       static_cast<int64_t>(outcome.errors_seen)});
  }
  const auto& from = job.target;
  transaction.note_files(std::move(files),
                         from.pipe == 0 ? "" : from.pipe_database + "." + from.pipe_schema + "." + from.pipe_name);
  return context.checked(load_history::write_in(transaction, job.target, loader.outcomes(), context.now()));
}

std::string copy_status(const FileOutcome& outcome) {
  if (outcome.status == "Loaded") return "LOADED";
  return outcome.failed() ? "LOAD_FAILED" : "PARTIALLY_LOADED";
}

} // namespace freshet::warehouse
