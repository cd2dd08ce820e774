#include "warehouse/statement_context.h"

#include <date/date.h>
#include <fmt/core.h>

#include <algorithm>

#include "engine/engine.h"
#include "warehouse/binder.h"
#include "warehouse/engine_errors.h"
#include "warehouse/literal.h"
#include "warehouse/transaction.h"

namespace freshet::warehouse {
namespace {

/// The next word in upper case; comments and symbols before it are skipped. Empty at the end.
std::string next_word(std::string_view& text) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto skip_past = [&](std::string_view end) {
    const auto found = text.find(end);
    text.remove_prefix(found == std::string_view::npos ? text.size() : found + end.size());
  };
  while (!text.empty() && !is_letter(text.front())) {
    if (text.starts_with("--") || text.starts_with("//")) {
      skip_past("\n");
    } else if (text.starts_with("/*")) {
      skip_past("*/");
    } else {
      text.remove_prefix(1);
    }
  }
  std::string out;
  for (; !text.empty() && is_letter(text.front()); text.remove_prefix(1))
    out += static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return out;
}

/// What may stand between CREATE and the kind of the object.
bool is_modifier(std::string_view word) {
  constexpr std::string_view k_modifiers[] = {"OR",     "REPLACE",  "ALTER",     "TEMP",   "TEMPORARY", "LOCAL",
                                              "GLOBAL", "VOLATILE", "TRANSIENT", "SECURE", "RECURSIVE"};
  return std::ranges::find(k_modifiers, word) != std::end(k_modifiers);
}

/// "SELECT", "CREATE TABLE": what the statement does, for messages.
std::string operation_of(std::string_view text) {
  const auto verb = next_word(text);
  if (verb == "WITH") return "SELECT";
  constexpr std::string_view k_of_objects[] = {"CREATE", "DROP", "ALTER", "SHOW", "DESCRIBE", "DESC"};
  if (std::ranges::find(k_of_objects, verb) == std::end(k_of_objects)) return verb;
  auto kind = next_word(text);
  while (verb == "CREATE" && is_modifier(kind)) kind = next_word(text);
  return kind.empty() ? verb : verb + " " + kind;
}

} // namespace

StatementContext::StatementContext(Session& session, const sql::Statement& statement, const Binds& binds, std::string query_id)
    : session_(session),
      statement_(statement),
      binds_(binds),
      query_id_(std::move(query_id)),
      now_(session.warehouse().clock().now()),
      own_snapshot_(session) {}

StatementContext::~StatementContext() = default;

sql::Error StatementContext::error_of(const engine::Error& error) {
  // A name that the engine lacks although the catalog had it: it was dropped while the statement was bound.
  if (error.kind == engine::ErrorKind::conflict || error.kind == engine::ErrorKind::catalog) saw_conflict_ = true;
  return translate(error, statement_.text);
}

SqlResult<TransactionScope*> StatementContext::snapshot() {
  if (writing_ != nullptr) return writing_;
  if (auto* open = session_.transaction()) return open;
  return own_snapshot_.open();
}

sql::Error StatementContext::no_current(std::string_view what, int32_t code) const {
  return {code, "22000",
          fmt::format("Cannot perform {}. This session does not have a current {}. Call 'USE {}', or use a qualified name.",
                      operation_of(statement_.text), what, what == "database" ? "DATABASE" : "SCHEMA")};
}

NameScope StatementContext::scope() const {
  return {session_.context().database, session_.context().schema};
}

NameScope StatementContext::scope_of(const Object& object) {
  auto schema = catalog().find(object.parent);
  auto database = schema ? catalog().find(schema->parent) : nullptr;
  return {database ? database->name : "", schema ? schema->name : ""};
}

SqlResult<sql::QualifiedName> StatementContext::resolve(const sql::QualifiedName& name) {
  if (!name.dynamic) return name;
  Binder binder(*this, scope());
  return binder.dynamic_name(*name.dynamic);
}

SqlResult<ObjectPointer> StatementContext::database(const sql::QualifiedName& written_name) {
  auto name = TRY(resolve(written_name));
  auto wanted = name.parts.empty() ? session_.context().database : name.parts.back().name;
  if (wanted.empty()) return sql::fail(no_current("database", 90105));
  auto found = catalog().find(ObjectKind::database, k_account, wanted);
  if (!found) return sql::fail(missing(ObjectKind::database, wanted));
  return found;
}

SqlResult<ObjectPointer> StatementContext::schema(const sql::QualifiedName& written_name) {
  auto name = TRY(resolve(written_name));
  return schema_in(name.parts, scope());
}

