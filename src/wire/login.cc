#include "wire/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/engine_printer.h"
#include "sql/parser.h"
#include "wire/response.h"

namespace freshet::wire {
namespace {

/// A name from outside as SQL text: as it is when it is a name, else quoted.
std::string name_text(const std::string& name) {
  return sql::parse_qualified_name(name) ? name : sql::quote_identifier(name);
}

sql::SqlResult<warehouse::StatementResult> use(warehouse::Session& session, std::string_view kind, const std::string& name) {
  return session.execute(fmt::format("USE {} {}", kind, name_text(name)));
}

} // namespace

sql::SqlResult<std::unique_ptr<warehouse::Session>> open_session(warehouse::Warehouse& warehouse, const LoginRequest& login) {
  warehouse::SessionContext context;
  context.user = login.user;
  std::ranges::transform(context.user, context.user.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  auto session = TRY(warehouse.create_session(context));
  for (const auto& [name, value] : login.parameters) {
    if (warehouse::SessionParameters::find(name) != nullptr) TRY(session->parameters().set(name, value));
  }
  if (!login.role.empty() && !use(*session, "ROLE", login.role)) {
    return sql::fail(
        {static_cast<int32_t>(Code::role_unknown), "08001",
         fmt::format("Role '{}' specified in the connect string does not exist or not authorized. "
                     "Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.",
                     login.role)});
  }
  if (!login.warehouse.empty()) (void)use(*session, "WAREHOUSE", login.warehouse);
  if (!login.database.empty() && !use(*session, "DATABASE", login.database)) return session;
  if (!login.schema.empty()) (void)use(*session, "SCHEMA", login.schema);
  return session;
}

} // namespace freshet::wire
