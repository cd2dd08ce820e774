#include "generate/customer.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace freshet::generate {
namespace {

using Row = std::vector<std::string>;

/// A strict RFC 4180 reader: fails the test on anything that a CSV file must not contain.
std::vector<Row> parse_csv(std::string_view text) {
  std::vector<Row> rows;
  Row row(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        row.back() += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        row.back() += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      EXPECT_TRUE(row.back().empty()) << "a quote inside an unquoted field, at byte " << i;
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::exchange(row, Row(1)));
    } else {
      row.back() += c;
    }
  }
  EXPECT_FALSE(quoted) << "a quote is not closed";
  EXPECT_EQ(row, Row(1)) << "the last line is not ended";
  return rows;
}

std::string next_text(CustomerBatches& batches, BatchCounts* counts = nullptr) {
  std::string text;
  auto result = batches.next([&](std::string_view bytes) -> Result<void> {
    text += bytes;
    return {};
  });
  EXPECT_TRUE(result.has_value());
  if (counts != nullptr) *counts = *result;
  return text;
}

std::vector<Row> next_rows(CustomerBatches& batches, BatchCounts* counts = nullptr) {
  auto rows = parse_csv(next_text(batches, counts));
  EXPECT_EQ(rows.front(), (Row{"customer_id", "first_name", "last_name", "email", "street", "city", "state", "country"}));
  rows.erase(rows.begin());
  return rows;
}

TEST(Customer, TheSameSeedGivesTheSameBytesAndAnotherSeedDoesNot) {
  const CustomerOptions options{.rows = 500, .delete_percent = 2, .seed = 7};
  auto other_seed = options;
  other_seed.seed = 8;
  CustomerBatches a(options), b(options), c(other_seed);
  for (int i = 0; i < 3; ++i) {
    const auto text = next_text(a);
    EXPECT_EQ(text, next_text(b));
    EXPECT_NE(text, next_text(c));
  }
}

TEST(Customer, ARowIsAFunctionOfSeedIdAndVersion) {
  std::string first, changed;
  append_customer(first, 1, 42, 0, false);
  append_customer(changed, 1, 42, 1, false);
  EXPECT_TRUE(first.starts_with("42,"));
  EXPECT_NE(first, changed);
  std::string again;
  append_customer(again, 1, 42, 0, false);
  EXPECT_EQ(first, again);
}

TEST(Customer, TheFirstBatchHasEveryIdOnceWithEightFilledFields) {
  CustomerBatches batches({.rows = 2000, .first_id = 100});
  BatchCounts counts;
  const auto rows = next_rows(batches, &counts);
  ASSERT_EQ(rows.size(), 2000u);
  EXPECT_EQ(counts.added, 2000u);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), 8u);
    EXPECT_EQ(rows[i][0], std::to_string(100 + i));
    for (const auto& field : rows[i]) EXPECT_FALSE(field.empty());
  }
}

TEST(Customer, ValuesAreVaried) {
  CustomerBatches batches({.rows = 10'000});
  std::vector<std::set<std::string>> distinct(8);
  for (const auto& row : next_rows(batches)) {
    for (size_t i = 0; i < row.size(); ++i) distinct[i].insert(row[i]);
  }
  // The seeds' own sample of 10,000 has 50 states, 243 countries and about 9,990 different streets.
  EXPECT_GT(distinct[1].size(), 450u);
  EXPECT_GT(distinct[2].size(), 850u);
  EXPECT_GT(distinct[3].size(), 9'000u);
  EXPECT_GT(distinct[4].size(), 9'900u);
  EXPECT_GT(distinct[5].size(), 6'000u);
  EXPECT_EQ(distinct[6].size(), 50u);
  EXPECT_GT(distinct[7].size(), 225u);
}

TEST(Customer, ALaterBatchHasTheSharesThatWereAskedForAndEachCustomerOnce) {
  CustomerBatches batches({.rows = 10'000, .update_percent = 40, .new_percent = 5, .delete_percent = 1});
  std::map<std::string, Row> before;
  for (auto& row : next_rows(batches)) before[row[0]] = row;

  BatchCounts counts;
  const auto rows = next_rows(batches, &counts);
  EXPECT_EQ(counts.changed, 4000u);
  EXPECT_EQ(counts.deleted, 100u);
  EXPECT_EQ(counts.added, 500u);
  EXPECT_EQ(rows.size(), counts.rows());
  EXPECT_EQ(batches.living(), 10'400u);

  std::set<std::string> seen;
  size_t added = 0, ended = 0;
  for (const auto& row : rows) {
    EXPECT_TRUE(seen.insert(row[0]).second) << row[0] << " occurs twice";
    const auto old = before.find(row[0]);
    if (old == before.end()) {
      ++added;
    } else if (row[1].empty()) {
      EXPECT_EQ(row, (Row{row[0], "", "", "", "", "", "", ""}));
      ++ended;
    } else {
      EXPECT_NE(row, old->second) << row[0] << " came again unchanged";
    }
  }
  EXPECT_EQ(added, 500u);
  EXPECT_EQ(ended, 100u);
}

TEST(Customer, OneThatEndedNeverComesBack) {
  CustomerBatches batches({.rows = 200, .update_percent = 50, .new_percent = 0, .delete_percent = 50});
  std::set<std::string> ended;
  next_rows(batches);
  for (int i = 0; i < 4; ++i) {
    for (const auto& row : next_rows(batches)) {
      EXPECT_FALSE(ended.contains(row[0])) << row[0];
      if (row[1].empty()) ended.insert(row[0]);
    }
  }
  EXPECT_EQ(ended.size() + batches.living(), 200u);
}

TEST(Customer, AChangeLeavesTheOtherPartsOfTheCustomerAlone) {
  for (uint64_t id = 0; id < 200; ++id) {
    std::string before;
    append_customer(before, 3, id, 0, false);
    for (uint32_t version = 1; version < 30; ++version) {
      std::string after;
      append_customer(after, 3, id, version, false);
      const auto a = parse_csv(before).at(0), b = parse_csv(after).at(0);
      const bool name = a[2] != b[2], email = a[3] != b[3], address = a[4] != b[4];
      EXPECT_EQ(name + email + address, 1) << before << after;
      EXPECT_EQ(a[1], b[1]);
      before = after;
    }
  }
}

TEST(Customer, WithQuotesFieldsContainQuotesCommasAndLineBreaksAndStillParse) {
  CustomerBatches batches({.rows = 2000, .quotes = true});
  bool quote = false, comma = false, line = false;
  const auto rows = next_rows(batches);
  ASSERT_EQ(rows.size(), 2000u);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 8u);
    for (const auto& field : row) {
      quote |= field.contains('"');
      comma |= field.contains(',');
      line |= field.contains('\n');
    }
  }
  EXPECT_TRUE(quote && comma && line);
}

TEST(Customer, WithoutQuotesNoFieldNeedsThem) {
  CustomerBatches batches({.rows = 5000});
  EXPECT_FALSE(next_text(batches).contains('"'));
}

TEST(Customer, APercentageOutsideItsRangeIsRefusedByName) {
  const auto result = CustomerOptions{.update_percent = 101}.check();
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("update percentage is 101"));
}

} // namespace
} // namespace freshet::generate
