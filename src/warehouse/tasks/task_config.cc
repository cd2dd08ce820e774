#include "warehouse/tasks/task_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

namespace freshet::warehouse {
namespace {

namespace json = boost::json;

SqlResult<json::object> object_of(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (!error && value.is_object()) return std::move(value.get_object());
  return sql::fail(
      {1008, "22023",
       fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter 'CONFIG': expected an object of JSON", text)});
}

/// The next step of a path: a name after an optional dot, a position or a quoted name in brackets. Empty when it is malformed.
std::string_view next_step(std::string_view& path) {
  if (path.starts_with('[')) {
    const size_t close = path.find(']');
    if (close == std::string_view::npos) return {};
    auto step = path.substr(1, close - 1);
    path.remove_prefix(close + 1);
    if (step.size() >= 2 && (step[0] == '"' || step[0] == '\'') && step.back() == step[0])
      step = step.substr(1, step.size() - 2);
    return step;
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  const auto step = path.substr(0, path.find_first_of(".["));
  path.remove_prefix(step.size());
  return step;
}

const json::value* child_of(const json::value& parent, std::string_view step) {
  if (parent.is_object()) return parent.get_object().if_contains(step);
  size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (!parent.is_array() || error != std::errc{} || end != step.data() + step.size()) return nullptr;
  return parent.get_array().if_contains(index);
}

/// Numbers as people write them: 0.1, where the library would say 1E-1.
std::string text_of(const json::value& value) {
  std::string text;
  const auto separated = [&](const auto& items, char open, char close, const auto& print) {
    text += open;
    for (const auto& item : items) {
      if (text.size() > 1) text += ',';
      print(item);
    }
    text += close;
  };
  if (value.is_object()) {
    separated(value.get_object(), '{', '}',
              [&](const auto& member) { text += json::serialize(json::string(member.key())) + ":" + text_of(member.value()); });
  } else if (value.is_array()) {
    separated(value.get_array(), '[', ']', [&](const auto& item) { text += text_of(item); });
  } else if (value.is_double()) {
    text = fmt::format("{}", value.get_double());
  } else {
    text = json::serialize(value);
  }
  return text;
}

void merge(json::object& own, json::object&& given) {
  for (auto& [key, value] : given) {
    auto* old = own.if_contains(key);
    if (old != nullptr && old->is_object() && value.is_object()) {
      merge(old->get_object(), std::move(value.get_object()));
    } else {
      own[key] = std::move(value);
    }
  }
}

} // namespace

SqlResult<void> check_task_config(std::string_view text) {
  TRY(object_of(text));
  return {};
}

SqlResult<std::string> merged_task_config(std::string_view own, std::string_view given) {
  auto merged = own.empty() ? json::object{} : TRY(object_of(own));
  merge(merged, TRY(object_of(given)));
  return text_of(merged);
}

std::optional<std::string> task_config_value(std::string_view config, std::string_view path) {
  boost::system::error_code error;
  const auto whole = json::parse(config, error);
  if (error) return std::nullopt;
  const json::value* value = &whole;
  while (!path.empty() && value != nullptr) {
    const auto step = next_step(path);
    value = step.empty() ? nullptr : child_of(*value, step);
  }
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->is_string() ? std::string(value->get_string()) : text_of(*value);
}

} // namespace freshet::warehouse
