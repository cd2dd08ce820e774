#include "warehouse/load/named_arguments.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::warehouse {

SqlResult<NamedArguments> NamedArguments::read(std::string_view function, const FunctionArguments& arguments,
                                               std::initializer_list<std::string_view> names, size_t required) {
  NamedArguments out;
  out.function_ = function;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    const auto name = !argument.name.empty() ? argument.name : i < names.size() ? std::string(names.begin()[i]) : std::string();
    if (std::ranges::find(names, std::string_view(name)) == names.end()) {
      return sql::fail(
          {1006, "42601", fmt::format("SQL compilation error:\ninvalid argument '{}' for {}", argument.name, function)});
    }
    out.found_[name] = &argument;
  }
  std::string missing, wanted;
  for (size_t i = 0; i < required; ++i) {
    const auto name = names.begin()[i];
    wanted += fmt::format("{}{} => …", wanted.empty() ? "" : " and ", name);
    if (!out.has(name)) missing = name;
  }
  if (missing.empty()) return out;
  return sql::fail({938, "42601", fmt::format("SQL compilation error:\n{} needs {}", function, wanted)});
}

std::string NamedArguments::engine_text(std::string_view name, std::string otherwise) const {
  const auto found = found_.find(name);
  return found == found_.end() ? otherwise : found->second->text;
}

SqlResult<std::string> NamedArguments::text(StatementContext& context, std::string_view name) const {
  const auto text = TRY(context.constant_text(*found_.find(name)->second));
  if (text) return *text;
  return sql::fail({1044, "42P13", fmt::format("SQL compilation error:\n{}: an argument is NULL", function_)});
}

SqlResult<TimePoint> NamedArguments::time(StatementContext& context, std::string_view name, TimePoint otherwise) const {
  const auto found = found_.find(name);
  if (found == found_.end()) return otherwise;
  const auto rows = TRY(
      context.query(fmt::format("SELECT epoch_us(freshet_ltz({}, current_setting('TimeZone'), 'AUTO'))", found->second->text)));
  return rows.is_null(0, 0) ? otherwise : TimePoint(Duration(rows.integer(0, 0)));
}

} // namespace freshet::warehouse
