#include <fmt/format.h>

#include "warehouse/history/history_merge.h"
#include "warehouse/rows/merge_sql.h"
#include "warehouse/statements/target_table.h"

/// The short way of a refresh whose rows each succeed what is stored of their key: no event has to be put in order, and none
/// but the versions themselves has to be kept.
namespace freshet::warehouse {
namespace {

constexpr int64_t k_values_kept_max = 100'000;

/// Whether the two rows differ in one of the columns.
std::string differ_in(const std::vector<std::string>& names, std::string_view a, std::string_view b) {
  std::string out;
  for (const auto& name : names) {
    const auto column = sql::quote_identifier(name);
    out += fmt::format("{}{}.{} IS DISTINCT FROM {}.{}", out.empty() ? "(" : " OR ", a, column, b, column);
  }
  return out.empty() ? "false" : out + ")";
}

} // namespace

/// How many rows came, if they are of as many keys, have a place in the sequence, delete nothing, and took the places of all
/// that went.
SqlResult<std::optional<int64_t>> HistoryMerge::one_row_per_key(const std::string& computed, bool at_one_time) {
  std::string fits = "NOT bool_or(\"$deletes\")";
  if (!definition_.sequence_by.empty()) fits += " AND NOT bool_or(\"$sequence\" IS NULL AND NOT \"$gone\")";
  const auto keys_if_fit = [](const engine::Rows& found) -> std::optional<int64_t> {
    const auto keys = found.integer(0, 0);
    return keys > 0 && found.boolean(0, 1) ? std::optional(keys) : std::nullopt;
  };
  if (at_one_time) {
    auto found = TRY(
        context_.query(fmt::format("SELECT freshet_single_keys(hash({}), \"$gone\"), {} FROM ({})", keys_, fits, computed)));
    if (!found.is_null(0, 0)) return keys_if_fit(found);
  }
  return keys_if_fit(TRY(context_.query(
      fmt::format("SELECT count(*), bool_and(came = 1 AND earliest = latest AND fits) FROM (SELECT count(*) FILTER (WHERE NOT "
                  "\"$gone\") AS came, min(\"$at\") AS earliest, max(\"$at\") AS latest, {} AS fits FROM ({}) GROUP BY {})",
                  fits, computed, keys_))));
}

/// Whether there is a stored event, besides the versions, of one of the keys.
SqlResult<bool> HistoryMerge::has_events(const std::string& came) {
  const auto events = event_table(object_.id);
  if (!TRY(context_.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {})", events))).boolean(0, 0)) return false;
  return TRY(context_.query(
                 fmt::format("SELECT EXISTS (SELECT 1 FROM {} AS e JOIN {} AS n ON {})", events, came, same_key("e", "n"))))
      .boolean(0, 0);
}

/// False when the long way has to be taken: nothing is changed then.
SqlResult<bool> HistoryMerge::append_successors(const std::string& computed, bool at_one_time) {
  const auto count = TRY(one_row_per_key(computed, at_one_time));
  if (!count) return false;
  const auto came = "(SELECT * FROM (" + computed + ") WHERE NOT \"$gone\")";
  if (TRY(has_events(came))) return false;
  // versions_: which current versions end, and the places of their successors. The values of many are read again when they are
  // written: that costs one more pass over the table, and less than to put them down here.
  const bool many = *count > k_values_kept_max;
  const auto differs = differ_in(definition_.tracked, "v", "n");
  ChangeReport report;
  report.inserted = *count;
  report.updated = TRY(context_.checked(versions_.fill(
      fmt::format("SELECT {}v.rowid AS {}, n.\"$sequence\" AS \"$next\", coalesce(v.\"VALID_FROM\" < n.\"$sequence\" AND {}, "
                  "v.\"VALID_FROM\" IS NULL AND {}) AS \"$succeeds\" FROM {} AS v JOIN {} AS n ON {} WHERE v.{} IS NULL AND "
                  "v.\"IS_CURRENT\"",
                  many ? "" : "v.*, ", k_rid, differs, differs, table_.sql_name(), came, same_key("v", "n"), k_end))));
  if (TRY(context_.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {} WHERE NOT \"$succeeds\")", versions_.name())))
          .boolean(0, 0)) {
    TRY(context_.checked(versions_.drop()));
    return false;
  }
  std::string added, ended;
  for (const auto& column : table_.columns) {
    auto added_value = sql::quote_identifier(column.name);
    auto ended_value = added_value;
    if (column.name == k_valid_from) added_value = "\"$sequence\"";
    if (column.name == k_valid_to) added_value = fmt::format("CAST(NULL AS {})", column.type), ended_value = "\"$next\"";
    if (column.name == k_is_current) added_value = "true", ended_value = "false";
    if (column.name == k_arrived) added_value = fmt::format("{} + freshet_input_number(\"$source\")", arrived_);
    added += fmt::format("{} AS {}, ", added_value, sql::quote_identifier(column.name));
    ended += fmt::format("{} AS {}, ", ended_value, sql::quote_identifier(column.name));
  }
  const auto versions =
      many ? fmt::format("(SELECT v.*, v.rowid AS {0}, e.\"$next\" FROM {1} AS v JOIN {2} AS e ON v.rowid = e.{0})", k_rid,
                         table_.sql_name(), versions_.name())
           : versions_.name();
  const auto planned = fmt::format(
      "(SELECT {0}CAST(NULL AS BIGINT) AS {1}, CAST(NULL AS BIGINT) AS {2}, {3} AS {4} FROM {5} UNION ALL SELECT {6}{1}, {2}, "
      "{7} AS {4} FROM {8})",
      added, k_row, k_rid, k_insert, k_action, came, ended, k_update, versions);
  auto writer = writer_of(transaction_);
  TRY(written_by(context_, transaction_, object_.id, writer.apply_counted(table_, planned, versions_.name(), report)));
  arrived_ += *count;
  return true;
}

} // namespace freshet::warehouse
