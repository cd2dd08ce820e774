#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "warehouse/rows/row_writer.h"

namespace freshet::warehouse {
namespace {

/// A table (id, k, v) and what a session does with it, one autocommitted statement at a time.
struct Versions : testing::Test {
  FakeClock clock;
  std::unique_ptr<engine::Database> database = engine::Database::open({}).value();
  std::unique_ptr<engine::Connection> connection = database->connect().value();
  std::unique_ptr<TransactionRegistry> registry = TransactionRegistry::open(*database, clock).value();
  VersionedTable table{"main", "t", {{"ID", "BIGINT"}, {"K", "INTEGER", true}, {"V", "VARCHAR", false, "'none'"}}};

  Versions() { create_table(*connection, table).value(); }

  template <typename Change>
  auto write(Change change) {
    auto number = registry->begin_write();
    connection->begin().value();
    RowWriter writer(*connection, number, false);
    auto result = change(writer);
    if (!result) ADD_FAILURE() << result.error().message;
    if (!result) {
      connection->rollback().value();
      return result;
    }
    number.seal(*connection).value();
    connection->commit().value();
    number.committed();
    clock.advance(Duration{1000});
    return result;
  }
  void insert(const std::string& values) {
    write([&](RowWriter& writer) { return writer.insert(table, {"ID", "K", "V"}, "VALUES " + values); }).value();
  }
  ChangeReport update(const std::string& condition, const std::string& value) {
    return write([&](RowWriter& writer) { return writer.update({table, "t", "", condition, {{"V", value}}}); }).value();
  }
  Point now() {
    Floor floor = registry->floor();
    connection->begin().value();
    auto point = registry->point(*connection, floor).value();
    connection->commit().value();
    return point;
  }
  std::string rows(const std::string& relation, const std::string& columns = "*", const std::string& order = "ALL") {
    auto result = connection->query(fmt::format("SELECT {} FROM {} ORDER BY {}", columns, relation, order));
    if (!result) return "error: " + result.error().message;
    std::string text;
    for (size_t row = 0; row < result->size(); ++row) {
      if (row > 0) text += '\n';
      for (size_t column = 0; column < result->columns().size(); ++column)
        text += (column > 0 ? "|" : "") + result->text(row, column);
    }
    return text;
  }
  std::string changes(const Point& from, ChangeMode mode = ChangeMode::standard) {
    return rows(changes_between(table, from, now(), mode), R"("METADATA$ACTION", "METADATA$ISUPDATE", ID, K, V)");
  }
};

TEST_F(Versions, LivingRowsAreWhatUsersSee) {
  insert("(1, 10, 'a'), (2, 20, 'b')");
  EXPECT_EQ(update("t.ID = 1", "'x'").updated, 1);
  EXPECT_EQ(rows(live_relation(table)), "1|10|x\n2|20|b");
}

TEST_F(Versions, InsertsTakeDefaultsAndTypes) {
  write([&](RowWriter& writer) { return writer.insert(table, {"K", "ID"}, "SELECT '7', 1.0"); }).value();
  EXPECT_EQ(rows(live_relation(table)), "1|7|none");
}

TEST_F(Versions, ARowInsertedAndDeletedSinceIsNoChange) {
  Point from = now();
  insert("(1, 10, 'a')");
  write([&](RowWriter& writer) { return writer.remove({table, "t", "", "t.ID = 1"}); }).value();
  EXPECT_EQ(changes(from), "");
  EXPECT_EQ(rows("(" + has_changes(table, from, now(), ChangeMode::standard) + ")"), "false");
  EXPECT_EQ(changes(from, ChangeMode::append_only), "INSERT|false|1|10|a");
}

TEST_F(Versions, ARowInsertedAndUpdatedSinceIsOneInsert) {
  Point from = now();
  insert("(1, 10, 'a')");
  update("", "'b'");
  EXPECT_EQ(changes(from), "INSERT|false|1|10|b");
  EXPECT_EQ(changes(from, ChangeMode::append_only), "INSERT|false|1|10|a");
}

TEST_F(Versions, AnUpdateOfAnOlderRowIsADeleteAndAnInsertOfTheSameRow) {
  insert("(1, 10, 'a')");
  Point from = now();
  update("", "'b'");
  update("", "'c'");
  EXPECT_EQ(changes(from), "DELETE|true|1|10|a\nINSERT|true|1|10|c");
  EXPECT_EQ(rows(changes_between(table, from, now(), ChangeMode::standard), R"(count(DISTINCT "METADATA$ROW_ID"))"), "1");
  EXPECT_EQ(changes(from, ChangeMode::append_only), "");
}

TEST_F(Versions, TruncateCountsAsDeletes) {
  insert("(1, 10, 'a'), (2, 20, 'b')");
  Point from = now();
  EXPECT_EQ(write([&](RowWriter& writer) { return writer.truncate(table); }).value(), 2);
  EXPECT_EQ(changes(from), "DELETE|false|1|10|a\nDELETE|false|2|20|b");
  EXPECT_EQ(rows(state_at(table, from)), "1|10|a\n2|20|b");
}

TEST_F(Versions, AWriterThatCommitsAfterAPointWithALowerNumberIsSeenByTheNextReader) {
  auto other = database->connect().value();
  auto slow = registry->begin_write();
  other->begin().value();
  RowWriter writer(*other, slow, true);
  ASSERT_TRUE(writer.insert(table, {"ID", "K"}, "VALUES (1, 1)"));
  insert("(2, 2, 'b')");
  Point from = now();
  EXPECT_EQ(from.exceptions, std::vector{slow.value()});
  slow.seal(*other).value();
  other->commit().value();
  slow.committed();
  EXPECT_EQ(changes(from), "INSERT|false|1|1|none");
  EXPECT_EQ(rows(state_at(table, from)), "2|2|b");
}

TEST_F(Versions, ATransactionDoesNotSeeItsOwnChangesInAStream) {
  insert("(1, 1, 'a')");
  Point from = now();
  insert("(2, 2, 'b')");
  auto number = registry->begin_write();
  Floor floor = registry->floor();
  connection->begin().value();
  Point start = registry->point(*connection, floor).value();
  RowWriter writer(*connection, number, true);
  writer.insert(table, {"ID", "K"}, "VALUES (3, 3)").value();
  writer.update({table, "t", "", "t.ID = 2", {{"V", "'own'"}}}).value();
  EXPECT_EQ(rows(changes_between(table, from, start, ChangeMode::standard), R"("METADATA$ACTION", ID, V)"), "INSERT|2|b");
  EXPECT_EQ(rows(changes_between(table, from, registry->point(*connection, floor).value(), ChangeMode::standard), "ID, V"),
            "2|b");
  connection->rollback().value();
}

TEST_F(Versions, AbortedNumbersLeaveNoExceptions) {
  { auto number = registry->begin_write(); }
  insert("(1, 1, 'a')");
  EXPECT_TRUE(now().exceptions.empty());
  Point with_aborted = now();
  with_aborted.exceptions = {1};
  EXPECT_TRUE(registry->compact(*connection, registry->floor(), with_aborted).value().exceptions.empty());
}

TEST_F(Versions, AStatementThatFailsInAnExplicitTransactionChangesNothing) {
  insert("(1, 1, 'a')");
  auto number = registry->begin_write();
  connection->begin().value();
  RowWriter writer(*connection, number, true);
  EXPECT_EQ(writer.insert(table, {"ID", "K"}, "VALUES (2, 2), (3, NULL)").error().kind, engine::ErrorKind::constraint);
  EXPECT_EQ(writer.insert(table, {"ID", "K"}, "SELECT 2, v::INT FROM (VALUES ('1'), ('x')) s(v)").error().value, "x");
  EXPECT_EQ(writer.update({table, "t", "", "", {{"K", "NULL"}}}).error().kind, engine::ErrorKind::constraint);
  EXPECT_FALSE(writer.remove({table, "t", "", "t.V::INT = 1"}));
  writer.insert(table, {"ID", "K"}, "VALUES (9, 9)").value();
  number.seal(*connection).value();
  connection->commit().value();
  number.committed();
  EXPECT_EQ(rows(live_relation(table)), "1|1|a\n9|9|none");
}

TEST_F(Versions, WhatWasWrittenAfterAMarkIsTakenBack) {
  insert("(1, 1, 'a'), (2, 2, 'b')");
  auto number = registry->begin_write();
  connection->begin().value();
  RowWriter writer(*connection, number, true);
  writer.insert(table, {"ID", "K"}, "VALUES (3, 3)").value();
  writer.update({table, "t", "", "t.ID = 1", {{"V", "'first'"}}}).value();
  const auto rows_only = number.mark(true);
  writer.insert(table, {"ID", "K"}, "VALUES (4, 4)").value();
  take_back(*connection, table, number.since(rows_only)).value();
  number.return_to(rows_only);
  EXPECT_EQ(number.numbers().size(), 2U); // its own, and that of the row replaced after an insert
  const auto mark = number.mark(false);
  writer.update({table, "t", "", "", {{"V", "t.V || '!'"}}}).value();
  writer.remove({table, "t", "", "t.ID >= 2"}).value();
  writer.insert(table, {"ID", "K"}, "VALUES (5, 5)").value();
  take_back(*connection, table, number.since(mark)).value();
  number.return_to(mark);
  EXPECT_EQ(rows(live_relation(table)), "1|1|first\n2|2|b\n3|3|none");
  writer.update({table, "t", "", "t.ID = 3", {{"V", "'kept'"}}}).value();
  number.seal(*connection).value();
  connection->commit().value();
  number.committed();
  EXPECT_EQ(rows(live_relation(table)), "1|1|first\n2|2|b\n3|3|kept");
}

TEST_F(Versions, TimeTravelFindsTheStateOfAnyMoment) {
  insert("(1, 1, 'a')");
  TimePoint before_update = clock.now();
  update("", "'b'");
  TimePoint after_update = clock.now();
  update("", "'c'");
  auto at = [&](TimePoint time, bool inclusive) {
    Floor floor = registry->floor();
    connection->begin().value();
    Point point = registry->point_at(*connection, floor, time, inclusive).value();
    connection->commit().value();
    return rows(state_at(table, point), "V");
  };
  EXPECT_EQ(at(before_update - Duration{1}, true), "a");
  EXPECT_EQ(at(before_update, true), "b") << "the update committed at this very moment";
  EXPECT_EQ(at(before_update, false), "a");
  EXPECT_EQ(at(after_update, true), "c");
  EXPECT_EQ(at(clock.now(), true), "c");
  EXPECT_EQ(at(TimePoint{}, true), "");
}

TEST_F(Versions, PruneDeletesOnlyWhatNobodyCanSee) {
  insert("(1, 1, 'a')");
  update("", "'b'");
  Point kept = now();
  update("", "'c'");
  EXPECT_EQ(prune(*connection, table, kept).value(), 1);
  EXPECT_EQ(rows(state_at(table, kept), "V"), "b");
  EXPECT_EQ(changes(kept), "DELETE|true|1|1|b\nINSERT|true|1|1|c");
  EXPECT_EQ(prune(*connection, table, now()).value(), 1);
}

TEST_F(Versions, ColumnsComeAndGo) {
  insert("(1, 1, 'a')");
  Point from = now();
  add_column(*connection, table, {"W", "DECIMAL(4,1)", false, "2.5"}).value();
  table.columns.push_back({"W", "DECIMAL(4,1)", false, "2.5"});
  drop_column(*connection, table, "V").value();
  table.columns.erase(table.columns.begin() + 2);
  rename_column(*connection, table, "K", "KEY").value();
  table.columns[1].name = "KEY";
  EXPECT_EQ(rows(live_relation(table)), "1|1|2.5");
  write([&](RowWriter& writer) { return writer.update({table, "t", "", "", {{"W", "t.W * 2"}}}); }).value();
  EXPECT_EQ(rows(changes_between(table, from, now(), ChangeMode::standard), R"("METADATA$ACTION", W)"),
            "DELETE|2.5\nINSERT|5.0");
}

TEST_F(Versions, PointsSurviveAsText) {
  Point point{12, {7, 9}};
  EXPECT_EQ(Point::parse(point.to_text()).value(), point);
  EXPECT_EQ(Point::parse("{\"high\":1}").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(Point::parse("x").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(earlier_of({12, {7, 9}}, {10, {8}}), (Point{10, {7, 8, 9}}));
}

TEST_F(Versions, MoreThanSixteenMillionRowsInOneTransactionTakeFurtherNumbers) {
  Point from = now();
  write([&](RowWriter& writer) {
    auto inserted = writer.insert(table, {"ID", "K"}, "VALUES (1, 1)");
    // The other 16 million, without storing them.
    int64_t burnt = connection->query("SELECT count(freshet_row_id(1)) FROM range(16777216 - 1 - 10)").value().integer(0, 0);
    EXPECT_EQ(burnt, 16777205);
    return inserted ? writer.insert(table, {"ID", "K"}, "SELECT range, 2 FROM range(5000)") : inserted;
  }).value();
  Point until = now();
  EXPECT_GE(until.high, from.high + 2);
  EXPECT_EQ(until.contains(from.high + 2), true);
  EXPECT_TRUE(until.exceptions.empty());
  EXPECT_EQ(
      rows(changes_between(table, from, until, ChangeMode::append_only), R"(count(*), count(DISTINCT "METADATA$ROW_ID"))", "1"),
      "5001|5001");
}

struct Merging : Versions {
  ChangeReport merge(const std::string& source, std::vector<MergeClause> clauses, bool error = true) {
    return write([&](RowWriter& writer) {
             return writer.merge(
                 {table, "t", "(VALUES " + source + ") AS s(ID, K, V)", "t.K = s.K", std::move(clauses), error});
           })
        .value();
  }
  MergeClause update_clause{MergeClause::Action::update, "", {{"V", "s.V"}}};
  MergeClause remove_clause{MergeClause::Action::remove, "", {}};
  MergeClause insert_clause{MergeClause::Action::insert, "", {{"ID", "s.ID"}, {"K", "s.K"}, {"V", "s.V"}}};
  static MergeClause when(MergeClause clause, const std::string& condition) {
    clause.condition = condition;
    return clause;
  }
};

TEST_F(Merging, UpdatesAndInserts) {
  insert("(1, 1, 'a'), (2, 2, 'b')");
  Point from = now();
  auto report = merge("(7, 1, 'x'), (8, 3, 'y')", {update_clause, insert_clause});
  EXPECT_EQ(report.updated, 1);
  EXPECT_EQ(report.inserted, 1);
  EXPECT_EQ(rows(live_relation(table)), "1|1|x\n2|2|b\n8|3|y");
  EXPECT_EQ(changes(from), "DELETE|true|1|1|a\nINSERT|false|8|3|y\nINSERT|true|1|1|x");
}

TEST_F(Merging, TheFirstSatisfiedClauseCounts) {
  insert("(1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')");
  auto report = merge("(0, 1, 'del'), (0, 2, 'up'), (0, 3, 'skip')",
                      {when(remove_clause, "s.V = 'del'"), when(update_clause, "s.V <> 'skip'"), insert_clause});
  EXPECT_EQ(report.deleted, 1);
  EXPECT_EQ(report.updated, 1);
  EXPECT_EQ(report.inserted, 0);
  EXPECT_EQ(rows(live_relation(table)), "2|2|up\n3|3|c");
}

TEST_F(Merging, DuplicateUnmatchedSourceRowsInsertAllCopies) {
  EXPECT_EQ(merge("(1, 1, 'a'), (2, 1, 'b')", {update_clause, insert_clause}).inserted, 2);
}

TEST_F(Merging, TwoUpdatesOfARowAreAnErrorThatShowsIt) {
  insert("(1, 1, 'a')");
  auto report = merge("(0, 1, 'x'), (0, 1, 'y')", {update_clause, insert_clause});
  EXPECT_EQ(report.duplicate, "[1, 1, \"a\"]");
  EXPECT_EQ(rows(live_relation(table)), "1|1|a");
}

TEST_F(Merging, TwoUpdatesOfARowPickOneIfThatIsWanted) {
  insert("(1, 1, 'a')");
  auto report = merge("(0, 1, 'x'), (0, 1, 'y')", {update_clause, insert_clause}, false);
  EXPECT_EQ(report.updated, 1);
  EXPECT_EQ(report.multi_joined, 1);
  std::string row = rows(live_relation(table));
  EXPECT_TRUE(row == "1|1|x" || row == "1|1|y") << row;
}

TEST_F(Merging, OnlySourceRowsThatSatisfyAClauseCount) {
  insert("(1, 1, 'a')");
  EXPECT_EQ(merge("(0, 1, 'x'), (0, 1, 'y')", {when(update_clause, "s.V = 'x'")}).updated, 1);
}

TEST_F(Merging, SeveralDeletesOfARowAreDeterministic) {
  insert("(1, 1, 'a')");
  EXPECT_EQ(merge("(0, 1, 'x'), (0, 1, 'y')", {remove_clause}).deleted, 1);
}

TEST_F(Merging, AConditionOnTheSourceAloneDecidesWhatMatches) {
  insert("(1, 1, 'a'), (2, 2, 'b')");
  MergePlan plan{table, "t", "(VALUES (8, 1, 'x'), (9, 2, 'y')) AS s(ID, K, V)", "t.K = s.K", {update_clause, insert_clause},
                 true};
  plan.on_source = {"s.V = 'x'"};
  auto report = write([&](RowWriter& writer) { return writer.merge(plan); }).value();
  EXPECT_EQ(report.updated, 1);
  EXPECT_EQ(report.inserted, 1);
  EXPECT_EQ(rows(live_relation(table)), "1|1|x\n2|2|b\n9|2|y");
}

TEST_F(Merging, ADeleteAndAnUpdateOfARowAreNot) {
  insert("(1, 1, 'a')");
  EXPECT_TRUE(merge("(0, 1, 'x'), (0, 1, 'y')", {when(remove_clause, "s.V = 'x'"), update_clause}).duplicate);
}

TEST_F(Merging, AValueOfARemovedOrSkippedRowIsNotComputed) {
  insert("(1, 1, 'a'), (2, 2, 'b')");
  MergeClause cast{MergeClause::Action::update, "s.V <> 'bad'", {{"ID", "s.V"}}};
  EXPECT_EQ(merge("(0, 1, 'bad'), (0, 2, '5')", {cast}).updated, 1);
  EXPECT_EQ(rows(live_relation(table)), "1|1|a\n5|2|b");
}

TEST_F(Versions, AnUpdateFromSeveralRowsPicksOneAndCountsIt) {
  insert("(1, 1, 'a'), (2, 2, 'b')");
  auto plan = UpdatePlan{table, "t", "(VALUES (1, 'x'), (1, 'y'), (2, 'z')) AS s(K, V)", "t.K = s.K", {{"V", "s.V"}}};
  auto report = write([&](RowWriter& writer) { return writer.update(plan); }).value();
  EXPECT_EQ(report.updated, 2);
  EXPECT_EQ(report.multi_joined, 1);
  plan.error_on_nondeterminism = true;
  EXPECT_TRUE(write([&](RowWriter& writer) { return writer.update(plan); }).value().duplicate);
}

TEST(VersionsOnDisk, NumbersGoOnAfterARestart) {
  Path folder = std::filesystem::temp_directory_path() / fmt::format("freshet_rows_{}", ::getpid());
  std::filesystem::create_directories(folder);
  FakeClock clock;
  int64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    auto database = engine::Database::open(folder / "rows.duckdb").value();
    auto registry = TransactionRegistry::open(*database, clock).value();
    auto connection = database->connect().value();
    auto number = registry->begin_write();
    EXPECT_GT(number.value(), last);
    last = number.value();
    connection->begin().value();
    number.seal(*connection).value();
    connection->commit().value();
    number.committed();
    auto lost = registry->begin_write(); // never commits
  }
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace freshet::warehouse
