#include "flow/store_directory.h"

#include <fmt/format.h>

namespace freshet::flow {
namespace {

std::string_view without_slash(std::string_view endpoint) {
  while (endpoint.ends_with('/')) endpoint.remove_suffix(1);
  return endpoint;
}

} // namespace

Result<std::shared_ptr<objects::ObjectStore>> StoreDirectory::find(const std::string& endpoint, const std::string& region,
                                                                   const Credentials& credentials) {
  if (endpoint.empty() || without_slash(endpoint) == without_slash(options_.store_endpoint)) {
    if (!options_.store)
      return fail(ErrorKind::unavailable, "this flow has no embedded object store; set the Endpoint Override URL");
    if (options_.store_credentials && credentials != Credentials{} && credentials != *options_.store_credentials) {
      if (credentials.access_key_id != options_.store_credentials->access_key_id) {
        return fail(ErrorKind::permission_denied, "InvalidAccessKeyId: the AWS access key id is not the object store's");
      }
      return fail(ErrorKind::permission_denied,
                  "SignatureDoesNotMatch: the secret access key is not that of the access key id");
    }
    return options_.store;
  }
  if (!options_.remote_store) {
    return fail(ErrorKind::unavailable,
                fmt::format("no client for other object stores is configured, and the endpoint is {}", endpoint));
  }
  const std::lock_guard lock(mutex_);
  auto& store = remote_[{endpoint, region, credentials.access_key_id, credentials.secret_access_key}];
  if (!store) store = TRY(options_.remote_store(endpoint, region, credentials));
  return store;
}

} // namespace freshet::flow
