#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "sql/engine_printer.h"
#include "sql/syntax.h"
#include "warehouse/catalog.h"
#include "warehouse/functions.h"
#include "warehouse/result.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

/// Where unqualified names are looked up: the session's current database and schema, or those of the view being expanded.
struct NameScope {
  std::string database;
  std::string schema;
};

/// What a statement reads, through views too.
struct Reads {
  std::set<ObjectId> tables;
  std::set<ObjectId> streams;
  std::set<ObjectId> views;
};

/// One running statement: everything `run(StatementContext&, const sql::X&)` needs. Lives on the stack of Session::execute.
class StatementContext {
 public:
  StatementContext(Session& session, const sql::Statement& statement, const Binds& binds, std::string query_id);

  Session& session() { return session_; }
  Warehouse& warehouse() { return session_.warehouse(); }
  Catalog& catalog() { return warehouse().catalog(); }
  engine::Connection& connection() { return session_.connection(); }
  const sql::Statement& statement() const { return statement_; }
  const Binds& binds() const { return binds_; }
  const std::string& query_id() const { return query_id_; }
  /// The statement's time: CURRENT_TIMESTAMP, created_on, …: the same throughout.
  TimePoint now() const { return now_; }
  Reads& reads() { return reads_; }

  // ---- names. Errors: 002003 does not exist, 090105 no current database, 090106 no current schema

  NameScope scope() const;
  /// IDENTIFIER($x) replaced by the parts it stands for; other names as they are.
  SqlResult<sql::QualifiedName> resolve(const sql::QualifiedName& name);
  SqlResult<ObjectPointer> database(const sql::QualifiedName& name); // empty name: the current one
  SqlResult<ObjectPointer> schema(const sql::QualifiedName& name);   // empty name: the current one
  /// An existing object of this kind; of account kinds (role, warehouse, integration, …) the last part counts.
  SqlResult<ObjectPointer> find(ObjectKind kind, const sql::QualifiedName& name);
  /// The same; null when the object, but not its schema or database, is missing.
  SqlResult<ObjectPointer> find_if_exists(ObjectKind kind, const sql::QualifiedName& name);
  /// A table, view or stream.
  SqlResult<ObjectPointer> relation(const sql::QualifiedName& name);

  /// Where a CREATE puts its object, and what stands there already.
  struct Target {
    ObjectId parent = 0;
    std::string name;
    ObjectPointer existing; // of this kind, or for tables, views and streams of any of them; may be null
    std::string full_name;
  };
  SqlResult<Target> target(ObjectKind kind, const sql::QualifiedName& name);
  /// A new object for the target: id, parent, name, owner and creation time filled in.
  Object new_object(const Target& target);

  // ---- values

  /// Runs a constant expression on the engine: binds, variables and context functions included.
  SqlResult<engine::Value> evaluate(const sql::Expression& expression);
  SqlResult<std::optional<std::string>> evaluate_text(const sql::Expression& expression); // nullopt: NULL
  /// The same of a function's argument.
  SqlResult<std::optional<std::string>> constant_text(const FunctionArgument& argument);

  // ---- engine text of what the statement says; what it reads is added to reads()

  SqlResult<std::string> print(const sql::Query& query);
  SqlResult<std::string> print(const sql::Expression& expression);
  SqlResult<std::string> print(const sql::TableReference& table);

  /// Runs a query's engine text; types of the columns come from the engine.
  SqlResult<StatementResult> run_query(const std::string& engine_sql, StatementKind kind = StatementKind::query);

  // ---- changes

  /// DDL: commits the open transaction, then runs `work` in a transaction of its own, holding the catalog's change lock; the change is
  /// written, committed and published when it succeeds, and nothing remains when it fails.
  SqlResult<void> change_catalog(const std::function<SqlResult<void>(CatalogChange& change)>& work);

  // ---- results

  /// One column "status" with one row: "Table T successfully created."
  SqlResult<StatementResult> message(StatementKind kind, std::string text);
  /// Rows of text (nullopt: NULL), converted to the columns' types.
  SqlResult<StatementResult> table(StatementKind kind, std::vector<ResultColumn> columns,
                                   std::span<const std::vector<std::optional<std::string>>> rows);
  /// One row of counts: {"number of rows inserted", 3}.
  SqlResult<StatementResult> counts(StatementKind kind, std::vector<std::pair<std::string, int64_t>> columns, DmlCounts counts);

 private:
  Session& session_;
  const sql::Statement& statement_;
  const Binds& binds_;
  const std::string query_id_;
  const TimePoint now_;
  Reads reads_;
};

/// 002003, 002002, … with the object's kind in Snowflake's words.
sql::Error missing(ObjectKind kind, std::string_view full_name);
sql::Error no_current_database();
sql::Error no_current_schema();

/// A timestamp as engine text that `table` takes for TIMESTAMP_LTZ columns.
std::string engine_text(TimePoint time);

}  // namespace freshet::warehouse
