#include "sql/tests/statement_corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace freshet::sql::testing {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& directory, std::string_view ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file() && entry.path().filename().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

/// Of a .test file: what stands under `statement …` and `query …` up to ---- or an empty line.
void append_blocks(const std::string& content, std::vector<std::string>& statements) {
  std::istringstream lines(content);
  std::string line;
  bool in_sql = false;
  bool in_block = false;
  while (std::getline(lines, line)) {
    if (line.empty()) {
      in_sql = in_block = false;
    } else if (!in_block) {
      if (line[0] == '#') continue;
      in_block = true;
      in_sql = line.starts_with("statement") || line.starts_with("query");
      if (in_sql) statements.emplace_back();
    } else if (line == "----") {
      in_sql = false;
    } else if (in_sql) {
      statements.back().append(statements.back().empty() ? "" : "\n").append(line);
    }
  }
}

/// "…" with its escapes, and R"(…)".
void append_literals(const std::string& content, std::vector<std::string>& literals) {
  for (size_t i = 0; i < content.size(); ++i) {
    if (content.compare(i, 3, "R\"(") == 0) {
      size_t end = content.find(")\"", i);
      literals.push_back(content.substr(i + 3, end - i - 3));
      i = end + 1;
    } else if (content[i] == '\'' && i + 2 < content.size() && (content[i + 2] == '\'' || content[i + 1] == '\\')) {
      i = content.find('\'', i + 2); // a character
    } else if (content[i] == '"') {
      std::string literal;
      for (++i; i < content.size() && content[i] != '"'; ++i) {
        if (content[i] == '\\') {
          ++i;
          literal += content[i] == 'n' ? '\n' : content[i] == 't' ? '\t' : content[i];
        } else {
          literal += content[i];
        }
      }
      literals.push_back(std::move(literal));
    }
  }
}

} // namespace

std::vector<std::string> statements_of_test_files(const std::string& source_directory) {
  std::vector<std::string> statements;
  for (const auto& file : files_in(source_directory + "/tests/sql", ".test")) append_blocks(content_of(file), statements);
  return statements;
}

std::vector<std::string> example_scripts(const std::string& source_directory) {
  std::vector<std::string> scripts;
  for (const auto& file : files_in(source_directory + "/examples", ".sql")) scripts.push_back(content_of(file));
  return scripts;
}

std::vector<std::string> literals_of_parser_tests(const std::string& source_directory) {
  std::vector<std::string> literals;
  for (const char* name :
       {"parser_test.cc", "parser_ddl_test.cc", "parser_script_test.cc", "scripts_test.cc", "snowflake_printer_test.cc"}) {
    append_literals(content_of(source_directory + "/src/sql/tests/" + name), literals);
  }
  return literals;
}

} // namespace freshet::sql::testing
