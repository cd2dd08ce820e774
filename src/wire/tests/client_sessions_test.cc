#include "wire/client_sessions.h"

#include <gtest/gtest.h>

namespace freshet::wire {
namespace {

using namespace std::chrono_literals;

class ClientSessionsTest : public testing::Test {
 protected:
  Tokens add(int64_t id) {
    auto session = std::make_shared<ClientSession>();
    session->id = id;
    return sessions_.add(std::move(session)).value();
  }

  FakeClock clock_;
  ClientSessions sessions_{clock_, {.session_validity = 1h, .master_validity = 4h, .sessions_max = 2}};
};

TEST_F(ClientSessionsTest, ATokenFindsItsSession) {
  const auto tokens = add(7);
  EXPECT_EQ(sessions_.find(tokens.session).value()->id, 7);
  EXPECT_EQ(sessions_.find_by_master(tokens.master).value()->id, 7);
  EXPECT_EQ(sessions_.find(tokens.master).error(), Code::token_invalid);
  EXPECT_EQ(sessions_.find("").error(), Code::token_invalid);
}

TEST_F(ClientSessionsTest, AnEndedSessionTokenIsRenewedByTheMasterToken) {
  const auto tokens = add(1);
  clock_.advance(1h);
  EXPECT_EQ(sessions_.find(tokens.session).error(), Code::session_expired);
  const auto renewed = sessions_.renew(tokens.master).value();
  EXPECT_EQ(sessions_.find(renewed.session).value()->id, 1);
  EXPECT_EQ(sessions_.find(tokens.session).error(), Code::session_expired);
}

TEST_F(ClientSessionsTest, TheTokenBeforeARenewalHoldsToItsOwnEnd) {
  const auto tokens = add(1);
  ASSERT_TRUE(sessions_.renew(tokens.master).has_value());
  EXPECT_TRUE(sessions_.find(tokens.session).has_value());
}

TEST_F(ClientSessionsTest, ASilentSessionEnds) {
  const auto tokens = add(1);
  clock_.advance(4h - 1s);
  EXPECT_TRUE(sessions_.take_expired().empty());
  EXPECT_EQ(sessions_.next_expiry(), clock_.now() + 1s);
  clock_.advance(1s);
  EXPECT_EQ(sessions_.renew(tokens.master).error(), Code::master_expired);
  EXPECT_EQ(sessions_.take_expired().size(), 1u);
  EXPECT_EQ(sessions_.find_by_master(tokens.master).error(), Code::token_invalid);
  EXPECT_EQ(sessions_.next_expiry(), std::nullopt);
}

TEST_F(ClientSessionsTest, BeingHeardOfKeepsASessionAlive) {
  const auto tokens = add(1);
  auto latest = tokens;
  for (int i = 0; i < 10; ++i) {
    clock_.advance(59min);
    EXPECT_TRUE(sessions_.find(latest.session).has_value());
    latest = sessions_.renew(latest.master).value();
  }
  EXPECT_TRUE(sessions_.take_expired().empty());
}

TEST_F(ClientSessionsTest, TheirNumberIsLimited) {
  const auto first = add(1);
  add(2);
  auto third = std::make_shared<ClientSession>();
  third->id = 3;
  EXPECT_FALSE(sessions_.add(third).has_value());
  sessions_.remove(1);
  EXPECT_EQ(sessions_.find(first.session).error(), Code::token_invalid);
  EXPECT_TRUE(sessions_.add(third).has_value());
}

} // namespace
} // namespace freshet::wire
