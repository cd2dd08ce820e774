#include <fmt/format.h>

#include <cctype>
#include <charconv>

#include "flow/expression_node.h"

namespace freshet::flow {
namespace {

bool is_name_start(char letter) {
  return std::isalpha(static_cast<unsigned char>(letter)) || letter == '_';
}
bool is_name(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_' || letter == '-' || letter == '.';
}

/// Recursive descent over the text between `${` and `}`.
class Parser {
 public:
  Parser(std::string_view text, size_t at, const std::map<std::string, std::string>& parameters)
      : text_(text), at_(at), parameters_(parameters) {}

  size_t position() const { return at_; }

  /// From just behind `${` to just behind the matching `}`.
  Result<NodePointer> expression() {
    auto node = TRY(chain());
    if (!accept('}')) return wrong("expected ':' and a function, or '}'");
    return node;
  }

  /// From just behind `#{` to just behind `}`.
  Result<std::string> parameter_name() {
    skip_space();
    std::string name;
    if (peek() == '\'' || peek() == '"') {
      name = TRY(quoted());
    } else {
      while (at_ < text_.size() && text_[at_] != '}') name += text_[at_++];
      while (!name.empty() && name.back() == ' ') name.pop_back();
    }
    if (!accept('}')) return wrong("a parameter reference without its '}'");
    if (!parameters_.contains(name)) {
      return fail(ErrorKind::invalid_argument,
                  fmt::format("no parameter is named '{}' in the group's parameter context (position {} of '{}')", name,
                              at_ - name.size(), text_));
    }
    return name;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorKind::invalid_argument, fmt::format("{} at position {} of '{}'", what, at_ + 1, text_));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (true) {
      while (std::isspace(static_cast<unsigned char>(peek()))) ++at_;
      if (peek() != '#' || text_.substr(at_).starts_with("#{")) return;
      while (at_ < text_.size() && text_[at_] != '\n') ++at_; // a comment
    }
  }
  bool accept(char letter) {
    skip_space();
    if (peek() != letter) return false;
    ++at_;
    return true;
  }

  Result<std::string> quoted() {
    const size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        const char escaped = text_[++at_];
        switch (escaped) {
          case 'n':
            value += '\n';
            break;
          case 't':
            value += '\t';
            break;
          case 'r':
            value += '\r';
            break;
          case '\\':
          case '\'':
          case '"':
            value += escaped;
            break;
          default:
            value += '\\';
            value += escaped;
            break;
        }
      } else {
        value += text_[at_];
      }
      ++at_;
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return wrong("a quote without its end");
    }
    ++at_;
    return value;
  }

  std::string word() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  static NodePointer literal(Value value) {
    auto node = std::make_shared<ExpressionNode>();
    node->value = std::move(value);
    return node;
  }
  static NodePointer attribute(NodePointer name) {
    auto node = std::make_shared<ExpressionNode>();
    node->kind = ExpressionNode::Kind::attribute;
    node->arguments.push_back(std::move(name));
    return node;
  }

  Result<NodePointer> chain() {
    auto node = TRY(subject());
    return calls(std::move(node));
  }

  Result<NodePointer> calls(NodePointer node) {
    while (accept(':')) {
      skip_space();
      const size_t begin = at_;
      auto call = std::make_shared<ExpressionNode>();
      call->kind = ExpressionNode::Kind::call;
      call->name = word();
      if (call->name.empty()) return wrong("expected the name of a function");
      const FunctionSignature* const signature = find_function(call->name);
      if (signature == nullptr) {
        at_ = begin;
        return wrong(fmt::format("there is no function '{}'", call->name));
      }
      call->subject = std::move(node);
      TRY(arguments(*call, *signature, begin));
      node = std::move(call);
    }
    return node;
  }

  Result<void> arguments(ExpressionNode& call, const FunctionSignature& signature, size_t begin) {
    if (!accept('(')) return wrong(fmt::format("expected '(' after '{}'", call.name));
    if (!accept(')')) {
      do {
        call.arguments.push_back(TRY(argument()));
      } while (accept(','));
      if (!accept(')')) return wrong("expected ',' or ')'");
    }
    const size_t count = call.arguments.size();
    if (count < signature.arguments_min || count > signature.arguments_max) {
      at_ = begin;
      return wrong(fmt::format("'{}' takes {} argument{}, not {},", call.name,
                               signature.arguments_min == signature.arguments_max
                                   ? std::to_string(signature.arguments_min)
                                   : fmt::format("{} to {}", signature.arguments_min, signature.arguments_max),
                               signature.arguments_max == 1 ? "" : "s", count));
    }
    return {};
  }

  Result<NodePointer> argument() {
    skip_space();
    const char letter = peek();
    if (letter == '\'' || letter == '"') return literal(TRY(quoted()));
    if (std::isdigit(static_cast<unsigned char>(letter)) || letter == '-' || letter == '+' || letter == '.') return number();
    if (text_.substr(at_).starts_with("${")) {
      at_ += 2;
      return expression();
    }
    if (text_.substr(at_).starts_with("#{")) return parameter();
    const size_t begin = at_;
    const std::string name = word();
    if (name == "true" || name == "false") return literal(name == "true");
    if (name == "null") return literal(std::monostate{});
    if (!name.empty() && peek() == '(') {
      at_ = begin;
      return chain();
    }
    at_ = begin;
    return wrong("expected an argument: quoted text, a number, true, false or ${…}");
  }

  Result<NodePointer> number() {
    const size_t begin = at_;
    if (peek() == '-' || peek() == '+') ++at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '.') ++at_;
    std::string_view digits = text_.substr(begin, at_ - begin);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    int64_t whole = 0;
    if (const auto [end, code] = std::from_chars(digits.begin(), digits.end(), whole);
        code == std::errc() && end == digits.end()) {
      return literal(whole);
    }
    double decimal = 0;
    if (const auto [end, code] = std::from_chars(digits.begin(), digits.end(), decimal);
        code == std::errc() && end == digits.end()) {
      return literal(decimal);
    }
    at_ = begin;
    return wrong(fmt::format("'{}' is not a number", digits));
  }

  Result<NodePointer> parameter() {
    at_ += 2;
    auto node = std::make_shared<ExpressionNode>();
    node->kind = ExpressionNode::Kind::parameter;
    node->name = TRY(parameter_name());
    return node;
  }

  Result<NodePointer> subject() {
    skip_space();
    if (text_.substr(at_).starts_with("${")) {
      at_ += 2;
      return attribute(TRY(expression()));
    }
    if (text_.substr(at_).starts_with("#{")) return parameter();
    if (peek() == '\'' || peek() == '"') return attribute(literal(TRY(quoted())));
    const size_t begin = at_;
    if (is_name_start(peek())) {
      const std::string name = word();
      skip_space();
      if (peek() == '(') return standalone(name, begin);
      return attribute(literal(name));
    }
    return wrong("expected an attribute's name, a function or ${…}");
  }

  Result<NodePointer> standalone(const std::string& name, size_t begin) {
    static constexpr FunctionSignature k_any{1, 1000};
    auto node = std::make_shared<ExpressionNode>();
    node->name = name;
    const FunctionSignature* signature = find_standalone(name);
    node->kind = ExpressionNode::Kind::standalone;
    if (is_multiple(name)) {
      node->kind = ExpressionNode::Kind::multiple;
      signature = &k_any;
    }
    if (signature == nullptr) {
      at_ = begin;
      return wrong(fmt::format("there is no function '{}' without a subject", name));
    }
    TRY(arguments(*node, *signature, begin));
    return node;
  }

  std::string_view text_;
  size_t at_;
  const std::map<std::string, std::string>& parameters_;
};

} // namespace

