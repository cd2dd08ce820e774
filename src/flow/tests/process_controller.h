#pragma once

#include "flow/content_repository.h"
#include "flow/flow_repository.h"
#include "flow/process_session.h"
#include "flow/processor_node.h"
#include "flow/processor_registry.h"
#include "flow/store_directory.h"
#include "flow/tests/flow_fixture.h"

namespace freshet::flow {

/// One processor without a flow: FlowFiles are put into its input, it is triggered, and each relationship's FlowFiles are
/// looked at.
class ProcessController {
 public:
  explicit ProcessController(const std::string& type, const DefinedProperties& properties,
                             std::shared_ptr<objects::ObjectStore> store = {}) {
    options_.clock = &clock;
    options_.files = &files_;
    options_.store = std::move(store);
    options_.watch_folders = false;
    options_.threads = 0;
    repository_ = *FlowRepository::open(folder_.path() / "flow.db", 1000);
    contents_ = *ContentRepository::open(files_, folder_.path() / "content");
    stores_.emplace(options_);
    context_world_ = {&options_, repository_.get(), &bulletins, &*stores_, [](ProcessorNode&, TimePoint) {}};
    session_world_ = {&options_, repository_.get(), contents_.get(), [](ProcessorNode&) {}};
    node_.id = node_.name = "tested";
    node_.processor = make_processor(type);
    const auto& description = node_.processor->description();
    node_.properties = Properties::resolve({description.properties, description.dynamic_properties}, properties, {}, faults);
    for (const std::string& fault : node_.processor->validate(node_.properties)) faults.push_back(fault);
    node_.context = std::make_unique<ProcessContext>(node_, context_world_);
    input_.destination = input_.source = &node_;
    node_.incoming.push_back(&input_);
    for (const std::string& relationship : node_.processor->relationships(node_.properties)) {
      outputs_[relationship] = std::make_unique<Wire>(relationship, relationship, ConnectionLimits{});
      outputs_[relationship]->source = outputs_[relationship]->destination = &sink_;
      node_.outgoing[relationship].push_back(outputs_[relationship].get());
    }
    source_.outgoing[""].push_back(&input_);
  }
  ~ProcessController() { contents_->close(); }

  void enqueue(const std::string& content, Attributes attributes = {}) {
    ProcessSession session(source_, session_world_);
    FlowFile& flow_file = session.create();
    for (auto& [name, value] : attributes) session.put_attribute(flow_file, name, value);
    ASSERT_TRUE(session.write(flow_file, content));
    session.transfer(flow_file, "");
    ASSERT_TRUE(session.commit());
  }
  Result<void> trigger() {
    if (!scheduled_) TRY(node_.processor->on_scheduled(*node_.context));
    scheduled_ = true;
    ProcessSession session(node_, session_world_);
    TRY(node_.processor->on_trigger(*node_.context, session));
    return session.commit();
  }
  /// Takes what went to the relationship; penalized FlowFiles included.
  std::vector<FlowFilePointer> taken(const std::string& relationship) {
    return outputs_.at(relationship)->connection.poll(100'000, UINT64_MAX, clock.now() + std::chrono::hours(1)).flow_files;
  }
  std::string content(const FlowFile& flow_file) {
    return contents_->read(flow_file.content, 0, flow_file.size()).value_or("unreadable");
  }
  const Path& folder() const { return folder_.path(); }

  FakeClock clock;
  BulletinBoard bulletins;
  std::vector<std::string> faults;

 private:
  TemporaryFolder folder_;
  RealFileSystem files_;
  FlowOptions options_;
  std::unique_ptr<FlowRepository> repository_;
  std::unique_ptr<ContentRepository> contents_;
  std::optional<StoreDirectory> stores_;
  ProcessContext::World context_world_;
  ProcessSession::World session_world_;
  Wire input_{"input", "input", {}};
  std::map<std::string, std::unique_ptr<Wire>> outputs_;
  ProcessorNode source_, node_, sink_;
  bool scheduled_ = false;
};

} // namespace freshet::flow
