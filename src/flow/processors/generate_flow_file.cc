#include "flow/processors/generate_flow_file.h"

#include "base/random.h"

namespace freshet::flow {
namespace {

constexpr uint64_t k_size_max = 64 << 20; // bytes, because a content is made in memory
constexpr uint64_t k_batch_max = 10'000;

} // namespace

const ProcessorDescription& GenerateFlowFile::description() const {
  using Type = PropertyDescriptor::Type;
  const auto environment = PropertyDescriptor::Expressions::environment;
  static const ProcessorDescription k_description = {
      .type = "org.apache.nifi.processors.standard.GenerateFlowFile",
      .properties = {{.name = "File Size", .default_value = "0B", .required = true, .type = Type::size},
                     {.name = "Batch Size", .default_value = "1", .required = true, .type = Type::number},
                     {.name = "Data Format", .default_value = "Text", .required = true, .allowed = {{"Binary"}, {"Text"}}},
                     {.name = "Unique FlowFiles", .default_value = "false", .required = true, .type = Type::boolean},
                     {.name = "Custom Text", .old_names = {"generate-ff-custom-text"}, .expressions = environment},
                     {.name = "Character Set",
                      .old_names = {"character-set"},
                      .default_value = "UTF-8",
                      .support = PropertyDescriptor::Support::unsupported},
                     {.name = "Mime Type", .old_names = {"mime-type"}}},
      .relationships = {"success"},
      .input = ProcessorDescription::Input::forbidden,
      .dynamic_properties = true};
  return k_description;
}

std::vector<std::string> GenerateFlowFile::validate(const Properties& properties) const {
  std::vector<std::string> faults;
  if (properties.size("File Size") > k_size_max) faults.push_back("File Size must be at most 64 MB");
  if (properties.number("Batch Size") < 1 || properties.number("Batch Size") > k_batch_max) {
    faults.push_back("Batch Size must be between 1 and 10000");
  }
  return faults;
}

Result<void> GenerateFlowFile::on_trigger(ProcessContext& context, ProcessSession& session) {
  const Properties& properties = context.properties();
  const bool custom = properties.has("Custom Text");
  const bool unique = properties.truth("Unique FlowFiles") && !custom;
  std::string content = custom ? TRY(context.evaluate("Custom Text")) : random_content(properties);
  for (uint64_t left = properties.number("Batch Size"); left > 0; --left) {
    FlowFile& flow_file = session.create();
    for (const auto& [name, expression] : properties.dynamic()) {
      session.put_attribute(flow_file, name, TRY(context.evaluate(expression, nullptr)));
    }
    if (properties.has("Mime Type")) session.put_attribute(flow_file, "mime.type", properties.text("Mime Type"));
    TRY(session.write(flow_file, content));
    session.report(ProvenanceType::create, flow_file);
    session.transfer(flow_file, "success");
    if (unique && left > 1) content = random_content(properties);
  }
  return session.commit();
}

std::string GenerateFlowFile::random_content(const Properties& properties) {
  thread_local Random random{std::stoull(random_secret_hex(8), nullptr, 16)};
  constexpr std::string_view k_letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890!@#$%^&*()-_=+/?.,';:\"?<>\n\t ";
  const bool text = properties.text("Data Format") == "Text";
  std::string content(properties.size("File Size"), '\0');
  for (char& letter : content) letter = text ? k_letters[random.below(k_letters.size())] : static_cast<char>(random.next());
  return content;
}

} // namespace freshet::flow
