// Random programs of two sessions in SQL: DML, transactions, streams on tables and views, clones, drops, time travel and the
// archiver, against a model that keeps a full copy of every committed state. FRESHET_RANDOM_HISTORIES=10000
// FRESHET_RANDOM_SEED=7 makes it long.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/random.h"
#include "warehouse/archiver.h"
#include "warehouse/session.h"
#include "warehouse/tests/from_environment.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

struct Row {
  int64_t id = 0;
  int64_t value = 0;
  int64_t version = 0; // differs between any two versions of all rows
  bool operator==(const Row&) const = default;
};
using Rows = std::map<int64_t, Row>;       // by who the row is
using State = std::map<std::string, Rows>; // by table
using Originals = std::map<int64_t, Row>;  // every committed row as it was first inserted
using Lines = std::multiset<std::string>;

/// One row of a view: who it is, of which versions it is made, what it shows.
struct Shown {
  std::string who, versions, text;
};

class History {
 public:
  History(Warehouse& warehouse, Archiver& archiver, FakeClock& clock, uint64_t seed)
      : warehouse_(warehouse), archiver_(archiver), clock_(clock), random_(seed), schema_(fmt::format("P{}", seed)) {
    for (auto& session : sessions_) session.session = warehouse.create_session().value();
    run(0, "CREATE DATABASE IF NOT EXISTS D");
    run(0, fmt::format("CREATE SCHEMA D.{} DATA_RETENTION_TIME_IN_DAYS = 1", schema_));
    for (size_t i = 0; i < 2; ++i) {
      run(i, "USE SCHEMA D." + schema_);
      run(i, "ALTER SESSION SET LOCK_TIMEOUT = 0");
    }
    run(0, "CREATE TABLE SINK (n NUMBER)");
    for (const auto* name : {"A", "B"}) create_table(name);
    run(0, "CREATE VIEW BIG AS SELECT id, v FROM A WHERE v >= 50");
    run(0, "CREATE VIEW JOINED AS SELECT A.id, A.v, B.v AS w FROM A JOIN B ON A.id = B.id");
    run(0, "CREATE VIEW BOTH AS SELECT id, v FROM A UNION ALL SELECT id, v FROM B WHERE v < 30");
    commit_point();
  }
  ~History() {
    for (auto& session : sessions_) session.session->rollback();
    run(0, fmt::format("ALTER SCHEMA D.{} SET DATA_RETENTION_TIME_IN_DAYS = 0", schema_));
    run(0, "DROP SCHEMA D." + schema_);
  }

  void program() {
    const size_t steps = 8 + random_.below(20);
    for (size_t step = 0; step < steps && !testing::Test::HasFailure(); ++step) one_step();
    for (size_t i = 0; i < 2 && !testing::Test::HasFailure(); ++i)
      if (sessions_[i].open) end(i, random_.percent(70));
    for (const auto& [name, stream] : streams_) check_stream(0, name);
    check_tables(0);
  }
  const std::string& trace() const { return trace_; }

 private:
  struct Open {
    State base = {}; // committed when it began: where its streams end
    std::vector<std::string> locked = {};
    State inserted = {};                                 // own rows, as they are now
    std::map<std::string, std::set<int64_t>> ended = {}; // rows of others that it ended or replaced
    Originals originals = {};
    std::set<std::string> consumed = {};
    std::set<std::string> moved = {};       // streams that the other session consumed meanwhile
    std::map<std::string, State> from = {}; // of streams, at their first read
    std::map<std::string, Originals> original_from = {};
    Originals base_originals = {};
  };
  struct OneSession {
    std::unique_ptr<Session> session;
    std::optional<Open> open;
  };
  struct Stream {
    std::string source; // a table or a view
    bool append_only = false;
    State from;
    Originals originals; // known then
  };
  struct Moment {
    TimePoint time;
    State state;
  };

  void note(size_t session, const std::string& sql) { trace_ += fmt::format("{}: {}\n", session, sql); }

  SqlResult<StatementResult> execute(size_t session, const std::string& sql) {
    note(session, sql);
    return sessions_[session].session->execute(sql);
  }
  StatementResult run(size_t session, const std::string& sql) {
    auto result = execute(session, sql);
    if (!result) {
      ADD_FAILURE() << sql << "\n" << result.error().message << "\n" << trace_;
      return {};
    }
    return std::move(*result);
  }

