#include "app/serve_command.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/services.h"
#include "app/stop_signal.h"
#include "base/log.h"

namespace freshet::app {
namespace {

struct ServeOptions {
  std::string config;
  std::string data;
  std::optional<uint16_t> port;
  std::optional<uint16_t> s3_port;
};

Result<Configuration> configuration_of(const ServeOptions& options, FileSystem& files) {
  Configuration configuration;
  if (!options.config.empty()) configuration = TRY(load_configuration(files, options.config));
  if (!options.data.empty()) configuration.data = options.data;
  if (options.port) configuration.port = *options.port;
  if (options.s3_port) configuration.s3_port = *options.s3_port;
  return configuration;
}

void set_log_level(const std::string& level) {
  if (level == "debug") log::set_level(log::Level::debug);
  if (level == "warn") log::set_level(log::Level::warn);
  if (level == "error") log::set_level(log::Level::error);
}

Result<void> serve(const ServeOptions& options) {
  StopSignal stop;
  SystemClock clock;
  RealFileSystem files;
  auto configuration = TRY(configuration_of(options, files));
  set_log_level(configuration.log_level);
  const auto services = TRY(Services::start(std::move(configuration), clock, files));
  const Path credentials = credentials_path(services->configuration().data);
  if (services->credentials().created) fmt::print("credentials made at random: {}\n", credentials.string());
  fmt::print("ready snowflake=http://{} s3=http://{} status=http://{}/ metrics=http://{}/metrics data={} credentials={}\n",
             services->address(), services->s3_address(), services->address(), services->address(),
             services->configuration().data.string(), credentials.string());
  std::fflush(stdout);
  while (!stop.wait(std::chrono::hours(1))) {
  }
  log::info("serve", "stopping: what runs comes to its end first");
  services->stop();
  return {};
}

}  // namespace

void add_serve_command(CLI::App& app, std::function<int()>& command) {
  auto options = std::make_shared<ServeOptions>();
  auto* serve_app = app.add_subcommand("serve", "Start every service; end with Ctrl-C or SIGTERM");
  serve_app->add_option("--config", options->config, "YAML file (docs/configuration.md)");
  serve_app->add_option("--data", options->data, "data folder, made when it is missing (default: freshet-data)");
  serve_app->add_option("--port", options->port, "Snowflake protocol, metrics and status page (default: 8472; 0: any free port)");
  serve_app->add_option("--s3-port", options->s3_port, "S3 (default: 8473; 0: any free port)");
  serve_app->callback([options, &command] {
    command = [options] {
      const auto served = serve(*options);
      if (served) return 0;
      fmt::print(stderr, "freshet serve: {}\n", served.error().message);
      return 1;
    };
  });
}

}  // namespace freshet::app
