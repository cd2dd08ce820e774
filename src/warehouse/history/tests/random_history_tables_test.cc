// Random programs on a table that history tables follow, against a model that walks through every event ever committed.
// FRESHET_RANDOM_HISTORIES=10000 FRESHET_RANDOM_SEED=7 makes it long.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "base/random.h"
#include "warehouse/derived_tables.h"
#include "warehouse/session.h"
#include "warehouse/tests/from_environment.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {
namespace {

using Text = std::optional<std::string>;
using Number = std::optional<int64_t>;

struct Row {
  int64_t rid = 0; // who it is: grows with insertion
  Number id;
  Text v;
  Number n; // its place in the sequence
  Text note;
  bool operator==(const Row&) const = default;
};
using Rows = std::map<int64_t, Row>;

enum class Kind { came, went, deletes };
struct Event {
  Row row;
  Kind kind = Kind::came;
  Number sequence;
  int64_t arrived = 0;
};
struct Version {
  Text v, note;
  Number from, to;
  bool current = true;
  auto operator<=>(const Version&) const = default;
};

/// One history table and what it is told to do.
struct Followed {
  std::string name, clauses;
  bool by_commit = false;   // no SEQUENCE BY
  bool deletes = false;     // DELETE WHEN v = 'D'
  bool append_only = false; // only as first inserted
  bool view = false;        // of rows with note <> 'x', keyed by rid
  std::vector<Event> events = {};
};

/// The versions of one key, event after event.
std::vector<Version> walk(std::vector<Event> events, bool sequence_is_time) {
  std::ranges::stable_sort(events, {}, [](const Event& event) { return std::pair(event.sequence, event.arrived); });
  std::vector<Version> out;
  Number shown; // the row that the last one came from
  bool open = false;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto& event = events[i];
    if (event.kind == Kind::came) {
      shown = event.row.rid;
      if (open && out.back().v == event.row.v) {
        out.back().note = event.row.note;
        continue;
      }
      if (open) out.back().to = event.sequence, out.back().current = false;
      out.push_back({event.row.v, event.row.note, event.sequence, std::nullopt, true});
      open = true;
      continue;
    }
    bool last = std::ranges::none_of(events, [&](const Event& other) {
      return other.kind == Kind::came && other.arrived < event.arrived && other.sequence > event.sequence;
    });
    bool counts = event.kind == Kind::deletes || (shown == event.row.rid && (sequence_is_time || last));
    if (!counts || !open) continue;
    out.back().to = event.sequence;
    out.back().current = false;
    open = false;
  }
  std::ranges::sort(out);
  return out;
}

std::string literal_of(const Text& text) {
  return text ? "'" + *text + "'" : "NULL";
}
std::string literal_of(const Number& number) {
  return number ? std::to_string(*number) : "NULL";
}
std::string shown(const std::vector<Version>& versions) {
  std::string out;
  for (const auto& version : versions) {
    out += fmt::format("  {} {} [{}, {}) {}\n", literal_of(version.v), literal_of(version.note), literal_of(version.from),
                       literal_of(version.to), version.current);
  }
  return out;
}

class Program {
 public:
  Program(FakeClock& clock, uint64_t seed, std::string folder) : clock_(clock), random_(seed), folder_(std::move(folder)) {
    open();
    run("CREATE DATABASE d");
    run("CREATE TABLE s (rid INT, id INT, v VARCHAR, n INT, note VARCHAR)");
    run("CREATE VIEW w AS SELECT rid, id, v, n, note FROM s WHERE note <> 'x'");
    for (auto& followed : followed_)
      run(fmt::format("CREATE HISTORY TABLE {} FROM {} {}", followed.name, followed.view ? "w" : "s", followed.clauses));
  }

  void go() {
    const size_t steps = 4 + random_.below(14);
    for (size_t step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      transaction();
      if (random_.percent(30)) refresh();
      if (!folder_.empty() && random_.percent(20)) {
        trace_ += "restart\n";
        close();
        open();
        run("USE DATABASE d");
      }
    }
    refresh();
    for (const auto& followed : followed_) check(followed);
  }

 private:
  void open() {
    WarehouseOptions options;
    if (!folder_.empty()) options.data_directory = folder_;
    warehouse_ = Warehouse::open(clock_, options).value();
    histories_ = DerivedTables::start(*warehouse_, {.runs_by_itself = false}).value();
    session_ = warehouse_->create_session().value();
    run("ALTER SESSION SET TIMEZONE = 'UTC'");
  }
  void close() {
    session_.reset();
    histories_.reset();
    warehouse_.reset();
  }

