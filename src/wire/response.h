#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "warehouse/result.h"
#include "warehouse/session.h"
#include "warehouse/session_parameters.h"

namespace freshet::wire {

/// Codes of the protocol itself, as the drivers know them.
enum class Code : int32_t {
  authentication_failed = 390100,
  token_invalid = 390104,
  session_gone = 390111,
  session_expired = 390112,
  master_expired = 390114,
  role_unknown = 390189,
  too_many_sessions = 390007,
  still_running = 333333,
  still_running_async = 333334,
  result_not_found = 612,
};

/// What every answer about a statement says beside the statement's own result: the session as it was when the statement ended.
struct SessionSnapshot {
  warehouse::SessionContext context;
  std::string parameters; // JSON: [{"name":…,"value":…},…]
  std::string time_zone;
  size_t json_indent = 2;

  static SessionSnapshot of(const warehouse::Session& session);
};

/// The session parameters that drivers read, with types as JSON has them. Staged array binds are switched off: drivers always
/// send binds with the request.
std::string parameters_json(const warehouse::SessionParameters& parameters);

/// A result without rows (not: with no row in them) is answered by its counts, one column each. About
/// `inline_bytes_max` of the rows come with the answer; the rows [begin, end) after them are for the client to fetch from
/// `chunk_url(begin, end)`.
std::string result_body(const warehouse::StatementResult& result, const SessionSnapshot& session, size_t inline_bytes_max,
                        const std::function<std::string(size_t begin, size_t end)>& chunk_url);

/// The answer to PUT and GET, with what StageFiles says about the transfer.
std::string transfer_body(const warehouse::StatementResult& result, const SessionSnapshot& session, std::string_view transfer);

/// What a statement would give, without running it.
struct Description {
  std::vector<warehouse::ResultColumn> columns;
  warehouse::StatementKind kind = warehouse::StatementKind::query;
  uint32_t binds = 0;
};
/// The answer to describeOnly.
std::string describe_body(const Description& description, std::string_view query_id, const SessionSnapshot& session);

struct ChildResult {
  std::string query_id;
  warehouse::StatementKind kind;
};
/// The answer to several statements in one request: the results are fetched by their ids.
std::string multi_statement_body(const std::vector<ChildResult>& children, std::string_view query_id,
                                 const SessionSnapshot& session);

std::string in_progress_body(Code code, std::string_view query_id);
std::string error_body(const sql::Error& error, std::string_view query_id);
std::string protocol_error_body(Code code, std::string_view message);
std::string success_body();

} // namespace freshet::wire
