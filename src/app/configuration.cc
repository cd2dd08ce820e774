#include "app/configuration.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <functional>

namespace freshet::app {
namespace {

/// A mistake in the file, thrown to the one place that turns it into an Error with file and line.
struct Mistake {
  YAML::Mark where;
  std::string what;
};

using Setter = std::function<void(const YAML::Node&)>;
using Keys = std::map<std::string, Setter>;

void read_map(const YAML::Node& node, const std::string& name, const Keys& keys) {
  if (!node.IsMap()) throw Mistake{node.Mark(), fmt::format("{} must be a map of keys and values", name)};
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    const auto setter = keys.find(key);
    if (setter == keys.end()) {
      std::vector<std::string_view> known;
      for (const auto& [candidate, unused] : keys) known.push_back(candidate);
      throw Mistake{entry.first.Mark(), fmt::format("unknown key '{}'; {} takes {}", key, name, fmt::join(known, ", "))};
    }
    setter->second(entry.second);
  }
}

std::string text(const YAML::Node& node) {
  if (!node.IsScalar()) throw Mistake{node.Mark(), "expected a single value"};
  return node.as<std::string>();
}

template <typename Number>
Number number(const YAML::Node& node) {
  Number value{};
  if (!node.IsScalar() || !YAML::convert<Number>::decode(node, value)) {
    throw Mistake{node.Mark(), fmt::format("expected a whole number from 0 to {}", std::numeric_limits<Number>::max())};
  }
  return value;
}

template <typename Item>
std::vector<Item> list(const YAML::Node& node, const std::function<Item(const YAML::Node&)>& item) {
  if (!node.IsSequence()) throw Mistake{node.Mark(), "expected a list"};
  std::vector<Item> items;
  for (const auto& entry : node) items.push_back(item(entry));
  return items;
}

std::map<std::string, std::string> text_map(const YAML::Node& node) {
  if (!node.IsMap()) throw Mistake{node.Mark(), "expected a map of names and values"};
  std::map<std::string, std::string> values;
  for (const auto& entry : node) values[text(entry.first)] = text(entry.second);
  return values;
}

RemoteBucket remote_bucket(const YAML::Node& node) {
  RemoteBucket remote;
  read_map(node, "remote_buckets",
           {{"bucket", [&](auto& value) { remote.bucket = text(value); }},
            {"endpoint", [&](auto& value) { remote.endpoint = text(value); }},
            {"region", [&](auto& value) { remote.region = text(value); }},
            {"access_key", [&](auto& value) { remote.access_key = text(value); }},
            {"secret_key", [&](auto& value) { remote.secret_key = text(value); }}});
  if (remote.bucket.empty() || remote.endpoint.empty()) {
    throw Mistake{node.Mark(), "a remote bucket needs at least 'bucket' and 'endpoint'"};
  }
  return remote;
}

std::string log_level(const YAML::Node& node) {
  const std::string level = text(node);
  if (level != "debug" && level != "info" && level != "warn" && level != "error") {
    throw Mistake{node.Mark(), fmt::format("'{}' is no log level; use debug, info, warn or error", level)};
  }
  return level;
}

Keys keys_of(Configuration& configuration) {
  const auto path = [](Path& target) { return [&target](const YAML::Node& value) { target = text(value); }; };
  return {
      {"data", path(configuration.data)},
      {"listen", [&](auto& value) { configuration.listen = text(value); }},
      {"port", [&](auto& value) { configuration.port = number<uint16_t>(value); }},
      {"s3_port", [&](auto& value) { configuration.s3_port = number<uint16_t>(value); }},
      {"memory_limit", [&](auto& value) { configuration.memory_limit = text(value); }},
      {"threads", [&](auto& value) { configuration.threads = number<uint32_t>(value); }},
      {"task_threads", [&](auto& value) { configuration.task_threads = number<uint32_t>(value); }},
      {"flow",
       [&](auto& value) {
         read_map(value, "flow",
                  {{"definition", path(configuration.flow_definition)},
                   {"parameters", [&](auto& parameters) { configuration.flow_parameters = text_map(parameters); }}});
       }},
      {"buckets", [&](auto& value) { configuration.buckets = list<std::string>(value, text); }},
      {"remote_buckets", [&](auto& value) { configuration.remote_buckets = list<RemoteBucket>(value, remote_bucket); }},
      {"webhooks", [&](auto& value) { configuration.webhooks = list<std::string>(value, text); }},
      {"scripts", [&](auto& value) { configuration.scripts = list<Path>(value, [](auto& item) { return Path{text(item)}; }); }},
      {"log_level", [&](auto& value) { configuration.log_level = log_level(value); }},
  };
}

} // namespace

Result<Configuration> parse_configuration(const std::string& yaml, const std::string& file_name) {
  Configuration configuration;
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (!root.IsNull()) read_map(root, "the configuration", keys_of(configuration));
  } catch (const Mistake& mistake) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("{}:{}:{}: {}", file_name, mistake.where.line + 1, mistake.where.column + 1, mistake.what));
  } catch (const YAML::Exception& malformed) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("{}:{}:{}: {}", file_name, malformed.mark.line + 1, malformed.mark.column + 1, malformed.msg));
  }
  return configuration;
}

Result<Configuration> load_configuration(FileSystem& files, const Path& path) {
  auto configuration = TRY(parse_configuration(TRY(files.read_all(path)), path.string()));
  const Path folder = path.has_parent_path() ? path.parent_path() : Path{"."};
  const auto resolve = [&folder](Path& relative) {
    if (!relative.empty() && relative.is_relative()) relative = folder / relative;
  };
  resolve(configuration.data);
  resolve(configuration.flow_definition);
  for (auto& script : configuration.scripts) resolve(script);
  return configuration;
}

} // namespace freshet::app