SqlResult<ObjectPointer> StatementContext::schema_in(std::span<const sql::Identifier> parts, const NameScope& scope) {
  auto database_name = parts.size() >= 2 ? parts[parts.size() - 2].name : scope.database;
  if (database_name.empty()) return sql::fail(no_current("database", 90105));
  auto found_database = catalog().find(ObjectKind::database, k_account, database_name);
  if (!found_database) return sql::fail(missing(ObjectKind::database, database_name));
  auto schema_name = parts.empty() ? scope.schema : parts.back().name;
  if (!parts.empty() && schema_name.empty()) schema_name = "PUBLIC"; // db..table
  if (schema_name.empty()) return sql::fail(no_current("schema", 90106));
  auto found = catalog().find(ObjectKind::schema, found_database->id, schema_name);
  if (!found) return sql::fail(missing(ObjectKind::schema, database_name + "." + schema_name));
  return found;
}

SqlResult<ObjectPointer> StatementContext::find_if_exists(ObjectKind kind, const sql::QualifiedName& written_name) {
  auto name = TRY(resolve(written_name));
  if (name.parts.empty()) return nullptr;
  if (is_account_object(kind)) return catalog().find(kind, k_account, name.last());
  if (kind == ObjectKind::schema) {
    auto database_name = name.parts.size() >= 2 ? name.parts[name.parts.size() - 2].name : session_.context().database;
    if (database_name.empty()) return sql::fail(no_current("database", 90105));
    auto found_database = catalog().find(ObjectKind::database, k_account, database_name);
    return found_database ? catalog().find(kind, found_database->id, name.last()) : nullptr;
  }
  auto in = TRY(schema_in(std::span(name.parts).first(name.parts.size() - 1), scope()));
  return catalog().find(kind, in->id, name.last(), session_.id());
}

SqlResult<ObjectPointer> StatementContext::find(ObjectKind kind, const sql::QualifiedName& written_name) {
  auto name = TRY(resolve(written_name));
  auto found = TRY(find_if_exists(kind, name));
  if (found) return found;
  if (is_account_object(kind)) return sql::fail(missing(kind, name.last()));
  if (kind == ObjectKind::schema) return sql::fail(missing(kind, written(name)));
  auto in = TRY(schema_in(std::span(name.parts).first(name.parts.size() - 1), scope()));
  return sql::fail(missing(kind, catalog().full_name(*in) + "." + std::string(name.last())));
}

SqlResult<ObjectPointer> StatementContext::relation(const sql::QualifiedName& name) {
  return relation_in(TRY(resolve(name)), scope());
}

SqlResult<ObjectPointer> StatementContext::relation_in(const sql::QualifiedName& name, const NameScope& scope) {
  auto in = schema_in(std::span(name.parts).first(name.parts.size() - 1), scope);
  if (!in) {
    if (in.error().code != 2003) return std::unexpected(in.error());
    return sql::fail(sql::does_not_exist("Object", written(name)));
  }
  auto found = catalog().find_relation((*in)->id, name.last(), session_.id());
  if (!found && name.parts.size() == 1) { // SEARCH_PATH's second entry
    auto shared = catalog().find(ObjectKind::schema, (*in)->parent, "PUBLIC");
    if (shared) found = catalog().find_relation(shared->id, name.last(), session_.id());
  }
  if (!found) return sql::fail(sql::does_not_exist("Object", written(name)));
  return found;
}

SqlResult<StatementContext::Target> StatementContext::target(ObjectKind kind, const sql::QualifiedName& written_name) {
  auto name = TRY(resolve(written_name));
  Target out;
  out.name = name.last();
  if (is_account_object(kind)) {
    out.existing = catalog().find(kind, k_account, out.name);
    out.full_name = out.name;
    return out;
  }
  auto parent = kind == ObjectKind::schema
                    ? TRY(database({name.parts.size() >= 2 ? std::vector{name.parts[name.parts.size() - 2]}
                                                           : std::vector<sql::Identifier>{},
                                    {},
                                    name.range}))
                    : TRY(schema_in(std::span(name.parts).first(name.parts.size() - 1), scope()));
  out.parent = parent->id;
  bool is_relation = kind == ObjectKind::table || kind == ObjectKind::view || kind == ObjectKind::stream;
  out.existing = is_relation ? catalog().find_relation(parent->id, out.name) : catalog().find(kind, parent->id, out.name);
  out.full_name = catalog().full_name(*parent) + "." + out.name;
  return out;
}

Object StatementContext::new_object(const Target& target) {
  Object out;
  out.id = catalog().new_id();
  out.parent = target.parent;
  out.name = target.name;
  out.owner = session_.context().role;
  out.created_on = now_;
  return out;
}

