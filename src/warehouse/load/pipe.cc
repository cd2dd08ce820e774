#include "warehouse/load/pipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/log.h"
#include "base/random.h"
#include "sql/parser.h"
#include "warehouse/load/copy.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/load/schema_evolution.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/notifications/messages.h"
#include "warehouse/notifications/notifier.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_receive_limit = 100;
constexpr size_t k_peeked_max = 10'000; // messages that SYSTEM$PIPE_STATUS of a paused pipe looks at
constexpr uint32_t k_doublings_max = 8;
constexpr OnError k_skip_file{OnError::Kind::skip_file, 1, false};

std::string url_of(const ObjectCreated& object) {
  return fmt::format("s3://{}/{}", object.bucket, object.key);
}

const Binds k_no_binds;

/// The full name of a pipe's table.
std::string table_name(const sql::QualifiedName& name, const LoadTarget& target) {
  const auto& parts = name.parts;
  if (parts.size() == 3) return parts[0].name + "." + parts[1].name + "." + parts[2].name;
  const auto schema = parts.size() == 2 ? parts[0].name : target.pipe_schema;
  return target.pipe_database + "." + schema + "." + std::string(name.last());
}

/// An event file_lifecycle for each file that could not be loaded, unless LOG_EVENT_LEVEL keeps it out.
void log_failures(Warehouse& warehouse, const Object& pipe, const LoadTarget& target, const std::string& table,
                  const std::vector<FileOutcome>& outcomes) {
  auto* events = warehouse.service<EventLog>();
  if (events == nullptr) return;
  const auto level = event_level_of(warehouse.catalog(), pipe);
  if (level && !passes("ERROR", *level)) return;
  const boost::json::object resource{{"snow.executable.type", "pipe"},
                                     {"snow.executable.name", pipe.name},
                                     {"snow.database.name", target.pipe_database},
                                     {"snow.schema.name", target.pipe_schema},
                                     {"snow.owner.name", pipe.owner},
                                     {"snow.table.name", table}};
  for (const auto& outcome : outcomes) {
    if (!outcome.failed()) continue;
    const boost::json::object value{{"state", "ERRORED"},
                                    {"file_name", outcome.file_name},
                                    {"stage_location", outcome.stage_location},
                                    {"first_error", outcome.first_error.value_or("")}};
    events->add({.time = warehouse.clock().now(),
                 .record_type = "EVENT",
                 .severity = "ERROR",
                 .name = "file_lifecycle",
                 .resource_attributes = boost::json::serialize(resource),
                 .record_attributes = {},
                 .value = boost::json::serialize(value),
                 .schema = pipe.parent});
  }
}

