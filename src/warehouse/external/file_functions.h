#pragma once

namespace freshet::warehouse {

class FunctionRegistry;

/// DIRECTORY, GET_STAGE_LOCATION, GET_RELATIVE_PATH, GET_ABSOLUTE_PATH, BUILD_STAGE_FILE_URL, BUILD_SCOPED_FILE_URL,
/// GET_PRESIGNED_URL.
void add_file_functions(FunctionRegistry& registry);
/// EXTERNAL_TABLE_FILES, EXTERNAL_TABLE_FILE_REGISTRATION_HISTORY, STAGE_DIRECTORY_FILE_REGISTRATION_HISTORY.
void add_registration_functions(FunctionRegistry& registry);

} // namespace freshet::warehouse
