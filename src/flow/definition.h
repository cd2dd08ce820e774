#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "flow/property.h"

namespace freshet::flow {

/// A processor, port or funnel as the definition has it.
struct DefinedProcessor {
  enum class Kind { processor, input_port, output_port, funnel };
  Kind kind = Kind::processor;
  std::string id, instance_id, name, type, group_id;
  std::string parameter_context; // of its group; empty: none
  DefinedProperties properties;
  std::string scheduled_state = "ENABLED"; // ENABLED (stopped), DISABLED, RUNNING
  std::string scheduling_strategy = "TIMER_DRIVEN";
  std::string scheduling_period = "0 sec";
  std::string penalty_duration = "30 sec";
  std::string yield_duration = "1 sec";
  std::string bulletin_level = "WARN";
  int64_t concurrency = 1;
  std::vector<std::string> auto_terminated;
  int64_t retry_count = 0;
  std::vector<std::string> retried;
  std::string backoff_mechanism = "PENALIZE_FLOWFILE";
  std::string max_backoff_period = "10 mins";

  std::string described() const; // for messages: "processor 'List' (id 1-2-3)"
};

struct DefinedConnection {
  std::string id, name, group_id;
  std::string source_id, destination_id;
  std::vector<std::string> relationships;
  int64_t count_max = 10'000;
  std::string bytes_max = "1 GB";
  std::string expiration = "0 sec";
  std::vector<std::string> prioritizers;

  std::string described() const;
};

struct DefinedService {
  std::string id, instance_id, name, type, group_id;
  std::string parameter_context;
  DefinedProperties properties;

  std::string described() const;
};

/// A flow definition, all groups flattened: the file's content, checked for its form and for nothing else.
struct Definition {
  std::string name;
  std::vector<DefinedProcessor> processors;
  std::vector<DefinedConnection> connections;
  std::vector<DefinedService> services;
  std::set<std::string> external_services;              // ids that the exporting NiFi had outside of what was exported
  std::map<std::string, Parameters> parameter_contexts; // by name, inheritance resolved
  std::vector<std::string> warnings;
};

/// Reads NiFi's "Download flow definition" (`flowContents`) or a flow.json (`rootGroup`), plain or gzipped. Errors name every
/// fault found, each with the component it is in; JSON that cannot be parsed, with line and column.
Result<Definition> parse_definition(std::string_view json);

/// One message of several faults.
std::string joined(std::string_view heading, const std::vector<std::string>& faults);

} // namespace freshet::flow
