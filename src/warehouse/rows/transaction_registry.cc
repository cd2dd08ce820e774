#include "warehouse/rows/transaction_registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include "warehouse/rows/versioned_table.h"

namespace freshet::warehouse {
namespace {

constexpr int64_t k_rows_per_number = int64_t{1} << k_sequence_bits;

enum class State { open, committed, aborted };

/// What a transaction's versions carry, and where its row ids come from.
struct Writing {
  int64_t current;              // begins and ends versions
  int64_t row_number;           // in the upper bits of the next id: `current`, or a later one when that was used up
  int64_t row_ids_used = 0;     // ids given out under `row_number`
  std::vector<int64_t> numbers; // all numbers of this transaction
  bool has_written = false;     // under `current`
  bool wants_further = false;   // before the next write: there is a mark
};

} // namespace

struct WriteNumber::Shared {
  explicit Shared(Clock& injected) : clock(injected) {}

  int64_t take_number() {
    recent[next] = State::open;
    return next++;
  }
  void end(int64_t number, State state);
  bool fill_row_ids(int64_t number, int64_t* ids, size_t count);

  Clock& clock;
  std::mutex mutex;
  int64_t next = 1;
  uint64_t commits = 0;
  std::map<int64_t, State> recent; // every number above the floor
  Floor floor;
  TimePoint last_commit;
  std::map<int64_t, Writing> writing;
  std::unordered_map<std::string, bool> all_live; // since the start; false from before the first version is ended
};

void WriteNumber::Shared::end(int64_t number, State state) {
  std::lock_guard lock(mutex);
  if (state == State::committed) ++commits;
  auto node = writing.extract(number);
  for (int64_t each : node.mapped().numbers) recent[each] = state;
  while (!recent.empty() && recent.begin()->second != State::open) {
    floor.ended = recent.begin()->first;
    if (recent.begin()->second == State::committed) floor.committed = floor.ended;
    recent.erase(recent.begin());
  }
}

bool WriteNumber::Shared::fill_row_ids(int64_t number, int64_t* ids, size_t count) {
  std::lock_guard lock(mutex);
  auto found = writing.find(number);
  if (found == writing.end()) return false;
  Writing& source = found->second;
  for (size_t i = 0; i < count; ++i) {
    if (source.row_ids_used == k_rows_per_number) {
      source.row_number = take_number();
      source.numbers.push_back(source.row_number);
      source.row_ids_used = 0;
    }
    ids[i] = source.row_number << k_sequence_bits | source.row_ids_used++;
  }
  return true;
}

WriteNumber::~WriteNumber() {
  if (value_ != 0) shared_->end(value_, State::aborted);
}
WriteNumber::WriteNumber(WriteNumber&& other) noexcept
    : shared_(std::move(other.shared_)), value_(std::exchange(other.value_, 0)) {}
WriteNumber& WriteNumber::operator=(WriteNumber&& other) noexcept {
  std::swap(shared_, other.shared_);
  std::swap(value_, other.value_);
  return *this;
}

int64_t WriteNumber::current() const {
  std::lock_guard lock(shared_->mutex);
  auto& writing = shared_->writing.at(value_);
  if (!writing.wants_further) return writing.current;
  writing.current = writing.row_number = writing.numbers.emplace_back(shared_->take_number());
  writing.row_ids_used = 0;
  writing.has_written = writing.wants_further = false;
  return writing.current;
}

WriteNumber::Mark WriteNumber::mark(bool new_rows_only) const {
  std::lock_guard lock(shared_->mutex);
  auto& writing = shared_->writing.at(value_);
  Mark mark{writing.numbers.size(), writing.current,     writing.row_number,
            writing.row_ids_used,   writing.has_written, writing.wants_further};
  if (!new_rows_only) writing.wants_further = true;
  return mark;
}

WriteNumber::Since WriteNumber::since(const Mark& mark) const {
  std::lock_guard lock(shared_->mutex);
  const auto& writing = shared_->writing.at(value_);
  Since since;
  since.numbers.assign(writing.numbers.begin() + static_cast<ptrdiff_t>(mark.numbers), writing.numbers.end());
  since.row_number = mark.row_number;
  since.first_row = mark.row_number << k_sequence_bits | mark.row_ids_used;
  since.empty = since.numbers.empty() && writing.row_number == mark.row_number && writing.row_ids_used == mark.row_ids_used;
  return since;
}

void WriteNumber::return_to(const Mark& mark) const {
  std::lock_guard lock(shared_->mutex);
  auto& writing = shared_->writing.at(value_);
  for (size_t i = mark.numbers; i < writing.numbers.size(); ++i) shared_->recent[writing.numbers[i]] = State::aborted;
  writing.numbers.resize(mark.numbers);
  writing.current = mark.current;
  writing.row_number = mark.row_number;
  writing.row_ids_used = mark.row_ids_used;
  writing.has_written = mark.has_written;
  writing.wants_further = mark.wants_further;
}

std::vector<int64_t> WriteNumber::numbers() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->writing.at(value_).numbers;
}

