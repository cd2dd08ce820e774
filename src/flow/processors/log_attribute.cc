#include "flow/processors/log_attribute.h"

#include <fmt/format.h>

#include <set>

#include "base/log.h"
#include "flow/pattern.h"

namespace freshet::flow {
namespace {

constexpr uint64_t k_payload_max = 64 << 10; // bytes shown

log::Level level_of(const std::string& name) {
  if (name == "error") return log::Level::error;
  if (name == "warn") return log::Level::warn;
  return name == "info" ? log::Level::info : log::Level::debug;
}

std::set<std::string> names_in(const std::string& list) {
  std::set<std::string> names;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const size_t first = list.find_first_not_of(' ', begin);
    const size_t last = list.find_last_not_of(' ', end - 1);
    if (first < end) names.insert(list.substr(first, last - first + 1));
    begin = end + 1;
  }
  return names;
}

} // namespace

const ProcessorDescription& LogAttribute::description() const {
  using Type = PropertyDescriptor::Type;
  using Support = PropertyDescriptor::Support;
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.standard.LogAttribute",
      .properties = {{.name = "Log Level",
                      .default_value = "info",
                      .required = true,
                      .allowed = {{"trace"}, {"debug"}, {"info"}, {"warn"}, {"error"}}},
                     {.name = "Log Payload", .default_value = "false", .required = true, .type = Type::boolean},
                     {.name = "Attributes to Log"},
                     {.name = "Attributes to Log by Regular Expression",
                      .old_names = {"attributes-to-log-regex"},
                      .default_value = ".*",
                      .type = Type::pattern},
                     {.name = "Attributes to Ignore"},
                     {.name = "Attributes to Ignore by Regular Expression",
                      .old_names = {"attributes-to-ignore-regex"},
                      .type = Type::pattern},
                     {.name = "Log FlowFile Properties",
                      .default_value = "true",
                      .type = Type::boolean,
                      .support = Support::without_effect},
                     {.name = "Output Format", .default_value = "Line per Attribute", .support = Support::without_effect},
                     {.name = "Log Prefix",
                      .old_names = {"Log prefix"},
                      .expressions = PropertyDescriptor::Expressions::flow_file},
                     {.name = "Character Set",
                      .old_names = {"character-set"},
                      .default_value = "UTF-8",
                      .support = Support::without_effect}},
      .relationships = {"success"}};
  return k_description;
}

Result<void> LogAttribute::on_trigger(ProcessContext& context, ProcessSession& session) {
  const Properties& properties = context.properties();
  const auto wanted = names_in(properties.text("Attributes to Log"));
  const auto ignored = names_in(properties.text("Attributes to Ignore"));
  const Pattern wanted_pattern = TRY(Pattern::compile(properties.text("Attributes to Log by Regular Expression")));
  const Pattern ignored_pattern = TRY(Pattern::compile(properties.text("Attributes to Ignore by Regular Expression")));
  for (FlowFile* const flow_file : session.get(100)) {
    std::string text = TRY(context.evaluate("Log Prefix", flow_file));
    for (const auto& [name, value] : flow_file->attributes) {
      if (!wanted.empty() && !wanted.contains(name)) continue;
      if (!wanted_pattern.matches(name) || ignored.contains(name) || ignored_pattern.matches(name)) continue;
      text += fmt::format(" {}='{}'", name, value);
    }
    if (properties.truth("Log Payload")) text += "\n" + TRY(session.read(*flow_file, 0, k_payload_max));
    log::write(level_of(properties.text("Log Level")), "flow", fmt::format("{}:{}", context.name(), text));
    session.transfer(*flow_file, "success");
  }
  return session.commit();
}

} // namespace freshet::flow
