#include "engine/zoned_timestamp.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/engine.h"

namespace freshet::engine {
namespace {

TEST(ZonedTimestamp, ComesBackAsItWas) {
  for (const ZonedTimestamp moment :
       {ZonedTimestamp{0, 0}, ZonedTimestamp{-1, 840}, ZonedTimestamp{1'751'328'000'000'000, -720}})
    EXPECT_EQ(unpack(pack(moment)), moment);
}

TEST(ZonedTimestamp, IsOrderedByTheEngineByItsMomentAlone) {
  constexpr int64_t k_year_1 = -62'135'596'800'000'000, k_year_9999 = 253'402'300'799'999'999;
  std::mt19937_64 random(7);
  std::vector<ZonedTimestamp> moments;
  for (const int64_t around : {k_year_1, int64_t{-86'400'000'000}, int64_t{0}, int64_t{1'751'328'000'000'000}, k_year_9999}) {
    for (int i = 0; i < 40; ++i) {
      const auto offset = static_cast<int32_t>(random() % 1681) - 840;
      moments.push_back({around + static_cast<int64_t>(random() % 3), offset});
    }
  }
  auto database = Database::open({});
  ASSERT_TRUE(database);
  auto connection = (*database)->connect();
  ASSERT_TRUE(connection);
  ASSERT_TRUE((*connection)->execute("CREATE TABLE t (id BIGINT, m BIGINT, z INTERVAL)"));
  auto appender = (*connection)->appender("main", "t");
  ASSERT_TRUE(appender);
  for (size_t i = 0; i < moments.size(); ++i) {
    ASSERT_TRUE(appender->append(static_cast<int64_t>(i)));
    ASSERT_TRUE(appender->append(moments[i].microseconds));
    ASSERT_TRUE(appender->append(moments[i]));
    ASSERT_TRUE(appender->end_row());
  }
  ASSERT_TRUE(appender->close());
  auto differences =
      (*connection)->query("SELECT count(*) FROM t a, t b WHERE (a.z < b.z) <> (a.m < b.m) OR (a.z = b.z) <> (a.m = b.m)");
  ASSERT_TRUE(differences);
  EXPECT_EQ(differences->integer(0, 0), 0);
  auto counts = (*connection)
                    ->query(
                        "SELECT (SELECT count(*) FROM (SELECT z FROM t GROUP BY z)), count(DISTINCT m), count(DISTINCT z), "
                        "(SELECT count(*) FROM t a "
                        "JOIN t b ON a.z = b.z), (SELECT count(*) FROM t a JOIN t b ON a.m = b.m) FROM t");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->integer(0, 0), counts->integer(0, 1));
  EXPECT_EQ(counts->integer(0, 2), counts->integer(0, 1));
  EXPECT_EQ(counts->integer(0, 3), counts->integer(0, 4));
  auto sorted = (*connection)->query("SELECT id, z FROM t ORDER BY z, id");
  ASSERT_TRUE(sorted);
  for (size_t row = 0; row < sorted->size(); ++row) {
    const auto& moment = moments[static_cast<size_t>(sorted->integer(row, 0))];
    EXPECT_EQ(unpack(sorted->interval(row, 1)), moment); // the offset has survived
    if (row > 0) {
      EXPECT_LE(moments[static_cast<size_t>(sorted->integer(row - 1, 0))].microseconds, moment.microseconds);
    }
  }
}

} // namespace
} // namespace freshet::engine
