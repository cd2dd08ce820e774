#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"

namespace freshet::app {

/// A bucket that lives in a real S3 instead of the embedded store.
struct RemoteBucket {
  std::string bucket;
  std::string endpoint; // "https://s3.eu-west-1.amazonaws.com"
  std::string region = "us-east-1";
  std::string access_key;
  std::string secret_key;
};

/// Everything a user may set, with its default. docs/configuration.md describes each key.
struct Configuration {
  Path data = "freshet-data";
  std::string listen = "127.0.0.1";
  uint16_t port = 8472;    // Snowflake protocol, metrics, status page; 0 takes any free port
  uint16_t s3_port = 8473; // S3; 0 takes any free port

  std::string memory_limit = "50%"; // of the machine's memory, or an amount such as 4GB: the engine's bound
  uint32_t threads = 0;             // engine threads; 0 for as many as there are cores
  uint32_t task_threads = 4;        // task runs at a time

  Path flow_definition;                               // empty: no flow runs
  std::map<std::string, std::string> flow_parameters; // override the definition's parameter contexts
  std::vector<std::string> buckets;                   // created at start when they are missing
  std::vector<RemoteBucket> remote_buckets;
  std::vector<std::string> webhooks; // URLs (or their beginnings) that notifications may go to, besides those of this machine
  std::vector<Path> scripts;         // SQL run, in order, at the first start of a data folder
  std::string log_level = "info";
};

/// Reads YAML. Unknown keys, wrong types and values out of range are refused with file and line. Relative paths in it are
/// relative to the file's folder.
Result<Configuration> load_configuration(FileSystem& files, const Path& path);
Result<Configuration> parse_configuration(const std::string& yaml, const std::string& file_name);

} // namespace freshet::app
