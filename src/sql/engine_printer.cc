#include "sql/engine_printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sql/engine_text.h"
#include "sql/expression_walk.h"
#include "sql/join_aliases.h"
#include "sql/nested_windows.h"
#include "sql/select_below.h"
#include "sql/volatile_aliases.h"

namespace freshet::sql {

SqlResult<std::vector<std::string>> EngineNames::values(const std::string&) {
  return fail(unsupported_feature("PIVOT … IN (ANY | SELECT …) here"));
}

SqlResult<std::vector<Expression>> EngineNames::elements(const std::string&) {
  return fail(unsupported_feature("** of anything but an array that is written out"));
}

SqlResult<EngineNames::PartitionFunction> EngineNames::partition_function(const FunctionCall& call,
                                                                          const std::vector<PrintedArgument>&) {
  return fail(unknown_function(call.name.last(), call.name.range.line, call.name.range.column - 1));
}

std::string quote_identifier(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted += '"';
}

std::string quote_string(std::string_view text) {
  std::string quoted = "'";
  for (char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted += '\'';
}

std::string output_name(const SelectItem& item) {
  if (item.alias) return item.alias->name;
  if (const auto* column = item.value.as<ColumnReference>(); column && !column->name.parts.empty())
    return column->name.parts.back().name;
  if (const auto* column = item.value.as<PositionalColumn>()) return "$" + std::to_string(column->position);
  std::string name = item.text;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return name;
}

SqlResult<std::string> print_engine_query(const Query& query, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.query(query));
}

SqlResult<PrintedQuery> print_engine_select(const Query& query, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  PrintedQuery printed{TRY(printer.result(printer.query(query))), {}};
  printed.columns = printer.output();
  return printed;
}

SqlResult<std::string> print_engine_value(const Expression& value, const SnowflakeType& column, EngineNames& names,
                                          const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.assigned(value, column));
}

SqlResult<std::string> print_engine_expression(const Expression& expression, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.expression(expression));
}

SqlResult<PrintedTable> print_engine_sources(const TableReference& table, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  PrintedTable printed{TRY(printer.result(printer.table(table))), {}};
  printed.sources = printer.sources();
  return printed;
}

SqlResult<std::string> print_engine_table(const TableReference& table, EngineNames& names, const PrintOptions& options) {
  EngineText printer(names, options);
  return printer.result(printer.table(table));
}

namespace {

bool reads(const TableReference& table, std::string_view name) {
  if (const auto* named = table.as<NamedTable>()) return named->name.parts.size() == 1 && named->name.last() == name;
  if (const auto* join = table.as<Join>()) return reads(*join->left, name) || reads(*join->right, name);
  return false;
}

/// Whether a common table is recursive although RECURSIVE is optional in Snowflake: a later branch of its UNION reads its own
/// name.
bool reads_itself(const CommonTable& table) {
  const auto* body = &table.query->body;
  while (const auto* bracketed = std::get_if<Box<Query>>(&body->node)) body = &(*bracketed)->body;
  const auto* operation = std::get_if<SetOperation>(&body->node);
  if (!operation || operation->op != SetOperator::union_) return false;
  return std::any_of(operation->operands.begin() + 1, operation->operands.end(), [&](const QueryBody& operand) {
    const auto* select = std::get_if<Select>(&operand.node);
    return select && select->from && reads(*select->from, table.name.name);
  });
}

} // namespace

namespace {

std::optional<std::vector<OutputColumn>> renamed(std::optional<std::vector<OutputColumn>> columns,
                                                 const std::vector<Identifier>& names) {
  if (!columns) return columns;
  for (size_t i = 0; i < names.size() && i < columns->size(); ++i) (*columns)[i].name = names[i].name;
  return columns;
}

} // namespace

/// Nulls are the highest values, or the lowest, where nothing else is written.
std::string EngineText::order_direction(std::optional<bool> descending, std::optional<bool> nulls_first) const {
  const bool falls = descending.value_or(false);
  const bool first = nulls_first.value_or(falls != options_.nulls_are_lowest.value_or(false));
  return fmt::format("{} NULLS {}", falls ? " DESC" : "", first ? "FIRST" : "LAST");
}

