#include "warehouse/procedures/script_template.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::warehouse {
namespace {

constexpr size_t k_rendered_bytes_max = 100'000;
constexpr size_t k_blanks_before_directive_max = 10;
constexpr std::string_view k_blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(k_blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

/// Where the directive begins; npos: there is none.
size_t directive_in(std::string_view script) {
  size_t at = script.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const auto first = script.find_first_not_of(k_blanks, at);
  if (first == std::string_view::npos || first - at > k_blanks_before_directive_max) return std::string_view::npos;
  const auto rest = script.substr(first);
  return rest.starts_with("--!jinja") || rest.starts_with("#!jinja") ? first : std::string_view::npos;
}

sql::SqlResult<std::string> value_of(std::string_view expression, const TemplateVariables& variables) {
  const bool is_number = !expression.empty() && expression.find_first_not_of("0123456789.") == std::string_view::npos;
  if (is_number) return std::string(expression);
  const bool quoted = expression.size() >= 2 && (expression[0] == '\'' || expression[0] == '"') &&
                      expression.find(expression[0], 1) == expression.size() - 1;
  if (quoted) return std::string(expression.substr(1, expression.size() - 2));
  const bool is_name = !expression.empty() && std::ranges::all_of(expression, [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
  });
  if (!is_name) return sql::fail(sql::unsupported_feature(fmt::format("the template expression {{{{ {} }}}}", expression)));
  const auto found = variables.find(expression);
  if (found != variables.end()) return found->second;
  return sql::fail({5, "XX000",
                    fmt::format("Python Interpreter Error:\njinja2.exceptions.UndefinedError: '{}' is undefined in template "
                                "processing",
                                expression)});
}

} // namespace

bool is_template(std::string_view script) {
  return directive_in(script) != std::string_view::npos;
}

sql::SqlResult<std::string> render(std::string_view script, const TemplateVariables& variables) {
  if (const auto directive = directive_in(script); directive != std::string_view::npos && script[directive] == '#')
    script.remove_prefix(std::min(script.find('\n', directive), script.size())); // it would be no SQL
  std::string out;
  while (!script.empty()) {
    auto open = script.find('{');
    while (open != std::string_view::npos &&
           (open + 1 >= script.size() || std::string_view("{%#").find(script[open + 1]) == std::string_view::npos))
      open = script.find('{', open + 1);
    out += script.substr(0, open);
    if (open == std::string_view::npos) break;
    const char kind = script[open + 1];
    const std::string end = kind == '{' ? "}}" : std::string(1, kind) + "}";
    const auto close = script.find(end, open + 2);
    if (close == std::string_view::npos)
      return sql::fail({5, "XX000",
                        fmt::format("Python Interpreter Error:\njinja2.exceptions.TemplateSyntaxError: '{}' is never closed",
                                    script.substr(open, 2))});
    auto inside = script.substr(open + 2, close - open - 2);
    script.remove_prefix(close + 2);
    if (inside.starts_with('-')) {
      inside.remove_prefix(1);
      out.resize(out.find_last_not_of(k_blanks) + 1); // npos + 1: nothing but blanks
    }
    if (inside.ends_with('-')) {
      inside.remove_suffix(1);
      script.remove_prefix(std::min(script.find_first_not_of(k_blanks), script.size()));
    }
    inside = trimmed(inside);
    if (kind == '%') return sql::fail(sql::unsupported_feature(fmt::format("the template statement {{% {} %}}", inside)));
    if (kind == '{') out += TRY(value_of(inside, variables));
    if (out.size() > k_rendered_bytes_max) break;
  }
  if (out.size() > k_rendered_bytes_max)
    return sql::fail({1518, "42601", "Size of expanded template exceeds limit of 100,000 bytes."});
  return out;
}

} // namespace freshet::warehouse
