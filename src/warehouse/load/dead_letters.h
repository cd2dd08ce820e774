#pragma once

#include <string>
#include <utility>
#include <vector>

#include "warehouse/catalog_objects.h"
#include "warehouse/functions.h"

namespace freshet::warehouse {

/// Dead letters: the files that a pipe was told of, tried, and gave up: their content does not load, or they were never there.
/// The last word counts: a file that has been loaded since, corrected under the same name, is none. Known as long as
/// COPY_HISTORY (14 days) and as long as the pipe lives.
///
/// TABLE(FRESHET.DEAD_LETTERS([PIPE_NAME => 'p'])) shows them, SYSTEM$PIPE_RETRY_DEAD_LETTERS('p') has the pipe try them again
/// as they are: after a change of the table, or when they have come back.
void add_dead_letter_functions(FunctionRegistry& functions);

namespace load_history {

/// Engine text of the relation behind it, for these pipes (id, full name). What was wrong with a file is unknown after a
/// TRUNCATE of the table, which ends its COPY_HISTORY. Cost: O(files of 14 days).
std::string dead_letter_relation(const std::vector<std::pair<ObjectId, std::string>>& pipes);

} // namespace load_history

} // namespace freshet::warehouse
