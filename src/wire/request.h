#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"
#include "wire/statement_program.h"

namespace freshet::wire {

/// The JSON body of a request, decompressed when it says it is gzip. Errors: invalid_argument.
Result<boost::json::value> request_json(const http::Request& request, size_t bytes_max);

/// The token of `Authorization: Snowflake Token="…"`; empty when there is none.
std::string_view session_token(const http::Request& request);

/// A member that is text, or empty.
std::string_view text_member(const boost::json::value& object, std::string_view name);

/// What a query request's body asks for.
sql::SqlResult<StatementRequest> statement_request(const boost::json::value& body);

/// Session parameters as `{"NAME":value}` gives them, values as text.
std::vector<std::pair<std::string, std::string>> parameters_from(const boost::json::value& object);

} // namespace freshet::wire