  void commit_point() {
    moments_.push_back({clock_.now(), committed_});
    clock_.advance(std::chrono::milliseconds{10});
  }

  void create_table(const std::string& name) {
    run(0, fmt::format("CREATE TABLE {} (id NUMBER, v NUMBER)", name));
    committed_[name] = {};
  }

  /// What the session's next statement sees.
  State visible(size_t session) {
    State out = committed_;
    if (auto& open = sessions_[session].open) {
      for (const auto& [table, rows] : open->ended)
        for (auto who : rows) out[table].erase(who);
      for (const auto& [table, rows] : open->inserted)
        for (const auto& [who, row] : rows) out[table][who] = row;
    }
    return out;
  }

  bool can_lock(size_t session, const std::string& table) {
    const auto& other = sessions_[1 - session].open;
    return !other || std::ranges::find(other->locked, table) == other->locked.end();
  }

  void one_step() {
    const size_t session = random_.below(2);
    switch (random_.below(16)) {
      case 0:
        if (!sessions_[session].open) begin(session);
        break;
      case 1:
      case 2:
        if (sessions_[session].open) end(session, random_.percent(70));
        break;
      case 3:
        create_stream();
        break;
      case 4:
        if (!streams_.empty()) consume(session);
        break;
      case 5:
        if (!streams_.empty()) check_stream(session, some_stream());
        break;
      case 6:
        time_travel();
        break;
      case 7:
        changes_between_moments();
        break;
      case 8:
        prune();
        break;
      case 9:
        clone_or_drop();
        break;
      default:
        change(session);
        break;
    }
    if (random_.percent(20)) check_tables(session);
  }

  std::string some_table() { return random_.percent(50) ? "A" : "B"; }
  std::string some_stream() { return std::next(streams_.begin(), long(random_.below(streams_.size())))->first; }

  void begin(size_t session) {
    run(session, "BEGIN");
    sessions_[session].open = Open{.base = committed_, .base_originals = originals_};
  }

  void end(size_t session, bool commit) {
    auto open = std::move(*sessions_[session].open);
    run(session, commit ? "COMMIT" : "ROLLBACK");
    sessions_[session].open.reset();
    if (!commit) return;
    apply(open);
    move_streams(open, session);
    commit_point();
  }

  void move_streams(const Open& open, size_t session) {
    for (const auto& name : open.consumed) {
      streams_[name].from = open.base;
      streams_[name].originals = open.base_originals;
      if (auto& other = sessions_[1 - session].open) other->moved.insert(name);
    }
  }

  void apply(const Open& open) {
    for (const auto& [table, rows] : open.ended)
      for (auto who : rows) committed_[table].erase(who);
    for (const auto& [table, rows] : open.inserted)
      for (const auto& [who, row] : rows) committed_[table][who] = row;
    originals_.insert(open.originals.begin(), open.originals.end());
  }

  /// Runs `work` in the session's transaction, or in one that is committed at once.
  void in_transaction(size_t session, const std::function<void(Open&)>& work) {
    auto& open = sessions_[session].open;
    if (open) return work(*open);
    Open own{.base = committed_, .base_originals = originals_};
    work(own);
    apply(own);
    move_streams(own, session);
    commit_point();
  }

  void insert_row(Open& open, const std::string& table, int64_t id, int64_t value) {
    const Row row{id, value, next_version_++};
    const auto who = next_row_++;
    born_in_[who] = table;
    open.inserted[table][who] = row;
    open.originals[who] = row;
  }
  void replace_row(Open& open, const std::string& table, int64_t who, std::optional<Row> row) {
    const bool own = open.originals.contains(who);
    if (!own) open.ended[table].insert(who);
    if (row) {
      row->version = next_version_++;
      open.inserted[table][who] = *row;
    } else {
      open.inserted[table].erase(who);
    }
  }

