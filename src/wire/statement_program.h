#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "warehouse/session.h"
#include "wire/bind.h"
#include "wire/response.h"

namespace freshet::wire {

/// What one query request asks for.
struct StatementRequest {
  std::string text;
  BindRows binds;
  bool describe_only = false;
  std::optional<int64_t> statement_count;                      // MULTI_STATEMENT_COUNT of the request; 0: any number
  std::vector<std::pair<std::string, std::string>> parameters; // session parameters for this request only
};

/// What came of it: exactly one of an error, a description, one result, or several.
struct StatementOutcome {
  std::string query_id;
  std::optional<sql::Error> error;
  std::optional<Description> description;
  warehouse::StatementResult result;
  std::vector<warehouse::StatementResult> results; // of several statements
  SessionSnapshot session;                         // as it was afterwards
};

/// Runs the request on the session, in the calling thread. A failing statement ends a multi-statement request; those before it
/// stay. An array bind is one statement to the client: its rows are all inserted or none, unless the session is in a
/// transaction. `query_id`: what a single statement is called, which the client may have been told already.
StatementOutcome run_request(warehouse::Session& session, const StatementRequest& request, const std::string& query_id);

/// Rewrites `INSERT … VALUES (?, …)` with `times` rows of binds; nullopt when the statement is something else.
std::optional<sql::Statement> multiply_insert(const sql::Statement& statement, size_t times);

} // namespace freshet::wire
