#include "app/status_service.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "app/embedded_files.h"
#include "app/pipeline_status.h"
#include "app/services.h"
#include "warehouse/warehouse.h"

namespace freshet::app {

http::Response StatusService::handle(const http::Request& request) {
  if (authenticate_ && !authenticated(request)) {
    auto refused = http::Response::text(401, "user and password are in credentials.yaml of the data folder\n");
    refused.headers.set("WWW-Authenticate", "Basic realm=\"Freshet\"");
    return refused;
  }
  if (request.method != "GET" && request.method != "HEAD") return http::Response::text(405, "only GET is served here\n");
  if (request.path == "/") {
    return http::Response::text(200, std::string(embedded_files().at("src/app/status_page.html")), "text/html; charset=utf-8");
  }
  if (request.path == "/status.json") return numbers(false);
  if (request.path == "/metrics") return numbers(true);
  return http::Response::text(404, "there is nothing here; see / for the status page and /metrics for Prometheus\n");
}

http::Response StatusService::numbers(bool prometheus) {
  std::lock_guard guard(mutex_);
  const TimePoint now = services_.warehouse().clock().now();
  if (json_.empty() || now - read_at_ >= std::chrono::seconds(1)) {
    if (!session_) {
      auto session = services_.warehouse().create_session();
      if (!session) return http::Response::text(503, session.error().message + "\n");
      session_ = std::move(*session);
    }
    const auto status = read_status(services_, *session_);
    if (!status) return http::Response::text(503, status.error().message + "\n");
    json_ = status_json(*status);
    metrics_ = observe::prometheus_text(status_samples(*status));
    read_at_ = now;
  }
  return prometheus ? http::Response::text(200, metrics_, "text/plain; version=0.0.4; charset=utf-8")
                    : http::Response::text(200, json_, "application/json");
}

bool StatusService::authenticated(const http::Request& request) const {
  const std::string pair = services_.credentials().user + ":" + services_.credentials().password;
  std::string expected(4 * ((pair.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(expected.data()), reinterpret_cast<const unsigned char*>(pair.data()),
                                     static_cast<int>(pair.size()));
  expected.resize(static_cast<size_t>(length));
  expected.insert(0, "Basic ");
  const std::string given = request.headers.get("Authorization");
  return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

}  // namespace freshet::app