SqlResult<engine::Rows> StatementContext::query(const std::string& engine_sql, std::span<const engine::Value> binds) {
  return checked(connection().query(engine_sql, binds));
}

SqlResult<int64_t> StatementContext::execute(const std::string& engine_sql, std::span<const engine::Value> binds) {
  return checked(connection().execute(engine_sql, binds));
}

SqlResult<engine::Value> StatementContext::evaluate(const sql::Expression& expression) {
  if (auto* text = expression.as<sql::StringLiteral>()) return engine::Value{text->value};
  if (expression.as<sql::NullLiteral>()) return engine::Value{};
  if (auto* boolean = expression.as<sql::BooleanLiteral>()) return engine::Value{boolean->value};
  auto rows = TRY(query("SELECT " + TRY(print(expression))));
  return rows.empty() ? engine::Value{} : cell(rows, 0, 0);
}

SqlResult<std::optional<std::string>> StatementContext::evaluate_text(const sql::Expression& expression) {
  if (auto* text = expression.as<sql::StringLiteral>()) return text->value;
  return text_of("SELECT " + TRY(print(expression)));
}

SqlResult<std::optional<std::string>> StatementContext::constant_text(const FunctionArgument& argument) {
  if (auto* text = argument.value != nullptr ? argument.value->as<sql::StringLiteral>() : nullptr) return text->value;
  return text_of("SELECT " + argument.text);
}

SqlResult<std::optional<std::string>> StatementContext::text_of(const std::string& engine_sql) {
  auto rows = TRY(query(engine_sql));
  if (rows.empty() || rows.is_null(0, 0)) return std::nullopt;
  return rows.text(0, 0);
}

const sql::PrintOptions& StatementContext::print_options() {
  if (print_options_) return *print_options_;
  const auto& parameters = session_.parameters();
  auto text = [&](std::string_view name) { return std::string(parameters.get(name)); };
  auto timestamp = [&](std::string_view name) {
    auto own = text(name);
    return own.empty() ? text("TIMESTAMP_OUTPUT_FORMAT") : own;
  };
  print_options_ = {.timestamp_alias = parameters.timestamp_alias(),
                    .date_output = text("DATE_OUTPUT_FORMAT"),
                    .time_output = text("TIME_OUTPUT_FORMAT"),
                    .timestamp_ntz_output = timestamp("TIMESTAMP_NTZ_OUTPUT_FORMAT"),
                    .timestamp_ltz_output = timestamp("TIMESTAMP_LTZ_OUTPUT_FORMAT"),
                    .timestamp_tz_output = timestamp("TIMESTAMP_TZ_OUTPUT_FORMAT"),
                    .binary_output = text("BINARY_OUTPUT_FORMAT"),
                    .date_input = text("DATE_INPUT_FORMAT"),
                    .time_input = text("TIME_INPUT_FORMAT"),
                    .timestamp_input = text("TIMESTAMP_INPUT_FORMAT"),
                    .binary_input = text("BINARY_INPUT_FORMAT"),
                    .week_start = static_cast<int>(parameters.number("WEEK_START")),
                    .week_of_year_policy = static_cast<int>(parameters.number("WEEK_OF_YEAR_POLICY")),
                    .two_digit_century_start = static_cast<int>(parameters.number("TWO_DIGIT_CENTURY_START")),
                    .nulls_are_lowest = parameters.get("DEFAULT_NULL_ORDERING") == "FIRST"};
  return *print_options_;
}

SqlResult<sql::PrintedQuery> StatementContext::print_select(const sql::Query& query) {
  Binder binder(*this, scope());
  return sql::print_engine_select(query, binder, print_options());
}

SqlResult<std::string> StatementContext::print_value(const sql::Expression& value, const sql::SnowflakeType& column) {
  Binder binder(*this, scope());
  return sql::print_engine_value(value, column, binder, print_options());
}

SqlResult<std::string> StatementContext::print(const sql::Query& query) {
  Binder binder(*this, scope());
  return sql::print_engine_query(query, binder, print_options());
}

SqlResult<std::string> StatementContext::print(const sql::Expression& expression) {
  Binder binder(*this, scope());
  return sql::print_engine_expression(expression, binder, print_options());
}

SqlResult<std::string> StatementContext::print(const sql::TableReference& table) {
  Binder binder(*this, scope());
  auto printed = TRY(sql::print_engine_sources(table, binder, print_options()));
  for (auto& source : printed.sources) add_source(std::move(source));
  return printed.text;
}

SqlResult<StatementResult> StatementContext::run_query(const std::string& engine_sql, StatementKind kind) {
  return run_query(sql::PrintedQuery{engine_sql, {}}, kind);
}

