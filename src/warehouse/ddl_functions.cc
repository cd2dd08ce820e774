// GET_DDL: the statement that would make an object again.
#include <fmt/format.h>

#include <algorithm>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/statement_context.h"
#include "warehouse/statements/create.h"
#include "warehouse/system_functions.h"

namespace freshet::warehouse {
namespace {

/// Quoted where the spelling needs it.
std::string identifier(std::string_view name) {
  bool plain = !name.empty() && (name[0] < '0' || name[0] > '9');
  for (char c : name) plain &= (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  return plain ? std::string(name) : engine::quote_identifier(name);
}

std::string comment_of(const Object& object) {
  return object.comment.empty() ? "" : fmt::format("COMMENT={}\n", engine::quote_literal(object.comment));
}

std::string column_text(const Column& column) {
  std::string text = fmt::format("\t{} {}", identifier(column.name), column.type.to_string());
  if (!column.nullable) text += " NOT NULL";
  if (column.default_value) text += " DEFAULT " + *column.default_value;
  if (column.autoincrement)
    text +=
        fmt::format(" autoincrement start {} increment {} noorder", column.autoincrement->start, column.autoincrement->step);
  if (!column.comment.empty()) text += " COMMENT " + engine::quote_literal(column.comment);
  return text;
}

std::string constraint_text(const Constraint& constraint) {
  std::string kind = constraint.kind;
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string columns;
  for (const auto& column : constraint.columns) columns += (columns.empty() ? "" : ", ") + identifier(column);
  std::string text = "\t" + (constraint.name.empty() ? std::string() : "constraint " + identifier(constraint.name) + " ");
  text += fmt::format("{} ({})", kind, columns);
  if (!constraint.references.empty()) text += " references " + constraint.references;
  return text;
}

std::string table_text(const Object& object, const std::string& name) {
  const auto& table = *object.as<Table>();
  std::vector<std::string> parts;
  for (const auto& column : table.columns) parts.push_back(column_text(column));
  for (const auto& constraint : table.constraints) parts.push_back(constraint_text(constraint));
  return fmt::format("create or replace {}TABLE {}{} (\n{}\n){};", table.kind == "TABLE" ? "" : table.kind + " ", name,
                     table.cluster_by.empty() ? "" : " cluster by " + table.cluster_by, fmt::join(parts, ",\n"),
                     comment_of(object));
}

std::string view_text(const Object& object, const std::string& name) {
  const auto& view = *object.as<View>();
  std::string columns;
  for (const auto& column : view.columns)
    columns += fmt::format("{}\t{}", columns.empty() ? "" : ",\n", identifier(column.name));
  return fmt::format("create or replace {}view {}(\n{}\n) {}as {};", view.secure ? "secure " : "", name, columns,
                     comment_of(object), view.query);
}

std::string task_text(Catalog& catalog, const Object& object, const std::string& name) {
  const auto& task = *object.as<Task>();
  std::string text = "create or replace task " + name;
  if (!task.compute.empty()) text += "\n\twarehouse=" + identifier(task.compute);
  if (!task.schedule.empty()) text += "\n\tschedule=" + engine::quote_literal(task.schedule);
  std::string after;
  for (auto id : task.predecessors)
    if (auto predecessor = catalog.find(id)) after += (after.empty() ? "" : ", ") + catalog.full_name(*predecessor);
  if (!after.empty()) text += "\n\tafter " + after;
  if (!task.condition.empty()) text += "\n\twhen " + task.condition;
  return text + "\n\tas " + task.definition + ";";
}

std::string stream_text(Catalog& catalog, const Object& object, const std::string& name) {
  const auto& stream = *object.as<Stream>();
  auto source = catalog.find(stream.source);
  std::string kind = stream.source_type;
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return fmt::format("create or replace stream {} on {} {}{}{};", name, kind,
                     source ? catalog.full_name(*source) : stream.source_name, stream.append_only ? " append_only=true" : "",
                     stream.insert_only ? " insert_only=true" : "");
}

std::string routine_text(const Object& object, const Routine& routine, std::string_view word, const std::string& name) {
  std::string arguments;
  for (const auto& argument : routine.arguments)
    arguments +=
        fmt::format("{}{} {}{}", arguments.empty() ? "" : ", ", engine::quote_identifier(argument.name),
                    argument.type.to_string(), argument.default_value ? " DEFAULT " + *argument.default_value : std::string());
  std::string text =
      fmt::format("CREATE OR REPLACE {}{} {}({})\nRETURNS {}{}\nLANGUAGE {}\n", routine.secure ? "SECURE " : "", word, name,
                  arguments, routine.returns, routine.returns_not_null ? " NOT NULL" : "", routine.language);
  if (routine.strict) text += "STRICT\n";
  if (!object.comment.empty()) text += fmt::format("COMMENT={}\n", engine::quote_literal(object.comment));
  if (word == "PROCEDURE") text += "EXECUTE AS " + routine.execute_as + "\n";
  return text + "AS " + engine::quote_literal(routine.body) + ";";
}

std::string ddl_of(Catalog& catalog, const Object& object, bool qualified);

/// A schema or database, and what it contains in the order in which it can be made again.
std::string container_text(Catalog& catalog, const Object& object, bool qualified) {
  bool is_database = object.kind() == ObjectKind::database;
  std::string name = qualified ? catalog.full_name(object) : identifier(object.name);
  std::string text = fmt::format("create or replace {} {};\n", is_database ? "database" : "schema", name);
  if (is_database) {
    for (const auto& schema : catalog.children(object.id, ObjectKind::schema))
      text += "\n" + container_text(catalog, *schema, qualified);
    return text;
  }
  for (auto kind : {ObjectKind::sequence, ObjectKind::table, ObjectKind::view, ObjectKind::function, ObjectKind::procedure,
                    ObjectKind::stream, ObjectKind::pipe, ObjectKind::task}) {
    for (const auto& child : catalog.children(object.id, kind)) text += "\n" + ddl_of(catalog, *child, qualified) + "\n";
  }
  return text;
}

std::string ddl_of(Catalog& catalog, const Object& object, bool qualified) {
  std::string name = qualified ? catalog.full_name(object) : identifier(object.name);
  if (object.as<Table>()) return table_text(object, name);
  if (object.as<View>()) return view_text(object, name);
  if (object.as<Stream>()) return stream_text(catalog, object, name);
  if (object.as<Task>()) return task_text(catalog, object, name);
  if (const auto* procedure = object.as<Procedure>()) return routine_text(object, *procedure, "PROCEDURE", name);
  if (const auto* function = object.as<Function>()) return routine_text(object, *function, "FUNCTION", name);
  if (const auto* sequence = object.as<Sequence>())
    return fmt::format("create or replace sequence {} start with {} increment by {} {};", name, sequence->start, sequence->step,
                       sequence->ordered ? "order" : "noorder");
  if (const auto* pipe = object.as<Pipe>())
    return fmt::format("create or replace pipe {} auto_ingest={} as {};", name, pipe->auto_ingest ? "true" : "false",
                       pipe->definition);
  return container_text(catalog, object, qualified);
}

/// "name(NUMBER, VARCHAR)" of routines: the name and the types.
SqlResult<std::pair<sql::QualifiedName, std::optional<std::vector<sql::TypeName>>>> signature(const std::string& text) {
  auto open = text.find('(');
  auto name = TRY(sql::parse_qualified_name(text.substr(0, open)));
  if (open == std::string::npos) return std::pair{name, std::optional<std::vector<sql::TypeName>>()};
  std::vector<sql::TypeName> types;
  std::string inside = text.substr(open + 1, text.rfind(')') - open - 1);
  while (!inside.empty()) {
    size_t comma = 0;
    for (int depth = 0; comma < inside.size() && (inside[comma] != ',' || depth > 0); ++comma)
      depth += inside[comma] == '(' ? 1 : inside[comma] == ')' ? -1 : 0;
    auto word = inside.substr(0, inside.find('('));
    std::erase(word, ' ');
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    word.resize(std::min(word.size(), word.find(',')));
    types.emplace_back().name = word;
    inside.erase(0, std::min(comma + 1, inside.size()));
  }
  return std::pair{name, std::optional(types)};
}

SqlResult<std::string> get_ddl(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() < 2 || arguments.size() > 3) {
    return sql::fail({arguments.size() < 2 ? 938 : 939, "22023",
                      fmt::format("SQL compilation error:\n{} arguments for function [GET_DDL], expected 2, got {}",
                                  arguments.size() < 2 ? "not enough" : "too many", arguments.size())});
  }
  auto word = TRY(context.constant_text(arguments[0])).value_or("");
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return c == '_' ? ' ' : static_cast<char>(std::toupper(c)); });
  constexpr std::pair<std::string_view, sql::ObjectKind> k_kinds[] = {
      {"TABLE", sql::ObjectKind::table},         {"VIEW", sql::ObjectKind::view},
      {"STREAM", sql::ObjectKind::stream},       {"TASK", sql::ObjectKind::task},
      {"PIPE", sql::ObjectKind::pipe},           {"SEQUENCE", sql::ObjectKind::sequence},
      {"PROCEDURE", sql::ObjectKind::procedure}, {"FUNCTION", sql::ObjectKind::function},
      {"SCHEMA", sql::ObjectKind::schema},       {"DATABASE", sql::ObjectKind::database}};
  const auto* found = std::ranges::find(k_kinds, word, &std::pair<std::string_view, sql::ObjectKind>::first);
  if (found == std::end(k_kinds)) return sql::fail(sql::unsupported_feature(fmt::format("GET_DDL of {}", word)));
  auto written_name = TRY(context.constant_text(arguments[1])).value_or("");
  auto [name, types] = TRY(signature(written_name));
  auto object = TRY(find_named(context, found->second, name, types));
  if (!object) return sql::fail(missing(catalog_kind(found->second), written_name));
  auto qualified = arguments.size() > 2 ? TRY(context.constant_text(arguments[2])).value_or("false") : std::string("false");
  return engine::quote_literal(ddl_of(context.catalog(), *object, qualified == "true" || qualified == "TRUE"));
}

} // namespace

void add_ddl_functions(FunctionRegistry& registry) {
  registry.add_scalar("GET_DDL", get_ddl);
}

} // namespace freshet::warehouse