/// ERROR_INTEGRATION is told of the files that could not be loaded: one message a batch.
void notify(Warehouse& warehouse, const Object& pipe, const std::string& table, const std::vector<FileOutcome>& outcomes) {
  auto* notifier = warehouse.service<Notifier>();
  auto integration = pipe.as<Pipe>()->error_integration;
  if (notifier == nullptr || integration.empty()) return;
  PipeMessage message;
  message.account = warehouse.options().account;
  message.pipe = warehouse.catalog().full_name(pipe);
  message.table = table;
  for (const auto& outcome : outcomes) {
    if (!outcome.failed()) continue;
    message.stage_location = outcome.stage_location;
    message.errors.emplace_back("/" + outcome.file_name, outcome.first_error.value_or(""));
  }
  if (message.errors.empty()) return;
  std::ranges::transform(integration, integration.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  notifier->send(integration, "SNOWPIPE", pipe_message(message, warehouse.clock().now(), random_uuid()));
}

/// Of an event that says when it was (some queues' do not).
bool is_too_old(const ObjectCreated& object, TimePoint now) {
  return object.time != TimePoint{} && object.time < now - k_pipe_events_kept;
}

/// Whether the event is about a file that the pipe's COPY would look at.
bool concerns(const ObjectCreated& object, const StageSource& source, const std::function<bool(const std::string&)>& matches) {
  if (object.bucket != source.bucket || !object.key.starts_with(source.prefix)) return false;
  if (object.size == 0 && object.key.ends_with('/')) return false;
  return !matches || matches(object.key.substr(source.prefix.size())) || matches(object.key) || matches(url_of(object));
}

/// Sets a flag for the time of a scope.
class Raised {
 public:
  explicit Raised(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
  ~Raised() { flag_ = false; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  std::atomic<bool>& flag_;
};

} // namespace

PipeWorker::PipeWorker(Warehouse& warehouse, LoadService& service, ObjectId id, queue::EventQueue& queue, PipeTuning tuning)
    : warehouse_(warehouse), service_(service), id_(id), queue_(queue), tuning_(tuning) {}

PipeWorker::~PipeWorker() = default;

Result<std::shared_ptr<PipeWorker>> PipeWorker::open(Warehouse& warehouse, LoadService& service, const Object& object,
                                                     queue::EventQueue& queue, PipeTuning tuning) {
  std::shared_ptr<PipeWorker> pipe(new PipeWorker(warehouse, service, object.id, queue, tuning));
  SessionContext context;
  context.role = object.owner;
  if (const auto schema = warehouse.catalog().find(object.parent)) {
    context.schema = schema->name;
    if (const auto database = warehouse.catalog().find(schema->parent)) context.database = database->name;
    pipe->target_.pipe_schema = context.schema;
    pipe->target_.pipe_database = context.database;
  }
  pipe->target_.pipe = object.id;
  pipe->target_.pipe_name = object.name;
  pipe->session_ = TRY(warehouse.create_session(std::move(context)));
  auto statement = sql::parse_statement(object.as<Pipe>()->definition);
  if (!statement)
    return fail(ErrorKind::corrupt,
                fmt::format("the definition of pipe {} does not parse: {}", object.name, statement.error().message));
  pipe->statement_ = std::move(*statement);
  if (pipe->statement_.as<sql::CopyIntoTable>() == nullptr)
    return fail(ErrorKind::corrupt, fmt::format("the definition of pipe {} is no COPY", object.name));
  const auto since = warehouse.clock().now() - std::chrono::days(load_history::k_history_days);
  pipe->known_ = TRY(load_history::pipe_files(pipe->session_->connection(), object.id, since));
  return pipe;
}

std::optional<TimePoint> PipeWorker::step() {
  const Raised busy(busy_);
  const auto object = warehouse_.catalog().find(id_);
  if (!object || object->as<Pipe>() == nullptr || is_paused(warehouse_.catalog(), *object)) return {};
  if (stopped_state(warehouse_.catalog(), *object) == "STOPPED_STAGE_ALTERED") return {}; // its events are not the stage's
  StatementContext context(*session_, statement_, k_no_binds, warehouse_.new_query_id());
  auto job = copy_job(context, service_, *statement_.as<sql::CopyIntoTable>(), k_skip_file);
  if (!job) return fail_batch(nullptr, job.error()); // nothing was received yet: events wait in the queue
  std::function<bool(const std::string&)> matches;
  if (job->options.pattern) {
    auto compiled = whole_match(*job->options.pattern);
    if (!compiled) return fail_batch(nullptr, compiled.error());
    matches = std::move(*compiled);
  }
  auto batch = receive(job->source, matches);
  if (!batch) return fail_batch(nullptr, batch.error());
  if (batch->messages.empty()) {
    note([](Status& status) { status.error.clear(); });
    auto next = queue_.next_visible();
    return next ? *next : std::nullopt;
  }
  std::vector<FileOutcome> outcomes;
  if (!batch->events.empty()) {
    auto loaded = load(context, *batch);
    if (!loaded) return fail_batch(&*batch, loaded.error());
    outcomes = std::move(*loaded);
  }
  finish(*batch, outcomes);
  return warehouse_.clock().now(); // there may be more
}

Result<PipeWorker::Batch> PipeWorker::receive(const StageSource& source,
                                              const std::function<bool(const std::string&)>& matches) {
  Batch batch;
  std::unordered_set<std::string> seen;
  uint64_t bytes = 0;
  const auto now = warehouse_.clock().now();
  while (batch.messages.size() < tuning_.messages_per_batch && bytes < tuning_.bytes_per_batch) {
    auto messages =
        TRY(queue_.receive(std::min(k_receive_limit, tuning_.messages_per_batch - batch.messages.size()), tuning_.visibility));
    if (messages.empty()) break;
    for (auto& message : messages) {
      batch.messages.push_back(std::move(message));
      auto objects = parse_s3_event(batch.messages.back().body);
      if (!objects) {
        log::warn("pipe", "{}: a message was dropped: {}", target_.pipe_name, objects.error().message);
        continue;
      }
      for (auto& object : *objects) {
        if (is_too_old(object, now) || !concerns(object, source, matches)) continue;
        if (knows(url_of(object), object.etag) || !seen.insert(url_of(object)).second) continue;
        bytes += object.size;
        batch.events.push_back({batch.messages.size() - 1, std::move(object)});
      }
    }
  }
  note([&](Status& status) {
    status.last_pulled = now;
    if (!batch.messages.empty()) status.last_received = now;
    status.pending.clear();
    for (const auto& event : batch.events) status.pending.emplace_back(event.object.key, event.object.time);
    if (!batch.events.empty()) {
      status.last_forwarded = now;
      status.last_forwarded_path = batch.events.back().object.key;
    }
  });
  return batch;
}

/// Columns that only the batch's files have.
SqlResult<void> PipeWorker::evolve(StatementContext& context, const Batch& batch) {
  const auto job = TRY(copy_job(context, service_, *statement_.as<sql::CopyIntoTable>(), k_skip_file));
  if (!may_evolve(job)) return {};
  std::vector<objects::ObjectInfo> files;
  for (const auto& event : batch.events) {
    if (auto found = job.source.store->head(event.object.bucket, event.object.key)) files.push_back(std::move(*found));
  }
  return evolve_schema(context, service_, job, files);
}

SqlResult<std::vector<FileOutcome>> PipeWorker::load(StatementContext& context, Batch& batch) {
  TRY(evolve(context, batch));
  std::vector<FileOutcome> outcomes;
  auto result = write(context, {}, [&](TransactionScope& transaction) -> SqlResult<StatementResult> {
    batch.kept_back.clear();
    auto job = TRY(copy_job(context, service_, *statement_.as<sql::CopyIntoTable>(), k_skip_file));
    auto names = target_;
    names.table = job.target.table;
    names.table_database = job.target.table_database;
    names.table_schema = job.target.table_schema;
    names.table_name = job.target.table_name;
    job.target = std::move(names);
    auto loader = TRY(loader_for(context, service_, job, load_errors::k_kept_per_file));
    for (const auto& event : batch.events) TRY(add(job, *loader, batch, event));
    TRY(load_files(context, transaction, service_, job, *loader));
    outcomes = loader->outcomes();
    return StatementResult{};
  });
  if (!result) return std::unexpected(std::move(result).error());
  return outcomes;
}

/// Reads and checks one file. One that is not there comes again later, and is recorded as failed when it came too often.
SqlResult<void> PipeWorker::add(const CopyJob& job, FileLoader& loader, Batch& batch, const Event& event) {
  auto& store = *job.source.store;
  auto found = store.head(event.object.bucket, event.object.key);
  auto added = found ? loader.add(*found, event.object.time) : Result<void>(std::unexpected(found.error()));
  if (added) return {};
  if (added.error().kind != ErrorKind::not_found) return sql::fail(stage_failure(added.error()));
  const auto& message = batch.messages[event.message];
  if (message.receive_count < tuning_.receives_max) {
    batch.kept_back.insert(event.message);
    return {};
  }
  FileOutcome outcome;
  outcome.file = url_of(event.object);
  outcome.file_name = job.source.file_name(event.object.key);
  outcome.stage_location = job.source.location();
  outcome.size = event.object.size;
  outcome.etag = event.object.etag;
  outcome.status = "Load failed";
  outcome.errors_seen = 1;
  outcome.first_error = fmt::format("Remote file '{}' was not found, after {} tries. The file may have been removed.",
                                    outcome.file, message.receive_count);
  outcome.received = event.object.time;
  loader.outcomes().push_back(std::move(outcome));
  return {};
}

void PipeWorker::finish(Batch& batch, const std::vector<FileOutcome>& outcomes) {
  std::vector<std::string> done;
  for (size_t i = 0; i < batch.messages.size(); ++i) {
    if (!batch.kept_back.contains(i)) {
      done.push_back(batch.messages[i].receipt_handle);
    } else {
      const auto tries = std::min(batch.messages[i].receive_count, k_doublings_max);
      (void)queue_.change_visibility(batch.messages[i].receipt_handle, tuning_.retry_first * (int64_t{1} << tries));
    }
  }
  note([&](Status& status) {
    status.error.clear();
    status.pending.clear();
    for (const auto& outcome : outcomes) {
      known_[outcome.file] = {outcome.failed(), outcome.etag};
      if (outcome.failed()) continue;
      status.last_ingested = warehouse_.clock().now();
      status.last_ingested_path = outcome.file_name;
    }
  });
  for (const auto& outcome : outcomes) {
    if (outcome.first_error)
      log::warn("pipe", "{}: {} of {}: {}", target_.pipe_name, outcome.status, outcome.file, *outcome.first_error);
  }
  if (const auto object = warehouse_.catalog().find(id_); object && object->as<Pipe>() != nullptr) {
    const auto table = table_name(statement_.as<sql::CopyIntoTable>()->table, target_);
    log_failures(warehouse_, *object, target_, table, outcomes);
    notify(warehouse_, *object, table, outcomes);
  }
  failures_ = 0;
  // Until here a crash brings the events back, and known files are skipped.
  if (auto removed = queue_.remove(done); !removed)
    log::warn("pipe", "{}: events stay in the queue: {}", target_.pipe_name, removed.error().message);
}

/// The whole batch could not be loaded (a table that is gone, a store that is away): it comes again, after a while that grows.
std::optional<TimePoint> PipeWorker::fail_batch(Batch* batch, const sql::Error& error) {
  const auto delay = tuning_.retry_first * (int64_t{1} << std::min(failures_++, k_doublings_max));
  if (failures_ == 1) log::error("pipe", "{}: {}", target_.pipe_name, error.message);
  note([&](Status& status) {
    status.error = error.message;
    status.stalled = error.code == 91003 ? "STALLED_STAGE_PERMISSION_ERROR" : "STALLED_EXECUTION_ERROR";
    status.pending.clear();
  });
  if (batch != nullptr) {
    for (const auto& message : batch->messages) (void)queue_.change_visibility(message.receipt_handle, delay);
  }
  return warehouse_.clock().now() + delay;
}

bool PipeWorker::knows(const std::string& file, const std::string& etag) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(file);
  if (found == known_.end()) return false;
  return !found->second.failed || (!found->second.etag.empty() && found->second.etag == etag);
}

Result<size_t> PipeWorker::retry_failures() {
  const auto connection = TRY(warehouse_.database().connect());
  TRY(load_history::reopen_failures(*connection, id_));
  std::vector<std::string> events;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [file, outcome] : known_) {
      if (!outcome.failed) continue;
      outcome.etag.clear();
      const auto place = std::string_view(file).substr(std::string_view("s3://").size());
      const auto slash = place.find('/');
      events.push_back(write_s3_event(
          {std::string(place.substr(0, slash)), std::string(place.substr(slash + 1)), 0, "", "", warehouse_.clock().now()}));
    }
  }
  if (!events.empty()) TRY(queue_.send(events));
  return events.size();
}

