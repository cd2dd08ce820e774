#include "warehouse/scalars/number_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace freshet::warehouse {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return a == (b >= 'a' && b <= 'z' ? b - 32 : b); });
}

size_t positions_in(std::string_view model) {
  return static_cast<size_t>(std::ranges::count_if(model, [](char c) { return c != ','; }));
}

bool is_hexadecimal(std::string_view model) {
  return model.find('X') != std::string_view::npos;
}

/// `digits` (as long as there are positions; blanks in front) put into the model's positions. A comma is printed where a digit
/// stands before it.
std::string placed(std::string_view model, std::string_view digits) {
  std::string out;
  size_t at = 0;
  for (char c : model) {
    if (c == ',')
      out += out.empty() || out.back() == ' ' ? ' ' : ',';
    else
      out += digits[at++];
  }
  return out;
}

/// Digits right-aligned to the model's positions; zeros from its first '0' on, blanks before.
std::string aligned(std::string_view model, std::string_view digits) {
  const size_t width = positions_in(model);
  std::string kinds;
  for (char c : model)
    if (c != ',') kinds += c;
  std::string out;
  bool zeros = false;
  for (size_t i = 0; i < width; ++i) {
    zeros |= kinds[i] == '0';
    out += i + digits.size() >= width ? digits[i + digits.size() - width] : zeros ? '0' : ' ';
  }
  return out;
}

} // namespace

DecimalDigits DecimalDigits::of(__int128 unscaled, int scale) {
  DecimalDigits out;
  out.negative = unscaled < 0;
  auto rest = out.negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  for (; rest != 0; rest /= 10) digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  std::ranges::reverse(digits);
  const auto width = static_cast<size_t>(scale);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  out.whole = digits.substr(0, digits.size() - width);
  out.fraction = digits.substr(digits.size() - width);
  return out;
}

DecimalDigits DecimalDigits::of(double value) {
  DecimalDigits out;
  out.negative = value < 0;
  std::string shortest = fmt::format("{}", out.negative ? -value : value);
  int exponent = 0;
  if (auto e = shortest.find('e'); e != std::string::npos) {
    exponent = std::stoi(shortest.substr(e + 1));
    shortest.resize(e);
  }
  auto point = shortest.find('.');
  std::string digits = shortest;
  if (point != std::string::npos) digits.erase(point, 1);
  auto whole = static_cast<int64_t>(point == std::string::npos ? shortest.size() : point) + exponent;
  if (whole < 0) digits.insert(0, static_cast<size_t>(-whole), '0'), whole = 0;
  if (whole > static_cast<int64_t>(digits.size())) digits.append(static_cast<size_t>(whole) - digits.size(), '0');
  out.whole = digits.substr(0, static_cast<size_t>(whole));
  out.fraction = digits.substr(static_cast<size_t>(whole));
  out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  out.fraction.erase(out.fraction.find_last_not_of('0') + 1);
  return out;
}

bool DecimalDigits::is_zero() const {
  return whole.empty() && fraction.find_first_not_of('0') == std::string::npos;
}

DecimalDigits DecimalDigits::rounded(size_t fraction_digits) const {
  DecimalDigits out = *this;
  if (fraction.size() <= fraction_digits) {
    out.fraction.append(fraction_digits - fraction.size(), '0');
    return out;
  }
  const bool up = fraction[fraction_digits] >= '5';
  std::string digits = "0" + whole + fraction.substr(0, fraction_digits);
  for (size_t i = digits.size(); up && i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      break;
    }
    digits[i] = '0';
  }
  out.whole = digits.substr(0, digits.size() - fraction_digits);
  out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  out.fraction = digits.substr(digits.size() - fraction_digits);
  if (out.is_zero()) out.negative = false;
  return out;
}

std::optional<NumberFormat> NumberFormat::of(std::string_view format) {
  std::optional<NumberFormat> first;
  while (true) {
    const auto bar = format.find('|');
    auto one = alternative(format.substr(0, bar));
    if (!one) return std::nullopt;
    if (first)
      first->others_.push_back(std::move(*one));
    else
      first = std::move(one);
    if (bar == std::string_view::npos) return first;
    format.remove_prefix(bar + 1);
  }
}

