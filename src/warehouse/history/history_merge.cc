#include "warehouse/history/history_merge.h"

#include <fmt/format.h>

#include "sql/parser.h"
#include "warehouse/binder.h"
#include "warehouse/rows/merge_sql.h"
#include "warehouse/statements/target_table.h"

namespace freshet::warehouse {
namespace {

// "$kind" of an event.
constexpr int k_row_came = 0;
constexpr int k_row_went = 1;
constexpr int k_deletes = 2; // a row for which DELETE WHEN holds

constexpr const char* k_event = R"("$sequence", "$source", "$kind", "$arrived")";

std::string list_of(const std::vector<std::string>& names, std::string_view alias = "") {
  std::string out;
  for (const auto& name : names) out += fmt::format("{}{}{}", out.empty() ? "" : ", ", alias, sql::quote_identifier(name));
  return out;
}

std::vector<std::string> names_of(const std::vector<ColumnDefinition>& columns) {
  std::vector<std::string> out;
  for (const auto& column : columns) out.push_back(column.name);
  return out;
}

} // namespace

bool is_time(const sql::SnowflakeType& type) {
  using enum sql::TypeKind;
  return type.kind == date || type.kind == timestamp_ntz || type.kind == timestamp_ltz || type.kind == timestamp_tz;
}

HistoryMerge::HistoryMerge(StatementContext& context, TransactionScope& transaction, const Object& history, int64_t arrived)
    : context_(context),
      transaction_(transaction),
      object_(history),
      definition_(*history.as<Table>()->history),
      table_(history_physical(history)),
      arrived_(arrived),
      events_(context.connection()),
      changed_keys_(context.connection()),
      versions_(context.connection()),
      bounds_(context.connection()),
      others_(context.connection()),
      folded_(context.connection()) {
  const auto& columns = history.as<Table>()->columns;
  for (size_t i = 0; i + k_history_columns < columns.size(); ++i) source_columns_.push_back(columns[i].name);
  sequence_is_time_ = is_time(columns[source_columns_.size()].type);
  goings_ = !definition_.append_only && definition_.delete_when.empty();
  keys_ = list_of(definition_.keys);
  order_ = fmt::format("(PARTITION BY {} ORDER BY \"$sequence\" NULLS FIRST, \"$arrived\")", keys_);
}

std::string HistoryMerge::columns(std::string_view alias) const {
  return list_of(source_columns_, alias);
}

std::string HistoryMerge::same_key(std::string_view a, std::string_view b) const {
  std::string out;
  for (const auto& key : definition_.keys) {
    auto name = sql::quote_identifier(key);
    out += fmt::format("{}{}.{} IS NOT DISTINCT FROM {}.{}", out.empty() ? "" : " AND ", a, name, b, name);
  }
  return out;
}

SqlResult<void> HistoryMerge::fill(ScratchTable& table, const std::string& select) {
  TRY(context_.checked(table.fill(select)));
  return {};
}

SqlResult<void> HistoryMerge::apply(const HistoryChanges& changes) {
  for (auto* table : {&events_, &changed_keys_, &versions_, &bounds_, &others_, &folded_}) TRY(context_.checked(table->drop()));
  const auto computed = TRY(computed_select(changes.relation));
  if (TRY(append_successors(computed, changes.at_one_time))) return {};
  auto count = TRY(context_.checked(events_.fill(events_select(computed))));
  if (count == 0) return {};
  arrived_ += count;
  TRY(fetch_stored());
  TRY(fold());
  return write();
}

/// The changes with their expressions computed: "$sequence" and "$deletes".
SqlResult<std::string> HistoryMerge::computed_select(const std::string& changes) {
  Binder binder(context_, context_.scope_of(object_));
  auto printed = [&](const std::string& text) -> SqlResult<std::string> {
    return sql::print_engine_expression(TRY(sql::parse_expression(text)), binder, context_.print_options());
  };
  const auto& type = table_.columns[source_columns_.size()].type; // of VALID_FROM
  auto at = fmt::format("CAST(\"$at\" AS {})", type);
  auto sequence = at;
  if (!definition_.sequence_by.empty()) {
    sequence = fmt::format("CAST({} AS {})", TRY(printed(definition_.sequence_by)), type);
    if (sequence_is_time_)
      sequence = fmt::format("CASE WHEN \"$gone\" THEN greatest({}, {}) ELSE {} END", sequence, at, sequence);
  }
  auto deletes = definition_.delete_when.empty() ? std::string("false")
                                                 : fmt::format("coalesce({}, false)", TRY(printed(definition_.delete_when)));
  auto name = context_.catalog().find(definition_.source);
  std::string values;
  for (size_t i = 0; i < source_columns_.size(); ++i) {
    auto column = sql::quote_identifier(source_columns_[i]);
    values += fmt::format("CAST({} AS {}) AS {}, ", column, table_.columns[i].type, column);
  }
  return fmt::format("SELECT {}{} AS \"$sequence\", {} AS \"$deletes\", \"$source\", \"$at\", \"$gone\" FROM {} AS {}", values,
                     sequence, deletes, changes, sql::quote_identifier(name ? name->name : "SOURCE"));
}

/// The new events: kinds told, numbered in the order of commits.
std::string HistoryMerge::events_select(const std::string& all) const {
  auto computed = all;
  if (goings_) // a key that is there before and after a commit was never away: its row was changed or replaced
    computed =
        fmt::format("SELECT * FROM ({}) QUALIFY NOT \"$gone\" OR NOT bool_or(NOT \"$gone\") OVER (PARTITION BY {}, \"$at\")",
                    computed, keys_);
  return fmt::format(
      "SELECT {}, \"$sequence\", \"$source\", CASE WHEN \"$gone\" THEN {} WHEN \"$deletes\" THEN {} ELSE {} END AS \"$kind\", "
      "{} + "
      "row_number() OVER (ORDER BY \"$at\", \"$gone\" DESC, \"$source\") AS \"$arrived\" FROM ({})",
      columns(), k_row_went, k_deletes, k_row_came, arrived_, computed);
}

/// What is stored of the keys with new events, from the earliest of these on: the versions that end later, and the other events
/// from where the first of these versions begins. Both in the order of the sequence and, within one instant, of arrival.
SqlResult<void> HistoryMerge::fetch_stored() {
  TRY(fill(changed_keys_, fmt::format("SELECT {0}, CASE WHEN count(*) = count(\"$sequence\") THEN min(\"$sequence\") END AS "
                                      "\"$first\" FROM {1} GROUP BY {0}",
                                      keys_, events_.name())));
  TRY(fill(versions_, fmt::format("SELECT {}, v.{}, v.rowid AS {} FROM {} AS v JOIN {} AS k ON {} WHERE v.{} IS NULL AND "
                                  "(k.\"$first\" IS NULL OR v.\"IS_CURRENT\" OR v.\"VALID_TO\" >= k.\"$first\")",
                                  list_of(names_of(table_.columns), "v."), k_row, k_rid, table_.sql_name(),
                                  changed_keys_.name(), same_key("v", "k"), k_end)));
  auto place = [](std::string_view sequence, std::string_view arrived) {
    return fmt::format("{{'known': CASE WHEN {0} IS NULL THEN 0 ELSE 1 END, 'sequence': {0}, 'arrived': CAST({1} AS BIGINT)}}",
                       sequence, arrived);
  };
  TRY(fill(bounds_,
           fmt::format("SELECT {0}, min(\"$place\") AS \"$low\" FROM (SELECT {0}, {1} AS \"$place\" FROM {2} UNION ALL "
                       "SELECT {0}, {3} FROM {4}) GROUP BY {0}",
                       keys_, place("\"$first\"", "0"), changed_keys_.name(), place("\"VALID_FROM\"", "\"$arrived\""),
                       versions_.name())));
  return fill(others_,
              fmt::format("SELECT {}, e.\"$sequence\", e.\"$source\", e.\"$kind\", e.\"$arrived\", e.rowid AS \"$place\" "
                          "FROM {} AS e JOIN {} AS b ON {} WHERE {} >= b.\"$low\"",
                          columns("e."), event_table(object_.id), bounds_.name(), same_key("e", "b"),
                          place("e.\"$sequence\"", "e.\"$arrived\"")));
}

/// All these events in their order: which begin a version, and where it ends.
SqlResult<void> HistoryMerge::fold() {
  auto all = fmt::format(
      "SELECT {0}, {1} FROM {2} UNION ALL SELECT {0}, {1} FROM {3} UNION ALL SELECT {0}, \"VALID_FROM\", "
      "\"$source\", {4}, \"$arrived\" FROM {5} WHERE \"$arrived\" NOT IN (SELECT \"$arrived\" FROM {3})",
      columns(), k_event, events_.name(), others_.name(), k_row_came, versions_.name());
  if (goings_) {
    auto came = fmt::format("CASE WHEN \"$kind\" = {} THEN \"$source\" END", k_row_came);
    all = fmt::format(
        "SELECT * FROM ({}) QUALIFY \"$kind\" <> {} OR (\"$source\" = last_value({} IGNORE NULLS) OVER ({} ROWS "
        "BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)",
        all, k_row_went, came, order_.substr(1, order_.size() - 2));
    all += ")";
    // Where in a sequence of numbers a row went is not known: it counts when no row that came before it has a later place, and
    // then for good, as a row for which DELETE WHEN holds does.
    if (!sequence_is_time_) {
      auto highest = fmt::format(
          "max(CASE WHEN \"$kind\" = {} THEN \"$sequence\" END) OVER (PARTITION BY {} ORDER BY \"$arrived\" "
          "ROWS UNBOUNDED PRECEDING)",
          k_row_came, keys_);
      all = fmt::format(
          "SELECT * REPLACE (CASE WHEN \"$kind\" = {} THEN {} ELSE \"$kind\" END AS \"$kind\") FROM ({} AND (\"$kind\" "
          "<> {} OR coalesce({} <= \"$sequence\", {} IS NULL)))",
          k_row_went, k_deletes, all, k_row_went, highest, highest);
    }
  }
  auto tracked = definition_.tracked.empty() ? std::string("true") : "row(" + list_of(definition_.tracked) + ")";
  auto begun = fmt::format(
      "SELECT *, CASE WHEN \"$kind\" <> {0} OR lag(\"$kind\") OVER \"$w\" IS DISTINCT FROM {0} OR lag(\"$tracked\") OVER "
      "\"$w\" IS "
      "DISTINCT FROM \"$tracked\" THEN 1 ELSE 0 END AS \"$begins\" FROM (SELECT *, {1} AS \"$tracked\" FROM ({2})) WINDOW "
      "\"$w\" AS {3}",
      k_row_came, tracked, all, order_);
  auto window = order_.substr(1, order_.size() - 2);
  return fill(
      folded_,
      fmt::format(
          "SELECT {}, {}, \"$begins\", lead(\"$begins\") OVER ({}) AS \"$next_begins\", lead(\"$sequence\") OVER ({}) AS "
          "\"$next\", last_value(CASE WHEN \"$begins\" = 1 THEN {{'sequence': \"$sequence\", 'arrived': "
          "\"$arrived\"}} END IGNORE NULLS) OVER ({} ROWS UNBOUNDED PRECEDING) AS \"$head\" FROM ({})",
          columns(), k_event, window, window, window, begun));
}

SqlResult<void> HistoryMerge::write() {
  auto versions = fmt::format(
      "SELECT {}, \"$head\".sequence AS \"VALID_FROM\", \"$next\" AS \"VALID_TO\", \"$next_begins\" IS NULL AS "
      "\"IS_CURRENT\", \"$source\", \"$head\".arrived AS \"$arrived\" FROM {} WHERE \"$kind\" = {} AND "
      "coalesce(\"$next_begins\", 1) = 1",
      columns(), folded_.name(), k_row_came);
  auto names = names_of(table_.columns);
  auto planned = fmt::format(
      "(SELECT {0}, o.{1}, o.{2}, CASE WHEN o.{2} IS NULL THEN {3} WHEN n.\"$arrived\" IS NULL THEN {4} ELSE {5} END AS {6} "
      "FROM ({7}) "
      "AS n FULL JOIN {8} AS o ON n.\"$arrived\" = o.\"$arrived\" WHERE o.{2} IS NULL OR n.\"$arrived\" IS NULL OR row({0}) IS "
      "DISTINCT "
      "FROM row({9}))",
      list_of(names, "n."), k_row, k_rid, k_insert, k_remove, k_update, k_action, versions, versions_.name(),
      list_of(names, "o."));
  ScratchTable plan(context_.connection());
  TRY(fill(plan, "SELECT * FROM " + planned));
  auto writer = writer_of(transaction_);
  TRY(written_by(context_, transaction_, object_.id, writer.apply_changes(table_, plan.name())));

  auto kept = fmt::format("\"$kind\" <> {} OR \"$begins\" = 0 OR \"$next_begins\" = 0", k_row_came);
  TRY(
      context_.execute(fmt::format("DELETE FROM {} WHERE rowid IN (SELECT \"$place\" FROM {} WHERE \"$arrived\" NOT IN (SELECT "
                                   "\"$arrived\" FROM {} WHERE {}))",
                                   event_table(object_.id), others_.name(), folded_.name(), kept)));
  TRY(context_.execute(
      fmt::format("INSERT INTO {} SELECT {}, {} FROM {} WHERE ({}) AND \"$arrived\" NOT IN (SELECT \"$arrived\" FROM "
                  "{})",
                  event_table(object_.id), columns(), k_event, folded_.name(), kept, others_.name())));
  return {};
}

} // namespace freshet::warehouse
