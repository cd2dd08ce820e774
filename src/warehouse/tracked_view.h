#pragma once

#include <string>
#include <vector>

#include "sql/syntax.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

/// A view whose changes can be told from those of its tables: projections, filters, joins and UNION ALL, nested as they like.
///
/// Each select is made to give, besides its columns, who its rows are and of which versions they are made; the rows that came
/// (or went) between two points are then those made of at least one version that came (or went): one query per table of a
/// branch. Rows match across points by who they are: both a row that went and one that came is an update. Outer joins are
/// answered by comparing the whole view at both points: O(view) instead of O(changes). Life cycle: one per use in a statement.
class TrackedView {
 public:
  /// Errors: 002301 what the view does cannot be tracked; 002003 one of its tables is gone.
  static SqlResult<TrackedView> open(StatementContext& context, const Object& view);

  /// The tables behind the view, each once.
  const std::vector<ObjectPointer>& tables() const { return tables_; }

  /// As changes_between of a table.
  SqlResult<std::string> changes(StatementContext& context, const Point& from, const Point& until, ChangeMode mode) const;
  /// Everything at a point, as inserts.
  SqlResult<std::string> initial(StatementContext& context, const Point& until) const;

 private:
  friend class TrackedViewBuilder;
  /// One operand of the top level's UNION ALL.
  struct Branch {
    sql::Query query;           // its tables are called "$table".n; its last two columns are "$id" and "$versions"
    size_t first = 0, last = 0; // its occurrences
    bool has_outer_join = false;
  };
  SqlResult<std::string> print(StatementContext& context, const Branch& branch, const Point& from, const Point& until,
                               const std::vector<Versions>& which) const;
  SqlResult<std::string> came_or_went(StatementContext& context, const Point& from, const Point& until, bool came) const;

  std::vector<std::string> columns_;
  std::vector<Branch> branches_;
  std::vector<ObjectPointer> occurrences_;
  std::vector<ObjectPointer> tables_;
};

} // namespace freshet::warehouse