Result<Expression> Expression::compile(std::string_view text, const std::map<std::string, std::string>& parameters) {
  Expression expression;
  std::string pending;
  const auto flush = [&] {
    if (!pending.empty()) expression.parts_.push_back({std::exchange(pending, {}), nullptr});
  };
  for (size_t at = 0; at < text.size();) {
    const char letter = text[at];
    if (letter != '$' && letter != '#') {
      pending += letter;
      ++at;
      continue;
    }
    size_t run = 1;
    while (at + run < text.size() && text[at + run] == letter) ++run;
    const bool opens = at + run < text.size() && text[at + run] == '{';
    pending.append(opens ? run / 2 : run, letter);
    at += run;
    if (!opens || run % 2 == 0) continue;
    Parser parser(text, at + 1, parameters);
    if (letter == '$') {
      flush();
      expression.parts_.push_back({{}, TRY(parser.expression())});
    } else {
      const std::string name = TRY(parser.parameter_name());
      auto value = TRY(compile(parameters.at(name), {}));
      flush();
      for (Part& part : value.parts_) expression.parts_.push_back(std::move(part));
    }
    at = parser.position();
  }
  flush();
  return expression;
}

Result<std::string> Expression::evaluate(const ExpressionScope& scope) const {
  std::string result;
  for (const Part& part : parts_) {
    if (!part.node) {
      result += part.text;
    } else {
      result += to_text(TRY(flow::evaluate(*part.node, scope)));
    }
  }
  return result;
}

bool Expression::has_expression() const {
  for (const Part& part : parts_) {
    if (part.node) return true;
  }
  return false;
}

Result<std::string> replace_parameters(std::string_view text, const std::map<std::string, std::string>& parameters) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    size_t run = 0;
    while (at + run < text.size() && text[at + run] == '#') ++run;
    if (run == 0) {
      result += text[at++];
      continue;
    }
    const bool opens = at + run < text.size() && text[at + run] == '{';
    result.append(opens ? run / 2 : run, '#');
    at += run;
    if (!opens || run % 2 == 0) continue;
    Parser parser(text, at + 1, parameters);
    result += parameters.at(TRY(parser.parameter_name()));
    at = parser.position();
  }
  return result;
}

} // namespace freshet::flow
