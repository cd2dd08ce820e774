#include "warehouse/statements/show_table.h"

#include <fmt/core.h>

#include <cctype>

namespace freshet::warehouse {

std::vector<ResultColumn> show_columns(std::string_view names) {
  std::vector<ResultColumn> out;
  while (!names.empty()) {
    auto end = names.find(' ');
    std::string name(names.substr(0, end));
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
    sql::SnowflakeType type;
    if (name.back() == '!') type = {.kind = sql::TypeKind::timestamp_ltz, .precision = 0, .scale = 3};
    if (name.back() == '#') type = {.kind = sql::TypeKind::number};
    if (type.kind != sql::TypeKind::text) name.pop_back();
    out.push_back({std::move(name), type, true});
  }
  return out;
}

bool matches_like(std::string_view text, std::string_view pattern) {
  auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  size_t t = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t mark = 0;
  while (t < text.size()) {
    bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    char wanted = p < pattern.size() ? pattern[escaped ? p + 1 : p] : '\0';
    if (p < pattern.size() && !escaped && pattern[p] == '%') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && ((!escaped && wanted == '_') || same(wanted, text[t]))) {
      p += escaped ? 2 : 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool ShowFilter::takes(std::string_view name) {
  if (show_.like && !matches_like(name, *show_.like)) return false;
  if (show_.starts_with && !name.starts_with(*show_.starts_with)) return false;
  if (show_.limit_from && name <= *show_.limit_from) return false;
  if (show_.limit && taken_ >= *show_.limit) return false;
  ++taken_;
  return true;
}

SqlResult<ShowScope> show_scope(StatementContext& context, const sql::Show& show) {
  auto& catalog = context.catalog();
  auto current = context.scope();
  auto name = TRY(context.resolve(show.in_name));
  ShowScope out;
  if (!show.in_kind) {
    out.database = catalog.find(ObjectKind::database, k_account, current.database);
    if (out.database) out.schema = catalog.find(ObjectKind::schema, out.database->id, current.schema);
    return out;
  }
  auto kind = *show.in_kind;
  if (kind == "ACCOUNT") return out;
  if (kind.empty()) { // IN name: a schema of the current database, or a database
    bool is_database = name.parts.size() == 1 && catalog.find(ObjectKind::database, k_account, name.last());
    kind = is_database ? "DATABASE" : "SCHEMA";
  }
  if (kind == "DATABASE") {
    out.database = TRY(context.database(name));
    return out;
  }
  out.schema = TRY(context.schema(name));
  out.database = catalog.find(out.schema->parent);
  return out;
}

std::vector<ObjectPointer> objects_in(StatementContext& context, const ShowScope& scope, ObjectKind kind) {
  auto& catalog = context.catalog();
  std::vector<ObjectPointer> out;
  if (is_account_object(kind)) return catalog.children(k_account, kind);
  std::vector<ObjectPointer> databases{scope.database};
  if (!scope.database) databases = catalog.children(k_account, ObjectKind::database);
  for (const auto& database : databases) {
    auto schemas = catalog.children(database->id, ObjectKind::schema);
    if (kind == ObjectKind::schema) {
      out.insert(out.end(), schemas.begin(), schemas.end());
      continue;
    }
    for (const auto& schema : schemas) {
      if (scope.schema && schema->id != scope.schema->id) continue;
      auto objects = catalog.children(schema->id, kind, context.session().id());
      out.insert(out.end(), objects.begin(), objects.end());
    }
  }
  return out;
}

std::string identity_text(const AutoIncrement& numbers) {
  return fmt::format("IDENTITY START {} INCREMENT {} {}", numbers.start, numbers.step, numbers.ordered ? "ORDER" : "NOORDER");
}

std::string yes_or_no(bool value) {
  return value ? "YES" : "NO";
}
std::string true_or_false(bool value) {
  return value ? "true" : "false";
}
std::string y_or_n(bool value) {
  return value ? "Y" : "N";
}

std::string listed(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}

std::optional<std::string> null_if_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

} // namespace freshet::warehouse
