#pragma once

#include "sql/syntax_query.h"

namespace freshet::sql {

/// COPY INTO t [(columns)] FROM @stage | 's3://…' | (SELECT … FROM @stage)
struct CopyIntoTable {
  QualifiedName table;
  std::vector<Identifier> columns;
  std::optional<StageLocation> location; // absent when query is set
  Box<Query> query;                      // the transform; its FROM is a StageTable
  Properties options; // FILES, PATTERN, FILE_FORMAT, ON_ERROR, PURGE, FORCE, VALIDATION_MODE, CREDENTIALS, …
  bool operator==(const CopyIntoTable&) const = default;
};
/// COPY INTO @stage/path | 's3://…' FROM t | (SELECT …)
struct CopyIntoLocation {
  StageLocation location;
  QualifiedName table; // empty when query is set
  Box<Query> query;
  Box<Expression> partition_by;
  Properties options; // FILE_FORMAT, OVERWRITE, SINGLE, HEADER, MAX_FILE_SIZE, …
  bool operator==(const CopyIntoLocation&) const = default;
};
/// COPY FILES INTO @stage/path FROM @stage/path | (SELECT url [, new name] FROM …)
struct CopyFiles {
  StageLocation target;
  StageLocation source; // unless query is set
  Box<Query> query;
  Properties options; // FILES, PATTERN, DETAILED_OUTPUT
  bool operator==(const CopyFiles&) const = default;
};
struct ListFiles {
  StageLocation location;
  std::optional<std::string> pattern;
  bool operator==(const ListFiles&) const = default;
};
struct RemoveFiles {
  StageLocation location;
  std::optional<std::string> pattern;
  bool operator==(const RemoveFiles&) const = default;
};
struct PutFiles {
  std::string source; // file:///tmp/x*.csv, as written
  StageLocation target;
  Properties options; // PARALLEL, AUTO_COMPRESS, SOURCE_COMPRESSION, OVERWRITE
  bool operator==(const PutFiles&) const = default;
};
struct GetFiles {
  StageLocation source;
  std::string target;
  Properties options;
  bool operator==(const GetFiles&) const = default;
};

} // namespace freshet::sql
