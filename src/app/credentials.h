#pragma once

#include <string>

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::app {

/// The secrets of one data folder: made at random by its first start and kept in `credentials.yaml` (mode 0600) inside it.
struct Credentials {
  std::string user;            // of the Snowflake protocol
  std::string password;
  std::string s3_access_key;
  std::string s3_secret_key;
  bool created = false; // by this start
};

Path credentials_path(const Path& data);

/// Reads them, or makes and stores new ones. A file that others may read is refused: its secrets are no longer secret.
Result<Credentials> load_or_create_credentials(FileSystem& files, const Path& data);

/// Reads them; not_found when no server ever started on this folder.
Result<Credentials> load_credentials(FileSystem& files, const Path& data);

}  // namespace freshet::app
