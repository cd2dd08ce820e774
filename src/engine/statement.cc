#include <fmt/format.h>

#include "engine/native.h"
#include "engine/zoned_timestamp.h"

namespace freshet::engine {
namespace {

/// "-12.340" as DuckDB's decimal: at most 38 digits.
std::optional<duckdb_decimal> parse_decimal(const std::string& text) {
  bool negative = text.starts_with('-');
  __int128 value = 0;
  int digits = 0, scale = 0;
  bool fraction = false;
  for (char c : text.substr(negative || text.starts_with('+') ? 1 : 0)) {
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (c >= '0' && c <= '9' && digits < 38) {
      value = value * 10 + (c - '0');
      if (value != 0 || fraction) ++digits;
      scale += fraction ? 1 : 0;
    } else {
      return std::nullopt;
    }
  }
  if (negative) value = -value;
  duckdb_decimal decimal;
  decimal.width = static_cast<uint8_t>(digits > 0 ? digits : 1);
  decimal.scale = static_cast<uint8_t>(scale);
  decimal.value = {static_cast<uint64_t>(value), static_cast<int64_t>(value >> 64)};
  return decimal;
}

struct Binder {
  duckdb_prepared_statement statement;
  idx_t index;

  duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
  duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, index, value); }
  duckdb_state operator()(int64_t value) const { return duckdb_bind_int64(statement, index, value); }
  duckdb_state operator()(double value) const { return duckdb_bind_double(statement, index, value); }
  duckdb_state operator()(const Decimal& value) const {
    auto decimal = parse_decimal(value.text);
    return decimal ? duckdb_bind_decimal(statement, index, *decimal) : DuckDBError;
  }
  duckdb_state operator()(const std::string& value) const {
    return duckdb_bind_varchar_length(statement, index, value.data(), value.size());
  }
  duckdb_state operator()(Date value) const { return duckdb_bind_date(statement, index, {value.days}); }
  duckdb_state operator()(Time value) const { return duckdb_bind_time(statement, index, {value.microseconds}); }
  duckdb_state operator()(Timestamp value) const { return duckdb_bind_timestamp(statement, index, {value.microseconds}); }
  duckdb_state operator()(TimestampTz value) const { return duckdb_bind_timestamp_tz(statement, index, {value.microseconds}); }
  duckdb_state operator()(const ZonedTimestamp& value) const {
    const Interval packed = pack(value);
    return duckdb_bind_interval(statement, index, {packed.months, packed.days, packed.microseconds});
  }
  duckdb_state operator()(const Blob& value) const {
    return duckdb_bind_blob(statement, index, value.bytes.data(), value.bytes.size());
  }
};

} // namespace

Result<void> Statement::State::bind(std::span<const Value> binds) {
  idx_t wanted = duckdb_nparams(statement.get());
  if (binds.size() != wanted)
    return fail(ErrorKind::invalid_input,
                fmt::format("The statement has {} parameters; {} values are bound", wanted, binds.size()));
  for (size_t i = 0; i < binds.size(); ++i) {
    if (std::visit(Binder{statement.get(), i + 1}, binds[i]) == DuckDBSuccess) continue;
    if (auto* decimal = std::get_if<Decimal>(&binds[i]))
      return std::unexpected(
          Error{ErrorKind::conversion, fmt::format("'{}' is not a number of at most 38 digits", decimal->text), decimal->text});
    return fail(ErrorKind::invalid_input, fmt::format("Value {} cannot be bound", i + 1));
  }
  return {};
}

Result<NativeResult> Statement::State::run(std::span<const Value> binds, bool streaming) {
  TRY(connection->check_usable());
  TRY(bind(binds));
  NativeResult result;
  auto status = streaming ? duckdb_execute_prepared_streaming(statement.get(), result.get())
                          : duckdb_execute_prepared(statement.get(), result.get());
  if (status == DuckDBError) return connection->failed(error_of(result.get()));
  return result;
}

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::~Statement() = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;

size_t Statement::parameter_count() const {
  return duckdb_nparams(state_->statement.get());
}

std::vector<Column> Statement::columns() const {
  std::vector<Column> columns;
  duckdb_prepared_statement native = state_->statement.get();
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(native); ++i) {
    NativeType type(duckdb_prepared_statement_column_logical_type(native, i));
    const char* name = duckdb_prepared_statement_column_name(native, i);
    columns.push_back({name, to_type(type.get())});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

Result<Rows> Statement::query(std::span<const Value> binds) {
  return Rows(Rows::State::of(TRY(state_->run(binds, false))));
}

Result<int64_t> Statement::execute(std::span<const Value> binds) {
  Rows rows = TRY(query(binds));
  return rows.changed();
}

struct RowStream::State {
  Connection::State* connection;
  Statement statement;
  NativeResult result;
  std::vector<Column> columns;
};

RowStream::RowStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowStream::~RowStream() = default;
RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;

const std::vector<Column>& RowStream::columns() const {
  return state_->columns;
}

Result<std::optional<Chunk>> RowStream::next() {
  if (duckdb_data_chunk chunk = duckdb_fetch_chunk(state_->result.value())) {
    Chunk owned(chunk, true, state_->columns);
    if (owned.size() > 0) return owned;
  }
  if (const char* message = duckdb_result_error(state_->result.get()); message != nullptr && *message != 0)
    return state_->connection->failed(error_of(state_->result.get()));
  return std::nullopt;
}

Result<RowStream> Connection::stream(const std::string& sql, std::span<const Value> binds) {
  Statement statement = TRY(prepare(sql));
  NativeResult result = TRY(statement.state_->run(binds, true));
  auto columns = columns_of(result.get());
  return RowStream(std::unique_ptr<RowStream::State>(
      new RowStream::State{state_.get(), std::move(statement), std::move(result), std::move(columns)}));
}

} // namespace freshet::engine
