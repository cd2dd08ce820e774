#include "warehouse/load/s3_event.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <sstream>

namespace freshet::warehouse {

namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

const json::object* object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

/// 2026-01-31T12:34:56.789Z; the epoch when it is none.
TimePoint parse_time(std::string_view text) {
  const auto number = [&](size_t from, size_t count) {
    int value = 0;
    if (from + count <= text.size()) std::from_chars(text.data() + from, text.data() + from + count, value);
    return value;
  };
  if (text.size() < 19) return {};
  using namespace std::chrono;
  const sys_days day{year(number(0, 4)) / month(static_cast<unsigned>(number(5, 2))) / number(8, 2)};
  auto time = TimePoint(day) + hours(number(11, 2)) + minutes(number(14, 2)) + seconds(number(17, 2));
  if (text.size() >= 23 && text[19] == '.') time += milliseconds(number(20, 3));
  return time;
}

std::string encode_event_key(std::string_view key) {
  std::string encoded;
  for (const char c : key) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                       c == '.' || c == '/' || c == '*';
    encoded += c == ' ' ? "+" : plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

} // namespace

std::string decode_event_key(std::string_view encoded) {
  std::string key;
  for (size_t i = 0; i < encoded.size(); ++i) {
    unsigned value = 0;
    if (encoded[i] == '+') {
      key.push_back(' ');
    } else if (encoded[i] == '%' && i + 2 < encoded.size() &&
               std::from_chars(encoded.data() + i + 1, encoded.data() + i + 3, value, 16).ptr == encoded.data() + i + 3) {
      key.push_back(static_cast<char>(value));
      i += 2;
    } else {
      key.push_back(encoded[i]);
    }
  }
  return key;
}

Result<std::vector<ObjectCreated>> parse_s3_event(std::string_view body) {
  boost::system::error_code problem;
  const auto value = json::parse({body.data(), body.size()}, problem);
  if (problem || !value.is_object()) return fail(ErrorKind::corrupt, "the message is not an S3 event: it is not a JSON object");
  const auto& root = value.get_object();
  std::vector<ObjectCreated> created;
  if (text_at(root, "Event") == "s3:TestEvent") return created;
  const auto* records = root.if_contains("Records");
  if (records == nullptr || !records->is_array())
    return fail(ErrorKind::corrupt, "the message is not an S3 event: it has no Records");
  for (const auto& record : records->get_array()) {
    const auto* fields = record.if_object();
    if (fields == nullptr || !text_at(*fields, "eventName").starts_with("ObjectCreated:")) continue;
    const auto* s3 = object_at(*fields, "s3");
    const auto* bucket = s3 == nullptr ? nullptr : object_at(*s3, "bucket");
    const auto* object = s3 == nullptr ? nullptr : object_at(*s3, "object");
    if (bucket == nullptr || object == nullptr) return fail(ErrorKind::corrupt, "an S3 event lacks s3.bucket or s3.object");
    ObjectCreated found{text_at(*bucket, "name"),      decode_event_key(text_at(*object, "key")), 0, text_at(*object, "eTag"),
                        text_at(*object, "sequencer"), parse_time(text_at(*fields, "eventTime"))};
    if (const auto* size = object->if_contains("size"); size != nullptr && size->is_number())
      found.size = size->to_number<uint64_t>(problem);
    if (found.bucket.empty() || found.key.empty()) return fail(ErrorKind::corrupt, "an S3 event names no bucket or no key");
    created.push_back(std::move(found));
  }
  return created;
}

std::string write_s3_event(const ObjectCreated& object) {
  return json::serialize(json::object{
      {"Records",
       json::array{json::object{
           {"eventVersion", "2.1"},
           {"eventSource", "aws:s3"},
           {"awsRegion", "us-east-1"},
           {"eventTime", iso8601(object.time)},
           {"eventName", "ObjectCreated:Put"},
           {"s3", json::object{{"s3SchemaVersion", "1.0"},
                               {"bucket", json::object{{"name", object.bucket}, {"arn", "arn:aws:s3:::" + object.bucket}}},
                               {"object", json::object{{"key", encode_event_key(object.key)},
                                                       {"size", object.size},
                                                       {"eTag", object.etag},
                                                       {"sequencer", object.sequencer}}}}}}}}});
}

} // namespace freshet::warehouse
