#include "flow/processors/route_on_attribute.h"

namespace freshet::flow {
namespace {

constexpr const char* k_strategy = "Routing Strategy";
constexpr const char* k_by_name = "Route to Property name";
constexpr const char* k_all = "Route to 'match' if all match";
constexpr const char* k_any = "Route to 'match' if any matches";

} // namespace

const ProcessorDescription& RouteOnAttribute::description() const {
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.standard.RouteOnAttribute",
      .properties = {{.name = k_strategy,
                      .default_value = k_by_name,
                      .required = true,
                      .allowed = {{k_by_name},
                                  {k_all, "Route to 'matched' if all match"},
                                  {k_any, "Route to 'matched' if any matches"}}}},
      .relationships = {"unmatched"},
      .dynamic_properties = true};
  return k_description;
}

std::vector<std::string> RouteOnAttribute::relationships(const Properties& properties) const {
  std::vector<std::string> names = {"unmatched"};
  if (properties.text(k_strategy) != k_by_name) {
    names.push_back("matched");
  } else {
    for (const auto& [name, condition] : properties.dynamic()) names.push_back(name);
  }
  return names;
}

Result<std::vector<std::string>> RouteOnAttribute::routes(ProcessContext& context, const FlowFile& flow_file) const {
  const auto& conditions = context.properties().dynamic();
  std::vector<std::string> holding;
  for (const auto& [name, condition] : conditions) {
    const std::string truth = TRY(context.evaluate(condition, &flow_file));
    if (truth == "true") holding.push_back(name);
  }
  const std::string& strategy = context.properties().text(k_strategy);
  if (strategy == k_by_name) return holding.empty() ? std::vector<std::string>{"unmatched"} : holding;
  const bool matched = strategy == k_all ? holding.size() == conditions.size() : !holding.empty();
  return std::vector<std::string>{matched ? "matched" : "unmatched"};
}

Result<void> RouteOnAttribute::on_trigger(ProcessContext& context, ProcessSession& session) {
  for (FlowFile* const flow_file : session.get(100)) {
    const std::vector<std::string> names = TRY(routes(context, *flow_file));
    for (size_t index = 0; index < names.size(); ++index) {
      FlowFile& routed = index + 1 < names.size() ? session.clone(*flow_file) : *flow_file;
      session.put_attribute(routed, "RouteOnAttribute.Route", names[index]);
      session.report_route(routed, names[index]);
      session.transfer(routed, names[index]);
    }
  }
  return session.commit();
}

} // namespace freshet::flow
