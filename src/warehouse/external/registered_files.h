#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "objects/object_store.h"
#include "warehouse/rows/point.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

struct StageSource;

/// A file that a directory table or an external table knows.
struct RegisteredFile {
  std::string path; // below the stage's own location
  uint64_t size = 0;
  std::string etag = {};
  TimePoint modified = {};
  std::string partition = {}; // JSON object of the values given with ADD PARTITION; else empty

  bool operator==(const RegisteredFile&) const = default;
};

/// One change of the list, as REFRESH shows it.
struct Registration {
  RegisteredFile file;
  std::string status; // REGISTERED_NEW, REGISTERED_UPDATE, UNREGISTERED
  std::string description;
};

/// The columns of the versioned table that keeps the list: RELATIVE_PATH, SIZE, LAST_MODIFIED, MD5, ETAG, and REGISTERED_ON,
/// PARTITION.
std::vector<ColumnDefinition> registered_columns();
/// Those that a directory table shows, in its order; FILE_URL comes last and is computed.
std::vector<sql::OutputColumn> directory_columns();

/// What a listing of the source says, by path.
std::vector<RegisteredFile> files_of(const StageSource& source, const std::vector<objects::ObjectInfo>& listing);
/// The rows of `relation` (the list at some point) in order of path.
SqlResult<std::vector<RegisteredFile>> registered_in(StatementContext& context, const std::string& relation);

/// Which paths a registration is about: those that begin with `path`, or that one alone.
struct FileScope {
  std::string path = {};
  bool is_file = false;
};

/// Makes the part of the list that is in scope what `found` says, in the statement's writing transaction. `object`: the stage
/// or external table. Holds its lock until the transaction ends. Cost: O(files there) plus one statement when something
/// changed.
SqlResult<std::vector<Registration>> register_files(StatementContext& context, const Object& object, const FileScope& scope,
                                                    const std::vector<RegisteredFile>& found);

/// FRESHET.FILE_REGISTRATION and, for stages of an older data folder, their lists.
engine::Result<void> create_registration_history(engine::Connection& connection);
engine::Result<void> create_missing_lists(engine::Connection& connection, const Catalog& catalog);
/// Forgets changes that nobody can ask for any more.
engine::Result<void> prune_registration_history(engine::Connection& connection, TimePoint now);

} // namespace freshet::warehouse
