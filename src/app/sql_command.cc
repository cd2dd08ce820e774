#include "app/sql_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "app/configuration.h"
#include "app/credentials.h"
#include "app/data_folder.h"
#include "app/services.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/log.h"
#include "wire/client.h"
#include "wire/script.h"

namespace freshet::app {
namespace {

constexpr auto k_help =
    "Runs SQL statements and prints what they give. Statements come from -q, from -f, or from standard input.\n"
    "With --data they run on the server that uses that folder or, when there is none, on one that this process starts for "
    "them; its\n"
    "pipes and tasks are at work meanwhile. With --host or --port they run on the server there; without any of these, on the "
    "local\n"
    "default port. User and password come from the options, from FRESHET_USER and FRESHET_PASSWORD, or from the data folder.\n"
    "The first error ends the run, with its place as file:line:column, its code and its SQLSTATE.\n"
    "Scripts written for SnowSQL run, too: !set, !define, !print, !source and !exit, and with -D the variables &name, &{name} "
    "and <% name %>.";

struct SqlArguments {
  std::optional<std::string> query;
  std::string file;
  std::string data;
  std::string config;
  std::string host;
  uint16_t port = 0;
  wire::ConnectOptions connect;
  std::string format = "table";
  std::vector<std::string> variables; // name=value
  wire::ScriptOptions script;
};

/// A session on a server: a running one, or one in this process.
struct Connection {
  std::unique_ptr<Services> services;
  std::unique_ptr<wire::Client> client;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The address of the server on the data folder. Starts one, without its flow, when there is none.
Result<std::string> server_on_folder(FileSystem& files, Clock& clock, Configuration configuration, Connection& connection) {
  const Path folder = configuration.data;
  configuration.listen = "127.0.0.1";
  configuration.port = configuration.s3_port = 0;
  configuration.flow_definition.clear();
  auto services = Services::start(std::move(configuration), clock, files);
  if (services) {
    connection.services = std::move(*services);
    return connection.services->address();
  }
  if (services.error().kind != ErrorKind::conflict) return fail(services.error().kind, services.error().message);
  auto announced = DataFolder::announced(files, folder);
  if (announced) return announced;
  return fail(ErrorKind::conflict,
              services.error().message +
                  " (it starts or stops just now: there is no address in the folder), or give its --host and --port");
}

Result<void> complete_credentials(FileSystem& files, const Path& folder, wire::ConnectOptions& options) {
  if (options.user.empty()) options.user = environment("FRESHET_USER");
  if (options.password.empty()) options.password = environment("FRESHET_PASSWORD");
  if (!options.user.empty() && !options.password.empty()) return {};
  const auto credentials = load_credentials(files, folder);
  if (!credentials) {
    const bool missing = credentials.error().kind == ErrorKind::not_found;
    return fail(credentials.error().kind,
                credentials.error().message +
                    (missing ? "; give --data with the server's data folder, or --user and FRESHET_PASSWORD" : ""));
  }
  if (options.user.empty()) options.user = credentials->user;
  if (options.password.empty()) options.password = credentials->password;
  return {};
}

Result<Connection> open_connection(FileSystem& files, Clock& clock, const SqlArguments& arguments) {
  Configuration configuration;
  if (!arguments.config.empty()) configuration = TRY(load_configuration(files, arguments.config));
  if (!arguments.data.empty()) configuration.data = arguments.data;
  const bool by_folder = arguments.host.empty() && arguments.port == 0 && !(arguments.data.empty() && arguments.config.empty());
  auto options = arguments.connect;
  Connection connection;
  auto address = fmt::format("{}:{}", arguments.host.empty() ? configuration.listen : arguments.host,
                             arguments.port == 0 ? configuration.port : arguments.port);
  if (by_folder) address = TRY(server_on_folder(files, clock, configuration, connection));
  TRY(complete_credentials(files, configuration.data, options));
  options.url = "http://" + address;
  auto client = wire::Client::connect(files, options);
  if (!client && client.error().kind == ErrorKind::unavailable) {
    return fail(ErrorKind::unavailable,
                fmt::format("no server answers on {}; start one with 'freshet serve', or give --data to do without ({})",
                            address, client.error().message));
  }
  connection.client = TRY(std::move(client));
  return connection;
}

Result<std::string> script_text(FileSystem& files, const SqlArguments& arguments) {
  if (arguments.query) return *arguments.query;
  if (!arguments.file.empty()) return files.read_all(arguments.file);
  if (::isatty(STDIN_FILENO)) fmt::print(stderr, "Statements, each ended by ; and Ctrl-D at the end:\n");
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

wire::TableFormat format_of(const std::string& name) {
  if (name == "csv") return wire::TableFormat::csv;
  return name == "json" ? wire::TableFormat::json : wire::TableFormat::table;
}

int run(SqlArguments arguments) {
  RealFileSystem files;
  SystemClock clock;
  const auto complain = [](const Error& error) {
    fmt::print(stderr, "freshet sql: {}\n", error.message);
    return 2;
  };
  for (const auto& variable : arguments.variables) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos || equals == 0)
      return complain(Error{ErrorKind::invalid_argument, fmt::format("-D {} needs the form name=value", variable)});
    arguments.script.variables[variable.substr(0, equals)] = variable.substr(equals + 1);
    arguments.script.substitute = true;
  }
  auto text = script_text(files, arguments);
  if (!text) return complain(text.error());
  log::set_level(log::Level::warn);
  auto connection = open_connection(files, clock, arguments);
  if (!connection) return complain(connection.error());
  if (!arguments.file.empty())
    arguments.script.name = arguments.file;
  else if (!arguments.query)
    arguments.script.name = "stdin";
  const auto format = format_of(arguments.format);
  wire::ScriptHost host;
  host.execute = [client = connection->client.get()](std::string_view statement) { return client->execute(statement); };
  host.on_result = [&](const wire::ResultTable& table) {
    fmt::print("{}", wire::print(table, format));
    std::fflush(stdout);
    for (const auto& warning : table.warnings)
      fmt::print(stderr, "warning {}: {} {}\n", warning.code, warning.message, warning.advice);
  };
  host.on_error = [](const wire::ScriptError& error) { fmt::print(stderr, "{}\n", wire::to_string(error)); };
  host.print = [](std::string_view line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  };
  host.read_file = [&](const std::string& path) { return files.read_all(path); };
  const auto failed = wire::run_script(*text, arguments.script, host);
  return failed == 0 ? 0 : 1;
}

} // namespace

void add_sql_command(CLI::App& app, std::function<int()>& command) {
  auto* sql = app.add_subcommand("sql", k_help);
  auto arguments = std::make_shared<SqlArguments>();
  auto* query = sql->add_option("-q,--query", arguments->query, "Statements, separated by ;");
  sql->add_option("-f,--file", arguments->file, "A file of statements")->excludes(query)->check(CLI::ExistingFile);
  sql->add_flag("--continue", arguments->script.go_on, "Go on after an error; the exit status still tells");
  sql->add_option("-D,--variable", arguments->variables, "name=value: what &name, &{name} and <% name %> stand for");
  sql->add_option("--format", arguments->format, "How results are printed")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  sql->add_option("--data", arguments->data, "The data folder; made when it is missing");
  sql->add_option("--config", arguments->config, "A server's configuration, which names the data folder")
      ->check(CLI::ExistingFile);
  sql->add_option("--host", arguments->host, "The server's address");
  sql->add_option("--port", arguments->port, "The server's port");
  sql->add_option("--user", arguments->connect.user, "Log in as");
  sql->add_option("--password", arguments->connect.password, "Better given as FRESHET_PASSWORD: others see a command line");
  sql->add_option("--role", arguments->connect.role, "Role to use");
  sql->add_option("--database", arguments->connect.database, "Database to use");
  sql->add_option("--schema", arguments->connect.schema, "Schema to use");
  sql->add_option("--warehouse", arguments->connect.warehouse, "Warehouse to use");
  sql->callback([arguments, &command] { command = [arguments] { return run(*arguments); }; });
}

} // namespace freshet::app
