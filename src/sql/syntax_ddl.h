#pragma once

#include "sql/syntax_dml.h"
#include "sql/syntax_load.h"

namespace freshet::sql {

struct StatementBox;

enum class ObjectKind {
  account,
  database,
  schema,
  table,
  external_table,
  dynamic_table,
  event_table,
  history_table,
  hybrid_table,
  iceberg_table,
  view,
  materialized_view,
  sequence,
  file_format,
  stage,
  integration,
  storage_integration,
  notification_integration,
  api_integration,
  security_integration,
  external_access_integration,
  catalog_integration,
  pipe,
  stream,
  task,
  procedure,
  function,
  external_function,
  role,
  database_role,
  user,
  warehouse,
  resource_monitor,
  share,
  network_policy,
  network_rule,
  session_policy,
  password_policy,
  masking_policy,
  row_access_policy,
  aggregation_policy,
  authentication_policy,
  tag,
  alert,
  secret,
  column,
  connection,
  replication_group,
  failover_group,
  compute_pool,
  image_repository,
  service,
  git_repository,
  model,
  notebook,
  streamlit,
  application,
  application_package,
  managed_account,
  external_volume,
  packages_policy,
  projection_policy,
};
/// "TABLE", "FILE FORMAT", "STORAGE INTEGRATION", …
std::string_view name_of(ObjectKind kind);

struct CreateOptions {
  bool or_replace = false;
  bool or_alter = false;
  bool if_not_exists = false;
  bool transient = false;
  bool temporary = false; // TEMP, TEMPORARY, LOCAL, GLOBAL TEMPORARY, VOLATILE
  bool secure = false;
  bool copy_grants = false;
  bool operator==(const CreateOptions&) const = default;
};

/// CLONE source [AT | BEFORE (…)], and of databases and schemas what may be left out or is taken along
struct CloneClause {
  QualifiedName source;
  Box<HistoryPoint> at;
  bool ignores_short_retention = false; // IGNORE TABLES WITH INSUFFICIENT DATA RETENTION
  bool ignores_hybrid_tables = false;   // IGNORE HYBRID TABLES
  bool internal_stages = false;         // INCLUDE INTERNAL STAGES
  bool operator==(const CloneClause&) const = default;
};

struct CreateDatabase {
  CreateOptions options;
  QualifiedName name;
  std::optional<CloneClause> clone;
  Properties properties; // DATA_RETENTION_TIME_IN_DAYS, COMMENT, …
  bool operator==(const CreateDatabase&) const = default;
};
struct CreateSchema {
  CreateOptions options;
  QualifiedName name;
  std::optional<CloneClause> clone;
  bool managed_access = false;
  Properties properties;
  bool operator==(const CreateSchema&) const = default;
};

struct ConstraintReference {
  QualifiedName table;
  std::vector<Identifier> columns;
  bool operator==(const ConstraintReference&) const = default;
};
/// Recorded; Snowflake enforces NOT NULL and CHECK only.
struct Constraint {
  enum class Kind { primary_key, unique, foreign_key, check };
  Kind kind = Kind::primary_key;
  std::optional<Identifier> name;
  std::vector<Identifier> columns; // empty at a column
  std::optional<ConstraintReference> references;
  std::vector<std::string> attributes; // NOT ENFORCED, RELY, ON DELETE CASCADE, …: as words in upper case
  Box<Expression> condition;           // of CHECK
  std::optional<std::string> comment;
  bool operator==(const Constraint& o) const {
    return kind == o.kind && name == o.name && columns == o.columns && references == o.references && attributes == o.attributes &&
           condition == o.condition && comment == o.comment;
  }
};
/// AUTOINCREMENT | IDENTITY [(start, step) | START n INCREMENT n] [ORDER | NOORDER]
struct Identity {
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = false;
  bool operator==(const Identity&) const = default;
};
/// WITH MASKING POLICY p [USING (a, b)] of a column, ROW ACCESS POLICY p ON (a, b) of a table or view
struct PolicyUse {
  QualifiedName policy;
  std::vector<Identifier> columns; // of USING and ON; the policy's arguments
  bool operator==(const PolicyUse&) const = default;
};
struct ColumnDefinition {
  Identifier name;
  std::optional<TypeName> type; // absent only in CTAS with a column list
  bool not_null = false;
  Box<Expression> default_value;
  std::string default_text; // as written
  std::optional<Identity> identity;
  Box<Expression> computed; // AS (expr) of external and virtual columns
  std::string collation;
  std::optional<std::string> comment;
  std::vector<Constraint> constraints;
  std::optional<PolicyUse> masking_policy;
  Properties tags; // one TAG of properties for each clause
  SourceRange range;
  bool operator==(const ColumnDefinition& o) const {
    return name == o.name && type == o.type && not_null == o.not_null && default_value == o.default_value &&
           identity == o.identity && computed == o.computed && collation == o.collation && comment == o.comment &&
           constraints == o.constraints && masking_policy == o.masking_policy && tags == o.tags;
  }
};
struct CreateTable {
  CreateOptions options;
  ObjectKind kind = ObjectKind::table; // or external_table, dynamic_table, hybrid_table, …
  QualifiedName name;
  std::vector<ColumnDefinition> columns;
  std::vector<Constraint> constraints;
  std::vector<Expression> cluster_by;
  Properties properties; // DATA_RETENTION_TIME_IN_DAYS, CHANGE_TRACKING, COMMENT, STAGE_FILE_FORMAT, …
  Box<Query> as_query;   // CREATE TABLE … AS
  std::string as_text;   // its source text
  std::optional<QualifiedName> like;
  std::optional<CloneClause> clone;
  std::optional<StageLocation> location; // LOCATION = @… of external tables
  std::optional<PolicyUse> row_access_policy;
  bool operator==(const CreateTable& o) const {
    return options == o.options && kind == o.kind && name == o.name && columns == o.columns && constraints == o.constraints &&
           cluster_by == o.cluster_by && properties == o.properties && as_query == o.as_query && like == o.like &&
           clone == o.clone && location == o.location && row_access_policy == o.row_access_policy;
  }
};

struct ViewColumn {
  Identifier name;
  std::optional<std::string> comment;
  std::optional<PolicyUse> masking_policy;
  Properties tags;
  bool operator==(const ViewColumn&) const = default;
};
struct CreateView {
  CreateOptions options;
  bool materialized = false;
  bool recursive = false;
  bool force = false; // made although its query cannot be bound
  QualifiedName name;
  std::vector<ViewColumn> columns;
  Properties properties; // COMMENT, CHANGE_TRACKING
  std::optional<PolicyUse> row_access_policy;
  Query query;
  std::string query_text;
  bool operator==(const CreateView& o) const {
    return options == o.options && materialized == o.materialized && recursive == o.recursive && force == o.force && name == o.name &&
           columns == o.columns && properties == o.properties && row_access_policy == o.row_access_policy && query == o.query;
  }
};
struct CreateSequence {
  CreateOptions options;
  QualifiedName name;
  int64_t start = 1;
  int64_t step = 1;
  bool ordered = false;
  std::optional<std::string> comment;
  bool operator==(const CreateSequence&) const = default;
};
struct CreateFileFormat {
  CreateOptions options;
  QualifiedName name;
  Properties properties; // TYPE and the format's options, COMMENT
  bool operator==(const CreateFileFormat&) const = default;
};
struct CreateStage {
  CreateOptions options;
  QualifiedName name;
  std::optional<CloneClause> clone;
  Properties properties; // URL, CREDENTIALS, STORAGE_INTEGRATION, FILE_FORMAT (word or properties), DIRECTORY, ENCRYPTION,
                         // COPY_OPTIONS, COMMENT
  bool operator==(const CreateStage&) const = default;
};
struct CreatePipe {
  CreateOptions options;
  QualifiedName name;
  Properties properties; // AUTO_INGEST, AWS_SNS_TOPIC, INTEGRATION, ERROR_INTEGRATION, COMMENT
  CopyIntoTable copy;
  std::string copy_text;
  bool operator==(const CreatePipe& o) const {
    return options == o.options && name == o.name && properties == o.properties && copy == o.copy;
  }
};
struct CreateStream {
  CreateOptions options;
  QualifiedName name;
  ObjectKind source_kind = ObjectKind::table; // table, view, stage, external_table, dynamic_table, event_table
  QualifiedName source;
  Box<HistoryPoint> at;
  bool append_only = false;
  bool insert_only = false;
  bool show_initial_rows = false;
  std::optional<CloneClause> clone; // CREATE STREAM … CLONE
  Properties properties;            // COMMENT and what else was given
  bool operator==(const CreateStream&) const = default;
};
struct CreateTask {
  CreateOptions options;
  QualifiedName name;
  Properties properties; // WAREHOUSE, SCHEDULE, CONFIG, …, COMMENT, session parameters; FINALIZE is `finalize`
  std::optional<Identifier> execute_as_user;
  std::optional<QualifiedName> finalize;
  std::vector<QualifiedName> after;
  Box<Expression> when;
  std::string when_text;
  Box<StatementBox> body;
  std::string body_text;
  std::optional<CloneClause> clone;
  bool operator==(const CreateTask&) const;
};
/// CREATE ALERT name … IF (EXISTS (condition)) THEN action
struct CreateAlert {
  CreateOptions options;
  QualifiedName name;
  Properties properties; // SCHEDULE, WAREHOUSE, CONFIG, RUNBOOK, …
  std::optional<CloneClause> clone;
  Box<StatementBox> condition;
  std::string condition_text;
  Box<StatementBox> action;
  std::string action_text;
  bool operator==(const CreateAlert&) const;
};
struct Parameter {
  Identifier name;
  TypeName type;
  Box<Expression> default_value;
  bool out = false; // OUT: CALL gives the variable in its place the value that the parameter ends with
  bool operator==(const Parameter&) const = default;
};
/// RETURNS type [NOT NULL] or RETURNS TABLE (a type, …)
struct ReturnType {
  bool is_table = false;
  TypeName type;                  // of a scalar
  std::vector<Parameter> columns; // of a table; may be empty: TABLE()
  bool not_null = false;
  bool operator==(const ReturnType&) const = default;
};
/// CREATE PROCEDURE and CREATE FUNCTION. `body` is the text between $$ or quotes (escapes resolved), or of a bare BEGIN … END
/// block.
struct CreateRoutine {
  CreateOptions options;
  bool is_function = false;
  bool parentheses_missing = false;
  QualifiedName name;
  std::vector<Parameter> parameters;
  ReturnType returns;
  std::string language = "SQL"; // upper case: SQL, JAVASCRIPT, PYTHON, …
  bool strict = false;          // STRICT, RETURNS NULL ON NULL INPUT
  bool immutable = false;
  bool memoizable = false;
  bool as_caller = false; // EXECUTE AS CALLER (default: OWNER)
  Properties properties;  // COMMENT, RUNTIME_VERSION, PACKAGES, HANDLER, IMPORTS, …
  std::string body;
  SourceRange body_range; // of the literal or block
  bool operator==(const CreateRoutine&) const = default;
};
/// CREATE HISTORY TABLE name FROM source KEYS (…) [SEQUENCE BY expr] [TRACK (…) | TRACK ALL [EXCEPT (…)]] [DELETE WHEN expr]
/// [APPEND_ONLY = TRUE] [COMMENT = '…']: Freshet's own. The clauses after FROM may stand in any order.
struct CreateHistoryTable {
  enum class Track { by_default, only, all_except };
  CreateOptions options;
  QualifiedName name;
  QualifiedName source;
  std::vector<Identifier> keys;
  Box<Expression> sequence_by;
  std::string sequence_text; // as written
  Track track = Track::by_default;
  std::vector<Identifier> track_columns;
  Box<Expression> delete_when;
  std::string delete_text; // as written
  Properties properties;
  bool operator==(const CreateHistoryTable& o) const {
    return options == o.options && name == o.name && source == o.source && keys == o.keys && sequence_by == o.sequence_by &&
           track == o.track && track_columns == o.track_columns && delete_when == o.delete_when && properties == o.properties;
  }
};
/// ROLE, USER, WAREHOUSE, integrations, resource monitors, policies, …: recorded with their properties.
struct CreateObject {
  ObjectKind kind = ObjectKind::role;
  CreateOptions options;
  QualifiedName name;
  Properties properties;
  std::vector<Parameter> parameters; // of masking and row access policies: AS (v VARCHAR, …) RETURNS type -> body
  ReturnType returns;
  Box<Expression> body;
  std::string body_text;
  std::string rest; // what follows and has its own grammar (a monitor's triggers): source text
  bool operator==(const CreateObject&) const = default;
};

struct Drop {
  ObjectKind kind = ObjectKind::table;
  bool if_exists = false;
  QualifiedName name;
  std::optional<std::vector<TypeName>> argument_types; // of procedures and functions, when written
  bool cascade = false;
  bool restrict = false;
  bool operator==(const Drop&) const = default;
};
struct Undrop {
  ObjectKind kind = ObjectKind::table;
  QualifiedName name;
  bool operator==(const Undrop&) const = default;
};

// ---- ALTER: what it does is one of these actions

struct RenameTo {
  QualifiedName name;
  bool operator==(const RenameTo&) const = default;
};
struct SwapWith {
  QualifiedName name;
  bool operator==(const SwapWith&) const = default;
};
struct SetProperties {
  Properties properties;
  std::optional<Identifier> execute_as_user; // of a task
  bool operator==(const SetProperties&) const = default;
};
struct UnsetProperties {
  std::vector<std::string> keys;
  bool execute_as_user = false; // of a task
  bool operator==(const UnsetProperties&) const = default;
};
struct AddColumns {
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  bool operator==(const AddColumns&) const = default;
};
struct DropColumns {
  bool if_exists = false;
  std::vector<Identifier> columns;
  bool operator==(const DropColumns&) const = default;
};
struct RenameColumn {
  Identifier from;
  Identifier to;
  bool operator==(const RenameColumn&) const = default;
};
struct AlterColumn {
  enum class Action {
    set_type,
    set_not_null,
    drop_not_null,
    set_default,
    drop_default,
    set_comment,
    unset_comment,
    set_masking_policy,
    unset_masking_policy,
    set_tags,
    unset_tags,
  };
  Identifier column;
  Action action = Action::set_type;
  std::optional<TypeName> type;
  Box<Expression> value;
  std::string text;                // comment
  std::optional<PolicyUse> policy; // of set_masking_policy
  Properties tags;
  bool operator==(const AlterColumn&) const = default;
};
struct AlterColumns {
  std::vector<AlterColumn> columns;
  bool operator==(const AlterColumns&) const = default;
};
struct AddConstraint {
  Constraint constraint;
  bool operator==(const AddConstraint&) const = default;
};
struct DropConstraint {
  Constraint constraint; // kind, name or columns
  bool by_name = false;
  bool operator==(const DropConstraint&) const = default;
};
struct RenameConstraint {
  Identifier from;
  Identifier to;
  bool operator==(const RenameConstraint&) const = default;
};
struct ClusterBy {
  std::vector<Expression> keys; // empty: DROP CLUSTERING KEY
  bool operator==(const ClusterBy&) const = default;
};
/// RESUME, SUSPEND, RESUME RECLUSTER, ABORT ALL QUERIES, …: the words in upper case
struct AlterWords {
  std::string words;
  Properties properties;
  bool operator==(const AlterWords&) const = default;
};
/// ALTER PIPE … REFRESH [PREFIX = '…'] [MODIFIED_AFTER = '…']; ALTER STAGE … REFRESH [SUBPATH = '…']
struct Refresh {
  Properties properties;
  bool operator==(const Refresh&) const = default;
};
struct AlterTaskAfter {
  bool add = true; // ADD AFTER, else REMOVE AFTER
  std::vector<QualifiedName> tasks;
  bool operator==(const AlterTaskAfter&) const = default;
};
struct AlterTaskFinalize {
  std::optional<QualifiedName> root; // absent: UNSET FINALIZE
  bool operator==(const AlterTaskFinalize&) const = default;
};
struct AlterTaskBody {
  Box<StatementBox> body;
  std::string body_text;
  bool operator==(const AlterTaskBody&) const;
};
struct AlterTaskWhen {
  Box<Expression> when; // absent: REMOVE WHEN
  std::string when_text;
  bool operator==(const AlterTaskWhen& o) const { return when == o.when; }
};
/// MODIFY CONDITION EXISTS (…)
struct AlterAlertCondition {
  Box<StatementBox> condition;
  std::string condition_text;
  bool operator==(const AlterAlertCondition&) const;
};
/// MODIFY ACTION …
struct AlterAlertAction {
  Box<StatementBox> action;
  std::string action_text;
  bool operator==(const AlterAlertAction&) const;
};
struct SetTags {
  bool unset = false;
  Properties tags;
  bool operator==(const SetTags&) const = default;
};
/// ADD | DROP ROW ACCESS POLICY, DROP ALL ROW ACCESS POLICIES
struct AlterRowAccess {
  std::optional<PolicyUse> add;
  std::optional<QualifiedName> drop; // both absent: all
  bool operator==(const AlterRowAccess&) const = default;
};
/// ALTER MASKING POLICY … SET BODY -> expression
struct SetBody {
  Expression body;
  std::string body_text;
  bool operator==(const SetBody& o) const { return body == o.body; }
};
/// ALTER VIEW … AS SELECT is not in Snowflake; ALTER VIEW SET SECURE and the like are AlterWords.
using AlterAction = std::variant<RenameTo, SwapWith, SetProperties, UnsetProperties, AddColumns, DropColumns, RenameColumn,
                                 AlterColumns, AddConstraint, DropConstraint, RenameConstraint, ClusterBy, AlterWords, Refresh,
                                 AlterTaskAfter, AlterTaskFinalize, AlterTaskBody, AlterTaskWhen, AlterAlertCondition,
                                 AlterAlertAction, SetTags, AlterRowAccess, SetBody>;
struct Alter {
  ObjectKind kind = ObjectKind::table;
  bool if_exists = false;
  QualifiedName name;
  std::optional<std::vector<TypeName>> argument_types; // of procedures and functions
  std::vector<AlterAction> actions;                    // one, but `SET a = 1, …` with words in between may give more
  bool operator==(const Alter&) const = default;
};

struct CommentOn {
  ObjectKind kind = ObjectKind::table;
  bool if_exists = false;
  QualifiedName name;
  std::optional<std::vector<TypeName>> argument_types;
  std::string comment;
  bool operator==(const CommentOn&) const = default;
};

} // namespace freshet::sql
