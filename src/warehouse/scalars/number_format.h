#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::warehouse {

/// A number as digits, for formats that place them one by one.
struct DecimalDigits {
  bool negative = false;
  std::string whole;    // without leading zeros: empty for 0
  std::string fraction; // as many digits as the number's scale

  static DecimalDigits of(__int128 unscaled, int scale);
  static DecimalDigits of(double value); // of a finite number: the digits that tell it apart
  bool is_zero() const;
  /// Rounded half away from zero.
  DecimalDigits rounded(size_t fraction_digits) const;
};

/// One of Snowflake's numeric format models, compiled: `999,999.00`, `$99.0`, `FM9990`, `S0XXX`, `9D999EE`, `TM9`.
class NumberFormat {
 public:
  /// Empty: the text is no numeric format model.
  static std::optional<NumberFormat> of(std::string_view format);

  std::string print(const DecimalDigits& number) const;
  /// `-1234.56` of a text in this format (alternatives are separated by `|`); empty: it does not match.
  std::optional<std::string> parse(std::string_view text) const;

 private:
  enum class Sign : uint8_t { automatic, s_before, s_after, mi_before, mi_after };
  enum class Minimal : uint8_t { no, tm, tm9, tme };

  static std::optional<NumberFormat> alternative(std::string_view format);
  std::string body(const DecimalDigits& number, const std::string& exponent) const;
  std::string signed_body(std::string body, bool negative) const;
  std::string hexadecimal(const DecimalDigits& number) const;
  std::string scientific(const DecimalDigits& number) const;
  std::string minimal(const DecimalDigits& number) const;
  std::optional<std::string> parse_one(std::string_view text) const;
  std::optional<std::string> digits_of(std::string_view text) const;

  std::string before_, after_; // literals
  std::string whole_;          // '0', '9', 'X', ','
  std::string fraction_;       // '0', '9'
  bool has_point_ = false;
  size_t exponent_ = 0; // how many E
  bool lower_case_ = false;
  bool compact_ = false;
  bool dollar_ = false;
  bool blank_zero_ = false;
  Sign sign_ = Sign::automatic;
  Minimal minimal_ = Minimal::no;
  std::vector<NumberFormat> others_;
};

} // namespace freshet::warehouse
