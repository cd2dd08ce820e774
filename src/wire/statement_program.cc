#include "wire/statement_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"

namespace freshet::wire {
namespace {

using warehouse::Binds;
using warehouse::Session;
using warehouse::StatementResult;

constexpr size_t k_array_rows_per_insert = 500;

/// Session parameters that hold for one request. What the request itself set by ALTER SESSION stays.
class ParameterScope {
 public:
  explicit ParameterScope(Session& session) : session_(session) {}
  ~ParameterScope() {
    auto& parameters = session_.parameters();
    for (auto& [name, given, before] : overrides_) {
      if (parameters.get(name) != given) continue;
      (void)(before ? parameters.set(name, *before) : parameters.unset(name));
    }
  }
  ParameterScope(const ParameterScope&) = delete;
  ParameterScope& operator=(const ParameterScope&) = delete;

  sql::SqlResult<void> set(const std::string& name, const std::string& value) {
    if (warehouse::SessionParameters::find(name) == nullptr) return {}; // drivers send many that are none of the warehouse's
    auto& parameters = session_.parameters();
    std::optional<std::string> before;
    if (parameters.is_set(name)) before = std::string(parameters.get(name));
    TRY(parameters.set(name, value));
    overrides_.push_back({name, std::string(parameters.get(name)), std::move(before)});
    return {};
  }

