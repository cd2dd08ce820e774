#include "objects/s3_uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "aws/checksum.h"
#include "objects/s3_xml.h"

namespace freshet::objects {
namespace {

using http::Response;

Response xml(std::string body) {
  return Response::text(200, std::move(body), "application/xml");
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

/// The object that x-amz-copy-source names: [/]bucket/key, percent-encoded. Its conditions are met.
S3Result<ObjectInfo> source_of(ObjectStore& store, const http::Request& request) {
  std::string source(request.headers.get("x-amz-copy-source"));
  if (source.starts_with('/')) source.erase(0, 1);
  if (source.find("?versionId=") != std::string::npos)
    return refuse(501, "NotImplemented", "versions of objects are not implemented");
  source = http::percent_decode(source, false);
  const auto slash = source.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == source.size())
    return refuse(400, "InvalidArgument", "x-amz-copy-source has to be bucket/key");
  const auto bucket = source.substr(0, slash);
  auto info = store.head(bucket, source.substr(slash + 1));
  if (!info && info.error().kind == ErrorKind::not_found && !store.bucket_exists(bucket).value_or(false))
    return refuse(404, "NoSuchBucket", "the bucket of x-amz-copy-source does not exist");
  if (!info) return std::unexpected(s3_error(info.error()));
  const auto etag_of = [&](std::string_view header) {
    std::string etag(request.headers.get(header));
    std::erase(etag, '"');
    return etag;
  };
  const auto match = etag_of("x-amz-copy-source-if-match"), none = etag_of("x-amz-copy-source-if-none-match");
  if ((!match.empty() && match != info->etag) || (!none.empty() && none == info->etag))
    return refuse(412, "PreconditionFailed", "the copied object has another ETag than asked for");
  return std::move(*info);
}

} // namespace

S3Result<ObjectInfo> copy(ObjectStore& store, const http::Request& request, const std::string& bucket, const std::string& key,
                          PutOptions options) {
  const auto source = source_of(store, request);
  if (!source) return std::unexpected(source.error());
  const bool replaces = request.headers.get("x-amz-metadata-directive") == "REPLACE";
  if (!replaces && source->bucket == bucket && source->key == key) {
    return refuse(400, "InvalidRequest",
                  "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
                  "metadata, storage class, website redirect location or encryption attributes.");
  }
  if (!replaces) {
    options.content_type = source->content_type;
    options.metadata = source->metadata;
    options.headers = source->headers;
  }
  const bool is_whole = source->checksum.find('-') == std::string::npos;
  options.checksum_algorithm = is_whole ? source->checksum_algorithm : "";
  options.checksum = is_whole ? source->checksum : "";
  options.event = "ObjectCreated:Copy";
  const auto file = store.open_as_file(*source);
  if (!file) return std::unexpected(s3_error(file.error()));
  auto put = store.put(bucket, key, Content::of_file(**file), options);
  if (!put && put.error().kind == ErrorKind::not_found) return refuse(404, "NoSuchBucket", put.error().message);
  if (!put) return std::unexpected(s3_error(put.error()));
  return std::move(*put);
}

std::optional<S3Result<Response>> UploadExchange::answer() {
  const auto& method = request.method;
  if (request.parameter("uploads")) return method == "POST" ? std::optional(create()) : std::nullopt;
  const auto upload = uploads.find(std::string(request.parameter("uploadId").value_or("")), bucket, key);
  if (!upload) return std::unexpected(upload.error());
  if (method == "PUT") return put_part(*upload, request.headers.contains("x-amz-copy-source"));
  if (method == "POST") return complete(*upload);
  if (method == "GET") return list(*upload);
  if (method != "DELETE") return std::nullopt;
  if (const auto aborted = uploads.abort(*upload); !aborted) return std::unexpected(aborted.error());
  Response response;
  response.status = 204;
  return response;
}

S3Result<Response> UploadExchange::create() {
  options.checksum_algorithm = request.headers.get("x-amz-checksum-algorithm");
  options.checksum.clear();
  const auto id = uploads.create(bucket, key, options);
  if (!id) return std::unexpected(id.error());
  auto response = xml(initiation_xml({*id, bucket, key, {}, {}}));
  if (!options.checksum_algorithm.empty()) {
    response.headers.set("x-amz-checksum-algorithm", options.checksum_algorithm);
    response.headers.set("x-amz-checksum-type", "COMPOSITE");
  }
  return response;
}

/// UploadPartCopy: what x-amz-copy-source names, or a range of it.
S3Result<Content> UploadExchange::copied_content(UploadPart& part) {
  const auto source = source_of(store, request);
  if (!source) return std::unexpected(source.error());
  uint64_t first = 0, last = source->size == 0 ? 0 : source->size - 1;
  if (const std::string header = request.headers.get("x-amz-copy-source-range"); !header.empty()) {
    const std::string_view range = header;
    constexpr std::string_view k_unit = "bytes=";
    const auto dash = range.find('-');
    const bool is_range = range.starts_with(k_unit) && dash != std::string_view::npos;
    first = is_range ? number_of(range.substr(k_unit.size(), dash - k_unit.size())).value_or(UINT64_MAX) : UINT64_MAX;
    last = is_range ? number_of(range.substr(dash + 1)).value_or(UINT64_MAX) : UINT64_MAX;
    if (first > last || last >= source->size)
      return refuse(400, "InvalidArgument", "x-amz-copy-source-range has to be bytes=first-last within the object");
  }
  auto bytes = store.read(*source, first, source->size == 0 ? 0 : last - first + 1);
  if (!bytes) return std::unexpected(s3_error(bytes.error()));
  part.md5 = aws::to_hex(aws::digest(aws::Algorithm::md5, *bytes));
  return Content::of_bytes(std::move(*bytes));
}

S3Result<Response> UploadExchange::put_part(const Upload& upload, bool copies) {
  const auto number = number_of(request.parameter("partNumber").value_or(""));
  if (!number || *number > UINT32_MAX) return refuse(400, "InvalidArgument", "partNumber is no number");
  UploadPart part{static_cast<uint32_t>(*number), payload.size, payload.md5, payload.checksum_algorithm, payload.checksum, {}};
  S3Result<Content> content =
      copies ? copied_content(part)
             : S3Result<Content>(payload.file ? Content::of_file(payload.file->path()) : Content::of_bytes(payload.bytes));
  if (!content) return std::unexpected(content.error());
  const auto put = uploads.put_part(upload, std::move(part), *content);
  if (!put) return std::unexpected(put.error());
  if (copies) return xml(copy_xml("CopyPartResult", put->md5, put->modified));
  Response response;
  response.headers.set("ETag", "\"" + put->md5 + "\"");
  if (!put->checksum.empty()) {
    auto name = "x-amz-checksum-" + put->checksum_algorithm;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers.set(name, put->checksum);
  }
  return response;
}

S3Result<Response> UploadExchange::complete(const Upload& upload) {
  const auto body = payload.file ? files.read_all(payload.file->path()) : Result<std::string>(payload.bytes);
  if (!body) return std::unexpected(s3_error(body.error()));
  const auto wanted = parse_completion(*body);
  if (!wanted) return refuse(400, "MalformedXML", wanted.error().message);
  const auto info = uploads.complete(upload, *wanted, options);
  if (!info) return std::unexpected(info.error());
  const auto location = fmt::format("http://{}/{}/{}", request.headers.get("Host"), bucket, http::percent_encode(key, true));
  return xml(completion_xml(*info, location));
}

S3Result<Response> UploadExchange::list(const Upload& upload) {
  const auto limit = number_of(request.parameter("max-parts").value_or("1000"));
  const auto after = number_of(request.parameter("part-number-marker").value_or("0"));
  if (!limit || !after || *after > UINT32_MAX)
    return refuse(400, "InvalidArgument", "max-parts or part-number-marker is no number");
  const auto parts = uploads.parts(upload);
  if (!parts) return std::unexpected(parts.error());
  return xml(parts_xml(upload, *parts, std::min<uint64_t>(*limit, 1000), static_cast<uint32_t>(*after)));
}

} // namespace freshet::objects
