#pragma once

#include <optional>

#include "flow/pattern.h"
#include "flow/processor.h"

namespace freshet::flow {

/// Sets an attribute for each dynamic property, all computed from the attributes as they came, and deletes those whose whole
/// name matches the Delete Attributes Expression.
class UpdateAttribute final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  Result<void> update(ProcessContext& context, ProcessSession& session, FlowFile& flow_file) const;
};

} // namespace freshet::flow
