#pragma once

#include <string>
#include <string_view>

#include "warehouse/tracked_view.h"

namespace freshet::warehouse {

inline constexpr std::string_view k_occurrence = "$table"; // "$table".n stands for the n-th table of a tracked query
inline constexpr std::string_view k_id = "$id";            // with a number: who the rows of that FROM item are
inline constexpr std::string_view k_versions = "$versions";

/// 002301: what a stream on a view cannot follow.
sql::Error cannot_track(std::string_view what);

/// Rewrites a view's query, with the views inside it, into the branches of a TrackedView.
class TrackedViewBuilder {
 public:
  explicit TrackedViewBuilder(StatementContext& context) : context_(context) {}
  SqlResult<TrackedView> build(const Object& view);

 private:
  struct Scope {
    NameScope names;
    std::vector<sql::CommonTable> common; // those that can be seen here
  };
  /// One thing in FROM: what it is called, and the number of its "$id" and "$versions" columns.
  struct Item {
    std::string name;
    size_t number;
  };
  using Items = std::vector<Item>;

  SqlResult<void> add_branches(const sql::QueryBody& body, const Scope& scope);
  SqlResult<void> add_branch(sql::QueryBody body, const Scope& scope);
  /// After it, the query's last two columns are "$id<number>" and "$versions<number>".
  SqlResult<void> rewrite(sql::Query& query, Scope scope, size_t number, std::string_view tag);
  SqlResult<void> rewrite(sql::QueryBody& body, const Scope& scope, size_t number, std::string_view tag);
  SqlResult<void> rewrite(sql::Select& select, const Scope& scope, size_t number, std::string_view tag);
  SqlResult<Items> rewrite(sql::TableReference& table, const Scope& scope);
  SqlResult<Items> rewrite(sql::NamedTable& table, sql::TableReference& reference, const Scope& scope);
  SqlResult<void> replace_by_query(sql::TableReference& reference, sql::Query query, sql::TableAlias alias,
                                   std::string default_name, const Scope& scope, Items& items);
  static SqlResult<sql::SelectItem> identity(std::string_view word, const Items& items, size_t number, std::string_view tag);
  SqlResult<Scope> scope_within(const sql::Query& query, Scope scope);

  StatementContext& context_;
  TrackedView out_;
  size_t next_derived_ = 1'000'000; // numbers of FROM items that are no tables
  bool outer_ = false;
  int depth_ = 0;
};

} // namespace freshet::warehouse
