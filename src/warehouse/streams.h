#pragma once

#include <string>
#include <vector>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The changes that a stream shows; consumes it when the statement writes. Errors: 091901 its source is gone, 091903 stale.
SqlResult<std::string> stream_relation(StatementContext& context, const Object& stream);
/// SYSTEM$STREAM_HAS_DATA: exact. Cost: stops at the first change found.
SqlResult<bool> stream_has_data(StatementContext& context, const Object& stream);

/// What SHOW STREAMS tells of a stream.
struct StreamStatus {
  std::vector<ObjectPointer> base_tables;
  bool stale = false;
  std::optional<TimePoint> stale_after; // empty: its source is gone
  std::string invalid_reason = "N/A";
};
SqlResult<StreamStatus> stream_status(StatementContext& context, const Object& stream);

} // namespace freshet::warehouse
