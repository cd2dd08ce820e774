#include "warehouse/history/history_refresh.h"

#include <fmt/format.h>

#include <algorithm>

#include "warehouse/history/history_merge.h"
#include "warehouse/in_time_zone.h"
#include "warehouse/literal.h"
#include "warehouse/physical.h"
#include "warehouse/tracked_view.h"

namespace freshet::warehouse {
namespace {

// The zone is applied once per commit: once per row it would take as long as all the rest.
constexpr const char* k_commit_times =
    R"(SELECT number AS "$commit", committed_at AT TIME ZONE 'UTC' AS "$committed" FROM freshet.commits)";

SqlResult<ObjectPointer> source_of(StatementContext& context, const Object& object) {
  const auto& definition = *object.as<Table>()->history;
  auto source = context.catalog().find(definition.source);
  if (!source) {
    return sql::fail(
        {2003, "02000",
         fmt::format("SQL compilation error:\nThe source {} of history table {} was dropped or replaced. Its versions "
                     "stay; create it again (CREATE OR REPLACE HISTORY TABLE) to go on.",
                     definition.source_name, object.name)});
  }
  return source;
}

std::string time_text(StatementContext& context) {
  return literal(engine::TimestampTz{context.now().time_since_epoch().count()});
}

std::string quoted_columns(const Object& history) {
  std::string out;
  const auto& columns = history.as<Table>()->columns;
  for (size_t i = 0; i + k_history_columns < columns.size(); ++i) out += sql::quote_identifier(columns[i].name) + ", ";
  return out;
}

/// Row versions with the times of their commits; those that came and went in one transaction were never to be seen.
///
/// A refresh mostly reads what one commit did: then its time is a constant, found by a look at the versions' numbers, and no
/// row has to be joined with its commit.
SqlResult<HistoryChanges> with_times(StatementContext& context, const Object& history, const std::string& versions,
                                     const Point& from) {
  // Every number concerned is above or an exception of `from`.
  int64_t lowest = from.exceptions.empty() ? from.high + 1 : from.exceptions.front();
  auto times = TRY(context.query(
      fmt::format("SELECT epoch_us(committed_at), string_agg(number, ', ') FROM freshet.commits WHERE number >= {0} AND "
                  "committed_at IN (SELECT committed_at FROM freshet.commits WHERE number IN (SELECT DISTINCT \"$number\" FROM "
                  "{1})) GROUP BY committed_at LIMIT 2",
                  lowest, versions)));
  if (times.size() == 1) {
    return HistoryChanges{
        fmt::format("(SELECT {}\"$source\", {} AS \"$at\", \"$gone\" FROM {} AS s WHERE \"$other\" IS NULL OR "
                    "\"$other\" NOT IN ({}))",
                    quoted_columns(history), literal(engine::TimestampTz{times.integer(0, 0)}), versions, times.string(0, 1)),
        true};
  }
  auto commits = fmt::format("({} WHERE number >= {})", k_commit_times, lowest);
  return HistoryChanges{
      fmt::format(
          "(SELECT {}s.\"$source\", c.\"$committed\" AS \"$at\", s.\"$gone\" FROM {} AS s JOIN {} AS c ON c.\"$commit\" = "
          "s.\"$number\" LEFT JOIN {} AS o ON o.\"$commit\" = s.\"$other\" WHERE o.\"$committed\" IS DISTINCT FROM "
          "c.\"$committed\")",
          quoted_columns(history), versions, commits, commits),
      false};
}

SqlResult<void> check_columns(const Object& history, const std::vector<Column>& columns, const std::string& source) {
  const auto& wanted = history.as<Table>()->columns;
  for (size_t i = 0; i + k_history_columns < wanted.size(); ++i) {
    if (std::ranges::find(columns, wanted[i].name, &Column::name) != columns.end()) continue;
    return sql::fail(
        {904, "42000",
         fmt::format("SQL compilation error:\n{} has no column {} any more, which history table {} follows. Create the "
                     "history table again, or add the column.",
                     source, wanted[i].name, history.name)});
  }
  return {};
}

/// One commit after the other, because a view's versions are not kept anywhere: what it gave before and after each.
SqlResult<void> merge_view(StatementContext& context, const Object& history, const TrackedView& view,
                           const StreamWindow& window, HistoryMerge& merge) {
  std::string numbers;
  for (const auto& table : view.tables()) {
    numbers += fmt::format("{}SELECT \"$number\" FROM {}", numbers.empty() ? "" : " UNION ",
                           comings_and_goings(physical(*table), window.from, window.until, true));
  }
  auto commits = TRY(context.query(fmt::format(
      "SELECT number, epoch_us(committed_at) FROM freshet.commits WHERE number IN ({}) ORDER BY committed_at, number",
      numbers)));
  const auto& definition = *history.as<Table>()->history;
  auto mode = definition.append_only ? ChangeMode::append_only : ChangeMode::standard;
  auto before = window.from;
  for (size_t i = 0; i < commits.size(); ++i) {
    auto time = commits.integer(i, 1);
    if (i + 1 < commits.size() && commits.integer(i + 1, 1) == time) continue; // further numbers of one transaction
    auto after = window.until;
    for (size_t later = i + 1; later < commits.size(); ++later) after.exceptions.push_back(commits.integer(later, 0));
    std::ranges::sort(after.exceptions);
    std::string wanted = definition.delete_when.empty() ? "" : " WHERE \"METADATA$ACTION\" = 'INSERT'";
    auto changes = fmt::format(
        "(SELECT {}\"METADATA$ROW_ID\" AS \"$source\", {} AS \"$at\", \"METADATA$ACTION\" = 'DELETE' AS \"$gone\" FROM {} AS "
        "c{})",
        quoted_columns(history), literal(engine::TimestampTz{time}), TRY(view.changes(context, before, after, mode)), wanted);
    TRY(merge.apply({std::move(changes), true}));
    before = std::move(after);
  }
  return {};
}

SqlResult<void> merge_changes(StatementContext& context, const Object& history, const StreamWindow& window,
                              HistoryMerge& merge) {
  const auto& definition = *history.as<Table>()->history;
  auto source = TRY(source_of(context, history));
  if (auto* view = source->as<View>()) {
    TRY(check_columns(history, view->columns, definition.source_name));
    return merge_view(context, history, TRY(TrackedView::open(context, *source)), window, merge);
  }
  TRY(check_columns(history, source->as<Table>()->columns, definition.source_name));
  auto table = physical(*source);
  bool goings = !definition.append_only && definition.delete_when.empty();
  auto versions = comings_and_goings(table, window.from, window.until, goings);
  if (definition.append_only) { // as they were first inserted, whatever the same transaction made of them
    auto what = fmt::format("{}{} AS \"$source\", {} AS \"$number\", CAST(NULL AS BIGINT) AS \"$other\", false AS \"$gone\"",
                            quoted_columns(history), k_row, k_begin);
    versions = versions_between(table, what, window.from, window.until, Versions::original);
  }
  return merge.apply(TRY(with_times(context, history, versions, window.from)));
}

} // namespace

SqlResult<void> fill_history(StatementContext& context, const Object& history) {
  InTimeZone zone(context.session(), history.as<Table>()->history->time_zone);
  TRY(context.session().apply_parameters());
  auto& transaction = *context.writing();
  auto until = TRY(transaction.point());
  auto source = TRY(source_of(context, history));
  HistoryChanges changes;
  if (source->as<View>() != nullptr) {
    auto view = TRY(TrackedView::open(context, *source));
    changes.at_one_time = true;
    changes.relation =
        fmt::format("(SELECT {}\"METADATA$ROW_ID\" AS \"$source\", {} AS \"$at\", false AS \"$gone\" FROM {} AS c)",
                    quoted_columns(history), time_text(context), TRY(view.initial(context, until)));
  } else {
    auto versions = versions_between(physical(*source), fmt::format("{}{}, {}", quoted_columns(history), k_row, k_begin), until,
                                     until, Versions::at_until);
    changes.relation = fmt::format(
        "(SELECT {}s.{} AS \"$source\", coalesce(c.\"$committed\", {}) AS \"$at\", false AS \"$gone\" FROM {} AS s LEFT JOIN "
        "({}) AS c ON c.\"$commit\" = s.{})",
        quoted_columns(history), k_row, time_text(context), versions, k_commit_times, k_begin);
  }
  HistoryMerge merge(context, transaction, history, 0);
  TRY(merge.apply(changes));
  TRY(context.checked(set_stream_offset(context.connection(), history.id, until, false, context.now())));
  return context.checked(note_refresh(context.connection(), history.id, merge.arrived(), context.now()));
}

SqlResult<void> refresh_history(StatementContext& context, ObjectId id) {
  auto known = context.catalog().find(id);
  if (!known) return {};
  InTimeZone zone(context.session(), known->as<Table>()->history->time_zone);
  TRY(context.session().apply_parameters());
  ObjectId locked[] = {id};
  auto done = write(context, locked, [&](TransactionScope& transaction) -> SqlResult<StatementResult> {
    auto object = context.catalog().find(id);
    if (!object) return StatementResult{}; // dropped meanwhile
    auto window = TRY(transaction.stream_window(id));
    auto state = TRY(context.checked(history_state(context.connection(), id)));
    HistoryMerge merge(context, transaction, *object, state.arrived);
    if (!(window.from == window.until)) TRY(merge_changes(context, *object, window, merge));
    TRY(transaction.consume(id));
    TRY(context.checked(note_refresh(context.connection(), id, merge.arrived(), context.now())));
    return StatementResult{};
  });
  if (done) return {};
  // Recorded beside: the transaction is gone.
  if (auto noted = note_failure(context.connection(), id, done.error().code, done.error().message, context.now()); !noted)
    return std::unexpected(context.error_of(noted.error()));
  return std::unexpected(std::move(done).error());
}

SqlResult<bool> history_is_behind(StatementContext& context, const Object& history) {
  auto window = TRY(TRY(context.snapshot())->stream_window(history.id));
  if (window.from == window.until) return false;
  for (auto id : history.as<Table>()->history->base_tables) {
    auto table = context.catalog().find(id);
    if (!table || table->as<Table>() == nullptr) continue;
    auto versions = comings_and_goings(physical(*table), window.from, window.until, true);
    if (TRY(context.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {})", versions))).boolean(0, 0)) return true;
  }
  return false;
}

} // namespace freshet::warehouse
