#pragma once

#include <span>
#include <string>

#include "warehouse/load/file_loader.h"
#include "warehouse/load/load_history.h"

namespace freshet::warehouse {

/// The rows that loads refused: FRESHET.LOAD_ERROR, what VALIDATE and VALIDATE_PIPE_LOAD show. Written with the load itself, or
/// after it when the load was aborted; kept as long as its history.
namespace load_errors {

constexpr size_t k_kept_per_file = 1000;

engine::Result<void> create_table(engine::Connection& connection);
engine::Result<void> write(engine::Connection& connection, const std::string& query_id, const LoadTarget& target,
                           std::span<const FileLoader::FileError> errors, TimePoint now);
/// The same, as part of the transaction's statement.
engine::Result<void> write_in(TransactionScope& transaction, const std::string& query_id, const LoadTarget& target,
                              std::span<const FileLoader::FileError> errors, TimePoint now);
engine::Result<void> prune(engine::Connection& connection, TimePoint now);

/// Engine text of a relation with Snowflake's columns: the errors of one COPY into a table.
std::string of_copy(const std::string& query_id, ObjectId table);
/// Those of a pipe between two times (engine texts).
std::string of_pipe(ObjectId pipe, const std::string& start, const std::string& end);

} // namespace load_errors

} // namespace freshet::warehouse
