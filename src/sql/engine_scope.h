#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/engine_printer.h"

namespace freshet::sql {

/// A table function whose rows another table of the FROM clause makes (engine_flatten_printer.cc).
struct Guest {
  std::string alias;
  std::vector<OutputColumn> columns;
};

/// What one SELECT's names mean. The engine learns types only when it binds, but Snowflake's rules (the scale of a quotient,
/// the kind of DATEADD's result, …) have to be written into the text before.
struct SelectScope {
  std::vector<SourceColumns> sources;
  std::vector<OutputColumn> aliases = {}; // of the select items so far
  /// Names that stand for an engine text: typed parameters of lambdas, LEVEL within CONNECT BY.
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::vector<std::string> merged = {}; // JOIN … USING (these): one column, not two
  bool merges_all = false;              // NATURAL JOIN: columns of one name are one
  std::string generator = {};           // the alias of a GENERATOR that is the only source
  bool generates = false;               // some source is a GENERATOR, which has no columns
  std::vector<Guest> hosted = {};       // functions whose columns stand in their host's rows
  bool joins_outside = false;           // an outer join makes its columns nullable
};

} // namespace freshet::sql
