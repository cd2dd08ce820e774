#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "warehouse/load/csv_format.h"

namespace freshet::warehouse {

// What an option's written values mean. Errors: invalid_argument, with the option's name and what it takes.

std::string upper_case(std::string_view text);
std::unexpected<Error> refuse_value(const LoadOption& option, std::string_view value, std::string_view takes);
Result<std::string> single_value(const LoadOption& option);
Result<bool> boolean_value(const LoadOption& option);
Result<uint64_t> integer_value(const LoadOption& option);
Result<Compression> compression_value(const LoadOption& option);
/// HEX, BASE64 or UTF8.
Result<std::string> binary_format_value(const LoadOption& option);
std::string_view name_of_compression(Compression compression);
/// Text as DESC shows it: \n, \t, \\.
std::string shown_option(std::string_view text);
std::string shown_list(const std::vector<std::string>& values);

} // namespace freshet::warehouse
