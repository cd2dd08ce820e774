// Values that are too long for their column.
#include <fmt/format.h>

#include <algorithm>

#include "warehouse/hexadecimal.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;

int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// The value itself, or an error when it has more characters (bytes of a BLOB) than the second argument says.
std::expected<void, std::string> check_length(const Chunk& arguments, ResultVector& result, bool is_binary) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (arguments[0].is_null(row)) continue;
    const auto value = arguments[0].text(row);
    const auto length = is_binary ? static_cast<int64_t>(value.size()) : characters(value);
    if (length > arguments[1].integer(row)) {
      if (is_binary)
        return std::unexpected(fmt::format("Binary value '{}' is too long and would be truncated", hexadecimal(value)));
      return std::unexpected(fmt::format("String '{}' is too long and would be truncated", value));
    }
    result.set_text(row, value);
  }
  return {};
}

} // namespace

engine::Result<void> register_length_functions(engine::Database& database) {
  std::vector<engine::ScalarFunction> overloads;
  for (auto type : {TypeId::varchar, TypeId::blob}) {
    engine::ScalarFunction function;
    function.name = "freshet_check_length";
    function.parameters = {Type{type}, Type{TypeId::bigint}};
    function.result = Type{type};
    function.body = [is_binary = type == TypeId::blob](const Chunk& arguments, ResultVector& result) {
      return check_length(arguments, result, is_binary);
    };
    overloads.push_back(std::move(function));
  }
  return database.register_functions(std::move(overloads));
}

} // namespace freshet::warehouse
