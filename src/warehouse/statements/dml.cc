#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "warehouse/statements/target_table.h"
#include "warehouse/warnings/loss_warnings.h"

namespace freshet::warehouse {
namespace {

/// How many columns the query gives, as far as its text tells: nullopt when a star stands in it.
std::optional<size_t> written_columns(const sql::Query& query);

std::optional<size_t> written_columns(const sql::QueryBody& body) {
  if (auto* values = std::get_if<sql::ValuesClause>(&body.node)) return values->rows.empty() ? 0 : values->rows[0].size();
  if (auto* select = std::get_if<sql::Select>(&body.node)) {
    bool has_star =
        std::ranges::any_of(select->items, [](const auto& item) { return item.value.template as<sql::Star>() != nullptr; });
    return has_star ? std::nullopt : std::optional(select->items.size());
  }
  if (auto* set = std::get_if<sql::SetOperation>(&body.node)) {
    return set->operands.empty() || set->by_name ? std::nullopt : written_columns(set->operands[0]);
  }
  return written_columns(*std::get<sql::Box<sql::Query>>(body.node));
}

std::optional<size_t> written_columns(const sql::Query& query) {
  return written_columns(query.body);
}

SqlResult<std::vector<std::string>> engine_columns(StatementContext& context, const std::string& select) {
  auto prepared = TRY(context.checked(context.connection().prepare(select)));
  std::vector<std::string> out;
  for (const auto& column : prepared.columns()) out.push_back(column.name);
  return out;
}

bool is_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !(text[0] == '.' || (text[0] >= '0' && text[0] <= '9'))) return false;
  double value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ptr == text.data() + text.size();
}

/// Snowflake takes the type of the first row's value for the column: after a number, a text that is none does not go, even into
/// a VARCHAR. O(values).
SqlResult<void> check_types_of_first_row(const sql::ValuesClause& values, const TargetTable& target,
                                         const std::vector<std::string>& columns) {
  const auto& first = values.rows.front();
  for (size_t i = 0; i < first.size() && i < columns.size(); ++i) {
    if (first[i].as<sql::NumberLiteral>() == nullptr) continue;
    for (const auto& row : values.rows) {
      const auto* text = i < row.size() ? row[i].as<sql::StringLiteral>() : nullptr;
      if (text == nullptr || is_number(text->value)) continue;
      return sql::fail({100038, "22018",
                        fmt::format("DML operation to table {} failed on column {} with error: Numeric value '{}' is not "
                                    "recognized",
                                    target.object->name, columns[i], text->value)});
    }
  }
  return {};
}

/// VALUES with DEFAULT in it, printed cell by cell.
SqlResult<std::string> values_text(StatementContext& context, const sql::ValuesClause& values, const TargetTable& target,
                                   const VersionedTable& table, const std::vector<std::string>& columns) {
  TRY(check_types_of_first_row(values, target, columns));
  std::string out = "VALUES ";
  for (const auto& row : values.rows) {
    if (row.size() != columns.size()) return sql::fail(count_mismatch(columns.size(), row.size()));
    out += &row == &values.rows.front() ? "(" : ", (";
    for (size_t i = 0; i < row.size(); ++i)
      out += (i > 0 ? ", " : "") + TRY(value_text(context, row[i], target, table, columns[i]));
    out += ")";
  }
  return out;
}

SqlResult<std::string> source_text(StatementContext& context, const sql::Insert& statement, const TargetTable& target,
                                   const VersionedTable& table, std::vector<std::string>& columns) {
  const auto& query = statement.query;
  auto* values = std::get_if<sql::ValuesClause>(&query.body.node);
  if (values != nullptr && query.with.empty() && query.order_by.empty() && !query.limit)
    return values_text(context, *values, target, table, columns);
  auto printed = TRY(context.print_select(query));
  if (statement.by_name) {
    columns = TRY(engine_columns(context, printed.text));
    for (const auto& name : columns) {
      if (!contains(table.columns, name, &ColumnDefinition::name)) return sql::fail(sql::invalid_identifier(name, 1, 0));
    }
    return assigned_select(context, printed, types_of(target, columns));
  }
  auto count = written_columns(query);
  if (!count) count = TRY(engine_columns(context, printed.text)).size();
  if (*count != columns.size()) return sql::fail(count_mismatch(columns.size(), *count));
  return assigned_select(context, printed, types_of(target, columns));
}

} // namespace

