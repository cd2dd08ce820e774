#include "warehouse/statements/called_procedures.h"

#include <fmt/core.h>

#include "sql/snowflake_printer.h"
#include "warehouse/procedures/call_arguments.h"
#include "warehouse/session.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {
namespace {

template <typename Body, typename Use>
void each_in_body(Body& body, const Use& use);

/// Calls `use` with each TABLE(f(…)) in the FROM clauses of a query. Time grows with the size of the query.
template <typename Query, typename Use>
void each_table_function(Query& query, const Use& use) {
  for (auto& table : query.with) each_table_function(*table.query, use);
  each_in_body(query.body, use);
}

template <typename Table, typename Use>
void each_in_table(Table& table, const Use& use) {
  if (auto* join = table.template as<sql::Join>()) {
    each_in_table(*join->left, use);
    each_in_table(*join->right, use);
  } else if (auto* inner = table.template as<sql::SubqueryTable>()) {
    each_table_function(*inner->query, use);
  } else if (auto* pivot = table.template as<sql::Pivot>()) {
    each_in_table(*pivot->table, use);
  } else if (auto* function = table.template as<sql::TableFunction>()) {
    use(*function);
  }
}

template <typename Body, typename Use>
void each_in_body(Body& body, const Use& use) {
  if (auto* operation = std::get_if<sql::SetOperation>(&body.node)) {
    for (auto& operand : operation->operands) each_in_body(operand, use);
  } else if (auto* inner = std::get_if<sql::Box<sql::Query>>(&body.node)) {
    each_table_function(**inner, use);
  } else if (auto* select = std::get_if<sql::Select>(&body.node); select != nullptr && select->from) {
    each_in_table(*select->from, use);
  }
}

/// Procedures that stand in FROM are called, and their results stand there instead.
class CalledProcedures {
 public:
  explicit CalledProcedures(StatementContext& context) : context_(context) {}

  bool called() const { return called_; }

  SqlResult<void> call(sql::TableFunction& function) {
    const auto procedure = procedure_of(function.call);
    if (!procedure) return {};
    const auto& routine = *procedure->as<Procedure>();
    if (!routine.returns_table || routine.table_columns.empty())
      return sql::fail(
          {2090, "42601",
           fmt::format("SQL compilation error:\nProcedure {} cannot stand in FROM: it has to RETURN TABLE with named "
                       "columns.",
                       procedure->name)});
    sql::Statement statement;
    statement.node = sql::Call{function.call, {}, {}};
    statement.text = "CALL " + sql::print_expression({function.call, {}});
    context_.end_snapshot();
    const auto result = TRY(context_.session().execute(statement, context_.binds()));
    if (!function.alias.name) function.alias.name = function.call.name.parts.back();
    sql::FunctionCall scan;
    scan.name.parts.push_back({"RESULT_SCAN", false, {}});
    scan.name.range = function.call.name.range;
    scan.arguments.push_back({std::nullopt, {sql::StringLiteral{result.query_id}, {}}});
    function.call = std::move(scan);
    called_ = true;
    return {};
  }

 private:
  /// The procedure that the function's name stands for; null: it is a function, or nothing that is known here.
  ObjectPointer procedure_of(const sql::FunctionCall& call) {
    if (call.over || context_.warehouse().functions().find_table(call.name.last())) return nullptr;
    const auto name = context_.resolve(call.name);
    if (!name) return nullptr;
    const auto function = find_named(context_, sql::ObjectKind::function, *name, std::nullopt);
    if (!function || *function) return nullptr;
    const auto procedure = find_named(context_, sql::ObjectKind::procedure, *name, std::nullopt);
    if (procedure && !*procedure) return nullptr; // an error: there are several of the name
    const auto arguments = print_arguments(context_, call);
    if (!arguments) return nullptr;
    return find_procedure(context_, *name, *arguments).value_or(nullptr);
  }

  StatementContext& context_;
  bool called_ = false;
};

} // namespace

SqlResult<std::optional<sql::Query>> with_called_procedures(StatementContext& context, const sql::Query& query) {
  bool has_functions = false;
  each_table_function(query, [&](const auto&) { has_functions = true; });
  if (!has_functions) return std::nullopt;
  auto out = query;
  CalledProcedures procedures(context);
  SqlResult<void> done;
  each_table_function(out, [&](sql::TableFunction& function) {
    if (done) done = procedures.call(function);
  });
  TRY(std::move(done));
  return procedures.called() ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace freshet::warehouse
