// FLATTEN and SPLIT_TO_TABLE. Where one reads one table of the FROM clause, that table's rows are multiplied in place: the
// engine would otherwise join inputs and elements by value, in no order. Elsewhere they are lateral subqueries.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sql/engine_text.h"

namespace freshet::sql {
namespace {

/// The tables that an expression may read: the qualifiers of its columns, "" for a column without one. False where that cannot
/// be said: subqueries, `*`, positions.
bool collect_qualifiers(const Expression& value, std::vector<std::string>& qualifiers) {
  auto all = [&](const std::vector<Expression>& values) {
    return std::ranges::all_of(values, [&](const Expression& one) { return collect_qualifiers(one, qualifiers); });
  };
  if (const auto* column = value.as<ColumnReference>()) {
    if (column->name.dynamic || column->name.parts.empty()) return false;
    const auto& parts = column->name.parts;
    qualifiers.push_back(parts.size() > 1 ? parts[parts.size() - 2].name : std::string());
    return true;
  }
  if (const auto* path = value.as<PathAccess>()) {
    return collect_qualifiers(*path->operand, qualifiers) && std::ranges::all_of(path->steps, [&](const PathStep& step) {
             return !step.index || collect_qualifiers(*step.index, qualifiers);
           });
  }
  if (const auto* call = value.as<FunctionCall>()) {
    return !call->over && std::ranges::all_of(call->arguments, [&](const Argument& argument) {
      return collect_qualifiers(argument.value, qualifiers);
    });
  }
  if (const auto* cast = value.as<Cast>()) return collect_qualifiers(*cast->operand, qualifiers);
  if (const auto* unary = value.as<Unary>()) return collect_qualifiers(*unary->operand, qualifiers);
  if (const auto* binary = value.as<Binary>())
    return collect_qualifiers(*binary->left, qualifiers) && collect_qualifiers(*binary->right, qualifiers);
  if (const auto* array = value.as<ArrayLiteral>()) return all(array->items);
  return value.as<StringLiteral>() || value.as<NumberLiteral>() || value.as<BooleanLiteral>() || value.as<NullLiteral>();
}

std::string_view name_of(const TableFunction& function) {
  return function.call.name.last();
}

std::string alias_of(const TableFunction& function) {
  return function.alias.name ? function.alias.name->name : std::string(name_of(function));
}

using IsHostable = std::function<bool(const FunctionCall& call)>;

const TableFunction* as_guest(const TableReference& table, const IsHostable& is_hostable) {
  const auto* function = table.as<TableFunction>();
  bool plain = function && function->alias.columns.empty() && !function->sample;
  return plain && is_hostable(function->call) ? function : nullptr;
}

/// A table that can multiply its rows.
struct Host {
  std::string name; // empty: a subquery without an alias
  const TableReference* table;
  bool keeps_rows; // not on the side of an outer join that may be NULL
};

std::optional<Host> as_host(const TableReference& table) {
  auto alias_or = [](const TableAlias& alias, std::string_view other) {
    return alias.name ? alias.name->name : std::string(other);
  };
  if (const auto* named = table.as<NamedTable>())
    if (!named->name.dynamic && !named->name.parts.empty())
      return Host{alias_or(named->alias, named->name.last()), &table, true};
  if (const auto* inner = table.as<SubqueryTable>(); inner && !inner->lateral)
    return Host{alias_or(inner->alias, ""), &table, true};
  if (const auto* values = table.as<ValuesTable>()) return Host{alias_or(values->alias, "VALUES"), &table, true};
  return std::nullopt;
}

/// What one FROM clause has, from left to right.
struct FromClause {
  const IsHostable& is_hostable;
  std::vector<std::optional<Host>> tables = {}; // nullopt: one that cannot be a host
  std::vector<std::pair<const TableFunction*, const TableReference*>> hosted = {};
  std::vector<std::string> aliases = {}; // of those

  size_t host_of(std::string_view qualifier) const {
    for (size_t i = 0; i < aliases.size(); ++i) {
      if (aliases[i] != qualifier) continue;
      for (size_t k = 0; k < tables.size(); ++k)
        if (tables[k] && tables[k]->table == hosted[i].second) return k;
    }
    for (size_t k = 0; k < tables.size(); ++k)
      if (tables[k] && tables[k]->name == qualifier) return k;
    return tables.size();
  }

