#include "app/services.h"

#include <fmt/format.h>

#include <mutex>
#include <thread>

#include "app/bucket_router.h"
#include "app/data_folder.h"
#include "app/first_start.h"
#include "app/status_service.h"
#include "base/log.h"
#include "flow/flow.h"
#include "http/client.h"
#include "http/server.h"
#include "objects/local_store.h"
#include "objects/s3_service.h"
#include "objects/s3_store.h"
#include "queue/local_queue.h"
#include "warehouse/archiver.h"
#include "warehouse/derived_tables.h"
#include "warehouse/load/internal_stage.h"
#include "warehouse/load/load_service.h"
#include "warehouse/notifications/event_log.h"
#include "warehouse/notifications/notifier.h"
#include "warehouse/tasks/tasks.h"
#include "warehouse/warehouse.h"
#include "wire/service.h"

namespace freshet::app {
namespace {

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

int engine_threads(uint32_t configured) {
  return configured != 0 ? static_cast<int>(configured) : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

} // namespace

// In the order they start; they end in the opposite one.
struct Services::State {
  Configuration configuration;
  Clock& clock;
  FileSystem& files;
  DataFolder folder;
  Credentials credentials;
  std::mutex stop_mutex;
  std::mutex door_mutex;
  std::string door_url; // while the main port is open

  std::unique_ptr<queue::LocalQueues> queues;
  std::shared_ptr<objects::LocalStore> local_store;
  std::shared_ptr<BucketRouter> store;
  std::unique_ptr<warehouse::Warehouse> warehouse;
  std::unique_ptr<http::Client> webhooks;
  std::unique_ptr<warehouse::Notifier> notifier;
  std::unique_ptr<warehouse::EventLog> events;
  std::unique_ptr<warehouse::LoadService> loads;
  std::unique_ptr<warehouse::Tasks> tasks;
  std::unique_ptr<warehouse::DerivedTables> histories;
  std::unique_ptr<warehouse::Archiver> archiver;
  std::unique_ptr<wire::Service> wire;
  std::unique_ptr<StatusService> status;
  std::unique_ptr<objects::S3Service> s3;
  std::unique_ptr<http::Server> s3_server;
  FlowCounts flow_counts;
  std::unique_ptr<flow::Flow> flow;
  std::unique_ptr<http::Server> server;

  State(Configuration configured, Clock& the_clock, FileSystem& the_files, DataFolder taken)
      : configuration(std::move(configured)), clock(the_clock), files(the_files), folder(std::move(taken)) {}

