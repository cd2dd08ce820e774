// Random programs of several sessions against a model that keeps a full copy of every version of the table.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/random.h"
#include "warehouse/rows/row_writer.h"
#include "warehouse/tests/from_environment.h"

namespace freshet::warehouse {
namespace {

struct ModelRow {
  int64_t key;
  int64_t value;
  int64_t version; // differs between any two versions of a row
  bool operator==(const ModelRow&) const = default;
};
/// The table as one would write it down: rows by their identity, and every row as it was first inserted.
struct State {
  std::map<int64_t, ModelRow> rows;
  std::map<int64_t, ModelRow> originals;
};

struct Session {
  std::unique_ptr<engine::Connection> connection;
  std::optional<WriteNumber> number; // of the open transaction
  std::unique_ptr<RowWriter> writer;
  bool is_explicit = false;
  bool changed_rows = false; // by anything but inserts
  Point start;
  State snapshot, working;
  size_t commits_at_start = 0;
  std::set<size_t> consumed; // streams
};

struct Stream {
  ChangeMode mode;
  Point point;
  State state;
};

struct Condition {
  const char* sql;
  bool (*holds)(const ModelRow& target, const ModelRow& source);
};
constexpr Condition k_matched_conditions[] = {
    {"", [](const ModelRow&, const ModelRow&) { return true; }},
    {"s.V % 2 = 0", [](const ModelRow&, const ModelRow& s) { return s.value % 2 == 0; }},
    {"t.V > s.V", [](const ModelRow& t, const ModelRow& s) { return t.value > s.value; }},
    {"t.V < 50", [](const ModelRow& t, const ModelRow&) { return t.value < 50; }},
    {"t.V <> s.V", [](const ModelRow& t, const ModelRow& s) { return t.value != s.value; }},
};
constexpr Condition k_unmatched_conditions[] = {
    {"", [](const ModelRow&, const ModelRow&) { return true; }},
    {"s.V % 3 > 0", [](const ModelRow&, const ModelRow& s) { return s.value % 3 > 0; }},
};

class Program {
 public:
  Program(engine::Database& database, TransactionRegistry& registry, FakeClock& clock, uint64_t seed)
      : database_(database), registry_(registry), clock_(clock), random_(seed) {
    table_ = {"main", fmt::format("t{}", seed), {{"ID", "BIGINT", true}, {"K", "INTEGER", true}, {"V", "BIGINT", true}}};
    reader_ = database.connect().value();
    create_table(*reader_, table_).value();
    for (Session& session : sessions_) session.connection = database.connect().value();
    keep_version();
  }
  ~Program() {
    for (Session& session : sessions_)
      if (session.number) end(session, false);
    drop_table(*reader_, table_).value();
  }

  void run() {
    size_t steps = 4 + random_.below(12);
    for (size_t step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      Session& session = sessions_[random_.below(sessions_.size())];
      switch (random_.below(10)) {
        case 0:
          create_stream();
          break;
        case 1:
          check_a_version();
          break;
        case 2:
          check_a_moment();
          break;
        case 3:
          forget_and_prune();
          break;
        case 4:
          if (session.number) end(session, random_.percent(70));
          break;
        default:
          change(session);
          break;
      }
    }
    for (Session& session : sessions_)
      if (session.number) end(session, random_.percent(70));
    for (size_t i = 0; i < streams_.size(); ++i) check_stream(*reader_, i, now(), committed_);
    check_live(*reader_, committed_);
    for (int i = 0; i < 3 && !testing::Test::HasFailure(); ++i) check_a_version();
  }

 private:
  using Change = std::tuple<std::string, bool, int64_t, int64_t, int64_t>; // action, is update, id, key, value

  Point now() {
    Floor floor = registry_.floor();
    reader_->begin().value();
    Point point = registry_.point(*reader_, floor).value();
    reader_->commit().value();
    return point;
  }

  void keep_version() {
    versions_.push_back({now(), committed_});
    moments_.push_back({clock_.now(), committed_});
    clock_.advance(Duration{1000});
  }

