#include "flow/flow_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "flow/processor_registry.h"
#include "flow/units.h"

namespace freshet::flow {
namespace {

constexpr std::string_view k_credentials_service =
    "org.apache.nifi.processors.aws.credentials.provider.service.AWSCredentialsProviderControllerService";

std::string short_name(const std::string& type) {
  const size_t dot = type.rfind('.');
  return dot == std::string::npos ? type : type.substr(dot + 1);
}

const std::vector<PropertyDescriptor>& credentials_properties() {
  using Expressions = PropertyDescriptor::Expressions;
  using Support = PropertyDescriptor::Support;
  static const std::vector<PropertyDescriptor> k_properties = {
      {.name = "Access Key ID", .old_names = {"Access Key"}, .expressions = Expressions::environment},
      {.name = "Secret Access Key", .old_names = {"Secret Key"}, .expressions = Expressions::environment},
      {.name = "Use Default Credentials",
       .old_names = {"default-credentials"},
       .default_value = "false",
       .type = PropertyDescriptor::Type::boolean},
      {.name = "Credentials File", .support = Support::unsupported},
      {.name = "Assume Role ARN", .support = Support::unsupported},
      {.name = "Use Anonymous Credentials",
       .old_names = {"anonymous-credentials"},
       .default_value = "false",
       .support = Support::unsupported},
  };
  return k_properties;
}

class GraphBuilder {
 public:
  GraphBuilder(const Definition& definition, const FlowOptions& options, FlowGraph& graph, std::vector<std::string>& faults)
      : definition_(definition), options_(options), graph_(graph), faults_(faults) {}

  void build() {
    graph_.name = definition_.name;
    graph_.warnings = definition_.warnings;
    for (const DefinedProcessor& processor : definition_.processors) add_processor(processor);
    for (const DefinedConnection& connection : definition_.connections) add_connection(connection);
    for (const auto& [node, processor] : checked_) check_wiring(*node, *processor);
  }

 private:
  Parameters parameters_of(const std::string& context) const {
    Parameters parameters = options_.parameters;
    if (const auto found = definition_.parameter_contexts.find(context); found != definition_.parameter_contexts.end()) {
      parameters.insert(found->second.begin(), found->second.end());
    }
    return parameters;
  }

  void add_processor(const DefinedProcessor& defined) {
    const auto fault = [&](std::string_view message) {
      faults_.push_back(fmt::format("{}: {}", defined.described(), message));
    };
    if (by_id_.contains(defined.id)) return fault("another component has the same identifier");
    ProcessorNode& node = graph_.nodes.emplace_back();
    node.id = defined.id;
    node.name = defined.name;
    node.group_id = defined.group_id;
    by_id_[defined.id] = &node;
    if (!defined.instance_id.empty()) by_id_.emplace(defined.instance_id, &node);
    if (defined.kind != DefinedProcessor::Kind::processor || defined.scheduled_state == "DISABLED") {
      node.processor = make_pass_through();
      node.pass_through = defined.kind != DefinedProcessor::Kind::processor;
      node.type = node.pass_through ? std::string(kind_name(defined.kind)) : defined.type;
      node.short_type = short_name(node.type);
      if (defined.scheduled_state == "DISABLED") graph_.disabled.push_back(&node);
      return;
    }
    node.type = defined.type;
    node.short_type = short_name(defined.type);
    node.processor = make_processor(defined.type);
    if (!node.processor) {
      node.processor = make_pass_through();
      return fault(
          fmt::format("the processor type '{}' is unknown; known are {}", defined.type, fmt::join(processor_types(), ", ")));
    }
    checked_.emplace_back(&node, &defined);
    node.parameters = parameters_of(defined.parameter_context);
    set_schedule(node, defined);
    set_properties(node, defined);
  }

  static std::string_view kind_name(DefinedProcessor::Kind kind) {
    return kind == DefinedProcessor::Kind::input_port    ? "InputPort"
           : kind == DefinedProcessor::Kind::output_port ? "OutputPort"
                                                         : "Funnel";
  }

