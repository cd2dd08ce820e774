#include "warehouse/tracked_view.h"

#include <fmt/core.h>

#include "warehouse/binder.h"
#include "warehouse/physical.h"
#include "warehouse/tracked_view_builder.h"

namespace freshet::warehouse {
namespace {

/// The names of a tracked query: its tables are numbered, and each number is printed as it is wanted.
class OccurrenceNames final : public Binder {
 public:
  OccurrenceNames(StatementContext& context, const std::vector<ObjectPointer>& occurrences, const Point& from,
                  const Point& until, const std::vector<Versions>& which, size_t first)
      : Binder(context, {}), occurrences_(occurrences), from_(from), until_(until), which_(which), first_(first) {}

  SqlResult<std::string> relation(const sql::NamedTable& table) override {
    const auto& parts = table.name.parts;
    if (parts.size() != 2 || parts[0].name != k_occurrence) return sql::fail(cannot_track("SUBQUERY"));
    auto index = std::stoull(parts[1].name);
    auto physical_table = physical(*occurrences_[index]);
    std::string what;
    for (const auto& column : physical_table.columns) what += sql::quote_identifier(column.name) + ", ";
    for (const auto& column : physical_table.computed) what += column.sql + " AS " + sql::quote_identifier(column.name) + ", ";
    what += fmt::format("CAST({} AS VARCHAR) AS \"{}{}\", CAST({} AS VARCHAR) AS \"{}{}\"", k_row, k_id, index, k_begin,
                        k_versions, index);
    return versions_between(physical_table, what, from_, until_, which_[index - first_]);
  }

 private:
  const std::vector<ObjectPointer>& occurrences_;
  const Point& from_;
  const Point& until_;
  const std::vector<Versions>& which_;
  const size_t first_;
};

std::string list(const std::vector<std::string>& columns, std::string_view qualifier = "") {
  std::string out;
  for (const auto& column : columns) out += (out.empty() ? "" : ", ") + std::string(qualifier) + sql::quote_identifier(column);
  return out;
}

constexpr const char* k_metadata =
    R"('{}' AS "METADATA$ACTION", {} AS "METADATA$ISUPDATE", substr(md5("$id") || md5("$id" || '+'), 1, 40) AS "METADATA$ROW_ID")";

} // namespace

SqlResult<TrackedView> TrackedView::open(StatementContext& context, const Object& view) {
  return TrackedViewBuilder(context).build(view);
}

SqlResult<std::string> TrackedView::print(StatementContext& context, const Branch& branch, const Point& from,
                                          const Point& until, const std::vector<Versions>& which) const {
  OccurrenceNames names(context, occurrences_, from, until, which, branch.first);
  auto text = TRY(sql::print_engine_query(branch.query, names, context.print_options()));
  // Rows of different branches are different rows.
  return fmt::format("SELECT {}, '{}:' || \"$id\" AS \"$id\", \"$versions\" FROM ({}) AS v({}, \"$id\", \"$versions\")",
                     list(columns_), &branch - branches_.data(), text, list(columns_));
}

SqlResult<std::string> TrackedView::came_or_went(StatementContext& context, const Point& from, const Point& until,
                                                 bool came) const {
  std::string out;
  auto add = [&](const std::string& text) { out += (out.empty() ? "" : " UNION ALL ") + text; };
  for (const auto& branch : branches_) {
    const auto count = branch.last - branch.first;
    if (branch.has_outer_join) {
      std::vector<Versions> then(count, came ? Versions::at_until : Versions::at_from);
      std::vector<Versions> other(count, came ? Versions::at_from : Versions::at_until);
      add(fmt::format(
          "SELECT * FROM ({}) AS a WHERE (\"$id\", \"$versions\") NOT IN (SELECT (\"$id\", \"$versions\") FROM ({}) AS b)",
          TRY(print(context, branch, from, until, then)), TRY(print(context, branch, from, until, other))));
      continue;
    }
    // The first table whose version came (went) decides in which of the queries a row stands.
    for (size_t i = 0; i < count; ++i) {
      std::vector<Versions> which(count, came ? Versions::at_until : Versions::at_from);
      for (size_t j = 0; j < i; ++j) which[j] = Versions::kept;
      which[i] = came ? Versions::added : Versions::removed;
      add(TRY(print(context, branch, from, until, which)));
    }
  }
  return out;
}

SqlResult<std::string> TrackedView::changes(StatementContext& context, const Point& from, const Point& until,
                                            ChangeMode mode) const {
  if (mode == ChangeMode::append_only) {
    std::string out;
    for (const auto& branch : branches_) {
      const auto count = branch.last - branch.first;
      for (size_t i = 0; i < count; ++i) {
        std::vector<Versions> which(count, Versions::at_from_and_original);
        for (size_t j = 0; j < i; ++j) which[j] = Versions::at_from;
        which[i] = Versions::original;
        out += (out.empty() ? "" : " UNION ALL ") + TRY(print(context, branch, from, until, which));
      }
    }
    return fmt::format("(SELECT {}, {} FROM ({}) AS c)", list(columns_), fmt::format(k_metadata, "INSERT", "false"), out);
  }
  auto came = TRY(came_or_went(context, from, until, true));
  auto went = TRY(came_or_went(context, from, until, false));
  return fmt::format(
      "(WITH \"$came\" AS MATERIALIZED ({}), \"$went\" AS MATERIALIZED ({}) SELECT {}, {} FROM \"$came\" UNION ALL SELECT {}, "
      "{} "
      "FROM \"$went\")",
      came, went, list(columns_), fmt::format(k_metadata, "INSERT", "\"$id\" IN (SELECT \"$id\" FROM \"$went\")"),
      list(columns_), fmt::format(k_metadata, "DELETE", "\"$id\" IN (SELECT \"$id\" FROM \"$came\")"));
}

SqlResult<std::string> TrackedView::initial(StatementContext& context, const Point& until) const {
  std::string out;
  for (const auto& branch : branches_) {
    std::vector<Versions> which(branch.last - branch.first, Versions::at_until);
    out += (out.empty() ? "" : " UNION ALL ") + TRY(print(context, branch, until, until, which));
  }
  return fmt::format("(SELECT {}, {} FROM ({}) AS c)", list(columns_), fmt::format(k_metadata, "INSERT", "false"), out);
}

} // namespace freshet::warehouse
