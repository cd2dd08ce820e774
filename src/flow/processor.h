#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "flow/process_context.h"
#include "flow/process_session.h"
#include "flow/property.h"

namespace freshet::flow {

/// What a processor type declares about itself.
struct ProcessorDescription {
  enum class Input { forbidden, allowed, required };
  std::string type; // NiFi's class name
  std::vector<PropertyDescriptor> properties;
  std::vector<std::string> relationships;
  Input input = Input::required;
  bool dynamic_properties = false;
  bool serial = false; // never more than one trigger at a time
};

/// One step of a flow.
///
/// Life cycle: constructed when the flow is opened; `on_scheduled` each time it is started, then `on_trigger` whenever it has
/// input, its time has come or it was woken, `on_stopped` after its last trigger. Concurrency: `on_trigger` runs on as many
/// threads as the definition allows, each with a session of its own; the other functions never run beside it. An error from
/// `on_trigger` rolls the session back, becomes a bulletin, and makes the processor wait for its yield duration.
class Processor {
 public:
  virtual ~Processor() = default;
  virtual const ProcessorDescription& description() const = 0;
  /// The relationships of this instance, which may depend on its properties.
  virtual std::vector<std::string> relationships(const Properties&) const { return description().relationships; }
  /// What the declarations cannot say; each fault is a sentence.
  virtual std::vector<std::string> validate(const Properties&) const { return {}; }
  virtual Result<void> on_scheduled(ProcessContext&) { return {}; }
  virtual Result<void> on_trigger(ProcessContext& context, ProcessSession& session) = 0;
  virtual void on_stopped() {}
  /// True while more is known to be there than was put into the flow (a listing in parts).
  virtual bool has_backlog() const { return false; }
};

} // namespace freshet::flow
