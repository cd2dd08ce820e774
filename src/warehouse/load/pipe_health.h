#pragma once

#include <string>

#include "warehouse/catalog.h"

namespace freshet::warehouse {

/// How long the events for a pipe count: one that stood paused for longer is stale, and older events are left out.
constexpr auto k_pipe_events_kept = std::chrono::days(14);

/// Why a pipe can load nothing, in the words of SYSTEM$PIPE_STATUS: STOPPED_MISSING_TABLE, STOPPED_STAGE_DROPPED,
/// STOPPED_STAGE_ALTERED, STOPPED_FILE_FORMAT_DROPPED, STOPPED_NOTIFICATION_INTEGRATION_DROPPED, STOPPED_CLONED. Empty: nothing
/// of that kind. Its COPY is parsed: O(length of the definition).
std::string stopped_state(const Catalog& catalog, const Object& pipe);

/// Set on pipes, schemas and the account: the nearest one counts.
inline constexpr const char* k_paused = "PIPE_EXECUTION_PAUSED";
/// Whether the pipe loads nothing for now, by its own PIPE_EXECUTION_PAUSED or one above it.
bool is_paused(const Catalog& catalog, const Object& pipe);

/// PIPE_EXECUTION_PAUSED = TRUE of its own; a pipe that is paused already stays paused since then.
void pause(Pipe& pipe, TimePoint now);
void resume(Pipe& pipe);

/// Whether its COPY reads an external stage, or a URL.
bool loads_from_outside(const Catalog& catalog, const Object& pipe);

/// Whether its events have waited for too long: such a pipe is resumed by SYSTEM$PIPE_FORCE_RESUME only.
bool is_stale_pipe(const Pipe& pipe, TimePoint now);

} // namespace freshet::warehouse
