#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "http/client.h"
#include "sql/error.h"
#include "wire/result_table.h"

namespace freshet::wire {

struct ConnectOptions {
  std::string url = "http://127.0.0.1:8472";
  std::string account = "FRESHET";
  std::string user;
  std::string password;
  std::string role; // these four: empty for the default
  std::string warehouse;
  std::string database;
  std::string schema;
};

/// A session on a Freshet server, over the Snowflake client protocol.
///
/// Life cycle: `connect` logs in, `close` (or the destructor) logs out. A session token that ends is renewed on the way.
/// Concurrency: one thread. A statement that the connection broke off under is not sent again: whether it ran is not known.
class Client {
 public:
  static Result<std::unique_ptr<Client>> connect(FileSystem& files, ConnectOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// One statement. Waits as long as it takes. PUT and GET move files of this machine.
  sql::SqlResult<ResultTable> execute(std::string_view text);
  void close();

 private:
  Client(FileSystem& files, ConnectOptions options);
  struct Answer;

  Result<void> login();
  Result<void> renew();
  Result<Answer> send(std::string_view method, const std::string& path, const std::string& body, const std::string& token);
  Result<Answer> send_renewing(std::string_view method, const std::string& path, const std::string& body);
  sql::SqlResult<ResultTable> table_from_answer(const Answer& answer);

  FileSystem& files_;
  http::Client http_;
  const ConnectOptions options_;
  std::string token_;
  std::string master_token_;
  OutputFormats formats_;
};

} // namespace freshet::wire
