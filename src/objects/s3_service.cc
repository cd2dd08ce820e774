#include "objects/s3_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "aws/checksum.h"
#include "base/log.h"
#include "base/random.h"
#include "objects/s3_error.h"
#include "objects/s3_payload.h"
#include "objects/s3_uploads.h"
#include "objects/s3_xml.h"

namespace freshet::objects {
namespace {

using http::Request;
using http::Response;

constexpr uint64_t k_memory_answer_bytes = 64 * 1024; // larger objects are sent from their file
constexpr std::array<std::string_view, 5> k_kept_headers{"Cache-Control", "Content-Disposition", "Content-Encoding",
                                                         "Content-Language", "Expires"};

Response xml(std::string body) {
  return Response::text(200, std::move(body), "application/xml");
}

std::string quoted_etag(const std::string& etag) {
  return "\"" + etag + "\"";
}

/// Whether an If-Match or If-None-Match list names this etag.
bool names(std::string_view list, const std::string& etag) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    while (item.starts_with(' ') || item.starts_with('"')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('"')) item.remove_suffix(1);
    if (item == "*" || item == etag) return true;
  }
  return false;
}

struct ByteRange {
  uint64_t first = 0;
  uint64_t count = 0;
  bool partial = false;
};

/// Of a Range header; malformed or several ranges mean the whole, as HTTP has it; nothing to send means InvalidRange.
S3Result<ByteRange> range_of(const Request& request, uint64_t size) {
  const ByteRange whole{0, size, false};
  std::string_view text = request.headers.find("range").value_or("");
  if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return whole;
  text.remove_prefix(6);
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return whole;
  const auto number = [](std::string_view digits) -> std::optional<uint64_t> {
    uint64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto first = number(text.substr(0, dash)), last = number(text.substr(dash + 1));
  if ((!first && dash != 0) || (!last && dash + 1 != text.size()) || (!first && !last)) return whole;
  if (first && last && *last < *first) return whole;
  if (first ? *first >= size : *last == 0 || size == 0)
    return refuse(416, "InvalidRange", "the requested range is not satisfiable");
  if (!first) return ByteRange{size - std::min(size, *last), std::min(size, *last), true};
  return ByteRange{*first, std::min(size - 1, last.value_or(size - 1)) - *first + 1, true};
}

/// One request, from its signature to its answer.
class Exchange {
 public:
  Exchange(ObjectStore& store, MultipartUploads* uploads, FileSystem& files, Clock& clock, const S3ServiceOptions& options,
           const Request& request)
      : store_(store), uploads_(uploads), files_(files), clock_(clock), options_(options), request_(request) {
    const std::string_view path = std::string_view(request.path).substr(std::min<size_t>(1, request.path.size()));
    const size_t slash = path.find('/');
    bucket_ = path.substr(0, slash);
    if (slash != std::string_view::npos) key_ = path.substr(slash + 1);
  }

  Response answer() {
    auto response = authenticated();
    if (!response) response = refusal(response.error());
    response->headers.set("x-amz-request-id", request_id_);
    response->headers.set("x-amz-id-2", request_id_);
    response->headers.set("Server", "Freshet");
    return std::move(*response);
  }

 private:
  using Answer = S3Result<Response>;

  Response refusal(const S3Error& error) const {
    if (error.status >= 500 && error.status != 501) log::warn("s3", "{} {}: {}", request_.method, request_.path, error.message);
    if (error.status == 304) {
      Response unchanged;
      unchanged.status = 304;
      return unchanged;
    }
    Response response =
        Response::text(error.status, error_xml({error.code, error.message}, request_.path, request_id_), "application/xml");
    if (request_.method == "HEAD") response.body.clear();
    return response;
  }

  Answer authenticated() {
    const aws::SignableRequest signable{request_.method, request_.target, {request_.headers.begin(), request_.headers.end()}};
    auto verified = aws::verify(signable, "s3", clock_.now(), [&](const std::string& id) -> std::optional<std::string> {
      const auto found = options_.credentials.find(id);
      if (found == options_.credentials.end()) return std::nullopt;
      return found->second;
    });
    if (!verified) return std::unexpected(s3_error(verified.error()));
    auto payload = receive_payload(request_, *verified, files_, options_.spool_directory);
    if (!payload) return std::unexpected(std::move(payload).error());
    payload_ = std::move(*payload);
    return route();
  }

  /// Query parameters choose the operation: anything that we do not know names one that we do not have.
  bool only_parameters(std::initializer_list<std::string_view> known) const {
    return std::all_of(request_.query.begin(), request_.query.end(), [&](const auto& parameter) {
      return parameter.first == "x-id" || std::find(known.begin(), known.end(), parameter.first) != known.end();
    });
  }

  Answer route() {
    const std::string& method = request_.method;
    if (bucket_.empty()) {
      if (method == "GET" && only_parameters({})) return list_buckets();
    } else if (key_.empty()) {
      if (method == "PUT" && only_parameters({})) return create_bucket();
      if (method == "HEAD" && only_parameters({})) return head_bucket();
      if (method == "GET" && request_.parameter("location") && only_parameters({"location"})) return locate_bucket();
      if (request_.parameter("notification") && only_parameters({"notification"})) {
        if (method == "GET") return get_notifications();
        if (method == "PUT") return put_notifications();
      }
      if (method == "GET" && uploads_ != nullptr && request_.parameter("uploads") &&
          only_parameters({"uploads", "prefix", "max-uploads", "encoding-type"})) {
        auto found = uploads_->uploads(bucket_);
        if (!found) return std::unexpected(found.error());
        return xml(uploads_xml(bucket_, std::string(request_.parameter("prefix").value_or("")), *found));
      }
      if (method == "GET" && request_.parameter("list-type") == "2" &&
          only_parameters({"list-type", "prefix", "delimiter", "start-after", "continuation-token", "max-keys", "encoding-type",
                           "fetch-owner"})) {
        return list_objects();
      }
    } else {
      if (uploads_ != nullptr && (request_.parameter("uploads") || request_.parameter("uploadId"))) return in_parts();
      if (method == "PUT" && only_parameters({}))
        return request_.headers.contains("x-amz-copy-source") ? copy_object() : put_object();
      if ((method == "GET" || method == "HEAD") && only_parameters({})) return get_object();
      if (method == "DELETE" && only_parameters({})) return delete_object();
    }
    return refuse(501, "NotImplemented",
                  fmt::format("{} {} asks for an operation that is not implemented", method, request_.target));
  }

  /// not_found tells of the key only when the bucket is there.
  std::unexpected<S3Error> failed(const Error& error) {
    if (error.kind == ErrorKind::not_found && !store_.bucket_exists(bucket_).value_or(false)) {
      return refuse(404, "NoSuchBucket", "the specified bucket does not exist");
    }
    return std::unexpected(s3_error(error));
  }

  Answer list_buckets() {
    auto buckets = store_.buckets();
    if (!buckets) return failed(buckets.error());
    return xml(buckets_xml(*buckets));
  }

  Answer create_bucket() {
    auto created = store_.create_bucket(bucket_);
    // The first region of S3 answers 200 to whoever creates his own bucket again.
    if (!created && created.error().kind == ErrorKind::invalid_argument)
      return refuse(400, "InvalidBucketName", created.error().message);
    if (!created && created.error().kind != ErrorKind::already_exists) return failed(created.error());
    Response response;
    response.headers.set("Location", "/" + bucket_);
    return response;
  }

  Answer head_bucket() {
    auto exists = store_.bucket_exists(bucket_);
    if (!exists) return failed(exists.error());
    if (!*exists) return refuse(404, "NoSuchBucket", "the specified bucket does not exist");
    Response response;
    response.headers.set("x-amz-bucket-region", options_.region);
    return response;
  }

  Answer locate_bucket() {
    auto head = head_bucket();
    if (!head) return head;
    return xml(location_xml(options_.region));
  }

  Answer get_notifications() {
    auto rules = store_.notifications(bucket_);
    if (!rules) return failed(rules.error());
    return xml(notifications_xml(*rules));
  }

  Answer put_notifications() {
    auto body = payload_.file ? files_.read_all(payload_.file->path()) : Result<std::string>(payload_.bytes);
    if (!body) return failed(body.error());
    auto rules = parse_notifications(*body);
    if (!rules && rules.error().kind == ErrorKind::unsupported) return failed(rules.error());
    if (!rules) return refuse(400, "MalformedXML", rules.error().message);
    if (auto set = store_.set_notifications(bucket_, std::move(*rules)); !set) return failed(set.error());
    return Response{};
  }

  Answer list_objects() {
    const auto parameter = [&](std::string_view name) { return std::string(request_.parameter(name).value_or("")); };
    ListParameters parameters{.bucket = bucket_,
                              .prefix = parameter("prefix"),
                              .delimiter = parameter("delimiter"),
                              .start_after = parameter("start-after"),
                              .continuation_token = parameter("continuation-token"),
                              .next_continuation_token = "",
                              .limit = 1000,
                              .url_encoded = parameter("encoding-type") == "url"};
    if (const std::string limit = parameter("max-keys"); !limit.empty()) {
      uint64_t number = 0;
      const auto parsed = std::from_chars(limit.data(), limit.data() + limit.size(), number);
      if (parsed.ec != std::errc{} || parsed.ptr != limit.data() + limit.size())
        return refuse(400, "InvalidArgument", "max-keys is no number");
      parameters.limit = std::min<uint64_t>(number, 1000);
    }
    ListRequest request{parameters.prefix, parameters.delimiter, parameters.start_after, parameters.limit};
    if (!parameters.continuation_token.empty()) {
      const auto from = aws::from_hex(parameters.continuation_token);
      if (!from) return refuse(400, "InvalidArgument", "the continuation token is not one of ours");
      request.start_after = *from;
    }
    auto listing = store_.list(bucket_, request);
    if (!listing) return failed(listing.error());
    if (listing->truncated) parameters.next_continuation_token = aws::to_hex(listing->next_start_after);
    return xml(listing_xml(*listing, parameters));
  }

  S3Result<PutOptions> put_options() {
    PutOptions put;
    put.content_type = request_.headers.get("content-type", "binary/octet-stream");
    put.storage_class = request_.headers.get("x-amz-storage-class", "STANDARD");
    put.checksum_algorithm = payload_.checksum_algorithm;
    put.checksum = payload_.checksum;
    put.request_id = request_id_;
    put.source_address = request_.remote_address;
    size_t metadata_bytes = 0;
    static constexpr std::string_view k_prefix = "x-amz-meta-";
    for (const auto& [field, value] : request_.headers) {
      std::string name = field;
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (!name.starts_with(k_prefix)) continue;
      put.metadata[name.substr(k_prefix.size())] = value;
      metadata_bytes += name.size() - k_prefix.size() + value.size();
    }
    if (metadata_bytes > 2048) return refuse(400, "MetadataTooLarge", "user metadata may have at most 2 KB");
    for (const auto name : k_kept_headers) {
      if (const auto value = request_.headers.find(name)) put.headers.emplace(name, *value);
    }
    strip_chunked(put.headers);
    if (const auto match = request_.headers.find("if-none-match")) {
      if (*match != "*") return refuse(501, "NotImplemented", "If-None-Match of a PUT can only be *");
      put.if_absent = true;
    }
    if (const auto match = request_.headers.find("if-match")) {
      put.if_match = std::string(*match);
      std::erase(*put.if_match, '"');
    }
    return put;
  }

  /// aws-chunked was the way here, not part of the object.
  static void strip_chunked(std::map<std::string, std::string>& headers) {
    const auto encoding = headers.find("Content-Encoding");
    if (encoding == headers.end()) return;
    std::string& value = encoding->second;
    if (const size_t at = value.find("aws-chunked"); at != std::string::npos) {
      value.erase(at, 11);
      std::erase(value, ' ');
      while (value.starts_with(',')) value.erase(0, 1);
      while (value.ends_with(',')) value.pop_back();
    }
    if (value.empty()) headers.erase(encoding);
  }

  Answer put_object() {
    if (!request_.headers.contains("content-length") && !request_.headers.contains("transfer-encoding")) {
      return refuse(411, "MissingContentLength", "a PUT needs a Content-Length");
    }
    auto options = put_options();
    if (!options) return std::unexpected(options.error());
    Content content =
        payload_.file ? Content::of_file(payload_.file->path(), payload_.md5) : Content::of_bytes(std::move(payload_.bytes));
    auto info = store_.put(bucket_, key_, std::move(content), *options);
    if (!info && info.error().kind == ErrorKind::already_exists) return refuse(412, "PreconditionFailed", info.error().message);
    if (!info && key_.size() > 1024) return refuse(400, "KeyTooLongError", info.error().message);
    if (!info) return failed(info.error());
    Response response;
    response.headers.set("ETag", quoted_etag(info->etag));
    add_checksum(*info, response);
    return response;
  }

  Answer copy_object() {
    auto options = put_options();
    if (!options) return std::unexpected(options.error());
    auto info = copy(store_, request_, bucket_, key_, std::move(*options));
    if (!info) return std::unexpected(info.error());
    return xml(copy_xml("CopyObjectResult", info->etag, info->modified));
  }

  Answer in_parts() {
    auto options = put_options();
    if (!options) return std::unexpected(options.error());
    UploadExchange exchange{*uploads_, store_, files_, request_, bucket_, key_, payload_, std::move(*options)};
    if (auto answer = exchange.answer()) return std::move(*answer);
    return refuse(501, "NotImplemented",
                  fmt::format("{} {} asks for an operation that is not implemented", request_.method, request_.target));
  }

  static void add_checksum(const ObjectInfo& info, Response& response) {
    if (info.checksum.empty()) return;
    std::string name = "x-amz-checksum-" + info.checksum_algorithm;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    response.headers.set(name, info.checksum);
    const bool in_parts = info.checksum.find('-') != std::string::npos;
    response.headers.set("x-amz-checksum-type", in_parts ? "COMPOSITE" : "FULL_OBJECT");
  }

  S3Result<void> check_conditions(const ObjectInfo& info) const {
    const auto& headers = request_.headers;
    const auto modified = std::chrono::floor<std::chrono::seconds>(info.modified);
    const auto date = [&](std::string_view name) { return parse_http_date(headers.get(name)); };
    if (const auto match = headers.find("if-match")) {
      if (!names(*match, info.etag)) return refuse(412, "PreconditionFailed", "the object has another ETag");
    } else if (const auto since = date("if-unmodified-since"); since && modified > *since) {
      return refuse(412, "PreconditionFailed", "the object was modified since");
    }
    if (const auto match = headers.find("if-none-match")) {
      if (names(*match, info.etag)) return refuse(304, "NotModified", "not modified");
    } else if (const auto since = date("if-modified-since"); since && modified <= *since) {
      return refuse(304, "NotModified", "not modified");
    }
    return {};
  }

  Answer get_object() {
    // A put between the look and the read changes the object: look again.
    for (int attempt = 0; attempt < 8; ++attempt) {
      auto info = store_.head(bucket_, key_);
      if (!info) return failed(info.error());
      if (auto met = check_conditions(*info); !met) return not_met(met.error(), *info);
      auto range = range_of(request_, info->size);
      if (!range) return std::unexpected(range.error());
      Response response = describe(*info, *range);
      if (request_.method == "HEAD") return response;
      auto filled = fill(*info, *range, response);
      if (filled) return response;
      if (filled.error().kind != ErrorKind::conflict) return failed(filled.error());
    }
    return refuse(503, "SlowDown", "the object changes faster than it can be read");
  }

  Answer not_met(const S3Error& error, const ObjectInfo& info) const {
    Response response = refusal(error);
    response.headers.set("ETag", quoted_etag(info.etag));
    return response;
  }

  Response describe(const ObjectInfo& info, const ByteRange& range) const {
    Response response;
    response.status = range.partial ? 206 : 200;
    auto& headers = response.headers;
    headers.set("Content-Type", info.content_type);
    headers.set("ETag", quoted_etag(info.etag));
    headers.set("Last-Modified", http_date(info.modified));
    headers.set("Accept-Ranges", "bytes");
    for (const auto& [name, value] : info.headers) headers.set(name, value);
    for (const auto& [name, value] : info.metadata) headers.set("x-amz-meta-" + name, value);
    if (info.storage_class != "STANDARD") headers.set("x-amz-storage-class", info.storage_class);
    if (range.partial) {
      headers.set("Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.count - 1, info.size));
    } else if (request_.headers.get("x-amz-checksum-mode") == "ENABLED") {
      add_checksum(info, response);
    }
    if (request_.method == "HEAD") headers.set("Content-Length", std::to_string(range.count));
    return response;
  }

  Result<void> fill(const ObjectInfo& info, const ByteRange& range, Response& response) {
    if (range.count <= k_memory_answer_bytes) {
      response.body = TRY(store_.read(info, range.first, range.count));
    } else {
      auto file = TRY(store_.open_as_file(info));
      response.file = http::FileRange{*file, range.first, range.count, file};
    }
    return {};
  }

  Answer delete_object() {
    if (const auto match = request_.headers.find("if-match")) {
      auto info = store_.head(bucket_, key_);
      if (!info && info.error().kind != ErrorKind::not_found) return failed(info.error());
      if (info && !names(*match, info->etag)) return refuse(412, "PreconditionFailed", "the object has another ETag");
    }
    if (auto removed = store_.remove(bucket_, key_); !removed) return failed(removed.error());
    Response response;
    response.status = 204;
    return response;
  }

  ObjectStore& store_;
  MultipartUploads* uploads_;
  FileSystem& files_;
  Clock& clock_;
  const S3ServiceOptions& options_;
  const Request& request_;
  const std::string request_id_ = random_secret_hex(8);
  std::string bucket_;
  std::string key_;
  Payload payload_;
};

} // namespace

S3Service::S3Service(ObjectStore& store, FileSystem& files, Clock& clock, S3ServiceOptions options)
    : store_(store), files_(files), clock_(clock), options_(std::move(options)) {
  if (!options_.uploads_directory.empty())
    uploads_ = std::make_shared<MultipartUploads>(store_, files_, clock_, options_.uploads_directory);
}

Response S3Service::operator()(const Request& request) const {
  return Exchange(store_, uploads_.get(), files_, clock_, options_, request).answer();
}

} // namespace freshet::objects
