#include "flow/processors/update_attribute.h"

namespace freshet::flow {

const ProcessorDescription& UpdateAttribute::description() const {
  using Support = PropertyDescriptor::Support;
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.attributes.UpdateAttribute",
      .properties = {{.name = "Delete Attributes Expression", .expressions = PropertyDescriptor::Expressions::flow_file},
                     {.name = "Store State",
                      .default_value = "Do not store state",
                      .allowed = {{"Do not store state"}, {"Store state locally"}},
                      .support = Support::unsupported},
                     {.name = "Stateful Variables Initial Value", .support = Support::without_effect},
                     {.name = "Cache Value Lookup Cache Size",
                      .old_names = {"canonical-value-lookup-cache-size"},
                      .default_value = "100",
                      .support = Support::without_effect}},
      .relationships = {"success"},
      .dynamic_properties = true};
  return k_description;
}

Result<void> UpdateAttribute::on_trigger(ProcessContext& context, ProcessSession& session) {
  for (FlowFile* const flow_file : session.get(100)) TRY(update(context, session, *flow_file));
  return session.commit();
}

Result<void> UpdateAttribute::update(ProcessContext& context, ProcessSession& session, FlowFile& flow_file) const {
  std::vector<std::pair<std::string, std::string>> changes;
  for (const auto& [name, expression] : context.properties().dynamic()) {
    changes.emplace_back(name, TRY(context.evaluate(expression, &flow_file)));
  }
  if (const std::string deleted = TRY(context.evaluate("Delete Attributes Expression", &flow_file)); !deleted.empty()) {
    const Pattern pattern = TRY(Pattern::compile(deleted));
    std::vector<std::string> names;
    for (const auto& [name, value] : flow_file.attributes) {
      if (pattern.matches(name)) names.push_back(name);
    }
    for (const std::string& name : names) session.remove_attribute(flow_file, name);
  }
  for (auto& [name, value] : changes) session.put_attribute(flow_file, name, std::move(value));
  session.transfer(flow_file, "success");
  return {};
}

} // namespace freshet::flow
