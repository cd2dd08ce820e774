// Runs one .test file against a warehouse of its own: see README.md.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.h"
#include "corpus_world.h"
#include "sql/parser.h"
#include "sql/undefined_element.h"
#include "warehouse/file_transfers.h"

using namespace freshet;
using corpus::Configuration;

namespace {

struct Block {
  int line = 0;
  std::string command;   // "query", "statement", "advance", …
  std::string arguments; // the rest of its line
  std::string sql;
  std::vector<std::string> expected; // after ----
};

std::vector<Block> read_blocks(std::istream& file) {
  std::vector<Block> blocks;
  std::string line;
  int number = 0;
  bool inside = false;
  bool in_expected = false;
  while (std::getline(file, line)) {
    ++number;
    if (line.empty()) {
      inside = in_expected = false;
    } else if (!inside) {
      if (line[0] == '#') continue;
      auto space = line.find(' ');
      blocks.push_back({number, line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1), "", {}});
      inside = true;
    } else if (line == "----") {
      in_expected = true;
    } else if (in_expected) {
      blocks.back().expected.push_back(line);
    } else {
      blocks.back().sql += (blocks.back().sql.empty() ? "" : "\n") + line;
    }
  }
  return blocks;
}

class Runner {
 public:
  Runner(Configuration configuration, Path directory, Path source)
      : configuration_(configuration), source_(std::move(source)), world_(configuration, std::move(directory)) {
    open();
  }

  int run(const std::vector<Block>& blocks) {
    for (const auto& block : blocks) {
      auto problem = run(block);
      if (!problem.empty()) {
        fmt::print(stderr, "line {}: {}\n{}\n", block.line, problem, block.sql);
        ++failures_;
      }
      if (failures_ >= 20) break;
    }
    fmt::print("{} blocks, {} failures\n", blocks.size(), failures_);
    return failures_ == 0 ? 0 : 1;
  }

 private:
  struct Kept {
    warehouse::SessionContext context;
    warehouse::SessionParameters parameters;
    std::map<std::string, warehouse::Variable> variables;
  };

  void open() {
    if (auto opened = world_.open(); !opened) {
      fmt::print(stderr, "cannot open the warehouse: {}\n", opened.error().message);
      std::exit(2);
    }
  }

  warehouse::Session& session() {
    auto& found = sessions_[current_];
    if (found) return *found;
    auto created = world_.warehouse().create_session();
    if (!created) {
      fmt::print(stderr, "cannot create a session: {}\n", created.error().message);
      std::exit(2);
    }
    found = std::move(*created);
    if (auto kept = kept_.find(current_); kept != kept_.end()) {
      found->context() = kept->second.context;
      found->parameters() = kept->second.parameters;
      found->variables() = kept->second.variables;
    } else {
      (void)found->parameters().set("TIMEZONE", "UTC");
      auto ready = found->execute(sessions_.size() == 1 && !database_made_ ? "CREATE DATABASE DB" : "USE DATABASE DB");
      if (!ready) fmt::print(stderr, "{}\n", ready.error().message);
      database_made_ = true;
    }
    return *found;
  }

  void restart() {
    for (auto& [name, open] : sessions_) {
      if (open) kept_[name] = {open->context(), open->parameters(), open->variables()};
    }
    sessions_.clear();
    world_.close();
    open();
  }

  void restart_if_asked() {
    if (!configuration_.restart_always || keep_running_) return;
    bool in_transaction =
        std::ranges::any_of(sessions_, [](const auto& entry) { return entry.second && entry.second->in_transaction(); });
    if (!in_transaction) restart();
  }

  std::string run(const Block& block) {
    if (block.command == "no-restart") return keep_running_ = true, "";
    if (block.command == "restart") return restart(), "";
    if (block.command == "session") return current_ = block.arguments, "";
    if (block.command == "advance") return advance(block.arguments);
    auto problem = act(block);
    if (block.command != "run") restart_if_asked(); // what pipes remember until a restart can be asked for after a run
    return problem;
  }

  std::string act(const Block& block) {
    if (block.command == "statement") return statement(block);
    if (block.command == "query") return query(block);
    if (block.command == "script") return script(block.arguments);
    if (block.command == "bucket") return done(world_.create_bucket(block.arguments));
    if (block.command == "put") return put(block);
    if (block.command == "remove") return done(world_.remove(block.arguments));
    if (block.command == "run") return run_services(block.arguments);
    return "unknown command " + block.command;
  }

  static std::string done(const Result<void>& result) { return result ? "" : result.error().message; }

  std::string put(const Block& block) {
    std::istringstream words(block.arguments);
    std::string url, word, path;
    words >> url >> word >> path;
    if (url.starts_with('@')) {
      auto where = staged(url);
      if (!where) return error_text(where.error());
      url = *where;
    }
    if (word == "file") return done(world_.put(url, objects::Content::of_file(source_ / path)));
    auto content = block.sql;
    if (!content.empty() && word != "truncated") content += '\n';
    return done(world_.put(url, objects::Content::of_bytes(std::move(content))));
  }

  /// PUT of a file into an internal stage: where its client would put it.
  sql::SqlResult<std::string> staged(const std::string& location) {
    const auto slash = location.rfind('/');
    auto result =
        session().execute(fmt::format("PUT 'file:///{}' '{}'", location.substr(slash + 1), location.substr(0, slash)));
    if (!result) return std::unexpected(result.error());
    const auto transfer = world_.warehouse().service<warehouse::FileTransfers>()->find(result->query_id);
    return fmt::format("s3://{}/{}{}", transfer->bucket, transfer->prefix, location.substr(slash + 1));
  }