void EngineText::add_source(const TableAlias& alias, std::string_view default_name,
                            std::optional<std::vector<OutputColumn>> columns) {
  if (scopes_.empty()) scopes_.emplace_back();
  SourceColumns source{alias.name ? alias.name->name : std::string(default_name), columns.has_value(), {}};
  columns = renamed(std::move(columns), alias.columns);
  if (columns) source.columns = std::move(*columns);
  scopes_.back().sources.push_back(std::move(source));
}

/// Adds to output_, the columns of the SELECT under way, what one of its items gives.
void EngineText::add_output(const SelectItem& item) {
  auto& scope = scopes_.back();
  const auto* star = item.value.as<Star>();
  if (!star) {
    OutputColumn column{output_name(item), type_of(item.value), is_nullable(item.value),
                        item.value.as<NullLiteral>() != nullptr};
    if (item.alias) scope.aliases.push_back(column);
    if (output_) output_->push_back(std::move(column));
    return;
  }
  if (!output_) return;
  auto known = std::all_of(scope.sources.begin(), scope.sources.end(), [&](const SourceColumns& source) {
    return source.is_known || (!star->table.empty() && source.name != star->table.last());
  });
  if (!known) {
    output_ = std::nullopt;
    return;
  }
  for (const auto& reference : star_references(*star, item.value.range)) {
    OutputColumn column{std::string(reference.as<ColumnReference>()->name.last()), type_of(reference), is_nullable(reference)};
    for (const auto& replacement : star->replace)
      if (replacement.name.name == column.name) column.type = type_of(replacement.value);
    for (const auto& [from, to] : star->rename)
      if (from.name == column.name) column.name = to.name;
    output_->push_back(std::move(column));
  }
}

std::string EngineText::with(const Query& query) {
  if (query.with.empty()) return {};
  bool recursive = false;
  std::string text;
  for (const auto& table : query.with) {
    bool sees_itself = reads_itself(table);
    recursive |= sees_itself;
    size_t place = common_tables_.size();
    if (sees_itself) common_tables_.push_back({table.name.name, std::nullopt});
    std::string inner = this->query(*table.query);
    if (!sees_itself) common_tables_.push_back({table.name.name, std::nullopt});
    common_tables_[place].columns = renamed(output_, table.columns);
    std::string columns;
    for (const auto& column : table.columns) columns.append(columns.empty() ? "" : ", ").append(quote_identifier(column.name));
    auto& common = common_tables_[place];
    common.recursive = sees_itself;
    common.definition =
        fmt::format("{}{} AS ({})", quote_identifier(table.name.name), columns.empty() ? "" : " (" + columns + ")", inner);
    text.append(text.empty() ? "" : ", ").append(common.definition);
  }
  return (recursive ? "WITH RECURSIVE " : "WITH ") + text + " ";
}

std::string EngineText::query(const Query& query) {
  size_t outer_tables = common_tables_.size();
  std::string text = with(query); // first: the body sees its names
  text += body(query.body);
  auto output = output_;
  scopes_.push_back({{{"", output.has_value(), output.value_or(std::vector<OutputColumn>{})}}, {}}); // what ORDER BY sees
  if (std::holds_alternative<Select>(query.body.node)) scopes_.back().hosted = std::move(hosted_sources_);
  if (query.order_by_all) {
    text += " ORDER BY ALL";
    for (const auto& all : query.order_by) text += order_direction(all.descending, all.nulls_first);
  } else if (const auto* plain = std::get_if<Select>(&query.body.node);
             !query.order_by.empty() && !(plain && orders_one_row(*plain))) {
    text += " ORDER BY " + order_by(query.order_by, plain && !plain->distinct);
  }
  if (query.limit) {
    text += " LIMIT " + expression(*query.limit);
  } else if (const auto* select = std::get_if<Select>(&query.body.node); select && select->top) {
    text += " LIMIT " + expression(*select->top);
  }
  if (query.offset) text += " OFFSET " + expression(*query.offset);
  common_tables_.erase(common_tables_.begin() + static_cast<ptrdiff_t>(outer_tables), common_tables_.end());
  scopes_.pop_back();
  output_ = std::move(output);
  return text;
}

