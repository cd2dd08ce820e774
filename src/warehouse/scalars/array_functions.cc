// Arrays of semi-structured values.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <iterator>

#include "sql/undefined_element.h"
#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using Items = std::vector<JsonValue>;

/// An array's items; another value counts as an array of itself.
Items items_of(std::string_view text) {
  auto value = JsonValue::parse(text);
  if (!value) return {JsonValue::of_string(text)};
  if (value->kind == JsonValue::Kind::array) return std::move(value->items);
  return {std::move(*value)};
}

bool is_array(std::string_view text) {
  return text.starts_with('[');
}

/// An argument as a value.
JsonValue value_of(const std::optional<std::string_view>& argument) {
  if (!argument) return JsonValue::undefined();
  auto value = JsonValue::parse(*argument);
  return value ? std::move(*value) : JsonValue::of_string(*argument);
}

/// An element as a field of an object.
JsonValue field_of(JsonValue element) {
  element.settle();
  return element;
}

std::string array_text(Items items) {
  JsonValue out;
  out.kind = JsonValue::Kind::array;
  out.items = std::move(items);
  return out.to_string();
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

RowResult array_size(RowArguments arguments) {
  auto value = JsonValue::parse(*arguments[0]);
  if (!value || value->kind != JsonValue::Kind::array) return std::nullopt;
  return std::to_string(value->items.size());
}

RowResult array_append(RowArguments arguments) {
  if (!arguments[0]) return std::nullopt;
  auto items = items_of(*arguments[0]);
  items.push_back(value_of(arguments[1]));
  return array_text(std::move(items));
}

RowResult array_prepend(RowArguments arguments) {
  if (!arguments[0]) return std::nullopt;
  auto items = items_of(*arguments[0]);
  items.insert(items.begin(), value_of(arguments[1]));
  return array_text(std::move(items));
}

/// (element, how often)
RowResult array_repeat(RowArguments arguments) {
  constexpr int64_t k_length_max = 16'000'000;
  if (!arguments[1]) return std::nullopt;
  const int64_t count = std::max<int64_t>(number_of(*arguments[1]), 0);
  if (count > k_length_max) return std::unexpected("ARRAY_REPEAT: the array would be too large");
  return array_text(Items(static_cast<size_t>(count), value_of(arguments[0])));
}

RowResult array_cat(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  for (auto& item : items_of(*arguments[1])) items.push_back(std::move(item));
  return array_text(std::move(items));
}

RowResult array_insert(RowArguments arguments) {
  if (!arguments[0] || !arguments[1]) return std::nullopt;
  auto items = items_of(*arguments[0]);
  int64_t place = number_of(*arguments[1]);
  if (place < 0) place = std::max<int64_t>(place + static_cast<int64_t>(items.size()), 0);
  if (place > 1'000'000) return std::unexpected("ARRAY_INSERT: the position is beyond 1000000");
  if (static_cast<size_t>(place) > items.size()) items.resize(static_cast<size_t>(place), JsonValue::undefined());
  items.insert(items.begin() + place, value_of(arguments[2]));
  return array_text(std::move(items));
}

RowResult array_slice(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  auto size = static_cast<int64_t>(items.size());
  auto place = [&](std::string_view text) {
    int64_t number = number_of(text);
    return std::clamp<int64_t>(number < 0 ? number + size : number, 0, size);
  };
  int64_t from = place(*arguments[1]), until = place(*arguments[2]);
  if (from >= until) return "[]";
  return array_text(Items(items.begin() + from, items.begin() + until));
}

RowResult array_compact(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  std::erase_if(items, [](const JsonValue& item) { return item.is_null(); });
  return array_text(std::move(items));
}

RowResult array_contains(RowArguments arguments) {
  if (!arguments[1]) return std::nullopt;
  const auto items = items_of(*arguments[1]);
  if (std::find(items.begin(), items.end(), value_of(arguments[0])) != items.end()) return "true";
  return arguments[0] ? RowResult("false") : std::nullopt;
}

RowResult array_position(RowArguments arguments) {
  auto items = items_of(*arguments[1]);
  auto found = std::find(items.begin(), items.end(), value_of(arguments[0]));
  if (found == items.end()) return std::nullopt;
  return std::to_string(found - items.begin());
}

RowResult array_remove(RowArguments arguments) {
  if (!arguments[0] || !arguments[1]) return std::nullopt;
  auto items = items_of(*arguments[0]);
  auto unwanted = value_of(arguments[1]);
  std::erase(items, unwanted);
  return array_text(std::move(items));
}

RowResult array_remove_at(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  int64_t place = number_of(*arguments[1]);
  if (place < 0) place += static_cast<int64_t>(items.size());
  if (place >= 0 && static_cast<size_t>(place) < items.size()) items.erase(items.begin() + place);
  return array_text(std::move(items));
}

RowResult array_distinct(RowArguments arguments) {
  Items out;
  for (auto& item : items_of(*arguments[0]))
    if (std::find(out.begin(), out.end(), item) == out.end()) out.push_back(std::move(item));
  return array_text(std::move(out));
}

/// Multisets: an item stands as often as in both.
RowResult array_intersection(RowArguments arguments) {
  auto other = items_of(*arguments[1]);
  Items out;
  for (auto& item : items_of(*arguments[0])) {
    auto found = std::find(other.begin(), other.end(), item);
    if (found == other.end()) continue;
    other.erase(found);
    out.push_back(std::move(item));
  }
  return array_text(std::move(out));
}

RowResult array_except(RowArguments arguments) {
  auto other = items_of(*arguments[1]);
  Items out;
  for (auto& item : items_of(*arguments[0])) {
    auto found = std::find(other.begin(), other.end(), item);
    if (found == other.end())
      out.push_back(std::move(item));
    else
      other.erase(found);
  }
  return array_text(std::move(out));
}

RowResult arrays_overlap(RowArguments arguments) {
  auto other = items_of(*arguments[1]);
  for (const auto& item : items_of(*arguments[0]))
    if (std::find(other.begin(), other.end(), item) != other.end()) return "true";
  return "false";
}

RowResult array_flatten(RowArguments arguments) {
  Items out;
  for (auto& item : items_of(*arguments[0])) {
    if (item.is_null()) return std::nullopt;
    if (item.kind != JsonValue::Kind::array)
      return std::unexpected("Not an array: 'Input argument to ARRAY_FLATTEN is not an array of arrays'");
    for (auto& inner : item.items) out.push_back(std::move(inner));
  }
  return array_text(std::move(out));
}

RowResult array_reverse(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  std::reverse(items.begin(), items.end());
  return array_text(std::move(items));
}

/// (array, ascending, nulls first): of SQL's NULLs; JSON's null is the highest value.
RowResult array_sort(RowArguments arguments) {
  auto items = items_of(*arguments[0]);
  bool ascending = arguments[1] != "false";
  bool nulls_first = arguments[2] == "true" || (arguments[2]->empty() && !ascending);
  const auto is_undefined = [](const JsonValue& item) { return item.kind == JsonValue::Kind::undefined; };
  const auto is_less = [](const JsonValue& a, const JsonValue& b) {
    if (a.is_null() || b.is_null()) return !a.is_null();
    return a.compare(b) < 0;
  };
  auto end = std::stable_partition(items.begin(), items.end(), std::not_fn(is_undefined));
  std::stable_sort(items.begin(), end,
                   [&](const JsonValue& a, const JsonValue& b) { return ascending ? is_less(a, b) : is_less(b, a); });
  if (nulls_first) std::rotate(items.begin(), end, items.end());
  return array_text(std::move(items));
}

RowResult extreme(RowArguments arguments, int wanted) {
  const JsonValue* best = nullptr;
  auto items = items_of(*arguments[0]);
  for (const auto& item : items) {
    if (item.is_null()) continue;
    if (best == nullptr || item.compare(*best) * wanted > 0) best = &item;
  }
  if (best == nullptr) return std::nullopt;
  return best->to_string();
}
RowResult array_max(RowArguments arguments) {
  return extreme(arguments, 1);
}
RowResult array_min(RowArguments arguments) {
  return extreme(arguments, -1);
}

RowResult array_to_string(RowArguments arguments) {
  if (!is_array(*arguments[0])) return std::nullopt;
  std::string out;
  bool first = true;
  for (const auto& item : items_of(*arguments[0])) {
    if (!first) out += *arguments[1];
    first = false;
    if (item.kind == JsonValue::Kind::string)
      out += item.text;
    else if (item.kind == JsonValue::Kind::number && item.type_name() == "DOUBLE")
      fmt::format_to(std::back_inserter(out), "{}", std::strtod(item.text.c_str(), nullptr));
    else if (!item.is_null())
      out += sql::with_undefined_shown(item.to_string());
  }
  return out;
}

RowResult arrays_to_object(RowArguments arguments) {
  auto keys = items_of(*arguments[0]), values = items_of(*arguments[1]);
  if (keys.size() != values.size()) return std::unexpected("ARRAYS_TO_OBJECT: the arrays differ in length");
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  for (size_t i = 0; i < keys.size(); ++i)
    if (!keys[i].is_null()) out.set(keys[i].text, field_of(std::move(values[i])));
  return out.to_string();
}

/// An array of arrays: each value as often as in the one that has it most often.
RowResult array_union(RowArguments arguments) {
  Items out;
  for (auto& list : items_of(*arguments[0])) {
    Items missing = out;
    for (auto& item : list.items) {
      auto found = std::find(missing.begin(), missing.end(), item);
      if (found == missing.end())
        out.push_back(std::move(item));
      else
        missing.erase(found);
    }
  }
  return array_text(std::move(out));
}

RowResult arrays_zip(RowArguments arguments) {
  std::vector<Items> lists;
  size_t length = 0;
  for (const auto& argument : arguments) {
    lists.push_back(items_of(*argument));
    length = std::max(length, lists.back().size());
  }
  Items out;
  for (size_t row = 0; row < length; ++row) {
    JsonValue object;
    object.kind = JsonValue::Kind::object;
    for (size_t i = 0; i < lists.size(); ++i)
      object.set(fmt::format("${}", i + 1), row < lists[i].size() ? field_of(lists[i][row]) : JsonValue{});
    out.push_back(std::move(object));
  }
  if (out.empty()) out.emplace_back().kind = JsonValue::Kind::object; // [{}]
  return array_text(std::move(out));
}

} // namespace

