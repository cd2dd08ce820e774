#include "warehouse/routines/script_expression.h"

#include <map>
#include <span>
#include <string>

#include "sql/expression_walk.h"
#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_nodes_max = 2000; // of one expression
constexpr int k_paths_max = 200;     // through the branches of a block

/// A variable while the block is followed: its declared type, and what it holds.
struct Variable {
  std::optional<sql::TypeName> type;
  sql::Expression value;
};
using Variables = std::map<std::string, Variable>;

sql::Expression cast_to(const std::optional<sql::TypeName>& type, sql::Expression value) {
  if (!type) return value;
  return {sql::Cast{sql::Box(std::move(value)), *type, false}, {}};
}

/// Follows every way through a block, statement by statement. What follows a branch that returns on one side only is followed
/// once for each side; branches that do not return meet again behind them, and their variables become CASE expressions.
class Follower {
 public:
  explicit Follower(Variables variables) : variables_(std::move(variables)) {}

  std::optional<sql::Expression> follow(const sql::ScriptBlock& block) {
    Path path{{}, variables_};
    if (!push(path, block)) return std::nullopt;
    auto value = follow(std::move(path));
    return failed_ ? std::nullopt : std::optional(std::move(value));
  }

 private:
  using Statements = std::span<const sql::ScriptStatement>;
  struct Path {
    std::vector<Statements> rest; // the innermost statements last
    Variables variables;
  };

  bool push(Path& path, const sql::ScriptBlock& block) {
    if (!block.handlers.empty()) return !(failed_ = true);
    path.rest.push_back(block.body);
    path.rest.push_back(block.declarations);
    return true;
  }

  sql::Expression fail() {
    failed_ = true;
    return {sql::NullLiteral{}, {}};
  }

  /// The value that the path returns.
  sql::Expression follow(Path path) {
    if (failed_ || ++paths_ > k_paths_max) return fail();
    while (!path.rest.empty()) {
      if (path.rest.back().empty()) {
        path.rest.pop_back();
        continue;
      }
      const auto& statement = path.rest.back().front();
      path.rest.back() = path.rest.back().subspan(1);
      if (const auto* returns = statement.as<sql::ScriptReturn>()) {
        if (!returns->value) return {sql::NullLiteral{}, {}};
        return returns->value->expression ? bound(*returns->value->expression, path.variables) : fail();
      }
      if (const auto* node = statement.as<sql::ScriptIf>()) {
        if (may_return(statement)) return branched(*node, path);
        merge(*node, path.variables);
      } else if (const auto* choice = statement.as<sql::ScriptCase>()) {
        if (may_return(statement)) return branched(as_if(*choice), path);
        merge(as_if(*choice), path.variables);
      } else if (const auto* block = statement.as<sql::ScriptBlock>()) {
        if (!push(path, *block)) return fail();
      } else if (!step(statement, path.variables)) {
        return fail();
      }
      if (failed_) return fail();
    }
    return {sql::NullLiteral{}, {}};
  }

  /// CASE x WHEN 1 THEN … is IF x = 1 THEN ….
  static sql::ScriptIf as_if(const sql::ScriptCase& choice) {
    sql::ScriptIf out{choice.branches, choice.otherwise.value_or(sql::ScriptStatements{})};
    for (auto& branch : out.branches) {
      if (!choice.operand) break;
      branch.condition.value = {
          sql::Binary{sql::BinaryOperator::equal, sql::Box(choice.operand->value), sql::Box(std::move(branch.condition.value))},
          {}};
    }
    return out;
  }

  sql::Expression branched(const sql::ScriptIf& node, const Path& path) {
    sql::Case choice;
    for (const auto& branch : node.branches) {
      Path taken = path;
      taken.rest.push_back(branch.body);
      choice.branches.push_back({bound(branch.condition, path.variables), follow(std::move(taken))});
    }
    Path other = path;
    other.rest.push_back(node.otherwise);
    choice.otherwise = sql::Box(follow(std::move(other)));
    return measured({std::move(choice), {}});
  }

  /// Declarations and assignments; false: a statement that cannot be followed.
  bool step(const sql::ScriptStatement& statement, Variables& variables) {
    if (const auto* declared = statement.as<sql::ScriptVariable>()) {
      if (variables.contains(declared->name.name)) return false; // hides another one for the time of its block
      sql::Expression value{sql::NullLiteral{}, {}};
      if (declared->value) {
        if (!declared->value->expression) return false;
        value = bound(*declared->value->expression, variables);
      }
      variables[declared->name.name] = {declared->type, cast_to(declared->type, std::move(value))};
      return true;
    }
    if (const auto* assigned = statement.as<sql::ScriptAssignment>()) {
      const auto found = variables.find(assigned->name.name);
      if (found == variables.end() || !assigned->value.expression) return false;
      found->second.value = cast_to(found->second.type, bound(*assigned->value.expression, variables));
      return true;
    }
    return statement.as<sql::ScriptNothing>() != nullptr;
  }