Outcome run(StatementContext& context, const sql::Insert& statement) {
  auto target = TRY(target_table(context, statement.table));
  std::vector<ObjectId> locked;
  if (statement.overwrite) locked.push_back(target.object->id);
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    target = TRY(target_table(context, statement.table));
    auto columns = TRY(column_names(target, statement.columns));
    auto table = TRY(with_defaults(context, *target.object));
    auto source = TRY(source_text(context, statement, target, table, columns));
    auto writer = writer_of(transaction);
    auto id = target.object->id;
    auto inserted = statement.overwrite ? writer.overwrite(table, columns, source) : writer.insert(table, columns, source);
    auto count = TRY(written_by(context, transaction, id, std::move(inserted)));
    return context.counts(StatementKind::insert, {{"number of rows inserted", count}}, {.inserted = count});
  });
}

Outcome run(StatementContext& context, const sql::Update& statement) {
  auto target = TRY(target_table(context, statement.table));
  ObjectId locked[] = {target.object->id};
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    target = TRY(target_table(context, statement.table));
    UpdatePlan plan;
    plan.table = TRY(with_defaults(context, *target.object));
    plan.alias = sql::quote_identifier(statement.alias ? statement.alias->name : target.object->name);
    note_target(context, target, statement.alias);
    if (statement.from) plan.source = TRY(context.print(*statement.from));
    plan.assignments = TRY(assignments_of(context, statement.assignments, target, plan.table));
    if (statement.where) plan.condition = TRY(context.print(*statement.where));
    plan.error_on_nondeterminism = context.session().parameters().is_true("ERROR_ON_NONDETERMINISTIC_UPDATE");
    auto writer = writer_of(transaction);
    auto report = TRY(written_by(context, transaction, target.object->id, writer.update(plan)));
    if (report.duplicate) return sql::fail(duplicate_row(*report.duplicate));
    warn_of_picked_rows(context, *target.object, "UPDATE", report.multi_joined);
    return context.counts(
        StatementKind::update,
        {{"number of rows updated", report.updated}, {"number of multi-joined rows updated", report.multi_joined}},
        {.updated = report.updated, .multi_joined = report.multi_joined});
  });
}

Outcome run(StatementContext& context, const sql::Delete& statement) {
  auto target = TRY(target_table(context, statement.table));
  ObjectId locked[] = {target.object->id};
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    target = TRY(target_table(context, statement.table));
    DeletePlan plan;
    plan.table = physical(*target.object);
    note_target(context, target, statement.alias);
    plan.alias = sql::quote_identifier(statement.alias ? statement.alias->name : target.object->name);
    if (statement.using_tables) plan.source = TRY(context.print(*statement.using_tables));
    if (statement.where) plan.condition = TRY(context.print(*statement.where));
    auto writer = writer_of(transaction);
    auto report = TRY(written_by(context, transaction, target.object->id, writer.remove(plan)));
    if (plan.condition.empty() && plan.source.empty()) TRY(warn_of_unread_rows(context, transaction, *target.object));
    return context.counts(StatementKind::remove, {{"number of rows deleted", report.deleted}}, {.deleted = report.deleted});
  });
}

Outcome run(StatementContext& context, const sql::Truncate& statement) {
  if (statement.if_exists && !TRY(context.find_if_exists(ObjectKind::table, statement.table))) {
    return context.message(StatementKind::remove, "Statement executed successfully.");
  }
  auto target = TRY(target_table(context, statement.table));
  ObjectId locked[] = {target.object->id};
  return write(context, locked, [&](TransactionScope& transaction) -> Outcome {
    target = TRY(target_table(context, statement.table));
    auto writer = writer_of(transaction);
    auto id = target.object->id;
    TRY(written_by(context, transaction, id, writer.truncate(physical(*target.object))));
    TRY(warn_of_unread_rows(context, transaction, *target.object));
    TRY(context.checked(context.warehouse().truncated(transaction, id)));
    return context.message(StatementKind::remove, "Statement executed successfully.");
  });
}

} // namespace freshet::warehouse
