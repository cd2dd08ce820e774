#include "warehouse/load/load_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/log.h"
#include "engine/engine.h"
#include "warehouse/external/registered_files.h"
#include "warehouse/load/copy.h"
#include "warehouse/load/internal_stage.h"
#include "warehouse/load/load_errors.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_positions_max = 1000; // what is written beyond is no column

/// The highest of $1, $2, … that a statement mentions: where no record has so many fields, it is NULL.
size_t highest_position(std::string_view statement) {
  size_t highest = 0;
  for (auto dollar = statement.find('$'); dollar != statement.npos; dollar = statement.find('$', dollar + 1)) {
    size_t position = 0;
    std::from_chars(statement.data() + dollar + 1, statement.data() + statement.size(), position);
    if (position <= k_positions_max) highest = std::max(highest, position);
  }
  return highest;
}

constexpr size_t k_queried_kept = 64;
constexpr size_t k_sessions_known = 1024;
constexpr std::string_view k_rule_prefix = "freshet-pipe-";

std::string rule_name(ObjectId pipe) {
  return fmt::format("{}{}", k_rule_prefix, pipe);
}

} // namespace

LoadService::LoadService(Warehouse& warehouse, FileSystem& files, LoadServiceOptions options)
    : warehouse_(warehouse), files_(files), options_(std::move(options)) {}

Result<std::unique_ptr<LoadService>> LoadService::start(Warehouse& warehouse, FileSystem& files, LoadServiceOptions options) {
  std::unique_ptr<LoadService> service(new LoadService(warehouse, files, std::move(options)));
  TRY(service->open());
  return service;
}

Result<void> LoadService::open() {
  TRY(files_.create_directories(options_.temporary_directory));
  for (const auto& name : TRY(files_.list(options_.temporary_directory)))
    TRY(files_.remove(options_.temporary_directory / name));
  if (options_.internal_stages != nullptr) TRY(create_internal_bucket(*options_.internal_stages));
  auto connection = TRY(warehouse_.database().connect());
  TRY(load_history::create_tables(*connection));
  TRY(load_errors::create_table(*connection));
  TRY(load_history::prune(*connection, warehouse_.clock().now()));
  TRY(load_errors::prune(*connection, warehouse_.clock().now()));
  TRY(create_registration_history(*connection));
  TRY(prune_registration_history(*connection, warehouse_.clock().now()));
  TRY(create_missing_lists(*connection, warehouse_.catalog()));
  register_functions();
  warehouse_.on_truncate(
      [](TransactionScope& transaction, ObjectId table) { return load_history::forget_table(transaction, table); });
  warehouse_.attach(this);
  warehouse_.attach(&transfers_);
  reconcile();
  if (options_.threads) {
    reconciler_ = std::make_unique<Worker>("pipes", warehouse_.clock(), [this]() -> std::optional<TimePoint> {
      reconcile();
      return {};
    });
    listener_ = warehouse_.on_catalog_change([this](std::span<const ObjectId>) { reconciler_->wake(); });
  }
  return {};
}

LoadService::~LoadService() {
  if (listener_ != 0) warehouse_.remove_listener(listener_);
  reconciler_.reset();
  warehouse_.attach<LoadService>(nullptr);
  warehouse_.attach<FileTransfers>(nullptr);
  std::map<ObjectId, RunningPipe> pipes;
  std::map<ObjectId, RunningFollower> followers;
  {
    const std::lock_guard lock(mutex_);
    pipes.swap(pipes_);
    followers.swap(followers_);
  }
  for (auto& [id, running] : followers) {
    running.follower->queue().on_message({});
    running.worker.reset();
  }
  for (auto& [id, running] : pipes) {
    running.pipe->queue().on_message({});
    running.worker.reset();
  }
}

void LoadService::note_copy(const std::string& session, const std::string& query_id) {
  const std::lock_guard lock(mutex_);
  if (last_copies_.size() >= k_sessions_known) last_copies_.erase(last_copies_.begin());
  last_copies_[session] = query_id;
}

std::string LoadService::last_copy(const std::string& session) {
  const std::lock_guard lock(mutex_);
  const auto found = last_copies_.find(session);
  return found == last_copies_.end() ? std::string() : found->second;
}