  void begin(Session& session, bool is_explicit) {
    bool number_first = random_.percent(50); // both orders are right
    if (number_first) session.number = registry_.begin_write();
    Floor floor = registry_.floor();
    session.connection->begin().value();
    session.start = registry_.point(*session.connection, floor).value();
    if (!number_first) session.number = registry_.begin_write();
    session.writer = std::make_unique<RowWriter>(*session.connection, *session.number, is_explicit);
    session.is_explicit = is_explicit;
    session.snapshot = session.working = committed_;
    session.commits_at_start = row_changing_commits_;
  }

  void end(Session& session, bool commit) {
    if (commit) {
      session.number->seal(*session.connection).value();
      session.connection->commit().value();
      session.number->committed();
      merge_into_committed(session);
      row_changing_commits_ += session.changed_rows ? 1 : 0;
      for (size_t i : session.consumed) {
        streams_[i].point = session.start;
        streams_[i].state = session.snapshot;
      }
    } else {
      session.connection->rollback().value();
    }
    session.writer.reset();
    session.number.reset();
    session.changed_rows = false;
    for (size_t i : session.consumed) in_use_.erase(i);
    session.consumed.clear();
    if (commit) keep_version();
  }

  void merge_into_committed(const Session& session) {
    for (const auto& [id, row] : session.working.originals)
      if (!session.snapshot.originals.contains(id)) committed_.originals[id] = row;
    for (const auto& [id, row] : session.working.rows) {
      auto before = session.snapshot.rows.find(id);
      if (before == session.snapshot.rows.end() || before->second != row) committed_.rows[id] = row;
    }
    for (const auto& [id, row] : session.snapshot.rows)
      if (!session.working.rows.contains(id)) committed_.rows.erase(id);
  }

  /// What the table lock and the engine's snapshots allow: one transaction that changes rows at a time, none that began before
  /// the last such commit.
  bool may_change_rows(const Session& session) {
    if (session.number && session.commits_at_start != row_changing_commits_) return false;
    return std::ranges::none_of(sessions_, [&](const Session& other) { return &other != &session && other.changed_rows; });
  }

  void change(Session& session) {
    bool own_transaction = !session.number;
    if (own_transaction) begin(session, random_.percent(50));
    if (random_.percent(50))
      session.writer = std::make_unique<RowWriter>(*session.connection, *session.number, session.is_explicit);
    if (session.is_explicit && random_.percent(25)) {
      call(session, 0, !may_change_rows(session));
    } else if (random_.percent(15)) {
      consume(session);
    } else {
      change_rows(session, may_change_rows(session));
    }
    check_live(*session.connection, session.working);
    if (own_transaction && (!session.is_explicit || random_.percent(40))) end(session, random_.percent(85));
  }

  void change_rows(Session& session, bool may_change) {
    switch (may_change ? random_.below(6) : 0) {
      case 0:
        insert(session);
        break;
      case 1:
        update(session);
        break;
      case 2:
        remove(session);
        break;
      case 3:
      case 4:
        merge(session);
        break;
      default:
        if (random_.percent(40)) truncate(session);
        break;
    }
  }

  /// A statement, or a procedure with others within it, whose changes are mostly taken back.
  void call(Session& session, int depth, bool new_rows_only) {
    new_rows_only = new_rows_only || random_.percent(20);
    const auto before = session.working;
    const auto mark = session.number->mark(new_rows_only);
    for (size_t i = random_.below(4); i > 0 && !testing::Test::HasFailure(); --i) {
      if (depth < 2 && random_.percent(30)) {
        call(session, depth + 1, new_rows_only);
      } else {
        change_rows(session, !new_rows_only);
      }
      check_live(*session.connection, session.working);
    }
    if (random_.percent(30)) return; // it succeeds
    take_back(*session.connection, table_, session.number->since(mark)).value();
    session.number->return_to(mark);
    session.working = before;
    check_live(*session.connection, session.working);
  }

  void insert(Session& session) {
    std::string values;
    for (size_t i = 1 + random_.below(4); i > 0; --i) {
      ModelRow row{key(), static_cast<int64_t>(random_.below(100)), ++versions_made_};
      int64_t id = ++last_id_;
      values += fmt::format("{}({}, {}, {})", values.empty() ? "" : ", ", id, row.key, row.value);
      session.working.rows[id] = session.working.originals[id] = row;
    }
    session.writer->insert(table_, {"ID", "K", "V"}, "VALUES " + values).value();
  }

