#include "app/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::app {
namespace {

using testing::HasSubstr;

TEST(Configuration, AnEmptyFileIsAllDefaults) {
  const auto configuration = parse_configuration("", "freshet.yaml");
  ASSERT_TRUE(configuration);
  EXPECT_EQ(configuration->port, 8472);
  EXPECT_EQ(configuration->listen, "127.0.0.1");
}

TEST(Configuration, ReadsEveryKind) {
  const auto configuration = parse_configuration(
      "port: 0\nthreads: 1\nbuckets: [a, b]\nflow:\n  definition: flow.json\n  parameters: {inbox: /tmp/in}\n"
      "remote_buckets:\n- {bucket: far, endpoint: 'https://s3.example'}\nscripts: [one.sql]\n",
      "freshet.yaml");
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->port, 0);
  EXPECT_EQ(configuration->buckets, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(configuration->flow_parameters.at("inbox"), "/tmp/in");
  EXPECT_EQ(configuration->remote_buckets.at(0).endpoint, "https://s3.example");
}

TEST(Configuration, RefusesUnknownKeysWithTheirLine) {
  const auto configuration = parse_configuration("port: 1\nprot: 2\n", "freshet.yaml");
  ASSERT_FALSE(configuration);
  EXPECT_THAT(configuration.error().message, HasSubstr("freshet.yaml:2:1: unknown key 'prot'"));
}

TEST(Configuration, RefusesUnknownKeysInsideAMap) {
  const auto configuration = parse_configuration("flow:\n  definitoin: x\n", "freshet.yaml");
  ASSERT_FALSE(configuration);
  EXPECT_THAT(configuration.error().message, HasSubstr("freshet.yaml:2:3: unknown key 'definitoin'; flow takes definition"));
}

TEST(Configuration, RefusesValuesOutOfRange) {
  for (const char* yaml : {"port: 70000", "port: many", "port: -1", "buckets: one", "log_level: loud"}) {
    EXPECT_FALSE(parse_configuration(yaml, "freshet.yaml")) << yaml;
  }
}

TEST(Configuration, MalformedYamlNamesItsLine) {
  const auto configuration = parse_configuration("port: [1\n", "freshet.yaml");
  ASSERT_FALSE(configuration);
  EXPECT_THAT(configuration.error().message, HasSubstr("freshet.yaml:2"));
}

}  // namespace
}  // namespace freshet::app