Result<std::string> LoadService::subscribe(ObjectId pipe, const StageSource& source, const std::vector<std::string>& events) {
  const std::lock_guard lock(subscribe_mutex_);
  auto* queue = TRY(options_.queue(rule_name(pipe)));
  auto rules = TRY(source.store->notifications(source.bucket));
  const auto present = rules;
  std::erase_if(rules, [&](const objects::NotificationRule& rule) {
    if (!rule.id.starts_with(k_rule_prefix)) return false;
    const auto id = std::strtoll(rule.id.c_str() + k_rule_prefix.size(), nullptr, 10);
    return id == pipe || warehouse_.catalog().find(id) == nullptr; // a pipe that is gone
  });
  rules.push_back({rule_name(pipe), queue->arn(), events, source.prefix, ""});
  const auto same = [&](const objects::NotificationRule& rule) {
    return rule.id == rules.back().id && rule.queue == queue->arn() && rule.prefix == source.prefix;
  };
  if (present.size() != rules.size() || std::ranges::none_of(present, same))
    TRY(source.store->set_notifications(source.bucket, rules));
  const std::lock_guard subscribed(mutex_);
  subscriptions_[pipe] = source.bucket;
  return queue->arn();
}

void LoadService::follow(ObjectId object, const StageSource& source) {
  const auto subscribed = subscribe(object, source, {"s3:ObjectCreated:*", "s3:ObjectRemoved:*"});
  if (!subscribed) log::warn("stage", "{} will not refresh itself: {}", source.name, subscribed.error().message);
}

std::optional<std::string> LoadService::channel(ObjectId object) {
  const auto known = warehouse_.catalog().find(object);
  if (!known || !FileFollower::wanted(*known)) return std::nullopt;
  auto queue = options_.queue(rule_name(object));
  return queue ? std::optional((*queue)->arn()) : std::nullopt;
}

void LoadService::unsubscribe(ObjectId pipe) {
  std::string bucket;
  {
    const std::lock_guard lock(mutex_);
    const auto found = subscriptions_.find(pipe);
    if (found == subscriptions_.end()) return;
    bucket = found->second;
    subscriptions_.erase(found);
  }
  const std::lock_guard lock(subscribe_mutex_);
  auto store = options_.resolve({.bucket = bucket, .endpoint = {}, .key_id = {}, .secret = {}, .token = {}, .integration = {}});
  if (!store) return;
  auto rules = (*store)->notifications(bucket);
  if (!rules) return;
  std::erase_if(*rules, [&](const objects::NotificationRule& rule) { return rule.id == rule_name(pipe); });
  if (auto done = (*store)->set_notifications(bucket, *rules); !done)
    log::warn("pipe", "the bucket {} still notifies a dropped pipe: {}", bucket, done.error().message);
}

Result<LoadService::RunningPipe> LoadService::start_pipe(const Object& object) {
  auto* queue = TRY(options_.queue(rule_name(object.id)));
  RunningPipe running;
  running.pipe = TRY(PipeWorker::open(warehouse_, *this, object, *queue, options_.tuning));
  if (options_.threads) {
    running.worker =
        std::make_unique<Worker>("pipe " + object.name, warehouse_.clock(), [pipe = running.pipe] { return pipe->step(); });
    queue->on_message([worker = running.worker.get()] { worker->wake(); });
  }
  return running;
}

Result<LoadService::RunningFollower> LoadService::start_follower(const Object& object) {
  auto* queue = TRY(options_.queue(rule_name(object.id)));
  RunningFollower running;
  running.follower = TRY(FileFollower::open(warehouse_, object, *queue));
  if (options_.threads) {
    running.worker = std::make_unique<Worker>("refresh " + object.name, warehouse_.clock(),
                                              [follower = running.follower] { return follower->step(); });
    queue->on_message([worker = running.worker.get()] { worker->wake(); });
  }
  return running;
}

/// Starts those of new objects and stops those of dropped ones.
void LoadService::reconcile_followers() {
  std::map<ObjectId, ObjectPointer> wanted;
  for (const auto kind : {ObjectKind::stage, ObjectKind::table}) {
    for (const auto& object : warehouse_.catalog().all(kind)) {
      if (FileFollower::wanted(*object)) wanted[object->id] = object;
    }
  }
  std::vector<std::pair<ObjectId, RunningFollower>> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = followers_.begin(); at != followers_.end();) {
      if (wanted.erase(at->first) != 0) {
        ++at;
        continue;
      }
      gone.emplace_back(at->first, std::move(at->second));
      at = followers_.erase(at);
    }
  }
  for (auto& [id, running] : gone) {
    running.follower->queue().on_message({});
    running.worker.reset();
    unsubscribe(id);
  }
  for (const auto& [id, object] : wanted) {
    auto running = start_follower(*object);
    if (!running) {
      log::error("stage", "{} does not refresh itself: {}", object->name, running.error().message);
      continue;
    }
    const auto* table = object->as<Table>();
    const auto stage = table != nullptr ? warehouse_.catalog().find(table->external->stage) : object;
    const std::lock_guard lock(mutex_);
    followers_.emplace(id, std::move(*running));
    if (!stage) continue;
    if (const auto location = parse_s3_url(stage->as<Stage>()->url)) subscriptions_[id] = location->bucket;
  }
}

