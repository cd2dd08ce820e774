#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

/// One HTTP POST.
struct WebhookCall {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// What a message becomes: WEBHOOK_BODY_TEMPLATE with SNOWFLAKE_WEBHOOK_MESSAGE replaced, or the message itself;
/// WEBHOOK_HEADERS; a Content-Type of JSON unless another is given. Errors: the integration is no webhook, is disabled, or
/// needs a secret.
Result<WebhookCall> webhook_call(const Integration& integration, std::string_view message);

/// Whether a URL may be called: one of this machine, or one that starts with an allowed one and goes on with a path.
bool may_call(std::string_view url, std::span<const std::string> allowed);

} // namespace freshet::warehouse
