#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/syntax.h"
#include "warehouse/load/file_loader.h"
#include "warehouse/statement_context.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {

class LoadService;

/// What a COPY INTO table statement, typed or a pipe's, turns out to mean when its names are looked up.
struct CopyJob {
  ObjectPointer table;
  LoadTarget target;
  StageSource source;
  CopyOptions options;
  StagedFormat format;
  std::vector<std::string> columns; // those that it fills
  bool column_list = false;
  const sql::Query* transform = nullptr;
  std::shared_ptr<const sql::Query> matching; // the transform, where none is written: how values find their columns
};
/// The stage that a transform reads; null when its FROM is something else.
const sql::StageTable* staged_table(const sql::Query& transform);

/// Errors: what does not exist, options that exclude each other, formats and stages that are not supported.
SqlResult<CopyJob> copy_job(StatementContext& context, LoadService& service, const sql::CopyIntoTable& statement,
                            const OnError& default_on_error);

/// Empty, for the job's files.
SqlResult<std::unique_ptr<FileLoader>> loader_for(StatementContext& context, LoadService& service, const CopyJob& job,
                                                  size_t errors_kept = 1);

/// Inserts what the loader accepted and writes the load history, in the open transaction. Files whose rows the transform cannot
/// make become outcomes by ON_ERROR; with ABORT_STATEMENT they are the error.
SqlResult<void> load_files(StatementContext& context, TransactionScope& transaction, LoadService& service, const CopyJob& job,
                           FileLoader& loader);

/// LOADED, PARTIALLY_LOADED, LOAD_FAILED: as COPY's result says it.
std::string copy_status(const FileOutcome& outcome);

} // namespace freshet::warehouse