std::optional<NumberFormat> NumberFormat::alternative(std::string_view format) {
  NumberFormat out;
  bool any = false;
  auto literal = [&](char c) { (any ? out.after_ : out.before_) += c; };
  while (!format.empty()) {
    const char c = format.front();
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    size_t length = 1;
    if (c == '"') {
      const auto close = std::min(format.find('"', 1), format.size());
      for (char quoted : format.substr(1, close - 1)) literal(quoted);
      length = std::min(close + 1, format.size());
    } else if (starts_with_word(format, "FM")) {
      out.compact_ = !out.compact_;
      length = 2;
    } else if (starts_with_word(format, "FX")) {
      length = 2;
    } else if (starts_with_word(format, "MI")) {
      out.sign_ = any ? Sign::mi_after : Sign::mi_before;
      length = 2;
    } else if (starts_with_word(format, "TM")) {
      out.lower_case_ = c == 't';
      const char kind = format.size() > 2 ? format[2] : ' ';
      out.minimal_ = kind == '9' ? Minimal::tm9 : (kind == 'E' || kind == 'e') ? Minimal::tme : Minimal::tm;
      length = out.minimal_ == Minimal::tm ? 2 : 3;
      any = true;
    } else if (starts_with_word(format, "EE")) {
      out.lower_case_ = c == 'e';
      while (length < format.size() && length < 5 && (format[length] | 0x20) == 'e') ++length;
      out.exponent_ = length;
    } else if (upper == 'S') {
      out.sign_ = any ? Sign::s_after : Sign::s_before;
    } else if (upper == 'B') {
      out.blank_zero_ = true;
    } else if (upper == '$') {
      out.dollar_ = true;
    } else if (upper == '0' || upper == '9' || upper == 'X') {
      if (c == 'x' && !is_hexadecimal(out.whole_)) out.lower_case_ = true;
      (out.has_point_ ? out.fraction_ : out.whole_) += upper;
      any = true;
    } else if ((upper == ',' || upper == 'G') && any && !out.has_point_) {
      out.whole_ += ',';
    } else if (upper == 'D' || (upper == '.' && !out.has_point_)) {
      out.has_point_ = true;
      any = true;
    } else if (upper == '.' || upper == ',' || upper == ';' || upper == ':' || upper == '-' || upper == '=' || upper == '/' ||
               upper == '(' || upper == ')' || upper == ' ') {
      literal(c);
    } else if (upper != '_') {
      return std::nullopt;
    }
    format.remove_prefix(length);
  }
  if (!any) return std::nullopt;
  return out;
}

/// The digits in their places, with blanks in front, and the exponent.
std::string NumberFormat::body(const DecimalDigits& number, const std::string& exponent) const {
  const auto rounded = number.rounded(fraction_.size());
  const size_t width = positions_in(whole_);
  std::string out;
  if (rounded.whole.size() > width) {
    out = placed(whole_, std::string(width, '#')) + (has_point_ ? "." : "") + std::string(fraction_.size(), '#');
    return out + exponent;
  }
  std::string digits = aligned(whole_, rounded.whole);
  if (rounded.whole.empty() && width > 0 && !blank_zero_) digits.back() = '0';
  out = placed(whole_, digits);
  if (has_point_) out += '.';
  size_t kept = rounded.fraction.find_last_not_of('0') + 1;
  kept = std::max(kept, fraction_.rfind('0') + 1); // npos + 1 is 0
  for (size_t i = 0; i < fraction_.size(); ++i) {
    if (i < kept)
      out += rounded.fraction[i];
    else if (exponent.empty())
      out += ' ';
  }
  return out + exponent;
}

