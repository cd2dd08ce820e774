#include "objects/s3_xml.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <pugixml.hpp>
#include <sstream>

#include "http/message.h"

namespace freshet::objects {
namespace {

constexpr const char* k_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

std::string text_of(const pugi::xml_document& document) {
  std::ostringstream out;
  document.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return out.str();
}

pugi::xml_node root(pugi::xml_document& document, const char* name) {
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto node = document.append_child(name);
  node.append_attribute("xmlns") = k_namespace;
  return node;
}

void add(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view xml, std::string_view name) {
  const auto parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed || document.document_element().name() != name) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("not a {} document: {}", name, parsed ? "another root" : parsed.description()));
  }
  return document.document_element();
}

std::string child(const pugi::xml_node& node, const char* name) {
  return node.child(name).text().get();
}

} // namespace

std::string error_xml(const S3ErrorDocument& error, std::string_view resource, std::string_view request_id) {
  pugi::xml_document document;
  auto node = root(document, "Error");
  node.remove_attribute("xmlns");
  add(node, "Code", error.code);
  add(node, "Message", error.message);
  add(node, "Resource", std::string(resource));
  add(node, "RequestId", std::string(request_id));
  return text_of(document);
}

std::string buckets_xml(const std::vector<BucketInfo>& buckets) {
  pugi::xml_document document;
  auto node = root(document, "ListAllMyBucketsResult");
  auto owner = node.append_child("Owner");
  add(owner, "ID", "freshet");
  add(owner, "DisplayName", "freshet");
  auto list = node.append_child("Buckets");
  for (const auto& bucket : buckets) {
    auto entry = list.append_child("Bucket");
    add(entry, "Name", bucket.name);
    add(entry, "CreationDate", iso8601(bucket.created));
  }
  return text_of(document);
}

std::string location_xml(std::string_view region) {
  pugi::xml_document document;
  auto node = root(document, "LocationConstraint");
  if (region != "us-east-1") node.text().set(std::string(region).c_str()); // S3 names its first region by nothing
  return text_of(document);
}

std::string listing_xml(const Listing& listing, const ListParameters& parameters) {
  const auto encoded = [&](const std::string& text) {
    return parameters.url_encoded ? http::percent_encode(text, true) : text;
  };
  pugi::xml_document document;
  auto node = root(document, "ListBucketResult");
  add(node, "Name", parameters.bucket);
  add(node, "Prefix", encoded(parameters.prefix));
  if (!parameters.delimiter.empty()) add(node, "Delimiter", encoded(parameters.delimiter));
  if (!parameters.start_after.empty()) add(node, "StartAfter", encoded(parameters.start_after));
  add(node, "MaxKeys", std::to_string(parameters.limit));
  if (parameters.url_encoded) add(node, "EncodingType", "url");
  add(node, "KeyCount", std::to_string(listing.objects.size() + listing.common_prefixes.size()));
  add(node, "IsTruncated", listing.truncated ? "true" : "false");
  if (!parameters.continuation_token.empty()) add(node, "ContinuationToken", parameters.continuation_token);
  if (!parameters.next_continuation_token.empty()) add(node, "NextContinuationToken", parameters.next_continuation_token);
  for (const auto& object : listing.objects) {
    auto entry = node.append_child("Contents");
    add(entry, "Key", encoded(object.key));
    add(entry, "LastModified", iso8601(object.modified));
    add(entry, "ETag", "\"" + object.etag + "\"");
    if (!object.checksum_algorithm.empty()) add(entry, "ChecksumAlgorithm", object.checksum_algorithm);
    add(entry, "Size", std::to_string(object.size));
    add(entry, "StorageClass", object.storage_class);
  }
  for (const auto& prefix : listing.common_prefixes) add(node.append_child("CommonPrefixes"), "Prefix", encoded(prefix));
  return text_of(document);
}