  Result<void> open_stores();
  Result<void> open_warehouse();
  Result<void> open_notifier();
  Result<void> open_loads();
  Result<objects::ObjectStore*> bucket_for_stage(const warehouse::BucketRequest& request);
  Result<void> open_s3();
  Result<void> open_flow();
  Result<void> open_door(Services& services);
  std::shared_ptr<objects::ObjectStore> remote_store(const std::string& endpoint, const std::string& region,
                                                     const std::string& access_key, const std::string& secret_key);
  void count(const flow::FlowEvent& event);
};

Result<void> Services::State::open_stores() {
  queues = TRY(queue::LocalQueues::open(folder.path() / "queues", clock));
  objects::LocalStoreOptions options;
  options.folder = folder.path() / "objects";
  options.deliver = [this](const std::string& arn, const std::vector<std::string>& bodies) -> Result<void> {
    auto* target = queues->find_by_arn(arn);
    if (target == nullptr) return fail(ErrorKind::not_found, fmt::format("there is no queue {}", arn));
    return target->send(bodies);
  };
  options.queue_exists = [this](const std::string& arn) { return queues->find_by_arn(arn) != nullptr; };
  local_store = TRY(objects::LocalStore::open(std::move(options), files, clock));
  store = std::make_shared<BucketRouter>(local_store, std::string(warehouse::k_internal_bucket));
  for (const auto& remote : configuration.remote_buckets) {
    store->add(remote.bucket, remote_store(remote.endpoint, remote.region, remote.access_key, remote.secret_key));
  }
  for (const auto& bucket : configuration.buckets) {
    if (!TRY(store->bucket_exists(bucket))) TRY(store->create_bucket(bucket));
  }
  return {};
}

std::shared_ptr<objects::ObjectStore> Services::State::remote_store(const std::string& endpoint, const std::string& region,
                                                                    const std::string& access_key,
                                                                    const std::string& secret_key) {
  objects::S3StoreOptions options;
  options.endpoint = endpoint;
  options.region = region;
  options.access_key_id = access_key;
  options.secret_access_key = secret_key;
  options.cache_folder = folder.path() / "remote-cache";
  return std::make_shared<objects::S3Store>(std::move(options), files, clock);
}

Result<void> Services::State::open_warehouse() {
  warehouse::WarehouseOptions options;
  options.data_directory = folder.path() / "warehouse";
  options.memory_limit_bytes = TRY(memory_bytes(configuration.memory_limit));
  options.threads = engine_threads(configuration.threads);
  options.users = {credentials.user};
  warehouse = TRY(warehouse::Warehouse::open(clock, std::move(options)));
  return {};
}

/// A stage may name the credentials of the embedded store, or none: whoever may run SQL here owns the buckets, too. A remote
/// bucket is reached with the configuration's keys.
Result<objects::ObjectStore*> Services::State::bucket_for_stage(const warehouse::BucketRequest& request) {
  if (!store->is_remote(request.bucket) && !request.key_id.empty() &&
      (request.key_id != credentials.s3_access_key || request.secret != credentials.s3_secret_key)) {
    return fail(ErrorKind::permission_denied,
                fmt::format("the stage's CREDENTIALS are not those of the embedded bucket {}; leave them out, or use {}",
                            request.bucket, credentials_path(folder.path()).string()));
  }
  if (!TRY(store->bucket_exists(request.bucket))) {
    return fail(ErrorKind::not_found,
                fmt::format("there is no bucket {}; name it under 'buckets' (or 'remote_buckets') in the configuration",
                            request.bucket));
  }
  return store.get();
}

Result<void> Services::State::open_notifier() {
  webhooks = std::make_unique<http::Client>(
      files, http::ClientOptions{.connect_timeout = std::chrono::seconds{5}, .body_bytes_max = 1 << 20});
  warehouse::NotifierOptions options;
  options.allowed_urls = configuration.webhooks;
  options.post = [this](const warehouse::WebhookCall& call) -> Result<int> {
    http::ClientRequest request;
    request.method = "POST";
    request.url = call.url;
    for (const auto& [name, value] : call.headers) request.headers.add(name, value);
    request.body = call.body;
    request.timeout = std::chrono::seconds{15};
    const auto response = TRY(webhooks->send(request));
    return static_cast<int>(response.status);
  };
  notifier = TRY(warehouse::Notifier::start(*warehouse, std::move(options)));
  events = TRY(warehouse::EventLog::start(*warehouse));
  return {};
}

Result<void> Services::State::open_loads() {
  warehouse::LoadServiceOptions options;
  options.resolve = [this](const warehouse::BucketRequest& request) { return bucket_for_stage(request); };
  options.queue = [this](const std::string& name) { return queues->create(name); };
  options.internal_stages = local_store.get();
  options.presign = [this](const std::string& bucket, const std::string& key,
                           std::chrono::seconds validity) -> Result<std::string> {
    const std::lock_guard guard(door_mutex);
    if (door_url.empty()) return fail(ErrorKind::unavailable, "the server is not open: no address leads to its files");
    if (store->is_remote(bucket))
      return fail(ErrorKind::unsupported,
                  fmt::format("the bucket {} is on another server, which signs its own addresses", bucket));
    return wire->stage_files().read_address(door_url, bucket, key, validity);
  };
  options.temporary_directory = folder.path() / "staged-files";
  loads = TRY(warehouse::LoadService::start(*warehouse, files, std::move(options)));
  return {};
}

Result<void> Services::State::open_s3() {
  objects::S3ServiceOptions options;
  options.credentials = {{credentials.s3_access_key, credentials.s3_secret_key}};
  options.spool_directory = local_store->staging_folder();
  options.uploads_directory = folder.path() / "objects" / "uploads";
  s3 = std::make_unique<objects::S3Service>(*store, files, clock, std::move(options));
  http::ServerOptions server_options;
  server_options.name = "s3";
  server_options.address = configuration.listen;
  server_options.port = configuration.s3_port;
  server_options.spool_directory = local_store->staging_folder();
  s3_server = TRY(
      http::Server::start(std::move(server_options), files, [this](const http::Request& request) { return (*s3)(request); }));
  return {};
}

void Services::State::count(const flow::FlowEvent& event) {
  if (event.relationship == "failure" || event.relationship == "not.found" || event.relationship == "permission.denied") {
    flow_counts.failed += event.count;
  } else if (event.relationship == "success") {
    if (event.type == "ListFile") flow_counts.listed += event.count;
    if (event.type == "FetchFile") flow_counts.fetched += event.count;
    if (event.type == "PutS3Object") flow_counts.put += event.count;
  }
}

Result<void> Services::State::open_flow() {
  if (configuration.flow_definition.empty()) return {};
  const std::string definition = TRY(files.read_all(configuration.flow_definition));
  flow::FlowOptions options;
  options.data_directory = folder.path() / "flow";
  options.clock = &clock;
  options.files = &files;
  options.store = store;
  options.store_endpoint = s3_server->url();
  options.store_credentials = flow::Credentials{credentials.s3_access_key, credentials.s3_secret_key};
  options.remote_store = [this](const std::string& endpoint, const std::string& region,
                                const flow::Credentials& keys) -> Result<std::shared_ptr<objects::ObjectStore>> {
    return remote_store(endpoint, region, keys.access_key_id, keys.secret_access_key);
  };
  options.parameters = configuration.flow_parameters;
  options.observer = [this](const flow::FlowEvent& event) { count(event); };
  auto opened = flow::Flow::open(std::move(options), definition);
  if (!opened) return fail(opened.error().kind, configuration.flow_definition.string() + ": " + opened.error().message);
  flow = std::move(*opened);
  flow->start_all();
  return {};
}

Result<void> Services::State::open_door(Services& services) {
  wire::ServiceOptions options;
  options.users = {{credentials.user, credentials.password}};
  options.stage_files = local_store.get();
  wire = std::make_unique<wire::Service>(*warehouse, clock, std::move(options));
  status = std::make_unique<StatusService>(services, !is_loopback(configuration.listen));
  http::ServerOptions server_options;
  server_options.name = "main";
  server_options.address = configuration.listen;
  server_options.port = configuration.port;
  server_options.spool_directory = local_store->staging_folder();
  server_options.body_memory_max = 64 << 20;
  server = TRY(http::Server::start(std::move(server_options), files, [this](const http::Request& request) {
    return wire::Service::owns(request.path) ? wire->handle(request) : status->handle(request);
  }));
  const std::lock_guard guard(door_mutex);
  door_url = server->url();
  return {};
}

Services::Services(std::unique_ptr<State> state) : state_(std::move(state)) {}

Services::~Services() {
  stop();
}

Result<std::unique_ptr<Services>> Services::start(Configuration configuration, Clock& clock, FileSystem& files) {
  auto folder = TRY(DataFolder::take(files, configuration.data));
  std::unique_ptr<Services> services(
      new Services(std::make_unique<State>(std::move(configuration), clock, files, std::move(folder))));
  State& state = *services->state_;
  state.credentials = TRY(load_or_create_credentials(files, state.folder.path()));
  TRY(state.open_stores());
  TRY(state.open_warehouse());
  TRY(state.open_notifier());
  TRY(state.open_loads());
  state.tasks = TRY(warehouse::Tasks::start(*state.warehouse, {.runners_max = state.configuration.task_threads}));
  state.histories = TRY(warehouse::DerivedTables::start(*state.warehouse));
  state.archiver = TRY(warehouse::Archiver::start(*state.warehouse));
  TRY(run_first_start_scripts(state.files, *state.warehouse, state.folder.path(), state.configuration.scripts));
  state.local_store->start();
  TRY(state.open_s3());
  TRY(state.open_flow());
  TRY(state.open_door(*services));
  TRY(state.folder.announce(services->address()));
  return services;
}

void Services::stop() {
  std::lock_guard guard(state_->stop_mutex);
  State& state = *state_;
  if (state.server) state.server->stop();
  if (state.s3_server) state.s3_server->stop();
  {
    const std::lock_guard door(state.door_mutex);
    state.door_url.clear();
  }
  state.flow.reset();
  state.server.reset();
  state.status.reset();
  state.wire.reset();
  state.s3_server.reset();
  state.loads.reset();
  state.tasks.reset();
  state.histories.reset();
  state.archiver.reset();
  state.notifier.reset();
  state.events.reset();
}

warehouse::Warehouse& Services::warehouse() {
  return *state_->warehouse;
}
objects::ObjectStore& Services::store() {
  return *state_->store;
}
flow::Flow* Services::flow() {
  return state_->flow.get();
}
const Configuration& Services::configuration() const {
  return state_->configuration;
}
const Credentials& Services::credentials() const {
  return state_->credentials;
}
const Services::FlowCounts& Services::flow_counts() const {
  return state_->flow_counts;
}

Result<bool> Services::idle() {
  if (state_->flow && !state_->flow->idle()) return false;
  if (!state_->local_store->idle())
    return false; // in the order in which things move: what goes on meanwhile is seen further on
  return warehouse_idle();
}

Result<bool> Services::warehouse_idle() {
  return TRY(state_->loads->idle()) && state_->tasks->idle();
}

std::string Services::address() const {
  return fmt::format("{}:{}", state_->configuration.listen, state_->server->port());
}
std::string Services::s3_address() const {
  return fmt::format("{}:{}", state_->configuration.listen, state_->s3_server->port());
}

} // namespace freshet::app