std::string EngineText::body(const QueryBody& body) {
  if (const auto* select = std::get_if<Select>(&body.node)) return this->select(*select);
  if (const auto* operation = std::get_if<SetOperation>(&body.node)) return set_operation(*operation);
  if (const auto* rows = std::get_if<ValuesClause>(&body.node)) return "SELECT * FROM " + values(*rows, "VALUES", {});
  return "(" + query(*std::get<Box<Query>>(body.node)) + ")";
}

namespace {

/// A column of a set operation; a branch where it is NULL in every row has no say in its type.
OutputColumn of_both(const OutputColumn& first, const OutputColumn& second) {
  OutputColumn out = first;
  out.nullable = first.nullable || second.nullable;
  out.is_null = first.is_null && second.is_null;
  out.type = first.is_null ? second.type : second.is_null ? first.type : common_type(first.type, second.type);
  return out;
}

/// A branch of a set operation whose texts stand beside another type's values: they become what they meet.
std::string with_types(const std::string& branch, const std::vector<OutputColumn>& own,
                       const std::vector<OutputColumn>& common) {
  const auto becomes = [&](size_t i) {
    return own[i].type && common[i].type && own[i].type->kind == TypeKind::text && !own[i].is_null &&
           (common[i].type->kind == TypeKind::number || common[i].type->kind == TypeKind::real);
  };
  bool any = false;
  std::string names, items;
  for (size_t i = 0; i < own.size(); ++i) {
    const std::string name = fmt::format("\"${}\"", i + 1);
    any |= becomes(i);
    names += (i > 0 ? ", " : "") + name;
    items += fmt::format("{}{} AS {}", i > 0 ? ", " : "",
                         becomes(i) ? fmt::format("CAST({} AS {})", name, common[i].type->engine_type()) : name,
                         quote_identifier(own[i].name));
  }
  return any ? fmt::format("SELECT {} FROM ({}) AS \"$branch\"({})", items, branch, names) : branch;
}

} // namespace

std::string EngineText::set_operation(const SetOperation& operation) {
  std::string_view word = operation.op == SetOperator::union_      ? "UNION"
                          : operation.op == SetOperator::intersect ? "INTERSECT"
                                                                   : "EXCEPT";
  std::vector<std::string> branches;
  std::vector<std::optional<std::vector<OutputColumn>>> described;
  std::optional<std::vector<OutputColumn>> output;
  for (const auto& operand : operation.operands) {
    const bool nested = std::holds_alternative<SetOperation>(operand.node);
    branches.push_back(nested ? "(" + body(operand) + ")" : body(operand));
    described.push_back(output_);
    if (branches.size() == 1) {
      output = output_;
    } else if (operation.by_name || !output || !output_ || output->size() != output_->size()) {
      output = std::nullopt;
    } else {
      for (size_t i = 0; i < output->size(); ++i) (*output)[i] = of_both((*output)[i], (*output_)[i]);
    }
  }
  std::string text;
  for (size_t i = 0; i < branches.size(); ++i) {
    if (i > 0) text += fmt::format(" {}{}{} ", word, operation.all ? " ALL" : "", operation.by_name ? " BY NAME" : "");
    text += output ? with_types(branches[i], *described[i], *output) : branches[i];
  }
  output_ = std::move(output);
  return text;
}

