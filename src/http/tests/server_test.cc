#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <thread>

#include "base/random.h"
#include "http/client.h"

namespace freshet::http {
namespace {

class HttpTest : public testing::Test {
 protected:
  void TearDown() override {
    if (server_) server_->stop();
    std::filesystem::remove_all(folder_);
  }

  Server& serve(Handler handler, ServerOptions options = {}) {
    options.spool_directory = folder_ / "spool";
    auto started = Server::start(options, files_, std::move(handler));
    EXPECT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    return *server_;
  }

  Response send(ClientRequest request) {
    request.url = server_->url() + request.url;
    auto answer = client_.send(request);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : Response{};
  }

  size_t spooled() { return std::distance(std::filesystem::directory_iterator(folder_ / "spool"), {}); }

  // Sends `bytes` over a connection of its own and reads until the server closes it.
  std::string converse(std::string_view bytes) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char chunk[4096];
    for (ssize_t count; (count = ::recv(socket, chunk, sizeof chunk, 0)) > 0;) answer.append(chunk, static_cast<size_t>(count));
    ::close(socket);
    return answer;
  }

  RealFileSystem files_;
  Path folder_ = std::filesystem::temp_directory_path() / ("freshet-http-" + random_secret_hex(8));
  Client client_{files_};
  std::unique_ptr<Server> server_;
};

TEST_F(HttpTest, TheHandlerSeesMethodPathQueryHeadersAndBody) {
  serve([](const Request& request) {
    return Response::text(201, request.method + "|" + request.path + "|" + request.query.at(0).first + "=" +
                                   request.query.at(0).second + "|" + std::string(request.parameter("acl").value_or("none")) +
                                   "|" + request.headers.get("x-COLOUR") + "|" + request.body + "|" + request.remote_address);
  });
  const auto answer =
      send({.method = "POST", .url = "/a%20b/c+d?q=%C3%A4+1&acl", .headers = {{"X-Colour", "blue"}}, .body = "hello"});
  EXPECT_EQ(answer.status, 201u);
  EXPECT_EQ(answer.body, "POST|/a b/c+d|q=ä 1||blue|hello|127.0.0.1");
  EXPECT_TRUE(answer.headers.contains("date"));
}

TEST_F(HttpTest, ALargeBodyIsSpooledToAFileThatGoesAwayWithTheRequest) {
  std::string body(3'000'000, 'x');
  body[1'500'000] = 'y';
  std::atomic<bool> equal = false;
  serve([&](const Request& request) {
    equal = request.body.empty() && files_.read_all(request.body_file->path()) == body && request.body_size == body.size();
    return Response{};
  });
  EXPECT_EQ(send({.method = "PUT", .url = "/", .body = body}).status, 200u);
  EXPECT_TRUE(equal);
  server_->stop();
  EXPECT_EQ(spooled(), 0u);
}

TEST_F(HttpTest, ABodyBeyondTheLimitIsRefused) {
  ServerOptions options;
  options.body_bytes_max = 1000;
  serve([](const Request&) { return Response{}; }, options);
  EXPECT_THAT(converse("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n"), testing::StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(converse("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x')),
              testing::StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpTest, WhatIsNotHttpIsAnsweredWith400AndAHugeHeaderWith431) {
  serve([](const Request&) { return Response{}; });
  EXPECT_THAT(converse("what is this\r\n\r\n"), testing::StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(converse("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n"), testing::StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpTest, ExpectContinueIsAnsweredBeforeTheBody) {
  serve([](const Request& request) { return Response::text(200, request.body); });
  const auto answer =
      converse("PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\nhello"));
}

TEST_F(HttpTest, PipelinedRequestsAreAnsweredInTurn) {
  serve([](const Request& request) { return Response::text(200, "<" + request.path + ">"); });
  const auto answer = converse(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_LT(answer.find("</1>"), answer.find("</2>"));
  EXPECT_LT(answer.find("</2>"), answer.find("</3>"));
  EXPECT_NE(answer.find("</3>"), std::string::npos);
}

TEST_F(HttpTest, HeadAndNotModifiedCarryNoBody) {
  serve([](const Request& request) { return Response::text(request.path == "/304" ? 304 : 200, "12345"); });
  const auto answer = converse("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, testing::HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
  EXPECT_EQ(send({.method = "HEAD", .url = "/"}).status, 200u);
  EXPECT_EQ(send({.url = "/304"}).status, 304u);
}

TEST_F(HttpTest, AFileRangeIsStreamed) {
  std::filesystem::create_directories(folder_);
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i);
  ASSERT_TRUE(files_.write_durably(folder_ / "file", content));
  serve([&](const Request&) {
    Response response;
    response.file = FileRange{folder_ / "file", 10, content.size() - 20, nullptr};
    return response;
  });
  EXPECT_EQ(send({.url = "/"}).body, content.substr(10, content.size() - 20));
  EXPECT_EQ(send({.url = "/", .download_to = folder_ / "copy"}).body, "");
  EXPECT_EQ(files_.read_all(folder_ / "copy"), content.substr(10, content.size() - 20));
}

TEST_F(HttpTest, AHandlerThatThrowsAnswers500AndTheConnectionLivesOn) {
  serve([](const Request& request) -> Response {
    if (request.path == "/bad") throw std::runtime_error("boom");
    return Response::text(200, "fine");
  });
  EXPECT_EQ(send({.url = "/bad"}).status, 500u);
  EXPECT_EQ(send({.url = "/good"}).body, "fine");
}

TEST_F(HttpTest, AFullPoolAnswers503) {
  ServerOptions options;
  options.handler_threads = 1;
  options.handler_queue_max = 0;
  std::latch entered(1), leave(1);
  serve(
      [&](const Request& request) {
        if (request.path == "/slow") {
          entered.count_down();
          leave.wait();
        }
        return Response{};
      },
      options);
  std::jthread slow([&] { EXPECT_EQ(send({.url = "/slow"}).status, 200u); });
  entered.wait();
  const auto refused = send({.url = "/"});
  EXPECT_EQ(refused.status, 503u);
  EXPECT_TRUE(refused.headers.contains("Retry-After"));
  leave.count_down();
}

TEST_F(HttpTest, StopLetsRunningRequestsFinishAndTellsThemToHurry) {
  std::latch entered(1);
  serve([&](const Request& request) {
    std::latch told(1);
    std::stop_callback hurry(request.stopping, [&] { told.count_down(); });
    entered.count_down();
    told.wait();
    return Response::text(200, "done");
  });
  std::string body;
  std::jthread poll([&] { body = send({.url = "/"}).body; });
  entered.wait();
  server_->stop();
  poll.join();
  EXPECT_EQ(body, "done");
}

TEST_F(HttpTest, ManyClientsAtOnce) {
  std::atomic<int> count = 0;
  serve([&](const Request& request) {
    ++count;
    return Response::text(200, request.body);
  });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t * 1000 + i);
        EXPECT_EQ(send({.method = "POST", .url = "/", .body = body}).body, body);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(count, 400);
}

TEST_F(HttpTest, APortInUseIsAClearError) {
  serve([](const Request&) { return Response{}; });
  ServerOptions options;
  options.port = server_->port();
  const auto second = Server::start(options, files_, [](const Request&) { return Response{}; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::already_exists);
}

TEST_F(HttpTest, TheClientSaysThatNobodyListens) {
  serve([](const Request&) { return Response{}; });
  const std::string url = server_->url();
  server_->stop();
  const auto answer = client_.send({.url = url + "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(client_.send({.url = "gopher://x/"}).error().kind, ErrorKind::invalid_argument);
}

TEST_F(HttpTest, TheClientGivesUpAfterItsTimeout) {
  std::latch leave(1);
  serve([&](const Request&) {
    leave.wait();
    return Response{};
  });
  const auto answer = client_.send({.url = server_->url() + "/", .timeout = std::chrono::milliseconds(50)});
  leave.count_down();
  server_->stop();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::timed_out);
}

TEST(PercentEncoding, KeepsUnreservedCharactersAndRoundTrips) {
  EXPECT_EQ(percent_encode("a b+c/ä~"), "a%20b%2Bc%2F%C3%A4~");
  EXPECT_EQ(percent_encode("a/b", true), "a/b");
  EXPECT_EQ(percent_decode("a%20b+%2", false), "a b+%2");
  EXPECT_EQ(percent_decode(percent_encode("\x01 %+/ä"), false), "\x01 %+/ä");
}

} // namespace
} // namespace freshet::http