  StatementResult run(const std::string& sql) {
    trace_ += sql + "\n";
    clock_.advance(std::chrono::seconds{1});
    auto result = session_->execute(sql);
    if (result) return std::move(*result);
    ADD_FAILURE() << sql << "\n" << result.error().message << "\n" << trace_;
    return {};
  }

  void refresh() {
    trace_ += "refresh\n";
    clock_.advance(std::chrono::seconds{1});
    if (random_.percent(50)) {
      histories_->run();
    } else {
      for (const auto& followed : followed_) run(fmt::format("ALTER HISTORY TABLE {} REFRESH", followed.name));
    }
  }

  Text letter() { return random_.percent(8) ? std::nullopt : Text(std::string(1, "abcD"[random_.below(4)])); }
  Row new_row() {
    Row row;
    row.rid = next_++;
    if (!random_.percent(5)) row.id = random_.below(3);
    row.v = letter();
    if (!random_.percent(8)) row.n = random_.below(12);
    row.note = std::string(1, "xyz"[random_.below(3)]);
    return row;
  }

  void insert(Rows& rows) {
    std::string values;
    for (size_t i = 0, count = 1 + random_.below(5); i < count; ++i) {
      auto row = new_row();
      values += fmt::format("{}({}, {}, {}, {}, {})", i == 0 ? "" : ", ", row.rid, literal_of(row.id), literal_of(row.v),
                            literal_of(row.n), literal_of(row.note));
      rows[row.rid] = row;
      inserted_.push_back(row);
    }
    run("INSERT INTO s VALUES " + values);
  }
  void change(Rows& rows) {
    if (rows.empty()) return insert(rows);
    auto found = std::next(rows.begin(), static_cast<std::ptrdiff_t>(random_.below(rows.size())));
    auto row = new_row();
    row.rid = found->first;
    if (random_.percent(60)) row.id = found->second.id;
    found->second = row;
    updated_.insert(row.rid);
    run(fmt::format("UPDATE s SET id = {}, v = {}, n = {}, note = {} WHERE rid = {}", literal_of(row.id), literal_of(row.v),
                    literal_of(row.n), literal_of(row.note), row.rid));
  }
  void remove(Rows& rows) {
    if (random_.percent(15)) {
      run("TRUNCATE TABLE s");
      rows.clear();
    } else if (random_.percent(30)) {
      auto id = random_.below(3);
      run(fmt::format("DELETE FROM s WHERE id = {}", id));
      std::erase_if(rows, [&](const auto& row) { return row.second.id == static_cast<int64_t>(id); });
    } else if (!rows.empty()) {
      auto rid = std::next(rows.begin(), static_cast<std::ptrdiff_t>(random_.below(rows.size())))->first;
      run(fmt::format("DELETE FROM s WHERE rid = {}", rid));
      rows.erase(rid);
    }
  }
  void statement(Rows& rows) {
    const auto which = random_.below(100);
    if (which < 50) return insert(rows);
    if (which < 80) return change(rows);
    remove(rows);
  }

  void transaction() {
    inserted_.clear();
    updated_.clear();
    auto rows = rows_;
    if (random_.percent(60)) {
      statement(rows);
    } else {
      run("BEGIN");
      for (size_t i = 0, count = 1 + random_.below(4); i < count; ++i) statement(rows);
      const bool commits = random_.percent(80);
      run(commits ? "COMMIT" : "ROLLBACK");
      if (!commits) return;
    }
    const auto time = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
    for (auto& followed : followed_) note(followed, rows_, rows, time);
    rows_ = std::move(rows);
  }

  static Number key_of(const Followed& followed, const Row& row) { return followed.view ? Number(row.rid) : row.id; }

