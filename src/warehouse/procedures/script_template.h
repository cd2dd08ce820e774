#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sql/error.h"

namespace freshet::warehouse {

/// Name, whose case counts → the text that stands for it.
using TemplateVariables = std::map<std::string, std::string, std::less<>>;

/// Whether a staged script says of itself that it is a template: --!jinja or #!jinja in front of all but blanks.
bool is_template(std::string_view script);

/// The part of Jinja's language that puts values into a script: {{ variable }}, {{ 'text' }}, {# comments #}, and `-` beside
/// the marks, which takes blanks away. Errors: 000005 a variable without value, 001518 more than 100,000 bytes, 000002 what
/// else Jinja has ({% … %}, filters, calls), by its name.
sql::SqlResult<std::string> render(std::string_view script, const TemplateVariables& variables);

} // namespace freshet::warehouse
