#include "corpus_world.h"

#include <filesystem>

namespace freshet::corpus {

Result<void> World::open() {
  std::filesystem::create_directories(folder_);
  TRY(open_store());
  warehouse::WarehouseOptions options;
  options.data_directory = folder_ / "warehouse";
  options.threads = configuration_.threads;
  options.memory_limit_bytes = configuration_.memory_limit_bytes;
  warehouse_ = TRY(warehouse::Warehouse::open(clock_, options));
  warehouse::NotifierOptions notifier;
  notifier.runs_by_itself = false;
  notifier.allowed_urls = {"https://hooks.example.com/services"};
  notifier.post = [](const warehouse::WebhookCall& call) -> Result<int> { return call.url.ends_with("/down") ? 503 : 200; };
  notifier_ = TRY(warehouse::Notifier::start(*warehouse_, std::move(notifier)));
  events_ = TRY(warehouse::EventLog::start(*warehouse_, false));
  TRY(open_loads());
  tasks_ = TRY(warehouse::Tasks::start(*warehouse_, {.runners_max = 0}));
  histories_ = TRY(warehouse::DerivedTables::start(*warehouse_, {.runs_by_itself = false}));
  archiver_ = TRY(warehouse::Archiver::start(*warehouse_, {.runs_by_itself = false, .batch_rows = 2}));
  return {};
}

void World::close() {
  archiver_.reset();
  histories_.reset();
  tasks_.reset();
  loads_.reset();
  events_.reset();
  notifier_.reset();
  warehouse_.reset();
  store_.reset();
  queues_.reset();
}

Result<void> World::open_store() {
  queues_ = TRY(queue::LocalQueues::open(folder_ / "queues", clock_));
  objects::LocalStoreOptions options;
  options.folder = folder_ / "objects";
  options.deliver = [this](const std::string& arn, const std::vector<std::string>& bodies) -> Result<void> {
    auto* queue = queues_->find_by_arn(arn);
    return queue == nullptr ? fail(ErrorKind::not_found, "there is no queue " + arn) : queue->send(bodies);
  };
  store_ = TRY(objects::LocalStore::open(std::move(options), files_, clock_));
  return {};
}

Result<void> World::open_loads() {
  warehouse::LoadServiceOptions options;
  options.resolve = [this](const warehouse::BucketRequest& request) -> Result<objects::ObjectStore*> {
    if (!request.key_id.empty() && request.secret != "right")
      return fail(ErrorKind::permission_denied, "The AWS Access Key Id you provided is not valid.");
    if (!TRY(store_->bucket_exists(request.bucket))) return fail(ErrorKind::not_found, "there is no bucket " + request.bucket);
    return store_.get();
  };
  options.queue = [this](const std::string& name) { return queues_->create(name); };
  options.internal_stages = store_.get();
  options.temporary_directory = folder_ / "temporary";
  options.threads = false;
  loads_ = TRY(warehouse::LoadService::start(*warehouse_, files_, std::move(options)));
  return {};
}

namespace {

Result<warehouse::S3Location> location_of(const std::string& url) {
  auto parsed = warehouse::parse_s3_url(url);
  if (!parsed) return fail(ErrorKind::invalid_argument, parsed.error().message);
  return *parsed;
}

} // namespace

Result<void> World::put(const std::string& url, objects::Content content) {
  const auto location = TRY(location_of(url));
  TRY(store_->put(location.bucket, location.prefix, std::move(content), {}));
  return {};
}

Result<void> World::remove(const std::string& url) {
  const auto location = TRY(location_of(url));
  return store_->remove(location.bucket, location.prefix);
}

void World::run_pipes() {
  do {
    store_->step();
  } while (loads_->step());
}

} // namespace freshet::corpus
