#include "warehouse/scalars/row_function.h"

namespace freshet::warehouse {

engine::Result<void> register_row_function(engine::Database& database, std::string name, size_t parameters, bool variadic,
                                           bool gives_json, RowNulls nulls, RowBody body) {
  const engine::Type text{engine::TypeId::varchar};
  engine::Type json = text;
  json.alias = "JSON";
  auto run = [body = std::move(body), nulls](const engine::Chunk& chunk,
                                             engine::ResultVector& result) -> std::expected<void, std::string> {
    std::vector<std::optional<std::string_view>> row_arguments(chunk.columns().size());
    for (size_t row = 0; row < chunk.size(); ++row) {
      bool any_null = false;
      for (size_t i = 0; i < row_arguments.size(); ++i) {
        bool is_null = chunk[i].is_null(row);
        any_null |= is_null;
        row_arguments[i] = is_null ? std::nullopt : std::optional(chunk[i].text(row));
      }
      if (any_null && nulls == RowNulls::give_null) {
        result.set_null(row);
        continue;
      }
      auto value = body(row_arguments);
      if (!value) return std::unexpected(std::move(value).error());
      if (*value)
        result.set_text(row, **value);
      else
        result.set_null(row);
    }
    return {};
  };
  return database.register_functions(
      {{std::move(name), std::vector<engine::Type>(parameters, text), variadic ? std::optional(text) : std::nullopt,
        gives_json ? json : text, false, true, std::move(run)}});
}

engine::Result<void> register_row_functions(engine::Database& database, std::span<const RowFunction> functions) {
  for (const auto& each : functions)
    TRY(register_row_function(database, each.name, each.parameters, each.variadic, each.gives_json, each.nulls, each.body));
  return {};
}

} // namespace freshet::warehouse
