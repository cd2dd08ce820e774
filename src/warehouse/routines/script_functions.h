#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/error.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/session.h"

namespace freshet::engine {
class Chunk;
class Database;
class ResultVector;
} // namespace freshet::engine

namespace freshet::warehouse {

class Warehouse;

/// The engine function behind calls of functions in Snowflake Scripting whose block is more than one expression (see
/// script_expression.h): freshet_script(id of the function, id of the calling session, arguments …) gives what the block
/// returns for each row, as text that casts to the function's type.
///
/// Each chunk of rows has a session of its own to compute expressions in, with the names and parameters of the calling one at
/// the time its statement was bound; that one's cancellation ends the blocks. Cost: what is more than integers, comparisons and
/// `||` of texts is a query of its own, some tenths of a millisecond for each expression and row.
///
/// Concurrency: the engine calls from several threads at once.
class ScriptFunctions {
 public:
  explicit ScriptFunctions(Warehouse& warehouse) : warehouse_(warehouse) {}

  engine::Result<void> register_with(engine::Database& database);
  /// Lets the functions that the session's statement calls see what the session is now.
  void watch(const Session& session);

 private:
  struct Caller {
    std::weak_ptr<std::atomic<bool>> cancellation;
    SessionContext context;
    SessionParameters parameters;
  };
  std::expected<void, std::string> run(const engine::Chunk& arguments, engine::ResultVector& result);
  std::optional<Caller> caller(const std::string& session);

  Warehouse& warehouse_;
  std::mutex mutex_;
  std::map<std::string, Caller> callers_;
};

/// A block that a function may have. Errors: 000002 for what Snowflake Scripting has but functions have not: statements of SQL,
/// cursors, RESULTSETs, jobs.
SqlResult<void> check_function_block(const Function& function, sql::ParseOptions options);

} // namespace freshet::warehouse
