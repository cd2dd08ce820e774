#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "flow/definition.h"
#include "flow/processor_node.h"

namespace freshet::flow {

/// The processors of a flow and what connects them.
struct FlowGraph {
  std::string name;
  std::deque<ProcessorNode> nodes;
  std::deque<Wire> wires;
  std::vector<ProcessorNode*> disabled;
  std::vector<std::string> warnings;

  ProcessorNode* find(std::string_view id);
};

/// Checks a definition against what the types declare, and builds it. The error names every fault, each with its component; of
/// disabled processors nothing is checked.
Result<std::unique_ptr<FlowGraph>> build_graph(const Definition& definition, const FlowOptions& options);

} // namespace freshet::flow
