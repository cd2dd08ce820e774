#include "wire/stage_files.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"
#include "wire/json_text.h"
#include "wire/signature.h"

namespace freshet::wire {
namespace {

constexpr std::string_view k_path = "/stage-files/";
constexpr std::string_view k_digest = "sfc-digest"; // of the content, as drivers compare it
constexpr uint64_t k_small_bytes = 1 << 20;
constexpr auto k_grant_validity = std::chrono::hours(6);
constexpr int64_t k_large_bytes = 200 << 20; // what drivers may split, were it somewhere else

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

int64_t seconds_of(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// The last part of a path, with either slash.
std::string_view base_name(std::string_view path) {
  const auto slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

http::Response nothing(unsigned status) {
  return http::Response::text(status, "");
}

http::Response failed(const Error& error) {
  if (error.kind == ErrorKind::not_found) return nothing(404);
  log::error("wire", "a staged file: {}", error.message);
  return http::Response::text(error.kind == ErrorKind::out_of_space ? 507 : 500, error.message);
}

} // namespace

StageFiles::StageFiles(objects::ObjectStore* store, Clock& clock, std::string key)
    : store_(store), clock_(clock), key_(std::move(key)) {}

bool StageFiles::owns(std::string_view path) {
  return path.starts_with(k_path);
}

std::string StageFiles::sign(const Grant& grant, std::chrono::seconds validity) const {
  const auto text = fmt::format("{} {} {}", grant.mode, seconds_of(clock_.now() + validity), grant.prefix);
  return hex(text) + "." + hex(hmac(key_, text));
}

bool StageFiles::allows(std::string_view token, std::string_view method, std::string_view path, bool& overwrite) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos) return false;
  const auto text = from_hex(token.substr(0, dot));
  if (text.empty()) return false;
  if (!equal_in_constant_time(token.substr(dot + 1), hex(hmac(key_, text)))) return false;
  const std::string_view fields = text;
  const char mode = fields.front();
  int64_t expires = 0;
  const auto space = fields.find(' ', 2);
  std::from_chars(fields.data() + 2, fields.data() + space, expires);
  overwrite = mode == 'o';
  const auto granted = fields.substr(space + 1);
  if (expires < seconds_of(clock_.now()) || !path.starts_with(granted) || (mode == 'x' && path != granted)) return false;
  return method == "HEAD" || method == (mode == 'r' || mode == 'x' ? "GET" : "PUT");
}

http::Response StageFiles::handle(const http::Request& request) const {
  const auto authorization = request.headers.get("Authorization");
  constexpr std::string_view k_bearer = "Bearer ";
  const bool has_token = authorization.starts_with(k_bearer);
  const auto token =
      has_token ? std::string_view(authorization).substr(k_bearer.size()) : request.parameter("grant").value_or("");
  const auto path = std::string_view(request.path).substr(k_path.size());
  bool overwrite = false;
  if (store_ == nullptr || !allows(token, request.method, path, overwrite)) return nothing(has_token ? 401 : 403);
  const auto slash = path.find('/');
  const std::string bucket(path.substr(0, slash)), key(slash == std::string_view::npos ? "" : path.substr(slash + 1));
  return request.method == "PUT" ? upload(request, bucket, key, overwrite) : download(request, bucket, key);
}

http::Response StageFiles::upload(const http::Request& request, const std::string& bucket, const std::string& key,
                                  bool overwrite) const {
  objects::PutOptions options;
  options.if_absent = !overwrite;
  if (const auto digest = request.headers.find("x-goog-meta-sfc-digest")) options.metadata[std::string(k_digest)] = *digest;
  auto content =
      request.body_file ? objects::Content::of_file(request.body_file->path()) : objects::Content::of_bytes(request.body);
  const auto put = store_->put(bucket, key, std::move(content), options);
  // Without OVERWRITE a file that is there stays; a driver that could not know is told the same.
  if (!put && put.error().kind != ErrorKind::already_exists) return failed(put.error());
  return nothing(200);
}

http::Response StageFiles::download(const http::Request& request, const std::string& bucket, const std::string& key) const {
  const auto object = store_->head(bucket, key);
  if (!object) return failed(object.error());
  auto response = nothing(200);
  response.headers.set("Content-Type", object->content_type);
  if (const auto digest = object->metadata.find(std::string(k_digest)); digest != object->metadata.end())
    response.headers.set("x-goog-meta-sfc-digest", digest->second);
  if (request.method == "HEAD") {
    response.headers.set("Content-Length", std::to_string(object->size));
    return response;
  }
  if (object->size <= k_small_bytes) {
    auto bytes = store_->read(*object, 0, object->size);
    if (!bytes) return failed(bytes.error());
    response.body = std::move(*bytes);
    return response;
  }
  auto file = store_->open_as_file(*object);
  if (!file) return failed(file.error());
  response.file = http::FileRange{**file, 0, object->size, *file};
  return response;
}

std::string StageFiles::read_address(std::string_view base, const std::string& bucket, const std::string& key,
                                     std::chrono::seconds validity) const {
  const auto path = bucket + "/" + key;
  return fmt::format("{}{}{}?grant={}", base, k_path, http::percent_encode(path, true), sign({'x', path}, validity));
}

std::string StageFiles::transfer_json(const warehouse::FileTransfer& transfer, std::string_view host, Style style) const {
  const auto base = fmt::format("http://{}{}", host, k_path.substr(0, k_path.size() - 1));
  const auto folder = transfer.bucket + "/" + transfer.prefix;
  const char mode = !transfer.upload ? 'r' : transfer.overwrite ? 'o' : 'w';
  const auto address = [&](std::string_view name) {
    const auto path = folder + std::string(name);
    return in_quotes(
        fmt::format("{}/{}?grant={}", base, http::percent_encode(path, true), sign({mode, path}, k_grant_validity)));
  };
  std::string sources, addresses;
  for (const auto& name : transfer.files) {
    sources += (sources.empty() ? "" : ",") + in_quotes(name);
    if (style == Style::presigned) addresses += (addresses.empty() ? "" : ",") + address(name);
  }
  std::string presigned = "null", token = "null";
  if (style == Style::token)
    token = in_quotes(sign({mode, folder}, k_grant_validity));
  else if (transfer.upload)
    presigned = address(base_name(transfer.local));
  const auto stage = fmt::format(
      R"({{"locationType":"GCS","location":{},"path":{},"region":"local","storageAccount":null,"isClientSideEncrypted":false,)"
      R"("creds":{{"GCS_ACCESS_TOKEN":{}}},"presignedUrl":{},"endPoint":{},"useRegionalUrl":false,"useVirtualUrl":false}})",
      in_quotes(folder), in_quotes(transfer.prefix), token, presigned, style == Style::token ? in_quotes(base) : "null");
  auto json = fmt::format(R"(,"command":"{}","operation":"Node","src_locations":[{}],"parallel":{},"threshold":{},)"
                          R"("clientShowEncryptionParameter":false,"encryptionMaterial":null,"stageInfo":{})",
                          transfer.upload ? "UPLOAD" : "DOWNLOAD", transfer.upload ? in_quotes(transfer.local) : sources,
                          transfer.parallel, k_large_bytes, stage);
  if (transfer.upload) {
    return json + fmt::format(R"(,"autoCompress":{},"overwrite":{},"sourceCompression":"{}","uploadInfo":{})",
                              transfer.auto_compress, transfer.overwrite, transfer.source_compression, stage);
  }
  return json + fmt::format(R"(,"localLocation":{},"presignedUrls":[{}])", in_quotes(transfer.local), addresses);
}

} // namespace freshet::wire
