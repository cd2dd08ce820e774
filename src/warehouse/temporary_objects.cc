#include "warehouse/temporary_objects.h"

#include "base/log.h"
#include "warehouse/statement_context.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {

void drop_temporary_objects(Session& session, std::string_view of_session) {
  auto& catalog = session.warehouse().catalog();
  if (catalog.temporary(of_session).empty()) return;
  const sql::Statement statement{};
  const Binds binds;
  StatementContext context(session, statement, binds, session.warehouse().new_query_id());
  auto dropped = context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    for (const auto& object : catalog.temporary(of_session)) TRY(drop_object(context, change, *object));
    return {};
  });
  if (!dropped) log::warn("warehouse", "temporary objects of a session remain: {}", dropped.error().message);
}

} // namespace freshet::warehouse
