#include "engine/function.h"

#include <fmt/format.h>

#include "engine/native.h"

namespace freshet::engine {
namespace {

using NativeFunction = Native<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using NativeFunctionSet = Native<duckdb_scalar_function_set, duckdb_destroy_scalar_function_set>;

struct Registered {
  ScalarFunction function;
  std::vector<Column> columns; // of the arguments, when their types are all known beforehand
  bool any = false;
};

std::vector<Column> argument_columns(duckdb_data_chunk chunk) {
  std::vector<Column> columns;
  for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(chunk); ++i) {
    NativeType type(duckdb_vector_get_column_type(duckdb_data_chunk_get_vector(chunk, i)));
    columns.push_back({"", to_type(type.get())});
  }
  return columns;
}

void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto* registered = static_cast<Registered*>(duckdb_scalar_function_get_extra_info(info));
  std::vector<Column> own_columns;
  if (registered->any) own_columns = argument_columns(input);
  const std::vector<Column>& columns = registered->any ? own_columns : registered->columns;
  Chunk arguments(input, false, columns);
  ResultVector result(output, duckdb_vector_get_data(output));
  if (!registered->function.takes_null) {
    for (size_t row = 0; row < arguments.size(); ++row)
      for (const Vector& column : arguments.columns())
        if (column.is_null(row)) result.set_null(row);
  }
  auto outcome = registered->function.body(arguments, result);
  if (!outcome) duckdb_scalar_function_set_error(info, outcome.error().c_str());
}

NativeFunction native_of(ScalarFunction function) {
  NativeFunction native(duckdb_create_scalar_function());
  duckdb_scalar_function_set_name(native.get(), function.name.c_str());
  auto registered = std::make_unique<Registered>();
  for (const Type& type : function.parameters) {
    duckdb_scalar_function_add_parameter(native.get(), to_native(type).get());
    registered->columns.push_back({"", type});
    registered->any |= type.id == TypeId::other;
  }
  if (function.variadic) {
    duckdb_scalar_function_set_varargs(native.get(), to_native(*function.variadic).get());
    registered->any = true;
  }
  duckdb_scalar_function_set_return_type(native.get(), to_native(function.result).get());
  if (function.is_volatile) duckdb_scalar_function_set_volatile(native.get());
  if (function.takes_null) duckdb_scalar_function_set_special_handling(native.get());
  duckdb_scalar_function_set_function(native.get(), call);
  registered->function = std::move(function);
  duckdb_scalar_function_set_extra_info(native.get(), registered.release(),
                                        [](void* data) { delete static_cast<Registered*>(data); });
  return native;
}

} // namespace

void ResultVector::set_null(size_t row) {
  auto vector = static_cast<duckdb_vector>(native_);
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
}

void ResultVector::set_text(size_t row, std::string_view text) {
  duckdb_vector_assign_string_element_len(static_cast<duckdb_vector>(native_), row, text.data(), text.size());
}

Result<void> Database::register_functions(std::vector<ScalarFunction> overloads) {
  if (overloads.empty()) return {};
  std::string name = overloads.front().name;
  auto connection = TRY(connect());
  NativeFunctionSet set(duckdb_create_scalar_function_set(name.c_str()));
  for (ScalarFunction& overload : overloads) {
    if (duckdb_add_scalar_function_to_set(set.get(), native_of(std::move(overload)).get()) == DuckDBError)
      return fail(ErrorKind::invalid_input, fmt::format("Two overloads of {} have the same parameters", name));
  }
  if (duckdb_register_scalar_function_set(connection->state_->connection, set.get()) == DuckDBError)
    return fail(ErrorKind::catalog, fmt::format("The function {} cannot be registered; is there one of this name?", name));
  return {};
}

} // namespace freshet::engine
