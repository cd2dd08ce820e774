#pragma once

#include <span>
#include <string_view>

namespace freshet::generate {

using Words = std::span<const std::string_view>;

Words first_names();
Words last_names();
Words street_suffixes();
Words city_prefixes();
Words city_suffixes();
Words states();
Words countries();
/// Country names that need quotes in a CSV file.
Words countries_with_commas();
Words nicknames();
Words name_suffixes();

} // namespace freshet::generate
