#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/error.h"
#include "sql/syntax_names.h"
#include "warehouse/catalog_objects.h"
#include "warehouse/load/csv_format.h"

namespace freshet::warehouse {

class StatementContext;

/// `key = value` pairs as the catalog keeps them; a nested list of properties (CREDENTIALS, ENCRYPTION, DIRECTORY) is flattened
/// to "CREDENTIALS.AWS_KEY_ID".
Options flattened_options(const sql::Properties& properties);
/// The parts of a value: a list's items, or the value itself.
std::vector<std::string> values_of(const sql::PropertyValue& value);

/// FILE_FORMAT's right side: a name, (FORMAT_NAME = …), or the options themselves; as the catalog keeps it.
sql::SqlResult<Options> file_format_options(const sql::PropertyValue& value);

/// The format that catalog options stand for: FORMAT_NAME is looked up, the rest is applied over it. `where` names the stage or
/// statement in errors. unsupported: a TYPE other than CSV.
sql::SqlResult<CsvFormat> csv_format(StatementContext& context, const Options& options);
sql::SqlResult<CsvFormat> csv_format(const FileFormat& format);

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
  enum class Validation { none, errors, rows };
  Validation validation = Validation::none;
  uint64_t validation_rows = 0;
  std::optional<Options> file_format;
  std::vector<std::string> given; // the keys that were written, upper case
};
/// Over `base` (a stage's copy options). Unknown keys are refused by name.
sql::SqlResult<CopyOptions> copy_options(const sql::Properties& properties, const OnError& base = {});

} // namespace freshet::warehouse
