#include "objects/multipart_uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "aws/checksum.h"
#include "base/random.h"

namespace freshet::objects {
namespace {

namespace json = boost::json;

constexpr uint32_t k_parts_max = 10'000;
constexpr uint64_t k_part_bytes_min = 5ull << 20;
constexpr uint64_t k_copied_bytes = 1ull << 20;
constexpr std::string_view k_description = "upload.json";

// A part's file is called by all that is to be known of it: 00001.<md5>[.<algorithm>.<checksum in hex>]
std::string file_name(const UploadPart& part) {
  auto name = fmt::format("{:05}.{}", part.number, part.md5);
  if (!part.checksum.empty())
    name += fmt::format(".{}.{}", part.checksum_algorithm, aws::to_hex(aws::from_base64(part.checksum).value_or("")));
  return name;
}

std::optional<UploadPart> part_of(std::string_view name) {
  UploadPart part;
  const auto next = [&] {
    const auto dot = name.find('.');
    const auto field = name.substr(0, dot);
    name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    return field;
  };
  const auto number = next();
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), part.number);
  if (code != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  part.md5 = next();
  part.checksum_algorithm = next();
  if (const auto raw = aws::from_hex(std::string(next())); raw && !raw->empty()) part.checksum = aws::to_base64(*raw);
  return part;
}

json::object to_json(const std::map<std::string, std::string>& fields) {
  json::object out;
  for (const auto& [name, value] : fields) out[name] = value;
  return out;
}

std::map<std::string, std::string> fields_of(const json::value& value) {
  std::map<std::string, std::string> out;
  for (const auto& [name, field] : value.as_object()) out.emplace(name, field.as_string());
  return out;
}

std::string described(const Upload& upload) {
  const auto& options = upload.options;
  return json::serialize(json::object{{"bucket", upload.bucket},
                                      {"key", upload.key},
                                      {"initiated", upload.initiated.time_since_epoch().count()},
                                      {"type", options.content_type},
                                      {"class", options.storage_class},
                                      {"checksum", options.checksum_algorithm},
                                      {"metadata", to_json(options.metadata)},
                                      {"headers", to_json(options.headers)}});
}

S3Error no_such_upload(const std::string& id) {
  return {404, "NoSuchUpload", fmt::format("the upload {} does not exist: it was completed, aborted or never created", id)};
}

/// The etag and the checksum of an object in parts are those of the parts' own, with their number.
std::string combined_etag(const std::vector<UploadPart>& parts) {
  std::string digests;
  for (const auto& part : parts) digests += aws::from_hex(part.md5).value_or("");
  return fmt::format("{}-{}", aws::to_hex(aws::digest(aws::Algorithm::md5, digests)), parts.size());
}

std::string combined_checksum(const std::vector<UploadPart>& parts, const std::string& name) {
  auto lower = name;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto algorithm = aws::checksum_algorithm(lower);
  std::string checksums;
  for (const auto& part : parts) {
    if (part.checksum.empty() || part.checksum_algorithm != parts.front().checksum_algorithm) return {};
    checksums += aws::from_base64(part.checksum).value_or("");
  }
  if (!algorithm || checksums.empty()) return {};
  return fmt::format("{}-{}", aws::to_base64(aws::digest(*algorithm, checksums)), parts.size());
}

} // namespace

MultipartUploads::MultipartUploads(ObjectStore& store, FileSystem& files, Clock& clock, Path folder)
    : store_(store), files_(files), clock_(clock), folder_(std::move(folder)) {}

S3Result<std::string> MultipartUploads::create(const std::string& bucket, const std::string& key, const PutOptions& options) {
  const auto exists = store_.bucket_exists(bucket);
  if (!exists) return std::unexpected(s3_error(exists.error()));
  if (!*exists) return refuse(404, "NoSuchBucket", "the specified bucket does not exist");
  if (key.size() > 1024) return refuse(400, "KeyTooLongError", "a key has at most 1024 bytes");
  const Upload upload{random_secret_hex(16), bucket, key, options, clock_.now()};
  const auto made = [&]() -> Result<void> {
    TRY(files_.create_directories(folder_of(upload)));
    TRY(files_.write_durably(folder_of(upload) / k_description, described(upload)));
    return files_.sync_directory(folder_);
  }();
  if (!made) return std::unexpected(s3_error(made.error()));
  return upload.id;
}

