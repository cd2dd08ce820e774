#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/error.h"
#include "warehouse/catalog_objects.h"

namespace freshet::engine {
class Chunk;
class Database;
class ResultVector;
} // namespace freshet::engine

namespace freshet::warehouse {

class Session;
class Warehouse;

/// The engine functions behind calls of functions in JavaScript. Their first two arguments are the function's id in the catalog
/// and the calling session's, whose cancellation ends a script; the function's own arguments follow.
///
///   freshet_javascript_text, freshet_javascript_number   what a scalar function returns: see ScriptResult
///   freshet_javascript_rows                              of a table function: a JSON array of rows. A text that says which
///                                                        arguments are constants stands before them
///   freshet_javascript_partitions                        the same for lists of rows, whose length follows that text
///   … with "_once" at the end                            of IMMUTABLE functions: constants are computed once
///
/// Concurrency: the engine calls from several threads at once; each has its own JavaScript engine.
class JavaScriptFunctions {
 public:
  explicit JavaScriptFunctions(Warehouse& warehouse) : warehouse_(warehouse) {}

  engine::Result<void> register_with(engine::Database& database);
  /// Lets `session`'s cancellation reach the functions that its statements call.
  void watch(const Session& session);

 private:
  enum class Gives { text, number, rows, partitions };
  std::expected<void, std::string> run(const engine::Chunk& arguments, engine::ResultVector& result, Gives gives);
  std::shared_ptr<std::atomic<bool>> cancellation_of(const std::string& session);

  Warehouse& warehouse_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<std::atomic<bool>>> sessions_;
};

} // namespace freshet::warehouse
