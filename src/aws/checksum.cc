#include "aws/checksum.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace freshet::aws {
namespace {

/// A reflected cyclic redundancy check, eight bytes at a time ("slicing by eight").
template <typename Word, Word Polynomial>
class Crc {
 public:
  static Word update(Word crc, std::string_view bytes) {
    const auto* next = reinterpret_cast<const unsigned char*>(bytes.data());
    size_t left = bytes.size();
    for (; left >= 8; left -= 8, next += 8) {
      uint64_t word = 0;
      for (int i = 7; i >= 0; --i) word = word << 8 | next[i];
      word ^= crc;
      crc = 0;
      for (size_t i = 0; i < 8; ++i) crc ^= k_tables[7 - i][word >> (8 * i) & 0xff];
    }
    for (; left > 0; --left, ++next) crc = static_cast<Word>(crc >> 8) ^ k_tables[0][(crc ^ *next) & 0xff];
    return crc;
  }

 private:
  using Tables = std::array<std::array<Word, 256>, 8>;
  static constexpr Tables make_tables() {
    Tables tables{};
    for (size_t byte = 0; byte < 256; ++byte) {
      Word crc = static_cast<Word>(byte);
      for (int bit = 0; bit < 8; ++bit)
        crc = (crc & 1) != 0 ? static_cast<Word>(crc >> 1) ^ Polynomial : static_cast<Word>(crc >> 1);
      tables[0][byte] = crc;
    }
    for (size_t table = 1; table < 8; ++table) {
      for (size_t byte = 0; byte < 256; ++byte) {
        const Word before = tables[table - 1][byte];
        tables[table][byte] = static_cast<Word>(before >> 8) ^ tables[0][before & 0xff];
      }
    }
    return tables;
  }
  static constexpr Tables k_tables = make_tables();
};

using Crc32 = Crc<uint32_t, 0xedb88320u>;
using Crc32c = Crc<uint32_t, 0x82f63b78u>;
using Crc64Nvme = Crc<uint64_t, 0x9a6c9329ac4bc9b5ull>;

const EVP_MD* hash_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::md5:
      return EVP_md5();
    case Algorithm::sha1:
      return EVP_sha1();
    case Algorithm::sha256:
      return EVP_sha256();
    default:
      return nullptr;
  }
}

std::string big_endian(uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

std::optional<Algorithm> checksum_algorithm(std::string_view name) {
  std::string upper;
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  for (const auto algorithm : {Algorithm::crc32, Algorithm::crc32c, Algorithm::crc64nvme, Algorithm::sha1, Algorithm::sha256}) {
    if (upper == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::md5:
      return "MD5";
    case Algorithm::sha1:
      return "SHA1";
    case Algorithm::sha256:
      return "SHA256";
    case Algorithm::crc32:
      return "CRC32";
    case Algorithm::crc32c:
      return "CRC32C";
    case Algorithm::crc64nvme:
      return "CRC64NVME";
  }
  return "";
}

struct Digest::Core {
  Algorithm algorithm;
  uint64_t crc = ~0ull;
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{nullptr, EVP_MD_CTX_free};
};

Digest::Digest(Algorithm algorithm) : core_(std::make_unique<Core>(Core{algorithm})) {
  if (hash_of(algorithm) == nullptr) return;
  core_->context.reset(EVP_MD_CTX_new());
  if (!core_->context || EVP_DigestInit_ex(core_->context.get(), hash_of(algorithm), nullptr) != 1) {
    throw std::runtime_error("OpenSSL does not provide " + std::string(name_of(algorithm)));
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::update(std::string_view bytes) {
  switch (core_->algorithm) {
    case Algorithm::crc32:
      core_->crc = Crc32::update(static_cast<uint32_t>(core_->crc), bytes);
      break;
    case Algorithm::crc32c:
      core_->crc = Crc32c::update(static_cast<uint32_t>(core_->crc), bytes);
      break;
    case Algorithm::crc64nvme:
      core_->crc = Crc64Nvme::update(core_->crc, bytes);
      break;
    default:
      EVP_DigestUpdate(core_->context.get(), bytes.data(), bytes.size());
  }
}

std::string Digest::finish() {
  if (!core_->context) return big_endian(~core_->crc, core_->algorithm == Algorithm::crc64nvme ? 8 : 4);
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_DigestFinal_ex(core_->context.get(), value, &length);
  return {reinterpret_cast<const char*>(value), length};
}

std::string digest(Algorithm algorithm, std::string_view bytes) {
  Digest digest(algorithm);
  digest.update(bytes);
  return digest.finish();
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  unsigned char value[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), value, &length);
  return {reinterpret_cast<const char*>(value), length};
}

std::string to_hex(std::string_view bytes) {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) text += {k_digits[static_cast<unsigned char>(c) >> 4], k_digits[c & 15]};
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]), low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(length));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<size_t>(length) - padding);
  return bytes;
}

} // namespace freshet::aws
