#include "objects/object_row.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "store/key_value.h"

namespace freshet::objects {
namespace {

namespace json = boost::json;

json::object to_json(const std::map<std::string, std::string>& fields) {
  json::object object;
  for (const auto& [name, value] : fields) object[name] = value;
  return object;
}

std::map<std::string, std::string> fields_of(const json::value& value) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, field] : value.as_object()) fields.emplace(name, field.as_string());
  return fields;
}

json::value parse(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true; // header values are bytes
  return json::parse(json::string_view(text.data(), text.size()), {}, options);
}

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

} // namespace

std::string bucket_key(std::string_view bucket) {
  return "b" + std::string(bucket);
}
std::string rules_key(std::string_view bucket) {
  return "n" + std::string(bucket);
}
std::string object_key(std::string_view bucket, std::string_view key) {
  return fmt::format("o{}{}{}", bucket, '\0', key);
}
std::string inline_key(uint64_t id) {
  return "i" + store::big_endian(id);
}
std::string blob_key(uint64_t id) {
  return "r" + store::big_endian(id);
}
std::string event_prefix(std::string_view queue_arn) {
  return fmt::format("x{}{}", queue_arn, '\0');
}

std::string encode(const ObjectRow& row) {
  const ObjectInfo& info = row.info;
  json::object object{
      {"size", info.size},         {"etag", info.etag},           {"modified", info.modified.time_since_epoch().count()},
      {"type", info.content_type}, {"class", info.storage_class}, {"id", row.content_id},
      {"inline", row.is_inline}};
  if (!info.metadata.empty()) object["metadata"] = to_json(info.metadata);
  if (!info.headers.empty()) object["headers"] = to_json(info.headers);
  if (!info.checksum.empty()) object["checksum"] = json::array{info.checksum_algorithm, info.checksum};
  return json::serialize(object);
}

Result<ObjectRow> decode_row(const std::string& bucket, std::string key, std::string_view encoded) {
  ObjectRow row;
  ObjectInfo& info = row.info;
  info.bucket = bucket;
  info.key = std::move(key);
  try {
    const json::value value = parse(encoded);
    const json::object& object = value.as_object();
    info.size = object.at("size").to_number<uint64_t>();
    info.etag = text_of(object.at("etag"));
    info.modified = TimePoint(Duration(object.at("modified").to_number<int64_t>()));
    info.content_type = text_of(object.at("type"));
    info.storage_class = text_of(object.at("class"));
    row.content_id = object.at("id").to_number<uint64_t>();
    row.is_inline = object.at("inline").as_bool();
    if (const auto* metadata = object.if_contains("metadata")) info.metadata = fields_of(*metadata);
    if (const auto* headers = object.if_contains("headers")) info.headers = fields_of(*headers);
    if (const auto* checksum = object.if_contains("checksum")) {
      info.checksum_algorithm = text_of(checksum->as_array().at(0));
      info.checksum = text_of(checksum->as_array().at(1));
    }
  } catch (const std::exception& failure) {
    return fail(ErrorKind::corrupt,
                fmt::format("the stored row of {}/{} cannot be read: {}", bucket, info.key, failure.what()));
  }
  return row;
}

std::string encode(const std::vector<NotificationRule>& rules) {
  json::array array;
  for (const auto& rule : rules) {
    array.push_back(json::object{{"id", rule.id},
                                 {"queue", rule.queue},
                                 {"events", json::array(rule.events.begin(), rule.events.end())},
                                 {"prefix", rule.prefix},
                                 {"suffix", rule.suffix}});
  }
  return json::serialize(array);
}

Result<std::vector<NotificationRule>> decode_rules(std::string_view encoded) {
  std::vector<NotificationRule> rules;
  try {
    const json::value parsed = parse(encoded);
    for (const auto& value : parsed.as_array()) {
      NotificationRule rule{
          text_of(value.at("id")), text_of(value.at("queue")), {}, text_of(value.at("prefix")), text_of(value.at("suffix"))};
      for (const auto& event : value.at("events").as_array()) rule.events.push_back(text_of(event));
      rules.push_back(std::move(rule));
    }
  } catch (const std::exception& failure) {
    return fail(ErrorKind::corrupt, fmt::format("stored notification rules cannot be read: {}", failure.what()));
  }
  return rules;
}

} // namespace freshet::objects
