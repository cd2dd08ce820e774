#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "http/message.h"

namespace freshet::http {

/// Answers one request. Runs on one of the server's handler threads and may block; several run at the same time. What it throws
/// becomes a logged 500.
using Handler = std::function<Response(const Request&)>;

struct ServerOptions {
  std::string name = "http"; // in log lines
  std::string address = "127.0.0.1";
  uint16_t port = 0; // 0: any free one
  size_t handler_threads = 16;
  size_t handler_queue_max = 256; // requests that wait for a handler thread; beyond them 503
  size_t connections_max = 2048;  // beyond them a connection is closed as soon as it is accepted
  uint32_t header_bytes_max = 64 * 1024;
  uint64_t body_memory_max = 1024 * 1024;                        // larger bodies are spooled to a file
  uint64_t body_bytes_max = 5ull << 30;                          // larger ones get 413
  Path spool_directory = std::filesystem::temp_directory_path(); // created when missing
  Duration idle_time = std::chrono::seconds(75);                 // how long a connection may say nothing
  Duration drain_time = std::chrono::seconds(10); // how long `stop` waits for running requests before it cuts connections
};

/// An HTTP/1.1 server: keep-alive, pipelined requests answered in turn, `Expect: 100-continue`, chunked request bodies.
///
/// Life cycle: `start` binds and listens; `stop` (or the destructor) accepts no more, closes idle connections, lets running
/// requests finish within drain_time, and waits for every handler to return (Request::stopping tells a long poll to hurry).
/// Concurrency: sockets are served by two threads that never run handlers; handlers run on `handler_threads` threads. A handler
/// may take long (a long poll, a slow query): it holds one handler thread and nobody else's, so as many slow requests may run
/// as there are handler threads; further ones wait in the queue (handler_queue_max), then get 503 with Retry-After. Size the
/// pool for the number of long polls expected. Limits: as in ServerOptions; memory is bounded by connections_max ×
/// body_memory_max.
class Server {
 public:
  /// Errors: invalid_argument (address), already_exists (port in use), permission_denied.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, FileSystem& files, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  /// `http://127.0.0.1:8080`
  std::string url() const;
  void stop();

 private:
  class Core;
  explicit Server(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

} // namespace freshet::http
