#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warehouse/catalog.h"

namespace freshet::warehouse {

/// The account's own parameters are recorded objects of this type.
inline constexpr const char* k_account_parameter = "ACCOUNT PARAMETER";

/// The first of an option's items; and all of them, separated by commas. Of an option that is not set: nothing, and "".
std::optional<std::string> first_item(const Options& options, std::string_view key);
std::string listed_items(const Options& options, std::string_view key);

/// What SET gave a parameter that is kept among an object's options, or the account's: texts as written.
/// Cost: O(parameters of the account).
std::optional<std::string> own_parameter(const Object& object, std::string_view key);
std::optional<std::string> account_parameter(const Catalog& catalog, std::string_view key);
/// The object's own, its schema's, its database's or the account's: the nearest one that is set.
std::optional<std::string> parameter_in_force(const Catalog& catalog, const Object& object, std::string_view key);

} // namespace freshet::warehouse