void PipeWorker::note(const std::function<void(Status&)>& change) {
  const std::lock_guard lock(mutex_);
  change(status_);
}

std::vector<std::pair<std::string, TimePoint>> PipeWorker::waiting_files() {
  std::vector<std::pair<std::string, TimePoint>> files;
  const auto now = warehouse_.clock().now();
  const auto messages = queue_.peek(k_peeked_max);
  if (!messages || messages->empty()) return files;
  auto session = warehouse_.create_session(session_->context()); // the pipe's own may be at work
  if (!session) return files;
  StatementContext context(**session, statement_, k_no_binds, warehouse_.new_query_id());
  const auto job = copy_job(context, service_, *statement_.as<sql::CopyIntoTable>(), k_skip_file);
  if (!job) return files; // stopped: what it would match nobody can tell
  std::function<bool(const std::string&)> matches;
  if (job->options.pattern) {
    auto compiled = whole_match(*job->options.pattern);
    if (compiled) matches = std::move(*compiled);
  }
  std::unordered_set<std::string> seen;
  for (const auto& message : *messages) {
    const auto objects = parse_s3_event(message.body);
    if (!objects) continue;
    for (const auto& object : *objects) {
      if (is_too_old(object, now) || !concerns(object, job->source, matches) || knows(url_of(object), object.etag)) continue;
      if (seen.insert(url_of(object)).second) files.emplace_back(object.key, object.time);
    }
  }
  return files;
}

