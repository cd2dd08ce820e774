#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace freshet::warehouse {

/// A view of INFORMATION_SCHEMA or ACCOUNT_USAGE under construction: columns as SHOW's are written down ("NAME", "ROW_COUNT#" a
/// number, "CREATED!" a TIMESTAMP_LTZ, "DAY@" a DATE, "IS_READER?" a BOOLEAN, "AMOUNT$" a
/// NUMBER(38, 2)), and rows as engine texts by column. What a row does not say is NULL.
class SchemaView {
 public:
  using Row = std::map<std::string_view, std::string>;

  explicit SchemaView(std::string_view columns);
  void add(const Row& row);
  /// "(SELECT …)"
  std::string relation() const;

 private:
  struct Column {
    std::string name;
    std::string_view type;
  };
  std::vector<Column> columns_;
  std::string rows_;
};

// Engine texts of values.
std::string schema_text(std::string_view value);
std::string schema_text_or_null(std::string_view value); // empty: NULL
std::string schema_yes_no(bool value);
std::string schema_time(TimePoint value);

} // namespace freshet::warehouse
