#include "warehouse/argument_checks.h"

#include <fmt/format.h>

namespace freshet::warehouse {

SqlResult<void> expect_arguments(const FunctionArguments& arguments, size_t least, size_t most, std::string_view function) {
  const bool few = arguments.size() < least;
  if (!few && arguments.size() <= most) return {};
  return sql::fail({few ? 938 : 939, "22023",
                    fmt::format("SQL compilation error:\n{} arguments for function [{}], expected {}, got {}",
                                few ? "not enough" : "too many", function, few ? least : most, arguments.size())});
}

} // namespace freshet::warehouse
