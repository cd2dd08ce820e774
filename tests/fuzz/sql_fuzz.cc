// sql_fuzz SECONDS SEED: mutants of the project's SQL against the lexer, the parser and the printer. Prints each failing text;
// a crash or a hang leaves the mutant that caused it in sql_fuzz.last.
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "sql/tests/mutation.h"
#include "sql/tests/statement_corpus.h"

int main(int argc, char** argv) {
  using namespace freshet::sql::testing;
  if (argc != 3) {
    fmt::print(stderr, "usage: sql_fuzz SECONDS SEED\n");
    return 2;
  }
  auto corpus = statements_of_test_files(FRESHET_SOURCE_DIR);
  for (auto& text : example_scripts(FRESHET_SOURCE_DIR)) corpus.push_back(std::move(text));
  for (auto& text : literals_of_parser_tests(FRESHET_SOURCE_DIR)) corpus.push_back(std::move(text));
  Mutator mutator(std::move(corpus), std::strtoull(argv[2], nullptr, 10));
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(std::atoi(argv[1]));
  size_t texts = 0;
  size_t failures = 0;
  double slowest_s = 0;
  while (Clock::now() < end) {
    std::string text = mutator.next();
    std::ofstream("sql_fuzz.last", std::ios::binary) << text;
    const auto begin = Clock::now();
    std::string problem = problem_with(text);
    slowest_s = std::max(slowest_s, std::chrono::duration<double>(Clock::now() - begin).count());
    ++texts;
    if (problem.empty()) continue;
    ++failures;
    fmt::print("---- {}\n{}\n", problem, text);
    if (failures >= 50) break;
  }
  fmt::print("{} texts, {} failures, the slowest took {:.3f} s\n", texts, failures, slowest_s);
  return failures == 0 ? 0 : 1;
}
