#include "warehouse/load/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "warehouse/load/load_service.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_fields_max = 10'000;

/// The stage that a transform reads; null when its FROM is something else.
const sql::StageTable* staged_table(const sql::Query& query) {
  const auto* select = std::get_if<sql::Select>(&query.body.node);
  return select != nullptr && select->from ? select->from->as<sql::StageTable>() : nullptr;
}

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

SqlResult<std::string> transform_text(StatementContext& context, LoadService& service, const CopyJob& job,
                                      std::string relation) {
  const LoadService::StagedRelation staged(service, context, std::move(relation));
  return context.print(*job.transform);
}

std::string name_of_parent(const Catalog& catalog, ObjectId id) {
  const auto object = catalog.find(id);
  return object ? object->name : std::string();
}

/// A transform's rows in a temporary table: computed before anything is written, file by file or row by row where something
/// fails.
class TransformedRows {
 public:
  TransformedRows(StatementContext& context, LoadService& service, const CopyJob& job, FileLoader& loader)
      : context_(context),
        service_(service),
        job_(job),
        loader_(loader),
        table_(fmt::format("temp.main.\"$load_{}\"", ++counter_)) {}
  ~TransformedRows() { (void)context_.connection().execute("DROP TABLE IF EXISTS " + table_); }
  TransformedRows(const TransformedRows&) = delete;
  TransformedRows& operator=(const TransformedRows&) = delete;

  /// The SELECT that gives the rows.
  SqlResult<std::string> fill() {
    const auto all = TRY(select({}, {}));
    auto filled = create(all);
    if (filled) return "SELECT * FROM " + table_;
    if (job_.options.on_error.kind == OnError::Kind::abort_statement) return std::unexpected(context_.error_of(filled.error()));
    (void)context_.connection().execute("DROP TABLE IF EXISTS " + table_);
    table_ = fmt::format("temp.main.\"$load_{}\"", ++counter_);
    TRY(context_.checked(create(all + " WHERE false")));
    for (size_t file = 0; file < loader_.outcomes().size(); ++file) TRY(fill_file(file));
    return "SELECT * FROM " + table_;
  }

 private:
  engine::Result<int64_t> create(const std::string& query) {
    return context_.connection().execute(fmt::format("CREATE TEMP TABLE {} AS {}", table_, query));
  }

  /// The transform's output cast to the table's columns: what can fail, fails here.
  SqlResult<std::string> select(std::optional<size_t> file, std::optional<std::pair<uint64_t, uint64_t>> rows) {
    auto relation = loader_.staged_relation(file);
    if (!relation) return sql::fail(stage_failure(relation.error()));
    if (rows) {
      *relation = fmt::format("(SELECT * FROM {} WHERE \"METADATA$FILE_ROW_NUMBER\" BETWEEN {} AND {})", *relation, rows->first,
                              rows->second);
    }
    const auto inner = TRY(transform_text(context_, service_, job_, std::move(*relation)));
    std::string names, casts;
    for (size_t i = 0; i < job_.columns.size(); ++i) {
      const auto* column = TargetTable{job_.table}.column(job_.columns[i]);
      names += fmt::format("{}\"$v{}\"", i > 0 ? ", " : "", i);
      casts += fmt::format("{}CAST(\"$v{}\" AS {}) AS \"$v{}\"", i > 0 ? ", " : "", i, column->type.engine_type(), i);
    }
    return fmt::format("SELECT {} FROM ({}) AS \"$values\"({})", casts, inner, names);
  }

  SqlResult<void> fill_file(size_t file) {
    auto& outcome = loader_.outcomes()[file];
    if (outcome.rows_loaded == 0) return {};
    const auto before = outcome.rows_loaded;
    outcome.rows_loaded = 0;
    if (job_.options.on_error.kind == OnError::Kind::continue_) {
      TRY(fill_range(file, 1, outcome.rows_parsed));
    } else {
      auto filled = context_.connection().execute(fmt::format("INSERT INTO {} {}", table_, TRY(select(file, {}))));
      if (filled)
        outcome.rows_loaded = static_cast<uint64_t>(*filled);
      else
        note(outcome, filled.error());
    }
    if (outcome.rows_loaded == 0)
      outcome.status = "Load failed";
    else if (outcome.rows_loaded < before)
      outcome.status = "Partially loaded";
    return {};
  }

