#pragma once

#include <memory>

namespace rocksdb {
class DB;
class Logger;
class Status;
class WriteBatch;
struct WriteOptions;
}  // namespace rocksdb

namespace freshet::store {

/// RocksDB's warnings in our log. Its own log file is none of ours to keep, and once a full disk has refused a line of it, the next
/// one aborts the process.
std::shared_ptr<rocksdb::Logger> rocksdb_log();

/// After a full disk RocksDB refuses writes until it is told to go on. The batch is the same, so writing it again is harmless.
rocksdb::Status write(rocksdb::DB& database, const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch);

}  // namespace freshet::store