Result<Upload> MultipartUploads::load(const std::string& id) {
  const auto text = TRY(files_.read_all(folder_ / id / k_description));
  Upload upload;
  upload.id = id;
  try {
    const auto value = json::parse(text);
    upload.bucket = value.at("bucket").as_string();
    upload.key = value.at("key").as_string();
    upload.initiated = TimePoint{Duration{value.at("initiated").to_number<int64_t>()}};
    upload.options.content_type = value.at("type").as_string();
    upload.options.storage_class = value.at("class").as_string();
    upload.options.checksum_algorithm = value.at("checksum").as_string();
    upload.options.metadata = fields_of(value.at("metadata"));
    upload.options.headers = fields_of(value.at("headers"));
  } catch (const std::exception& failure) {
    return fail(ErrorKind::corrupt, fmt::format("the description of the upload {} cannot be read: {}", id, failure.what()));
  }
  return upload;
}

S3Result<Upload> MultipartUploads::find(const std::string& id, const std::string& bucket, const std::string& key) {
  const bool is_ours =
      !id.empty() && id.find_first_not_of("0123456789abcdef") == std::string::npos; // and no way out of the folder
  auto upload = is_ours ? load(id) : Result<Upload>(fail(ErrorKind::not_found, id));
  if (!upload && upload.error().kind != ErrorKind::not_found) return std::unexpected(s3_error(upload.error()));
  if (!upload || upload->bucket != bucket || upload->key != key) return std::unexpected(no_such_upload(id));
  return std::move(*upload);
}

S3Result<UploadPart> MultipartUploads::put_part(const Upload& upload, UploadPart part, const Content& content) {
  if (part.number < 1 || part.number > k_parts_max)
    return refuse(400, "InvalidArgument", fmt::format("a part number is from 1 to {}", k_parts_max));
  const auto folder = folder_of(upload);
  const auto staged = folder / fmt::format("staged-{}", random_secret_hex(8));
  const auto put = [&]() -> Result<void> {
    if (content.file) {
      TRY(files_.sync_file(*content.file));
      TRY(files_.link_or_copy(*content.file, staged));
    } else {
      auto file = TRY(files_.create(staged));
      TRY(file->append(content.bytes));
      TRY(file->sync());
    }
    const std::lock_guard guard(stripe(upload));
    const auto name = file_name(part);
    TRY(files_.rename(staged, folder / name));
    for (const auto& other : TRY(files_.list(folder))) {
      if (other != name && other.starts_with(name.substr(0, name.find('.') + 1))) TRY(files_.remove(folder / other));
    }
    return files_.sync_directory(folder);
  }();
  if (!put) {
    (void)files_.remove(staged);
    if (put.error().kind == ErrorKind::not_found) return std::unexpected(no_such_upload(upload.id)); // aborted meanwhile
    return std::unexpected(s3_error(put.error()));
  }
  part.modified = clock_.now();
  return part;
}

Result<std::vector<UploadPart>> MultipartUploads::stored_parts(const Upload& upload) {
  std::vector<UploadPart> out;
  for (const auto& name : TRY(files_.list(folder_of(upload)))) {
    auto part = part_of(name);
    if (!part) continue;
    const auto status = TRY(files_.status(folder_of(upload) / name));
    part->size = status.size;
    part->modified = status.modified;
    out.push_back(std::move(*part));
  }
  std::ranges::sort(out, {}, &UploadPart::number);
  return out;
}

S3Result<std::vector<UploadPart>> MultipartUploads::parts(const Upload& upload) {
  const std::lock_guard guard(stripe(upload));
  auto found = stored_parts(upload);
  if (!found) return std::unexpected(s3_error(found.error()));
  return std::move(*found);
}