  /// Halves the range until the rows that fail stand alone: O(bad rows × log rows) statements.
  SqlResult<void> fill_range(size_t file, uint64_t first, uint64_t last) {
    const auto rows = TRY(select(file, std::pair(first, last)));
    const auto scratch = fmt::format("temp.main.\"$range_{}\"", ++counter_);
    auto made = context_.connection().execute(fmt::format("CREATE TEMP TABLE {} AS {}", scratch, rows));
    if (made) {
      auto moved = context_.connection().execute(fmt::format("INSERT INTO {} SELECT * FROM {}", table_, scratch));
      (void)context_.connection().execute("DROP TABLE " + scratch);
      loader_.outcomes()[file].rows_loaded += static_cast<uint64_t>(TRY(context_.checked(std::move(moved))));
      return {};
    }
    (void)context_.connection().execute("DROP TABLE IF EXISTS " + scratch);
    if (first == last) {
      note(loader_.outcomes()[file], made.error());
      return {};
    }
    const auto middle = first + (last - first) / 2;
    TRY(fill_range(file, first, middle));
    return fill_range(file, middle + 1, last);
  }

  void note(FileOutcome& outcome, const engine::Error& error) {
    ++outcome.errors_seen;
    if (!outcome.first_error) outcome.first_error = context_.error_of(error).message;
  }

  static inline std::atomic<uint64_t> counter_ = 0;
  StatementContext& context_;
  LoadService& service_;
  const CopyJob& job_;
  FileLoader& loader_;
  std::string table_;
};

} // namespace

SqlResult<CopyJob> copy_job(StatementContext& context, LoadService& service, const sql::CopyIntoTable& statement,
                            const OnError& default_on_error) {
  CopyJob job;
  auto target = TRY(target_table(context, statement.table));
  job.table = target.object;
  job.columns = TRY(column_names(target, statement.columns));
  job.column_list = !statement.columns.empty();
  sql::StageLocation location;
  sql::Properties stage_options;
  if (statement.query) {
    const auto* staged = staged_table(*statement.query);
    if (staged == nullptr)
      return sql::fail({1003, "42000", "SQL compilation error:\nCOPY's transform reads from one stage: SELECT … FROM @stage"});
    location = staged->location;
    stage_options = staged->options;
    job.transform = statement.query.get();
  } else if (statement.location) {
    location = *statement.location;
  }
  job.source = TRY(stage_source(context, service.resolver(), location, statement.options));
  auto base = default_on_error;
  if (const auto set = job.source.copy_options.find("ON_ERROR"); set != job.source.copy_options.end() && !set->second.empty()) {
    base = TRY(parse_on_error(set->second.front()));
  }
  job.options = TRY(copy_options(statement.options, base));
  auto format = job.options.file_format.value_or(job.source.file_format);
  for (const auto& option : stage_options) {
    if (option.key == "FILE_FORMAT") format = TRY(file_format_options(option.value));
    if (option.key == "PATTERN") job.options.pattern = option.value.text;
  }
  job.format = TRY(csv_format(context, format));
  if (job.format.parse_header) return sql::fail(sql::unsupported_feature("PARSE_HEADER = TRUE in COPY INTO table"));
  if (job.transform != nullptr && job.options.validation != CopyOptions::Validation::none) {
    return sql::fail(
        {2, "0A000", "SQL compilation error:\nVALIDATION_MODE does not support COPY statements that transform data."});
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
  plan.table_name = job.table->name;
  plan.check_column_count = job.format.error_on_column_count_mismatch && !job.column_list && job.transform == nullptr;
  plan.truncate_columns = job.options.truncate_columns;
  plan.errors_kept = errors_kept;
  plan.started = context.now();
  if (job.transform != nullptr) {
    plan.staged_fields = std::max<size_t>(highest_field(TRY(transform_text(context, service, job, "(SELECT 1)"))), 1);
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
      TRY(written_by(context, transaction, writer, id, writer.insert(table, job.columns, select)));
    } else {
      auto relations = loader.relations();
      if (!relations) return sql::fail(stage_failure(relations.error()));
      int64_t inserted = 0;
      for (const auto& relation : *relations) {
        inserted +=
            TRY(written_by(context, transaction, writer, id, writer.insert(table, job.columns, "SELECT * FROM " + relation)));
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
  return context.checked(load_history::write(transaction.connection(), job.target, loader.outcomes(), context.now()));
}

std::string copy_status(const FileOutcome& outcome) {
  if (outcome.status == "Loaded") return "LOADED";
  return outcome.failed() ? "LOAD_FAILED" : "PARTIALLY_LOADED";
}

} // namespace freshet::warehouse
