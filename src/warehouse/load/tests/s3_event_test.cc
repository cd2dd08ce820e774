#include "warehouse/load/s3_event.h"

#include <gmock/gmock.h>

namespace freshet::warehouse {
namespace {

TEST(S3Event, GivesTheCreatedObjectsWithTheirKeysDecoded) {
  const auto objects = parse_s3_event(R"({"Records":[
    {"eventVersion":"2.1","eventTime":"2026-01-02T03:04:05.006Z","eventName":"ObjectCreated:Put",
     "s3":{"bucket":{"name":"b"},"object":{"key":"stream_data/red+flower%2B%C3%A9.csv","size":12,"eTag":"e","sequencer":"0A"}}},
    {"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"gone"}}}]})");
  ASSERT_TRUE(objects);
  ASSERT_EQ(objects->size(), 1u);
  EXPECT_EQ(objects->front().key, "stream_data/red flower+\xC3\xA9.csv");
  EXPECT_EQ(objects->front().size, 12u);
  EXPECT_EQ(iso8601(objects->front().time), "2026-01-02T03:04:05.006Z");
}

TEST(S3Event, TestEventsGiveNothingAndOtherTextIsRefused) {
  EXPECT_TRUE(parse_s3_event(R"({"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"})")->empty());
  for (const auto* text : {"", "[]", "{}", "hello", R"({"Records":[{"eventName":"ObjectCreated:Put"}]})"})
    EXPECT_FALSE(parse_s3_event(text)) << text;
}

TEST(S3Event, WhatWeWriteWeRead) {
  ObjectCreated object{
      "b", "a b/%+\xC3\xA9.csv", 7, "tag", "01", TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 2 / 3}}};
  const auto read = parse_s3_event(write_s3_event(object));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().key, object.key);
  EXPECT_EQ(read->front().etag, object.etag);
  EXPECT_EQ(read->front().time, object.time);
}

} // namespace
} // namespace freshet::warehouse
