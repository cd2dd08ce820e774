#include "flow/flow.h"

#include <fmt/format.h>

#include "flow/bulletin_board.h"
#include "flow/content_repository.h"
#include "flow/flow_graph.h"
#include "flow/flow_repository.h"
#include "flow/process_session.h"
#include "flow/scheduler.h"
#include "flow/store_directory.h"

namespace freshet::flow {

struct Flow::State {
  explicit State(FlowOptions given) : options(std::move(given)), stores(options) {}
  ~State() {
    stop();
    scheduler.reset();
    if (contents) contents->close(); // queued FlowFiles keep their contents
  }

  Result<void> recover();
  bool trigger(ProcessorNode& node);
  void stop() {
    if (!scheduler) return;
    for (ProcessorNode& node : graph->nodes) scheduler->stop(node);
  }
  ProcessorNode* find(const std::string& id) { return graph->find(id); }

  FlowOptions options;
  BulletinBoard bulletins;
  StoreDirectory stores;
  std::unique_ptr<FlowRepository> repository;
  std::unique_ptr<ContentRepository> contents;
  std::vector<ContentClaim> unplaced; // contents of FlowFiles whose connection the definition no longer has
  ProcessContext::World context_world;
  ProcessSession::World session_world;
  std::unique_ptr<FlowGraph> graph;
  std::unique_ptr<Scheduler> scheduler;
};

Result<void> Flow::State::recover() {
  std::map<std::string, Wire*> wires;
  for (Wire& wire : graph->wires) wires[wire.connection.id()] = &wire;
  const auto report = [&](std::string message) {
    bulletins.add({options.clock->now(), Bulletin::Level::error, "", "flow", std::move(message)});
  };
  std::map<Wire*, std::vector<FlowFilePointer>> queues;
  size_t unplaced_count = 0;
  TRY(repository->for_each_flow_file([&](StoredFlowFile stored) -> Result<void> {
    if (stored.claim_file_id != 0) {
      auto claim = contents->recover(stored.claim_file_id, stored.claim_offset, stored.claim_size);
      if (!claim) {
        report(fmt::format("FlowFile {} cannot be recovered: {}", stored.flow_file.uuid(), claim.error().message));
        return {};
      }
      stored.flow_file.content = *std::move(claim);
    }
    const auto wire = wires.find(stored.connection_id);
    if (wire == wires.end()) {
      ++unplaced_count;
      unplaced.push_back(stored.flow_file.content);
      return {};
    }
    queues[wire->second].push_back(std::make_shared<const FlowFile>(std::move(stored.flow_file)));
    return {};
  }));
  for (auto& [wire, flow_files] : queues) wire->connection.enqueue(std::move(flow_files), options.clock->now());
  if (unplaced_count > 0) {
    report(fmt::format(
        "{} FlowFiles wait in connections that the definition no longer has; they are kept, and return with the connection",
        unplaced_count));
  }
  TRY(contents->sweep());
  return {};
}

bool Flow::State::trigger(ProcessorNode& node) {
  ++node.counters.tasks;
  const auto failed = [&](const Error& error) {
    node.context->bulletin(Bulletin::Level::error, error.message);
    node.context->yield();
    return false;
  };
  if (!node.prepared) {
    if (const auto scheduled = node.processor->on_scheduled(*node.context); !scheduled) return failed(scheduled.error());
    node.prepared = true;
  }
  ProcessSession session(node, session_world);
  if (const auto triggered = node.processor->on_trigger(*node.context, session); !triggered) {
    session.rollback();
    return failed(triggered.error());
  }
  if (const auto committed = session.commit(); !committed) return failed(committed.error());
  return session.worked();
}

Flow::Flow(std::unique_ptr<State> state) : state_(std::move(state)) {}
Flow::~Flow() = default;

Result<std::unique_ptr<Flow>> Flow::open(FlowOptions options, std::string_view definition_json) {
  const Definition definition = TRY(parse_definition(definition_json));
  auto state = std::make_unique<State>(std::move(options));
  State& it = *state;
  it.graph = TRY(build_graph(definition, it.options));
  TRY(it.options.files->create_directories(it.options.data_directory));
  it.repository = TRY(FlowRepository::open(it.options.data_directory / "flow.db", it.options.provenance_limit));
  it.contents = TRY(ContentRepository::open(*it.options.files, it.options.data_directory / "content"));
  it.scheduler = std::make_unique<Scheduler>(*it.options.clock, it.options.threads,
                                             [&it](ProcessorNode& node) { return it.trigger(node); });
  it.session_world = {&it.options, it.repository.get(), it.contents.get(),
                      [&it](ProcessorNode& node) { it.scheduler->wake(node); }};
  it.context_world = {&it.options, it.repository.get(), &it.bulletins, &it.stores,
                      [&it](ProcessorNode& node, TimePoint time) { it.scheduler->wake_at(node, time); }};
  for (ProcessorNode& node : it.graph->nodes) node.context = std::make_unique<ProcessContext>(node, it.context_world);
  for (ProcessorNode* const node : it.graph->disabled) it.scheduler->disable(*node);
  for (const std::string& warning : it.graph->warnings) {
    it.bulletins.add({it.options.clock->now(), Bulletin::Level::warning, "", "flow", warning});
  }
  TRY(it.recover());
  return std::unique_ptr<Flow>(new Flow(std::move(state)));
}

void Flow::start_all() {
  for (ProcessorNode& node : state_->graph->nodes) state_->scheduler->start(node);
}

Result<void> Flow::start(const std::string& processor_id) {
  ProcessorNode* const node = state_->find(processor_id);
  if (node == nullptr) return fail(ErrorKind::not_found, fmt::format("the flow has no processor with the id {}", processor_id));
  if (state_->scheduler->state_of(*node).first == ProcessorState::disabled) {
    return fail(ErrorKind::conflict, fmt::format("the processor '{}' (id {}) is disabled", node->name, node->id));
  }
  state_->scheduler->start(*node);
  return {};
}

Result<void> Flow::stop(const std::string& processor_id) {
  ProcessorNode* const node = state_->find(processor_id);
  if (node == nullptr) return fail(ErrorKind::not_found, fmt::format("the flow has no processor with the id {}", processor_id));
  state_->scheduler->stop(*node);
  return {};
}

void Flow::stop() {
  state_->stop();
}

bool Flow::idle() const {
  // Sources first: what they emit meanwhile is seen in the queues.
  for (const ProcessorNode& node : state_->graph->nodes) {
    if (node.processor->has_backlog()) return false;
  }
  for (const Wire& wire : state_->graph->wires) {
    if (wire.connection.count() > 0) return false;
  }
  return state_->scheduler->active() == 0;
}

FlowStatus Flow::status() const {
  FlowStatus status;
  status.name = state_->graph->name;
  for (const ProcessorNode& node : state_->graph->nodes) {
    const auto& counters = node.counters;
    const auto [state, active] = state_->scheduler->state_of(node);
    status.processors.push_back({.id = node.id,
                                 .name = node.name,
                                 .type = node.short_type,
                                 .group_id = node.group_id,
                                 .state = state,
                                 .flow_files_in = counters.flow_files_in,
                                 .bytes_in = counters.bytes_in,
                                 .flow_files_out = counters.flow_files_out,
                                 .bytes_out = counters.bytes_out,
                                 .bytes_read = counters.bytes_read,
                                 .bytes_written = counters.bytes_written,
                                 .tasks = counters.tasks,
                                 .active_threads = active,
                                 .bulletins = counters.bulletins});
    status.active_threads += active;
  }
  for (const Wire& wire : state_->graph->wires) {
    const Connection& connection = wire.connection;
    const uint64_t count = connection.count(), bytes = connection.bytes();
    status.connections.push_back(
        {connection.id(), connection.name(), wire.source->id, wire.destination->id, count, bytes, connection.full()});
    status.queued_count += count;
    status.queued_bytes += bytes;
  }
  return status;
}

std::vector<Bulletin> Flow::bulletins(size_t limit) const {
  return state_->bulletins.newest(limit);
}
std::vector<ProvenanceEvent> Flow::provenance(const ProvenanceQuery& query) const {
  return state_->repository->provenance(query);
}
std::map<std::string, std::string> Flow::component_state(const std::string& processor_id) const {
  return state_->repository->state(processor_id);
}
std::optional<TimePoint> Flow::step() {
  return state_->scheduler->step();
}

std::string_view name_of(ProvenanceType type) {
  switch (type) {
    case ProvenanceType::create:
      return "CREATE";
    case ProvenanceType::receive:
      return "RECEIVE";
    case ProvenanceType::fetch:
      return "FETCH";
    case ProvenanceType::send:
      return "SEND";
    case ProvenanceType::clone:
      return "CLONE";
    case ProvenanceType::route:
      return "ROUTE";
    case ProvenanceType::drop:
      return "DROP";
    case ProvenanceType::expire:
      return "EXPIRE";
    case ProvenanceType::attributes_modified:
      return "ATTRIBUTES_MODIFIED";
    case ProvenanceType::content_modified:
      return "CONTENT_MODIFIED";
  }
  return "";
}

} // namespace freshet::flow
