#include <fmt/core.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/context_functions.h"
#include "warehouse/external/external_table.h"
#include "warehouse/literal.h"
#include "warehouse/load/stage_description.h"
#include "warehouse/open_transactions.h"
#include "warehouse/statements/create.h"
#include "warehouse/statements/show_recorded.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/show_users.h"

namespace freshet::warehouse {
namespace {

Outcome describe_columns(StatementContext& context, const std::vector<Column>& columns,
                         const std::vector<Constraint>& constraints) {
  std::vector<ShowRow> rows;
  auto has_key = [&](const Column& column, std::string_view kind) {
    return std::ranges::any_of(constraints, [&](const Constraint& constraint) {
      return constraint.kind == kind && std::ranges::find(constraint.columns, column.name) != constraint.columns.end();
    });
  };
  for (const auto& column : columns) {
    std::optional<std::string> value = column.default_value;
    if (column.autoincrement) value = identity_text(*column.autoincrement);
    const bool is_virtual = !column.computed.empty();
    rows.push_back({column.name, column.type.to_string(), is_virtual ? "VIRTUAL" : "COLUMN", y_or_n(column.nullable), value,
                    y_or_n(has_key(column, "PRIMARY KEY")), y_or_n(has_key(column, "UNIQUE")), std::nullopt,
                    null_if_empty(column.computed), null_if_empty(column.comment), std::nullopt, std::nullopt});
  }
  return context.table(
      StatementKind::describe,
      show_columns("name type kind null? default primary_key unique_key check expression comment policy_name privacy_domain"),
      rows);
}

/// "primary_key" is a column name with a blank in it, which show_columns cannot say.
Outcome with_blanks(Outcome result) {
  if (!result) return result;
  for (auto& column : result->columns) {
    if (column.name == "primary_key") column.name = "primary key";
    if (column.name == "unique_key") column.name = "unique key";
    if (column.name == "policy_name") column.name = "policy name";
    if (column.name == "privacy_domain") column.name = "privacy domain";
  }
  return result;
}

/// A view of INFORMATION_SCHEMA or ACCOUNT_USAGE: no object of the catalog.
Outcome describe_system_view(StatementContext& context, const sql::QualifiedName& name) {
  const auto printed = TRY(context.print_select(TRY(sql::parse_query("SELECT * FROM " + written(name)))));
  const auto prepared = TRY(context.checked(context.connection().prepare(printed.text)));
  std::vector<Column> columns;
  for (const auto& column : result_columns(prepared.columns(), printed.columns))
    columns.push_back({.name = column.name, .type = column.type, .nullable = column.nullable});
  return with_blanks(describe_columns(context, columns, {}));
}

/// TYPE = STAGE: the stage that a table has, or what an external table reads.
Outcome describe_stage_of(StatementContext& context, const Table& table) {
  Stage stage;
  if (table.external) {
    const auto source = context.catalog().find(table.external->stage);
    if (source) stage = *source->as<Stage>();
    if (!stage.url.empty() && !stage.url.ends_with('/')) stage.url += '/';
    stage.url += table.external->path;
    stage.file_format = table.external->file_format;
    stage.copy_options.clear();
  }
  return stage_description(context, stage);
}

Outcome describe_relation(StatementContext& context, const sql::Describe& statement) {
  const auto& parts = statement.name.parts;
  const auto schema = parts.size() > 1 ? std::string_view(parts[parts.size() - 2].name) : std::string_view();
  if (schema == "INFORMATION_SCHEMA" || schema == "ACCOUNT_USAGE" || schema == "ORGANIZATION_USAGE")
    return describe_system_view(context, statement.name);
  auto object = TRY(context.relation(statement.name));
  if (statement.kind == sql::ObjectKind::external_table) TRY(check_table_word(*object, statement.kind));
  if (object->as<Table>() != nullptr && statement.type == "STAGE") return describe_stage_of(context, *object->as<Table>());
  if (auto* table = object->as<Table>()) return with_blanks(describe_columns(context, table->columns, table->constraints));
  if (auto* view = object->as<View>()) return with_blanks(describe_columns(context, view->columns, {}));
  return sql::fail(missing(ObjectKind::table, written(TRY(context.resolve(statement.name)))));
}

Outcome properties(StatementContext& context, const std::vector<ShowRow>& rows) {
  return context.table(StatementKind::describe, show_columns("property value"), rows);
}

Outcome describe_integration(StatementContext& context, const Object& object) {
  const auto& integration = *object.as<Integration>();
  std::vector<ShowRow> rows;
  rows.push_back({"ENABLED", "Boolean", true_or_false(integration.enabled), "false"});
  for (const auto& [key, items] : integration.options) {
    std::string value;
    for (const auto& item : items) value += (value.empty() ? "" : ",") + item;
    rows.push_back({key, items.size() > 1 || key.ends_with("LOCATIONS") ? "List" : "String", value,
                    items.size() > 1 ? std::optional("[]") : std::nullopt});
  }
  if (integration.options.contains("STORAGE_AWS_ROLE_ARN")) { // what its trust policy is made from
    rows.push_back({"STORAGE_AWS_IAM_USER_ARN", "String", "arn:aws:iam::000000000000:user/freshet", std::nullopt});
    if (!integration.options.contains("STORAGE_AWS_EXTERNAL_ID"))
      rows.push_back({"STORAGE_AWS_EXTERNAL_ID", "String",
                      fmt::format("{}_SFCRole={}", context.warehouse().options().account, object.id), std::nullopt});
  }
  rows.push_back({"COMMENT", "String", object.comment, std::nullopt});
  return context.table(StatementKind::describe, show_columns("property property_type property_value property_default"), rows);
}

Outcome describe_routine(StatementContext& context, const Routine& routine, bool is_function) {
  std::string arguments;
  for (const auto& argument : routine.arguments)
    arguments += (arguments.empty() ? "" : ", ") + argument.name + " " + argument.type.to_string();
  std::vector<ShowRow> rows{{"signature", "(" + arguments + ")"}, {"returns", routine.returns}, {"language", routine.language}};
  if (!is_function || routine.language != "SQL") { // a SQL function has no such properties
    rows.push_back({"null handling", routine.strict ? "RETURNS NULL ON NULL INPUT" : "CALLED ON NULL INPUT"});
    rows.push_back({"volatility", routine.volatility.empty() ? "VOLATILE" : routine.volatility});
  }
  if (!is_function) rows.push_back({"execute as", routine.execute_as});
  rows.push_back({"body", routine.body});
  return properties(context, rows);
}

/// DESC of kinds whose row is that of SHOW … LIKE name.
Outcome as_shown(StatementContext& context, std::string kind, const Object& object) {
  sql::Show show;
  show.kind = std::move(kind);
  auto schema = context.catalog().find(object.parent);
  if (schema) {
    show.in_kind = schema->as<Database>() != nullptr ? "DATABASE" : "SCHEMA";
    show.in_name = TRY(sql::parse_qualified_name(context.catalog().full_name(*schema)));
  }
  for (char c : object.name) {
    if (!show.like) show.like = "";
    if (c == '_' || c == '%' || c == '\\') *show.like += '\\';
    *show.like += c;
  }
  auto result = run(context, show);
  if (result) result->kind = StatementKind::describe;
  return result;
}

Outcome describe_result(StatementContext& context, const sql::Describe& statement) {
  auto id = TRY(context.evaluate_text(*statement.result)).value_or("");
  const auto result = TRY(context.session().find_result(id));
  if (result == nullptr) return sql::fail(no_result(context, id));
  std::vector<Column> columns;
  for (const auto& column : result->columns)
    columns.push_back({.name = column.name, .type = column.type, .nullable = column.nullable});
  return with_blanks(describe_columns(context, columns, {}));
}

/// A running transaction, or one of the last thousand that have ended.
Outcome describe_transaction(StatementContext& context, const sql::Describe& statement) {
  const auto id = TRY(context.evaluate_text(*statement.result)).value_or("");
  auto& transactions = context.warehouse().open_transactions();
  std::optional<OpenTransactions::Entry> found;
  for (auto& open : transactions.all()) {
    if (open.id == id) found = std::move(open);
  }
  std::string state = "running";
  std::optional<std::string> ended_on;
  if (!found) {
    auto ended = transactions.find_ended(id);
    if (!ended)
      return sql::fail({91, "22000", fmt::format("Specified transaction with id {} does not exist, or ended long ago.", id)});
    found = std::move(ended->transaction);
    state = ended->committed ? "committed" : "rolled back";
    ended_on = engine_text(ended->at);
  }
  auto result = context.table(
      StatementKind::describe, show_columns("id# user session_name started_on! state ended_on!"),
      std::vector<ShowRow>{{found->id, found->user, found->session_id, engine_text(found->started), state, ended_on}});
  if (result) result->columns[2].name = "session name";
  return result;
}

Outcome describe_schema(StatementContext& context, const Object& schema) {
  std::vector<ShowRow> rows;
  for (auto kind : {ObjectKind::table, ObjectKind::view}) {
    for (const auto& object : context.catalog().children(schema.id, kind, context.session().id())) {
      rows.push_back({engine_text(object->created_on), object->name, std::string(name_of(kind))});
    }
  }
  return context.table(StatementKind::describe, show_columns("created_on! name kind"), rows);
}

Outcome describe_database(StatementContext& context, const Object& database) {
  std::vector<ShowRow> rows;
  for (const auto& schema : context.catalog().children(database.id, ObjectKind::schema)) {
    rows.push_back({engine_text(schema->created_on), schema->name, "SCHEMA"});
  }
  return context.table(StatementKind::describe, show_columns("created_on! name kind"), rows);
}

} // namespace

Outcome run(StatementContext& context, const sql::Describe& statement) {
  if (statement.of_result) return describe_result(context, statement);
  if (statement.of_transaction) return describe_transaction(context, statement);
  auto kind = catalog_kind(statement.kind);
  if (kind == ObjectKind::table || kind == ObjectKind::view) return describe_relation(context, statement);
  if (kind == ObjectKind::stage) return describe_stage(context, statement);
  if (kind == ObjectKind::file_format) return describe_file_format(context, statement);
  auto object = TRY(find_named(context, statement.kind, statement.name, statement.argument_types));
  if (!object) object = TRY(context.find(kind, statement.name));
  switch (kind) {
    case ObjectKind::database:
      return describe_database(context, *object);
    case ObjectKind::schema:
      return describe_schema(context, *object);
    case ObjectKind::integration:
      return describe_integration(context, *object);
    case ObjectKind::procedure:
      return describe_routine(context, *object->as<Procedure>(), false);
    case ObjectKind::function:
      return describe_routine(context, *object->as<Function>(), true);
    case ObjectKind::stream:
      return as_shown(context, "STREAMS", *object);
    case ObjectKind::pipe:
      return as_shown(context, "PIPES", *object);
    case ObjectKind::task:
      return as_shown(context, "TASKS", *object);
    case ObjectKind::alert:
      return as_shown(context, "ALERTS", *object);
    case ObjectKind::sequence:
      return as_shown(context, "SEQUENCES", *object);
    case ObjectKind::compute_warehouse:
      return as_shown(context, "WAREHOUSES", *object);
    case ObjectKind::user:
      return describe_user(context, *object);
    case ObjectKind::access_policy:
    case ObjectKind::recorded:
      return describe_recorded(context, *object);
    default:
      return sql::fail(sql::unsupported_feature(fmt::format("DESCRIBE {}", sql::name_of(statement.kind))));
  }
}

} // namespace freshet::warehouse
