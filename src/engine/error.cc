#include "engine/error.h"

#include <string_view>

#include "engine/native.h"

namespace freshet::engine {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// "Conversion Error: Could not …\n\nLINE 1: SELECT …" without its first and last part.
std::string bare_message(const std::string& message) {
  size_t begin = 0;
  if (size_t colon = message.find(" Error: ");
      colon != std::string::npos && colon < 40 && message.rfind('\n', colon) == std::string::npos)
    begin = colon + 8;
  size_t end = message.find("\n\nLINE ", begin);
  if (end == std::string::npos) end = message.size();
  while (end > begin && (message[end - 1] == '\n' || message[end - 1] == ' ')) --end;
  return message.substr(begin, end - begin);
}

/// The value a conversion error complains about: what stands in the first pair of quotes, or after "with value ".
std::string offending_value(std::string_view message) {
  if (size_t at = message.find("with value "); at != std::string_view::npos) {
    std::string_view rest = message.substr(at + 11);
    return std::string(rest.substr(0, rest.find(" can't")));
  }
  size_t open = message.find_first_of("'\"");
  if (open == std::string_view::npos) return {};
  char quote = message[open];
  // The value itself may hold quotes: what follows a value is " to …", " is …", " failed", ", expected" or the end.
  size_t close = std::string_view::npos;
  for (std::string_view after : {" to ", " is ", ", expected", " failed", " out of range", " when "}) {
    size_t at = message.find(std::string(1, quote).append(after), open + 1);
    if (at != std::string_view::npos && at < close) close = at;
  }
  if (close == std::string_view::npos) close = message.find(quote, open + 1);
  if (close == std::string_view::npos) return {};
  return std::string(message.substr(open + 1, close - open - 1));
}

ErrorKind kind_by_text(std::string_view message) {
  if (message.starts_with("Parser Error") || message.starts_with("Syntax Error")) return ErrorKind::parser;
  if (message.starts_with("Binder Error")) return ErrorKind::binder;
  if (message.starts_with("Catalog Error")) return ErrorKind::catalog;
  if (message.starts_with("Constraint Error")) return ErrorKind::constraint;
  if (message.starts_with("Conversion Error")) return ErrorKind::conversion;
  if (message.starts_with("Out of Memory Error")) return ErrorKind::out_of_memory;
  if (message.starts_with("IO Error")) return ErrorKind::io;
  if (message.starts_with("FATAL Error")) return ErrorKind::fatal;
  if (message.starts_with("INTERRUPT")) return ErrorKind::interrupted;
  if (message.starts_with("Not implemented Error")) return ErrorKind::unsupported;
  if (message.starts_with("TransactionContext Error")) return ErrorKind::conflict;
  if (message.starts_with("INTERNAL Error")) return ErrorKind::internal;
  return ErrorKind::invalid_input;
}

ErrorKind kind_by_type(duckdb_error_type type, std::string_view message) {
  switch (type) {
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_MISMATCH_TYPE:
    case DUCKDB_ERROR_DECIMAL:
      return ErrorKind::conversion;
    case DUCKDB_ERROR_OUT_OF_RANGE:
      return ErrorKind::out_of_range;
    case DUCKDB_ERROR_DIVIDE_BY_ZERO:
      return ErrorKind::divide_by_zero;
    case DUCKDB_ERROR_CONSTRAINT:
      return ErrorKind::constraint;
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_DEPENDENCY:
      return ErrorKind::catalog;
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_PLANNER:
    case DUCKDB_ERROR_PARAMETER_NOT_RESOLVED:
    case DUCKDB_ERROR_PARAMETER_NOT_ALLOWED:
      return ErrorKind::binder;
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
      return ErrorKind::parser;
    case DUCKDB_ERROR_NOT_IMPLEMENTED:
    case DUCKDB_ERROR_MISSING_EXTENSION:
    case DUCKDB_ERROR_AUTOLOAD:
      return ErrorKind::unsupported;
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return ErrorKind::out_of_memory;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_PERMISSION:
    case DUCKDB_ERROR_SERIALIZATION:
    case DUCKDB_ERROR_HTTP:
      return ErrorKind::io;
    case DUCKDB_ERROR_INTERRUPT:
      return ErrorKind::interrupted;
    case DUCKDB_ERROR_TRANSACTION:
      return ErrorKind::conflict;
    case DUCKDB_ERROR_FATAL:
      return ErrorKind::fatal;
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_NULL_POINTER:
      return ErrorKind::internal;
    case DUCKDB_ERROR_INVALID:
      return kind_by_text(message);
    default:
      return ErrorKind::invalid_input;
  }
}

freshet::ErrorKind base_kind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::conflict:
      return freshet::ErrorKind::conflict;
    case ErrorKind::out_of_space:
      return freshet::ErrorKind::out_of_space;
    case ErrorKind::out_of_memory:
    case ErrorKind::fatal:
      return freshet::ErrorKind::unavailable;
    case ErrorKind::interrupted:
      return freshet::ErrorKind::cancelled;
    case ErrorKind::unsupported:
      return freshet::ErrorKind::unsupported;
    case ErrorKind::io:
      return freshet::ErrorKind::io;
    case ErrorKind::internal:
      return freshet::ErrorKind::corrupt;
    default:
      return freshet::ErrorKind::invalid_argument;
  }
}

} // namespace

Error::operator freshet::Error() const {
  return freshet::Error{base_kind(kind), message};
}

Error translate(duckdb_error_type type, std::string message) {
  Error error;
  error.kind = kind_by_type(type, message);
  error.message = bare_message(message);
  bool could_be_disk =
      error.kind == ErrorKind::io || error.kind == ErrorKind::conflict || error.kind == ErrorKind::out_of_memory;
  if (could_be_disk && (has(message, "No space left") || has(message, "Disk quota") || has(message, "Could not write") ||
                        has(message, "max_temp_directory_size")))
    error.kind = ErrorKind::out_of_space;
  else if (error.kind == ErrorKind::conflict && has(message, "onstraint"))
    error.kind = ErrorKind::constraint; // found at commit
  else if (error.kind == ErrorKind::conflict && !has(message, "onflict") && !has(message, "altered") &&
           !has(message, "another transaction") && !has(message, "dropped"))
    error.kind = ErrorKind::invalid_input; // BEGIN inside a transaction and the like
  if (has(message, "database has been invalidated")) error.kind = ErrorKind::fatal;
  if (error.kind == ErrorKind::conversion) error.value = offending_value(error.message);
  return error;
}

Error error_of(duckdb_result* result) {
  const char* message = duckdb_result_error(result);
  return translate(duckdb_result_error_type(result), message != nullptr ? message : "the engine gave no reason");
}

} // namespace freshet::engine