std::string NumberFormat::signed_body(std::string text, bool negative) const {
  const size_t blanks = std::min(text.find_first_not_of(' '), text.size());
  const std::string front = text.substr(0, blanks);
  const std::string rest = (dollar_ ? "$" : "") + text.substr(blanks);
  std::string out;
  switch (sign_) {
    case Sign::automatic:
      out = front + (negative ? "-" : " ") + rest;
      break;
    case Sign::s_before:
      out = front + (negative ? "-" : "+") + rest;
      break;
    case Sign::s_after:
      out = front + rest + (negative ? "-" : "+");
      break;
    case Sign::mi_before:
      out = (negative ? "-" : " ") + front + rest;
      break;
    case Sign::mi_after:
      out = front + rest + (negative ? "-" : " ");
      break;
  }
  if (compact_) std::erase(out, ' ');
  return before_ + out + after_;
}

std::string NumberFormat::hexadecimal(const DecimalDigits& number) const {
  unsigned __int128 value = 0;
  for (char c : number.whole) value = value * 10 + static_cast<unsigned>(c - '0');
  const size_t width = positions_in(whole_);
  const bool is_signed = sign_ != Sign::automatic;
  if (number.negative && !is_signed) {
    value = -value;
    if (width < 32) value &= (static_cast<unsigned __int128>(1) << (4 * width)) - 1;
  }
  std::string digits;
  for (; value != 0; value >>= 4)
    digits += (lower_case_ ? "0123456789abcdef" : "0123456789ABCDEF")[static_cast<size_t>(value & 15)];
  std::ranges::reverse(digits);
  if (digits.size() > width) digits.assign(width, '#');
  std::string out = aligned(whole_, digits);
  if (digits.empty() && !out.empty()) out.back() = '0';
  if (is_signed) return signed_body(out, number.negative && !number.is_zero());
  if (compact_) std::erase(out, ' ');
  return before_ + out + after_;
}

std::string NumberFormat::scientific(const DecimalDigits& number) const {
  std::string digits = number.whole + number.fraction;
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
  int64_t power = number.is_zero() ? 0 : static_cast<int64_t>(number.whole.size()) - static_cast<int64_t>(zeros) - 1;
  digits.erase(0, zeros);
  DecimalDigits mantissa{number.negative, digits.substr(0, 1), digits.size() > 1 ? digits.substr(1) : ""};
  const char letter = lower_case_ ? 'e' : 'E';
  if (minimal_ != Minimal::no) {
    mantissa.fraction.erase(mantissa.fraction.find_last_not_of('0') + 1);
    return fmt::format("{}{}{}{}{}", mantissa.whole.empty() ? "0" : mantissa.whole, mantissa.fraction.empty() ? "" : ".",
                       mantissa.fraction, letter, power);
  }
  if (mantissa.rounded(fraction_.size()).whole.size() > 1) { // 9.99 → 10.0
    ++power;
    mantissa = {number.negative, "1", ""};
  }
  const std::string exponent =
      exponent_ == 2 ? fmt::format("{}{}", letter, power)
                     : fmt::format("{}{}{:0{}}", letter, power < 0 ? '-' : '+', power < 0 ? -power : power, exponent_ - 2);
  return body(mantissa, exponent);
}

std::string NumberFormat::minimal(const DecimalDigits& number) const {
  std::string positional = number.whole.empty() ? "0" : number.whole;
  if (!number.fraction.empty()) positional += "." + number.fraction;
  std::string text = positional;
  if (minimal_ == Minimal::tme) text = scientific(number);
  if (minimal_ == Minimal::tm) {
    const std::string other = scientific(number);
    if (other.size() < text.size()) text = other;
  }
  if (dollar_) text = "$" + text;
  const bool negative = number.negative;
  const std::string after = sign_ == Sign::s_after    ? (negative ? "-" : "+")
                            : sign_ == Sign::mi_after ? (negative ? "-" : " ")
                                                      : "";
  const std::string before = sign_ == Sign::s_before     ? (negative ? "-" : "+")
                             : sign_ == Sign::mi_before  ? (negative ? "-" : " ")
                             : after.empty() && negative ? "-"
                                                         : "";
  return before_ + before + text + after + after_;
}