engine::Result<void> register_array_functions(engine::Database& database) {
  using enum RowNulls;
  static constexpr RowFunction k_functions[] = {
      {"freshet_array_size", 1, false, false, give_null, array_size},
      {"freshet_array_append", 2, false, true, are_seen, array_append},
      {"freshet_array_prepend", 2, false, true, are_seen, array_prepend},
      {"freshet_array_repeat", 2, false, true, are_seen, array_repeat},
      {"freshet_array_cat", 2, false, true, give_null, array_cat},
      {"freshet_array_insert", 3, false, true, are_seen, array_insert},
      {"freshet_array_slice", 3, false, true, give_null, array_slice},
      {"freshet_array_compact", 1, false, true, give_null, array_compact},
      {"freshet_array_contains", 2, false, false, are_seen, array_contains},
      {"freshet_array_position", 2, false, false, give_null, array_position},
      {"freshet_array_remove", 2, false, true, are_seen, array_remove},
      {"freshet_array_remove_at", 2, false, true, give_null, array_remove_at},
      {"freshet_array_distinct", 1, false, true, give_null, array_distinct},
      {"freshet_array_union", 1, false, true, give_null, array_union},
      {"freshet_array_intersection", 2, false, true, give_null, array_intersection},
      {"freshet_array_except", 2, false, true, give_null, array_except},
      {"freshet_arrays_overlap", 2, false, false, give_null, arrays_overlap},
      {"freshet_array_flatten", 1, false, true, give_null, array_flatten},
      {"freshet_array_reverse", 1, false, true, give_null, array_reverse},
      {"freshet_array_sort", 3, false, true, give_null, array_sort},
      {"freshet_array_max", 1, false, true, give_null, array_max},
      {"freshet_array_min", 1, false, true, give_null, array_min},
      {"freshet_array_to_string", 2, false, false, give_null, array_to_string},
      {"freshet_arrays_to_object", 2, false, true, give_null, arrays_to_object},
      {"freshet_arrays_zip", 1, true, true, give_null, arrays_zip},
  };
  return register_row_functions(database, k_functions);
}

} // namespace freshet::warehouse
