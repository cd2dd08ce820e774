#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Writes each FlowFile's content into a folder: under a hidden name, synced, then renamed, so that a reader never sees half a
/// file. A crash between the rename and the commit writes the same file again.
class PutFile final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  Result<void> put(ProcessContext& context, ProcessSession& session, FlowFile& flow_file) const;
};

} // namespace freshet::flow
