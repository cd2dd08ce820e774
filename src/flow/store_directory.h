#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "flow/flow.h"

namespace freshet::flow {

/// Which object store an endpoint, region and key pair mean: the embedded one, or a remote one, built once each.
/// All functions may be called from any thread.
class StoreDirectory {
 public:
  explicit StoreDirectory(const FlowOptions& options) : options_(options) {}

  /// permission_denied when the key pair is not the embedded store's; unavailable when no such store can be built.
  Result<std::shared_ptr<objects::ObjectStore>> find(const std::string& endpoint, const std::string& region,
                                                     const Credentials& credentials);

 private:
  const FlowOptions& options_;
  std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, std::shared_ptr<objects::ObjectStore>> remote_;
};

} // namespace freshet::flow
