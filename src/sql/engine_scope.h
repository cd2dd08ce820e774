#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/engine_printer.h"

namespace freshet::sql {

/// What the columns of one SELECT's sources hold, as far as the text tells. The engine learns types only when it binds, but
/// Snowflake's rules (the scale of a quotient, the kind of DATEADD's result, …) have to be written into the text before.
struct SourceColumns {
  std::string name;      // the table's alias; empty: none
  bool is_known = false; // false: it may have any column
  std::vector<OutputColumn> columns;
};

struct SelectScope {
  std::vector<SourceColumns> sources;
  std::vector<OutputColumn> aliases = {}; // of the select items so far
  /// Names that stand for an engine text: typed parameters of lambdas, LEVEL within CONNECT BY.
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::vector<std::string> merged = {}; // JOIN … USING (these): one column, not two
  bool merges_all = false;              // NATURAL JOIN: columns of one name are one
  std::string generator = {};           // the alias of a GENERATOR that is the only source
  bool generates = false;               // some source is a GENERATOR, which has no columns
};

} // namespace freshet::sql