std::string EngineText::values(const ValuesClause& values, std::string_view alias, const std::vector<Identifier>& columns) {
  std::string names;
  size_t width = values.rows.empty() ? 0 : values.rows[0].size();
  output_.emplace();
  for (size_t i = 0; i < width; ++i) {
    std::vector<const Expression*> column;
    for (const auto& row : values.rows)
      if (i < row.size()) column.push_back(&row[i]);
    bool is_null = std::ranges::all_of(column, [](const auto* value) { return value->template as<NullLiteral>() != nullptr; });
    bool nullable = std::ranges::any_of(column, [this](const auto* value) { return is_nullable(*value); });
    output_->push_back(
        {i < columns.size() ? columns[i].name : "COLUMN" + std::to_string(i + 1), common_type_of(column), nullable, is_null});
    names.append(i ? ", " : "")
        .append(quote_identifier(i < columns.size() ? columns[i].name : "COLUMN" + std::to_string(i + 1)));
  }
  std::string rows;
  const auto described = *output_; // printing a subquery among the values changes output_
  for (const auto& row : values.rows) {
    rows += rows.empty() ? "(" : ", (";
    for (size_t i = 0; i < row.size(); ++i)
      rows += (i > 0 ? ", " : "") + (i < width ? unified(row[i], described[i].type) : expression(row[i]));
    rows += ")";
  }
  output_ = described;
  return fmt::format("(VALUES {}) AS {} ({})", rows, quote_identifier(alias), names);
}

namespace {

bool has_subquery(const Expression& value) {
  auto any = [](const std::vector<Expression>& values) { return std::ranges::any_of(values, has_subquery); };
  if (value.as<ScalarSubquery>() || value.as<Exists>() || value.as<QuantifiedComparison>()) return true;
  if (const auto* in = value.as<In>()) return in->query || has_subquery(*in->operand) || any(in->list);
  if (const auto* cast = value.as<Cast>()) return has_subquery(*cast->operand);
  if (const auto* unary = value.as<Unary>()) return has_subquery(*unary->operand);
  if (const auto* binary = value.as<Binary>()) return has_subquery(*binary->left) || has_subquery(*binary->right);
  if (const auto* logical = value.as<Logical>()) return any(logical->operands);
  if (const auto* test = value.as<IsNull>()) return has_subquery(*test->operand);
  if (const auto* path = value.as<PathAccess>()) return has_subquery(*path->operand);
  if (const auto* array = value.as<ArrayLiteral>()) return any(array->items);
  if (const auto* call = value.as<FunctionCall>())
    return std::ranges::any_of(call->arguments, [](const Argument& argument) { return has_subquery(argument.value); });
  if (const auto* choice = value.as<Case>())
    return (choice->operand && has_subquery(*choice->operand)) || (choice->otherwise && has_subquery(*choice->otherwise)) ||
           std::ranges::any_of(choice->branches,
                               [](const CaseBranch& branch) { return has_subquery(branch.when) || has_subquery(branch.then); });
  return false;
}

/// Later items and WHERE may name an earlier item by its alias, unless a table has such a column. The engine does not take that
/// of a subquery: the text stands for it.
void stand_for_alias(SelectScope& scope, const std::string& alias, std::string text) {
  bool taken = std::ranges::any_of(scope.sources, [&](const SourceColumns& source) {
    return !source.is_known || std::ranges::find(source.columns, alias, &OutputColumn::name) != source.columns.end();
  });
  if (!taken) scope.texts.emplace_back(alias, std::move(text));
}

} // namespace

bool EngineText::may_have_column(const TableReference& table, std::string_view column) const {
  if (is_generator(table)) return false;
  if (const auto* values = table.as<ValuesTable>(); values != nullptr && values->alias.columns.empty())
    return column.starts_with("COLUMN");
  if (const auto* subquery = table.as<SubqueryTable>())
    return !subquery->alias.columns.empty() || may_give_column(*subquery->query, column);
  const auto* named = table.as<NamedTable>();
  if (named == nullptr || named->name.dynamic || !named->alias.columns.empty()) return true;
  const auto* common = named->name.parts.size() == 1 ? common_table(named->name.last()) : nullptr;
  const auto columns = common ? common->columns : names_.columns(*named);
  return !columns || std::ranges::find(*columns, column, &OutputColumn::name) != columns->end();
}

