#pragma once

#include "sql/syntax_ddl.h"

namespace freshet::sql {

struct Use {
  enum class Kind { database_or_schema, database, schema, role, warehouse, secondary_roles };
  Kind kind = Kind::database_or_schema; // USE x; USE db.schema is schema
  QualifiedName name;                   // of secondary_roles: ALL or NONE
  bool operator==(const Use&) const = default;
};
struct BeginTransaction {
  std::optional<Identifier> name;
  bool operator==(const BeginTransaction&) const = default;
};
struct Commit {
  bool operator==(const Commit&) const = default;
};
struct Rollback {
  bool operator==(const Rollback&) const = default;
};
/// [WITH name AS PROCEDURE …] CALL name(arguments) [INTO :variable]
struct Call {
  FunctionCall call;
  std::optional<Identifier> into;
  Box<CreateRoutine> procedure; // of WITH: it exists for this call only
  bool operator==(const Call&) const = default;
};
/// SET a = expr; SET (a, b) = (expr, expr) or = (SELECT …)
struct SetVariables {
  std::vector<Identifier> names;
  std::vector<Expression> values; // one ScalarSubquery for several names, or as many as names
  bool operator==(const SetVariables&) const = default;
};
struct UnsetVariables {
  std::vector<Identifier> names;
  bool operator==(const UnsetVariables&) const = default;
};
struct AlterSession {
  Properties set;
  std::vector<std::string> unset;
  bool operator==(const AlterSession&) const = default;
};
struct ExecuteTask {
  QualifiedName name;
  bool retry_last = false;
  std::optional<std::string> retried_group; // RETRY GRAPH RUN GROUP '…'
  std::optional<std::string> config;        // USING CONFIG = '…'
  bool operator==(const ExecuteTask&) const = default;
};
struct ExecuteAlert {
  QualifiedName name;
  bool operator==(const ExecuteAlert&) const = default;
};
/// EXECUTE IMMEDIATE 'text' | $$block$$ | variable | $session_variable [USING (a, b)]
/// EXECUTE IMMEDIATE FROM @stage/file [USING (name => value, …)] [DRY_RUN = TRUE]
struct ExecuteImmediate {
  Box<Expression> text; // absent when from is set
  std::vector<Expression> using_values;
  std::vector<std::string> using_names; // of FROM: one a value, its case kept
  std::optional<StageLocation> from;
  bool dry_run = false;
  bool operator==(const ExecuteImmediate&) const = default;
};

/// SHOW [TERSE] kind [HISTORY] [LIKE '…'] [IN …] [STARTS WITH '…'] [LIMIT n [FROM '…']]
struct Show {
  bool terse = false;
  std::string kind; // the plural words in upper case: TABLES, FILE FORMATS, PARAMETERS, GRANTS, PRIMARY KEYS, COLUMNS, …
  bool history = false;
  std::optional<std::string> like;
  std::optional<std::string> in_kind; // ACCOUNT, DATABASE, SCHEMA, TABLE, VIEW, SESSION, USER, …; "" of a bare name (IN db)
  QualifiedName in_name;              // may be empty (IN SCHEMA)
  std::optional<std::string> starts_with;
  std::optional<int64_t> limit;
  std::optional<std::string> limit_from;
  std::string grants; // of GRANTS: ON | TO | OF, then in_kind and in_name name the object or grantee; "" of plain SHOW GRANTS
  bool future = false;
  bool roots_only = false; // SHOW TASKS … ROOT ONLY
  bool operator==(const Show&) const = default;
};
struct Describe {
  ObjectKind kind = ObjectKind::table;
  bool of_result = false;      // DESCRIBE RESULT 'id' | LAST_QUERY_ID()
  bool of_transaction = false; // DESCRIBE TRANSACTION id: `result`, too
  Box<Expression> result;
  QualifiedName name;
  std::optional<std::vector<TypeName>> argument_types;
  std::string type; // TYPE = COLUMNS | STAGE of DESCRIBE TABLE
  std::optional<StageLocation> location;
  bool operator==(const Describe&) const = default;
};

/// GRANT privileges ON object TO grantee; GRANT ROLE r TO ROLE | USER x; GRANT OWNERSHIP …: recorded.
struct Grant {
  bool revoke = false;
  bool grant_option_for = false;       // of revoke
  std::vector<std::string> privileges; // upper case: SELECT, ALL, EXECUTE TASK, …; empty when roles are granted
  std::vector<QualifiedName> roles;    // GRANT ROLE r / DATABASE ROLE r
  enum class Scope { object, all, future, account };
  Scope scope = Scope::object;
  std::string object_kind; // TABLE, SCHEMA, INTEGRATION, … (singular or, with ALL and FUTURE, plural as written)
  QualifiedName object;
  std::optional<std::vector<TypeName>> argument_types;
  std::string in_kind; // of ALL | FUTURE … IN SCHEMA s
  QualifiedName in_name;
  std::string grantee_kind; // ROLE, USER, DATABASE ROLE, SHARE, APPLICATION
  QualifiedName grantee;
  bool with_grant_option = false;
  std::string current_grants; // COPY or REVOKE, of OWNERSHIP
  bool operator==(const Grant&) const = default;
};

struct StatementBox;
struct Explain {
  std::string format; // TABULAR, JSON, TEXT or empty
  Box<StatementBox> statement;
  bool operator==(const Explain&) const;
};

/// statement ->> statement ->> …: each may read the results of those before it as FROM $1 (the one just before), $2, ….
struct Flow {
  std::vector<StatementBox> statements;
  bool operator==(const Flow&) const;
};

/// An anonymous Snowflake Scripting block: [DECLARE …] BEGIN … END, as source text.
struct Block {
  std::string text;
  bool operator==(const Block&) const = default;
};

} // namespace freshet::sql
