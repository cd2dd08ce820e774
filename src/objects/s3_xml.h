#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "objects/multipart_uploads.h"
#include "objects/object_store.h"

namespace freshet::objects {

/// The documents of the S3 protocol, both ways. Tags are plain and unprefixed: some clients search for them as text.

struct S3ErrorDocument {
  std::string code;
  std::string message;
};

/// What a ListObjectsV2 answer tells besides the listing.
struct ListParameters {
  std::string bucket;
  std::string prefix;
  std::string delimiter;
  std::string start_after;
  std::string continuation_token;
  std::string next_continuation_token;
  size_t limit = 1000;
  bool url_encoded = false;
};

std::string error_xml(const S3ErrorDocument& error, std::string_view resource, std::string_view request_id);
std::string buckets_xml(const std::vector<BucketInfo>& buckets);
std::string location_xml(std::string_view region);
std::string listing_xml(const Listing& listing, const ListParameters& parameters);
std::string notifications_xml(const std::vector<NotificationRule>& rules);

// Objects in parts, and copies.
std::string initiation_xml(const Upload& upload);
std::string completion_xml(const ObjectInfo& info, std::string_view location);
std::string parts_xml(const Upload& upload, const std::vector<UploadPart>& parts, size_t limit, uint32_t after);
std::string uploads_xml(const std::string& bucket, const std::string& prefix, const std::vector<Upload>& uploads);
std::string copy_xml(std::string_view root, const std::string& etag, TimePoint modified); // CopyObjectResult, CopyPartResult
Result<std::vector<MultipartUploads::WantedPart>> parse_completion(std::string_view xml);

S3ErrorDocument parse_error(std::string_view xml); // empty code when it is none
Result<std::vector<BucketInfo>> parse_buckets(std::string_view xml);
/// The listing; next_start_after is the continuation token.
Result<Listing> parse_listing(const std::string& bucket, std::string_view xml);
Result<std::vector<NotificationRule>> parse_notifications(std::string_view xml);

/// `2026-01-31T12:34:56.789Z`
std::optional<TimePoint> parse_iso8601(std::string_view text);
/// `Sat, 31 Jan 2026 12:34:56 GMT`
std::string http_date(TimePoint time);
std::optional<TimePoint> parse_http_date(std::string_view text);

} // namespace freshet::objects