  void update(Session& session) {
    session.changed_rows = true;
    int64_t wanted = key();
    auto report = session.writer->update({table_, "t", "", fmt::format("t.K >= {}", wanted), {{"V", "t.V + 7"}}}).value();
    int64_t expected = 0;
    for (auto& [id, row] : session.working.rows) {
      if (row.key < wanted) continue;
      row = {row.key, row.value + 7, ++versions_made_};
      ++expected;
    }
    EXPECT_EQ(report.updated, expected);
  }

  void remove(Session& session) {
    session.changed_rows = true;
    int64_t wanted = key();
    bool with_source = random_.percent(50);
    auto report = session.writer
                      ->remove({table_, "t", with_source ? fmt::format("(VALUES ({0}), ({0})) AS s(K)", wanted) : "",
                                with_source ? "t.K = s.K" : fmt::format("t.K = {}", wanted)})
                      .value();
    EXPECT_EQ(report.deleted,
              static_cast<int64_t>(std::erase_if(session.working.rows, [&](auto& item) { return item.second.key == wanted; })));
  }

  void truncate(Session& session) {
    session.changed_rows = true;
    EXPECT_EQ(session.writer->truncate(table_).value(), static_cast<int64_t>(session.working.rows.size()));
    session.working.rows.clear();
  }

  struct Clause {
    MergeClause::Action action;
    const Condition* condition;
  };

  void merge(Session& session) {
    session.changed_rows = true;
    std::map<int64_t, ModelRow> source;
    std::string values;
    for (size_t i = 1 + random_.below(5); i > 0; --i) {
      ModelRow row{key(), static_cast<int64_t>(random_.below(100)), 0};
      source[++last_id_] = row;
      values += fmt::format("{}({}, {}, {})", values.empty() ? "" : ", ", last_id_, row.key, row.value);
    }
    std::vector<Clause> clauses;
    for (size_t i = 1 + random_.below(3); i > 0; --i) {
      auto action = static_cast<MergeClause::Action>(random_.below(3));
      bool inserts = action == MergeClause::Action::insert;
      clauses.push_back({action, inserts ? &random_.pick<Condition>(k_unmatched_conditions)
                                         : &random_.pick<Condition>(k_matched_conditions)});
    }
    MergePlan plan{table_, "t", "(VALUES " + values + ") AS s(ID, K, V)", "t.K = s.K", {}, random_.percent(50)};
    for (const Clause& clause : clauses) {
      MergeClause printed{clause.action, clause.condition->sql, {}};
      if (clause.action == MergeClause::Action::insert) printed.assignments = {{"K", "s.K"}, {"V", "s.V"}, {"ID", "s.ID"}};
      if (clause.action == MergeClause::Action::update) printed.assignments = {{"V", "s.V + 1000"}};
      plan.clauses.push_back(printed);
    }
    auto report = session.writer->merge(plan).value();
    expect_merged(session, source, clauses, plan.error_on_nondeterminism, report);
  }

  static const Clause* first_that_holds(const std::vector<Clause>& clauses, bool matched, const ModelRow& target,
                                        const ModelRow& source) {
    for (const Clause& clause : clauses)
      if ((clause.action != MergeClause::Action::insert) == matched && clause.condition->holds(target, source)) return &clause;
    return nullptr;
  }