sql::SqlResult<std::string> PipeWorker::subscribe() {
  auto session = warehouse_.create_session(session_->context());
  if (!session) return std::unexpected(sql::Error(session.error()));
  StatementContext context(**session, statement_, k_no_binds, warehouse_.new_query_id());
  const auto job = TRY(copy_job(context, service_, *statement_.as<sql::CopyIntoTable>(), k_skip_file));
  auto channel = service_.subscribe(id_, job.source);
  if (!channel) return sql::fail(stage_failure(channel.error()));
  return *channel;
}

std::string PipeWorker::status_json() {
  namespace json = boost::json;
  const auto object = warehouse_.catalog().find(id_);
  const auto* pipe = object ? object->as<Pipe>() : nullptr;
  const auto outstanding = queue_.size();
  const auto stopped = pipe != nullptr ? stopped_state(warehouse_.catalog(), *object) : std::string("STOPPED_MISSING_PIPE");
  const bool paused = pipe != nullptr && is_paused(warehouse_.catalog(), *object);
  const auto waiting = paused ? waiting_files() : std::vector<std::pair<std::string, TimePoint>>{};
  const std::lock_guard lock(mutex_);
  const auto& pending = paused ? waiting : status_.pending;
  json::object status{{"executionState", !stopped.empty()        ? stopped
                                         : paused                ? "PAUSED"
                                         : status_.error.empty() ? "RUNNING"
                                                                 : status_.stalled},
                      {"pendingFileCount", pending.size()}};
  const auto time = [&](std::string_view name, const std::optional<TimePoint>& value) {
    if (value) status[name] = iso8601(*value);
  };
  const auto text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) status[name] = value;
  };
  const auto oldest = std::ranges::min_element(pending, {}, [](const auto& file) { return file.second; });
  if (oldest != pending.end()) {
    status["oldestFileTimestamp"] = iso8601(oldest->second);
    status["oldestPendingFilePath"] = oldest->first;
  }
  time("lastIngestedTimestamp", status_.last_ingested);
  text("lastIngestedFilePath", status_.last_ingested_path);
  if (pipe != nullptr && pipe->auto_ingest) {
    status["notificationChannelName"] = queue_.arn();
    status["numOutstandingMessagesOnChannel"] = outstanding ? *outstanding : 0;
    time("lastReceivedMessageTimestamp", status_.last_received);
    time("lastForwardedMessageTimestamp", status_.last_forwarded);
    text("lastForwardedFilePath", status_.last_forwarded_path);
    time("lastPulledFromChannelTimestamp", status_.last_pulled);
  }
  text("error", status_.error);
  return json::serialize(status);
}

} // namespace freshet::warehouse
