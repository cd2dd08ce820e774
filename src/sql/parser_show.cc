// SHOW and DESCRIBE.
#include <algorithm>

#include "sql/syntax_parser.h"

namespace freshet::sql {
namespace {

constexpr std::string_view k_shown[] = {
    "ACCOUNTS",
    "AGGREGATION POLICIES",
    "ALERTS",
    "API INTEGRATIONS",
    "APPLICATION PACKAGES",
    "APPLICATIONS",
    "AUTHENTICATION POLICIES",
    "BUILTIN FUNCTIONS",
    "CATALOG INTEGRATIONS",
    "CHANNELS",
    "CLASSES",
    "COLUMNS",
    "COMPUTE POOLS",
    "CONNECTIONS",
    "CORTEX SEARCH SERVICES",
    "DATA METRIC FUNCTIONS",
    "DATABASE ROLES",
    "DATABASES",
    "DATASETS",
    "DELEGATED AUTHORIZATIONS",
    "DYNAMIC TABLES",
    "EVENT TABLES",
    "EXPORTED KEYS",
    "EXTERNAL ACCESS INTEGRATIONS",
    "EXTERNAL FUNCTIONS",
    "EXTERNAL TABLES",
    "EXTERNAL VOLUMES",
    "FAILOVER GROUPS",
    "FEATURE POLICIES",
    "FILE FORMATS",
    "FUNCTIONS",
    "GIT REPOSITORIES",
    "GLOBAL ACCOUNTS",
    "HISTORY TABLES",
    "HYBRID TABLES",
    "ICEBERG TABLES",
    "IMAGE REPOSITORIES",
    "IMPORTED KEYS",
    "INTEGRATIONS",
    "JOIN POLICIES",
    "LISTINGS",
    "LOCKS",
    "MANAGED ACCOUNTS",
    "MASKING POLICIES",
    "MATERIALIZED VIEWS",
    "MODELS",
    "NETWORK POLICIES",
    "NETWORK RULES",
    "NOTEBOOKS",
    "NOTIFICATION INTEGRATIONS",
    "OBJECTS",
    "ORGANIZATION ACCOUNTS",
    "PACKAGES POLICIES",
    "PARAMETERS",
    "PASSWORD POLICIES",
    "PIPES",
    "PRIMARY KEYS",
    "PRIVACY POLICIES",
    "PROCEDURES",
    "PROJECTION POLICIES",
    "REGIONS",
    "REPLICATION ACCOUNTS",
    "REPLICATION DATABASES",
    "REPLICATION GROUPS",
    "RESOURCE MONITORS",
    "ROLES",
    "ROW ACCESS POLICIES",
    "SCHEMAS",
    "SECRETS",
    "SECURITY INTEGRATIONS",
    "SEMANTIC VIEWS",
    "SEQUENCES",
    "SERVICES",
    "SESSION POLICIES",
    "SHARES",
    "SNAPSHOTS",
    "STAGES",
    "STORAGE INTEGRATIONS",
    "STORAGE LIFECYCLE POLICIES",
    "STREAMLITS",
    "STREAMS",
    "TABLES",
    "TAGS",
    "TASKS",
    "TRANSACTIONS",
    "UNIQUE KEYS",
    "USER FUNCTIONS",
    "USER PROCEDURES",
    "USERS",
    "VARIABLES",
    "VIEWS",
    "WAREHOUSES",
};

} // namespace

Statement::Node SyntaxParser::show() {
  expect("SHOW");
  Show result;
  result.terse = accept("TERSE");
  if (accept("GRANTS")) {
    show_grants(result);
    return result;
  }
  if (accept_words({"FUTURE", "GRANTS"})) {
    result.future = true;
    show_grants(result);
    return result;
  }
  const Token& kind = peek();
  if (accept_words({"HISTORY", "TABLES"})) result.kind = "HISTORY TABLES";
  while (at_kind(TokenKind::word) &&
         !at_any({"HISTORY", "LIKE", "IN", "FOR", "STARTS", "LIMIT", "RLIKE", "ROOT", "WITH", "->>"})) {
    result.kind.append(result.kind.empty() ? "" : " ").append(any_word().name);
  }
  if (std::find(std::begin(k_shown), std::end(k_shown), result.kind) == std::end(k_shown)) unexpected(kind);
  for (;;) {
    if (accept("HISTORY")) {
      result.history = true;
    } else if (accept("LIKE")) {
      result.like = string();
    } else if (accept_words({"STARTS", "WITH"})) {
      result.starts_with = string();
    } else if (result.kind == "TASKS" && accept_words({"ROOT", "ONLY"})) {
      result.roots_only = true;
    } else if (accept("LIMIT")) {
      result.limit = integer();
      if (accept("FROM")) result.limit_from = string();
    } else if (accept_words({"WITH", "PRIVILEGES"})) { // everybody has them all
      do {
        while (at_kind(TokenKind::word) && !at_any({"HISTORY", "LIKE", "IN", "FOR", "STARTS", "LIMIT"})) advance();
      } while (accept(","));
    } else if (!result.in_kind && (accept("IN") || accept("FOR"))) {
      if (accept("SESSION") || (at("ACCOUNT") && peek(1).kind != TokenKind::symbol)) {
        result.in_kind = accept("ACCOUNT") ? "ACCOUNT" : "SESSION";
        continue;
      }
      bool is_name = is_at(peek(1), ".");
      auto container = is_name ? std::nullopt : object_kind();
      result.in_kind = container ? std::string(name_of(*container)) : "";
      if (at_identifier() && !at_any({"STARTS", "LIMIT", "LIKE"}) && !at_words({"ROOT", "ONLY"}))
        result.in_name = qualified_name();
      if (!container && result.in_name.empty()) unexpected();
    } else {
      return result;
    }
  }
}

/// SHOW GRANTS [ON object | TO grantee | OF role | IN container]
void SyntaxParser::show_grants(Show& result) {
  result.kind = "GRANTS";
  if (at("ON") || at("TO") || at("OF") || at("IN")) {
    result.grants = any_word().name;
    const bool may_be_bare = result.grants == "ON"; // a table or view without its kind
    const auto kind = may_be_bare ? object_kind() : expect_object_kind();
    result.in_kind = kind ? name_of(*kind) : "";
    if (kind != ObjectKind::account) result.in_name = qualified_name();
    if (at("(")) argument_types();
  }
  if (accept("LIMIT")) result.limit = integer();
}

Statement::Node SyntaxParser::describe() {
  advance();
  Describe result;
  if (accept("RESULT")) {
    result.of_result = true;
    result.result = expression();
    return result;
  }
  if (at("TRANSACTION") && peek(1).kind == TokenKind::number) {
    advance();
    result.of_transaction = true;
    result.result = expression();
    return result;
  }
  bool is_name = is_at(peek(1), ".") || peek(1).kind == TokenKind::end || is_at(peek(1), ";");
  if (!is_name) result.kind = expect_object_kind();
  if (at_kind(TokenKind::stage)) {
    result.location = stage_location();
    result.name = result.location->name;
    return result;
  }
  result.name = qualified_name();
  if (at("(")) result.argument_types = argument_types();
  if (accept_words({"TYPE", "="})) result.type = any_word().name;
  return result;
}

} // namespace freshet::sql