 private:
  struct Override {
    std::string name;
    std::string given;
    std::optional<std::string> before;
  };
  Session& session_;
  std::vector<Override> overrides_;
};

sql::Error count_mismatch(size_t actual, int64_t desired) {
  return {8, "0A000", fmt::format("Actual statement count {} did not match the desired statement count {}.", actual, desired)};
}

/// The result with its error, which counts from the statement's start, counted from the start of the text around it.
template <typename T>
sql::SqlResult<T> in_place(sql::SqlResult<T> result, const sql::SourceRange& range) {
  if (result) return result;
  auto& error = result.error();
  if (error.line == 1) error.position += range.column - 1;
  if (error.line != 0) error.line += range.line - 1;
  return result;
}

bool is_bare_bind(const sql::Expression& expression) {
  return std::holds_alternative<sql::BindVariable>(expression.node);
}

Binds joined(const std::vector<Binds>& rows, size_t begin, size_t end) {
  Binds all;
  for (size_t row = begin; row < end; ++row) {
    all.positional.insert(all.positional.end(), rows[row].positional.begin(), rows[row].positional.end());
  }
  return all;
}

void add_counts(StatementResult& total, StatementResult part) {
  part.counts.inserted += total.counts.inserted;
  part.counts.updated += total.counts.updated;
  part.counts.deleted += total.counts.deleted;
  part.counts.multi_joined += total.counts.multi_joined;
  total = std::move(part);
  total.rows = nullptr; // they count the last part only
}

/// The result has no rows: only its counts are right.
sql::SqlResult<StatementResult> run_array_rows(Session& session, const sql::Statement& statement,
                                               const std::vector<Binds>& rows) {
  StatementResult total;
  const size_t step = multiply_insert(statement, 1) ? k_array_rows_per_insert : 1;
  std::optional<sql::Statement> multiplied;
  for (size_t begin = 0; begin < rows.size(); begin += step) {
    const size_t end = std::min(begin + step, rows.size());
    if (begin == 0 || end - begin != step) multiplied = multiply_insert(statement, end - begin);
    add_counts(total, TRY(session.execute(multiplied ? *multiplied : statement, joined(rows, begin, end))));
  }
  return total;
}

sql::SqlResult<StatementResult> run_array(Session& session, const StatementRequest& request) {
  const auto statement = TRY(sql::parse_statement(request.text, session.parameters().parse_options()));
  const bool own_transaction = !session.in_transaction();
  if (own_transaction) TRY(session.begin());
  auto result = run_array_rows(session, statement, request.binds.rows);
  if (own_transaction) {
    if (!result)
      session.rollback();
    else
      TRY(session.commit());
  }
  return result;
}

sql::SqlResult<void> run_several(Session& session, const StatementRequest& request,
                                 const std::vector<sql::StatementText>& statements, StatementOutcome& outcome) {
  const auto& positional = request.binds.rows.front().positional;
  size_t used = 0;
  for (const auto& [text, range] : statements) {
    const auto statement = TRY(in_place(sql::parse_statement(text, session.parameters().parse_options()), range));
    Binds binds;
    const size_t count = std::min<size_t>(statement.binds, positional.size() - used);
    binds.positional.assign(positional.begin() + static_cast<ptrdiff_t>(used),
                            positional.begin() + static_cast<ptrdiff_t>(used + count));
    used += count;
    outcome.results.push_back(TRY(in_place(session.execute(statement, binds), range)));
  }
  return {};
}

/// What is not a query: counts for DML, a status for all else. Drivers stumble over a result without columns.
Description description_of_other(const sql::Statement& statement) {
  using warehouse::StatementKind;
  const auto counts = [&](StatementKind kind, std::initializer_list<const char*> names) {
    Description description{{}, kind, statement.binds};
    for (const char* name : names) {
      description.columns.push_back({.name = name, .type = {.kind = sql::TypeKind::number, .precision = 19}});
    }
    return description;
  };
  if (statement.as<sql::Insert>() != nullptr) return counts(StatementKind::insert, {"number of rows inserted"});
  if (statement.as<sql::Update>() != nullptr) {
    return counts(StatementKind::update, {"number of rows updated", "number of multi-joined rows updated"});
  }
  if (statement.as<sql::Delete>() != nullptr) return counts(StatementKind::remove, {"number of rows deleted"});
  if (statement.as<sql::Merge>() != nullptr) {
    return counts(StatementKind::merge, {"number of rows inserted", "number of rows updated"});
  }
  return {{{.name = "status", .type = {.kind = sql::TypeKind::text}}}, StatementKind::session_command, statement.binds};
}

sql::SqlResult<void> describe(Session& session, const StatementRequest& request, StatementOutcome& outcome) {
  const auto statement = TRY(sql::parse_statement(request.text, session.parameters().parse_options()));
  if (statement.as<sql::QueryStatement>() == nullptr) {
    outcome.description = description_of_other(statement);
    return {};
  }
  auto columns = TRY(session.describe(request.text, request.binds.rows.front()));
  outcome.description = Description{std::move(columns), warehouse::StatementKind::query, statement.binds};
  return {};
}

sql::SqlResult<void> run(Session& session, const StatementRequest& request, const std::string& query_id,
                         StatementOutcome& outcome) {
  ParameterScope scope(session);
  for (const auto& [name, value] : request.parameters) TRY(scope.set(name, value));
  TRY(session.apply_parameters());
  if (request.describe_only) return describe(session, request, outcome);
  if (request.binds.is_array) {
    outcome.result = TRY(run_array(session, request));
    return {};
  }
  const auto statements = sql::split_script(request.text); // where it fails, the statement will say it better
  const size_t count = statements ? statements->size() : 1;
  const auto desired = request.statement_count.value_or(session.parameters().number("MULTI_STATEMENT_COUNT"));
  if (desired != 0 && count > 1 && static_cast<int64_t>(count) != desired) return sql::fail(count_mismatch(count, desired));
  if (desired > 1 && count == 1) return sql::fail(count_mismatch(count, desired));
  if (count > 1) return run_several(session, request, *statements, outcome);
  session.announce(query_id);
  outcome.result = TRY(session.execute(request.text, request.binds.rows.front()));
  return {};
}

} // namespace

StatementOutcome run_request(Session& session, const StatementRequest& request, const std::string& query_id) {
  StatementOutcome outcome;
  if (auto done = run(session, request, query_id, outcome); !done) outcome.error = std::move(done).error();
  (void)session.apply_parameters(); // back to the session's own
  outcome.query_id = outcome.result.query_id.empty() ? session.last_query_id() : outcome.result.query_id;
  outcome.session = SessionSnapshot::of(session);
  return outcome;
}

std::optional<sql::Statement> multiply_insert(const sql::Statement& statement, size_t times) {
  const auto* insert = statement.as<sql::Insert>();
  if (insert == nullptr || insert->overwrite || !insert->query.with.empty()) return std::nullopt;
  const auto* values = std::get_if<sql::ValuesClause>(&insert->query.body.node);
  if (values == nullptr || values->rows.size() != 1) return std::nullopt;
  if (static_cast<size_t>(std::ranges::count_if(values->rows[0], is_bare_bind)) != statement.binds) return std::nullopt;
  auto multiplied = statement;
  auto& rows = std::get<sql::ValuesClause>(multiplied.as<sql::Insert>()->query.body.node).rows;
  rows.reserve(times);
  for (size_t row = 1; row < times; ++row) {
    rows.push_back(rows.front());
    for (auto& value : rows.back()) {
      auto* bind = std::get_if<sql::BindVariable>(&value.node);
      if (bind != nullptr) bind->position += static_cast<uint32_t>(row * statement.binds);
    }
  }
  multiplied.binds = static_cast<uint32_t>(times * statement.binds);
  return multiplied;
}

} // namespace freshet::wire
