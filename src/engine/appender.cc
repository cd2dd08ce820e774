#include <fmt/format.h>

#include "engine/native.h"
#include "engine/zoned_timestamp.h"

namespace freshet::engine {

struct Appender::State {
  ~State() {
    if (appender != nullptr) duckdb_appender_destroy(&appender);
  }
  Result<void> check(duckdb_state state) const {
    if (state == DuckDBSuccess) return {};
    duckdb_error_data data = duckdb_appender_error_data(appender);
    const char* message = duckdb_error_data_message(data);
    Error error = translate(duckdb_error_data_error_type(data), message != nullptr ? message : "the appender gave no reason");
    duckdb_destroy_error_data(&data);
    return connection->failed(std::move(error));
  }

  Connection::State* connection = nullptr;
  duckdb_appender appender = nullptr;
};

namespace {

struct Append {
  duckdb_appender appender;

  duckdb_state operator()(std::monostate) const { return duckdb_append_null(appender); }
  duckdb_state operator()(bool value) const { return duckdb_append_bool(appender, value); }
  duckdb_state operator()(int64_t value) const { return duckdb_append_int64(appender, value); }
  duckdb_state operator()(double value) const { return duckdb_append_double(appender, value); }
  duckdb_state operator()(const Decimal& value) const {
    return duckdb_append_varchar_length(appender, value.text.data(), value.text.size());
  }
  duckdb_state operator()(const std::string& value) const {
    return duckdb_append_varchar_length(appender, value.data(), value.size());
  }
  duckdb_state operator()(Date value) const { return duckdb_append_date(appender, {value.days}); }
  duckdb_state operator()(Time value) const { return duckdb_append_time(appender, {value.microseconds}); }
  duckdb_state operator()(Timestamp value) const { return duckdb_append_timestamp(appender, {value.microseconds}); }
  duckdb_state operator()(TimestampTz value) const { return duckdb_append_timestamp(appender, {value.microseconds}); }
  duckdb_state operator()(const ZonedTimestamp& value) const {
    const Interval packed = pack(value);
    return duckdb_append_interval(appender, {packed.months, packed.days, packed.microseconds});
  }
  duckdb_state operator()(const Blob& value) const {
    return duckdb_append_blob(appender, value.bytes.data(), value.bytes.size());
  }
};

} // namespace

Appender::Appender(std::unique_ptr<State> state) : state_(std::move(state)) {}
Appender::~Appender() = default;
Appender::Appender(Appender&&) noexcept = default;
Appender& Appender::operator=(Appender&&) noexcept = default;

Result<void> Appender::append(const Value& value) {
  return state_->check(std::visit(Append{state_->appender}, value));
}
Result<void> Appender::append_text(std::string_view text) {
  return state_->check(duckdb_append_varchar_length(state_->appender, text.data(), text.size()));
}
Result<void> Appender::append_integer(int64_t number) {
  return state_->check(duckdb_append_int64(state_->appender, number));
}
Result<void> Appender::append_null() {
  return state_->check(duckdb_append_null(state_->appender));
}
Result<void> Appender::end_row() {
  return state_->check(duckdb_appender_end_row(state_->appender));
}
Result<void> Appender::close() {
  return state_->check(duckdb_appender_close(state_->appender));
}

Result<Appender> Connection::appender(const std::string& schema, const std::string& table) {
  TRY(state_->check_usable());
  auto state = std::make_unique<Appender::State>();
  state->connection = state_.get();
  auto status = duckdb_appender_create(state_->connection, schema.c_str(), table.c_str(), &state->appender);
  TRY(state->check(status));
  return Appender(std::move(state));
}

} // namespace freshet::engine
