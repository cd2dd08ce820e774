#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/worker.h"
#include "queue/event_queue.h"
#include "warehouse/external/file_follower.h"
#include "warehouse/file_transfers.h"
#include "warehouse/load/file_loader.h"
#include "warehouse/load/pipe.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/warehouse.h"

namespace freshet::warehouse {

struct LoadServiceOptions {
  BucketResolver resolve;
  objects::ObjectStore* internal_stages = nullptr; // keeps their files; null: there are no internal stages
  /// The queue of that name, made when there is none; it lives as long as the service.
  std::function<Result<queue::EventQueue*>(const std::string& name)> queue;
  /// An address under which anybody can read an object for so long; null: nothing serves objects.
  std::function<Result<std::string>(const std::string& bucket, const std::string& key, std::chrono::seconds validity)> presign =
      {};
  Path temporary_directory; // emptied at start
  bool threads = true;      // false: tests call `step`
  PipeTuning tuning;
};

/// Stages, COPY and pipes of one warehouse: what their statements and functions need, and the pipes' threads.
///
/// Life cycle: `start` after the warehouse is open: creates the load history, attaches itself, registers SYSTEM$PIPE_STATUS,
/// COPY_HISTORY, VALIDATE_PIPE_LOAD and queries of staged files, and starts every pipe that the catalog knows. Destroy before
/// the warehouse: running batches come to their end. Concurrency: all functions may be called from any thread.
class LoadService {
 public:
  static Result<std::unique_ptr<LoadService>> start(Warehouse& warehouse, FileSystem& files, LoadServiceOptions options);
  ~LoadService();
  LoadService(const LoadService&) = delete;
  LoadService& operator=(const LoadService&) = delete;

  const BucketResolver& resolver() const { return options_.resolve; }
  objects::ObjectStore* internal_stages() const { return options_.internal_stages; }
  const auto& presigner() const { return options_.presign; }
  FileTransfers& transfers() { return transfers_; }
  FileSystem& files() { return files_; }
  const Path& temporary_directory() const { return options_.temporary_directory; }

  /// The COPY that a session ran last: VALIDATE's '_last'. Empty when none is known.
  void note_copy(const std::string& session, const std::string& query_id);
  std::string last_copy(const std::string& session);

  /// Makes the queue of a pipe (or of what refreshes itself) and has the bucket tell it about such events; gives the queue's
  /// ARN. Doing it again changes nothing.
  Result<std::string> subscribe(ObjectId pipe, const StageSource& source,
                                const std::vector<std::string>& events = {"s3:ObjectCreated:*"});
  /// The same for a directory table or an external table with AUTO_REFRESH = TRUE. A bucket that sends no events to us is left
  /// alone: then only REFRESH refreshes.
  void follow(ObjectId object, const StageSource& source);
  /// The ARN of the queue that it follows.
  std::optional<std::string> channel(ObjectId object);
  /// Null when there is no such pipe (or it is not started yet).
  std::shared_ptr<PipeWorker> pipe(ObjectId id);
  /// Starts new pipes and stops dropped ones. Called by itself whenever the catalog changes.
  void reconcile();
  /// One step of every pipe, in the calling thread: for tests without threads. False when nothing was to do.
  bool step();
  /// True when no event waits in any running pipe's queue and none is being loaded.
  Result<bool> idle();

  /// Staged files as FROM @stage shows them: "$1", "$2", …, METADATA$FILENAME, …; read now, kept until some dozens of later
  /// queries have been asked. Errors: what is wrong with a file, as COPY says it.
  struct StagedRows {
    std::string relation;
    size_t fields = 0;
  };
  SqlResult<StagedRows> staged_rows(StatementContext& context, const StageSource& source, const StagedFormat& format,
                                    const std::vector<objects::ObjectInfo>& files);

  /// For the time of one `print`: what the stage in the statement's FROM is.
  class StagedRelation {
   public:
    StagedRelation(LoadService& service, StatementContext& context, std::string relation);
    ~StagedRelation();
    StagedRelation(const StagedRelation&) = delete;
    StagedRelation& operator=(const StagedRelation&) = delete;

   private:
    LoadService& service_;
    StatementContext* context_;
  };

 private:
  struct RunningPipe {
    std::shared_ptr<PipeWorker> pipe;
    std::unique_ptr<Worker> worker;
  };
  struct RunningFollower {
    std::shared_ptr<FileFollower> follower;
    std::unique_ptr<Worker> worker;
  };
  /// Files that a query reads: kept until some dozens of others have been asked since.
  struct QueriedFiles {
    std::string query_id;
    std::vector<std::unique_ptr<FileLoader>> loaders;
  };

  LoadService(Warehouse& warehouse, FileSystem& files, LoadServiceOptions options);
  Result<void> open();
  void register_functions();
  SqlResult<std::string> stage_relation(StatementContext& context, const sql::StageTable& table);
  SqlResult<size_t> most_fields(const LoadPlan& plan, const std::vector<objects::ObjectInfo>& files,
                                const std::string& query_id);
  void unsubscribe(ObjectId pipe);
  std::vector<ObjectId> orphaned_subscriptions();
  void sweep_stages();
  Result<RunningPipe> start_pipe(const Object& object);
  void reconcile_followers();
  Result<RunningFollower> start_follower(const Object& object);

  Warehouse& warehouse_;
  FileSystem& files_;
  LoadServiceOptions options_;
  std::mutex mutex_;
  std::map<ObjectId, RunningPipe> pipes_;
  std::map<ObjectId, RunningFollower> followers_;
  std::map<ObjectId, std::string> subscriptions_; // pipe → bucket
  std::map<StatementContext*, std::string> staged_;
  std::deque<QueriedFiles> queried_;
  FileTransfers transfers_;
  std::map<std::string, std::string> last_copies_; // session → query id
  std::mutex reconcile_mutex_;
  std::mutex subscribe_mutex_;
  int listener_ = 0;
  std::unique_ptr<Worker> reconciler_;
};

/// The warehouse's load service, or the error that there is none.
SqlResult<LoadService*> load_service(StatementContext& context);

} // namespace freshet::warehouse