int64_t WriteNumber::take_further() const {
  std::lock_guard lock(shared_->mutex);
  auto& numbers = shared_->writing.at(value_).numbers;
  return numbers.emplace_back(shared_->take_number());
}

bool WriteNumber::has_written() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->writing.at(value_).has_written;
}
void WriteNumber::note_write() const {
  std::lock_guard lock(shared_->mutex);
  shared_->writing.at(value_).has_written = true;
}

void WriteNumber::note_ending(const std::string& table) const {
  std::lock_guard lock(shared_->mutex);
  shared_->all_live[table] = false;
}

engine::Result<TimePoint> WriteNumber::seal(engine::Connection& connection) {
  std::string sql = "INSERT INTO freshet.commits VALUES ";
  TimePoint time;
  {
    std::lock_guard lock(shared_->mutex);
    // Strictly increasing, whatever the clock does: commit times are an order of the commits.
    time = shared_->last_commit = std::max(shared_->clock.now(), shared_->last_commit + Duration{1});
    const char* separator = "";
    for (int64_t number : shared_->writing.at(value_).numbers) {
      sql += fmt::format("{}({}, make_timestamp({}))", separator, number, time.time_since_epoch().count());
      separator = ", ";
    }
  }
  TRY(connection.query(sql));
  return time;
}

void WriteNumber::committed() {
  shared_->end(std::exchange(value_, 0), State::committed);
}

engine::Result<std::unique_ptr<TransactionRegistry>> TransactionRegistry::open(engine::Database& database, Clock& clock) {
  auto connection = TRY(database.connect());
  TRY(connection->query("CREATE SCHEMA IF NOT EXISTS freshet"));
  TRY(connection->query(
      "CREATE TABLE IF NOT EXISTS freshet.commits (number BIGINT NOT NULL, committed_at TIMESTAMP NOT NULL)"));
  auto last = TRY(connection->query(
      "SELECT coalesce(max(number), 0), coalesce(max(committed_at), make_timestamp(0)) FROM freshet.commits"));
  auto shared = std::make_shared<WriteNumber::Shared>(clock);
  shared->floor = {last.integer(0, 0), last.integer(0, 0)};
  shared->next = shared->floor.ended + 1;
  shared->last_commit = TimePoint{Duration{last.integer(0, 1)}};

  engine::ScalarFunction row_id{
      "freshet_row_id",
      {{engine::TypeId::bigint}},
      {},
      {engine::TypeId::bigint},
      true,
      false,
      [shared](const engine::Chunk& arguments, engine::ResultVector& result) -> std::expected<void, std::string> {
        if (arguments.size() == 0) return {};
        if (shared->fill_row_ids(arguments[0].integer(0), result.data<int64_t>(), arguments.size())) return {};
        return std::unexpected("a row id was wanted outside of a writing transaction");
      }};
  TRY(database.register_functions({std::move(row_id)}));
  return std::unique_ptr<TransactionRegistry>(new TransactionRegistry(std::move(shared)));
}

TransactionRegistry::~TransactionRegistry() = default;

WriteNumber TransactionRegistry::begin_write() {
  std::lock_guard lock(shared_->mutex);
  int64_t number = shared_->take_number();
  shared_->writing[number] = {.current = number, .row_number = number, .numbers = {number}};
  return WriteNumber(shared_, number);
}

