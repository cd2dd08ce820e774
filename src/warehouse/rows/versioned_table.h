#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "warehouse/rows/point.h"
#include "warehouse/rows/transaction_registry.h"

namespace freshet::warehouse {

struct ColumnDefinition {
  std::string name; // unquoted
  std::string type; // engine SQL: `DECIMAL(38,0)`, `JSON`
  bool not_null = false;
  std::string default_sql = {}; // engine SQL of the default; empty: NULL
  int64_t length_max = 0;       // characters of a VARCHAR, bytes of a BLOB; 0: any
};

/// A column that is computed when it is read.
struct ComputedColumn {
  std::string name;
  std::string sql;  // engine SQL over the stored columns and the computed ones before it
  size_t place = 0; // among all columns
};
/// A condition that no row may make false.
struct CheckDefinition {
  std::string name; // of the constraint
  std::string sql;  // engine SQL over the table's columns
};

/// A physical table of the engine whose rows are versions (DESIGN.md D5): the user's columns, and
///   "$row"    who the row is: never changes. The upper bits are the number of the transaction that created it.
///   "$begin"  the number of the transaction that wrote this version
///   "$end"    of the one that ended it; NULL while it lives
struct VersionedTable {
  std::string schema; // engine schema, unquoted
  std::string name;   // engine table, unquoted
  std::vector<ColumnDefinition> columns; // that are stored
  std::vector<ComputedColumn> computed = {};
  std::vector<CheckDefinition> checks = {};

  std::string sql_name() const; // `"schema"."name"`
};

inline constexpr std::string_view k_row = "\"$row\"";
inline constexpr std::string_view k_begin = "\"$begin\"";
inline constexpr std::string_view k_end = "\"$end\"";
inline constexpr int k_sequence_bits = 24; // of "$row": below them stands the number of the creating transaction

/// All give a relation in parentheses, to be used after FROM with an alias. `columns_of` a table with no visible column is an
/// error of the caller.

/// The rows that live: `(SELECT user columns FROM … WHERE "$end" IS NULL)`. Also good as the body of a view.
std::string live_relation(const VersionedTable& table);
/// All versions: the same, where none has ended.
std::string all_versions(const VersionedTable& table);
/// The rows as they were at a point.
std::string state_at(const VersionedTable& table, const Point& point);

enum class ChangeMode {
  standard,    // the net change
  append_only, // rows as they were first inserted, whatever became of them
};
/// The changes between two points, as the user's columns, METADATA$ACTION ('INSERT', 'DELETE'), METADATA$ISUPDATE (BOOLEAN) and
/// METADATA$ROW_ID (VARCHAR). `until` is normally the point of the reading transaction's own snapshot, which leaves out its own
/// writes. Cost: what changed, plus a look at the minima and maxima of each row group (122'880 rows).
std::string changes_between(const VersionedTable& table, const Point& from, const Point& until, ChangeMode mode);
/// Row versions of one table, for the changes of a join (each with its "$row" and "$begin").
enum class Versions {
  at_from,              // the state at `from`
  at_until,             // the state at `until`
  kept,                 // what is in both
  added,                // at `until` and not at `from`
  removed,              // at `from` and not at `until`
  original,             // rows first inserted in between, as they were
  at_from_and_original, // both
};
/// `(SELECT what FROM … WHERE …)`. `from` must be contained in `until`.
std::string versions_between(const VersionedTable& table, const std::string& what, const Point& from, const Point& until,
                             Versions which);
/// Every version that came or went between two points, also those that did both: the user's columns, "$source" (its "$row"),
/// "$number" (of the transaction that wrote or ended it), "$other" (of the one that ended or wrote it; NULL while it lives) and
/// "$gone". A version may be there twice: as it came and as it went. `goings` false: only as they came.
std::string comings_and_goings(const VersionedTable& table, const Point& from, const Point& until, bool goings);
/// A statement with one BOOLEAN: is there any change? Exact, and stops at the first one where it can.
std::string has_changes(const VersionedTable& table, const Point& from, const Point& until, ChangeMode mode);

/// Physical definition; each runs in the caller's transaction.
engine::Result<void> create_table(engine::Connection& connection, const VersionedTable& table);
engine::Result<void> drop_table(engine::Connection& connection, const VersionedTable& table);
engine::Result<void> add_column(engine::Connection& connection, const VersionedTable& table, const ColumnDefinition& column);
engine::Result<void> drop_column(engine::Connection& connection, const VersionedTable& table, const std::string& column);
engine::Result<void> rename_column(engine::Connection& connection, const VersionedTable& table, const std::string& from,
                                   const std::string& to);
engine::Result<void> rename_table(engine::Connection& connection, const VersionedTable& table, const std::string& to);

/// Takes back what the open transaction has written since a mark: the versions begun vanish, those ended live again. Cost: a
/// look at the minima and maxima of the row groups, and what the transaction has written.
engine::Result<void> take_back(engine::Connection& connection, const VersionedTable& table, const WriteNumber::Since& since);

/// Deletes for good versions that nobody with `oldest` or a later point can see, `rows_max` at most. Gives their number. Cost:
/// a look at the minima and maxima of the row groups, and what is deleted.
engine::Result<int64_t> prune(engine::Connection& connection, const VersionedTable& table, const Point& oldest,
                              int64_t rows_max = INT64_MAX);
/// How many versions have ended and are still there.
engine::Result<int64_t> dead_versions(engine::Connection& connection, const VersionedTable& table);

} // namespace freshet::warehouse
