#include "warehouse/load/load_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sql/parser.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

using sql::SqlResult;

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return result;
}

sql::Error invalid_value(std::string_view key, std::string_view value) {
  return {1008, "22023", fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", value, key)};
}

SqlResult<bool> flag(const sql::Property& property) {
  const auto text = upper(property.value.text);
  if (text == "TRUE") return true;
  if (text == "FALSE") return false;
  return sql::fail(invalid_value(property.key, property.value.text));
}

SqlResult<uint64_t> whole_number(std::string_view key, std::string_view text) {
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size()) return sql::fail(invalid_value(key, text));
  return value;
}

SqlResult<CopyOptions::Match> match_mode(const sql::Property& property) {
  const auto mode = upper(property.value.text);
  if (mode == "NONE") return CopyOptions::Match::none;
  if (mode == "CASE_INSENSITIVE") return CopyOptions::Match::case_insensitive;
  if (mode == "CASE_SENSITIVE") return CopyOptions::Match::case_sensitive;
  return sql::fail(invalid_value(property.key, property.value.text));
}

/// (column = METADATA$FILENAME, …)
SqlResult<std::vector<std::pair<std::string, std::string>>> metadata_columns(const sql::Property& property) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const auto& [column, value, range] : property.value.properties) {
    const auto name = upper(value.text);
    if (!name.starts_with("METADATA$")) return sql::fail(invalid_value(property.key, value.text));
    columns.emplace_back(column, name);
  }
  return columns;
}

} // namespace

std::vector<std::string> values_of(const sql::PropertyValue& value) {
  if (value.kind != sql::PropertyValue::Kind::list) return {value.text};
  std::vector<std::string> values;
  for (const auto& item : value.items) values.push_back(item.text);
  return values;
}

Options flattened_options(const sql::Properties& properties) {
  Options options;
  for (const auto& property : properties) {
    if (property.value.kind == sql::PropertyValue::Kind::properties) {
      for (auto& [key, values] : flattened_options(property.value.properties)) options[property.key + "." + key] = values;
    } else {
      options[property.key] = values_of(property.value);
    }
  }
  return options;
}

Options table_stage_options(const sql::Properties& properties) {
  sql::Properties of_stage;
  for (const auto& property : properties) {
    if (property.value.kind == sql::PropertyValue::Kind::properties && property.key.starts_with("STAGE_"))
      of_stage.push_back(property);
  }
  return flattened_options(of_stage);
}

Options options_below(const Options& options, std::string_view prefix) {
  Options below;
  for (const auto& [key, values] : options) {
    if (key.starts_with(prefix)) below[key.substr(prefix.size())] = values;
  }
  return below;
}

SqlResult<Options> file_format_options(const sql::PropertyValue& value) {
  using Kind = sql::PropertyValue::Kind;
  switch (value.kind) {
    case Kind::word:
    case Kind::string:
      return Options{{"FORMAT_NAME", {value.text}}};
    case Kind::properties:
      return flattened_options(value.properties);
    case Kind::list:
      if (value.items.empty()) return Options{};
      if (value.items.size() == 1) return Options{{"FORMAT_NAME", {value.items[0].text}}};
      [[fallthrough]];
    default:
      return sql::fail(invalid_value("FILE_FORMAT", value.text));
  }
}

bool OnError::refuses(uint64_t errors, uint64_t rows) const {
  switch (kind) {
    case Kind::abort_statement:
      return errors > 0;
    case Kind::continue_:
      return false;
    case Kind::skip_file:
      return percent ? errors * 100 > limit * rows : errors >= limit;
  }
  return false;
}

uint64_t OnError::shown_limit(uint64_t rows) const {
  switch (kind) {
    case Kind::abort_statement:
      return 1;
    case Kind::continue_:
      return std::max<uint64_t>(rows, 1);
    case Kind::skip_file:
      return percent ? std::max<uint64_t>(limit * rows / 100, 1) : limit;
  }
  return 1;
}

SqlResult<OnError> parse_on_error(std::string_view text) {
  const auto word = upper(text);
  if (word == "ABORT_STATEMENT") return OnError{};
  if (word == "CONTINUE") return OnError{OnError::Kind::continue_, 0, false};
  if (word == "SKIP_FILE") return OnError{OnError::Kind::skip_file, 1, false};
  if (word.starts_with("SKIP_FILE_")) {
    std::string_view number = std::string_view(word).substr(10);
    const bool percent = number.ends_with('%');
    if (percent) number.remove_suffix(1);
    const auto limit = whole_number("ON_ERROR", number);
    if (limit && (!percent || *limit <= 100)) return OnError{OnError::Kind::skip_file, *limit, percent};
  }
  return sql::fail(invalid_value("ON_ERROR", text));
}

SqlResult<CopyOptions> copy_options(const sql::Properties& properties, const OnError& base) {
  static constexpr size_t k_files_max = 1000;
  CopyOptions options;
  options.on_error = base;
  for (const auto& property : properties) {
    const auto& key = property.key;
    options.given.push_back(key);
    if (key == "ON_ERROR")
      options.on_error = TRY(parse_on_error(property.value.text));
    else if (key == "FILES")
      options.files = values_of(property.value);
    else if (key == "PATTERN")
      options.pattern = property.value.text;
    else if (key == "FORCE")
      options.force = TRY(flag(property));
    else if (key == "PURGE")
      options.purge = TRY(flag(property));
    else if (key == "RETURN_FAILED_ONLY")
      options.return_failed_only = TRY(flag(property));
    else if (key == "TRUNCATECOLUMNS")
      options.truncate_columns = TRY(flag(property));
    else if (key == "ENFORCE_LENGTH")
      options.truncate_columns = !TRY(flag(property));
    else if (key == "SIZE_LIMIT")
      options.size_limit = TRY(whole_number(key, property.value.text));
    else if (key == "FILE_FORMAT")
      options.file_format = TRY(file_format_options(property.value));
    else if (key == "VALIDATION_MODE") {
      const auto mode = upper(property.value.text);
      if (mode == "RETURN_ERRORS" || mode == "RETURN_ALL_ERRORS") {
        options.validation = mode == "RETURN_ERRORS" ? CopyOptions::Validation::errors : CopyOptions::Validation::all_errors;
      } else if (mode.starts_with("RETURN_") && mode.ends_with("_ROWS")) {
        options.validation = CopyOptions::Validation::rows;
        options.validation_rows = TRY(whole_number(key, std::string_view(mode).substr(7, mode.size() - 12)));
      } else {
        return sql::fail(invalid_value(key, property.value.text));
      }
    } else if (key == "MATCH_BY_COLUMN_NAME") {
      options.match = TRY(match_mode(property));
    } else if (key == "INCLUDE_METADATA") {
      options.include_metadata = TRY(metadata_columns(property));
    } else if (key != "LOAD_UNCERTAIN_FILES" && key != "CREDENTIALS" && key != "STORAGE_INTEGRATION" && key != "ENCRYPTION" &&
               key != "LOAD_MODE") {
      return sql::fail({1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'COPY'", key)});
    }
  }
  if (options.files.size() > k_files_max) {
    return sql::fail({1008, "22023",
                      fmt::format("SQL compilation error:\nFILES takes at most {} names, {} were given", k_files_max,
                                  options.files.size())});
  }
  return options;
}

} // namespace freshet::warehouse
