#pragma once

#include "flow/processor.h"

namespace freshet::flow {

/// Reads the file that a FlowFile names into its content.
///
/// The content is a copy: the original may be changed in place later, and a link would change with it. The session is committed
/// before the original is moved or deleted, so that a crash between the two leaves the file where it is; a completion that
/// fails is a warning. Costs: O(bytes), several FlowFiles per commit.
class FetchFile final : public Processor {
 public:
  const ProcessorDescription& description() const override;
  std::vector<std::string> validate(const Properties& properties) const override;
  Result<void> on_trigger(ProcessContext& context, ProcessSession& session) override;

 private:
  struct Completion {
    Path file;
    Path folder; // to move to
  };
  /// Whether the file may be completed (moved, deleted) after the commit.
  bool fetch(ProcessContext& context, ProcessSession& session, FlowFile& flow_file, const Path& file, const Path& folder) const;
  void complete(ProcessContext& context, const Completion& completion) const;
};

} // namespace freshet::flow