  void note(Followed& followed, const Rows& before, const Rows& after, int64_t time) {
    auto sees = [&](const Row& row) { return !followed.view || row.note != "x"; };
    auto same = [&](const Rows& rows, const Row& row) {
      auto found = rows.find(row.rid);
      // An UPDATE makes a version, even of the same values.
      return found != rows.end() && found->second == row && sees(found->second) && !updated_.contains(row.rid);
    };
    std::vector<Row> came, went;
    if (followed.append_only) {
      came = inserted_;
    } else {
      for (const auto& [rid, row] : after)
        if (sees(row) && !same(before, row)) came.push_back(row);
      for (const auto& [rid, row] : before) {
        bool replaced =
            std::ranges::any_of(came, [&](const Row& other) { return key_of(followed, other) == key_of(followed, row); });
        if (sees(row) && !same(after, row) && !replaced && !followed.deletes) went.push_back(row);
      }
    }
    auto add = [&](const Row& row, Kind kind) {
      followed.events.push_back({row, kind, followed.by_commit ? Number(time) : row.n, next_arrival_++});
    };
    for (const auto& row : went) add(row, Kind::went);
    for (const auto& row : came) add(row, followed.deletes && row.v == "D" ? Kind::deletes : Kind::came);
  }

  void check(const Followed& followed) {
    std::map<Number, std::vector<Event>> events;
    for (const auto& event : followed.events) events[key_of(followed, event.row)].push_back(event);
    std::map<Number, std::vector<Version>> expected, found;
    for (const auto& [key, list] : events) {
      auto versions = walk(list, followed.by_commit);
      if (!versions.empty()) expected[key] = std::move(versions);
    }
    auto place = [&](const char* column) {
      return followed.by_commit ? fmt::format("DATE_PART(EPOCH_SECOND, {})", column) : std::string(column);
    };
    auto result = run(fmt::format("SELECT {}::INT, v, note, {}::INT, {}::INT, is_current FROM {}", followed.view ? "rid" : "id",
                                  place("valid_from"), place("valid_to"), followed.name));
    for (size_t i = 0; i < result.row_count(); ++i) {
      const auto& rows = *result.rows;
      auto number = [&](size_t column) {
        return rows.is_null(i, column) ? Number() : Number(std::stoll(rows.text(i, column)));
      };
      auto text = [&](size_t column) { return rows.is_null(i, column) ? Text() : Text(rows.string(i, column)); };
      found[number(0)].push_back({text(1), text(2), number(3), number(4), rows.boolean(i, 5)});
    }
    for (auto& [key, versions] : found) std::ranges::sort(versions);
    if (found == expected) return;
    std::string difference;
    for (const auto& [key, versions] : expected)
      if (found[key] != versions) difference += fmt::format("key {}: expected\n{}", literal_of(key), shown(versions));
    for (const auto& [key, versions] : found)
      if (expected[key] != versions) difference += fmt::format("key {}: found\n{}", literal_of(key), shown(versions));
    ADD_FAILURE() << followed.name << "\n" << difference << trace_;
  }

  FakeClock& clock_;
  Random random_;
  const std::string folder_;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<DerivedTables> histories_;
  std::unique_ptr<Session> session_;
  std::vector<Followed> followed_ = {
      {"by_commit", "KEYS (id) TRACK (v)", true},
      {"by_sequence", "KEYS (id) SEQUENCE BY n TRACK (v)"},
      {"with_deletes", "KEYS (id) SEQUENCE BY n TRACK (v) DELETE WHEN v = 'D'", false, true},
      {"appended", "KEYS (id) SEQUENCE BY n TRACK (v) APPEND_ONLY = TRUE", false, false, true},
      {"of_view", "KEYS (rid) TRACK (v)", true, false, false, true},
  };
  Rows rows_;
  std::vector<Row> inserted_;
  std::set<int64_t> updated_; // in the transaction
  int64_t next_ = 1;
  int64_t next_arrival_ = 1;
  std::string trace_;
};

TEST(HistoryTable, IsWhatEveryCommittedEventMakesItInWhateverOrderTheyArrive) {
  const auto seed = from_environment("FRESHET_RANDOM_SEED", 1);
  const auto programs = from_environment("FRESHET_RANDOM_HISTORIES", 20);
  for (uint64_t i = 0; i < programs && !HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("seed {}", seed + i));
    FakeClock clock;
    Program(clock, seed + i, "").go();
  }
}

TEST(HistoryTable, GoesOnAfterARestartWhereItWas) {
  const auto seed = from_environment("FRESHET_RANDOM_SEED", 1000);
  for (uint64_t i = 0; i < 4 && !HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("seed {}", seed + i));
    const auto folder = std::filesystem::temp_directory_path() / ("history_tables_" + random_secret_hex(8));
    FakeClock clock;
    Program(clock, seed + i, folder).go();
    std::filesystem::remove_all(folder);
  }
}

} // namespace
} // namespace freshet::warehouse
