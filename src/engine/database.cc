#include <fmt/format.h>

#include "engine/change_counter.h"
#include "engine/key_counter.h"
#include "engine/native.h"

namespace freshet::engine {
namespace {

Result<NativeConfig> config_of(const Path& file, const Options& options) {
  NativeConfig config;
  duckdb_create_config(config.out());
  Path temporary = options.temporary_directory;
  if (temporary.empty() && !file.empty()) temporary = file.string() + ".tmp";
  const std::pair<const char*, std::string> settings[] = {
      {"memory_limit", fmt::format("{}B", options.memory_limit_bytes)},
      {"threads", std::to_string(options.threads)},
      {"temp_directory", temporary.string()},
      {"checkpoint_threshold", fmt::format("{}B", options.checkpoint_threshold_bytes)},
      {"preserve_insertion_order", options.preserve_insertion_order ? "true" : "false"},
      {"immediate_transaction_mode", "true"}, // BEGIN takes the snapshot, not the first statement after it
      {"disable_database_invalidation",
       "true"}, // a failed statement leaves its transaction alive; fatal errors: Connection::State
      // A checkpoint must not rewrite whole row groups to join small ones: that is `compact`'s work. Empty ones go all the
      // same.
      {"max_vacuum_tasks", "0"},
      // Text is kept as dictionaries of FSST: two thirds of the older format's load time, and scans a third of it where values
      // repeat. Files of older formats stay what they are.
      {"storage_compatibility_version", "latest"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allocator_background_threads", "true"}, // without them an idle server keeps what its last statement used
      {"allocator_flush_threshold", "16MiB"},   // idle memory goes back to the system
      {"allocator_bulk_deallocation_flush_threshold", "64MiB"},
  };
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config.get(), name, value.c_str()) == DuckDBError)
      return fail(ErrorKind::invalid_input, fmt::format("DuckDB does not take the setting {} = {}", name, value));
  }
  return config;
}

} // namespace

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const Path& file, const Options& options) {
  NativeConfig config = TRY(config_of(file, options));
  auto state = std::make_shared<State>();
  char* message = nullptr;
  std::string name = file.string();
  if (duckdb_open_ext(file.empty() ? nullptr : name.c_str(), &state->database, config.get(), &message) == DuckDBError) {
    Error error = translate(DUCKDB_ERROR_INVALID, take_string(message));
    error.message = fmt::format("Cannot open the database {}: {}", file.empty() ? ":memory:" : name, error.message);
    return std::unexpected(std::move(error));
  }
  std::unique_ptr<Database> database(new Database(std::move(state)));
  auto connection = TRY(database->connect());
  TRY(connection->query(fmt::format("SET GLOBAL TimeZone = {}", quote_literal(options.time_zone))));
  // A wide DECIMAL that was bitpacked takes ten times as long to read, and every key of type NUMBER is one. (The configuration
  // that a database is opened with does not take this setting, and does not say so.)
  TRY(connection->query("SET GLOBAL disabled_compression_methods = 'bitpacking'"));
  TRY(register_decimal_casts(connection->state_->connection));
  TRY(register_change_counter(connection->state_->connection));
  TRY(register_key_counter(connection->state_->connection));
  TRY(register_counter(connection->state_->connection));
  return database;
}

Result<std::unique_ptr<Connection>> Database::connect() {
  auto state = std::make_unique<Connection::State>(state_);
  if (duckdb_connect(state_->database, &state->connection) == DuckDBError)
    return fail(ErrorKind::internal, "DuckDB did not open another connection");
  return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

Result<void> Database::compact() {
  auto connection = TRY(connect());
  TRY(connection->query("SET GLOBAL max_vacuum_tasks = 100"));
  auto done = connection->query("CHECKPOINT");
  TRY(connection->query("SET GLOBAL max_vacuum_tasks = 0"));
  if (!done) return std::unexpected(std::move(done).error());
  return {};
}

} // namespace freshet::engine
