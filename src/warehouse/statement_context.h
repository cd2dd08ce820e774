#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "engine/engine.h"
#include "sql/engine_printer.h"
#include "sql/syntax.h"
#include "warehouse/catalog.h"
#include "warehouse/engine_errors.h"
#include "warehouse/functions.h"
#include "warehouse/result.h"
#include "warehouse/session.h"
#include "warehouse/statement_snapshot.h"
#include "warehouse/transaction.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

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
  ~StatementContext();

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
  /// The database and schema that the object stands in.
  NameScope scope_of(const Object& object);
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
  /// The same from another scope; the name has been resolved.
  SqlResult<ObjectPointer> relation_in(const sql::QualifiedName& name, const NameScope& scope);
  /// The schema that the parts in front of an object's name stand for.
  SqlResult<ObjectPointer> schema_in(std::span<const sql::Identifier> parts, const NameScope& scope);

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

  // ---- the engine, with its errors in Snowflake's words

  SqlResult<engine::Rows> query(const std::string& engine_sql, std::span<const engine::Value> binds = {});
  SqlResult<int64_t> execute(const std::string& engine_sql, std::span<const engine::Value> binds = {});

  // ---- engine text of what the statement says; what it reads is added to reads()

  SqlResult<std::string> print(const sql::Query& query);
  SqlResult<sql::PrintedQuery> print_select(const sql::Query& query); // … with what its columns hold
  SqlResult<std::string> print(const sql::Expression& expression);
  /// The value as it goes into a column of this type.
  SqlResult<std::string> print_value(const sql::Expression& value, const sql::SnowflakeType& column);
  /// The sources of an UPDATE, DELETE or MERGE: what they hold is known to the expressions printed afterwards.
  SqlResult<std::string> print(const sql::TableReference& table);
  void add_source(sql::SourceColumns source) { sources_.push_back(std::move(source)); }
  const std::vector<sql::SourceColumns>& sources() const { return sources_; }
  const sql::PrintOptions& print_options();

  /// Runs a query's engine text; the types of the columns are the engine's, made precise by what the printer knows.
  SqlResult<StatementResult> run_query(const std::string& engine_sql, StatementKind kind = StatementKind::query);
  SqlResult<StatementResult> run_query(const sql::PrintedQuery& query, StatementKind kind = StatementKind::query);

  // ---- the transaction the statement runs in

  /// The one it writes in; null while it only reads.
  TransactionScope* writing() { return writing_; }
  void writes_in(TransactionScope* transaction) { writing_ = transaction; }
  /// The one whose snapshot it reads: the one it writes in, the session's open one, or one of its own.
  SqlResult<TransactionScope*> snapshot();
  StatementSnapshot& own_snapshot() { return own_snapshot_; }
  /// What follows needs a transaction of its own.
  void end_snapshot() { own_snapshot_.end(); }
  /// Whether the engine objected that another transaction changed what this one read.
  bool saw_conflict() const { return saw_conflict_; }
  void saw_conflict(bool value) { saw_conflict_ = value; }
  /// The engine's error in Snowflake's words; remembers conflicts.
  sql::Error error_of(const engine::Error& error);
  template <typename T>
  SqlResult<T> checked(engine::Result<T> result) {
    if (!result) return std::unexpected(error_of(result.error()));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::move(*result);
    }
  }

  // ---- changes

  /// DDL: commits the open transaction, then runs `work` in a transaction of its own, holding the catalog's change lock; the
  /// change is written, committed and published when it succeeds, and nothing remains when it fails.
  SqlResult<void> change_catalog(const std::function<SqlResult<void>(CatalogChange& change)>& work);

  // ---- warnings

  /// Says with the result that data may be lost. Once per code and object.
  void warn(Warning warning);
  const std::vector<Warning>& warnings() const { return warnings_; }

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
  std::vector<sql::SourceColumns> sources_;
  std::optional<sql::PrintOptions> print_options_;
  TransactionScope* writing_ = nullptr;
  StatementSnapshot own_snapshot_;
  bool saw_conflict_ = false;
  std::vector<Warning> warnings_;

  SqlResult<void> change_once(TransactionScope& transaction, CatalogChange& change,
                              const std::function<SqlResult<void>(CatalogChange& change)>& work);
  SqlResult<std::optional<std::string>> text_of(const std::string& engine_sql);
  sql::Error no_current(std::string_view what, int32_t code) const;
};

/// 002003 with the object's kind in Snowflake's words: "Stage 'DB.S.X' does not exist or not authorized."
sql::Error missing(ObjectKind kind, std::string_view full_name);
/// A name as the user wrote it: A.B."c"
std::string written(const sql::QualifiedName& name);

/// A timestamp as engine text that `table` takes for TIMESTAMP_LTZ columns.
std::string engine_text(TimePoint time);

} // namespace freshet::warehouse
