#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "objects/object_store.h"
#include "sql/error.h"
#include "sql/syntax_query.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

class LoadService;
class StatementContext;

struct S3Location {
  std::string bucket;
  std::string prefix; // "" or a key's beginning, as written
};
/// azure:// and gcs://: stages there are recorded, and refused when they are used.
bool is_other_cloud(std::string_view url);
/// s3://bucket/prefix (also s3a, s3n, s3gov, s3compat with its endpoint left to the configuration).
sql::SqlResult<S3Location> parse_s3_url(std::string_view url);

/// Access to a bucket as a stage asks for it. Secrets go to the resolver and nowhere else: the catalog keeps what it answered.
struct BucketRequest {
  std::string bucket;
  std::string endpoint; // of s3compat stages
  std::string key_id;   // CREDENTIALS; empty: none given
  std::string secret;
  std::string token;
  std::string integration; // name of the storage integration; empty: none
};
/// The store of a bucket. Errors: permission_denied (wrong credentials), not_found (no such bucket, nor a store for it).
using BucketResolver = std::function<Result<objects::ObjectStore*>(const BucketRequest&)>;

/// Where a statement's files are, ready to be listed and opened.
struct StageSource {
  objects::ObjectStore* store = nullptr;
  std::string bucket;
  std::string base;   // the stage's own prefix: what a pipe's PATTERN and FILE_NAME leave out
  std::string prefix; // base and the path after the stage's name
  Options file_format;
  Options copy_options;
  std::string name;   // for messages
  ObjectId stage = 0; // 0: a URL, a user's or a table's stage
  bool internal = false;
  std::string shown_folder; // what precedes an internal file's name in results: "mystage/"

  std::string location() const { return internal ? base : "s3://" + bucket + "/" + base; }
  /// What COPY's messages and COPY_HISTORY call a file: its key without the stage's prefix.
  std::string file_name(const std::string& key) const;
  /// What LIST and COPY's result call it: s3://bucket/key; mystage/path of a named internal stage, the path of a user's or
  /// table's.
  std::string shown_name(const std::string& key) const;
  /// METADATA$FILENAME: the path within the bucket, or within the internal stage.
  std::string metadata_name(const std::string& key) const { return internal ? file_name(key) : key; }
};
/// Errors: 002003 no such stage or table; 003167 what the stage's integration does not allow; 091003 wrong credentials.
sql::SqlResult<StageSource> stage_source(StatementContext& context, LoadService& service, const sql::StageLocation& location,
                                         const sql::Properties& statement_options = {});

/// A named stage as a folder, which a URL without a slash at its end means, too; `path` below it. The stage need not be in the
/// catalog yet.
sql::SqlResult<StageSource> stage_folder(StatementContext& context, LoadService& service, const Object& stage,
                                         const std::string& path);

/// The request that CREATE STAGE's or COPY's options amount to.
BucketRequest bucket_request(const S3Location& location, const Options& options);
/// Refuses a URL that the integration's STORAGE_ALLOWED_LOCATIONS do not cover, or its STORAGE_BLOCKED_LOCATIONS name.
sql::SqlResult<void> check_integration(StatementContext& context, const std::string& integration, const std::string& url);

/// 091003: Failure using stage area. Cause: […]
sql::Error stage_failure(const Error& cause);

/// A Java regular expression that has to match the whole text. invalid_argument when it is none.
Result<std::function<bool(const std::string&)>> whole_match(const std::string& pattern);

/// The files below a source's prefix, in order of key; `limit` 0: all. Folder markers (keys that end in '/') with no content
/// are left out.
sql::SqlResult<std::vector<objects::ObjectInfo>> list_files(const StageSource& source,
                                                            const std::optional<std::string>& pattern);

} // namespace freshet::warehouse