  /// The reference's rules, one joined row at a time.
  void expect_merged(Session& session, const std::map<int64_t, ModelRow>& source, const std::vector<Clause>& clauses,
                     bool error, const ChangeReport& report) {
    std::map<int64_t, std::vector<std::pair<MergeClause::Action, ModelRow>>> hits; // by target
    std::map<int64_t, ModelRow> inserted;
    for (const auto& [source_id, from] : source) {
      bool matched = false;
      for (const auto& [id, row] : session.working.rows) {
        if (row.key != from.key) continue;
        matched = true;
        if (const Clause* clause = first_that_holds(clauses, true, row, from)) hits[id].push_back({clause->action, from});
      }
      if (!matched && first_that_holds(clauses, false, from, from)) inserted[source_id] = from;
    }
    auto nondeterministic = [](const auto& item) {
      return item.second.size() > 1 &&
             std::ranges::any_of(item.second, [](const auto& hit) { return hit.first == MergeClause::Action::update; });
    };
    bool any = std::ranges::any_of(hits, nondeterministic);
    EXPECT_EQ(report.duplicate.has_value(), any && error);
    if (report.duplicate) return;
    EXPECT_EQ(report.inserted, static_cast<int64_t>(inserted.size()));
    EXPECT_EQ(report.multi_joined, std::ranges::count_if(hits, nondeterministic));
    std::map<int64_t, int64_t> actual = living_values(*session.connection);
    int64_t updated = 0, deleted = 0;
    for (const auto& [id, candidates] : hits) {
      // Where the choice is free, what happened must be one of the candidates.
      auto found = actual.find(id);
      bool allowed = std::ranges::any_of(candidates, [&](const auto& hit) {
        return found == actual.end() ? hit.first == MergeClause::Action::remove
                                     : hit.first == MergeClause::Action::update && found->second == hit.second.value + 1000;
      });
      EXPECT_TRUE(allowed) << "row " << id;
      auto& row = session.working.rows.at(id);
      if (found == actual.end()) {
        session.working.rows.erase(id);
        ++deleted;
      } else {
        row = {row.key, found->second, ++versions_made_};
        ++updated;
      }
    }
    EXPECT_EQ(report.updated, updated);
    EXPECT_EQ(report.deleted, deleted);
    for (auto& [id, row] : inserted) {
      row.version = ++versions_made_;
      session.working.rows[id] = session.working.originals[id] = row;
    }
  }

  std::map<int64_t, int64_t> living_values(engine::Connection& connection) {
    auto rows = connection.query("SELECT ID, V FROM " + live_relation(table_)).value();
    std::map<int64_t, int64_t> values;
    for (size_t i = 0; i < rows.size(); ++i) values[rows.integer(i, 0)] = rows.integer(i, 1);
    return values;
  }

  void create_stream() {
    if (streams_.size() >= 4) return;
    streams_.push_back({random_.percent(60) ? ChangeMode::standard : ChangeMode::append_only, now(), committed_});
  }

  /// Reads a stream in the session's transaction, twice; the commit moves it to the transaction's start.
  void consume(Session& session) {
    if (streams_.empty()) return;
    size_t i = random_.below(streams_.size());
    bool locked = in_use_.contains(i) && !session.consumed.contains(i);
    // Somebody else moved it since this transaction began: its lock would have been waited for before BEGIN.
    if (locked || streams_[i].point.high > session.start.high) return;
    check_stream(*session.connection, i, session.start, session.snapshot);
    in_use_.insert(i);
    session.consumed.insert(i);
  }

  void check_stream(engine::Connection& connection, size_t i, const Point& until, const State& state) {
    const Stream& stream = streams_[i];
    std::vector<Change> expected;
    auto add = [&](const char* action, bool is_update, int64_t id, const ModelRow& row) {
      expected.push_back({action, is_update, id, row.key, row.value});
    };
    if (stream.mode == ChangeMode::append_only) {
      for (const auto& [id, row] : state.originals)
        if (!stream.state.originals.contains(id)) add("INSERT", false, id, row);
    } else {
      for (const auto& [id, row] : state.rows) {
        auto before = stream.state.rows.find(id);
        if (before == stream.state.rows.end())
          add("INSERT", false, id, row);
        else if (before->second.version != row.version)
          add("INSERT", true, id, row), add("DELETE", true, id, before->second);
      }
      for (const auto& [id, row] : stream.state.rows)
        if (!state.rows.contains(id)) add("DELETE", false, id, row);
    }
    std::ranges::sort(expected);
    auto rows = connection
                    .query(fmt::format(R"(SELECT "METADATA$ACTION", "METADATA$ISUPDATE", ID, K, V, "METADATA$ROW_ID" FROM {})",
                                       changes_between(table_, stream.point, until, stream.mode)))
                    .value();
    std::vector<Change> actual;
    for (size_t row = 0; row < rows.size(); ++row) {
      actual.push_back(
          {rows.text(row, 0), rows.boolean(row, 1), rows.integer(row, 2), rows.integer(row, 3), rows.integer(row, 4)});
      auto [known, is_new] = row_ids_.try_emplace(rows.integer(row, 2), rows.text(row, 5));
      EXPECT_EQ(known->second, rows.text(row, 5)) << "the row id changed";
    }
    std::ranges::sort(actual);
    EXPECT_EQ(actual, expected) << stream.point.to_text() << " to " << until.to_text();
    bool has = connection.query(has_changes(table_, stream.point, until, stream.mode)).value().boolean(0, 0);
    EXPECT_EQ(has, !expected.empty());
  }

