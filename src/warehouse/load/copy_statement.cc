#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/log.h"
#include "warehouse/load/copy.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/schema_evolution.h"
#include "warehouse/load/transformed_rows.h"
#include "warehouse/load/utf8.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

namespace {

using Cells = std::vector<std::optional<std::string>>;

constexpr size_t k_validation_errors_max = 10'000;

sql::SnowflakeType text_type() {
  return {};
}
sql::SnowflakeType number_type() {
  sql::SnowflakeType type;
  type.kind = sql::TypeKind::number;
  return type;
}

template <typename T>
std::optional<std::string> shown(const std::optional<T>& value) {
  return value ? std::optional(std::to_string(*value)) : std::nullopt;
}

/// The files a COPY is to load, and those it skips because it has loaded them before.
struct Selection {
  std::vector<objects::ObjectInfo> files;
  std::vector<FileOutcome> skipped; // of FILES
  std::vector<FileOutcome> missing; // of FILES
};

FileOutcome skipped_outcome(const StageSource& source, const std::string& key, std::string status, std::string reason) {
  FileOutcome outcome;
  outcome.file = fmt::format("s3://{}/{}", source.bucket, key);
  outcome.shown = source.shown_name(key);
  outcome.file_name = key;
  outcome.stage_location = source.location();
  outcome.status = std::move(status);
  outcome.first_error = std::move(reason);
  outcome.error_limit = 1;
  return outcome;
}

SqlResult<std::vector<objects::ObjectInfo>> named_files(const CopyJob& job, Selection& selection) {
  std::vector<objects::ObjectInfo> files;
  auto base = job.source.prefix;
  if (!base.empty() && !base.ends_with('/')) base += '/';
  for (const auto& name : job.options.files) {
    const auto key = base + name;
    auto found = job.source.store->head(job.source.bucket, key);
    if (found) {
      files.push_back(std::move(*found));
      continue;
    }
    if (found.error().kind != ErrorKind::not_found) return sql::fail(stage_failure(found.error()));
    const auto message =
        fmt::format("Remote file '{}' was not found. There are several potential causes. The file might not exist.",
                    job.source.shown_name(key));
    if (job.options.on_error.kind == OnError::Kind::abort_statement) return sql::fail({91016, "22000", message});
    selection.missing.push_back(skipped_outcome(job.source, key, "Load failed", message));
    selection.missing.back().errors_seen = 1;
  }
  return files;
}

SqlResult<Selection> select_files(StatementContext& context, const CopyJob& job) {
  Selection selection;
  auto files = job.options.files.empty() ? TRY(list_files(job.source, job.options.pattern)) : TRY(named_files(job, selection));
  std::unordered_map<std::string, load_history::LoadedFile> loaded;
  // RETURN_ALL_ERRORS looks at files again that were loaded in part.
  if (!job.options.force && job.options.validation != CopyOptions::Validation::all_errors) {
    const auto since = context.now() - std::chrono::days(load_history::k_copy_days);
    loaded = TRY(context.checked(load_history::copied(context.connection(), job.table->id, since)));
  }
  uint64_t bytes = 0;
  for (auto& file : files) {
    const auto known = loaded.find(fmt::format("s3://{}/{}", file.bucket, file.key));
    if (known != loaded.end() && known->second.size == file.size && known->second.etag == file.etag) {
      if (!job.options.files.empty())
        selection.skipped.push_back(skipped_outcome(job.source, file.key, "Load skipped", "File was loaded before."));
      continue;
    }
    if (job.options.size_limit && bytes >= *job.options.size_limit && !selection.files.empty()) break;
    bytes += file.size;
    selection.files.push_back(std::move(file));
  }
  return selection;
}

Outcome result_of(StatementContext& context, const CopyJob& job, std::vector<FileOutcome> outcomes) {
  if (job.options.return_failed_only) std::erase_if(outcomes, [](const FileOutcome& o) { return o.status == "Loaded"; });
  if (outcomes.empty()) return context.message(StatementKind::copy, "Copy executed with 0 files processed.");
  const std::vector<ResultColumn> columns = {{"file", text_type(), true},
                                             {"status", text_type(), true},
                                             {"rows_parsed", number_type(), true},
                                             {"rows_loaded", number_type(), true},
                                             {"error_limit", number_type(), true},
                                             {"errors_seen", number_type(), true},
                                             {"first_error", text_type(), true},
                                             {"first_error_line", number_type(), true},
                                             {"first_error_character", number_type(), true},
                                             {"first_error_column_name", text_type(), true}};
  std::vector<Cells> rows;
  int64_t inserted = 0;
  for (const auto& o : outcomes) {
    inserted += static_cast<int64_t>(o.rows_loaded);
    rows.push_back({o.shown, o.status == "Load skipped" ? "LOAD_SKIPPED" : copy_status(o), std::to_string(o.rows_parsed),
                    std::to_string(o.rows_loaded), std::to_string(o.error_limit), std::to_string(o.errors_seen), o.first_error,
                    shown(o.first_error_line), shown(o.first_error_character), o.first_error_column});
  }
  auto result = TRY(context.table(StatementKind::copy, columns, rows));
  result.counts.inserted = inserted;
  return result;
}

/// VALIDATION_MODE = RETURN_n_ROWS: the first rows as they would be loaded, or the first error among them.
Outcome validated_rows(StatementContext& context, LoadService& service, const CopyJob& job, FileLoader& loader) {
  const auto wanted = job.options.validation_rows;
  for (const auto& [file, error] : loader.errors()) {
    if (error.row_number <= wanted) return sql::fail(load_error(file, error));
  }
  std::string columns, rows;
  if (job.transform != nullptr) {
    TransformedRows transformed(context, service, job, loader);
    rows = TRY(transformed.fill());
    for (size_t i = 0; i < job.columns.size(); ++i)
      columns += fmt::format("{}\"$v{}\" AS {}", i > 0 ? ", " : "", i, sql::quote_identifier(job.columns[i]));
    return context.run_query(fmt::format("SELECT {} FROM ({}) LIMIT {}", columns, rows, wanted));
  }
  auto relations = loader.relations();
  if (!relations) return sql::fail(stage_failure(relations.error()));
  for (const auto& relation : *relations) rows += (rows.empty() ? "SELECT * FROM " : " UNION ALL SELECT * FROM ") + relation;
  if (rows.empty()) return context.message(StatementKind::query, "Copy executed with 0 files processed.");
  for (size_t i = 0; i < job.columns.size(); ++i)
    columns += fmt::format("{}c{} AS {}", i > 0 ? ", " : "", i + 1, sql::quote_identifier(job.columns[i]));
  return context.run_query(fmt::format("SELECT {} FROM ({}) LIMIT {}", columns, rows, wanted));
}

Outcome validate(StatementContext& context, LoadService& service, const CopyJob& job, FileLoader& loader) {
  if (job.options.validation == CopyOptions::Validation::rows) return validated_rows(context, service, job, loader);
  const std::vector<ResultColumn> columns = {{"ERROR", text_type(), true},
                                             {"FILE", text_type(), true},
                                             {"LINE", number_type(), true},
                                             {"CHARACTER", number_type(), true},
                                             {"BYTE_OFFSET", number_type(), true},
                                             {"CATEGORY", text_type(), true},
                                             {"CODE", number_type(), true},
                                             {"SQL_STATE", text_type(), true},
                                             {"COLUMN_NAME", text_type(), true},
                                             {"ROW_NUMBER", number_type(), true},
                                             {"ROW_START_LINE", number_type(), true},
                                             {"REJECTED_RECORD", text_type(), true}};
  std::vector<Cells> rows;
  for (const auto& [file, e] : loader.errors()) {
    rows.push_back({e.message, file, std::to_string(e.line), std::to_string(e.character), std::to_string(e.byte_offset),
                    e.category, std::to_string(e.code), e.sql_state, e.column, std::to_string(e.row_number),
                    std::to_string(e.row_start_line), with_hex(e.record)});
  }
  return context.table(StatementKind::query, columns, rows);
}

/// What VALIDATE is to tell about a load that was aborted, and with it everything it had written.
void keep_errors(StatementContext& context, const CopyJob& job, std::span<const FileLoader::FileError> errors) {
  auto connection = context.warehouse().database().connect();
  if (!connection) return;
  if (auto kept = load_errors::write(**connection, context.query_id(), job.target, errors, context.now()); !kept)
    log::warn("copy", "the errors of {} are not kept: {}", context.query_id(), kept.error().message);
}

} // namespace

