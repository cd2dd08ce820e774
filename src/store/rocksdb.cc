#include "store/rocksdb.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/log.h"

namespace freshet::store {
namespace {

class Logger final : public rocksdb::Logger {
 public:
  Logger() : rocksdb::Logger(rocksdb::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 1024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    log::warn("store", "{}", text.data());
  }
  void LogHeader(const char*, va_list) override {}
};

}  // namespace

std::shared_ptr<rocksdb::Logger> rocksdb_log() { return std::make_shared<Logger>(); }

rocksdb::Status write(rocksdb::DB& database, const rocksdb::WriteOptions& how, rocksdb::WriteBatch& batch) {
  auto status = database.Write(how, &batch);
  if (!status.ok() && database.Resume().ok()) status = database.Write(how, &batch);
  return status;
}

}  // namespace freshet::store
