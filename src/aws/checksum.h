#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::aws {

enum class Algorithm { md5, sha1, sha256, crc32, crc32c, crc64nvme };

/// The algorithm by S3's name for it ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"), in any case.
std::optional<Algorithm> checksum_algorithm(std::string_view name);
std::string_view name_of(Algorithm algorithm);

/// A hash or checksum over bytes that come in pieces. Not thread-safe.
class Digest {
 public:
  explicit Digest(Algorithm algorithm);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void update(std::string_view bytes);
  /// The raw bytes (CRCs big-endian), once.
  std::string finish();

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

std::string digest(Algorithm algorithm, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_hex(std::string_view bytes); // lower case
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

} // namespace freshet::aws
