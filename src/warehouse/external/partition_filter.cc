#include "warehouse/external/partition_filter.h"

#include <algorithm>
#include <set>
#include <vector>

#include "sql/expression_walk.h"
#include "sql/functions.h"
#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

/// The Select whose FROM names a table at one place of the statement's text.
class Finder {
 public:
  explicit Finder(const sql::NamedTable& table) : wanted_(table) {}

  const sql::Select* in_query(const sql::Query& query) const {
    for (const auto& table : query.with) {
      if (const auto* found = in_query(*table.query)) return found;
    }
    return in_body(query.body);
  }

  /// Joins that keep all rows of the other side are not looked into.
  bool stands_in(const sql::TableReference& table) const {
    if (const auto* named = table.as<sql::NamedTable>()) return is_wanted(*named);
    const auto* join = table.as<sql::Join>();
    if (join == nullptr) return false;
    using enum sql::JoinKind;
    return (join->kind == inner || join->kind == cross || join->kind == comma) &&
           (stands_in(*join->left) || stands_in(*join->right));
  }

 private:
  bool is_wanted(const sql::NamedTable& table) const {
    return table.name == wanted_.name && table.name.range.offset == wanted_.name.range.offset;
  }

  const sql::Select* in_body(const sql::QueryBody& body) const {
    if (const auto* operation = std::get_if<sql::SetOperation>(&body.node)) {
      for (const auto& operand : operation->operands) {
        if (const auto* found = in_body(operand)) return found;
      }
      return nullptr;
    }
    if (const auto* inner = std::get_if<sql::Box<sql::Query>>(&body.node)) return in_query(**inner);
    const auto* select = std::get_if<sql::Select>(&body.node);
    if (select == nullptr || !select->from) return nullptr;
    if (stands_in(*select->from)) return select;
    return in_table(*select->from);
  }

  const sql::Select* in_table(const sql::TableReference& table) const {
    if (const auto* inner = table.as<sql::SubqueryTable>()) return in_query(*inner->query);
    const auto* join = table.as<sql::Join>();
    if (join == nullptr) return nullptr;
    const auto* left = in_table(*join->left);
    return left != nullptr ? left : in_table(*join->right);
  }

  const sql::NamedTable& wanted_;
};

const sql::Query* query_of(const sql::Statement& statement) {
  if (const auto* query = statement.as<sql::QueryStatement>()) return &query->query;
  if (const auto* insert = statement.as<sql::Insert>()) return &insert->query;
  if (const auto* create = statement.as<sql::CreateTable>()) return create->as_query ? &*create->as_query : nullptr;
  if (const auto* unload = statement.as<sql::CopyIntoLocation>()) return unload->query ? &*unload->query : nullptr;
  return nullptr;
}

/// Gives the same each time within a statement, and needs no other rows.
bool is_steady(const sql::FunctionCall& call) {
  if (call.over || call.name.parts.size() != 1) return false;
  const auto name = std::string(call.name.last());
  static const std::set<std::string> k_of_chance = {"RANDOM",      "RANDSTR", "UNIFORM", "NORMAL", "ZIPF",
                                                    "UUID_STRING", "SEQ1",    "SEQ2",    "SEQ4",   "SEQ8"};
  if (k_of_chance.contains(name)) return false;
  const auto* rule = sql::find_function(name);
  return (rule != nullptr && !sql::is_aggregate(*rule)) || name.starts_with("CURRENT_");
}

/// Whether an expression is made of these columns, constants and steady functions. `qualifier`: what stands before the columns;
/// one without is taken unless `must_qualify`.
bool names_only(const sql::Expression& written, const std::set<std::string>& columns, std::string_view qualifier,
                bool must_qualify) {
  auto expression = written;
  bool good = true;
  sql::walk_expressions(expression, [&](sql::Expression& part) {
    const auto* in = part.as<sql::In>();
    if (part.as<sql::Exists>() || part.as<sql::ScalarSubquery>() || part.as<sql::QuantifiedComparison>() ||
        part.as<sql::PositionalColumn>() || part.as<sql::Star>() || (in != nullptr && in->query))
      good = false;
    if (const auto* call = part.as<sql::FunctionCall>()) good = good && is_steady(*call);
    if (const auto* column = part.as<sql::ColumnReference>()) {
      const auto& parts = column->name.parts;
      const bool qualified = parts.size() == 2 && parts[0].name == qualifier;
      const bool bare = parts.size() == 1 && !must_qualify;
      good = good && (qualified || bare) && columns.contains(parts.back().name);
    }
    return !good;
  });
  return good;
}

std::set<std::string> partition_columns(const Table& table) {
  const std::set<std::string> k_sources = {"METADATA$FILENAME", "METADATA$EXTERNAL_TABLE_PARTITION"};
  std::set<std::string> out;
  for (const auto& column : table.columns) {
    if (std::ranges::find(table.external->partition_by, column.name) == table.external->partition_by.end()) continue;
    const auto expression = sql::parse_expression(column.computed);
    if (expression && names_only(*expression, k_sources, "", false)) out.insert(column.name);
  }
  return out;
}

void conjuncts_of(const sql::Expression& condition, std::vector<const sql::Expression*>& out) {
  const auto* logical = condition.as<sql::Logical>();
  if (logical == nullptr || !logical->is_and) {
    out.push_back(&condition);
    return;
  }
  for (const auto& operand : logical->operands) conjuncts_of(operand, out);
}

} // namespace

std::optional<PartitionFilter> partition_filter(const sql::Statement& statement, const sql::NamedTable& table,
                                                const Table& definition) {
  if (definition.external->partition_by.empty() || !table.alias.columns.empty()) return std::nullopt;
  const auto* query = query_of(statement);
  const auto* select = query != nullptr ? Finder(table).in_query(*query) : nullptr;
  if (select == nullptr || !select->where || select->connect_by) return std::nullopt;
  const bool is_joined = select->from->as<sql::Join>() != nullptr;
  const auto columns = partition_columns(definition);
  const std::string qualifier = table.alias.name ? table.alias.name->name : std::string(table.name.last());
  std::vector<const sql::Expression*> conjuncts;
  conjuncts_of(*select->where, conjuncts);
  sql::Logical filter;
  for (const auto* conjunct : conjuncts) {
    if (names_only(*conjunct, columns, qualifier, is_joined)) filter.operands.push_back(*conjunct);
  }
  if (filter.operands.empty()) return std::nullopt;
  PartitionFilter out;
  out.alias = qualifier;
  if (filter.operands.size() == 1) {
    out.condition = std::move(filter.operands.front());
  } else {
    out.condition = sql::Expression(std::move(filter));
  }
  return out;
}

} // namespace freshet::warehouse
