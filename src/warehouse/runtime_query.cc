#include "warehouse/runtime_query.h"

#include <map>

#include "sql/parser.h"
#include "warehouse/binder.h"

namespace freshet::warehouse {
namespace {

/// What names mean in the text: the same as around the call, and `:name` one of its further arguments.
class RuntimeBinder final : public Binder {
 public:
  RuntimeBinder(StatementContext& context, const CallPlace& place, const std::map<std::string, std::string>& values)
      : Binder(context, place.scope, place.depth + 1), values_(values) {}

  SqlResult<std::string> bind(const sql::BindVariable& bind) override {
    const auto found = values_.find(bind.name);
    return found == values_.end() ? Binder::bind(bind) : SqlResult<std::string>(sql::quote_string(found->second));
  }
  SqlResult<std::optional<std::string>> constant_text(const sql::Expression& expression) override {
    const auto* bind = expression.as<sql::BindVariable>();
    const auto found = bind != nullptr ? values_.find(bind->name) : values_.end();
    if (found == values_.end()) return Binder::constant_text(expression);
    return found->second;
  }
  SqlResult<sql::QualifiedName> dynamic_name(const sql::DynamicName& name) override {
    const auto found = name.kind == sql::DynamicName::Kind::named_bind ? values_.find(name.name) : values_.end();
    return found == values_.end() ? Binder::dynamic_name(name) : sql::parse_qualified_name(found->second);
  }

 private:
  const std::map<std::string, std::string>& values_;
};

} // namespace

bool is_runtime_query(const sql::FunctionCall& call) {
  return call.name.parts.size() == 1 && call.name.last() == "TO_QUERY";
}

SqlResult<sql::PrintedQuery> runtime_query(StatementContext& context, const CallPlace& place,
                                           const FunctionArguments& arguments) {
  std::optional<std::string> text;
  std::map<std::string, std::string> values;
  bool has_null = arguments.empty();
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto value = TRY(context.constant_text(arguments[i]));
    has_null = has_null || !value;
    if (i == 0 || arguments[i].name == "SQL")
      text = std::move(value);
    else if (value)
      values.insert_or_assign(arguments[i].name, std::move(*value));
  }
  if (has_null) return sql::PrintedQuery{"(SELECT NULL AS \"NULL\" WHERE false)", {}};
  const auto query = TRY(sql::parse_query(*text, context.session().parameters().parse_options()));
  RuntimeBinder binder(context, place, values);
  auto printed = TRY(sql::print_engine_select(query, binder, context.print_options()));
  printed.text = "(" + printed.text + ")";
  return printed;
}

} // namespace freshet::warehouse
