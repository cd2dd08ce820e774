#include "warehouse/notifications/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::warehouse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

Integration webhook(Options options) {
  Integration out;
  out.type = "WEBHOOK";
  out.category = "NOTIFICATION";
  out.options = std::move(options);
  return out;
}

TEST(Webhook, AMessageWithoutATemplateIsTheBody) {
  const auto call = webhook_call(webhook({{"WEBHOOK_URL", {"http://127.0.0.1/x"}}}), "{\"a\":\"b\"}");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->body, "{\"a\":\"b\"}");
  EXPECT_THAT(call->headers, ElementsAre(Pair("Content-Type", "application/json")));
}

TEST(Webhook, ATemplateHoldsTheMessageAsAStringOfJson) {
  const auto call = webhook_call(webhook({{"WEBHOOK_URL", {"http://127.0.0.1/x"}},
                                          {"WEBHOOK_BODY_TEMPLATE", {"{\"text\": \"SNOWFLAKE_WEBHOOK_MESSAGE\"}"}},
                                          {"WEBHOOK_HEADERS", {"content-type=text/json", "X-Kind=a=b"}}}),
                                 "say \"hi\"\n");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->body, "{\"text\": \"say \\\"hi\\\"\\n\"}");
  EXPECT_THAT(call->headers, ElementsAre(Pair("content-type", "text/json"), Pair("X-Kind", "a=b")));
}

TEST(Webhook, WhatCannotBePostedSaysWhy) {
  auto integration = webhook({{"WEBHOOK_URL", {"https://127.0.0.1/SNOWFLAKE_WEBHOOK_SECRET"}}});
  EXPECT_THAT(webhook_call(integration, "x").error().message, HasSubstr("secret"));
  integration.enabled = false;
  EXPECT_THAT(webhook_call(integration, "x").error().message, HasSubstr("not enabled"));
  integration.type = "EMAIL";
  EXPECT_THAT(webhook_call(integration, "x").error().message, HasSubstr("only recorded"));
}

TEST(Webhook, OnlyThisMachineAndAllowedUrlsMayBeCalled) {
  EXPECT_TRUE(may_call("http://127.0.0.1:8080/hook", {}));
  EXPECT_TRUE(may_call("http://127.9.9.9/hook", {}));
  EXPECT_TRUE(may_call("https://localhost/hook", {}));
  EXPECT_TRUE(may_call("http://[::1]:80/", {}));
  EXPECT_FALSE(may_call("http://10.0.0.1/hook", {}));
  EXPECT_FALSE(may_call("http://169.254.169.254/latest/meta-data", {}));
  EXPECT_FALSE(may_call("http://localhost.evil.example/hook", {}));
  EXPECT_FALSE(may_call("http://127.0.0.1.evil.example/hook", {}));
  EXPECT_FALSE(may_call("http://127.0.0.1@evil.example/hook", {}));
  EXPECT_FALSE(may_call("file:///etc/passwd", {}));
  EXPECT_FALSE(may_call("no url", {}));
  const std::vector<std::string> allowed = {"https://hooks.example.com", "https://chat.example.com/services/"};
  EXPECT_TRUE(may_call("https://hooks.example.com/a", allowed));
  EXPECT_TRUE(may_call("https://chat.example.com/services/T0", allowed));
  EXPECT_FALSE(may_call("https://hooks.example.com.evil.example/a", allowed));
  EXPECT_FALSE(may_call("https://chat.example.com/other", allowed));
}

} // namespace
} // namespace freshet::warehouse