  void visit(const TableReference& table) {
    const auto* join = table.as<Join>();
    if (!join) {
      tables.push_back(as_host(table));
      return;
    }
    size_t first = tables.size();
    visit(*join->left);
    size_t second = tables.size();
    const auto* guest = as_guest(*join->right, is_hostable);
    bool plain = join->kind == JoinKind::comma || join->kind == JoinKind::cross || join->kind == JoinKind::inner;
    if (guest && plain && !join->on && !join->natural && join->using_columns.empty() && find_host(*guest)) return;
    visit(*join->right);
    bool left_may_be_null = join->kind == JoinKind::right || join->kind == JoinKind::full;
    bool right_may_be_null = join->kind == JoinKind::left || join->kind == JoinKind::full || join->kind == JoinKind::asof;
    for (size_t i = first; i < tables.size(); ++i)
      if (tables[i] && (i < second ? left_may_be_null : right_may_be_null)) tables[i]->keeps_rows = false;
  }

  bool find_host(const TableFunction& guest) {
    const bool makes_number = name_of(guest) == "GETNEXTVAL"; // of each row of all that stands before it
    std::string alias = alias_of(guest);
    bool taken = std::ranges::find(aliases, alias) != aliases.end() ||
                 std::ranges::any_of(tables, [&](const auto& table) { return table && table->name == alias; });
    std::vector<std::string> qualifiers;
    for (const auto& argument : guest.call.arguments)
      if (!makes_number && !collect_qualifiers(argument.value, qualifiers)) return false;
    if (guest.call.over) {
      for (const auto& key : guest.call.over->partition_by)
        if (!collect_qualifiers(key, qualifiers)) return false;
      for (const auto& key : guest.call.over->order_by)
        if (!collect_qualifiers(key.value, qualifiers)) return false;
    }
    size_t host = tables.size();
    for (const auto& qualifier : qualifiers) {
      size_t here = !qualifier.empty() ? host_of(qualifier) : tables.size() == 1 ? 0 : tables.size();
      if (here == tables.size() || (host != tables.size() && host != here)) return false;
      host = here;
    }
    if (qualifiers.empty() && tables.size() == 1) host = 0;
    if (taken || host == tables.size() || !tables[host] || !tables[host]->keeps_rows) return false;
    hosted.emplace_back(&guest, tables[host]->table);
    aliases.push_back(std::move(alias));
    return true;
  }
};

std::string hidden_name(std::string_view alias, std::string_view column) {
  return quote_identifier(fmt::format("${}.{}", alias, column));
}

constexpr std::string_view k_elements =
    R"('[{{"k":"VARCHAR","p":"VARCHAR","i":"BIGINT","v":"VARCHAR"{}}}]')"; // what freshet_flatten gives

} // namespace

bool makes_elements(const FunctionCall& call) {
  if (call.name.parts.size() != 1) return false;
  auto name = call.name.last();
  size_t arguments = call.arguments.size();
  return name == "FLATTEN" || (name == "SPLIT_TO_TABLE" && arguments == 2) || (name == "GETNEXTVAL" && arguments == 1) ||
         (name == "STRTOK_SPLIT_TO_TABLE" && (arguments == 1 || arguments == 2));
}

std::vector<OutputColumn> element_columns(const FunctionCall& call) {
  auto variant = type_of_kind(TypeKind::variant), text = type_of_kind(TypeKind::text);
  auto number = number_type(38, 0);
  if (call.name.last() == "GETNEXTVAL") return {{"NEXTVAL", number, false}};
  if (call.name.last() != "FLATTEN") return {{"SEQ", number}, {"INDEX", number}, {"VALUE", text}};
  return {{"SEQ", number}, {"KEY", text}, {"PATH", text}, {"INDEX", number}, {"VALUE", variant}, {"THIS", variant}};
}

/// FLATTEN(INPUT => x [, PATH => 'p'] [, OUTER => b] [, RECURSIVE => b] [, MODE => 'ARRAY' | 'OBJECT' | 'BOTH'])
EngineText::FlattenOptions EngineText::flatten_options(const FunctionCall& call) {
  static constexpr std::string_view k_names[] = {"INPUT", "PATH", "OUTER", "RECURSIVE", "MODE"};
  FlattenOptions options;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const auto& argument = call.arguments[i];
    std::string_view name = argument.name ? std::string_view(argument.name->name) : k_names[std::min<size_t>(i, 4)];
    const auto* literal = argument.value.as<StringLiteral>();
    const auto* flag = argument.value.as<BooleanLiteral>();
    if (name == "INPUT") {
      options.input = &argument.value;
    } else if (name == "PATH" && literal) {
      options.path = literal->value;
    } else if (name == "OUTER" && flag) {
      options.outer = flag->value;
    } else if (name == "RECURSIVE" && flag) {
      options.recursive = flag->value;
    } else if (name == "MODE" && literal) {
      options.mode = literal->value;
      std::transform(options.mode.begin(), options.mode.end(), options.mode.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    } else {
      unsupported(fmt::format("FLATTEN({} => …)", name), argument.value.range);
    }
  }
  return options;
}

namespace {

std::string input_text(const std::string& input, const std::string& path) {
  return fmt::format("CAST({} AS JSON)",
                     path.empty() ? input : fmt::format("freshet_get_path({}, {})", input, quote_string(path)));
}

/// The elements of "$j" as rows.
template <typename Options>
std::string elements_text(const Options& options) {
  return fmt::format("unnest(from_json(freshet_flatten(\"$j\", {}, '{}', {}, '{}'), {}))", quote_string(options.path),
                     options.recursive, quote_string(options.mode), options.outer,
                     fmt::format(k_elements, options.recursive ? R"(,"t":"JSON")" : ""));
}

} // namespace

/// The array of texts that SPLIT_TO_TABLE(text, delimiter) and STRTOK_SPLIT_TO_TABLE(text [, delimiters]) give.
std::string EngineText::split_parts(const FunctionCall& call) {
  std::string subject = text_of(call.arguments[0].value);
  std::string delimiter = call.arguments.size() == 2 ? text_of(call.arguments[1].value) : "' '";
  return call.name.last() == "SPLIT_TO_TABLE"
             ? fmt::format("string_split({}, {})", subject, delimiter)
             : fmt::format("from_json(freshet_tokens({}, {}), '[\"VARCHAR\"]')", subject, delimiter);
}

/// TABLE(GETNEXTVAL(sequence)): its argument is a sequence's name and no column.
std::string EngineText::next_value_of(const FunctionCall& call) {
  const auto* written = call.arguments[0].value.as<ColumnReference>();
  if (written == nullptr) {
    unsupported("GETNEXTVAL of anything but a sequence's name", call.name.range);
    return {};
  }
  const auto sequence = written->name.dynamic ? take(names_.dynamic_name(*written->name.dynamic)) : written->name;
  if (auto text = take(names_.next_value(sequence))) return *text;
  fail_with(does_not_exist("Sequence", sequence.last()));
  return {};
}

/// `table` with a row per element of what the function reads from each of its rows; the columns get hidden names.
std::string EngineText::with_elements(const TableFunction& function, const std::string& table) {
  static constexpr std::string_view k_rows =
      "(SELECT {} FROM (SELECT *, {} FROM (SELECT *, freshet_input_number(\"$j\") AS "
      "\"$s\" FROM (SELECT *, {} AS \"$j\" FROM {}))))";
  const auto& call = function.call;
  if (!makes_elements(call)) return with_partitions(function, table);
  std::string alias = alias_of(function);
  if (name_of(function) == "GETNEXTVAL")
    return fmt::format("(SELECT *, {} AS {} FROM {})", next_value_of(call), hidden_name(alias, "NEXTVAL"), table);
  if (name_of(function) != "FLATTEN") {
    return fmt::format(k_rows,
                       fmt::format("* EXCLUDE (\"$j\", \"$s\", \"$i\", \"$r\"), \"$s\" AS {}, \"$i\" AS {}, \"$r\" AS {}",
                                   hidden_name(alias, "SEQ"), hidden_name(alias, "INDEX"), hidden_name(alias, "VALUE")),
                       R"(unnest(generate_series(1, len("$j"))) AS "$i", unnest("$j") AS "$r")", split_parts(call), table);
  }
  auto options = flatten_options(call);
  std::string columns = fmt::format(
      "* EXCLUDE (\"$j\", \"$s\", \"$r\"), \"$s\" AS {}, \"$r\".k AS {}, \"$r\".p AS {}, \"$r\".i AS {}, CAST(\"$r\".v AS "
      "JSON) AS {}, {} AS {}",
      hidden_name(alias, "SEQ"), hidden_name(alias, "KEY"), hidden_name(alias, "PATH"), hidden_name(alias, "INDEX"),
      hidden_name(alias, "VALUE"), options.recursive ? "\"$r\".t" : "\"$j\"", hidden_name(alias, "THIS"));
  return fmt::format(k_rows, columns, elements_text(options) + " AS \"$r\"",
                     input_text(options.input ? variant_of(*options.input) : "NULL", options.path), table);
}

bool EngineText::is_hostable(const FunctionCall& call) {
  return makes_elements(call) || names_.takes_partitions(call);
}

std::vector<EngineNames::PrintedArgument> EngineText::printed_arguments(const FunctionCall& call) {
  std::vector<EngineNames::PrintedArgument> arguments;
  for (const auto& [name, value] : call.arguments)
    arguments.push_back({name ? name->name : "", expression(value), &value, type_of(value)});
  return arguments;
}

/// `table` as a function of partitions makes it: for each row that the function gave a row with the columns of the one that it
/// was given for, and the function's under hidden names. Rows given at a partition's end have the columns of PARTITION BY only.
/// Without OVER, all rows are one partition. Each partition is held in memory.
std::string EngineText::with_partitions(const TableFunction& function, const std::string& table) {
  const auto made = take(names_.partition_function(function.call, printed_arguments(function.call)));
  std::string inputs, keys, order, own, replaced, kept;
  const auto add = [](std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; };
  std::vector<std::string> lists;
  for (size_t i = 0; i < made.arguments.size(); ++i) {
    add(own, fmt::format("\"$a{}\"", i));
    inputs += fmt::format(", {} AS \"$a{}\"", made.arguments[i], i);
    lists.push_back(fmt::format("list_transform(\"$rows\", lambda r: r.\"$a{}\")", i));
  }
  for (size_t i = 0; function.call.over && i < function.call.over->partition_by.size(); ++i) {
    const auto& key = function.call.over->partition_by[i];
    inputs += fmt::format(", {} AS \"$p{}\"", expression(key), i);
    add(keys, fmt::format("\"$p{}\"", i));
    add(own, fmt::format("\"$p{0}\", \"$k{0}\"", i));
    kept += fmt::format(", \"$p{0}\" AS \"$k{0}\"", i);
    if (const auto* column = key.as<ColumnReference>())
      add(replaced, fmt::format("\"$k{}\" AS {}", i, quote_identifier(column->name.last())));
  }
  for (size_t i = 0; function.call.over && i < function.call.over->order_by.size(); ++i) {
    const auto& item = function.call.over->order_by[i];
    inputs += fmt::format(", {} AS \"$o{}\"", order_key(item.value), i);
    add(order, fmt::format("\"$o{}\"{}", i, order_direction(item.descending, item.nulls_first)));
    add(own, fmt::format("\"$o{}\"", i));
  }
  std::string values;
  for (const auto& [column, text] : made.columns)
    values += fmt::format(", {} AS {}", text, hidden_name(alias_of(function), column.name));
  if (error_) return {};
  const auto groups = fmt::format("SELECT list(\"$input\"{}) AS \"$rows\"{}{} FROM (SELECT *{} FROM {}) AS \"$input\"{}{}",
                                  order.empty() ? "" : " ORDER BY " + order, keys.empty() ? "" : ", ", keys, inputs, table,
                                  keys.empty() ? "" : " GROUP BY ", keys);
  const auto given = fmt::format("SELECT *, unnest(json_extract({}, '$[*]')) AS \"$r\" FROM ({})", made.rows(lists), groups);
  return fmt::format("(SELECT *{}{} FROM (SELECT unnest(\"$rows\"[CAST((\"$r\" ->> '$[0]') AS BIGINT)]){}{} FROM ({})))",
                     own.empty() ? "" : " EXCLUDE (" + own + ")", replaced.empty() ? "" : " REPLACE (" + replaced + ")", values,
                     kept, given);
}

std::string EngineText::elements(const TableFunction& function) {
  const auto& call = function.call;
  if (name_of(function) == "GETNEXTVAL")
    return fmt::format("(SELECT {} AS \"NEXTVAL\")", next_value_of(call)) + alias(function.alias, "GETNEXTVAL");
  if (name_of(function) != "FLATTEN") {
    return fmt::format(
               "LATERAL (SELECT \"SEQ\", unnest(generate_series(1, len(p))) AS \"INDEX\", unnest(p) AS \"VALUE\" FROM "
               "(SELECT freshet_input_number(p) AS \"SEQ\", p FROM (SELECT {} AS p)))",
               split_parts(call)) +
           alias(function.alias, name_of(function));
  }
  auto options = flatten_options(call);
  std::string input = options.input ? variant_of(*options.input) : "NULL";
  return fmt::format(
             "LATERAL (SELECT s AS \"SEQ\", r.k AS \"KEY\", r.p AS \"PATH\", r.i AS \"INDEX\", CAST(r.v AS JSON) AS \"VALUE\", "
             "{} AS \"THIS\" FROM (SELECT \"$j\", s, {} AS r FROM (SELECT \"$j\", freshet_input_number(\"$j\") AS s FROM "
             "(SELECT {} AS \"$j\"))))",
             options.recursive ? "r.t" : "\"$j\"", elements_text(options), input_text(input, options.path)) +
         alias(function.alias, "FLATTEN");
}

/// Which functions of a FROM clause a table of it can host. Time grows with tables times functions.
std::vector<EngineText::Hosted> EngineText::find_hosts(const TableReference& from) {
  const IsHostable hostable = [this](const FunctionCall& call) { return is_hostable(call); };
  FromClause clause{hostable};
  clause.visit(from);
  std::vector<Hosted> hosted;
  for (const auto& [function, host] : clause.hosted) hosted.push_back({function, host});
  return hosted;
}

bool EngineText::is_hosted(const TableReference& table) const {
  const auto* function = table.as<TableFunction>();
  return function && std::ranges::find(hosted_, function, &Hosted::function) != hosted_.end();
}

/// The text of a table just printed, with a row per element of each function that it hosts, whose columns are added under
/// hidden names: "$F.VALUE".
std::string EngineText::with_hosted_rows(const TableReference& host, std::string text) {
  auto is_guest = [&](const Hosted& guest) { return guest.host == &host; };
  if (std::ranges::none_of(hosted_, is_guest)) return text;
  if (!scopes_.back().sources.back().is_known) { // its `*` could not be told apart from the hidden columns
    std::erase_if(hosted_, is_guest);
    return text;
  }
  std::string name = scopes_.back().sources.back().name;
  size_t sources = scopes_.back().sources.size(), names = scopes_.back().hosted.size();
  const auto guests = hosted_;
  for (const auto& guest : guests) {
    if (!is_guest(guest)) continue;
    text = with_elements(*guest.function, text);
    add_guest(*guest.function); // for the next ones
    if (!name.empty()) text += " AS " + quote_identifier(name);
  }
  scopes_.back().sources.erase(scopes_.back().sources.begin() + static_cast<ptrdiff_t>(sources), scopes_.back().sources.end());
  scopes_.back().hosted.resize(names);
  return text;
}

/// Makes a hosted function's columns known to the SELECT under way.
void EngineText::add_guest(const TableFunction& function) {
  add_source(function.alias, name_of(function),
             makes_elements(function.call) ? element_columns(function.call)
                                           : names_.table_function_columns(function.call, printed_arguments(function.call)));
  scopes_.back().hosted.push_back({scopes_.back().sources.back().name, scopes_.back().sources.back().columns});
}

/// The hidden column that a name means, where it means one of a hosted FLATTEN.
std::optional<std::string> EngineText::hosted_column(const QualifiedName& name) const {
  if (name.parts.empty() || name.dynamic) return std::nullopt;
  std::string_view column = name.last();
  std::string_view table =
      name.parts.size() > 1 ? std::string_view(name.parts[name.parts.size() - 2].name) : std::string_view();
  auto has = [&](const std::vector<OutputColumn>& columns) {
    return std::ranges::find(columns, column, &OutputColumn::name) != columns.end();
  };
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    auto guest_named = [&](std::string_view source) { return std::ranges::find(scope->hosted, source, &Guest::alias); };
    if (!table.empty()) {
      auto guest = guest_named(table);
      if (guest != scope->hosted.end() && has(guest->columns)) return hidden_name(table, column);
    }
    bool elsewhere = std::ranges::any_of(scope->sources, [&](const SourceColumns& source) {
      return guest_named(source.name) == scope->hosted.end() && (table.empty() ? has(source.columns) : source.name == table);
    });
    if (elsewhere) return std::nullopt;
    if (!table.empty()) continue;
    auto owner = std::ranges::find_if(scope->hosted, [&](const Guest& guest) { return has(guest.columns); });
    if (owner == scope->hosted.end()) continue;
    bool twice = std::any_of(owner + 1, scope->hosted.end(), [&](const Guest& guest) { return has(guest.columns); });
    return twice ? std::nullopt : std::optional(hidden_name(owner->alias, column));
  }
  return std::nullopt;
}

/// `*` where some source has hidden columns.
std::string EngineText::star_by_source(const Star& star, const SourceRange& range) {
  const auto& sources = scopes_.back().sources;
  auto is_meant = [&](const SourceColumns& source) { return star.table.empty() || source.name == star.table.last(); };
  bool known = std::ranges::all_of(sources, [&](const auto& source) { return source.is_known || !is_meant(source); });
  if (known || star.ilike || !star.exclude.empty() || !star.rename.empty() || !star.replace.empty())
    return expanded_star(star, range);
  std::string text;
  for (const auto& source : sources) {
    if (!is_meant(source)) continue;
    Star one;
    one.table.parts.push_back({source.name, true, {}});
    text.append(text.empty() ? "" : ", ").append(source.is_known ? expanded_star(one, range) : name(one.table) + ".*");
  }
  return text;
}

} // namespace freshet::sql
