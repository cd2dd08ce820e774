#pragma once

#include <string>
#include <vector>

namespace freshet::sql::testing {

/// The texts of SQL that the project has: the statements of tests/sql/*.test, the scripts of examples/, and the string literals
/// of the parser's own tests (which hold faulty texts and parts of statements, too).
std::vector<std::string> statements_of_test_files(const std::string& source_directory);
std::vector<std::string> example_scripts(const std::string& source_directory);
std::vector<std::string> literals_of_parser_tests(const std::string& source_directory);

} // namespace freshet::sql::testing
