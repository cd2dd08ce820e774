#pragma once

#include "sql/syntax_expression.h"

namespace freshet::sql {

struct TableReference;

struct TableAlias {
  std::optional<Identifier> name;
  std::vector<Identifier> columns; // AS t (a, b)
  bool operator==(const TableAlias&) const = default;
};

/// One moment of a table's history: AT | BEFORE (TIMESTAMP | OFFSET | STATEMENT | STREAM => x)
struct HistoryPoint {
  enum class Kind { timestamp, offset, statement, stream };
  bool before = false;
  Kind kind = Kind::timestamp;
  Expression value;
  bool operator==(const HistoryPoint&) const = default;
};
/// CHANGES (INFORMATION => DEFAULT | APPEND_ONLY); the clause's AT/BEFORE stands in NamedTable::at
struct ChangesClause {
  bool append_only = false;
  Box<HistoryPoint> end;
  bool operator==(const ChangesClause&) const = default;
};
/// SAMPLE | TABLESAMPLE [BERNOULLI|ROW|SYSTEM|BLOCK] (n [ROWS]) [SEED|REPEATABLE (s)]
struct Sample {
  bool system = false;
  Expression amount;
  bool rows = false;
  Box<Expression> seed;
  bool operator==(const Sample&) const = default;
};

struct NamedTable {
  QualifiedName name; // or `$1`, `$2`, …: an earlier result of a chain by ->>
  Box<HistoryPoint> at;
  Box<ChangesClause> changes;
  TableAlias alias;
  Box<Sample> sample;
  bool operator==(const NamedTable&) const = default;
  bool is_result() const { return name.parts.size() == 1 && !name.parts[0].quoted && name.parts[0].name.starts_with('$'); }
};

/// Where files are: `@stage/path`, `@~/path`, `@%table/path`, or an external URL `'s3://bucket/path'`. `:variable` and `$variable`,
/// which hold one of these, are the dynamic name of a named location.
struct StageLocation {
  enum class Kind { named, user, table, url };
  Kind kind = Kind::named;
  QualifiedName name; // of named and table
  std::string path;   // after the name, without the leading '/'; of url the whole URL
  bool operator==(const StageLocation&) const = default;
};
/// `@stage/path (FILE_FORMAT => …, PATTERN => …) alias`
struct StageTable {
  StageLocation location;
  Properties options;
  TableAlias alias;
  bool operator==(const StageTable&) const = default;
};
/// TABLE(f(…)), LATERAL f(…), f(…) in FROM. `call` may be RESULT_SCAN, FLATTEN, GENERATOR, SPLIT_TO_TABLE, INFORMATION_SCHEMA.…
/// , a UDTF.
struct TableFunction {
  FunctionCall call;
  bool lateral = false;
  TableAlias alias;
  Box<Sample> sample;
  bool operator==(const TableFunction&) const = default;
};
struct SubqueryTable {
  Box<Query> query;
  bool lateral = false;
  TableAlias alias;
  Box<Sample> sample;
  bool operator==(const SubqueryTable&) const = default;
};
struct ValuesClause {
  std::vector<std::vector<Expression>> rows; // DEFAULT inside INSERT's is a ColumnReference DEFAULT
  bool operator==(const ValuesClause&) const = default;
};
struct ValuesTable {
  ValuesClause values;
  TableAlias alias;
  bool operator==(const ValuesTable&) const = default;
};
enum class JoinKind { inner, left, right, full, cross, asof, comma };
struct Join {
  JoinKind kind = JoinKind::inner;
  bool natural = false;
  bool lateral = false;
  Box<TableReference> left;
  Box<TableReference> right;
  Box<Expression> on; // may be absent
  std::vector<Identifier> using_columns;
  Box<Expression> match_condition; // of asof
  bool operator==(const Join&) const = default;
};
struct PivotValue {
  Expression value;
  std::optional<Identifier> alias;
  bool operator==(const PivotValue&) const = default;
};
/// t PIVOT (agg(x) FOR c IN ('a', 'b') | (ANY [ORDER BY …]) | (SELECT …) [DEFAULT ON NULL (v)]) AS p (…)
struct Pivot {
  Box<TableReference> table;
  std::vector<FunctionCall> aggregates;
  std::vector<std::optional<Identifier>> aggregate_names; // SUM(x) AS total; one per aggregate
  Identifier column;
  std::vector<PivotValue> values;
  bool any = false;
  std::vector<OrderItem> any_order;
  Box<Query> query;
  Box<Expression> default_on_null;
  TableAlias alias;
  bool operator==(const Pivot&) const = default;
};
/// t UNPIVOT [INCLUDE NULLS] (v FOR n IN (a, b AS 'x')) AS u
struct UnpivotColumn {
  Identifier column;
  std::optional<std::string> alias;
  bool operator==(const UnpivotColumn&) const = default;
};
struct Unpivot {
  Box<TableReference> table;
  bool include_nulls = false;
  Identifier value;
  Identifier name;
  std::vector<UnpivotColumn> columns;
  TableAlias alias;
  bool operator==(const Unpivot&) const = default;
};
/// What a row pattern is made of: `A`, `A B`, `A | B`, `PERMUTE(A, B)`, `{- A -}`, `^`, `$`, each with a quantifier.
struct RowPattern {
  enum class Kind { symbol, sequence, alternation, permutation, exclusion, start, end };
  Kind kind = Kind::sequence;
  Identifier symbol;
  std::vector<RowPattern> parts;
  uint32_t at_least = 1;
  std::optional<uint32_t> at_most = 1; // absent: without bound
  bool reluctant = false;
  bool operator==(const RowPattern&) const;
};
struct MatchMeasure {
  Expression value;
  Identifier name;
  bool operator==(const MatchMeasure&) const = default;
};
struct MatchSymbol {
  Identifier name;
  Expression condition;
  bool operator==(const MatchSymbol&) const = default;
};
/// t MATCH_RECOGNIZE (PARTITION BY … ORDER BY … MEASURES … ONE ROW | ALL ROWS PER MATCH … PATTERN (…) DEFINE …)
struct MatchRecognize {
  enum class Output { one_row, all_rows, omit_empty_matches, with_unmatched_rows };
  enum class Skip { past_last_row, to_next_row, to_first, to_last };
  Box<TableReference> table;
  std::vector<Expression> partition_by;
  std::vector<OrderItem> order_by;
  std::vector<MatchMeasure> measures;
  Output output = Output::one_row;
  Skip skip = Skip::past_last_row;
  Identifier skip_symbol; // of to_first and to_last
  RowPattern pattern;
  std::vector<MatchSymbol> symbols; // DEFINE
  TableAlias alias;
  bool operator==(const MatchRecognize&) const = default;
};

struct TableReference {
  using Node = std::variant<NamedTable, StageTable, Box<TableFunction>, SubqueryTable, ValuesTable, Join, Box<Pivot>,
                            Box<Unpivot>, Box<MatchRecognize>>;
  Node node;
  SourceRange range;

