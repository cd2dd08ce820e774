#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Puts each FlowFile's content as an object: into the embedded store (which may adopt the content's file, so nothing is
/// copied), or into any S3 by its Endpoint Override URL. Dynamic properties are user metadata.
///
/// A put that succeeded before a crash is repeated after it: same key, same content. Failures are penalized and carry
/// s3.exception, s3.statusCode, s3.errorCode and s3.errorMessage. Costs: O(bytes); several FlowFiles per commit.
class PutS3Object final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  struct Target;
  Result<objects::ObjectInfo> put(ProcessContext& context, ProcessSession& session, const FlowFile& flow_file,
                                  Target& target) const;
  void succeeded(ProcessSession& session, FlowFile& flow_file, const Target& target, const objects::ObjectInfo& object) const;
  void failed(ProcessContext& context, ProcessSession& session, FlowFile& flow_file, const Target& target,
              const Error& error) const;
};

} // namespace freshet::flow
