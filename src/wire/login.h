#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/error.h"
#include "warehouse/warehouse.h"

namespace freshet::wire {

struct LoginRequest {
  std::string user;
  std::string role; // names as the client wrote them; empty: the default
  std::string warehouse;
  std::string database;
  std::string schema;
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// A warehouse session as the login asks for it. A role that does not exist is an error (390189); a database, schema or
/// warehouse that does not is simply not in use, as in Snowflake, so that a script can create it first.
sql::SqlResult<std::unique_ptr<warehouse::Session>> open_session(warehouse::Warehouse& warehouse, const LoginRequest& login);

} // namespace freshet::wire
