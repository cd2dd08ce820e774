#include "http/server.h"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "http/handler_pool.h"

namespace freshet::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::request_parser<beast::http::buffer_body>;

constexpr size_t k_chunk_bytes = 256 * 1024;

std::string http_date(std::time_t time) {
  char text[64];
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

Response plain(unsigned status, std::string_view message) {
  return Response::text(status, fmt::format("{}\n", message));
}

bool must_not_have_body(unsigned status) {
  return status < 200 || status == 204 || status == 304;
}

/// The status line and header of an answer, as they go over the wire.
std::string serialize_head(const Response& response, uint64_t body_size, bool head_request, bool keep_alive) {
  const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : response.headers) {
    if (name.find_first_of("\r\n:") != std::string::npos || value.find_first_of("\r\n") != std::string::npos) continue;
    head += fmt::format("{}: {}\r\n", name, value);
  }
  if (!must_not_have_body(response.status) && !(head_request && response.headers.contains("Content-Length"))) {
    head += fmt::format("Content-Length: {}\r\n", body_size);
  }
  head += fmt::format("Date: {}\r\nConnection: {}\r\n\r\n", http_date(std::time(nullptr)), keep_alive ? "keep-alive" : "close");
  return head;
}

} // namespace

class Server::Core {
 public:
  Core(ServerOptions options, FileSystem& files, Handler handler)
      : options_(std::move(options)),
        files_(files),
        handler_(std::move(handler)),
        acceptor_(asio::make_strand(context_)),
        pool_(options_.name, options_.handler_threads, options_.handler_queue_max) {}

