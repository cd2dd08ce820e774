#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "sql/parser.h"
#include "sql/types.h"

namespace freshet::warehouse {

/// One session parameter that Snowflake knows: its default, type and description as SHOW PARAMETERS prints them.
struct ParameterDefinition {
  std::string_view name;
  std::string_view default_value;
  std::string_view type; // BOOLEAN, NUMBER, STRING
  std::string_view description;
};

/// The parameters of one session: Snowflake's defaults and what was set over them. A plain value: a task or procedure takes a
/// copy.
class SessionParameters {
 public:
  static const std::vector<ParameterDefinition>& definitions();
  static const ParameterDefinition* find(std::string_view name);

  /// The value as text: what was set, else the default; empty for an unknown name.
  std::string_view get(std::string_view name) const;
  bool is_true(std::string_view name) const;
  int64_t number(std::string_view name) const;
  bool is_set(std::string_view name) const;
  /// What TIMESTAMP alone means: TIMESTAMP_TYPE_MAPPING.
  sql::TypeKind timestamp_alias() const;
  /// What they say about the texts of statements.
  sql::ParseOptions parse_options() const;

  /// 001006/22023 unknown parameter, 001008/22023 a value of the wrong type.
  sql::SqlResult<void> set(std::string_view name, std::string_view value);
  sql::SqlResult<void> unset(std::string_view name);

 private:
  std::map<std::string, std::string, std::less<>> set_;
};

} // namespace freshet::warehouse
