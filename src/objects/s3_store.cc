#include "objects/s3_store.h"

#include <fmt/format.h>

#include "aws/checksum.h"
#include "aws/sigv4.h"
#include "base/random.h"
#include "http/client.h"
#include "objects/s3_xml.h"

namespace freshet::objects {
namespace {

using http::ClientRequest;
using http::Response;

std::string without_quotes(std::string etag) {
  std::erase(etag, '"');
  return etag;
}

/// The one table from S3's codes to ours; a HEAD carries no code, only its status.
Error translate(const Response& response, std::string_view action, const std::string& bucket, const std::string& key) {
  const S3ErrorDocument document = parse_error(response.body);
  ErrorKind kind = ErrorKind::io;
  if (response.status == 404)
    kind = ErrorKind::not_found;
  else if (response.status == 401 || response.status == 403)
    kind = ErrorKind::permission_denied;
  else if (response.status == 412)
    kind = ErrorKind::conflict;
  else if (response.status == 409)
    kind = document.code.starts_with("BucketAlready") ? ErrorKind::already_exists : ErrorKind::conflict;
  else if (response.status == 501)
    kind = ErrorKind::unsupported;
  else if (response.status == 507)
    kind = ErrorKind::out_of_space;
  else if (response.status >= 500 || response.status == 429)
    kind = ErrorKind::unavailable;
  else if (response.status >= 400)
    kind = ErrorKind::invalid_argument;
  return {kind,
          fmt::format("cannot {} s3://{}/{}: {} {} {}", action, bucket, key, response.status, document.code, document.message)};
}

ObjectInfo info_of(const std::string& bucket, const std::string& key, const Response& response) {
  ObjectInfo info;
  info.bucket = bucket;
  info.key = key;
  info.size = std::strtoull(response.headers.get("content-length", "0").c_str(), nullptr, 10);
  info.etag = without_quotes(response.headers.get("etag"));
  info.modified = parse_http_date(response.headers.get("last-modified")).value_or(TimePoint{});
  info.content_type = response.headers.get("content-type", "binary/octet-stream");
  info.storage_class = response.headers.get("x-amz-storage-class", "STANDARD");
  for (const char* name : {"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires"}) {
    if (const auto value = response.headers.find(name)) info.headers.emplace(name, *value);
  }
  for (const auto& [field, value] : response.headers) {
    std::string name = field;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (name.starts_with("x-amz-meta-")) info.metadata[name.substr(11)] = value;
  }
  return info;
}

} // namespace

class S3Store::Core {
 public:
  Core(S3StoreOptions options, FileSystem& files, Clock& clock)
      : options_(std::move(options)), files_(files), clock_(clock), client_(files_) {
    while (options_.endpoint.ends_with('/')) options_.endpoint.pop_back();
    const size_t scheme = options_.endpoint.find("://");
    host_ = scheme == std::string::npos ? options_.endpoint : options_.endpoint.substr(scheme + 3);
  }

  FileSystem& files() { return files_; }
  const Path& cache_folder() const { return options_.cache_folder; }

  struct Call {
    std::string method;
    std::string bucket;
    std::string key{};
    std::string query{};
    http::Headers headers{};
    std::string body{};
    std::optional<http::FileRange> file{};
    std::optional<Path> download_to{};
  };

  Result<Response> send(Call call) {
    std::string target = "/" + call.bucket;
    if (!call.key.empty()) target += "/" + http::percent_encode(call.key, true);
    if (!call.query.empty()) target += "?" + call.query;
    aws::SignableRequest signable{call.method, target, {call.headers.begin(), call.headers.end()}};
    signable.headers.emplace_back("Host", host_);
    const std::string payload_hash =
        call.file ? std::string(aws::k_unsigned_payload) : aws::to_hex(aws::digest(aws::Algorithm::sha256, call.body));
    aws::sign(signable, {options_.access_key_id, options_.secret_access_key, options_.session_token}, options_.region, "s3",
              payload_hash, clock_.now());
    ClientRequest request;
    request.method = call.method;
    request.url = options_.endpoint + target;
    for (auto& [name, value] : signable.headers) request.headers.add(std::move(name), std::move(value));
    request.body = std::move(call.body);
    request.file = std::move(call.file);
    request.download_to = std::move(call.download_to);
    request.timeout = options_.timeout;
    return client_.send(request);
  }

  /// As `send`, and an answer other than 2xx is an error.
  Result<Response> ask(std::string_view action, Call call) {
    const std::string bucket = call.bucket, key = call.key;
    Response response = TRY(send(std::move(call)));
    if (response.status / 100 != 2) return std::unexpected(translate(response, action, bucket, key));
    return response;
  }

