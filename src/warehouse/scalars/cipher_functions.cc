// ENCRYPT, DECRYPT, ENCRYPT_RAW, DECRYPT_RAW: AES in its modes.
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>

#include "warehouse/hexadecimal.h"
#include "warehouse/scalars/scalars.h"

namespace freshet::warehouse {
namespace {

using engine::Chunk;
using engine::ResultVector;
using engine::Type;
using engine::TypeId;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr size_t k_tag_bytes = 16;
constexpr int k_key_rounds = 10'000;
constexpr std::string_view k_failed = "Decryption failed. Check encrypted data, key, AAD, or AEAD tag.";

struct Method {
  std::string mode;
  bool pads = true;

  bool has_tag() const { return mode == "GCM"; }
  size_t iv_bytes() const { return mode == "GCM" ? 12 : mode == "ECB" ? 0 : 16; }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int length_of(std::string_view text) {
  return static_cast<int>(text.size());
}

/// AES[-mode][/pad:PKCS|NONE]
std::expected<Method, std::string> method_of(std::string_view written) {
  std::string upper;
  for (char c : written)
    if (c != ' ') upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  Method method{"GCM"};
  std::string_view rest = upper;
  bool is_valid = rest.starts_with("AES");
  rest.remove_prefix(std::min<size_t>(rest.size(), 3));
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos) {
    const auto padding = rest.substr(slash);
    method.pads = padding == "/PAD:PKCS";
    is_valid &= method.pads || padding == "/PAD:NONE";
    rest = rest.substr(0, slash);
  }
  if (!rest.empty()) method.mode = rest.substr(1);
  constexpr std::string_view k_modes[] = {"ECB", "CBC", "GCM", "CTR", "OFB", "CFB"};
  is_valid &= (rest.empty() || rest.starts_with('-')) && std::ranges::find(k_modes, method.mode) != std::end(k_modes);
  if (!is_valid) return std::unexpected(fmt::format("Unsupported encryption method '{}'", written));
  return method;
}

/// What encrypting gives and decrypting takes.
struct Sealed {
  std::string iv, text, tag;
};

std::expected<Context, std::string> context_of(const Method& method, std::string_view key, std::string_view iv, bool encrypts) {
  if (key.size() != 16 && key.size() != 24 && key.size() != 32)
    return std::unexpected(fmt::format("Invalid key length {}: 16, 24 or 32 bytes are expected", key.size()));
  if (iv.size() != method.iv_bytes())
    return std::unexpected(fmt::format("Invalid initialization vector length {}: {} bytes are expected for the mode {}",
                                       iv.size(), method.iv_bytes(), method.mode));
  const auto name = fmt::format("AES-{}-{}", key.size() * 8, method.mode);
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (EVP_CipherInit_ex(context.get(), EVP_get_cipherbyname(name.c_str()), nullptr, bytes_of(key),
                        iv.empty() ? nullptr : bytes_of(iv), encrypts ? 1 : 0) != 1)
    return std::unexpected(fmt::format("Unsupported encryption method 'AES-{}'", method.mode));
  EVP_CIPHER_CTX_set_padding(context.get(), method.pads ? 1 : 0);
  return context;
}

std::expected<Sealed, std::string> sealed(std::string_view value, std::string_view key, std::optional<std::string_view> iv,
                                          std::string_view aad, const Method& method) {
  Sealed out;
  out.iv = method.mode == "ECB" ? "" : iv ? std::string(*iv) : std::string(method.iv_bytes(), '\0');
  if (!iv && !out.iv.empty() && RAND_bytes(bytes_of(out.iv), length_of(out.iv)) != 1)
    return std::unexpected("Encryption failed: there are no random bytes for the initialization vector");
  auto context = context_of(method, key, out.iv, true);
  if (!context) return std::unexpected(context.error());
  int written = 0, last = 0;
  out.text.resize(value.size() + 32);
  if (method.has_tag() && !aad.empty()) EVP_CipherUpdate(context->get(), nullptr, &written, bytes_of(aad), length_of(aad));
  if (EVP_CipherUpdate(context->get(), bytes_of(out.text), &written, bytes_of(value), length_of(value)) != 1 ||
      EVP_CipherFinal_ex(context->get(), bytes_of(out.text) + written, &last) != 1)
    return std::unexpected("Encryption failed: without padding the value must be a multiple of 16 bytes long");
  out.text.resize(static_cast<size_t>(written + last));
  if (method.has_tag()) {
    out.tag.resize(k_tag_bytes);
    EVP_CIPHER_CTX_ctrl(context->get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(k_tag_bytes), out.tag.data());
  }
  return out;
}

std::expected<std::string, std::string> opened(const Sealed& value, std::string_view key, std::string_view aad,
                                               const Method& method) {
  if (method.has_tag() && value.tag.size() != k_tag_bytes) return std::unexpected(std::string(k_failed));
  auto context = context_of(method, key, value.iv, false);
  if (!context) return std::unexpected(context.error());
  int written = 0, last = 0;
  std::string out(value.text.size() + 32, '\0');
  if (method.has_tag()) {
    auto tag = value.tag;
    EVP_CIPHER_CTX_ctrl(context->get(), EVP_CTRL_AEAD_SET_TAG, length_of(tag), tag.data());
    if (!aad.empty()) EVP_CipherUpdate(context->get(), nullptr, &written, bytes_of(aad), length_of(aad));
  }
  if (EVP_CipherUpdate(context->get(), bytes_of(out), &written, bytes_of(value.text), length_of(value.text)) != 1 ||
      EVP_CipherFinal_ex(context->get(), bytes_of(out) + written, &last) != 1)
    return std::unexpected(std::string(k_failed));
  out.resize(static_cast<size_t>(written + last));
  return out;
}

/// The key that a passphrase stands for. Deriving one is slow by design, and most statements use the same one in all rows.
class Keys {
 public:
  std::string_view of(std::string_view passphrase) {
    if (key_.empty() || passphrase_ != passphrase) {
      constexpr std::string_view k_salt = "freshet encrypt";
      passphrase_ = passphrase;
      key_.resize(32);
      PKCS5_PBKDF2_HMAC(passphrase_.data(), length_of(passphrase_), bytes_of(k_salt), length_of(k_salt), k_key_rounds,
                        EVP_sha256(), length_of(key_), bytes_of(key_));
    }
    return key_;
  }

