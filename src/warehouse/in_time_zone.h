#pragma once

#include <string>

#include "warehouse/session.h"

namespace freshet::warehouse {

/// The expressions mean the same whoever refreshes: they are computed in the time zone in which they were written.
class InTimeZone {
 public:
  InTimeZone(Session& session, const std::string& zone) : session_(session), before_(session.parameters().get("TIMEZONE")) {
    (void)session_.parameters().set("TIMEZONE", zone);
  }
  ~InTimeZone() {
    (void)session_.parameters().set("TIMEZONE", before_);
    (void)session_.apply_parameters();
  }
  InTimeZone(const InTimeZone&) = delete;
  InTimeZone& operator=(const InTimeZone&) = delete;

 private:
  Session& session_;
  const std::string before_;
};

} // namespace freshet::warehouse