std::string notifications_xml(const std::vector<NotificationRule>& rules) {
  pugi::xml_document document;
  auto node = root(document, "NotificationConfiguration");
  for (const auto& rule : rules) {
    auto entry = node.append_child("QueueConfiguration");
    add(entry, "Id", rule.id);
    add(entry, "Queue", rule.queue);
    for (const auto& event : rule.events) add(entry, "Event", event);
    if (rule.prefix.empty() && rule.suffix.empty()) continue;
    auto filter = entry.append_child("Filter").append_child("S3Key");
    for (const auto& [name, value] : {std::pair("prefix", rule.prefix), std::pair("suffix", rule.suffix)}) {
      if (value.empty()) continue;
      auto filter_rule = filter.append_child("FilterRule");
      add(filter_rule, "Name", name);
      add(filter_rule, "Value", value);
    }
  }
  return text_of(document);
}

std::string initiation_xml(const Upload& upload) {
  pugi::xml_document document;
  auto node = root(document, "InitiateMultipartUploadResult");
  add(node, "Bucket", upload.bucket);
  add(node, "Key", upload.key);
  add(node, "UploadId", upload.id);
  return text_of(document);
}

std::string completion_xml(const ObjectInfo& info, std::string_view location) {
  pugi::xml_document document;
  auto node = root(document, "CompleteMultipartUploadResult");
  add(node, "Location", std::string(location));
  add(node, "Bucket", info.bucket);
  add(node, "Key", info.key);
  add(node, "ETag", "\"" + info.etag + "\"");
  if (!info.checksum.empty()) {
    add(node, ("Checksum" + info.checksum_algorithm).c_str(), info.checksum);
    add(node, "ChecksumType", "COMPOSITE");
  }
  return text_of(document);
}

std::string parts_xml(const Upload& upload, const std::vector<UploadPart>& parts, size_t limit, uint32_t after) {
  pugi::xml_document document;
  auto node = root(document, "ListPartsResult");
  add(node, "Bucket", upload.bucket);
  add(node, "Key", upload.key);
  add(node, "UploadId", upload.id);
  add(node, "StorageClass", upload.options.storage_class);
  add(node, "PartNumberMarker", std::to_string(after));
  add(node, "MaxParts", std::to_string(limit));
  size_t shown = 0;
  uint32_t last = after;
  bool truncated = false;
  for (const auto& part : parts) {
    if (part.number <= after) continue;
    if (truncated = shown == limit; truncated) break;
    auto entry = node.append_child("Part");
    add(entry, "PartNumber", std::to_string(part.number));
    add(entry, "LastModified", iso8601(part.modified));
    add(entry, "ETag", "\"" + part.md5 + "\"");
    add(entry, "Size", std::to_string(part.size));
    if (!part.checksum.empty()) add(entry, ("Checksum" + part.checksum_algorithm).c_str(), part.checksum);
    last = part.number;
    ++shown;
  }
  if (truncated) add(node, "NextPartNumberMarker", std::to_string(last));
  add(node, "IsTruncated", truncated ? "true" : "false");
  return text_of(document);
}

std::string uploads_xml(const std::string& bucket, const std::string& prefix, const std::vector<Upload>& uploads) {
  pugi::xml_document document;
  auto node = root(document, "ListMultipartUploadsResult");
  add(node, "Bucket", bucket);
  add(node, "Prefix", prefix);
  add(node, "MaxUploads", std::to_string(std::max<size_t>(1000, uploads.size())));
  add(node, "IsTruncated", "false");
  for (const auto& upload : uploads) {
    if (!upload.key.starts_with(prefix)) continue;
    auto entry = node.append_child("Upload");
    add(entry, "Key", upload.key);
    add(entry, "UploadId", upload.id);
    add(entry, "StorageClass", upload.options.storage_class);
    add(entry, "Initiated", iso8601(upload.initiated));
  }
  return text_of(document);
}

std::string copy_xml(std::string_view name, const std::string& etag, TimePoint modified) {
  pugi::xml_document document;
  auto node = root(document, std::string(name).c_str());
  add(node, "LastModified", iso8601(modified));
  add(node, "ETag", "\"" + etag + "\"");
  return text_of(document);
}

Result<std::vector<MultipartUploads::WantedPart>> parse_completion(std::string_view xml) {
  pugi::xml_document document;
  const auto node = TRY(parse(document, xml, "CompleteMultipartUpload"));
  std::vector<MultipartUploads::WantedPart> parts;
  for (const auto& entry : node.children("Part")) {
    MultipartUploads::WantedPart part{entry.child("PartNumber").text().as_uint(), child(entry, "ETag")};
    std::erase(part.etag, '"');
    parts.push_back(std::move(part));
  }
  return parts;
}