void LoadService::reconcile() {
  const std::lock_guard reconciling(reconcile_mutex_);
  reconcile_followers();
  std::set<ObjectId> wanted;
  for (const auto& object : warehouse_.catalog().all(ObjectKind::pipe)) {
    wanted.insert(object->id);
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = pipes_.find(object->id); found != pipes_.end()) {
        if (found->second.worker) found->second.worker->wake(); // it may have been resumed
        continue;
      }
    }
    auto running = start_pipe(*object);
    if (!running) {
      log::error("pipe", "{} does not start: {}", object->name, running.error().message);
      continue;
    }
    const std::lock_guard lock(mutex_);
    pipes_.emplace(object->id, std::move(*running));
    const auto& options = object->as<Pipe>()->options;
    const auto url = options.find("URL");
    if (url == options.end() || url->second.empty()) continue;
    if (const auto location = parse_s3_url(url->second.front())) subscriptions_[object->id] = location->bucket;
  }
  std::vector<std::pair<ObjectId, RunningPipe>> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = pipes_.begin(); at != pipes_.end();) {
      if (wanted.contains(at->first)) {
        ++at;
        continue;
      }
      gone.emplace_back(at->first, std::move(at->second));
      at = pipes_.erase(at);
    }
  }
  for (auto& [id, running] : gone) {
    running.pipe->queue().on_message({});
    running.worker.reset();
    unsubscribe(id);
    auto connection = warehouse_.database().connect();
    if (connection) (void)load_history::forget_pipe(**connection, id);
  }
  for (const auto id : orphaned_subscriptions()) unsubscribe(id);
  sweep_stages();
}

/// Files of stages that were dropped or replaced, and of tables that UNDROP can no longer bring back.
void LoadService::sweep_stages() {
  if (options_.internal_stages == nullptr) return;
  std::optional<std::set<ObjectId>> dropped;
  const auto exists = [&](ObjectId id) {
    if (warehouse_.catalog().find(id)) return true;
    if (!dropped) {
      dropped.emplace();
      auto connection = warehouse_.database().connect();
      auto rows = connection
                      ? (*connection)->query("SELECT id FROM FRESHET.DROPPED")
                      : engine::Result<engine::Rows>(engine::fail(engine::ErrorKind::internal, connection.error().message));
      if (!rows) return true; // the next time will do
      for (size_t row = 0; row < rows->size(); ++row) dropped->insert(rows->integer(row, 0));
    }
    return dropped->contains(id);
  };
  if (auto swept = sweep_internal_stages(*options_.internal_stages, exists); !swept)
    log::warn("stage", "files of dropped stages remain: {}", swept.error().message);
}

/// Of pipes that were dropped before they ever ran. No pipe is half created while the catalog's change lock is held.
std::vector<ObjectId> LoadService::orphaned_subscriptions() {
  const auto changing = warehouse_.catalog().changing();
  const std::lock_guard lock(mutex_);
  std::vector<ObjectId> orphans;
  for (const auto& [id, bucket] : subscriptions_) {
    if (!pipes_.contains(id) && !followers_.contains(id) && warehouse_.catalog().find(id) == nullptr) orphans.push_back(id);
  }
  return orphans;
}

std::shared_ptr<PipeWorker> LoadService::pipe(ObjectId id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = pipes_.find(id); found != pipes_.end()) return found->second.pipe;
  }
  reconcile(); // a pipe that was created just now
  const std::lock_guard lock(mutex_);
  const auto found = pipes_.find(id);
  return found == pipes_.end() ? nullptr : found->second.pipe;
}

bool LoadService::step() {
  reconcile();
  std::vector<std::shared_ptr<PipeWorker>> pipes;
  std::vector<std::shared_ptr<FileFollower>> followers;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, running] : pipes_) pipes.push_back(running.pipe);
    for (auto& [id, running] : followers_) followers.push_back(running.follower);
  }
  bool worked = false;
  for (auto& follower : followers) {
    const auto next = follower->step();
    worked = worked || (next && *next <= warehouse_.clock().now());
  }
  for (auto& pipe : pipes) {
    const auto next = pipe->step();
    worked = worked || (next && *next <= warehouse_.clock().now());
  }
  return worked;
}

