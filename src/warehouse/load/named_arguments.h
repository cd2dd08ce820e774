#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// The arguments of a table function such as COPY_HISTORY, each by its name or in its place.
class NamedArguments {
 public:
  /// `names` in the order of their places; the first `required` must be given. Errors: 001006 an argument that the function
  /// does not have; 000938 one that is missing.
  static SqlResult<NamedArguments> read(std::string_view function, const FunctionArguments& arguments,
                                        std::initializer_list<std::string_view> names, size_t required);

  bool has(std::string_view name) const { return found_.contains(name); }
  /// The argument as engine text.
  std::string engine_text(std::string_view name, std::string otherwise = "") const;
  /// The constant that it is. Errors: 001044 NULL.
  SqlResult<std::string> text(StatementContext& context, std::string_view name) const;
  /// The moment that it is, read as TIMESTAMP_LTZ; `otherwise` where it is not given or NULL.
  SqlResult<TimePoint> time(StatementContext& context, std::string_view name, TimePoint otherwise) const;

 private:
  std::string function_;
  std::map<std::string, const FunctionArgument*, std::less<>> found_;
};

} // namespace freshet::warehouse