SqlResult<StatementResult> StatementContext::run_query(const sql::PrintedQuery& printed, StatementKind kind) {
  auto rows = TRY(query(printed.text));
  StatementResult out;
  out.kind = kind;
  out.columns = result_columns(rows.columns(), printed.columns);
  out.rows = std::make_shared<const engine::Rows>(std::move(rows));
  return out;
}

SqlResult<void> StatementContext::change_catalog(const std::function<SqlResult<void>(CatalogChange& change)>& work) {
  end_snapshot();
  TRY(session_.commit_implicitly());
  auto changing = catalog().changing();
  for (int tries = 1;; ++tries) {
    TransactionScope transaction(session_, TransactionScope::Kind::statement);
    CatalogChange change;
    saw_conflict_ = false;
    auto result = change_once(transaction, change, work);
    bool again = !result && (transaction.must_restart() || saw_conflict_) && tries < 10 && !session_.cancelled();
    if (again) continue;
    if (!result) return result;
    changing.unlock();
    std::vector<ObjectId> changed = change.erased();
    for (const auto& object : change.puts()) changed.push_back(object->id);
    warehouse().catalog_changed(changed);
    return {};
  }
}

SqlResult<void> StatementContext::change_once(TransactionScope& transaction, CatalogChange& change,
                                              const std::function<SqlResult<void>(CatalogChange& change)>& work) {
  TRY(transaction.open());
  writing_ = &transaction;
  auto result = work(change);
  writing_ = nullptr;
  if (!result) return result;
  transaction.note_statement(*this);
  if (auto written_down = catalog().write(connection(), change); !written_down)
    return std::unexpected(sql::Error(written_down.error()));
  TRY(transaction.commit());
  catalog().publish(change);
  return {};
}

void StatementContext::warn(Warning warning) {
  bool known = std::ranges::any_of(
      warnings_, [&](const Warning& other) { return other.code == warning.code && other.object == warning.object; });
  if (!known) warnings_.push_back(std::move(warning));
}

SqlResult<StatementResult> StatementContext::message(StatementKind kind, std::string text) {
  std::vector<std::vector<std::optional<std::string>>> rows{{std::move(text)}};
  return table(kind, {{"status", {}, true}}, rows);
}

SqlResult<StatementResult> StatementContext::counts(StatementKind kind, std::vector<std::pair<std::string, int64_t>> columns,
                                                    DmlCounts counts) {
  std::vector<ResultColumn> described;
  std::vector<std::vector<std::optional<std::string>>> rows(1);
  for (auto& [name, count] : columns) {
    described.push_back({std::move(name), {.kind = sql::TypeKind::number}, true});
    rows[0].push_back(std::to_string(count));
  }
  auto out = TRY(table(kind, std::move(described), rows));
  out.counts = counts;
  return out;
}

SqlResult<StatementResult> StatementContext::table(StatementKind kind, std::vector<ResultColumn> columns,
                                                   std::span<const std::vector<std::optional<std::string>>> rows) {
  std::string values;
  for (const auto& row : rows) {
    values += values.empty() ? "(" : ", (";
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) values += ", ";
      values += row[i] ? engine::quote_literal(*row[i]) : "NULL";
    }
    values += ")";
  }
  std::string sql = "SELECT ";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) sql += ", ";
    auto source = rows.empty() ? std::string("NULL") : fmt::format("c{}", i);
    sql += fmt::format("{} AS {}", columns[i].type.engine_cast(source), engine::quote_identifier(columns[i].name));
  }
  if (rows.empty()) {
    sql += " LIMIT 0";
  } else {
    sql += fmt::format(" FROM (VALUES {}) t(", values);
    for (size_t i = 0; i < columns.size(); ++i) sql += fmt::format("{}c{}", i > 0 ? ", " : "", i);
    sql += ")";
  }
  StatementResult out;
  out.kind = kind;
  out.rows = std::make_shared<const engine::Rows>(TRY(query(sql)));
  out.columns = std::move(columns);
  return out;
}

sql::Error missing(ObjectKind kind, std::string_view full_name) {
  auto word = std::string(name_of(kind));
  for (size_t i = 1; i < word.size(); ++i) word[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(word[i])));
  return sql::does_not_exist(word, full_name);
}

std::string written(const sql::QualifiedName& name) {
  std::string out;
  for (const auto& part : name.parts) {
    if (!out.empty()) out += ".";
    out += part.quoted ? engine::quote_identifier(part.name) : part.name;
  }
  return out;
}

std::string engine_text(TimePoint time) {
  return date::format("%F %T+00", time);
}

} // namespace freshet::warehouse
