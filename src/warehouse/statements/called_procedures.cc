#include "warehouse/statements/called_procedures.h"

#include <fmt/core.h>

#include "sql/snowflake_printer.h"
#include "warehouse/procedures/call_arguments.h"
#include "warehouse/session.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {
namespace {

/// The FROM clauses of a query, one by one. Time grows with the size of the query.
class CalledProcedures {
 public:
  explicit CalledProcedures(StatementContext& context) : context_(context) {}

  SqlResult<void> visit(sql::Query& query) {
    for (auto& table : query.with) TRY(visit(*table.query));
    return visit(query.body);
  }
  bool called() const { return called_; }

 private:
  SqlResult<void> visit(sql::QueryBody& body) {
    if (auto* operation = std::get_if<sql::SetOperation>(&body.node)) {
      for (auto& operand : operation->operands) TRY(visit(operand));
    } else if (auto* inner = std::get_if<sql::Box<sql::Query>>(&body.node)) {
      return visit(**inner);
    } else if (auto* select = std::get_if<sql::Select>(&body.node); select != nullptr && select->from) {
      return visit(*select->from);
    }
    return {};
  }

  SqlResult<void> visit(sql::TableReference& table) {
    if (auto* join = table.as<sql::Join>()) {
      TRY(visit(*join->left));
      return visit(*join->right);
    }
    if (auto* inner = table.as<sql::SubqueryTable>()) return visit(*inner->query);
    if (auto* pivot = table.as<sql::Pivot>()) return visit(*pivot->table);
    if (auto* function = table.as<sql::TableFunction>()) return call(*function);
    return {};
  }

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

  StatementContext& context_;
  bool called_ = false;
};

bool has_table_function(const sql::TableReference& table);

bool has_table_function(const sql::Query& query);

bool has_table_function(const sql::QueryBody& body) {
  if (const auto* operation = std::get_if<sql::SetOperation>(&body.node)) {
    for (const auto& operand : operation->operands)
      if (has_table_function(operand)) return true;
    return false;
  }
  if (const auto* inner = std::get_if<sql::Box<sql::Query>>(&body.node)) return has_table_function(**inner);
  const auto* select = std::get_if<sql::Select>(&body.node);
  return select != nullptr && select->from && has_table_function(*select->from);
}

bool has_table_function(const sql::Query& query) {
  for (const auto& table : query.with)
    if (has_table_function(*table.query)) return true;
  return has_table_function(query.body);
}

bool has_table_function(const sql::TableReference& table) {
  if (const auto* join = table.as<sql::Join>()) return has_table_function(*join->left) || has_table_function(*join->right);
  if (const auto* inner = table.as<sql::SubqueryTable>()) return has_table_function(*inner->query);
  if (const auto* pivot = table.as<sql::Pivot>()) return has_table_function(*pivot->table);
  return table.as<sql::TableFunction>() != nullptr;
}

} // namespace

SqlResult<std::optional<sql::Query>> with_called_procedures(StatementContext& context, const sql::Query& query) {
  if (!has_table_function(query)) return std::nullopt;
  auto out = query;
  CalledProcedures procedures(context);
  TRY(procedures.visit(out));
  return procedures.called() ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace freshet::warehouse