  bool run(const sql::ScriptStatements& statements, Variables& variables) {
    for (const auto& statement : statements) {
      if (failed_) return false;
      if (const auto* node = statement.as<sql::ScriptIf>()) {
        merge(*node, variables);
      } else if (const auto* choice = statement.as<sql::ScriptCase>()) {
        merge(as_if(*choice), variables);
      } else if (const auto* block = statement.as<sql::ScriptBlock>()) {
        if (!block->handlers.empty() || !run(block->declarations, variables) || !run(block->body, variables)) return false;
      } else if (!step(statement, variables)) {
        return false;
      }
    }
    return true;
  }

  /// Branches that do not return: each variable that one of them changes is what the branch taken makes of it.
  void merge(const sql::ScriptIf& node, Variables& variables) {
    std::vector<sql::Expression> conditions;
    std::vector<Variables> after;
    for (const auto& branch : node.branches) {
      conditions.push_back(bound(branch.condition, variables));
      after.push_back(variables);
      if (!run(branch.body, after.back())) failed_ = true;
    }
    after.push_back(variables);
    if (!run(node.otherwise, after.back())) failed_ = true;
    if (failed_) return;
    for (auto& [name, variable] : variables) {
      bool changed = false;
      sql::Case choice;
      for (size_t i = 0; i < after.size(); ++i) {
        const auto& value = after[i].at(name).value;
        changed = changed || !(value == variable.value);
        if (i < conditions.size()) choice.branches.push_back({conditions[i], value});
      }
      choice.otherwise = sql::Box(after.back().at(name).value);
      if (changed) variable.value = measured({std::move(choice), {}});
    }
  }

  static bool may_return(const sql::ScriptStatements& statements) {
    for (const auto& statement : statements)
      if (may_return(statement)) return true;
    return false;
  }
  static bool may_return(const sql::ScriptStatement& statement) {
    if (statement.as<sql::ScriptReturn>() != nullptr) return true;
    if (const auto* block = statement.as<sql::ScriptBlock>()) return may_return(block->body);
    if (const auto* node = statement.as<sql::ScriptIf>()) {
      for (const auto& branch : node->branches)
        if (may_return(branch.body)) return true;
      return may_return(node->otherwise);
    }
    if (const auto* choice = statement.as<sql::ScriptCase>()) {
      for (const auto& branch : choice->branches)
        if (may_return(branch.body)) return true;
      return choice->otherwise && may_return(*choice->otherwise);
    }
    return false;
  }

  /// The expression with variables, also those written `:name`, replaced by what they hold.
  sql::Expression bound(const sql::ScriptExpression& expression, const Variables& variables) {
    sql::Expression out = expression.value;
    sql::walk_expressions(out, [&](sql::Expression& part) {
      std::string name;
      if (const auto* column = part.as<sql::ColumnReference>(); column != nullptr && column->name.parts.size() == 1)
        name = column->name.last();
      else if (const auto* bind = part.as<sql::BindVariable>())
        name = bind->name;
      if (part.as<sql::ScalarSubquery>() != nullptr || part.as<sql::Exists>() != nullptr) failed_ = true;
      if (name.empty()) return false;
      const auto found = variables.find(name);
      if (found == variables.end()) {
        failed_ = true; // SQLCODE and its like, or an error that the interpreter words
        return true;
      }
      part = found->second.value;
      return true;
    });
    return measured(std::move(out));
  }

  sql::Expression measured(sql::Expression expression) {
    size_t nodes = 0;
    sql::walk_expressions(expression, [&](sql::Expression&) { return ++nodes > k_nodes_max; });
    return nodes > k_nodes_max ? fail() : expression;
  }

  Variables variables_;
  int paths_ = 0;
  bool failed_ = false;
};

} // namespace

std::optional<sql::Expression> expression_of(const sql::ScriptBlock& block, const Function& function) {
  Variables variables;
  for (const auto& argument : function.arguments) {
    auto type = sql::parse_type(argument.type.to_string());
    if (!type) return std::nullopt;
    sql::ColumnReference column;
    column.name.parts.push_back({argument.name, true, {}});
    variables[argument.name] = {std::move(*type), {std::move(column), {}}};
  }
  return Follower(std::move(variables)).follow(block);
}

} // namespace freshet::warehouse
