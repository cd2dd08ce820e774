// PARSE_IP: addresses of networks.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "warehouse/scalars/json_value.h"
#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using Bytes = std::array<unsigned char, 16>;

struct Address {
  bool is_ipv6 = false;
  Bytes bytes{}; // IPv4: the first four
  size_t size() const { return is_ipv6 ? 16 : 4; }
};

std::optional<Address> address_of(const std::string& host) {
  Address address;
  if (inet_pton(AF_INET, host.c_str(), address.bytes.data()) == 1) return address;
  address.is_ipv6 = true;
  if (inet_pton(AF_INET6, host.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

int64_t word(const Bytes& bytes, size_t index) {
  int64_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value * 256 + bytes[index * 4 + i];
  return value;
}

/// The network's first (`fill` 0) or last (`fill` 0xFF) address.
Bytes edge(const Address& address, int prefix, unsigned char fill) {
  Bytes out = address.bytes;
  for (size_t i = 0; i < address.size(); ++i) {
    int kept = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
    auto mask = static_cast<unsigned char>(0xFF00 >> kept);
    out[i] = static_cast<unsigned char>((out[i] & mask) | (fill & static_cast<unsigned char>(~mask)));
  }
  return out;
}

RowResult refused(RowArguments arguments, std::string_view problem) {
  std::string text = fmt::format("Error parsing IP address: {} '{}'", problem, *arguments[0]);
  if (arguments[2] != "1") return std::unexpected(text);
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  out.set("error", JsonValue::of_string(text));
  return out.to_string();
}

/// (address[/prefix length], INET or CIDR, permissive)
RowResult parse_ip(RowArguments arguments) {
  std::string type;
  for (char c : *arguments[1]) type += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (type != "inet" && type != "cidr") return std::unexpected(fmt::format("Invalid IP address type '{}'", *arguments[1]));
  std::string host(arguments[0]->substr(0, arguments[0]->find('/')));
  auto address = address_of(host);
  if (!address) return refused(arguments, "invalid address");
  JsonValue out;
  out.kind = JsonValue::Kind::object;
  auto hex = [](const Bytes& bytes) { return JsonValue::of_string(fmt::format("{:02X}", fmt::join(bytes, ""))); };
  JsonValue fields;
  fields.kind = JsonValue::Kind::array;
  for (size_t i = 0; i < 4; ++i)
    fields.items.push_back(JsonValue::of_integer(i == 0 || address->is_ipv6 ? word(address->bytes, i) : 0));
  out.set("family", JsonValue::of_integer(address->is_ipv6 ? 6 : 4));
  out.set("host", JsonValue::of_string(host));
  out.set("ip_fields", std::move(fields));
  out.set("ip_type", JsonValue::of_string(type));
  out.set("snowflake$type", JsonValue::of_string("ip_address"));
  if (address->is_ipv6)
    out.set("hex_ipv6", hex(address->bytes));
  else
    out.set("ipv4", JsonValue::of_integer(word(address->bytes, 0)));
  if (host.size() == arguments[0]->size()) return out.to_string();
  int prefix = -1;
  auto digits = arguments[0]->substr(host.size() + 1);
  auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (problem != std::errc() || end != digits.data() + digits.size() || prefix < 0 ||
      prefix > static_cast<int>(address->size()) * 8)
    return refused(arguments, "invalid prefix length");
  out.set("netmask_prefix_length", JsonValue::of_integer(prefix));
  Bytes first = edge(*address, prefix, 0), last = edge(*address, prefix, 0xFF);
  if (address->is_ipv6) {
    out.set("hex_ipv6_range_start", hex(first));
    out.set("hex_ipv6_range_end", hex(last));
  } else {
    out.set("ipv4_range_start", JsonValue::of_integer(word(first, 0)));
    out.set("ipv4_range_end", JsonValue::of_integer(word(last, 0)));
  }
  return out.to_string();
}

} // namespace

engine::Result<void> register_network_functions(engine::Database& database) {
  return register_row_function(database, "freshet_parse_ip", 3, false, true, RowNulls::give_null, parse_ip);
}

} // namespace freshet::warehouse