S3Result<std::vector<UploadPart>> MultipartUploads::chosen(const Upload& upload, const std::vector<WantedPart>& wanted) {
  if (wanted.empty()) return refuse(400, "MalformedXML", "an upload is completed with at least one part");
  auto stored = stored_parts(upload);
  if (!stored) return std::unexpected(s3_error(stored.error()));
  std::vector<UploadPart> out;
  for (const auto& want : wanted) {
    if (!out.empty() && out.back().number >= want.number)
      return refuse(400, "InvalidPartOrder", "the parts are to be listed in ascending order of their numbers");
    const auto part = std::ranges::find(*stored, want.number, &UploadPart::number);
    if (part == stored->end() || part->md5 != want.etag)
      return refuse(400, "InvalidPart", fmt::format("part {} was not uploaded, or has another ETag", want.number));
    if (!out.empty() && out.back().size < k_part_bytes_min)
      return refuse(400, "EntityTooSmall", fmt::format("part {} is smaller than 5 MiB and not the last", out.back().number));
    out.push_back(*part);
  }
  return out;
}

Result<void> MultipartUploads::join(const Upload& upload, const std::vector<UploadPart>& parts, const Path& into) {
  const auto to = TRY(files_.create(into));
  for (const auto& part : parts) {
    const auto from = TRY(files_.open(folder_of(upload) / file_name(part)));
    for (uint64_t at = 0; at < from->size();) {
      const auto bytes = TRY(from->read(at, k_copied_bytes));
      if (bytes.empty()) return fail(ErrorKind::io, fmt::format("part {} became shorter while it was read", part.number));
      TRY(to->append(bytes));
      at += bytes.size();
    }
  }
  return {};
}

S3Result<ObjectInfo> MultipartUploads::complete(const Upload& upload, const std::vector<WantedPart>& wanted,
                                                const PutOptions& request) {
  const std::lock_guard guard(stripe(upload));
  if (const auto still = load(upload.id); !still) return std::unexpected(no_such_upload(upload.id));
  const auto parts = chosen(upload, wanted);
  if (!parts) return std::unexpected(parts.error());
  auto options = upload.options;
  options.etag = combined_etag(*parts);
  options.checksum_algorithm = parts->front().checksum_algorithm;
  options.checksum = combined_checksum(*parts, options.checksum_algorithm);
  if (options.checksum.empty()) options.checksum_algorithm.clear();
  options.event = "ObjectCreated:CompleteMultipartUpload";
  options.if_match = request.if_match;
  options.if_absent = request.if_absent;
  options.request_id = request.request_id;
  options.source_address = request.source_address;
  auto whole = folder_of(upload) / file_name(parts->front());
  if (parts->size() > 1) {
    whole = folder_of(upload) / "whole";
    if (const auto joined = join(upload, *parts, whole); !joined) return std::unexpected(s3_error(joined.error()));
  }
  auto put = store_.put(upload.bucket, upload.key, Content::of_file(whole), options);
  if (!put && put.error().kind == ErrorKind::already_exists) return refuse(412, "PreconditionFailed", put.error().message);
  if (!put) return std::unexpected(s3_error(put.error()));
  if (const auto removed = remove(upload); !removed) return std::unexpected(s3_error(removed.error()));
  return std::move(*put);
}

S3Result<void> MultipartUploads::abort(const Upload& upload) {
  const std::lock_guard guard(stripe(upload));
  if (const auto removed = remove(upload); !removed) return std::unexpected(s3_error(removed.error()));
  return {};
}

/// The description goes first: without it the rest is no upload.
Result<void> MultipartUploads::remove(const Upload& upload) {
  const auto folder = folder_of(upload);
  TRY(files_.remove(folder / k_description));
  TRY(files_.sync_directory(folder));
  for (const auto& name : TRY(files_.list(folder))) TRY(files_.remove(folder / name));
  return files_.remove(folder);
}

S3Result<std::vector<Upload>> MultipartUploads::uploads(const std::string& bucket) {
  std::vector<Upload> out;
  const auto ids = files_.list(folder_);
  if (!ids && ids.error().kind == ErrorKind::not_found) return out;
  if (!ids) return std::unexpected(s3_error(ids.error()));
  for (const auto& id : *ids) {
    auto upload = load(id);
    if (upload && upload->bucket == bucket) out.push_back(std::move(*upload));
  }
  std::ranges::sort(out, {}, [](const Upload& upload) { return std::pair(upload.key, upload.initiated); });
  return out;
}

} // namespace freshet::objects
