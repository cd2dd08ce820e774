#include "warehouse/procedures/script_interpreter.h"

#include <fmt/core.h>

#include "warehouse/procedures/session_host.h"
#include "warehouse/session.h"

namespace freshet::warehouse {
namespace {

constexpr unsigned k_calls_max = 16;

/// How many blocks run inside one another on this thread, each called by a statement of the one before.
class Depth {
 public:
  Depth() { ++depth_; }
  ~Depth() { --depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  bool is_too_great() const { return depth_ > k_calls_max; }

 private:
  static thread_local unsigned depth_;
};
thread_local unsigned Depth::depth_ = 0;

} // namespace

ScriptInterpreter::ScriptInterpreter(Session& session, SessionHost* procedure, sql::SourceRange origin)
    : session_(session), procedure_(procedure), origin_(origin) {
  scopes_.open();
}

void ScriptInterpreter::define(const std::string& name, const sql::TypeName& type, Bind value) {
  scopes_.declare(name, ScriptVariable{type, std::move(value)});
}

SqlResult<ScriptReturned> ScriptInterpreter::run(const sql::ScriptBlock& block) {
  const Depth depth;
  if (depth.is_too_great()) {
    return sql::fail(
        {100183, "P0000", fmt::format("Execution error: blocks and procedures may be nested {} calls deep.", k_calls_max)});
  }
  if (auto flow = run_block(block); !flow) return sql::fail(uncaught(flow.error()));
  return std::move(returned_);
}

sql::Error ScriptInterpreter::uncaught(const Failure& failure) const {
  if (!failure.catchable) return failure.error;
  const bool first_line = failure.range.line == 1;
  return {failure.error.code, failure.error.sql_state,
          fmt::format("Uncaught exception of type '{}' on line {} at position {} : {}", failure.type,
                      failure.range.line + origin_.line - 1, failure.range.column - 1 + (first_line ? origin_.column - 1 : 0),
                      failure.error.message)};
}

auto ScriptInterpreter::statement_error(sql::Error error, const sql::SourceRange& range) const -> Failure {
  const bool ended = error.code == 604 || error.code == 630; // cancelled, or out of time
  return {"STATEMENT_ERROR", std::move(error), range, !ended};
}

auto ScriptInterpreter::expression_error(sql::Error error, const sql::SourceRange& range) const -> Failure {
  auto failure = statement_error(std::move(error), range);
  failure.type = "EXPRESSION_ERROR";
  return failure;
}

auto ScriptInterpreter::go_on(const sql::SourceRange& range) const -> Outcome<void> {
  if (!session_.cancelled() && !(cancellation_ && *cancellation_)) return {};
  return std::unexpected(statement_error({604, "57014", "SQL execution canceled"}, range));
}

// ---- blocks and handlers

auto ScriptInterpreter::run_block(const sql::ScriptBlock& block) -> Outcome<Flow> {
  scopes_.open();
  blocks_.push_back(&block);
  auto flow = run_all(block.declarations);
  if (flow) flow = run_all(block.body);
  blocks_.pop_back();
  if (!flow) {
    if (const auto* handler = handler_of(block, flow.error())) flow = handle(*handler, std::move(flow.error()));
  }
  scopes_.close();
  return flow;
}

auto ScriptInterpreter::handle(const sql::ScriptHandler& handler, Failure failure) -> Outcome<Flow> {
  handled_.push_back(std::move(failure));
  auto flow = run_all(handler.body);
  handled_.pop_back();
  return flow;
}

const sql::ScriptHandler* ScriptInterpreter::handler_of(const sql::ScriptBlock& block, const Failure& failure) const {
  if (!failure.catchable) return nullptr;
  for (const auto& handler : block.handlers) {
    for (const auto& name : handler.exceptions) {
      if (name == failure.type || name == "OTHER") return &handler;
    }
  }
  return nullptr;
}

const sql::ScriptHandler* ScriptInterpreter::continuing_handler(const Failure& failure, size_t& depth) const {
  for (depth = blocks_.size(); depth > 0; --depth) {
    const auto* handler = handler_of(*blocks_[depth - 1], failure);
    if (handler != nullptr) return handler->goes_on ? handler : nullptr;
  }
  return nullptr;
}

auto ScriptInterpreter::run_all(const sql::ScriptStatements& statements) -> Outcome<Flow> {
  for (const auto& statement : statements) {
    const auto flow = run_statement(statement);
    if (!flow || *flow != Flow::next) return flow;
  }
  return Flow::next;
}

auto ScriptInterpreter::run_statement(const sql::ScriptStatement& statement) -> Outcome<Flow> {
  TRY(go_on(statement.range));
  auto flow = std::visit([&](const auto& node) { return run(node, statement.range); }, statement.node);
  if (flow || blocks_.empty()) return flow;
  size_t depth = 0;
  const auto* handler = continuing_handler(flow.error(), depth);
  if (handler == nullptr) return flow;
  // Blocks at and below the handler's do not catch what the handler itself raises.
  std::vector<const sql::ScriptBlock*> inner(blocks_.begin() + static_cast<ptrdiff_t>(depth - 1), blocks_.end());
  blocks_.resize(depth - 1);
  flow = handle(*handler, std::move(flow.error()));
  blocks_.insert(blocks_.end(), inner.begin(), inner.end());
  return flow;
}

// ---- branches and loops

auto ScriptInterpreter::run(const sql::ScriptIf& statement, const sql::SourceRange&) -> Outcome<Flow> {
  for (const auto& branch : statement.branches) {
    if (TRY(holds(branch.condition))) return run_all(branch.body);
  }
  return run_all(statement.otherwise);
}

auto ScriptInterpreter::run(const sql::ScriptCase& statement, const sql::SourceRange&) -> Outcome<Flow> {
  std::optional<Bind> operand;
  if (statement.operand) operand = TRY(value_of(*statement.operand));
  for (const auto& branch : statement.branches) {
    bool taken = false;
    if (operand) {
      scopes_.open();
      scopes_.declare("CASE operand", ScriptVariable{{}, *operand});
      sql::ScriptExpression equal = branch.condition;
      sql::Expression left{sql::BindVariable{"CASE operand", 0}, {}};
      equal.value.node = sql::Binary{sql::BinaryOperator::equal, sql::Box(std::move(left)), sql::Box(branch.condition.value)};
      equal.binds.emplace_back("CASE operand");
      auto held = holds(equal);
      scopes_.close();
      taken = TRY(std::move(held));
    } else {
      taken = TRY(holds(branch.condition));
    }
    if (taken) return run_all(branch.body);
  }
  if (statement.otherwise) return run_all(*statement.otherwise);
  return Flow::next;
}

std::optional<ScriptInterpreter::Flow> ScriptInterpreter::after_round(Flow flow, const std::string& label) {
  if (flow == Flow::next) return std::nullopt;
  if (flow == Flow::returned) return flow;
  if (!jump_label_.empty() && jump_label_ != label) return flow; // an outer loop's business
  jump_label_.clear();
  if (flow == Flow::next_round) return std::nullopt;
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptLoop& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  for (;;) {
    TRY(go_on(range));
    if (statement.kind == sql::ScriptLoop::Kind::while_ && !TRY(holds(*statement.condition))) return Flow::next;
    const Flow flow = TRY(run_all(statement.body));
    if (auto end = after_round(flow, statement.label)) return *end;
    if (statement.kind == sql::ScriptLoop::Kind::repeat && TRY(holds(*statement.condition))) return Flow::next;
  }
}

auto ScriptInterpreter::run(const sql::ScriptFor& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  return statement.first ? for_numbers(statement) : for_rows(statement, range);
}

auto ScriptInterpreter::for_numbers(const sql::ScriptFor& statement) -> Outcome<Flow> {
  sql::TypeName integer;
  integer.name = "BIGINT";
  const auto first = TRY(value_of(*statement.first, &integer));
  const auto last = TRY(value_of(*statement.last, &integer));
  const auto* low = std::get_if<int64_t>(&first.value);
  const auto* high = std::get_if<int64_t>(&last.value);
  if (low == nullptr || high == nullptr) {
    return std::unexpected(expression_error({100037, "22018", "A bound of a FOR loop is NULL."}, statement.first->value.range));
  }
  for (int64_t round = 0; *low <= *high && round <= *high - *low; ++round) {
    TRY(go_on(statement.first->value.range));
    scopes_.open();
    scopes_.declare(statement.name.name, ScriptVariable{{}, {first.type, statement.reverse ? *high - round : *low + round}});
    const auto flow = run_all(statement.body);
    scopes_.close();
    if (auto end = after_round(TRY(flow), statement.label)) return *end;
  }
  return Flow::next;
}

auto ScriptInterpreter::for_rows(const sql::ScriptFor& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  SharedResult result;
  size_t row = 0;
  if (statement.query) {
    result = TRY(execute(*statement.query, range));
  } else {
    if (auto* cursor = scopes_.find_as<ScriptCursor>(statement.rows->name); cursor != nullptr && cursor->result) {
      row = cursor->next;
      cursor->next = cursor->result->row_count();
    }
    result = TRY(rows_of(statement.rows->name, range));
  }
  for (; row < result->row_count(); ++row) {
    TRY(go_on(range));
    scopes_.open();
    scopes_.declare(statement.name.name, ScriptRow{result, row});
    const auto flow = run_all(statement.body);
    scopes_.close();
    if (auto end = after_round(TRY(flow), statement.label)) return *end;
  }
  return Flow::next;
}

auto ScriptInterpreter::run(const sql::ScriptJump& statement, const sql::SourceRange&) -> Outcome<Flow> {
  jump_label_ = statement.label;
  return statement.goes_on ? Flow::next_round : Flow::leave_loop;
}

auto ScriptInterpreter::run(const sql::ScriptReturn& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  returned_ = {};
  if (statement.table) {
    returned_.table = TRY(rows_of(statement.table->name, range));
  } else if (statement.is_table) {
    returned_.table = TRY(execute(*statement.value->sql, range));
  } else if (statement.value) {
    returned_.value = TRY(value_of(*statement.value));
  }
  return Flow::returned;
}

auto ScriptInterpreter::run(const sql::ScriptRaise& statement, const sql::SourceRange& range) -> Outcome<Flow> {
  if (!statement.name) {
    if (!handled_.empty()) return std::unexpected(handled_.back());
    return std::unexpected(statement_error(
        {1003, "42000", "SQL compilation error:\nRAISE without an exception stands only in a handler."}, range));
  }
  const auto* exception = scopes_.find_as<ScriptException>(statement.name->name);
  if (exception == nullptr) {
    return std::unexpected(statement_error(sql::invalid_identifier(statement.name->name, range.line, range.column - 1), range));
  }
  return std::unexpected(
      Failure{statement.name->name, sql::Error(exception->number, "P0001", exception->message), range, true});
}

} // namespace freshet::warehouse
