#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "warehouse/result.h"

namespace freshet::wire {

/// The `bindings` of a query request: `{"1":{"type":"FIXED","value":"7"},…}`. A list as value is an array bind: the statement
/// is to run once per entry.
struct BindRows {
  std::vector<warehouse::Binds> rows; // one entry, unless is_array
  bool is_array = false;
};

/// Understands the types of the Node.js driver (TEXT, FIXED, REAL, BOOLEAN, VARIANT) and of the Python and ODBC family (DATE in
/// milliseconds, TIME and TIMESTAMP_* in nanoseconds, TIMESTAMP_TZ "nanoseconds offset+1440", BINARY in hex, ANY for NULL).
/// A value that is not of its type's form is taken as text, for the statement to cast. Errors: 000100/22000 for a binding
/// without form.
sql::SqlResult<BindRows> parse_binds(const boost::json::value& bindings);

} // namespace freshet::wire