  TableReference();
  TableReference(Node node, SourceRange range = {});
  TableReference(const TableReference&);
  TableReference(TableReference&&) noexcept;
  TableReference& operator=(const TableReference&);
  TableReference& operator=(TableReference&&) noexcept;
  ~TableReference();
  bool operator==(const TableReference&) const;

  template <typename T>
  const T* as() const {
    return alternative<T>(node);
  }
  template <typename T>
  T* as() {
    return alternative<T>(node);
  }
  /// Calls `visitor` with what the node holds, out of its Box.
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit([&](const auto& held) -> decltype(auto) { return visitor(unboxed(held)); }, node);
  }
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) {
    return std::visit([&](auto& held) -> decltype(auto) { return visitor(unboxed(held)); }, node);
  }
};

struct SelectItem {
  Expression value;
  std::optional<Identifier> alias;
  std::string text; // of the expression, as written; Snowflake names an unaliased column after it, in upper case
  bool operator==(const SelectItem& o) const { return value == o.value && alias == o.alias; }
};

struct GroupingElement {
  enum class Kind { expression, cube, rollup, sets };
  Kind kind = Kind::expression;
  std::vector<Expression> items; // one of expression; a grouping set of several columns is a Row (an empty one `()`)
  bool operator==(const GroupingElement&) const = default;
};
struct NamedWindow {
  Identifier name;
  Window window;
  bool operator==(const NamedWindow&) const = default;
};
/// START WITH x CONNECT BY [PRIOR] a = b …
struct ConnectBy {
  Box<Expression> start_with;
  Expression condition;
  bool operator==(const ConnectBy&) const = default;
};

struct Select {
  bool distinct = false;
  Box<Expression> top;
  std::vector<SelectItem> items;
  std::vector<Identifier> into; // SELECT … INTO :a, :b of Snowflake Scripting
  Box<TableReference> from;     // may be absent
  Box<Expression> where;
  Box<ConnectBy> connect_by;
  bool group_by_all = false;
  std::vector<GroupingElement> group_by;
  Box<Expression> having;
  std::vector<NamedWindow> windows;
  Box<Expression> qualify;
  bool operator==(const Select&) const = default;
};

struct QueryBody;
enum class SetOperator { union_, intersect, except };
/// Left-associative: operands of one operator chain stand in one list, however long.
struct SetOperation {
  SetOperator op = SetOperator::union_;
  bool all = false;
  bool by_name = false;
  std::vector<QueryBody> operands;
  bool operator==(const SetOperation&) const;
};
struct QueryBody {
  using Node = std::variant<Select, SetOperation, ValuesClause, Box<Query>>; // Box<Query>: a parenthesised query
  Node node;
  SourceRange range;

  QueryBody();
  QueryBody(Node node, SourceRange range = {});
  QueryBody(const QueryBody&);
  QueryBody(QueryBody&&) noexcept;
  QueryBody& operator=(const QueryBody&);
  QueryBody& operator=(QueryBody&&) noexcept;
  ~QueryBody();
  bool operator==(const QueryBody&) const;
};

struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  Box<Query> query;
  bool operator==(const CommonTable&) const = default;
};

/// A whole query: SELECT, WITH, VALUES, set operations, with its ORDER BY and limits.
struct Query {
  bool recursive = false;
  std::vector<CommonTable> with;
  QueryBody body;
  bool order_by_all = false;
  std::vector<OrderItem> order_by; // of ORDER BY ALL: a Star with its direction, when one is written
  Box<Expression> limit;           // LIMIT n or FETCH FIRST n ROWS (LIMIT NULL: absent)
  Box<Expression> offset;
  SourceRange range;

  Query();
  Query(const Query&);
  Query(Query&&) noexcept;
  Query& operator=(const Query&);
  Query& operator=(Query&&) noexcept;
  ~Query();
  bool operator==(const Query&) const;
};

inline bool RowPattern::operator==(const RowPattern& o) const {
  return kind == o.kind && symbol == o.symbol && parts == o.parts && at_least == o.at_least && at_most == o.at_most &&
         reluctant == o.reluctant;
}
inline bool SetOperation::operator==(const SetOperation& o) const {
  return op == o.op && all == o.all && by_name == o.by_name && operands == o.operands;
}

} // namespace freshet::sql
