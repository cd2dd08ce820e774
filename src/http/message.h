#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::http {

/// Header fields in the order they came; names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of this name.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  /// The first field of this name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// The first field of this name, or `otherwise`.
  std::string get(std::string_view name, std::string_view otherwise = "") const;
  bool contains(std::string_view name) const { return find(name).has_value(); }

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

/// A file that is removed when its last owner lets go of it. An owner may rename or link it elsewhere first.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What a server was asked.
struct Request {
  std::string method;                                     // upper case
  std::string target;                                     // as sent: path and query, still percent-encoded
  std::string path;                                       // percent-decoded; no query
  std::vector<std::pair<std::string, std::string>> query; // decoded, in the order sent; "?acl" gives {"acl", ""}
  Headers headers{};
  std::string body;                         // empty when the body was spooled
  std::shared_ptr<TemporaryFile> body_file; // set when the body is larger than ServerOptions::body_memory_max
  uint64_t body_size = 0;                   // bytes, wherever they are
  std::string remote_address;               // "127.0.0.1"
  std::stop_token stopping;                 // asked to stop when the server stops: a long poll then answers early

  std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Part of a file as a body, read while it is sent. `owner` keeps the file alive until the last byte has left.
struct FileRange {
  std::filesystem::path path;
  uint64_t offset = 0; // bytes
  uint64_t length = 0; // bytes
  std::shared_ptr<const void> owner;
};

/// An answer. `file`, when set, is the body in place of `body`. Content-Length, Date and Connection are set by the server; an
/// answer to HEAD may carry its own Content-Length.
struct Response {
  unsigned status = 200;
  Headers headers{};
  std::string body{};
  std::optional<FileRange> file{};

  static Response text(unsigned status, std::string body, std::string content_type = "text/plain; charset=utf-8");
};

/// Decodes %XX; `plus_is_space` as in query strings and forms. A malformed escape stays as it is.
std::string percent_decode(std::string_view encoded, bool plus_is_space);
/// Encodes everything but A-Z a-z 0-9 - . _ ~ and, when `keep_slash`, "/": as AWS signs and as RFC 3986 calls unreserved.
std::string percent_encode(std::string_view text, bool keep_slash = false);
/// `a=1&b=%20&c` into decoded pairs; works for query strings and application/x-www-form-urlencoded bodies.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

} // namespace freshet::http