  void set_schedule(ProcessorNode& node, const DefinedProcessor& defined) {
    const auto fault = [&](std::string_view message) {
      faults_.push_back(fmt::format("{}: {}", defined.described(), message));
    };
    const auto duration = [&](const char* field, const std::string& text, Duration& into) {
      if (const auto parsed = parse_duration(text))
        into = *parsed;
      else
        fault(fmt::format("{}: {}", field, parsed.error().message));
    };
    if (defined.scheduling_strategy != "TIMER_DRIVEN") {
      fault(fmt::format("the scheduling strategy {} is not supported; use TIMER_DRIVEN", defined.scheduling_strategy));
    } else {
      duration("schedulingPeriod", defined.scheduling_period, node.period);
    }
    duration("penaltyDuration", defined.penalty_duration, node.penalty);
    duration("yieldDuration", defined.yield_duration, node.yield);
    duration("maxBackoffPeriod", defined.max_backoff_period, node.backoff_max);
    if (defined.concurrency < 1 || defined.concurrency > 1000)
      fault("concurrentlySchedulableTaskCount must be between 1 and 1000");
    node.concurrency =
        node.processor->description().serial ? 1 : static_cast<size_t>(std::clamp<int64_t>(defined.concurrency, 1, 1000));
    const std::string& level = defined.bulletin_level;
    if (level == "NONE")
      node.bulletins_off = true;
    else if (level == "ERROR" || level == "FATAL")
      node.bulletin_level = Bulletin::Level::error;
    else if (level == "WARN")
      node.bulletin_level = Bulletin::Level::warning;
    else if (level == "INFO" || level == "DEBUG" || level == "TRACE")
      node.bulletin_level = Bulletin::Level::info;
    else
      fault(fmt::format("the bulletin level '{}' is unknown; use DEBUG, INFO, WARN, ERROR or NONE", level));
    node.auto_terminated.insert(defined.auto_terminated.begin(), defined.auto_terminated.end());
    node.retried.insert(defined.retried.begin(), defined.retried.end());
    node.retry_count = static_cast<uint32_t>(std::clamp<int64_t>(defined.retry_count, 0, 1'000'000));
    node.retry_yields = defined.backoff_mechanism == "YIELD_PROCESSOR";
  }

  void set_properties(ProcessorNode& node, const DefinedProcessor& defined) {
    const ProcessorDescription& description = node.processor->description();
    std::vector<std::string> faults;
    node.properties = Properties::resolve({description.properties, description.dynamic_properties}, defined.properties,
                                          node.parameters, faults);
    if (faults.empty()) faults = node.processor->validate(node.properties);
    for (const std::string& fault : faults) faults_.push_back(fmt::format("{}: property {}", defined.described(), fault));
    for (const PropertyDescriptor& descriptor : description.properties) {
      if (descriptor.type != PropertyDescriptor::Type::service || descriptor.support != PropertyDescriptor::Support::full)
        continue;
      if (node.properties.has(descriptor.name)) set_credentials(node, defined, descriptor.name);
    }
  }

  void set_credentials(ProcessorNode& node, const DefinedProcessor& defined, const std::string& property) {
    const std::string& id = node.properties.text(property);
    const auto service = std::find_if(definition_.services.begin(), definition_.services.end(),
                                      [&](const DefinedService& one) { return one.id == id || one.instance_id == id; });
    if (service == definition_.services.end()) {
      if (definition_.external_services.contains(id)) {
        graph_.warnings.push_back(
            fmt::format("{}: the service that {} names is not in the file; the embedded store's credentials apply",
                        defined.described(), property));
        return;
      }
      faults_.push_back(fmt::format("{}: property {} names the controller service {}, which is not in the file",
                                    defined.described(), property, id));
      return;
    }
    if (service->type != k_credentials_service) {
      faults_.push_back(
          fmt::format("{}: the controller service type '{}' is unknown here; use AWSCredentialsProviderControllerService",
                      service->described(), service->type));
      return;
    }
    std::vector<std::string> faults;
    const Properties properties = Properties::resolve({credentials_properties(), true}, service->properties,
                                                      parameters_of(service->parameter_context), faults);
    for (const std::string& fault : faults) faults_.push_back(fmt::format("{}: property {}", service->described(), fault));
    ExpressionScope scope;
    scope.variables = &options_.variables;
    scope.clock = options_.clock;
    const auto key = properties.evaluate("Access Key ID", scope);
    const auto secret = properties.evaluate("Secret Access Key", scope);
    if (!key || !secret) {
      faults_.push_back(fmt::format("{}: {}", service->described(), (!key ? key : secret).error().message));
      return;
    }
    if (!properties.truth("Use Default Credentials")) node.credentials[property] = {*key, *secret};
  }