 private:
  S3StoreOptions options_;
  FileSystem& files_;
  Clock& clock_;
  http::Client client_;
  std::string host_;
};

S3Store::S3Store(S3StoreOptions options, FileSystem& files, Clock& clock)
    : core_(std::make_unique<Core>(std::move(options), files, clock)) {}
S3Store::~S3Store() = default;

Result<void> S3Store::create_bucket(const std::string& bucket) {
  if (TRY(bucket_exists(bucket))) return fail(ErrorKind::already_exists, fmt::format("the bucket {} exists already", bucket));
  TRY(core_->ask("create", {.method = "PUT", .bucket = bucket}));
  return {};
}

Result<bool> S3Store::bucket_exists(const std::string& bucket) {
  const auto head = core_->ask("look at", {.method = "HEAD", .bucket = bucket});
  if (head) return true;
  if (head.error().kind == ErrorKind::not_found) return false;
  return std::unexpected(head.error());
}

Result<std::vector<BucketInfo>> S3Store::buckets() {
  return parse_buckets(TRY(core_->ask("list buckets of", {.method = "GET", .bucket = ""})).body);
}

Result<ObjectInfo> S3Store::put(const std::string& bucket, const std::string& key, Content content, const PutOptions& options) {
  Core::Call call{.method = "PUT", .bucket = bucket, .key = key};
  call.headers.add("Content-Type", options.content_type);
  for (const auto& [name, value] : options.headers) call.headers.add(name, value);
  for (const auto& [name, value] : options.metadata) call.headers.add("x-amz-meta-" + name, value);
  if (options.storage_class != "STANDARD") call.headers.add("x-amz-storage-class", options.storage_class);
  if (!options.checksum.empty()) call.headers.add("x-amz-checksum-" + options.checksum_algorithm, options.checksum);
  if (options.if_match) call.headers.add("If-Match", "\"" + *options.if_match + "\"");
  if (options.if_absent) call.headers.add("If-None-Match", "*");
  uint64_t size = content.bytes.size();
  if (content.file) {
    size = TRY(core_->files().status(*content.file)).size;
    call.file = http::FileRange{*content.file, 0, size, nullptr};
  } else {
    call.body = std::move(content.bytes);
  }
  auto answer = core_->ask("put", std::move(call));
  if (!answer && options.if_absent && answer.error().kind == ErrorKind::conflict)
    answer.error().kind = ErrorKind::already_exists;
  const Response response = TRY(std::move(answer));
  ObjectInfo info;
  info.bucket = bucket;
  info.key = key;
  info.size = size;
  info.etag = without_quotes(response.headers.get("etag"));
  info.modified = parse_http_date(response.headers.get("date")).value_or(TimePoint{});
  info.content_type = options.content_type;
  info.metadata = options.metadata;
  info.headers = options.headers;
  info.storage_class = options.storage_class;
  return info;
}

Result<ObjectInfo> S3Store::head(const std::string& bucket, const std::string& key) {
  return info_of(bucket, key, TRY(core_->ask("look at", {.method = "HEAD", .bucket = bucket, .key = key})));
}

Result<std::string> S3Store::read(const ObjectInfo& object, uint64_t offset, uint64_t count) {
  if (offset >= object.size || count == 0) return std::string{};
  Core::Call call{.method = "GET", .bucket = object.bucket, .key = object.key};
  call.headers.add("Range", fmt::format("bytes={}-{}", offset, offset + std::min(count, object.size - offset) - 1));
  call.headers.add("If-Match", "\"" + object.etag + "\"");
  return TRY(core_->ask("read", std::move(call))).body;
}

Result<std::shared_ptr<const Path>> S3Store::open_as_file(const ObjectInfo& object) {
  TRY(core_->files().create_directories(core_->cache_folder()));
  auto owner = std::make_shared<http::TemporaryFile>(core_->cache_folder() / ("object-" + random_secret_hex(12)));
  Core::Call call{.method = "GET", .bucket = object.bucket, .key = object.key};
  call.headers.add("If-Match", "\"" + object.etag + "\"");
  call.download_to = owner->path();
  TRY(core_->ask("read", std::move(call)));
  return std::shared_ptr<const Path>(owner, &owner->path());
}

Result<void> S3Store::remove(const std::string& bucket, const std::string& key) {
  TRY(core_->ask("remove", {.method = "DELETE", .bucket = bucket, .key = key}));
  return {};
}

Result<Listing> S3Store::list(const std::string& bucket, const ListRequest& request) {
  std::string query = "list-type=2&encoding-type=url&max-keys=" + std::to_string(std::min<size_t>(request.limit, 1000));
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) query += fmt::format("&{}={}", name, http::percent_encode(value));
  };
  add("prefix", request.prefix);
  add("delimiter", request.delimiter);
  // Our own continuation is the service's token behind a byte that no key holds.
  const bool continues = request.start_after.starts_with('\xff');
  add(continues ? "continuation-token" : "start-after", std::string_view(request.start_after).substr(continues ? 1 : 0));
  const auto response = TRY(core_->ask("list", {.method = "GET", .bucket = bucket, .query = query}));
  Listing listing = TRY(parse_listing(bucket, response.body));
  if (listing.truncated) listing.next_start_after.insert(0, 1, '\xff');
  return listing;
}

Result<void> S3Store::set_notifications(const std::string& bucket, std::vector<NotificationRule> rules) {
  TRY(core_->ask("set the notifications of",
                 {.method = "PUT", .bucket = bucket, .query = "notification=", .body = notifications_xml(rules)}));
  return {};
}

Result<std::vector<NotificationRule>> S3Store::notifications(const std::string& bucket) {
  const auto response =
      TRY(core_->ask("read the notifications of", {.method = "GET", .bucket = bucket, .query = "notification="}));
  return parse_notifications(response.body);
}

} // namespace freshet::objects
