#include "wire/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <cctype>

#include "sql/parser.h"

namespace freshet::wire {
namespace {

constexpr int k_sources_max = 20; // of scripts that name each other by !source

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

sql::Error command_error(std::string message) {
  return {1003, "42000", std::move(message)};
}

class Script {
 public:
  Script(ScriptOptions options, const ScriptHost& host) : options_(std::move(options)), host_(host) {}

  void run(std::string_view script) {
    const auto statements = sql::split_script(script);
    if (!statements) return failed(statements.error(), {});
    for (const auto& [text, range] : *statements) {
      run_statement(text, range);
      if (ended_) return;
    }
  }
  size_t failures() const { return failures_; }

 private:
  /// Commands have no `;`: the text up to one may hold several of them before its statement.
  void run_statement(std::string_view text, sql::SourceRange range) {
    while (text.starts_with('!')) {
      const auto end = std::min(text.find('\n'), text.size());
      auto done = run_command(std::string(text.substr(1, end - 1)));
      if (!done) failed(done.error(), range);
      if (ended_) return;
      const auto rest = sql::split_script(text.substr(end));
      if (!rest) return failed(rest.error(), range);
      if (rest->empty()) return;
      text = rest->front().text;
      range.line += rest->front().range.line - 1;
      range.column = rest->front().range.column;
    }
    std::string substituted;
    if (options_.substitute) {
      auto replaced = substitute(text, options_.variables);
      if (!replaced) return failed(replaced.error(), range);
      substituted = std::move(*replaced);
      text = substituted;
    }
    const auto result = host_.execute(text);
    if (!result) return failed(result.error(), range);
    host_.on_result(*result);
  }

  sql::SqlResult<void> run_command(std::string line) {
    boost::trim_right_if(line, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0 || c == ';'; });
    const auto space = line.find_first_of(" \t");
    auto command = line.substr(0, space);
    auto argument = space == std::string::npos ? std::string() : line.substr(space);
    boost::trim(argument);
    if (options_.substitute) argument = TRY(substitute(argument, options_.variables));
    const auto is = [&](std::string_view name) { return boost::iequals(command, name); };
    if (is("print")) {
      if (host_.print) host_.print(argument);
    } else if (is("set") || is("define")) {
      return assign(is("define"), argument);
    } else if (is("source") || is("load")) {
      return source(argument);
    } else if (is("quit") || is("exit")) {
      ended_ = true;
    } else {
      return sql::fail(command_error(fmt::format(
          "'!{}' is none of the SnowSQL commands that are understood here: !set, !define, !print, !source, !load, !quit, !exit",
          command)));
    }
    return {};
  }

  sql::SqlResult<void> assign(bool variable, const std::string& argument) {
    const auto equals = argument.find('=');
    if (equals == std::string::npos)
      return sql::fail(command_error(fmt::format("'!{} {}' needs name=value", variable ? "define" : "set", argument)));
    auto name = boost::trim_copy(argument.substr(0, equals));
    auto value = boost::trim_copy(argument.substr(equals + 1));
    if (value.size() > 1 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    if (variable) {
      options_.variables[name] = value;
    } else if (boost::iequals(name, "variable_substitution")) {
      options_.substitute = boost::iequals(value, "true");
    } else if (boost::iequals(name, "exit_on_error")) {
      options_.go_on = !boost::iequals(value, "true");
    }
    return {};
  }

  sql::SqlResult<void> source(const std::string& path) {
    if (!host_.read_file) return sql::fail(command_error("!source needs a script that comes from a file"));
    if (depth_ == k_sources_max)
      return sql::fail(command_error(fmt::format("!source {}: scripts name each other without end", path)));
    const auto text = host_.read_file(path);
    if (!text) return sql::fail(command_error(fmt::format("!source: {}", text.error().message)));
    auto outer = std::exchange(options_.name, path);
    ++depth_;
    run(*text);
    --depth_;
    options_.name = std::move(outer);
    return {};
  }

  /// Where in the script: the statement's place plus the error's place in the statement, which counts columns from 0.
  void failed(sql::Error error, const sql::SourceRange& statement) {
    ScriptError placed{std::move(error), options_.name, statement.line, statement.column};
    if (placed.error.line > 0) {
      placed.column = placed.error.position + (placed.error.line == 1 ? statement.column : 1);
      placed.line = statement.line + placed.error.line - 1;
    }
    ++failures_;
    host_.on_error(placed);
    if (!options_.go_on) ended_ = true;
  }

  ScriptOptions options_;
  const ScriptHost& host_;
  size_t failures_ = 0;
  int depth_ = 0;
  bool ended_ = false;
};

} // namespace

std::string to_string(const ScriptError& error) {
  return fmt::format("{}:{}:{}: {:06} ({}): {}", error.script, error.line, error.column, error.error.code,
                     error.error.sql_state, error.error.message);
}

size_t run_script(std::string_view script, ScriptOptions options, const ScriptHost& host) {
  Script running(std::move(options), host);
  running.run(script);
  return running.failures();
}

sql::SqlResult<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables) {
  std::string out;
  const auto add = [&](std::string_view name) -> sql::SqlResult<void> {
    const auto found = variables.find(std::string(name));
    if (found == variables.end())
      return sql::fail(
          command_error(fmt::format("Variable {} is not defined; give it with -D {}=…, or !define it", name, name)));
    out += found->second;
    return {};
  };
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i, 2) == "&&") {
      out += '&';
      i += 2;
    } else if (const auto close = text.find('}', i); text.substr(i, 2) == "&{" && close != text.npos) {
      TRY(add(text.substr(i + 2, close - i - 2)));
      i = close + 1;
    } else if (const auto end = text.find("%>", i); text.substr(i, 2) == "<%" && end != text.npos) {
      TRY(add(boost::trim_copy(std::string(text.substr(i + 2, end - i - 2)))));
      i = end + 2;
    } else if (text[i] == '&' && i + 1 < text.size() && text[i + 1] != '.' && is_name(text[i + 1])) {
      auto last = i + 1;
      while (last < text.size() && is_name(text[last]) && text[last] != '.') ++last;
      TRY(add(text.substr(i + 1, last - i - 1)));
      i = last;
    } else {
      out += text[i++];
    }
  }
  return out;
}

} // namespace freshet::wire