  void change(size_t session) {
    const auto table = some_table();
    const auto kind = random_.below(10);
    if (kind < 4) { // INSERT takes no lock
      const auto count = 1 + random_.below(3);
      std::string values;
      std::vector<std::pair<int64_t, int64_t>> rows;
      for (size_t i = 0; i < count; ++i) {
        rows.emplace_back(random_.below(12), random_.below(100));
        values += fmt::format("{}({}, {})", i > 0 ? ", " : "", rows.back().first, rows.back().second);
      }
      run(session, fmt::format("INSERT INTO {} VALUES {}", table, values));
      in_transaction(session, [&](Open& open) {
        for (auto [id, value] : rows) insert_row(open, table, id, value);
      });
      return;
    }
    const int64_t remainder = int64_t(random_.below(3));
    const int64_t add = int64_t(random_.below(50));
    const int64_t key = int64_t(random_.below(12));
    std::string sql;
    if (kind < 7) {
      sql = fmt::format("UPDATE {} SET v = (v + {}) % 100 WHERE id % 3 = {}", table, add, remainder);
    } else if (kind == 7) {
      sql = fmt::format("DELETE FROM {} WHERE id % 3 = {}", table, remainder);
    } else {
      sql = fmt::format(
          "MERGE INTO {} t USING (SELECT {} AS id, {} AS v) s ON t.id = s.id WHEN MATCHED AND t.v > 80 THEN DELETE "
          "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)",
          table, key, add);
    }
    auto result = execute(session, sql);
    if (!can_lock(session, table)) {
      EXPECT_FALSE(result.has_value()) << trace_;
      if (!result) {
        EXPECT_EQ(result.error().code, 625) << result.error().message << "\n" << trace_;
      }
      return;
    }
    if (!result) {
      ADD_FAILURE() << sql << "\n" << result.error().message << "\n" << trace_;
      return;
    }
    auto seen = visible(session)[table];
    in_transaction(session, [&](Open& open) {
      open.locked.push_back(table);
      bool matched = false;
      for (auto [who, row] : seen) {
        if (kind < 7 && row.id % 3 == remainder) {
          row.value = (row.value + add) % 100;
          replace_row(open, table, who, row);
        } else if (kind == 7 && row.id % 3 == remainder) {
          replace_row(open, table, who, std::nullopt);
        } else if (kind > 7 && row.id == key) {
          matched = true;
          if (row.value > 80) {
            replace_row(open, table, who, std::nullopt);
          } else {
            row.value = add;
            replace_row(open, table, who, row);
          }
        }
      }
      if (kind > 7 && !matched) insert_row(open, table, key, add);
    });
  }

  // ---- what views show

  static std::vector<Shown> shown(const State& state, const std::string& source) {
    std::vector<Shown> out;
    auto rows_of = [&](const std::string& table) -> const Rows& {
      static const Rows none;
      auto found = state.find(table);
      return found == state.end() ? none : found->second;
    };
    auto add = [&](const std::string& prefix, const std::string& table, auto condition) {
      for (const auto& [who, row] : rows_of(table))
        if (condition(row))
          out.push_back(
              {fmt::format("{}{}", prefix, who), std::to_string(row.version), fmt::format("{}|{}", row.id, row.value)});
    };
    if (source == "BIG") {
      add("", "A", [](const Row& row) { return row.value >= 50; });
    } else if (source == "BOTH") {
      add("0:", "A", [](const Row&) { return true; });
      add("1:", "B", [](const Row& row) { return row.value < 30; });
    } else if (source == "JOINED") {
      for (const auto& [who_a, a] : rows_of("A"))
        for (const auto& [who_b, b] : rows_of("B"))
          if (a.id == b.id)
            out.push_back({fmt::format("{}/{}", who_a, who_b), fmt::format("{}/{}", a.version, b.version),
                           fmt::format("{}|{}|{}", a.id, a.value, b.value)});
    } else {
      add("", source, [](const Row&) { return true; });
    }
    return out;
  }