std::string EngineText::select(const Select& written) {
  if (const auto outer = with_inner_windows_below(written)) return this->select(*outer);
  const auto may_have = [this](const TableReference& table, std::string_view column) { return may_have_column(table, column); };
  if (const auto outer = with_volatile_aliases_below(written, may_have)) return this->select(*outer);
  const auto spelled_out = with_join_aliases_spelled_out(written, may_have);
  const Select& select = spelled_out ? *spelled_out : written;
  auto outer_stages = std::move(stages_);
  auto outer_values = std::move(value_tables_);
  stages_.clear();
  value_tables_.clear();
  const bool outer_numbers_rows = std::exchange(numbers_rows_, false);
  scopes_.emplace_back();
  if (!select.into.empty()) unsupported("SELECT INTO", select.into[0].range);
  std::string from;
  if (select.from) {
    note_source(*select.from);
    auto outer_hosted = std::exchange(hosted_, select.connect_by ? std::vector<Hosted>{} : find_hosts(*select.from));
    from = table(*select.from);
    hosted_ = std::move(outer_hosted);
  }
  auto outer_hierarchy = std::exchange(hierarchy_, std::nullopt);
  if (select.connect_by) begin_hierarchy(select);
  std::string text = select.distinct ? "SELECT DISTINCT " : "SELECT ";
  bool first = true;
  std::optional<std::vector<OutputColumn>> output;
  output.emplace();
  size_t texts = scopes_.back().texts.size();
  numbers_rows_ = true;
  for (const auto& item : select.items) {
    std::string printed = select_item(item);
    text += (first ? "" : ", ") + printed;
    first = false;
    if (item.alias && has_subquery(item.value)) {
      printed.resize(printed.rfind(" AS " + quote_identifier(item.alias->name)));
      stand_for_alias(scopes_.back(), item.alias->name, std::move(printed));
    }
    output_ = std::move(output);
    add_output(item);
    output = std::move(output_);
  }
  numbers_rows_ = false;
  std::string where = select.where ? " WHERE " + expression(*select.where) : "";
  if (select.connect_by && !from.empty()) from = end_hierarchy(select, from);
  hierarchy_ = std::move(outer_hierarchy);
  scopes_.back().texts.resize(texts);
  if (!from.empty()) text += " FROM " + from;
  text += where;
  text += group_by(select);
  if (select.having) text += " HAVING " + expression(*select.having);
  first = true;
  for (const auto& named : select.windows) {
    text += fmt::format("{} {} AS {}", first ? " WINDOW" : ",", quote_identifier(named.name.name), window(named.window, false));
    first = false;
  }
  if (select.qualify) text += " QUALIFY " + expression(*select.qualify);
  hosted_sources_ = std::move(scopes_.back().hosted);
  scopes_.pop_back();
  output_ = std::move(output);
  stages_ = std::move(outer_stages);
  value_tables_ = std::move(outer_values);
  numbers_rows_ = outer_numbers_rows;
  return text;
}

std::string EngineText::select_item(const SelectItem& item) {
  std::string text = expression(item.value);
  if (item.value.as<Star>()) return text;
  const auto* column = item.value.as<ColumnReference>();
  bool named_already =
      !item.alias && column && !column->name.dynamic && column->name.last() != "NEXTVAL" && !hosted_column(column->name);
  return named_already ? text : text + " AS " + quote_identifier(output_name(item));
}