  void check_state(engine::Connection& connection, const std::string& relation, const State& state) {
    std::vector<std::tuple<int64_t, int64_t, int64_t>> actual, expected;
    for (const auto& [id, row] : state.rows) expected.push_back({id, row.key, row.value});
    auto rows = connection.query("SELECT * FROM " + relation + " ORDER BY ID").value();
    for (size_t row = 0; row < rows.size(); ++row)
      actual.push_back({rows.integer(row, 0), rows.integer(row, 1), rows.integer(row, 2)});
    EXPECT_EQ(actual, expected) << relation;
  }
  void check_live(engine::Connection& connection, const State& state) { check_state(connection, live_relation(table_), state); }

  void check_a_version() {
    if (versions_.empty()) return;
    auto& [point, state] = versions_[random_.below(versions_.size())];
    if (random_.percent(30)) point = registry_.compact(*reader_, registry_.floor(), point).value();
    point = Point::parse(point.to_text()).value();
    check_state(*reader_, state_at(table_, point), state);
  }

  void check_a_moment() {
    if (moments_.empty()) return;
    const auto& [time, state] = moments_[random_.below(moments_.size())];
    Floor floor = registry_.floor();
    reader_->begin().value();
    Point point = registry_.point_at(*reader_, floor, time, true).value();
    check_state(*reader_, state_at(table_, point), state);
    reader_->commit().value();
  }

  void forget_and_prune() {
    // Not while a transaction is open: its snapshot may need what is pruned.
    if (std::ranges::any_of(sessions_, [](const Session& session) { return session.number.has_value(); })) return;
    moments_.clear();
    while (!versions_.empty() && random_.percent(70)) versions_.erase(versions_.begin());
    Point oldest = now();
    for (const auto& [point, state] : versions_) oldest = earlier_of(oldest, point);
    for (const Stream& stream : streams_) oldest = earlier_of(oldest, stream.point);
    prune(*reader_, table_, oldest).value();
  }

  int64_t key() { return static_cast<int64_t>(random_.below(6)); }

  engine::Database& database_;
  TransactionRegistry& registry_;
  FakeClock& clock_;
  Random random_;
  VersionedTable table_;
  std::unique_ptr<engine::Connection> reader_;
  std::array<Session, 3> sessions_;
  State committed_;
  size_t row_changing_commits_ = 0;
  int64_t last_id_ = 0, versions_made_ = 0;
  std::vector<Stream> streams_;
  std::set<size_t> in_use_;
  std::vector<std::pair<Point, State>> versions_;
  std::vector<std::pair<TimePoint, State>> moments_;
  std::map<int64_t, std::string> row_ids_;
};

/// Programs are independent of each other: one test a shard, so that they run on every core.
class RandomPrograms : public testing::TestWithParam<uint64_t> {};
constexpr uint64_t k_shards = 20;
constexpr uint64_t k_programs = 10'000; // a long run asks for more: FRESHET_RANDOM_PROGRAMS=100000

TEST_P(RandomPrograms, StreamsMergesAndTimeTravelAgreeWithFullCopies) {
  const auto count = from_environment("FRESHET_RANDOM_PROGRAMS", k_programs) / k_shards;
  const auto first = from_environment("FRESHET_RANDOM_SEED", 1) + GetParam() * count;
  FakeClock clock;
  engine::Options options;
  options.threads = 1; // small statements by the thousand: nothing to share out
  auto database = engine::Database::open({}, options).value();
  auto registry = TransactionRegistry::open(*database, clock).value();
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("FRESHET_RANDOM_SEED={}", seed));
    Program(*database, *registry, clock, seed).run();
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, RandomPrograms, testing::Range(uint64_t{0}, k_shards));

} // namespace
} // namespace freshet::warehouse
