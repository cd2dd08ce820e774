#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file_system.h"
#include "flow/bulletin_board.h"
#include "flow/flow.h"
#include "flow/flow_file.h"
#include "flow/flow_repository.h"
#include "flow/property.h"

namespace freshet::flow {

class StoreDirectory;
struct ProcessorNode;

/// The world a processor lives in: its properties, its services, its clock, and how to speak to the scheduler. One per
/// processor, for its whole life; all functions may be called from any thread.
class ProcessContext {
 public:
  struct World {
    const FlowOptions* options = nullptr;
    FlowRepository* repository = nullptr;
    BulletinBoard* bulletins = nullptr;
    StoreDirectory* stores = nullptr;
    std::function<void(ProcessorNode&, TimePoint)> wake_at;
  };
  ProcessContext(ProcessorNode& node, const World& world) : node_(node), world_(world) {}

  const std::string& id() const;
  const std::string& name() const;
  const Properties& properties() const;
  Duration period() const;
  Clock& clock() const { return *world_.options->clock; }
  TimePoint now() const { return clock().now(); }
  FileSystem& files() const { return *world_.options->files; }
  const FlowOptions& options() const { return *world_.options; }
  StoreDirectory& stores() const { return *world_.stores; }

  /// A property's value for this FlowFile (none: its environment alone).
  Result<std::string> evaluate(std::string_view property, const FlowFile* flow_file = nullptr) const;
  Result<std::string> evaluate(const Expression& expression, const FlowFile* flow_file) const;
  /// The key pair of the credentials service that a property names; empty when it names none.
  Credentials credentials(std::string_view property) const;

  std::map<std::string, std::string> state() const { return world_.repository->state(id()); }
  std::optional<std::string> entry(std::string_view key) const { return world_.repository->entry(id(), key); }
  void for_each_entry(std::string_view from, const std::function<bool(std::string_view, std::string_view)>& visit) const {
    world_.repository->for_each_entry(id(), from, visit);
  }

  /// Asks for a trigger at that time, whatever the schedule says; now or earlier: at once.
  void wake_at(TimePoint time) const { world_.wake_at(node_, time); }
  /// No further trigger before the yield duration is over.
  void yield() const;
  void bulletin(Bulletin::Level level, std::string message) const;

 private:
  ExpressionScope scope_for(const FlowFile* flow_file) const;

  ProcessorNode& node_;
  const World& world_;
};

} // namespace freshet::flow
