#include "flow/pattern.h"

#include <fmt/format.h>

#include <boost/regex.hpp>

namespace freshet::flow {

struct Pattern::Compiled {
  boost::regex regex;
};

Result<Pattern> Pattern::compile(std::string_view expression) {
  try {
    auto compiled = std::make_shared<Compiled>();
    compiled->regex.assign(expression.data(), expression.data() + expression.size(), boost::regex::perl);
    return Pattern(std::move(compiled));
  } catch (const boost::regex_error& error) {
    return fail(ErrorKind::invalid_argument, fmt::format("'{}' is not a regular expression: {}", expression, error.what()));
  }
}

bool Pattern::matches(std::string_view text) const {
  try {
    return boost::regex_match(text.begin(), text.end(), compiled_->regex);
  } catch (const std::runtime_error&) {
    return false;
  }
}

bool Pattern::found_in(std::string_view text) const {
  try {
    return boost::regex_search(text.begin(), text.end(), compiled_->regex);
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string Pattern::replace_all(std::string_view text, std::string_view replacement) const {
  try {
    return boost::regex_replace(std::string(text), compiled_->regex, std::string(replacement));
  } catch (const std::runtime_error&) {
    return std::string(text);
  }
}

std::string Pattern::replace_first(std::string_view text, std::string_view replacement) const {
  try {
    return boost::regex_replace(std::string(text), compiled_->regex, std::string(replacement),
                                boost::format_perl | boost::format_first_only);
  } catch (const std::runtime_error&) {
    return std::string(text);
  }
}

} // namespace freshet::flow