S3ErrorDocument parse_error(std::string_view xml) {
  pugi::xml_document document;
  const auto node = parse(document, xml, "Error");
  if (!node) return {};
  return {child(*node, "Code"), child(*node, "Message")};
}

Result<std::vector<BucketInfo>> parse_buckets(std::string_view xml) {
  pugi::xml_document document;
  const auto node = TRY(parse(document, xml, "ListAllMyBucketsResult"));
  std::vector<BucketInfo> buckets;
  for (const auto& entry : node.child("Buckets").children("Bucket")) {
    buckets.push_back({child(entry, "Name"), parse_iso8601(child(entry, "CreationDate")).value_or(TimePoint{})});
  }
  return buckets;
}

Result<Listing> parse_listing(const std::string& bucket, std::string_view xml) {
  pugi::xml_document document;
  const auto node = TRY(parse(document, xml, "ListBucketResult"));
  const bool encoded = child(node, "EncodingType") == "url";
  const auto decoded = [&](const std::string& text) { return encoded ? http::percent_decode(text, true) : text; };
  Listing listing;
  listing.truncated = child(node, "IsTruncated") == "true";
  listing.next_start_after = child(node, "NextContinuationToken");
  for (const auto& entry : node.children("Contents")) {
    ObjectInfo info;
    info.bucket = bucket;
    info.key = decoded(child(entry, "Key"));
    info.size = entry.child("Size").text().as_ullong();
    info.etag = child(entry, "ETag");
    std::erase(info.etag, '"');
    info.modified = parse_iso8601(child(entry, "LastModified")).value_or(TimePoint{});
    if (auto storage_class = child(entry, "StorageClass"); !storage_class.empty())
      info.storage_class = std::move(storage_class);
    listing.objects.push_back(std::move(info));
  }
  for (const auto& entry : node.children("CommonPrefixes")) listing.common_prefixes.push_back(decoded(child(entry, "Prefix")));
  return listing;
}

Result<std::vector<NotificationRule>> parse_notifications(std::string_view xml) {
  std::vector<NotificationRule> rules;
  pugi::xml_document document;
  const auto node = TRY(parse(document, xml, "NotificationConfiguration"));
  for (const auto& entry : node.children()) {
    const std::string_view name = entry.name();
    if (name != "QueueConfiguration") {
      return fail(ErrorKind::unsupported, fmt::format("notifications can go to queues only, not by {}", name));
    }
    NotificationRule rule;
    rule.id = child(entry, "Id");
    rule.queue = child(entry, "Queue");
    for (const auto& event : entry.children("Event")) rule.events.emplace_back(event.text().get());
    for (const auto& filter : entry.child("Filter").child("S3Key").children("FilterRule")) {
      std::string kind = child(filter, "Name");
      for (char& c : kind) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; // SDKs write it either way
      if (kind == "prefix")
        rule.prefix = child(filter, "Value");
      else if (kind == "suffix")
        rule.suffix = child(filter, "Value");
      else
        return fail(ErrorKind::invalid_argument, fmt::format("a filter rule must be prefix or suffix, not '{}'", kind));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::optional<TimePoint> parse_iso8601(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0, consumed = 0;
  unsigned month = 0, day = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &consumed) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  Duration fraction{0};
  if (copy[static_cast<size_t>(consumed)] == '.') {
    Duration unit = std::chrono::milliseconds(100);
    for (size_t i = static_cast<size_t>(consumed) + 1; i < copy.size() && copy[i] >= '0' && copy[i] <= '9'; ++i, unit /= 10) {
      fraction += unit * (copy[i] - '0');
    }
  }
  return std::chrono::sys_days{date} + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         fraction;
}

std::string http_date(TimePoint time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  std::tm parts{};
  if (strptime(std::string(text).c_str(), "%a, %d %b %Y %H:%M:%S", &parts) == nullptr) return std::nullopt;
  return TimePoint(std::chrono::seconds(timegm(&parts)));
}

} // namespace freshet::objects