  std::string run_services(const std::string& text) {
    std::istringstream words(text);
    std::string what;
    words >> what;
    if (what == "pipes") return world_.run_pipes(), "";
    if (what == "histories") return world_.run_histories(), "";
    if (what == "archiver") {
      const auto pruned = world_.run_archiver();
      if (!pruned) return pruned.error().message;
      int64_t versions = 0;
      return words >> versions && *pruned != versions ? fmt::format("{} versions pruned, expected {}", *pruned, versions) : "";
    }
    if (what != "tasks" && what != "notifications") return "run takes pipes, tasks, histories, notifications or archiver";
    const auto ran = what == "tasks" ? world_.run_tasks() : world_.run_notifications();
    size_t expected = 0;
    return words >> expected && ran != expected ? fmt::format("{} {} ran, expected {}", ran, what, expected) : "";
  }

  /// Runs a file of the project, as the server runs its scripts.
  std::string script(const std::string& path) {
    const auto text = world_.files().read_all(source_ / path);
    if (!text) return text.error().message;
    const auto statements = sql::parse_script(*text);
    if (!statements) return fmt::format("{}:{}: {}", path, statements.error().line, error_text(statements.error()));
    for (const auto& statement : *statements) {
      auto result = session().execute(statement);
      if (!result) return fmt::format("{}:{}: {}", path, statement.range.line, error_text(result.error()));
    }
    return "";
  }

  std::string advance(const std::string& text) {
    std::istringstream words(text);
    int64_t count = 0;
    std::string unit;
    words >> count >> unit;
    if (!unit.empty() && unit.back() == 's') unit.pop_back();
    int64_t seconds = unit == "second" ? 1 : unit == "minute" ? 60 : unit == "hour" ? 3600 : unit == "day" ? 86400 : 0;
    if (seconds == 0) return "advance takes seconds, minutes, hours or days";
    world_.clock().advance(std::chrono::seconds{count * seconds});
    return "";
  }

  static std::string error_text(const sql::Error& error) {
    return fmt::format("{:06d} ({}): {}", error.code, error.sql_state, error.message);
  }

  std::string statement(const Block& block) {
    auto result = session().execute(block.sql);
    std::istringstream words(block.arguments);
    std::string kind;
    words >> kind;
    if (kind == "error") {
      if (result) return "expected an error";
      std::string code, pattern;
      words >> code;
      std::getline(words >> std::ws, pattern);
      auto text = error_text(result.error());
      std::ranges::replace(text, '\n', ' ');
      if (!text.starts_with(code) || !std::regex_search(text, std::regex(pattern)))
        return fmt::format("got another error: {}", text);
      return "";
    }
    if (!result) return error_text(result.error());
    if (kind == "count") {
      int64_t expected = 0;
      words >> expected;
      auto got = result->counts.inserted + result->counts.updated + result->counts.deleted;
      if (got != expected) return fmt::format("{} rows changed, expected {}", got, expected);
    }
    return "";
  }

  static std::vector<std::string> text_rows(const warehouse::StatementResult& result, const std::vector<size_t>& columns) {
    std::vector<std::string> out;
    for (size_t row = 0; row < result.row_count(); ++row) {
      std::string line;
      for (auto column : columns) {
        auto cell = sql::with_undefined_shown(result.rows->text(row, column));
        line += (column == columns.front() ? "" : " | ") + (cell.empty() ? "(empty)" : cell);
      }
      out.push_back(std::move(line));
    }
    return out;
  }

  std::string query(const Block& block) {
    auto result = session().execute(block.sql);
    if (!result) return error_text(result.error());
    std::vector<size_t> columns;
    auto wanted = block.arguments.starts_with("columns ") ? ", " + block.arguments.substr(8) + "," : "";
    std::string header;
    for (size_t i = 0; i < result->columns.size(); ++i) {
      const auto& name = result->columns[i].name;
      if (!wanted.empty() && wanted.find(", " + name + ",") == std::string::npos) continue;
      columns.push_back(i);
      header += (header.empty() ? "" : " | ") + name;
    }
    auto rows = text_rows(*result, columns);
    auto expected = block.expected;
    if (block.arguments == "columns") rows.insert(rows.begin(), header);
    if (block.arguments == "sorted") {
      std::ranges::sort(rows);
      std::ranges::sort(expected);
    }
    if (rows == expected) return "";
    std::string out = "got";
    for (const auto& row : rows) out += "\n  " + row;
    out += "\nexpected";
    for (const auto& row : expected) out += "\n  " + row;
    return out;
  }

  Configuration configuration_;
  Path source_; // of the project: where `script` and `put … file` look
  corpus::World world_;
  std::map<std::string, std::unique_ptr<warehouse::Session>> sessions_; // after the world: they go first
  std::map<std::string, Kept> kept_;
  std::string current_ = "one";
  bool database_made_ = false;
  bool keep_running_ = false;
  int failures_ = 0;
};

} // namespace

int main(int count, char** arguments) {
  Configuration configuration;
  std::string path;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    if (argument == "--restart") {
      configuration.restart_always = true;
    } else if (argument == "--small") {
      configuration.threads = 1;
      configuration.memory_limit_bytes = uint64_t{64} << 20;
    } else {
      path = argument;
    }
  }
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "usage: sql_corpus [--restart | --small] FILE.test\n");
    return 2;
  }
  auto directory = std::filesystem::temp_directory_path() / ("freshet-corpus-" + random_uuid());
  int status = Runner(configuration, directory, FRESHET_SOURCE_DIR).run(read_blocks(file));
  std::filesystem::remove_all(directory);
  return status;
}
