#include "flow/process_context.h"

#include <fmt/format.h>

#include "flow/processor_node.h"

namespace freshet::flow {

const std::string& ProcessContext::id() const {
  return node_.id;
}
const std::string& ProcessContext::name() const {
  return node_.name;
}
const Properties& ProcessContext::properties() const {
  return node_.properties;
}
Duration ProcessContext::period() const {
  return node_.period;
}

ExpressionScope ProcessContext::scope_for(const FlowFile* flow_file) const {
  ExpressionScope scope;
  if (flow_file != nullptr) {
    scope.attribute = [flow_file](std::string_view name) { return flow_file->lookup(name); };
    scope.attribute_names = &flow_file->attributes;
  }
  scope.parameters = &node_.parameters;
  scope.variables = &world_.options->variables;
  scope.clock = world_.options->clock;
  return scope;
}

Result<std::string> ProcessContext::evaluate(std::string_view property, const FlowFile* flow_file) const {
  return node_.properties.evaluate(property, scope_for(flow_file));
}

Result<std::string> ProcessContext::evaluate(const Expression& expression, const FlowFile* flow_file) const {
  return expression.evaluate(scope_for(flow_file));
}

Credentials ProcessContext::credentials(std::string_view property) const {
  const auto found = node_.credentials.find(std::string(property));
  return found == node_.credentials.end() ? Credentials{} : found->second;
}

void ProcessContext::yield() const {
  node_.yield_requested = true;
}

void ProcessContext::bulletin(Bulletin::Level level, std::string message) const {
  if (node_.bulletins_off || level < node_.bulletin_level) return;
  if (level != Bulletin::Level::info) ++node_.counters.bulletins;
  world_.bulletins->add({now(), level, node_.id, node_.name, std::move(message)});
}

} // namespace freshet::flow
