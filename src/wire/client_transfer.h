#pragma once

#include <boost/json/fwd.hpp>

#include "base/file_system.h"
#include "http/client.h"
#include "sql/error.h"
#include "wire/result_table.h"

namespace freshet::wire {

/// Whether an answer's data asks the client to move files (PUT, GET).
bool asks_for_transfer(const boost::json::object& data);

/// Moves them, one after the other, and gives the rows that Snowflake's own clients show. Files without a compression that
/// their name or their first bytes tell are compressed with gzip on the way, unless AUTO_COMPRESS = FALSE. Memory: a file at a
/// time when it is compressed. Errors: 253006 (no such file or folder), what the server answers.
sql::SqlResult<ResultTable> transfer_files(FileSystem& files, http::Client& http, const boost::json::object& data);

} // namespace freshet::wire