Result<bool> LoadService::idle() {
  std::vector<std::pair<ObjectId, std::shared_ptr<PipeWorker>>> pipes;
  std::vector<std::shared_ptr<FileFollower>> followers;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, running] : pipes_) pipes.emplace_back(id, running.pipe);
    for (auto& [id, running] : followers_) followers.push_back(running.follower);
  }
  for (auto& follower : followers) {
    if (follower->busy() || TRY(follower->queue().size()) > 0) return false;
  }
  for (auto& [id, pipe] : pipes) {
    const auto object = warehouse_.catalog().find(id);
    if (!object || is_paused(warehouse_.catalog(), *object)) continue;
    if (pipe->busy() || TRY(pipe->queue().size()) > 0) return false;
  }
  return true;
}

LoadService::StagedRelation::StagedRelation(LoadService& service, StatementContext& context, std::string relation)
    : service_(service), context_(&context) {
  const std::lock_guard lock(service_.mutex_);
  service_.staged_[context_] = std::move(relation);
}

LoadService::StagedRelation::~StagedRelation() {
  const std::lock_guard lock(service_.mutex_);
  service_.staged_.erase(context_);
}

/// What FROM @stage means: inside a COPY the files it is loading, else all files there, read now.
SqlResult<std::string> LoadService::stage_relation(StatementContext& context, const sql::StageTable& table) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = staged_.find(&context); found != staged_.end()) return found->second;
  }
  const auto source = TRY(stage_source(context, *this, table.location));
  auto format = source.file_format;
  std::optional<std::string> pattern;
  for (const auto& option : table.options) {
    if (option.key == "FILE_FORMAT") format = TRY(file_format_options(option.value));
    if (option.key == "PATTERN") pattern = option.value.text;
  }
  const auto files = TRY(list_files(source, pattern));
  return TRY(staged_rows(context, source, TRY(staged_format(context, format)), files)).relation;
}

SqlResult<LoadService::StagedRows> LoadService::staged_rows(StatementContext& context, const StageSource& source,
                                                            const StagedFormat& format,
                                                            const std::vector<objects::ObjectInfo>& files) {
  LoadPlan plan;
  plan.source = source;
  plan.format = format;
  plan.table_name = source.name;
  plan.started = context.now();
  plan.query = [&connection = context.connection()](const std::string& sql) { return connection.query(sql); };
  plan.staged_fields = 1;
  if (!plan.format.is_semi_structured()) {
    plan.staged_fields =
        std::max(TRY(most_fields(plan, files, context.query_id())), highest_position(context.statement().text));
  }
  auto loader = std::make_unique<FileLoader>(plan, files_, options_.temporary_directory);
  for (const auto& file : files) {
    if (auto added = loader->add(file); !added) return sql::fail(stage_failure(added.error()));
  }
  if (!loader->errors().empty()) return sql::fail(load_error(loader->errors().front().file, loader->errors().front().error));
  auto relation = loader->staged_relation();
  if (!relation) return sql::fail(stage_failure(relation.error()));
  const std::lock_guard lock(mutex_);
  if (queried_.empty() || queried_.back().query_id != context.query_id()) queried_.push_back({context.query_id(), {}});
  queried_.back().loaders.push_back(std::move(loader));
  if (queried_.size() > k_queried_kept) queried_.pop_front();
  return StagedRows{std::move(*relation), plan.staged_fields};
}

/// Of any record in delimited files: how many of $1, $2, … there are.
SqlResult<size_t> LoadService::most_fields(const LoadPlan& plan, const std::vector<objects::ObjectInfo>& files,
                                           const std::string& query_id) {
  size_t fields = 1;
  for (const auto& file : files) {
    auto staged = StagedFile::open(*plan.source.store, file, plan.format.compression(), files_,
                                   options_.temporary_directory / fmt::format("peek_{}.csv", query_id));
    if (!staged) return sql::fail(stage_failure(staged.error()));
    auto bytes = staged->source();
    ScanRequest request;
    request.format = plan.format.csv;
    if (request.format.parse_header) request.format.skip_header = 1;
    auto report = bytes ? FileScan(request).run(*bytes) : Result<ScanReport>(std::unexpected(bytes.error()));
    if (!report) return sql::fail(stage_failure(report.error()));
    if (!report->errors.empty()) return sql::fail(load_error(file.key, report->errors.front()));
    fields = std::max(fields, report->most_fields);
  }
  return fields;
}

SqlResult<LoadService*> load_service(StatementContext& context) {
  if (auto* service = context.warehouse().service<LoadService>()) return service;
  return sql::fail(sql::unsupported_feature("stages, COPY and pipes: this warehouse was opened without an object store"));
}

} // namespace freshet::warehouse
