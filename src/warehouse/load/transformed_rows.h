#pragma once

#include <optional>
#include <string>

#include "warehouse/load/copy.h"

namespace freshet::warehouse {

/// The engine text of a transform over a relation of staged fields.
SqlResult<std::string> transform_text(StatementContext& context, LoadService& service, const sql::Query& transform,
                                      std::string relation);

/// A transform's rows in a temporary table, which lives as long as this: computed and checked before anything is written to the
/// target. Where something fails, file by file or row by row, so that ON_ERROR decides over each file and its first error has a
/// place. Only what is wrong with the rows is a file's error; a full disk or memory limit is the statement's, which may be
/// tried again.
///
/// Cost: one statement when all is well; otherwise one per file, and O(log rows) for a bad file, or O(bad rows · log rows) with
/// ON_ERROR = CONTINUE, each of which reads the canonical copies.
class TransformedRows {
 public:
  TransformedRows(StatementContext& context, LoadService& service, const CopyJob& job, FileLoader& loader);
  ~TransformedRows();
  TransformedRows(const TransformedRows&) = delete;
  TransformedRows& operator=(const TransformedRows&) = delete;

  /// The SELECT that gives the rows; the loader's outcomes say what was left out.
  SqlResult<std::string> fill();

 private:
  struct Rows { // of one file, from 1
    size_t file = 0;
    uint64_t first = 1;
    uint64_t last = 1;
  };
  struct Place {
    uint64_t row = 0;
    uint64_t line = 0;
    size_t column = 0; // index into the job's columns
  };

  SqlResult<void> match_types();
  SqlResult<std::string> select(std::optional<Rows> rows);
  engine::Result<int64_t> create(const std::string& table, const std::string& query);
  engine::Result<void> check_not_null(const std::string& table);
  /// Adds the rows to the result; false: they fail, as `failure_` says.
  SqlResult<bool> append(const Rows& rows);
  SqlResult<bool> fails(const std::string& query);
  SqlResult<void> fill_file(size_t file);
  SqlResult<void> fill_range(const Rows& rows);
  SqlResult<Rows> first_bad_row(Rows rows);
  SqlResult<Place> place_of(const Rows& row);
  SqlResult<bool> column_fails(const std::string& query, size_t column);
  SqlResult<void> note(const Rows& row);
  SqlResult<sql::Error> first_error();
  bool is_nullable(size_t column) const;
  std::string column_name(size_t column) const;

  StatementContext& context_;
  LoadService& service_;
  const CopyJob& job_;
  FileLoader& loader_;
  std::optional<sql::Query> matching_; // instead of the job's transform, for the files at hand
  std::vector<std::optional<sql::SnowflakeType>> value_types_;
  std::string table_;
  engine::Error failure_;
};

} // namespace freshet::warehouse
