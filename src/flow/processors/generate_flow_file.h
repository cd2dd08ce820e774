#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Makes FlowFiles: of a given text, or of random bytes or letters; dynamic properties are their attributes.
class GenerateFlowFile final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  std::vector<std::string> validate(const Properties& properties) const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  static std::string random_content(const Properties& properties);
};

} // namespace freshet::flow
