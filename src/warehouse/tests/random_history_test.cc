// Random programs of two sessions in SQL: DML, procedures, statements that fail, transactions, streams on tables and views,
// clones, drops, altered tables, time travel and the archiver, against a model that keeps a full copy of every committed state.
// FRESHET_RANDOM_HISTORIES=10000 FRESHET_RANDOM_SEED=7 makes it long.

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
    create_procedures();
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
  /// A DML statement, or the CALL of a procedure that runs others.
  struct Step {
    std::string sql = {};
    std::string table = {};                                   // that it changes
    bool locks = false;                                       // the table
    std::function<void(Open&, const Rows& seen)> effect = {}; // of DML
    std::vector<Step> steps = {};                             // of a procedure
    bool fails = false;                                       // after them
    bool catches = false;                                     // what fails in it
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
    if (within_call_) return; // its statements commit at one time of the clock
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
      case 10:
        alter_table(session);
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

  void create_procedures() {
    run(0,
        "CREATE PROCEDURE RUN_BOTH(first VARCHAR, second VARCHAR, fails BOOLEAN) RETURNS INT LANGUAGE SQL EXECUTE AS CALLER AS "
        "BEGIN EXECUTE IMMEDIATE :first; EXECUTE IMMEDIATE :second; IF (fails) THEN SELECT 1 / 0; END IF; RETURN 0; END");
    run(0,
        "CREATE PROCEDURE RUN_BOTH_JS(FIRST VARCHAR, SECOND VARCHAR, FAILS BOOLEAN) RETURNS INT LANGUAGE JAVASCRIPT EXECUTE "
        "AS CALLER AS $$ snowflake.execute({sqlText: FIRST}); snowflake.execute({sqlText: SECOND}); if (FAILS) throw 'no'; "
        "return 0; $$");
    run(0,
        "CREATE PROCEDURE TRY_IT(statement VARCHAR) RETURNS INT LANGUAGE SQL EXECUTE AS CALLER AS BEGIN EXECUTE IMMEDIATE "
        ":statement; RETURN 0; EXCEPTION WHEN OTHER THEN RETURN 1; END");
  }

  void change(size_t session) {
    const auto step = random_.percent(30) ? some_call(0) : some_change();
    const auto result = execute(session, step.sql);
    within_call_ = !step.steps.empty();
    const bool succeeds = apply(session, step);
    if (std::exchange(within_call_, false) && !sessions_[session].open) commit_point();
    if (result.has_value() == succeeds) return;
    ADD_FAILURE() << step.sql << "\n" << (result ? "should have failed" : result.error().message) << "\n" << trace_;
  }

  /// Whether it succeeds. In an open transaction a failure leaves nothing of it.
  bool apply(size_t session, const Step& step) {
    if (step.steps.empty()) {
      if (step.locks && !can_lock(session, step.table)) return false;
      if (step.fails) {
        if (step.locks && sessions_[session].open) sessions_[session].open->locked.push_back(step.table);
        return false;
      }
      const auto seen = visible(session)[step.table];
      in_transaction(session, [&](Open& open) {
        if (step.locks) open.locked.push_back(step.table);
        step.effect(open, seen);
      });
      return true;
    }
    const auto before = sessions_[session].open;
    const bool succeeds =
        std::ranges::all_of(step.steps, [&](const Step& each) { return apply(session, each); }) && !step.fails;
    if (succeeds || step.catches) return true;
    if (auto& open = sessions_[session].open) {
      open->inserted = before->inserted;
      open->ended = before->ended;
      open->originals = before->originals;
    }
    return false;
  }

  static std::string quoted(const std::string& text) {
    std::string out = "'";
    for (char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
  }

  Step some_call(int depth) {
    auto some = [&] { return depth < 2 && random_.percent(35) ? some_call(depth + 1) : some_change(); };
    Step call;
    if (random_.percent(25)) {
      call.catches = true;
      call.steps = {some()};
      call.sql = fmt::format("CALL TRY_IT({})", quoted(call.steps[0].sql));
      return call;
    }
    call.fails = random_.percent(40);
    call.steps = {some(), some()};
    if (depth == 0 && random_.percent(30)) {
      call.sql = fmt::format("BEGIN {}; {}; {} END", call.steps[0].sql, call.steps[1].sql, call.fails ? "SELECT 1 / 0;" : "");
      return call;
    }
    call.sql = fmt::format("CALL {}({}, {}, {})", random_.percent(70) ? "RUN_BOTH" : "RUN_BOTH_JS", quoted(call.steps[0].sql),
                           quoted(call.steps[1].sql), call.fails);
    return call;
  }

  Step some_change() {
    const auto table = some_table();
    const auto kind = random_.below(11);
    if (kind < 4) return some_insert(table);
    if (kind == 10) return some_failure(table);
    const int64_t remainder = int64_t(random_.below(3));
    const int64_t add = int64_t(random_.below(50));
    const int64_t key = int64_t(random_.below(12));
    if (kind < 7) {
      auto effect = [=, this](Open& open, const Rows& seen) {
        for (auto [who, row] : seen) {
          if (row.id % 3 != remainder) continue;
          row.value = (row.value + add) % 100;
          replace_row(open, table, who, row);
        }
      };
      return {fmt::format("UPDATE {} SET v = (v + {}) % 100 WHERE id % 3 = {}", table, add, remainder), table, true, effect};
    }
    if (kind == 7) {
      auto effect = [=, this](Open& open, const Rows& seen) {
        for (const auto& [who, row] : seen)
          if (row.id % 3 == remainder) replace_row(open, table, who, std::nullopt);
      };
      return {fmt::format("DELETE FROM {} WHERE id % 3 = {}", table, remainder), table, true, effect};
    }
    auto effect = [=, this](Open& open, const Rows& seen) {
      bool matched = false;
      for (auto [who, row] : seen) {
        if (row.id != key) continue;
        matched = true;
        const bool removed = row.value > 80;
        row.value = add;
        replace_row(open, table, who, removed ? std::nullopt : std::optional(row));
      }
      if (!matched) insert_row(open, table, key, add);
    };
    return {
        fmt::format("MERGE INTO {} t USING (SELECT {} AS id, {} AS v) s ON t.id = s.id WHEN MATCHED AND t.v > 80 THEN DELETE "
                    "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)",
                    table, key, add),
        table, true, effect};
  }

  Step some_insert(const std::string& table) { // takes no lock
    std::string values;
    std::vector<std::pair<int64_t, int64_t>> rows;
    for (size_t i = 1 + random_.below(3); i > 0; --i) {
      rows.emplace_back(random_.below(12), random_.below(100));
      values += fmt::format("{}({}, {})", values.empty() ? "" : ", ", rows.back().first, rows.back().second);
    }
    auto effect = [=, this](Open& open, const Rows&) {
      for (auto [id, value] : rows) insert_row(open, table, id, value);
    };
    return {fmt::format("INSERT INTO {} (id, v) VALUES {}", table, values), table, false, effect};
  }

  Step some_failure(const std::string& table) {
    const std::string texts[] = {
        fmt::format("INSERT INTO {} (id, v) SELECT 1, x::INT FROM (SELECT '1' AS x UNION ALL SELECT 'x')", table),
        fmt::format("INSERT ALL INTO A (id, v) VALUES (id, v) INTO B (id, v) VALUES (id, v / 0) SELECT {} AS id, 2 AS v",
                    random_.below(12)),
        fmt::format("INSERT OVERWRITE ALL INTO {} (id, v) VALUES (id, v) INTO SINK VALUES (v / 0) SELECT 1 AS id, 2 AS v",
                    table),
        fmt::format("MERGE INTO {0} t USING (SELECT 1 AS id, 'x' AS v) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, v) "
                    "VALUES (s.id, "
                    "s.v::INT) WHEN MATCHED THEN UPDATE SET v = s.v::INT",
                    table)};
    const auto which = random_.below(4);
    return {.sql = texts[which], .table = table, .locks = which >= 2, .fails = true};
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
    check_added_columns(session);
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
    if (auto& own = sessions_[session].open; own && own->moved.contains(name)) { // each change is consumed once
      if (expected.empty()) return;
      auto refused = execute(session, fmt::format("INSERT INTO SINK SELECT id FROM {}", name));
      EXPECT_TRUE(!refused && refused.error().code == 625) << trace_;
      return;
    }
    if (random_.percent(20) && !expected.empty()) fail_to_consume(session, name);
    auto result = run(session, fmt::format("INSERT INTO SINK SELECT id FROM {}", name));
    EXPECT_EQ(result.counts.inserted, int64_t(expected.size())) << name << "\n" << trace_;
    in_transaction(session, [&](Open& open) { open.consumed.insert(name); });
  }

  void fail_to_consume(size_t session, const std::string& name) {
    const auto sql = fmt::format("INSERT INTO SINK SELECT id / 0 FROM {}", name);
    const bool within = sessions_[session].open && random_.percent(50);
    const auto call =
        fmt::format("CALL RUN_BOTH({}, 'SELECT 1', true)", quoted(fmt::format("INSERT INTO SINK SELECT id FROM {}", name)));
    EXPECT_FALSE(execute(session, within ? call : sql)) << trace_;
    check_stream(session, name);
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

  /// Every row has the default of an added column, whoever inserted it and when.
  void alter_table(size_t session) {
    if (sessions_[session].open) return; // DDL would commit it
    const auto table = some_table();
    auto& columns = added_columns_[table];
    const auto name = fmt::format("x{}", next_name_++);
    if (columns.empty() || random_.percent(40)) {
      run(session, fmt::format("ALTER TABLE {} ADD COLUMN {} NUMBER DEFAULT 7", table, name));
      columns.push_back(name);
      return;
    }
    auto& column = columns[random_.below(columns.size())];
    if (random_.percent(50)) {
      run(session, fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table, column, name));
      column = name;
      return;
    }
    run(session, fmt::format("ALTER TABLE {} DROP COLUMN {}", table, column));
    columns.erase(columns.begin() + (&column - columns.data()));
  }

  void check_added_columns(size_t session) {
    for (const auto& [table, columns] : added_columns_)
      for (const auto& column : columns)
        expect_same(lines(session, fmt::format("SELECT COUNT(*) FROM {} WHERE {} IS DISTINCT FROM 7", table, column)), {"0"},
                    table + "." + column);
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
  bool within_call_ = false;
  std::map<std::string, std::vector<std::string>> added_columns_; // by table
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
