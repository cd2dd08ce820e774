#include "warehouse/procedures/session_host.h"

#include <date/date.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "sql/parser.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/procedures/script_values.h"
#include "warehouse/rows/lock_table.h"
#include "warehouse/scalars/time_zone.h"
#include "warehouse/session.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

/// 2008-11-18 16:00:00.000 -0800
std::string zoned_text(int64_t microseconds, const TimeZone& zone) {
  const auto offset = zone.offset_minutes_at(microseconds);
  const std::chrono::milliseconds local{(microseconds + int64_t{offset} * 60'000'000) / 1000};
  return fmt::format("{} {}{:02}{:02}", date::format("%F %T", date::sys_time<std::chrono::milliseconds>{local}),
                     offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
}

/// The rows of one result, converted one by one as the script asks for them; TIMESTAMP_LTZ prints in the session's zone.
class ResultRows final : public ScriptRows {
 public:
  ResultRows(const StatementResult& result, std::string_view zone)
      : columns_(result.columns), rows_(result.rows), zone_(TimeZone::find(zone)) {}

  std::expected<std::optional<std::vector<ScriptValue>>, ScriptError> next() override {
    if (!rows_ || next_ >= rows_->size()) return std::nullopt;
    std::vector<ScriptValue> values;
    values.reserve(columns_.size());
    for (size_t column = 0; column < columns_.size(); ++column) {
      values.push_back(script_value(*rows_, next_, column, columns_[column].type));
      auto& value = values.back();
      if (value.type == ScriptType::timestamp_ltz && !value.is_null && zone_)
        value.text = zoned_text(value.epoch_microseconds, *zone_);
    }
    ++next_;
    return values;
  }

 private:
  std::vector<ResultColumn> columns_;
  std::shared_ptr<const engine::Rows> rows_;
  std::optional<TimeZone> zone_;
  size_t next_ = 0;
};

std::string type_word(const sql::SnowflakeType& type) {
  const std::string text = type.to_string();
  return text.substr(0, text.find('('));
}

ScriptOutcome outcome_of(const StatementResult& result, std::string_view zone) {
  ScriptOutcome outcome;
  outcome.query_id = result.query_id;
  for (const auto& column : result.columns) {
    outcome.columns.push_back(
        {column.name, script_type(column.type.kind), type_word(column.type), column.type.scale, column.nullable});
  }
  outcome.rows = std::make_unique<ResultRows>(result, zone);
  outcome.row_count = result.row_count();
  outcome.rows_inserted = uint64_t(result.counts.inserted);
  outcome.rows_updated = uint64_t(result.counts.updated);
  outcome.rows_deleted = uint64_t(result.counts.deleted);
  outcome.duplicate_rows_updated = uint64_t(result.counts.multi_joined);
  return outcome;
}

} // namespace

SessionHost::SessionHost(Session& session, std::string procedure)
    : session_(session),
      procedure_(std::move(procedure)),
      outer_transaction_(session.in_transaction()),
      transactions_(session) {}

std::expected<ScriptOutcome, ScriptError> SessionHost::execute(const std::string& sql, const std::vector<ScriptValue>& binds) {
  auto statement = TRY(sql::parse_statement(sql, session_.parameters().parse_options()));
  Binds values;
  for (const auto& bind : binds) values.positional.push_back(bind_of(bind));
  return outcome_of(TRY(run(statement, values)), session_.parameters().get("TIMEZONE"));
}

SessionHost::~SessionHost() = default;

SqlResult<StatementResult> SessionHost::run(const sql::Statement& statement, const Binds& binds) {
  const bool outer = outer_transaction_ && !scoped_ && session_.in_transaction();
  if (outer && statement.as<sql::BeginTransaction>() != nullptr) TRY(begin_scope());
  if (!scoped_) return session_.execute(statement, binds);
  auto result = scoped_->execute(statement, binds);
  if (scoped_->in_transaction()) {
    session_.warehouse().locks().depends(std::stoll(session_.transaction_id()), std::stoll(scoped_->transaction_id()));
  } else { // COMMIT, ROLLBACK or DDL has ended it
    end_scope();
  }
  return result;
}

SqlResult<void> SessionHost::begin_scope() {
  auto scoped = session_.warehouse().create_session(session_.context());
  if (!scoped) return std::unexpected(sql::Error(scoped.error()));
  (*scoped)->parameters() = session_.parameters();
  (*scoped)->variables() = session_.variables();
  scoped_ = std::move(*scoped);
  return {};
}

void SessionHost::end_scope() {
  session_.context() = scoped_->context();
  session_.parameters() = scoped_->parameters();
  session_.variables() = scoped_->variables();
  scoped_.reset();
}

void SessionHost::log(std::string_view level, std::string_view message) {
  if (level == "off") return;
  const auto severity = level == "fatal" || level == "error" ? freshet::log::Level::error
                        : level == "warn"                    ? freshet::log::Level::warn
                        : level == "info"                    ? freshet::log::Level::info
                                                             : freshet::log::Level::debug;
  freshet::log::write(severity, "procedure " + procedure_, message);
  std::string name(level);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  log_message(session_, name, message, procedure_);
}

void SessionHost::add_event(std::string_view name, std::string_view attributes_json) {
  freshet::log::info("procedure " + procedure_, "event {} {}", name, attributes_json);
}

void SessionHost::set_span_attribute(std::string_view key, std::string_view value_json) {
  freshet::log::debug("procedure " + procedure_, "attribute {} = {}", key, value_json);
}

std::optional<ScriptError> SessionHost::interrupted() {
  if (!session_.cancelled()) return std::nullopt;
  return ScriptError{604, "57014", "SQL execution canceled"};
}

std::optional<ScriptError> SessionHost::close_transaction() {
  if (scoped_) {
    scoped_->rollback();
    end_scope();
  } else if (!outer_transaction_ && session_.in_transaction()) {
    session_.rollback();
  } else {
    return std::nullopt;
  }
  return ScriptError{90232, "25000",
                     "Execution error in store procedure " + procedure_ +
                         ":\nScoped transaction started in stored procedure is incomplete and it was rolled back."};
}

} // namespace freshet::warehouse