  Result<void> listen() {
    error_code code;
    const auto address = asio::ip::make_address(options_.address, code);
    if (code) {
      return fail(ErrorKind::invalid_argument,
                  fmt::format("{}: '{}' is no IP address to listen on", options_.name, options_.address));
    }
    const tcp::endpoint endpoint{address, options_.port};
    acceptor_.open(endpoint.protocol(), code);
    if (!code) acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
    if (!code) acceptor_.bind(endpoint, code);
    if (!code) acceptor_.listen(1024, code);
    if (code) {
      const ErrorKind kind = code == asio::error::address_in_use  ? ErrorKind::already_exists
                             : code == asio::error::access_denied ? ErrorKind::permission_denied
                                                                  : ErrorKind::io;
      return fail(kind, fmt::format("{}: cannot listen on {} port {}: {}; choose another address or port", options_.name,
                                    options_.address, options_.port, code.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    if (auto made = files_.create_directories(options_.spool_directory); !made) return made;
    asio::co_spawn(acceptor_.get_executor(), accept_all(), asio::detached);
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context_.run(); });
    return {};
  }

  void stop() {
    {
      std::lock_guard guard(mutex_);
      if (std::exchange(stopping_, true)) return;
    }
    stop_source_.request_stop();
    asio::dispatch(acceptor_.get_executor(), [this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    cut_sessions(true);
    {
      std::unique_lock lock(mutex_);
      all_ended_.wait_for(lock, options_.drain_time, [this] { return sessions_.empty(); });
    }
    cut_sessions(false);
    pool_.stop();
    {
      // Cut sessions end as soon as their pending operation reports; every handler has returned by now.
      std::unique_lock lock(mutex_);
      all_ended_.wait_for(lock, std::chrono::seconds(5), [this] { return sessions_.empty(); });
    }
    guard_.reset();
    context_.stop();
    for (auto& thread : threads_) thread.join();
  }

  uint16_t port() const { return port_; }
  const ServerOptions& options() const { return options_; }

 private:
  struct Session {
    explicit Session(tcp::socket socket) : stream(std::move(socket)) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    std::string remote_address;
    std::atomic<bool> idle = true; // between two requests
  };

  // Cuts the idle ones, or all.
  void cut_sessions(bool idle_only) {
    std::lock_guard guard(mutex_);
    for (const auto& session : sessions_) {
      asio::dispatch(session->stream.get_executor(), [session, idle_only] {
        if (!idle_only || session->idle) session->stream.close();
      });
    }
  }

  bool stopping() {
    std::lock_guard guard(mutex_);
    return stopping_;
  }

  asio::awaitable<void> accept_all() {
    while (acceptor_.is_open()) {
      error_code code;
      auto socket =
          co_await acceptor_.async_accept(asio::make_strand(context_), asio::redirect_error(asio::use_awaitable, code));
      if (code == asio::error::operation_aborted || code == asio::error::bad_descriptor) break;
      if (code) { // out of descriptors: the listener stays, the next client tries again
        log::warn(options_.name, "cannot accept a connection: {}", code.message());
        asio::steady_timer pause(acceptor_.get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, code));
        continue;
      }
      begin_session(std::move(socket));
    }
  }

  void begin_session(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(std::move(socket));
    const auto remote = session->stream.socket().remote_endpoint(ignored);
    session->remote_address = remote.address().to_string();
    {
      std::lock_guard guard(mutex_);
      if (stopping_ || sessions_.size() >= options_.connections_max) return;
      sessions_.insert(session);
    }
    asio::co_spawn(session->stream.get_executor(), serve(session), [this, session](std::exception_ptr failure) {
      if (failure) log::debug(options_.name, "a connection from {} ended early", session->remote_address);
      session->stream.close();
      std::lock_guard guard(mutex_);
      sessions_.erase(session);
      if (sessions_.empty()) all_ended_.notify_all();
    });
  }

  asio::awaitable<void> serve(std::shared_ptr<Session> session) {
    bool keep_alive = true;
    bool unread = false;
    while (keep_alive && !stopping()) {
      session->idle = true;
      Parser parser;
      parser.header_limit(options_.header_bytes_max);
      parser.body_limit(options_.body_bytes_max);
      error_code code;
      session->stream.expires_after(options_.idle_time);
      co_await beast::http::async_read_header(session->stream, session->buffer, parser,
                                              asio::redirect_error(asio::use_awaitable, code));
      session->idle = false;
      Response response;
      Request request;
      if (code) {
        if (!explain(code, response)) co_return;
        keep_alive = false;
      } else {
        keep_alive = parser.keep_alive();
        describe(parser, *session, request);
        std::optional<Response> refused = co_await read_body(*session, parser, request);
        if (refused) {
          unread = true;
          keep_alive = false;
          response = std::move(*refused);
        } else {
          session->stream.expires_never();
          response = co_await run_handler(request);
        }
      }
      keep_alive = keep_alive && !stopping();
      co_await send(*session, response, request.method == "HEAD", keep_alive);
    }
    error_code ignored;
    session->stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (unread) co_await drain(*session);
  }

  // Reads what the client still sends for a moment, so that closing does not reset the connection before it has read our
  // answer.
  asio::awaitable<void> drain(Session& session) {
    std::vector<char> scrap(k_chunk_bytes);
    session.idle = true;
    session.stream.expires_after(std::chrono::seconds(2));
    for (error_code code; !code;) {
      co_await session.stream.async_read_some(asio::buffer(scrap), asio::redirect_error(asio::use_awaitable, code));
    }
  }

  // What the client is told of a request that cannot be read; false when there is nobody to tell.
  static bool explain(const error_code& code, Response& response) {
    using Problem = beast::http::error;
    if (code == Problem::header_limit)
      response = plain(431, "the header of the request is too large");
    else if (code == Problem::body_limit)
      response = plain(413, "the body of the request is too large");
    else if (code == Problem::end_of_stream || code.category() != make_error_code(Problem::bad_method).category())
      return false;
    else
      response = plain(400, fmt::format("not an HTTP/1.1 request: {}", code.message()));
    return true;
  }

  void describe(const Parser& parser, const Session& session, Request& request) {
    const auto& message = parser.get();
    const auto view = [](auto text) { return std::string(text.data(), text.size()); };
    request.method = view(message.method_string());
    request.target = view(message.target());
    const size_t question = request.target.find('?');
    request.path = percent_decode(std::string_view(request.target).substr(0, question), false);
    if (question != std::string::npos) request.query = parse_query(std::string_view(request.target).substr(question + 1));
    for (const auto& field : message) request.headers.add(view(field.name_string()), view(field.value()));
    request.remote_address = session.remote_address;
    request.stopping = stop_source_.get_token();
  }

  asio::awaitable<std::optional<Response>> read_body(Session& session, Parser& parser, Request& request) {
    const auto announced = parser.content_length();
    if (announced && *announced > options_.body_bytes_max) co_return plain(413, "the body of the request is too large");
    if (beast::iequals(parser.get()[beast::http::field::expect], "100-continue") && !parser.is_done()) {
      error_code code;
      static constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(session.stream, asio::buffer(k_continue), asio::redirect_error(asio::use_awaitable, code));
    }
    std::unique_ptr<WritableFile> spool;
    if (announced && *announced <= options_.body_memory_max) request.body.reserve(*announced);
    std::vector<char> chunk(announced ? std::min<uint64_t>(std::max<uint64_t>(*announced, 1), k_chunk_bytes) : k_chunk_bytes);
    while (!parser.is_done()) {
      parser.get().body().data = chunk.data();
      parser.get().body().size = chunk.size();
      error_code code;
      session.stream.expires_after(options_.idle_time);
      co_await beast::http::async_read(session.stream, session.buffer, parser, asio::redirect_error(asio::use_awaitable, code));
      if (code && code != beast::http::error::need_buffer) {
        Response response;
        if (explain(code, response)) co_return response;
        throw boost::system::system_error(code);
      }
      const std::string_view bytes{chunk.data(), chunk.size() - parser.get().body().size};
      if (auto kept = keep(bytes, request, spool); !kept) {
        log::error(options_.name, "a request's body could not be kept: {}", kept.error().message);
        co_return plain(kept.error().kind == ErrorKind::out_of_space ? 507 : 500, "the body could not be stored");
      }
    }
    co_return std::nullopt;
  }

  Result<void> keep(std::string_view bytes, Request& request, std::unique_ptr<WritableFile>& spool) {
    request.body_size += bytes.size();
    if (!spool && request.body_size <= options_.body_memory_max) {
      request.body.append(bytes);
      return {};
    }
    if (!spool) {
      const Path path = options_.spool_directory / fmt::format("body-{}", random_secret_hex(12));
      spool = TRY(files_.create(path));
      request.body_file = std::make_shared<TemporaryFile>(path);
      TRY(spool->append(request.body));
      request.body = {};
    }
    return spool->append(bytes);
  }

  // Completes on the session's strand once a handler thread has the answer.
  asio::awaitable<Response> run_handler(const Request& request) {
    const auto initiate = [this, &request](auto completion) {
      auto done = std::make_shared<decltype(completion)>(std::move(completion));
      const auto finish = [done](Response response) {
        const auto executor = asio::get_associated_executor(*done);
        asio::post(executor, [done, answer = std::move(response)]() mutable { std::move (*done)(std::move(answer)); });
      };
      if (!pool_.submit([this, &request, finish] { finish(answer(request)); })) {
        Response busy = plain(503, "the server is busy; try again in a moment");
        busy.headers.add("Retry-After", "1");
        finish(std::move(busy));
      }
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(initiate, asio::use_awaitable);
  }

  Response answer(const Request& request) {
    try {
      return handler_(request);
    } catch (const std::exception& bug) {
      log::error(options_.name, "this is a bug in Freshet: {} {}: {}", request.method, request.path, bug.what());
    } catch (...) {
      log::error(options_.name, "this is a bug in Freshet: {} {}: unknown exception", request.method, request.path);
    }
    return plain(500, "internal error");
  }

  asio::awaitable<void> send(Session& session, const Response& response, bool head_request, bool keep_alive) {
    const uint64_t size = response.file ? response.file->length : response.body.size();
    const std::string head = serialize_head(response, size, head_request, keep_alive);
    const bool bodiless = head_request || must_not_have_body(response.status);
    session.stream.expires_after(options_.idle_time);
    if (bodiless || response.file) {
      co_await asio::async_write(session.stream, asio::buffer(head), asio::use_awaitable);
      if (!bodiless) co_await send_file(session, *response.file);
      co_return;
    }
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(response.body)};
    co_await asio::async_write(session.stream, parts, asio::use_awaitable);
  }

  asio::awaitable<void> send_file(Session& session, const FileRange& range) {
    auto file = files_.open(range.path);
    if (!file) throw std::runtime_error(file.error().message);
    for (uint64_t sent = 0; sent < range.length;) {
      auto bytes = (*file)->read(range.offset + sent, std::min<uint64_t>(k_chunk_bytes, range.length - sent));
      if (!bytes || bytes->empty()) {
        log::error(options_.name, "{} ended before its announced length while it was sent", range.path.string());
        throw std::runtime_error("file too short");
      }
      session.stream.expires_after(options_.idle_time);
      co_await asio::async_write(session.stream, asio::buffer(*bytes), asio::use_awaitable);
      sent += bytes->size();
    }
  }

  const ServerOptions options_;
  FileSystem& files_;
  const Handler handler_;
  asio::io_context context_{2};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::stop_source stop_source_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  bool stopping_ = false;
  std::set<std::shared_ptr<Session>> sessions_;
  HandlerPool pool_;
  std::vector<std::thread> threads_;
};

Server::Server(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, FileSystem& files, Handler handler) {
  auto core = std::make_unique<Core>(std::move(options), files, std::move(handler));
  TRY(core->listen());
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

uint16_t Server::port() const {
  return core_->port();
}

std::string Server::url() const {
  const std::string& address = core_->options().address;
  const bool version_6 = address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", version_6 ? "[" : "", address, version_6 ? "]" : "", port());
}

void Server::stop() {
  core_->stop();
}

} // namespace freshet::http
