#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Writes the attributes of each FlowFile to the log, and passes it on.
class LogAttribute final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;
};

} // namespace freshet::flow
