#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "app/credentials.h"
#include "http/message.h"
#include "warehouse/session.h"

namespace freshet::app {

class Services;

/// The status page (`/`), its numbers (`/status.json`) and `/metrics` for Prometheus. Shows names and counts, never a row.
/// Open on loopback; elsewhere it asks for user and password (docs/adr/0001). One request reads the numbers at a time, and all of one
/// second get the same ones: a crowd of viewers costs no more than one.
class StatusService {
 public:
  StatusService(Services& services, bool authenticate) : services_(services), authenticate_(authenticate) {}
  http::Response handle(const http::Request& request);

 private:
  http::Response numbers(bool prometheus);
  bool authenticated(const http::Request& request) const;

  Services& services_;
  const bool authenticate_;
  std::mutex mutex_;
  std::unique_ptr<warehouse::Session> session_;
  TimePoint read_at_;
  std::string json_;
  std::string metrics_;
};

}  // namespace freshet::app