namespace {

struct Mentions {
  bool computed = false; // an aggregate, a window, or the alias of an item that has one
  bool aliases = false;  // of items that are grouped by
  bool columns = false;
};

Mentions mentions_of(const Expression& value, const std::vector<std::string>& computed,
                     const std::vector<std::string>& grouped) {
  const auto contains = [](const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  Mentions out;
  walk_expressions(value, [&](const Expression& part) {
    if (const auto* call = part.as<FunctionCall>()) {
      out.computed = out.computed || call->over || is_aggregate(*call);
    } else if (const auto* column = part.as<ColumnReference>()) {
      const bool bare = column->name.parts.size() == 1;
      const bool of_computed = bare && contains(computed, column->name.last());
      const bool of_grouped = bare && contains(grouped, column->name.last());
      out.computed = out.computed || of_computed;
      out.aliases = out.aliases || of_grouped;
      out.columns = out.columns || (!of_computed && !of_grouped);
    }
    return out.computed;
  });
  return out;
}

} // namespace

/// GROUP BY ALL by the positions of the items that it means: the engine's own takes neither QUALIFY nor an item that mixes an
/// aggregate with a grouped column. Source: https://docs.snowflake.com/en/sql-reference/constructs/group-by
std::string EngineText::group_by_all(const Select& select) const {
  constexpr const char* k_engines_own = " GROUP BY ALL";
  std::string text;
  std::vector<std::string> computed, grouped; // aliases
  for (size_t i = 0; i < select.items.size(); ++i) {
    const auto& item = select.items[i];
    if (item.value.as<Star>()) return k_engines_own; // how many items it stands for is the engine's to know
    const auto mentions = mentions_of(item.value, computed, grouped);
    if (!mentions.computed && mentions.aliases && mentions.columns) return k_engines_own; // it takes no alias in a key
    if (item.alias && !names_column_of_source(item.alias->name))
      (mentions.computed ? computed : grouped).push_back(item.alias->name);
    if (!mentions.computed && !mentions.aliases) text += fmt::format("{}{}", text.empty() ? " GROUP BY " : ", ", i + 1);
  }
  return text;
}

bool EngineText::names_column_of_source(std::string_view name) const {
  return std::ranges::any_of(scopes_.back().sources, [&](const SourceColumns& source) {
    return std::ranges::find(source.columns, name, &OutputColumn::name) != source.columns.end();
  });
}

std::string EngineText::group_by(const Select& select) {
  if (select.group_by_all) return group_by_all(select);
  std::string text;
  for (const auto& element : select.group_by) {
    text += text.empty() ? " GROUP BY " : ", ";
    if (element.kind == GroupingElement::Kind::expression) {
      text += expression(element.items[0]);
      continue;
    }
    text += element.kind == GroupingElement::Kind::cube     ? "CUBE ("
            : element.kind == GroupingElement::Kind::rollup ? "ROLLUP ("
                                                            : "GROUPING SETS (";
    text += list(element.items) + ")";
  }
  return text;
}

bool EngineText::orders_one_row(const Select& select) const {
  if (!select.group_by.empty() || select.group_by_all || select.items.empty()) return false;
  return std::ranges::all_of(select.items, [](const SelectItem& item) { return has_aggregate(item.value); });
}

/// Nulls are Snowflake's highest values: last when ascending, first when descending.
/// `by_keys` false: the engine sorts by columns of the result alone, as it does for DISTINCT and UNION.
std::string EngineText::order_by(const std::vector<OrderItem>& items, bool by_keys) {
  std::string text;
  for (const auto& item : items) {
    text.append(text.empty() ? "" : ", ").append(by_keys ? order_key(item.value) : expression(item.value));
    text += order_direction(item.descending, item.nulls_first);
  }
  return text;
}

std::vector<Expression> EngineText::spread(const std::vector<Expression>& items) {
  std::vector<Expression> out;
  for (const auto& item : items) {
    const auto* unary = item.as<Unary>();
    if (unary == nullptr || unary->op != UnaryOperator::spread) {
      out.push_back(item);
      continue;
    }
    const auto array = expression(*unary->operand);
    if (!error_) std::ranges::move(take(names_.elements(array)), std::back_inserter(out));
  }
  return out;
}

std::string EngineText::list(const std::vector<Expression>& expressions) {
  std::string text;
  for (const auto& one : expressions) text.append(text.empty() ? "" : ", ").append(expression(one));
  return text;
}

} // namespace freshet::sql