  void add_connection(const DefinedConnection& defined) {
    const auto fault = [&](std::string_view message) {
      faults_.push_back(fmt::format("{}: {}", defined.described(), message));
    };
    const auto end = [&](const char* which, const std::string& id) -> ProcessorNode* {
      if (const auto found = by_id_.find(id); found != by_id_.end()) return found->second;
      fault(fmt::format("its {} {} is not in the file", which, id.empty() ? "(without id)" : id));
      return nullptr;
    };
    ProcessorNode* const source = end("source", defined.source_id);
    ProcessorNode* const destination = end("destination", defined.destination_id);
    ConnectionLimits limits;
    if (defined.count_max < 0) fault("backPressureObjectThreshold must not be negative");
    limits.count_max = static_cast<uint64_t>(std::max<int64_t>(defined.count_max, 0));
    if (const auto size = parse_size(defined.bytes_max))
      limits.bytes_max = *size;
    else
      fault("backPressureDataSizeThreshold: " + size.error().message);
    if (const auto expiration = parse_duration(defined.expiration))
      limits.expiration = *expiration;
    else
      fault("flowFileExpiration: " + expiration.error().message);
    for (const std::string& prioritizer : defined.prioritizers) {
      if (short_name(prioritizer) == "FirstInFirstOutPrioritizer") continue;
      graph_.warnings.push_back(fmt::format("{}: the prioritizer {} has no effect; the queue is first in, first out",
                                            defined.described(), short_name(prioritizer)));
    }
    if (source == nullptr || destination == nullptr) return;
    Wire& wire = graph_.wires.emplace_back(defined.id, defined.name, limits);
    wire.source = source;
    wire.destination = destination;
    destination->incoming.push_back(&wire);
    std::vector<std::string> relationships = defined.relationships;
    if (source->pass_through) relationships = {""};
    if (relationships.empty()) fault("it selects no relationship");
    for (const std::string& relationship : relationships) source->outgoing[relationship].push_back(&wire);
  }

  void check_wiring(ProcessorNode& node, const DefinedProcessor& defined) {
    const auto fault = [&](std::string_view message) {
      faults_.push_back(fmt::format("{}: {}", defined.described(), message));
    };
    const auto relationships = node.processor->relationships(node.properties);
    const auto known = [&](const std::string& name) {
      return std::find(relationships.begin(), relationships.end(), name) != relationships.end();
    };
    for (const auto& [relationship, wires] : node.outgoing) {
      if (!known(relationship)) {
        fault(fmt::format("connection '{}' (id {}) selects the relationship '{}', which it does not have; it has {}",
                          wires[0]->connection.name(), wires[0]->connection.id(), relationship,
                          fmt::join(relationships, ", ")));
      }
    }
    for (const std::string& relationship : relationships) {
      if (node.outgoing.contains(relationship) || node.auto_terminated.contains(relationship)) continue;
      fault(fmt::format("the relationship '{}' is neither connected nor auto-terminated", relationship));
    }
    const auto input = node.processor->description().input;
    if (input == ProcessorDescription::Input::forbidden && !node.incoming.empty())
      fault("it takes no input, but a connection leads to it");
    if (input == ProcessorDescription::Input::required && node.incoming.empty())
      fault("it needs input, but no connection leads to it");
  }

  const Definition& definition_;
  const FlowOptions& options_;
  FlowGraph& graph_;
  std::vector<std::string>& faults_;
  std::map<std::string, ProcessorNode*> by_id_;
  std::vector<std::pair<ProcessorNode*, const DefinedProcessor*>> checked_;
};

} // namespace

ProcessorNode* FlowGraph::find(std::string_view id) {
  for (ProcessorNode& node : nodes) {
    if (node.id == id) return &node;
  }
  return nullptr;
}

Result<std::unique_ptr<FlowGraph>> build_graph(const Definition& definition, const FlowOptions& options) {
  auto graph = std::make_unique<FlowGraph>();
  std::vector<std::string> faults;
  GraphBuilder(definition, options, *graph, faults).build();
  if (!faults.empty()) return fail(ErrorKind::invalid_argument, joined("the flow is refused", faults));
  return graph;
}

} // namespace freshet::flow
