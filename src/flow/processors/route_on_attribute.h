#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Sends each FlowFile where its attributes say: dynamic properties are conditions. By name: a copy to the relationship of
/// every condition that holds; all or any: to 'matched'. What fits nowhere goes to 'unmatched'.
class RouteOnAttribute final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  std::vector<std::string> relationships(const Properties& properties) const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  Result<std::vector<std::string>> routes(ProcessContext& context, const FlowFile& flow_file) const;
};

} // namespace freshet::flow
