#include "http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace freshet::http {
namespace {

struct CloseEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void append(HeaderList& list, const std::string& line) {
  list.reset(curl_slist_append(list.release(), line.c_str()));
}

/// One exchange while libcurl runs it.
struct Exchange {
  const ClientRequest& request;
  uint64_t body_bytes_max;
  uint64_t sent = 0;
  std::unique_ptr<ReadableFile> upload;
  std::unique_ptr<WritableFile> download;
  FileSystem& files;
  Response response;
  std::optional<Error> failure; // of ours, while libcurl only knows that a callback gave up

  uint64_t upload_size() const { return request.file ? request.file->length : request.body.size(); }
};

size_t on_read(char* target, size_t, size_t room, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const uint64_t count = std::min<uint64_t>(room, exchange.upload_size() - exchange.sent);
  if (exchange.upload) {
    auto bytes = exchange.upload->read(exchange.request.file->offset + exchange.sent, count);
    if (!bytes || bytes->size() != count) {
      exchange.failure = bytes
                             ? Error{ErrorKind::io, exchange.request.file->path.string() + " became shorter while it was sent"}
                             : std::move(bytes).error();
      return CURL_READFUNC_ABORT;
    }
    std::memcpy(target, bytes->data(), count);
  } else {
    std::memcpy(target, exchange.request.body.data() + exchange.sent, count);
  }
  exchange.sent += count;
  return count;
}

int on_seek(void* context, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(context)->sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

size_t on_header(char* data, size_t, size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  std::string_view line{data, size};
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) { // a new answer: what came before was an interim one
    exchange.response.headers = {};
    const size_t space = line.find(' ');
    exchange.response.status = space == std::string_view::npos ? 0 : static_cast<unsigned>(std::atoi(line.data() + space + 1));
    return size;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  exchange.response.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return size;
}

size_t on_body(char* data, size_t, size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view bytes{data, size};
  if (exchange.request.download_to && exchange.response.status / 100 == 2) {
    if (!exchange.download) {
      auto created = exchange.files.create(*exchange.request.download_to);
      if (!created) {
        exchange.failure = std::move(created).error();
        return 0;
      }
      exchange.download = std::move(*created);
    }
    if (auto written = exchange.download->append(bytes); !written) {
      exchange.failure = std::move(written).error();
      return 0;
    }
    return size;
  }
  if (exchange.response.body.size() + size > exchange.body_bytes_max) {
    exchange.failure = Error{ErrorKind::unavailable, fmt::format("the answer of {} is larger than {} bytes",
                                                                 exchange.request.url, exchange.body_bytes_max)};
    return 0;
  }
  exchange.response.body.append(bytes);
  return size;
}

/// The one place that knows libcurl's error codes.
Error translate(CURLcode code, const char* detail, const ClientRequest& request) {
  ErrorKind kind = ErrorKind::unavailable;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      kind = ErrorKind::timed_out;
      break;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      kind = ErrorKind::invalid_argument;
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      kind = ErrorKind::permission_denied;
      break;
    default:
      break;
  }
  return {kind, fmt::format("{} {}: {}", request.method, request.url, *detail ? detail : curl_easy_strerror(code))};
}

bool is_loopback(const std::string& url) {
  const size_t host = url.find("://");
  if (host == std::string::npos) return false;
  const std::string_view rest = std::string_view(url).substr(host + 3);
  return rest.starts_with("127.") || rest.starts_with("localhost") || rest.starts_with("[::1]");
}

} // namespace

class Client::Core {
 public:
  Core(FileSystem& files, ClientOptions options) : files_(files), options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
  }

  Result<Response> send(const ClientRequest& request) {
    Exchange exchange{request, options_.body_bytes_max, 0, nullptr, nullptr, files_, {}, {}};
    if (request.file) exchange.upload = TRY(files_.open(request.file->path));
    Easy easy = take();
    curl_easy_reset(easy.get()); // keeps the connection
    char detail[CURL_ERROR_SIZE] = "";
    const HeaderList headers = prepare(easy.get(), exchange);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, detail);
    const CURLcode code = curl_easy_perform(easy.get());
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, nullptr);
    give_back(std::move(easy));
    if (exchange.failure) return std::unexpected(std::move(*exchange.failure));
    if (code != CURLE_OK) return std::unexpected(translate(code, detail, request));
    if (request.download_to && exchange.response.status / 100 == 2 && !exchange.download)
      TRY(files_.create(*request.download_to));
    return std::move(exchange.response);
  }

 private:
  HeaderList prepare(CURL* easy, Exchange& exchange) {
    const ClientRequest& request = exchange.request;
    curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (is_loopback(request.url)) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);

    HeaderList headers;
    append(headers, "Expect:");
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (exchange.upload_size() > 0 || request.method == "PUT") {
      curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(exchange.upload_size()));
    } else if (request.method == "POST") {
      append(headers, "Content-Length: 0");
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method == "HEAD" ? nullptr : request.method.c_str());
    for (const auto& [name, value] : request.headers) append(headers, value.empty() ? name + ";" : name + ": " + value);
    return headers;
  }

  static long milliseconds(Duration time) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  }

  Easy take() {
    std::lock_guard guard(mutex_);
    if (idle_.empty()) return Easy{curl_easy_init()};
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }

  void give_back(Easy easy) {
    std::lock_guard guard(mutex_);
    if (idle_.size() < options_.idle_connections_max) idle_.push_back(std::move(easy));
  }

  FileSystem& files_;
  const ClientOptions options_;
  std::mutex mutex_;
  std::vector<Easy> idle_;
};

Client::Client(FileSystem& files, ClientOptions options) : core_(std::make_unique<Core>(files, std::move(options))) {}

Client::~Client() = default;

Result<Response> Client::send(const ClientRequest& request) {
  return core_->send(request);
}

} // namespace freshet::http
