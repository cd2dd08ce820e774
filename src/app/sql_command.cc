#include "app/sql_command.h"

#include <fmt/core.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "app/configuration.h"
#include "app/credentials.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "warehouse/warehouse.h"
#include "wire/client.h"
#include "wire/script.h"

namespace freshet::app {
namespace {

constexpr auto k_help =
    "Runs SQL statements and prints what they give: on a running server, or with --data in this process (no server may use the "
    "folder\n"
    "then). Statements come from -q, from -f, or from standard input. User and password come from the options, from "
    "FRESHET_USER and\n"
    "FRESHET_PASSWORD, or from the credentials file of the server's data folder (--server-data, or as the configuration "
    "says).\n"
    "The first error ends the run, with its place as file:line:column, its code and its SQLSTATE.";

struct SqlArguments {
  std::string query;
  std::string file;
  std::string data;
  std::string config;
  std::string server_data;
  std::string host;
  uint16_t port = 0;
  wire::ConnectOptions connect;
  std::string format = "table";
  wire::ScriptOptions script;
};

/// Statements in this process or over the network, behind one function.
struct Connection {
  std::unique_ptr<warehouse::Warehouse> warehouse;
  std::unique_ptr<warehouse::Session> session;
  std::unique_ptr<wire::Client> client;
  wire::ExecuteStatement execute;
};

Result<Connection> open_embedded(Clock& clock, const std::string& data) {
  Connection connection;
  connection.warehouse = TRY(warehouse::Warehouse::open(clock, {.data_directory = data}));
  connection.session = TRY(connection.warehouse->create_session());
  connection.execute = [session = connection.session.get()](std::string_view text) -> sql::SqlResult<wire::ResultTable> {
    const auto result = TRY(session->execute(text));
    return wire::table_from(result, session->parameters().get("TIMEZONE"));
  };
  return connection;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<Connection> open_remote(FileSystem& files, SqlArguments arguments) {
  Configuration configuration;
  if (!arguments.config.empty()) configuration = TRY(load_configuration(files, arguments.config));
  if (!arguments.server_data.empty()) configuration.data = arguments.server_data;
  auto& options = arguments.connect;
  if (options.user.empty()) options.user = environment("FRESHET_USER");
  if (options.password.empty()) options.password = environment("FRESHET_PASSWORD");
  if (options.user.empty() || options.password.empty()) {
    const auto credentials = load_credentials(files, configuration.data);
    if (!credentials) {
      return fail(credentials.error().kind,
                  credentials.error().message + " Give --user and --password, or --server-data with the server's data folder.");
    }
    if (options.user.empty()) options.user = credentials->user;
    if (options.password.empty()) options.password = credentials->password;
  }
  const auto host = arguments.host.empty() ? configuration.listen : arguments.host;
  options.url = fmt::format("http://{}:{}", host, arguments.port == 0 ? configuration.port : arguments.port);
  Connection connection;
  connection.client = TRY(wire::Client::connect(files, options));
  connection.execute = [client = connection.client.get()](std::string_view text) { return client->execute(text); };
  return connection;
}

Result<std::string> script_text(FileSystem& files, const SqlArguments& arguments) {
  if (!arguments.query.empty()) return arguments.query;
  if (!arguments.file.empty()) return files.read_all(arguments.file);
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
  auto text = script_text(files, arguments);
  if (!text) return complain(text.error());
  auto connection = arguments.data.empty() ? open_remote(files, arguments) : open_embedded(clock, arguments.data);
  if (!connection) return complain(connection.error());
  if (!arguments.file.empty())
    arguments.script.name = arguments.file;
  else if (arguments.query.empty())
    arguments.script.name = "stdin";
  const auto format = format_of(arguments.format);
  const auto failed = wire::run_script(
      *text, arguments.script, connection->execute,
      [&](const wire::ResultTable& table) {
        fmt::print("{}", wire::print(table, format));
        std::fflush(stdout);
      },
      [&](const wire::ScriptError& error) { fmt::print(stderr, "{}\n", wire::to_string(error, arguments.script.name)); });
  return failed == 0 ? 0 : 1;
}

} // namespace

void add_sql_command(CLI::App& app, std::function<int()>& command) {
  auto* sql = app.add_subcommand("sql", k_help);
  auto arguments = std::make_shared<SqlArguments>();
  auto* query = sql->add_option("-q,--query", arguments->query, "Statements, separated by ;");
  sql->add_option("-f,--file", arguments->file, "A file of statements")->excludes(query)->check(CLI::ExistingFile);
  sql->add_flag("--continue", arguments->script.go_on, "Go on after an error; the exit status still tells");
  sql->add_option("--format", arguments->format, "How results are printed")
      ->check(CLI::IsMember({"table", "csv", "json"}))
      ->capture_default_str();
  sql->add_option("--data", arguments->data, "Open this data folder in this process, without a server");
  sql->add_option("--config", arguments->config, "The server's configuration, for its address and data folder");
  sql->add_option("--server-data", arguments->server_data, "The running server's data folder, for its credentials");
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