std::string NumberFormat::print(const DecimalDigits& number) const {
  if (minimal_ != Minimal::no) return minimal(number);
  if (is_hexadecimal(whole_)) return hexadecimal(number);
  if (exponent_ > 0) return signed_body(scientific(number), number.negative);
  const auto rounded = number.rounded(fraction_.size());
  return signed_body(body(number, ""), rounded.negative);
}

/// The text without sign: digits with groups, point and exponent.
std::optional<std::string> NumberFormat::digits_of(std::string_view text) const {
  if (dollar_ && text.starts_with('$')) text.remove_prefix(1);
  if (minimal_ != Minimal::no) {
    const bool has_exponent = text.find_first_of("eE") != std::string_view::npos;
    if (has_exponent == (minimal_ == Minimal::tm9) && minimal_ != Minimal::tm) return std::nullopt;
    return std::string(text);
  }
  if (is_hexadecimal(whole_)) {
    unsigned __int128 value = 0;
    if (text.empty() || text.size() > std::min<size_t>(positions_in(whole_), 31)) return std::nullopt;
    for (char c : text) {
      const char lower = static_cast<char>(c | 0x20);
      const int digit = is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(digit);
    }
    const auto digits = DecimalDigits::of(static_cast<__int128>(value), 0).whole;
    return digits.empty() ? "0" : digits;
  }
  std::string exponent;
  if (exponent_ > 0) {
    const auto e = text.find_first_of("eE");
    if (e == std::string_view::npos) return std::nullopt;
    exponent = "e" + std::string(text.substr(e + 1));
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  std::string_view whole = text.substr(0, point), fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (point != std::string_view::npos && !has_point_) return std::nullopt;
  std::string digits;
  const bool grouped = whole.find(',') != std::string_view::npos;
  size_t model_at = whole_.size();
  for (size_t i = whole.size(); i-- > 0;) { // from the point to the left, beside the model
    if (!grouped)
      while (model_at > 0 && whole_[model_at - 1] == ',') --model_at;
    if (model_at == 0) return std::nullopt;
    --model_at;
    if ((whole[i] == ',') != (whole_[model_at] == ',')) return std::nullopt;
    if (whole[i] == ',') continue;
    if (!is_digit(whole[i])) return std::nullopt;
    digits.insert(digits.begin(), whole[i]);
  }
  if (whole_.substr(0, model_at).find('0') != std::string::npos) return std::nullopt; // a digit that must be there is not
  if (fraction.size() > fraction_.size() || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
  if (fraction_.find('0', fraction.size()) != std::string::npos) return std::nullopt;
  if (digits.empty() && fraction.empty()) return std::nullopt;
  return (digits.empty() ? "0" : digits) + (fraction.empty() ? "" : "." + std::string(fraction)) + exponent;
}

std::optional<std::string> NumberFormat::parse_one(std::string_view text) const {
  auto trim = [&text] {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
  };
  trim();
  if (!text.starts_with(before_) || text.size() < before_.size() + after_.size() || !text.ends_with(after_))
    return std::nullopt;
  text = text.substr(before_.size(), text.size() - before_.size() - after_.size());
  trim();
  if (text.empty()) return std::nullopt;
  bool negative = false;
  if (sign_ == Sign::s_after || sign_ == Sign::mi_after) {
    if (text.back() == '-' || text.back() == '+') {
      negative = text.back() == '-';
      text.remove_suffix(1);
    } else if (sign_ == Sign::s_after) {
      return std::nullopt;
    }
  } else if (text.front() == '-' || text.front() == '+') {
    negative = text.front() == '-';
    text.remove_prefix(1);
  } else if (sign_ == Sign::s_before) {
    return std::nullopt;
  }
  trim();
  auto digits = digits_of(text);
  if (!digits) return std::nullopt;
  return (negative ? "-" : "") + *digits;
}

std::optional<std::string> NumberFormat::parse(std::string_view text) const {
  if (auto found = parse_one(text)) return found;
  for (const auto& other : others_)
    if (auto found = other.parse_one(text)) return found;
  return std::nullopt;
}

} // namespace freshet::warehouse
