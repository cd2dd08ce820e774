#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "warehouse/load/copy.h"
#include "warehouse/load/load_service.h"
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
        fmt::format("Remote file 's3://{}/{}' was not found. There are several potential causes. The file might not exist.",
                    job.source.bucket, key);
    if (job.options.on_error.kind == OnError::Kind::abort_statement) return sql::fail({91016, "22000", message});
    selection.missing.push_back(skipped_outcome(job.source, key, "Load failed", message));
    selection.missing.back().errors_seen = 1;
  }
  return files;
}

SqlResult<Selection> select_files(StatementContext& context, TransactionScope& transaction, const CopyJob& job) {
  Selection selection;
  auto files = job.options.files.empty() ? TRY(list_files(job.source, job.options.pattern)) : TRY(named_files(job, selection));
  std::unordered_map<std::string, load_history::LoadedFile> loaded;
  if (!job.options.force) {
    const auto since = context.now() - std::chrono::days(load_history::k_copy_days);
    loaded = TRY(context.checked(load_history::copied(transaction.connection(), job.table->id, since)));
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
    rows.push_back({o.file, o.status == "Load skipped" ? "LOAD_SKIPPED" : copy_status(o), std::to_string(o.rows_parsed),
                    std::to_string(o.rows_loaded), std::to_string(o.error_limit), std::to_string(o.errors_seen), o.first_error,
                    shown(o.first_error_line), shown(o.first_error_character), o.first_error_column});
  }
  auto result = TRY(context.table(StatementKind::copy, columns, rows));
  result.counts.inserted = inserted;
  return result;
}

Outcome validate(StatementContext& context, const CopyJob& job, const FileLoader& loader) {
  if (job.options.validation == CopyOptions::Validation::rows && loader.errors().empty()) {
    return sql::fail(sql::unsupported_feature("VALIDATION_MODE = RETURN_n_ROWS: use RETURN_ERRORS"));
  }
  if (job.options.validation == CopyOptions::Validation::rows) {
    return sql::fail(load_error(loader.errors().front().file, loader.errors().front().error));
  }
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
                    std::to_string(e.row_start_line), e.record});
  }
  return context.table(StatementKind::query, columns, rows);
}

} // namespace

Outcome run(StatementContext& context, const sql::CopyIntoTable& statement) {
  auto& service = *TRY(load_service(context));
  const OnError abort;
  // One COPY into a table at a time: a second one sees what the first has loaded. The table's own lock, which DML takes, stays
  // free.
  const ObjectId copy_lock = -TRY(copy_job(context, service, statement, abort)).table->id;
  std::vector<objects::ObjectInfo> loaded;
  CopyJob job;
  auto outcome = write(context, std::span(&copy_lock, 1), [&](TransactionScope& transaction) -> Outcome {
    job = TRY(copy_job(context, service, statement, abort));
    const bool validating = job.options.validation != CopyOptions::Validation::none;
    auto selection = TRY(select_files(context, transaction, job));
    auto loader = TRY(loader_for(context, service, job, validating ? k_validation_errors_max : 1));
    for (const auto& file : selection.files) {
      if (auto added = loader->add(file); !added) return sql::fail(stage_failure(added.error()));
    }
    if (validating) return validate(context, job, *loader);
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
  if (outcome && job.options.purge && !context.session().in_transaction()) {
    for (const auto& file : loaded)
      (void)job.source.store->remove(file.bucket, file.key); // as in Snowflake, a failure is no error
  }
  return outcome;
}

Outcome run(StatementContext&, const sql::CopyIntoLocation&) {
  return sql::fail(sql::unsupported_feature("COPY INTO location"));
}
Outcome run(StatementContext&, const sql::PutFiles&) {
  return sql::fail(sql::unsupported_feature("PUT: put files into the stage's bucket instead"));
}
Outcome run(StatementContext&, const sql::GetFiles&) {
  return sql::fail(sql::unsupported_feature("GET: read files from the stage's bucket instead"));
}

} // namespace freshet::warehouse