  static Lines changes(const State& from, const State& until, const std::string& source) {
    std::map<std::string, Shown> before, after;
    for (auto& row : shown(from, source)) before[row.who] = row;
    for (auto& row : shown(until, source)) after[row.who] = row;
    Lines out;
    for (const auto& [who, row] : after) {
      auto old = before.find(who);
      if (old == before.end() || old->second.versions != row.versions)
        out.insert(fmt::format("{}|INSERT|{}", row.text, old != before.end()));
    }
    for (const auto& [who, row] : before) {
      auto now = after.find(who);
      if (now == after.end() || now->second.versions != row.versions)
        out.insert(fmt::format("{}|DELETE|{}", row.text, now != after.end()));
    }
    return out;
  }

  Lines inserted_since(const Originals& known, const Originals& now, const std::string& table) {
    Lines out;
    for (const auto& [who, row] : now)
      if (!known.contains(who) && born_in_[who] == table) out.insert(fmt::format("{}|{}|INSERT|false", row.id, row.value));
    return out;
  }

  static std::string columns_of(const std::string& source) { return source == "JOINED" ? "id, v, w" : "id, v"; }

  Lines lines(size_t session, const std::string& sql) {
    auto result = run(session, sql);
    Lines out;
    for (size_t row = 0; row < result.row_count(); ++row) {
      std::string line;
      for (size_t column = 0; column < result.columns.size(); ++column)
        line += (column > 0 ? "|" : "") + result.rows->text(row, column);
      out.insert(std::move(line));
    }
    return out;
  }

  void expect_same(const Lines& got, const Lines& expected, const std::string& what) {
    if (got == expected) return;
    ADD_FAILURE() << what << "\ngot      " << fmt::format("{}", fmt::join(got, "  ")) << "\nexpected "
                  << fmt::format("{}", fmt::join(expected, "  ")) << "\n"
                  << trace_;
  }

  void check_tables(size_t session) {
    auto state = visible(session);
    for (const auto* source : {"A", "B", "BIG", "JOINED", "BOTH"}) {
      Lines expected;
      for (const auto& row : shown(state, source)) expected.insert(row.text);
      expect_same(lines(session, fmt::format("SELECT {} FROM {}", columns_of(source), source)), expected, source);
    }
  }

  // ---- streams

  void create_stream() {
    static constexpr const char* k_sources[] = {"A", "B", "BIG", "JOINED", "BOTH"};
    const std::string source = k_sources[random_.below(5)];
    const bool table = source.size() == 1;
    const bool append_only = table && random_.percent(30);
    const auto name = fmt::format("S{}", next_name_++);
    for (size_t i = 0; i < 2; ++i)
      if (sessions_[i].open) return; // DDL would commit it
    run(0, fmt::format("CREATE STREAM {} ON {} {}{}", name, table ? "TABLE" : "VIEW", source,
                       append_only ? " APPEND_ONLY = TRUE" : ""));
    streams_[name] = {source, append_only, committed_, originals_};
  }

  Lines expected_of(size_t session, const std::string& name) {
    const auto& stream = streams_[name];
    auto& open = sessions_[session].open;
    if (!open) {
      return stream.append_only ? inserted_since(stream.originals, originals_, stream.source)
                                : changes(stream.from, committed_, stream.source);
    }
    if (!open->from.contains(name)) {
      open->from[name] = stream.from;
      open->original_from[name] = stream.originals;
    }
    return stream.append_only ? inserted_since(open->original_from[name], open->base_originals, stream.source)
                              : changes(open->from[name], open->base, stream.source);
  }

  /// Consumed by the other session after this one's transaction began, and not read before: not modelled.
  bool is_uncertain(size_t session, const std::string& name) {
    auto& open = sessions_[session].open;
    return open && open->moved.contains(name) && !open->from.contains(name);
  }

  void check_stream(size_t session, const std::string& name) {
    if (is_uncertain(session, name)) return;
    const auto source = streams_[name].source;
    auto expected = expected_of(session, name);
    expect_same(lines(session, fmt::format("SELECT {}, METADATA$ACTION, METADATA$ISUPDATE FROM {}", columns_of(source), name)),
                expected, name + " on " + source);
    auto has = lines(session, fmt::format("SELECT SYSTEM$STREAM_HAS_DATA('{}')", name));
    expect_same(has, {expected.empty() ? "false" : "true"}, "SYSTEM$STREAM_HAS_DATA of " + name);
  }

