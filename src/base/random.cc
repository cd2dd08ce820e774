#include "base/random.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <vector>

namespace freshet {

uint64_t Random::below(uint64_t bound) {
  // Lemire's multiplication, without the rejection step: the bias is below 2^-32 for every bound we use.
  return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

bool Random::percent(double chance) { return static_cast<double>(next() >> 11) * 0x1p-53 * 100.0 < chance; }

std::string random_secret_hex(size_t count) {
  std::vector<unsigned char> bytes(count);
  if (RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) throw std::runtime_error("the system's random generator failed");
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string random_uuid() {
  std::string hex = random_secret_hex(16);
  hex[12] = '4';
  hex[16] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

}  // namespace freshet
