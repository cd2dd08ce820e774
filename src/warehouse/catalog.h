#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "warehouse/catalog_objects.h"

namespace freshet::engine {
class Connection;
}

namespace freshet::warehouse {

/// What one DDL statement changes in the catalog: written within its transaction, published after the commit.
class CatalogChange {
 public:
  void put(Object object); // creates it, or replaces the one of the same id
  void erase(ObjectId id);

  bool empty() const { return puts_.empty() && erased_.empty(); }
  const std::vector<ObjectPointer>& puts() const { return puts_; }
  const std::vector<ObjectId>& erased() const { return erased_; }

 private:
  std::vector<ObjectPointer> puts_;
  std::vector<ObjectId> erased_;
};

/// Every database, schema, table, view, stream, …: names to definitions.
///
/// The authority is in memory; each object is one row (id, kind, name, JSON definition) of FRESHET.OBJECT, written in the same
/// engine transaction as the DDL's physical effects and loaded once at start.
/// Concurrency: all functions may be called from any thread. Readers get immutable objects; writers hold `changing()` from
/// their first look until `publish`, so DDL statements run one after another and never beside a look-up's half-changed state.
/// Complexity: look-ups by id are O(1), by name O(log n); lists are O(what they give).
class Catalog {
 public:
  ObjectPointer find(ObjectId id) const;
  /// Tables, views and streams share one name space, the other kinds have their own. Null when there is none. A temporary
  /// object of `session` hides a permanent one of its name.
  ObjectPointer find(ObjectKind kind, ObjectId parent, std::string_view name, std::string_view session = {}) const;
  /// The table, view or stream of that name.
  ObjectPointer find_relation(ObjectId schema, std::string_view name, std::string_view session = {}) const;
  /// The temporary object alone, and for tables, views and streams of any of these kinds.
  ObjectPointer find_temporary(ObjectKind kind, ObjectId parent, std::string_view name, std::string_view session) const;
  /// All temporary objects of a session; of all sessions when it is empty.
  std::vector<ObjectPointer> temporary(std::string_view session) const;
  /// Recorded objects and policies: each type has its own name space.
  ObjectPointer find_typed(ObjectKind kind, ObjectId parent, std::string_view type, std::string_view name) const;
  /// All procedures (or functions) of that name.
  std::vector<ObjectPointer> find_routines(ObjectKind kind, ObjectId schema, std::string_view name) const;

  /// The one of them with arguments of the same types.
  ObjectPointer find_overload(ObjectKind kind, ObjectId schema, std::string_view name,
                              const std::vector<RoutineArgument>& arguments) const;

  /// In order of name: permanent objects and the temporary ones of `session`, if any.
  std::vector<ObjectPointer> children(ObjectId parent, ObjectKind kind, std::string_view session = {}) const;
  /// Those of every session.
  std::vector<ObjectPointer> all_children(ObjectId parent, ObjectKind kind) const;
  /// In order of name and id.
  std::vector<ObjectPointer> all(ObjectKind kind) const;

  /// DB.SCHEMA.NAME, parts quoted where their spelling needs it.
  std::string full_name(const Object& object) const;

  /// Grows with every published change: what was derived from the catalog may be kept as long as it stays the same.
  uint64_t version() const { return version_.load(); }

  ObjectId new_id() { return next_id_.fetch_add(1); }

  [[nodiscard]] std::unique_lock<std::mutex> changing() { return std::unique_lock(change_mutex_); }
  Result<void> write(engine::Connection& transaction, const CatalogChange& change);
  void publish(const CatalogChange& change);

  /// Creates FRESHET.OBJECT when it is missing and reads it.
  Result<void> load(engine::Connection& connection);

 private:
  struct Key {
    ObjectId parent;
    int name_space; // kinds of one name space stand together: a list is a range
    std::string name;
  };
  struct KeyView {
    ObjectId parent;
    int name_space;
    std::string_view name;
  };
  struct KeyLess {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      if (a.parent != b.parent) return a.parent < b.parent;
      if (a.name_space != b.name_space) return a.name_space < b.name_space;
      return std::string_view(a.name) < std::string_view(b.name);
    }
  };
  struct NameLess {
    bool operator()(const ObjectPointer& a, const ObjectPointer& b) const {
      return a->name != b->name ? a->name < b->name : a->id < b->id;
    }
  };
  static Key key_of(const Object& object);
  ObjectPointer named(ObjectId parent, int name_space, std::string_view name) const;
  void insert(ObjectPointer object);
  void remove(ObjectId id);

  mutable std::shared_mutex mutex_;
  std::unordered_map<ObjectId, ObjectPointer> by_id_;
  std::map<Key, ObjectPointer, KeyLess> by_name_;
  std::map<ObjectKind, std::set<ObjectPointer, NameLess>> by_kind_;
  std::map<ObjectId, ObjectPointer> temporary_; // few
  std::mutex change_mutex_;
  std::atomic<ObjectId> next_id_ = 1;
  std::atomic<uint64_t> version_ = 1;
};

} // namespace freshet::warehouse