Outcome run(StatementContext& context, const sql::CopyIntoTable& statement) {
  auto& service = *TRY(load_service(context));
  const OnError abort;
  // One COPY into a table at a time: a second one sees what the first has loaded. The table's own lock, which DML takes, stays
  // free.
  const auto planned = TRY(copy_job(context, service, statement, abort));
  const ObjectId copy_lock = -planned.table->id;
  if (may_evolve(planned)) TRY(evolve_schema(context, service, planned, TRY(select_files(context, planned)).files));
  std::vector<objects::ObjectInfo> loaded;
  std::vector<FileLoader::FileError> errors;
  CopyJob job;
  service.note_copy(context.session().id(), context.query_id());
  auto outcome = write(context, std::span(&copy_lock, 1), [&](TransactionScope& transaction) -> Outcome {
    job = TRY(copy_job(context, service, statement, abort));
    const bool validating = job.options.validation != CopyOptions::Validation::none;
    auto selection = TRY(select_files(context, job));
    auto loader = TRY(loader_for(context, service, job, validating ? k_validation_errors_max : load_errors::k_kept_per_file));
    for (const auto& file : selection.files) {
      if (auto added = loader->add(file); !added) return sql::fail(stage_failure(added.error()));
    }
    if (validating) return validate(context, service, job, *loader);
    errors = loader->errors();
    TRY(load_files(context, transaction, service, job, *loader));
    auto outcomes = loader->outcomes();
    loaded.clear();
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i].failed()) loaded.push_back(selection.files[i]);
    }
    outcomes.insert(outcomes.end(), selection.skipped.begin(), selection.skipped.end());
    outcomes.insert(outcomes.end(), selection.missing.begin(), selection.missing.end());
    return result_of(context, job, std::move(outcomes));
  });
  if (!outcome && !errors.empty()) keep_errors(context, job, errors);
  if (outcome && job.options.purge && !context.session().in_transaction()) {
    for (const auto& file : loaded)
      (void)job.source.store->remove(file.bucket, file.key); // as in Snowflake, a failure is no error
  }
  return outcome;
}

} // namespace freshet::warehouse
