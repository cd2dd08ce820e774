// Digests and the identifiers made of them.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "warehouse/scalars/row_function.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::span<const unsigned char> digest_of(std::string_view bytes, const EVP_MD* algorithm, Digest& out) {
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, algorithm, nullptr);
  return std::span(out).first(length);
}

const EVP_MD* sha2_of(int64_t bits) {
  switch (bits) {
    case 224:
      return EVP_sha224();
    case 0:
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

std::expected<void, std::string> sha2(const engine::Chunk& arguments, engine::ResultVector& result) {
  Digest buffer;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (arguments[0].is_null(row) || arguments[1].is_null(row)) continue;
    const EVP_MD* algorithm = sha2_of(arguments[1].integer(row));
    if (algorithm == nullptr) return std::unexpected(fmt::format("Unsupported digest size {}", arguments[1].integer(row)));
    result.set_text(row, fmt::format("{:02x}", fmt::join(digest_of(arguments[0].text(row), algorithm, buffer), "")));
  }
  return {};
}

/// RFC 4122's version 5: a name within a namespace.
RowResult uuid_of(RowArguments arguments) {
  std::string bytes;
  std::string digits;
  for (char c : *arguments[0])
    if (c != '-') digits += c;
  bool valid = digits.size() == 32 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  if (!valid) return std::unexpected(fmt::format("Invalid UUID '{}'", *arguments[0]));
  for (size_t i = 0; i < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  bytes += *arguments[1];
  Digest hash;
  digest_of(bytes, EVP_sha1(), hash);
  hash[6] = static_cast<unsigned char>((hash[6] & 0x0F) | 0x50);
  hash[8] = static_cast<unsigned char>((hash[8] & 0x3F) | 0x80);
  std::string text = fmt::format("{:02x}", fmt::join(std::span(hash).first(16), ""));
  for (size_t place : {8U, 13U, 18U, 23U}) text.insert(place, 1, '-');
  return text;
}

} // namespace

engine::Result<void> register_digest_functions(engine::Database& database) {
  const engine::Type text{engine::TypeId::varchar}, whole{engine::TypeId::bigint};
  std::vector<engine::ScalarFunction> overloads;
  for (auto id : {engine::TypeId::varchar, engine::TypeId::blob})
    overloads.push_back({"freshet_sha2", {engine::Type{id}, whole}, {}, text, false, false, sha2});
  TRY(database.register_functions(std::move(overloads)));
  return register_row_function(database, "freshet_uuid_of", 2, false, false, RowNulls::give_null, uuid_of);
}

} // namespace freshet::warehouse
