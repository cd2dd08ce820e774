#include "sql/syntax.h"

// The special members of the large variants stand here alone: each file that touches a node would otherwise compile the
// copying, the comparing and the end of the whole tree again.

namespace freshet::sql {

Expression::Expression() = default;
Expression::Expression(Node held, SourceRange where) : node(std::move(held)), range(where) {}
Expression::Expression(const Expression&) = default;
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(const Expression&) = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;
bool Expression::operator==(const Expression&) const = default;

TableReference::TableReference() = default;
TableReference::TableReference(Node held, SourceRange where) : node(std::move(held)), range(where) {}
TableReference::TableReference(const TableReference&) = default;
TableReference::TableReference(TableReference&&) noexcept = default;
TableReference& TableReference::operator=(const TableReference&) = default;
TableReference& TableReference::operator=(TableReference&&) noexcept = default;
TableReference::~TableReference() = default;
bool TableReference::operator==(const TableReference&) const = default;

QueryBody::QueryBody() = default;
QueryBody::QueryBody(Node held, SourceRange where) : node(std::move(held)), range(where) {}
QueryBody::QueryBody(const QueryBody&) = default;
QueryBody::QueryBody(QueryBody&&) noexcept = default;
QueryBody& QueryBody::operator=(const QueryBody&) = default;
QueryBody& QueryBody::operator=(QueryBody&&) noexcept = default;
QueryBody::~QueryBody() = default;
bool QueryBody::operator==(const QueryBody&) const = default;

Query::Query() = default;
Query::Query(const Query&) = default;
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(const Query&) = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;
bool Query::operator==(const Query&) const = default;

Statement::Statement() = default;
Statement::Statement(const Statement&) = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(const Statement&) = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;
bool Statement::operator==(const Statement& other) const {
  return node == other.node;
}

} // namespace freshet::sql
