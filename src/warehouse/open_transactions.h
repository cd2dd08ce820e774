#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "warehouse/rows/point.h"

namespace freshet::warehouse {

class Session;

/// The explicit transactions that are open now, of all sessions: for SHOW TRANSACTIONS, SYSTEM$ABORT_TRANSACTION and for what
/// prunes history, which each of them may still look back to from its start. And the last thousand that have ended, those of
/// single statements included: for DESCRIBE TRANSACTION.
///
/// Concurrency: any thread; a session takes its transaction out before it ends. Nothing is durable.
class OpenTransactions {
 public:
  struct Entry {
    std::string id = {};
    std::string name = {};
    std::string user = {};
    std::string session_id = {};
    TimePoint started = {};
    Point start = {}; // or before: the offsets of the streams that it has read
    Session* session = nullptr;
  };

  struct Ended {
    Entry transaction;
    bool committed = false;
    TimePoint at;
  };

  void add(Entry entry);
  /// It ends now, one way or the other: the caller says later which.
  Entry remove(const std::string& id);
  void ended(Ended ended);
  std::optional<Ended> find_ended(const std::string& id) const;
  /// The transaction has read a stream from there on.
  void looks_back(const std::string& id, const Point& from);
  /// In order of their start.
  std::vector<Entry> all() const;
  /// Rolls it back: at once when its session is idle, else the running statement is cancelled and then ends it. False when
  /// there is no such transaction.
  bool abort(const std::string& id);
  /// LAST_TRANSACTION(): empty when there was none.
  std::string last_of(const std::string& session_id) const;
  void forget(const std::string& session_id);
  /// What the oldest of them can see.
  std::optional<Point> oldest() const;

 private:
  mutable std::recursive_mutex mutex_; // an abort ends the transaction, which takes itself out
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> last_; // by session
  std::deque<Ended> ended_;
};

} // namespace freshet::warehouse
