#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace freshet {

/// A reproducible source of random numbers: the same seed gives the same numbers on every platform. Not for secrets.
/// Not thread-safe: each owner has its own.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t next() { return engine_(); }
  /// Uniform in [0, bound); bound > 0.
  uint64_t below(uint64_t bound);
  /// True with the given probability in percent.
  bool percent(double chance);
  template <typename T>
  const T& pick(std::span<const T> from) {
    return from[below(from.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// `count` bytes from the operating system's cryptographic generator, as lower-case hex (2 × count characters).
std::string random_secret_hex(size_t count);

/// A random (version 4) UUID.
std::string random_uuid();

}  // namespace freshet