uint64_t TransactionRegistry::commit_count() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->commits;
}

Floor TransactionRegistry::floor() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->floor;
}

namespace {

/// The point that consists of `floor` and the commit rows above it, which are sorted.
Point point_of(Floor floor, const engine::Rows& commits) {
  Point point;
  point.high = floor.committed;
  int64_t expected = floor.ended + 1;
  for (const auto& chunk : commits.chunks()) {
    for (size_t i = 0; i < chunk.size(); ++i) {
      point.high = chunk[0].integer(i);
      for (; expected < point.high; ++expected) point.exceptions.push_back(expected);
      ++expected;
    }
  }
  return point;
}

} // namespace

engine::Result<Point> TransactionRegistry::point(engine::Connection& connection, Floor floor_before_begin) const {
  auto commits = TRY(connection.query(
      fmt::format("SELECT number FROM freshet.commits WHERE number > {} ORDER BY number", floor_before_begin.ended)));
  Point point = point_of(floor_before_begin, commits);
  std::lock_guard lock(shared_->mutex);
  std::erase_if(point.exceptions, [&](int64_t number) {
    auto found = shared_->recent.find(number);
    return found != shared_->recent.end() && found->second == State::aborted;
  });
  return point;
}

engine::Result<Point> TransactionRegistry::point_at(engine::Connection& connection, Floor floor_before_begin, TimePoint time,
                                                    bool inclusive) const {
  Point now = TRY(point(connection, floor_before_begin));
  auto late = TRY(connection.query(
      fmt::format("SELECT number FROM freshet.commits WHERE committed_at {} make_timestamp({}) ORDER BY number",
                  inclusive ? ">" : ">=", time.time_since_epoch().count())));
  if (late.empty()) return now;
  for (const auto& chunk : late.chunks())
    for (size_t i = 0; i < chunk.size(); ++i) now.exceptions.push_back(chunk[0].integer(i));
  std::sort(now.exceptions.begin(), now.exceptions.end());
  // The top of the point comes down over the late ones, which are normally its whole upper part.
  while (!now.exceptions.empty() && now.exceptions.back() == now.high) {
    now.exceptions.pop_back();
    --now.high;
  }
  return now;
}

engine::Result<std::optional<TimePoint>> TransactionRegistry::commit_time(engine::Connection& connection,
                                                                          int64_t number) const {
  auto rows = TRY(connection.query(fmt::format("SELECT committed_at FROM freshet.commits WHERE number = {}", number)));
  if (rows.empty()) return std::nullopt;
  return TimePoint{Duration{rows.integer(0, 0)}};
}

engine::Result<bool> TransactionRegistry::all_live(engine::Connection& connection, const std::string& table) const {
  {
    std::lock_guard lock(shared_->mutex);
    if (const auto known = shared_->all_live.find(table); known != shared_->all_live.end()) return known->second;
  }
  const auto ended = TRY(connection.query(fmt::format("SELECT EXISTS (SELECT 1 FROM {} WHERE {} IS NOT NULL)", table, k_end)));
  // Nobody had begun to end versions when the look began: none that this snapshot lacks is committed. Who begins now says so.
  std::lock_guard lock(shared_->mutex);
  return shared_->all_live.emplace(table, !ended.boolean(0, 0)).first->second;
}

engine::Result<Point> TransactionRegistry::compact(engine::Connection& connection, Floor floor_before_begin,
                                                   Point point) const {
  if (point.exceptions.empty()) return point;
  auto committed =
      TRY(connection.query(fmt::format("SELECT number FROM freshet.commits WHERE number BETWEEN {} AND {} ORDER BY number",
                                       point.exceptions.front(), point.exceptions.back())));
  std::vector<int64_t> numbers;
  for (size_t i = 0; i < committed.size(); ++i) numbers.push_back(committed.integer(i, 0));
  std::erase_if(point.exceptions, [&](int64_t number) {
    return number <= floor_before_begin.ended && !std::binary_search(numbers.begin(), numbers.end(), number);
  });
  return point;
}

} // namespace freshet::warehouse
