#include "warehouse/warnings/warning_functions.h"

#include <fmt/format.h>

#include "sql/error.h"

namespace freshet::warehouse {
namespace {

SqlResult<std::string> warnings(StatementContext&, const FunctionArguments& arguments) {
  std::string conditions;
  for (const auto& argument : arguments) {
    if (argument.name == "CODE" || argument.name == "OBJECT") {
      conditions += fmt::format(" AND {} = upper({})", argument.name == "CODE" ? "code" : "upper(object)", argument.text);
    } else if (argument.name == "START_TIME") {
      conditions += fmt::format(" AND time AT TIME ZONE 'UTC' >= CAST({} AS TIMESTAMPTZ)", argument.text);
    } else {
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for WARNINGS", argument.name)});
    }
  }
  return fmt::format(
      "(SELECT time AT TIME ZONE 'UTC' AS \"TIME\", query_id AS \"QUERY_ID\", code AS \"CODE\", object AS \"OBJECT\", message "
      "AS "
      "\"MESSAGE\", advice AS \"ADVICE\" FROM FRESHET.WARNING WHERE true{} ORDER BY number)",
      conditions);
}

} // namespace

void add_warning_functions(FunctionRegistry& functions) {
  functions.add_table("WARNINGS", warnings);
}

} // namespace freshet::warehouse
