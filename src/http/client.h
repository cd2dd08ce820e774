#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/result.h"
#include "http/message.h"

namespace freshet::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url; // http or https, percent-encoded; sent as it is written here
  Headers headers{};
  std::string body{};
  std::optional<FileRange> file{}; // the body, in place of `body`
  std::optional<Path>
      download_to{}; // a 2xx answer's body is written there (created or truncated) and Response::body stays empty
  Duration timeout = std::chrono::minutes(5); // of the whole exchange
};

struct ClientOptions {
  Duration connect_timeout = std::chrono::seconds(10);
  uint64_t body_bytes_max = 256ull << 20; // of an answer held in memory; beyond: ErrorKind::unavailable
  size_t idle_connections_max = 8;        // kept open for the next request
  std::string user_agent = "freshet";
};

/// HTTP requests over libcurl. Keeps connections open for reuse; follows no redirects and never retries: callers know what may
/// be repeated. Every status is an answer, not an error. Concurrency: `send` may be called from any thread and blocks. Errors:
/// unavailable (no connection, broken off), timed_out, permission_denied (TLS certificate), invalid_argument (URL), and those
/// of the FileSystem for files.
class Client {
 public:
  explicit Client(FileSystem& files, ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Response> send(const ClientRequest& request);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

} // namespace freshet::http
