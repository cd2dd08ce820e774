// Bits and parts of binary values.
#include <fmt/format.h>

#include <algorithm>

#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;

using Outcome = std::expected<void, std::string>;

bool any_null(const Chunk& arguments, size_t row) {
  return std::ranges::any_of(arguments.columns(), [row](const engine::Vector& column) { return column.is_null(row); });
}

char combined(std::string_view operation, unsigned left, unsigned right) {
  return static_cast<char>(operation == "BITAND" ? left & right : operation == "BITOR" ? left | right : left ^ right);
}

/// (operation, left, right, side on which the shorter one gets zeros: LEFT, RIGHT or empty)
Outcome bits(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    std::string left(arguments[1].text(row)), right(arguments[2].text(row));
    const auto side = arguments[3].text(row);
    if (!side.empty() && side != "LEFT" && side != "RIGHT")
      return std::unexpected(fmt::format("Invalid side to pad '{}': LEFT or RIGHT is expected", side));
    if (left.size() != right.size() && side.empty())
      return std::unexpected(
          fmt::format("The lengths of two variable-sized fields do not match: first length {}, second length {}", left.size(),
                      right.size()));
    const auto length = std::max(left.size(), right.size());
    for (auto* text : {&left, &right}) text->insert(side == "LEFT" ? 0 : text->size(), length - text->size(), '\0');
    std::string out(length, '\0');
    for (size_t i = 0; i < length; ++i)
      out[i] = combined(arguments[0].text(row), static_cast<unsigned char>(left[i]), static_cast<unsigned char>(right[i]));
    result.set_text(row, out);
  }
  return {};
}

Outcome negated(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    std::string out(arguments[0].text(row));
    for (char& byte : out) byte = static_cast<char>(~byte);
    result.set_text(row, out);
  }
  return {};
}

/// To the left, by a negative number to the right. The length stays.
Outcome shifted(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    const auto bytes = arguments[0].text(row);
    const auto length = static_cast<int64_t>(bytes.size());
    const int64_t by = std::clamp(arguments[1].integer(row), -length * 8, length * 8);
    const auto bit = [&](int64_t at) {
      return at >= 0 && at < length * 8 && (static_cast<unsigned char>(bytes[static_cast<size_t>(at / 8)]) >> (7 - at % 8)) & 1;
    };
    std::string out(bytes.size(), '\0');
    for (int64_t at = 0; at < length * 8; ++at)
      if (bit(at + by))
        out[static_cast<size_t>(at / 8)] = static_cast<char>(out[static_cast<size_t>(at / 8)] | (0x80 >> (at % 8)));
    result.set_text(row, out);
  }
  return {};
}

/// (bytes, start from 1, or from the end where it is negative, length)
Outcome part(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (any_null(arguments, row)) continue;
    const auto bytes = arguments[0].text(row);
    const auto size = static_cast<int64_t>(bytes.size());
    int64_t start = arguments[1].integer(row);
    start = start > 0 ? start - 1 : start < 0 ? size + start : 0;
    const int64_t length = std::clamp<int64_t>(arguments[2].integer(row), 0, size);
    const bool is_inside = start >= 0 && start < size;
    result.set_text(row,
                    is_inside ? bytes.substr(static_cast<size_t>(start), static_cast<size_t>(length)) : std::string_view());
  }
  return {};
}

} // namespace

engine::Result<void> register_binary_functions(engine::Database& database) {
  const Type blob{TypeId::blob}, text{TypeId::varchar}, whole{TypeId::bigint};
  TRY(database.register_functions({{"freshet_binary_bits", {text, blob, blob, text}, {}, blob, false, false, bits}}));
  TRY(database.register_functions({{"freshet_binary_not", {blob}, {}, blob, false, false, negated}}));
  TRY(database.register_functions({{"freshet_binary_shift", {blob, whole}, {}, blob, false, false, shifted}}));
  return database.register_functions({{"freshet_binary_part", {blob, whole, whole}, {}, blob, false, false, part}});
}

} // namespace freshet::warehouse
