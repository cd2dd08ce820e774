#include "sql/syntax_parser.h"

namespace freshet::sql {

/// After the word GRANT or REVOKE.
Statement::Node SyntaxParser::grant(bool revoke) {
  Grant result;
  result.revoke = revoke;
  if (revoke) result.grant_option_for = accept_words({"GRANT", "OPTION", "FOR"});
  bool of_role = at("ROLE") || at_words({"DATABASE", "ROLE"});
  if (of_role) {
    accept("DATABASE");
    expect("ROLE");
    do {
      result.roles.push_back(qualified_name());
    } while (accept(","));
  } else {
    do {
      std::string privilege;
      while (at_kind(TokenKind::word) && !at("ON") && !at("TO") && !at("FROM")) {
        privilege.append(privilege.empty() ? "" : " ").append(any_word().name);
      }
      if (privilege.empty()) unexpected();
      if (privilege == "ALL PRIVILEGES") privilege = "ALL";
      result.privileges.push_back(std::move(privilege));
    } while (accept(","));
    expect("ON");
    grant_target(result);
  }
  expect(revoke ? Word("FROM") : Word("TO"));
  static constexpr Word k_grantees[] = {"ROLE", "USER", "SHARE", "APPLICATION"};
  if (accept_words({"DATABASE", "ROLE"})) result.grantee_kind = "DATABASE ROLE";
  if (accept_words({"APPLICATION", "ROLE"})) result.grantee_kind = "APPLICATION ROLE";
  for (Word kind : k_grantees) {
    bool names_kind = result.grantee_kind.empty() && (peek(1).kind == TokenKind::word || peek(1).kind == TokenKind::quoted);
    if (names_kind && accept(kind)) result.grantee_kind = kind.text();
  }
  if (result.grantee_kind.empty()) result.grantee_kind = "ROLE";
  result.grantee = qualified_name();
  if (!revoke) result.with_grant_option = accept_words({"WITH", "GRANT", "OPTION"});
  if (accept_words({"COPY", "CURRENT", "GRANTS"})) result.current_grants = "COPY";
  if (accept_words({"REVOKE", "CURRENT", "GRANTS"})) result.current_grants = "REVOKE";
  if (revoke && !accept("CASCADE")) accept("RESTRICT");
  return result;
}

/// ACCOUNT | [ALL | FUTURE] kind [name | IN container name]
void SyntaxParser::grant_target(Grant& result) {
  if (accept("ACCOUNT")) {
    result.scope = Grant::Scope::account;
    result.object_kind = "ACCOUNT";
    return;
  }
  bool all = at("ALL");
  if (all || at("FUTURE")) {
    result.scope = all ? Grant::Scope::all : Grant::Scope::future;
    advance();
    while (at_kind(TokenKind::word) && !at("IN"))
      result.object_kind.append(result.object_kind.empty() ? "" : " ").append(any_word().name);
    expect("IN");
    result.in_kind = name_of(expect_object_kind());
    result.in_name = qualified_name();
    return;
  }
  bool is_name = is_at(peek(1), ".") || is_at(peek(1), "TO") || is_at(peek(1), "FROM");
  auto kind = is_name ? std::nullopt : object_kind();
  if (kind) result.object_kind = name_of(*kind); // else a table, view or stream
  result.object = qualified_name();
  if (at("(")) result.argument_types = argument_types();
}

} // namespace freshet::sql