  void consume(size_t session) {
    const auto name = some_stream();
    const auto& other = sessions_[1 - session].open;
    if (other || is_uncertain(session, name)) return; // locks and offsets between transactions: tests/sql/read_committed.test
    auto expected = expected_of(session, name);
    auto result = run(session, fmt::format("INSERT INTO SINK SELECT id FROM {}", name));
    EXPECT_EQ(result.counts.inserted, int64_t(expected.size())) << name << "\n" << trace_;
    in_transaction(session, [&](Open& open) { open.consumed.insert(name); });
  }

  // ---- time travel

  const Moment* some_moment() {
    const auto& moment = moments_[random_.below(moments_.size())];
    return clock_.now() - moment.time > std::chrono::hours{23} ? nullptr : &moment;
  }
  static std::string at(const Moment& moment) {
    // Between this commit and the next one.
    auto text = iso8601(moment.time + std::chrono::milliseconds{5});
    return fmt::format("TIMESTAMP => '{} +00:00'::TIMESTAMP_TZ", text.substr(0, text.size() - 1));
  }

  void time_travel() {
    const auto* moment = some_moment();
    if (moment == nullptr) return;
    const auto table = some_table();
    Lines expected;
    for (const auto& row : shown(moment->state, table)) expected.insert(row.text);
    expect_same(lines(0, fmt::format("SELECT id, v FROM {} AT ({})", table, at(*moment))), expected, table + " AT");
  }

  void changes_between_moments() {
    const auto* from = some_moment();
    const auto* until = some_moment();
    if (from == nullptr || until == nullptr || from->time > until->time) return;
    const auto table = some_table();
    expect_same(
        lines(0, fmt::format("SELECT id, v, METADATA$ACTION, METADATA$ISUPDATE FROM {} CHANGES (INFORMATION => DEFAULT) AT "
                             "({}) END ({})",
                             table, at(*from), at(*until))),
        changes(from->state, until->state, table), table + " CHANGES");
  }

  void prune() {
    if (random_.percent(30)) {
      note(0, "advance 13 hours");
      clock_.advance(std::chrono::hours{13});
    }
    note(0, "archiver");
    auto done = archiver_.run();
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().message) << "\n" << trace_;
  }

  void clone_or_drop() {
    for (size_t i = 0; i < 2; ++i)
      if (sessions_[i].open) return; // DDL would commit it
    const auto table = some_table();
    if (random_.percent(50)) {
      run(0, "DROP TABLE " + table);
      run(0, "UNDROP TABLE " + table);
      return;
    }
    const auto* moment = some_moment();
    const auto name = fmt::format("C{}", next_name_++);
    const bool then = moment != nullptr && random_.percent(60);
    run(0, fmt::format("CREATE TABLE {} CLONE {}{}", name, table, then ? " AT (" + at(*moment) + ")" : ""));
    Lines expected;
    for (const auto& row : shown(then ? moment->state : committed_, table)) expected.insert(row.text);
    expect_same(lines(0, "SELECT id, v FROM " + name), expected, name + " CLONE " + table);
    run(0, "DROP TABLE " + name);
    clock_.advance(std::chrono::milliseconds{10});
  }

  Warehouse& warehouse_;
  Archiver& archiver_;
  FakeClock& clock_;
  Random random_;
  const std::string schema_;
  OneSession sessions_[2];
  State committed_;
  Originals originals_;
  std::map<int64_t, std::string> born_in_; // tables of rows
  std::map<std::string, Stream> streams_;
  std::vector<Moment> moments_;
  int64_t next_row_ = 1, next_version_ = 1, next_name_ = 1;
  std::string trace_;
};

TEST(RandomHistories, AgreeWithFullCopiesOfEveryState) {
  FakeClock clock;
  auto warehouse = Warehouse::open(clock, {}).value();
  auto archiver = Archiver::start(*warehouse, {.runs_by_itself = false, .batch_rows = 3}).value();
  const auto count = from_environment("FRESHET_RANDOM_HISTORIES", 60);
  const auto first = from_environment("FRESHET_RANDOM_SEED", 1);
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("FRESHET_RANDOM_SEED={}", seed));
    History history(*warehouse, *archiver, clock, seed);
    history.program();
  }
}

} // namespace
} // namespace freshet::warehouse
