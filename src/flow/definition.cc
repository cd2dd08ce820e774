#include "flow/definition.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <boost/json.hpp>

namespace freshet::flow {
namespace {

namespace json = boost::json;

Result<std::string> gunzipped(std::string_view bytes) {
  constexpr size_t k_size_max = 256 << 20;
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return fail(ErrorKind::io, "cannot start to decompress the flow definition");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  int code = Z_OK;
  while (code == Z_OK && result.size() < k_size_max) {
    char chunk[65536];
    stream.next_out = reinterpret_cast<Bytef*>(chunk);
    stream.avail_out = sizeof chunk;
    code = inflate(&stream, Z_NO_FLUSH);
    result.append(chunk, sizeof chunk - stream.avail_out);
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return fail(ErrorKind::invalid_argument, "the flow definition is gzipped, but damaged or cut off");
  return result;
}

Result<json::value> parse_json(std::string_view text) {
  json::stream_parser parser;
  json::error_code code;
  const size_t used = parser.write_some(text.data(), text.size(), code);
  if (!code) parser.finish(code);
  if (!code && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) code = json::error::extra_data;
  if (code) {
    const std::string_view before = text.substr(0, used);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const size_t column = used - (before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1) + 1;
    return fail(ErrorKind::invalid_argument,
                fmt::format("the flow definition is not JSON: {} at line {}, column {}", code.message(), line, column));
  }
  return parser.release();
}

/// Reads fields of one JSON object; a field of another type than expected is a fault of the component.
class Fields {
 public:
  Fields(const json::object& object, std::string described, std::vector<std::string>& faults)
      : object_(object), described_(std::move(described)), faults_(faults) {}

  void describe(std::string described) { described_ = std::move(described); }
  void fault(std::string_view message) { faults_.push_back(fmt::format("{}: {}", described_, message)); }

  void text(std::string_view name, std::string& into) {
    const json::value* const value = present(name);
    if (value == nullptr) return;
    if (value->is_string())
      into = std::string(value->get_string());
    else if (value->is_int64())
      into = std::to_string(value->get_int64());
    else
      fault(fmt::format("the field {} must be text", name));
  }
  void number(std::string_view name, int64_t& into) {
    const json::value* const value = present(name);
    if (value == nullptr) return;
    if (value->is_int64())
      into = value->get_int64();
    else
      fault(fmt::format("the field {} must be a whole number", name));
  }
  void texts(std::string_view name, std::vector<std::string>& into) {
    for (const json::value& value : array(name)) {
      if (value.is_string())
        into.emplace_back(value.get_string());
      else
        fault(fmt::format("the field {} must be a list of texts", name));
    }
  }
  void properties(DefinedProperties& into) {
    const json::value* const value = present("properties");
    if (value == nullptr) return;
    if (!value->is_object()) return fault("the field properties must be an object");
    for (const auto& [name, property] : value->get_object()) {
      if (property.is_null())
        into[name] = std::nullopt;
      else if (property.is_string())
        into[name] = std::string(property.get_string());
      else
        fault(fmt::format("the property {} must be text or null", std::string_view(name)));
    }
  }
  const json::array& array(std::string_view name) {
    static const json::array k_empty;
    const json::value* const value = present(name);
    if (value == nullptr) return k_empty;
    if (value->is_array()) return value->get_array();
    fault(fmt::format("the field {} must be a list", name));
    return k_empty;
  }
  const json::object* object(std::string_view name) {
    const json::value* const value = present(name);
    if (value == nullptr) return nullptr;
    if (value->is_object()) return &value->get_object();
    fault(fmt::format("the field {} must be an object", name));
    return nullptr;
  }
  std::vector<Fields> objects(std::string_view name, const std::string& what) {
    std::vector<Fields> result;
    for (const json::value& value : array(name)) {
      if (value.is_object())
        result.emplace_back(value.get_object(), what, faults_);
      else
        fault(fmt::format("the list {} must hold objects", name));
    }
    return result;
  }

 private:
  const json::value* present(std::string_view name) const {
    const json::value* const value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  const json::object& object_;
  std::string described_;
  std::vector<std::string>& faults_;
};

std::string described_as(std::string_view what, const std::string& name, const std::string& id) {
  return fmt::format("{} '{}' (id {})", what, name, id.empty() ? "missing" : id);
}

class DefinitionReader {
 public:
  DefinitionReader(Definition& definition, std::vector<std::string>& faults) : definition_(definition), faults_(faults) {}

  void group(Fields fields, std::string parameter_context, int depth) {
    std::string id, name;
    fields.text("identifier", id);
    fields.text("name", name);
    fields.describe(described_as("process group", name, id));
    if (depth > 100) return fields.fault("groups are nested more than 100 deep");
    if (depth == 0) definition_.name = name;
    fields.text("parameterContextName", parameter_context);
    if (!fields.array("remoteProcessGroups").empty()) fields.fault("remote process groups are not supported");
    for (Fields& one : fields.objects("processors", "a processor"))
      processor(one, DefinedProcessor::Kind::processor, id, parameter_context);
    for (Fields& one : fields.objects("inputPorts", "an input port"))
      processor(one, DefinedProcessor::Kind::input_port, id, parameter_context);
    for (Fields& one : fields.objects("outputPorts", "an output port"))
      processor(one, DefinedProcessor::Kind::output_port, id, parameter_context);
    for (Fields& one : fields.objects("funnels", "a funnel"))
      processor(one, DefinedProcessor::Kind::funnel, id, parameter_context);
    for (Fields& one : fields.objects("connections", "a connection")) connection(one, id);
    services(fields, id, parameter_context);
    for (Fields& one : fields.objects("processGroups", "a process group")) group(std::move(one), parameter_context, depth + 1);
  }

  void services(Fields& fields, const std::string& group_id, const std::string& parameter_context) {
    for (Fields& one : fields.objects("controllerServices", "a controller service")) {
      DefinedService service;
      service.group_id = group_id;
      service.parameter_context = parameter_context;
      identify(one, service.id, service.instance_id, service.name);
      one.describe(described_as("controller service", service.name, service.id));
      one.text("type", service.type);
      one.properties(service.properties);
      definition_.services.push_back(std::move(service));
    }
  }

  void parameter_context(Fields fields, std::string name) {
    fields.text("name", name);
    fields.describe("parameter context '" + name + "'");
    Parameters& parameters = own_parameters_[name];
    for (Fields& one : fields.objects("parameters", "a parameter of context '" + name + "'")) {
      std::string parameter, value;
      // A flow.json wraps each parameter in {"parameter": {…}}, a downloaded definition does not.
      const json::object* const wrapped = one.object("parameter");
      Fields inner = wrapped != nullptr ? Fields(*wrapped, "a parameter of context '" + name + "'", faults_) : one;
      inner.text("name", parameter);
      inner.text("value", value);
      if (parameter.empty()) {
        inner.fault("it has no name");
        continue;
      }
      if (value.starts_with("enc{")) {
        definition_.warnings.push_back(
            fmt::format("parameter '{}' of context '{}' is encrypted; give its value in the configuration", parameter, name));
        value.clear();
      }
      parameters[parameter] = value;
    }
    fields.texts("inheritedParameterContexts", inherited_[name]);
  }

  void resolve_parameters() {
    for (const auto& [name, own] : own_parameters_) {
      std::set<std::string> visited;
      inherit(name, definition_.parameter_contexts[name], visited);
    }
  }

 private:
  void identify(Fields& fields, std::string& id, std::string& instance_id, std::string& name) {
    fields.text("identifier", id);
    fields.text("instanceIdentifier", instance_id);
    fields.text("name", name);
    if (id.empty()) fields.fault("it has no identifier");
  }

  void processor(Fields& fields, DefinedProcessor::Kind kind, const std::string& group_id,
                 const std::string& parameter_context) {
    DefinedProcessor processor;
    processor.kind = kind;
    processor.group_id = group_id;
    processor.parameter_context = parameter_context;
    identify(fields, processor.id, processor.instance_id, processor.name);
    fields.describe(processor.described());
    fields.text("scheduledState", processor.scheduled_state);
    if (kind == DefinedProcessor::Kind::processor) {
      fields.text("type", processor.type);
      fields.properties(processor.properties);
      fields.text("schedulingStrategy", processor.scheduling_strategy);
      fields.text("schedulingPeriod", processor.scheduling_period);
      fields.text("penaltyDuration", processor.penalty_duration);
      fields.text("yieldDuration", processor.yield_duration);
      fields.text("bulletinLevel", processor.bulletin_level);
      fields.number("concurrentlySchedulableTaskCount", processor.concurrency);
      fields.texts("autoTerminatedRelationships", processor.auto_terminated);
      fields.number("retryCount", processor.retry_count);
      fields.texts("retriedRelationships", processor.retried);
      fields.text("backoffMechanism", processor.backoff_mechanism);
      fields.text("maxBackoffPeriod", processor.max_backoff_period);
    }
    definition_.processors.push_back(std::move(processor));
  }

  void connection(Fields& fields, const std::string& group_id) {
    DefinedConnection connection;
    connection.group_id = group_id;
    std::string instance_id;
    identify(fields, connection.id, instance_id, connection.name);
    fields.describe(connection.described());
    for (const auto& [field, id] : {std::pair("source", &connection.source_id), {"destination", &connection.destination_id}}) {
      const json::object* const end = fields.object(field);
      if (end == nullptr) {
        fields.fault(fmt::format("it has no {}", field));
        continue;
      }
      Fields(*end, fmt::format("{}, {}", connection.described(), field), faults_).text("id", *id);
    }
    fields.texts("selectedRelationships", connection.relationships);
    fields.number("backPressureObjectThreshold", connection.count_max);
    fields.text("backPressureDataSizeThreshold", connection.bytes_max);
    fields.text("flowFileExpiration", connection.expiration);
    fields.texts("prioritizers", connection.prioritizers);
    definition_.connections.push_back(std::move(connection));
  }

  /// A context's own parameters win, then those of the contexts it inherits, in their order.
  void inherit(const std::string& name, Parameters& into, std::set<std::string>& visited) {
    if (!visited.insert(name).second) return;
    const auto own = own_parameters_.find(name);
    if (own == own_parameters_.end()) {
      faults_.push_back(fmt::format("parameter context '{}' is inherited but not in the file", name));
      return;
    }
    into.insert(own->second.begin(), own->second.end());
    for (const std::string& parent : inherited_[name]) inherit(parent, into, visited);
  }

  Definition& definition_;
  std::vector<std::string>& faults_;
  std::map<std::string, Parameters> own_parameters_;
  std::map<std::string, std::vector<std::string>> inherited_;
};

} // namespace

std::string DefinedProcessor::described() const {
  switch (kind) {
    case Kind::input_port:
      return described_as("input port", name, id);
    case Kind::output_port:
      return described_as("output port", name, id);
    case Kind::funnel:
      return described_as("funnel", name, id);
    case Kind::processor:
      break;
  }
  return described_as("processor", name, id);
}
std::string DefinedConnection::described() const {
  return described_as("connection", name, id);
}
std::string DefinedService::described() const {
  return described_as("controller service", name, id);
}

std::string joined(std::string_view heading, const std::vector<std::string>& faults) {
  if (faults.size() == 1) return fmt::format("{}: {}", heading, faults[0]);
  std::string message = fmt::format("{}, {} faults:", heading, faults.size());
  for (const std::string& fault : faults) message += "\n  - " + fault;
  return message;
}

Result<Definition> parse_definition(std::string_view text) {
  std::string unpacked;
  if (text.starts_with("\x1f\x8b")) {
    unpacked = TRY(gunzipped(text));
    text = unpacked;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.substr(0, 100).find("<template") != std::string_view::npos) {
    return fail(ErrorKind::unsupported, "this is a NiFi 1.x template (XML); download the flow definition as JSON instead");
  }
  const json::value value = TRY(parse_json(text));
  if (!value.is_object()) return fail(ErrorKind::invalid_argument, "the flow definition must be a JSON object");
  const json::object& top = value.get_object();

  Definition definition;
  std::vector<std::string> faults;
  Fields fields(top, "the flow definition", faults);
  DefinitionReader reader(definition, faults);
  if (const json::value* const contexts = top.if_contains("parameterContexts"); contexts != nullptr && contexts->is_object()) {
    for (const auto& [name, context] : contexts->get_object()) {
      if (context.is_object()) reader.parameter_context({context.get_object(), "a parameter context", faults}, name);
    }
  } else {
    for (Fields& context : fields.objects("parameterContexts", "a parameter context"))
      reader.parameter_context(std::move(context), "");
  }
  reader.resolve_parameters();
  if (const json::object* const external = fields.object("externalControllerServices")) {
    for (const auto& [id, service] : *external) definition.external_services.emplace(id);
  }
  const json::object* root = fields.object("flowContents");
  if (root == nullptr) root = fields.object("rootGroup");
  if (root == nullptr) {
    fields.fault("it has neither flowContents (a downloaded flow definition) nor rootGroup (a flow.json)");
  } else {
    reader.group({*root, "the root group", faults}, "", 0);
    reader.services(fields, "", "");
  }
  if (!faults.empty()) return fail(ErrorKind::invalid_argument, joined("the flow definition cannot be read", faults));
  return definition;
}

} // namespace freshet::flow