 private:
  std::string passphrase_, key_;
};

bool is_null_in(const Chunk& arguments, size_t row, std::initializer_list<size_t> columns) {
  return std::ranges::any_of(columns, [&](size_t column) { return arguments[column].is_null(row); });
}

std::optional<std::string_view> optional_text(const Chunk& arguments, size_t column, size_t row) {
  return arguments[column].is_null(row) ? std::nullopt : std::optional(arguments[column].text(row));
}

/// What was decrypted; where it cannot be, TRY_DECRYPT gives NULL.
std::expected<void, std::string> set_opened(ResultVector& result, size_t row,
                                            const std::expected<std::string, std::string>& value, bool is_try) {
  if (!value && !is_try) return std::unexpected(value.error());
  if (value)
    result.set_text(row, *value);
  else
    result.set_null(row);
  return {};
}

/// (value, passphrase, aad, method): initialization vector, encrypted value and tag in one.
std::expected<void, std::string> encrypt(const Chunk& arguments, ResultVector& result) {
  Keys keys;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (is_null_in(arguments, row, {0, 1, 3})) {
      result.set_null(row);
      continue;
    }
    const auto method = method_of(arguments[3].text(row));
    if (!method) return std::unexpected(method.error());
    const auto out = sealed(arguments[0].text(row), keys.of(arguments[1].text(row)), std::nullopt,
                            optional_text(arguments, 2, row).value_or(""), *method);
    if (!out) return std::unexpected(out.error());
    result.set_text(row, out->iv + out->text + out->tag);
  }
  return {};
}

std::expected<void, std::string> decrypt(const Chunk& arguments, ResultVector& result, bool is_try) {
  Keys keys;
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (is_null_in(arguments, row, {0, 1, 3})) {
      result.set_null(row);
      continue;
    }
    const auto method = method_of(arguments[3].text(row));
    if (!method) return std::unexpected(method.error());
    const auto value = arguments[0].text(row);
    const size_t head = method->iv_bytes(), tail = method->has_tag() ? k_tag_bytes : 0;
    if (value.size() < head + tail) {
      TRY(set_opened(result, row, std::unexpected(std::string(k_failed)), is_try));
      continue;
    }
    const Sealed parts{std::string(value.substr(0, head)), std::string(value.substr(head, value.size() - head - tail)),
                       std::string(value.substr(value.size() - tail))};
    const auto out = opened(parts, keys.of(arguments[1].text(row)), optional_text(arguments, 2, row).value_or(""), *method);
    TRY(set_opened(result, row, out, is_try));
  }
  return {};
}

