#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "sql/types.h"

namespace freshet::warehouse {

/// Never reused; stays the same through renames. 0 is the account itself: the parent of databases, roles, warehouses, ….
using ObjectId = int64_t;
constexpr ObjectId k_account = 0;

/// Option lists of formats, stages, warehouses, …: upper-case key → its items; a scalar is one item, NULL none.
using Options = std::map<std::string, std::vector<std::string>>;
/// The tags set on an object or a column: the tag's id, in digits → its value.
using Tags = std::map<std::string, std::string>;

// Every struct below is a plain value. It is stored as JSON by its member names (catalog_json.cc): adding a member with a
// default is a compatible change, renaming one is not.

// DATA_RETENTION_TIME_IN_DAYS and MAX_DATA_EXTENSION_TIME_IN_DAYS are empty where they are inherited: see retention.h.

struct Database {
  std::optional<int64_t> retention_days = {};
  std::optional<int64_t> extension_days = {};
  bool transient = false;
  Options options = {}; // parameters of what is in it: LOG_LEVEL, EVENT_TABLE, …
};

struct Schema {
  std::optional<int64_t> retention_days = {};
  std::optional<int64_t> extension_days = {};
  bool transient = false;
  bool managed_access = false;
  Options options = {}; // parameters of what is in it: LOG_LEVEL, PIPE_EXECUTION_PAUSED, …
};

struct AutoIncrement {
  int64_t start = 1;
  int64_t step = 1;
  ObjectId sequence = 0; // names the engine's sequence
  bool ordered = false;  // recorded
};

/// A masking policy of a column, a row access policy of a table or view.
struct PolicyUse {
  ObjectId policy = 0;
  std::vector<std::string> columns = {}; // the policy's arguments, in order
};

struct Column {
  std::string name = {};
  sql::SnowflakeType type;
  bool nullable = true;
  std::optional<std::string> default_value = {}; // Snowflake text of the DEFAULT expression
  std::optional<AutoIncrement> autoincrement = {};
  std::string comment = {};
  std::optional<PolicyUse> masking = {};
  std::string computed = {}; // of a virtual column, or of an external table: the text of AS (expression)
  Tags tags = {};
  int64_t id = 0; // within its table, for ever: see altered_columns.h
};

/// PRIMARY KEY, UNIQUE and FOREIGN KEY are recorded and shown, not enforced: as in Snowflake. CHECK is enforced.
struct Constraint {
  std::string kind; // PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK
  std::string name;
  std::vector<std::string> columns;
  std::string references; // the referenced table and columns, as written
  std::string condition = {}; // of CHECK
  std::string comment = {};
};

/// What a history table is made from: see history/README.md.
struct HistoryDefinition {
  ObjectId source = 0;
  std::string source_name = {};           // fully qualified, as shown when the source is gone
  std::vector<ObjectId> base_tables = {}; // of a view; of a table itself
  bool from_view = false;
  std::vector<std::string> keys = {};
  std::vector<std::string> tracked = {};
  std::string track = {};       // the clause as shown
  std::string sequence_by = {}; // empty: the time of the commit
  std::string delete_when = {};
  bool append_only = false;
  std::string time_zone = "UTC"; // in which the expressions are computed
  bool started = true;
};

/// What a dynamic table shows: see dynamic/README.md.
struct DynamicDefinition {
  std::string query;                      // as written
  std::string target_lag = {};            // "1 minute", "DOWNSTREAM"
  std::string warehouse = {};             // recorded
  std::string refresh_mode = "AUTO";      // recorded
  std::string initialize = "ON_CREATE";   // or ON_SCHEDULE
  std::vector<ObjectId> base_tables = {}; // that the query reads, through views too
  std::string time_zone = "UTC";          // in which it is computed
  bool started = true;
  std::optional<TimePoint> last_suspended_on = {};
};

/// Where the rows of an external table come from: see external/README.md.
struct ExternalDefinition {
  ObjectId stage = 0;
  std::string stage_name = {}; // fully qualified, as shown when the stage is gone
  std::string path = {};       // below the stage
  Options file_format = {};    // empty: the stage's
  std::string pattern = {};
  std::vector<std::string> partition_by = {};
  bool user_partitions = false; // PARTITION_TYPE = USER_SPECIFIED
  bool auto_refresh = false;
  std::optional<TimePoint> last_refreshed_on = {};
};

struct Table {
  std::vector<Column> columns;
  std::vector<Constraint> constraints;
  std::string kind = "TABLE"; // TABLE, TRANSIENT, TEMPORARY
  std::optional<int64_t> retention_days = {};
  std::optional<int64_t> extension_days = {};
  bool change_tracking = false;
  std::string cluster_by;
  std::optional<PolicyUse> row_access = {};
  Options options;                               // STAGE_FILE_FORMAT, STAGE_COPY_OPTIONS, …: recorded
  std::optional<HistoryDefinition> history = {}; // of a history table
  std::optional<DynamicDefinition> dynamic = {}; // of a dynamic table
  std::optional<ExternalDefinition> external = {};
  int64_t last_column_id = 0; // 0: its columns have no ids yet
};

struct View {
  std::string query;           // the text after AS
  std::string text;            // of the whole CREATE VIEW statement
  std::vector<Column> columns; // as they were when the view was created
  bool named_columns = false;  // CREATE VIEW v (a, b): the names are the view's own
  bool secure = false;
  bool materialized = false; // recorded: it is computed when it is read, and so is never behind its tables
  std::optional<PolicyUse> row_access = {};
};

struct Stream {
  ObjectId source = 0;                    // the table or view whose changes it shows
  std::string source_name = {};           // fully qualified, as shown when the source is gone
  std::string source_type = "Table";      // as SHOW STREAMS calls it
  std::vector<ObjectId> base_tables = {}; // of a view
  bool append_only = false;
  bool insert_only = false;
  bool show_initial_rows = false;
};

struct Stage {
  std::string url; // s3://bucket/prefix; empty for an internal stage
  std::string storage_integration;
  bool has_credentials = false;   // the credentials themselves are never stored in clear
  bool directory_enabled = false; // it has a directory table, whose rows stand beside the tables': see external/README.md
  bool directory_auto_refresh = false;
  bool temporary = false;
  Options file_format; // FORMAT_NAME, or TYPE and the options written inline
  Options copy_options;
  Options options; // CREDENTIALS' shape, ENCRYPTION, …: recorded
};

struct FileFormat {
  std::string type = "CSV";
  Options options; // what was written; defaults are not stored
};

struct Pipe {
  std::string definition; // text of the COPY INTO statement
  bool auto_ingest = false;
  bool paused = false;
  std::string notification_channel;
  std::string error_integration;
  std::string integration;
  Options options;
  std::optional<TimePoint> paused_on = {};
  bool new_owner = false; // since it was paused
  bool cloned = false;    // with its schema or database, and not resumed since
};

struct Task {
  std::string definition;             // text of the statement after AS
  std::string condition;              // text of WHEN, empty for none
  std::string schedule;               // '1 minute', 'USING CRON …', empty for none
  std::string compute;                // warehouse name; empty for serverless
  std::vector<ObjectId> predecessors; // AFTER
  ObjectId finalizes = 0;             // root task it is the finalizer of
  bool started = false;
  std::string overlap_policy = "NO_OVERLAP";
  std::string config;
  std::string error_integration;
  int64_t suspend_after_failures = 10;
  int64_t timeout_ms = 3'600'000;
  int64_t auto_retry_attempts = 0;
  std::string last_suspended_reason;
  std::optional<TimePoint> last_committed_on;
  std::optional<TimePoint> last_suspended_on;
  int64_t graph_version = 1;
  std::map<std::string, std::string> session_parameters; // name → Snowflake literal
  Options options;
  std::string execute_as_user = {}; // empty: the system
};

/// A condition that is looked at on a schedule, or when a table has new rows, and what is done when it holds.
struct Alert {
  std::string condition; // text of the statement in EXISTS (…)
  std::string action;    // text of the statement after THEN
  std::string schedule;  // '1 minute', 'USING CRON …'; empty: on new rows
  std::string compute;   // warehouse name; empty for serverless
  std::string config;    // JSON
  std::string runbook;
  ObjectId watched = 0; // of one on new rows: the table or view that its condition reads
  bool started = false;
  int64_t suspend_after_failures = 0;    // 0: never
  std::optional<bool> auto_suspended;    // empty: never was
  std::optional<TimePoint> committed_on; // when it was resumed, or its schedule set: intervals count from there
};

struct RoutineArgument {
  std::string name;
  sql::SnowflakeType type;
  std::optional<std::string> default_value;
  bool out = false; // OUT
};

/// A procedure or a function; overloads differ by argument types and are separate objects under one name.
struct Routine {
  std::vector<RoutineArgument> arguments;
  std::string returns;                 // type as written; TABLE (…) for table functions
  sql::SnowflakeType return_type = {}; // of a function that returns a value
  bool returns_table = false;
  std::vector<Column> table_columns;
  bool returns_not_null = false;
  std::string language = "SQL"; // upper case
  std::string body;
  std::string execute_as = "OWNER";
  bool strict = false;
  bool secure = false;
  std::string volatility;
  Options options; // RUNTIME_VERSION, PACKAGES, HANDLER, …
};

struct Procedure : Routine {};
struct Function : Routine {};

struct Sequence {
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = true;
};

struct Integration {
  std::string type; // STORAGE, NOTIFICATION, API, …
  std::string category;
  bool enabled = true;
  Options options; // STORAGE_PROVIDER, STORAGE_AWS_ROLE_ARN, STORAGE_ALLOWED_LOCATIONS, …
};

struct Role {};

struct User {
  std::string default_role = {};
  std::string default_warehouse = {};
  std::string default_namespace = {};
  Options options = {}; // without PASSWORD
};

/// A compute warehouse: recorded and shown; every statement runs in this process.
struct ComputeWarehouse {
  std::string size = "X-Small";
  std::string state = "STARTED";
  bool auto_resume = true;
  int64_t auto_suspend_seconds = 600;
  std::optional<TimePoint> resumed_on = {};
  std::optional<TimePoint> updated_on = {};
  Options options;
};

/// Objects that Freshet records and shows and does nothing with: resource monitors, network policies, tags, ….
struct Recorded {
  std::string type; // as in SHOW: "RESOURCE MONITOR"
  Options options;
  std::string database = {}; // where it was made, of kinds that stand in schemas: shown
  std::string schema = {};
};

/// A masking or row access policy: an expression over the columns that it is set on.
struct AccessPolicy : Routine {
  std::string type; // "MASKING POLICY", "ROW ACCESS POLICY"
};

struct Grant {
  std::string privilege = {}; // OWNERSHIP, SELECT, USAGE (of a role: granted to another role or a user), …
  std::string on_kind = {};   // TABLE, ROLE, ACCOUNT, …
  ObjectId on = 0;            // 0 for ACCOUNT
  std::string on_name = {};   // fully qualified, as shown
  std::string to_kind = {};   // ROLE, USER
  std::string to = {};
  bool grant_option = false;
  bool future = false;
  std::string granted_by = {};
};

/// The order of this list is that of Object::body.
enum class ObjectKind {
  database,
  schema,
  table,
  view,
  stream,
  stage,
  file_format,
  pipe,
  task,
  procedure,
  function,
  sequence,
  integration,
  role,
  user,
  compute_warehouse,
  recorded,
  grant,
  access_policy,
  alert,
};

/// One entry of the catalog: the common part and the kind's own definition.
struct Object {
  ObjectId id = 0;
  ObjectId parent = k_account; // a schema's database, a table's schema
  std::string name;            // as stored: unquoted names in upper case
  std::string owner;           // a role's name
  std::string comment;
  TimePoint created_on;
  std::string session = {}; // of a temporary object: whose it is; the others do not see it
  Tags tags = {};
  std::variant<Database, Schema, Table, View, Stream, Stage, FileFormat, Pipe, Task, Procedure, Function, Sequence, Integration,
               Role, User, ComputeWarehouse, Recorded, Grant, AccessPolicy, Alert>
      body;

  ObjectKind kind() const { return static_cast<ObjectKind>(body.index()); }
  template <typename T>
  const T* as() const {
    return std::get_if<T>(&body);
  }
  template <typename T>
  T* as() {
    return std::get_if<T>(&body);
  }
};

/// Immutable, so a statement may hold it for as long as it runs while others replace it in the catalog.
using ObjectPointer = std::shared_ptr<const Object>;

/// "TABLE", "FILE FORMAT", …: as in Snowflake's messages.
std::string_view name_of(ObjectKind kind);
/// Whether objects of this kind stand in the account itself and not in a database or schema.
bool is_account_object(ObjectKind kind);

} // namespace freshet::warehouse
