#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "sql/syntax_names.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

class StatementContext;

/// `key = value` pairs as the catalog keeps them; a nested list of properties (CREDENTIALS, ENCRYPTION, DIRECTORY) is flattened
/// to "CREDENTIALS.AWS_KEY_ID".
Options flattened_options(const sql::Properties& properties);
/// The parts of a value: a list's items, or the value itself.
std::vector<std::string> values_of(const sql::PropertyValue& value);

/// CREATE TABLE's STAGE_FILE_FORMAT and STAGE_COPY_OPTIONS, flattened: "STAGE_FILE_FORMAT.TYPE".
Options table_stage_options(const sql::Properties& properties);
/// The options below `prefix`, without it: those of "STAGE_FILE_FORMAT." of a table, "DIRECTORY." of a stage.
Options options_below(const Options& options, std::string_view prefix);

/// FILE_FORMAT's right side: a name, (FORMAT_NAME = …), or the options themselves; as the catalog keeps it.
sql::SqlResult<Options> file_format_options(const sql::PropertyValue& value);

struct OnError {
  enum class Kind { abort_statement, continue_, skip_file };
  Kind kind = Kind::abort_statement;
  uint64_t limit = 1;   // SKIP_FILE_n: this many errors or more
  bool percent = false; // SKIP_FILE_n%: more than n percent of the rows
  bool operator==(const OnError&) const = default;

  /// Whether a file with these counts is left out as a whole.
  bool refuses(uint64_t errors, uint64_t rows) const;
  /// What ERROR_LIMIT shows.
  uint64_t shown_limit(uint64_t rows) const;
};
sql::SqlResult<OnError> parse_on_error(std::string_view text);

/// Everything COPY INTO table takes besides where from and where to.
struct CopyOptions {
  OnError on_error;
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  bool force = false;
  bool purge = false;
  bool return_failed_only = false;
  bool truncate_columns = false;
  std::optional<uint64_t> size_limit; // bytes
  enum class Validation { none, errors, all_errors, rows };
  Validation validation = Validation::none;
  uint64_t validation_rows = 0;
  enum class Match { none, case_insensitive, case_sensitive };
  Match match = Match::none;
  std::vector<std::pair<std::string, std::string>> include_metadata; // column → METADATA$…
  std::optional<Options> file_format;
  std::vector<std::string> given; // the keys that were written, upper case
};
/// Over `base` (a stage's copy options). Unknown keys are refused by name.
sql::SqlResult<CopyOptions> copy_options(const sql::Properties& properties, const OnError& base = {});

} // namespace freshet::warehouse