/// (value, key, iv, aad, method): {"ciphertext": …, "iv": …, "tag": …}
std::expected<void, std::string> encrypt_raw(const Chunk& arguments, ResultVector& result) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (is_null_in(arguments, row, {0, 1, 4})) {
      result.set_null(row);
      continue;
    }
    const auto method = method_of(arguments[4].text(row));
    if (!method) return std::unexpected(method.error());
    const auto out = sealed(arguments[0].text(row), arguments[1].text(row), optional_text(arguments, 2, row),
                            optional_text(arguments, 3, row).value_or(""), *method);
    if (!out) return std::unexpected(out.error());
    std::string json = fmt::format(R"({{"ciphertext":"{}","iv":"{}")", hexadecimal(out->text), hexadecimal(out->iv));
    if (method->has_tag()) json += fmt::format(R"(,"tag":"{}")", hexadecimal(out->tag));
    result.set_text(row, json + "}");
  }
  return {};
}

/// (value, key, iv, aad, method, tag)
std::expected<void, std::string> decrypt_raw(const Chunk& arguments, ResultVector& result, bool is_try) {
  for (size_t row = 0; row < arguments.size(); ++row) {
    if (is_null_in(arguments, row, {0, 1, 4})) {
      result.set_null(row);
      continue;
    }
    const auto method = method_of(arguments[4].text(row));
    if (!method) return std::unexpected(method.error());
    const auto iv = method->mode == "ECB" ? "" : optional_text(arguments, 2, row).value_or("");
    const Sealed parts{std::string(iv), std::string(arguments[0].text(row)),
                       std::string(optional_text(arguments, 5, row).value_or(""))};
    const auto out = opened(parts, arguments[1].text(row), optional_text(arguments, 3, row).value_or(""), *method);
    TRY(set_opened(result, row, out, is_try));
  }
  return {};
}

} // namespace

engine::Result<void> register_cipher_functions(engine::Database& database) {
  const Type blob{TypeId::blob}, text{TypeId::varchar};
  Type json = text;
  json.alias = "JSON";
  // volatile: each row has an initialization vector of its own
  TRY(database.register_functions({{"freshet_encrypt", {blob, blob, blob, text}, {}, blob, true, true, encrypt}}));
  TRY(database.register_functions(
      {{"freshet_encrypt_raw", {blob, blob, blob, blob, text}, {}, json, true, true, encrypt_raw}}));
  for (const bool is_try : {false, true}) {
    const std::string prefix = is_try ? "freshet_try_" : "freshet_";
    TRY(database.register_functions(
        {{prefix + "decrypt",
          {blob, blob, blob, text},
          {},
          blob,
          false,
          true,
          [is_try](const Chunk& arguments, ResultVector& result) { return decrypt(arguments, result, is_try); }}}));
    TRY(database.register_functions(
        {{prefix + "decrypt_raw",
          {blob, blob, blob, blob, text, blob},
          {},
          blob,
          false,
          true,
          [is_try](const Chunk& arguments, ResultVector& result) { return decrypt_raw(arguments, result, is_try); }}}));
  }
  return {};
}

} // namespace freshet::warehouse
