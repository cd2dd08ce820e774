#include "aws/sigv4.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "aws/checksum.h"

namespace freshet::aws {
namespace {

constexpr std::string_view k_algorithm = "AWS4-HMAC-SHA256";
constexpr Duration k_skew_max = std::chrono::minutes(15);

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string decode(std::string_view encoded) {
  std::string decoded;
  for (size_t i = 0; i < encoded.size(); ++i) {
    const auto byte = encoded[i] == '%' ? from_hex(encoded.substr(i + 1, 2)) : std::nullopt;
    if (byte && !byte->empty()) {
      decoded += *byte;
      i += 2;
    } else {
      decoded += encoded[i];
    }
  }
  return decoded;
}

std::string encode(std::string_view text, bool keep_slash) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == '_' || c == '~' || (keep_slash && c == '/');
    if (plain)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

std::string canonical_query(std::string_view query) {
  Fields parameters;
  for (const auto item : split(query, '&')) {
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
    parameters.emplace_back(encode(decode(item.substr(0, equals)), false), encode(decode(value), false));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (const auto& [name, value] : parameters) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

/// Trimmed, and runs of blanks inside as one.
std::string canonical_value(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (text.empty() || text.back() == ' ')) continue;
    text += blank ? ' ' : c;
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

std::optional<std::string> find(const Fields& headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (lower(field) == name) return value;
  }
  return std::nullopt;
}

struct Authorization {
  std::string access_key_id;
  Scope scope;
  std::vector<std::string> signed_headers;
  std::string signature;
};

std::optional<Authorization> parse_authorization(std::string_view text) {
  std::map<std::string, std::string> parts;
  for (auto part : split(text, ',')) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    parts.emplace(part.substr(0, equals), part.substr(equals + 1));
  }
  const auto credential = split(parts["Credential"], '/');
  if (credential.size() < 5 || credential.back() != "aws4_request") return std::nullopt;
  const size_t count = credential.size();
  Authorization result;
  for (size_t i = 0; i + 4 < count; ++i) result.access_key_id += (i > 0 ? "/" : "") + std::string(credential[i]);
  result.scope = {std::string(credential[count - 4]), std::string(credential[count - 3]), std::string(credential[count - 2])};
  for (const auto name : split(parts["SignedHeaders"], ';')) result.signed_headers.emplace_back(name);
  result.signature = parts["Signature"];
  if (result.signature.empty() || result.signed_headers.front().empty()) return std::nullopt;
  return result;
}

std::unexpected<SignatureFailure> refuse(SignatureProblem problem, std::string message) {
  return std::unexpected(SignatureFailure{problem, std::move(message)});
}

} // namespace

std::string amz_date(TimePoint time) {
  std::string text = iso8601(time); // 2026-01-31T12:34:56.789Z
  text.resize(19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::optional<TimePoint> parse_amz_date(std::string_view text) {
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (text.size() != 16 ||
      std::sscanf(std::string(text).c_str(), "%4d%2u%2uT%2d%2d%2dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
}

std::string canonical_request(const SignableRequest& request, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash) {
  const size_t question = request.target.find('?');
  const std::string_view path = std::string_view(request.target).substr(0, question);
  const std::string_view query = question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1);
  std::string text = fmt::format("{}\n{}\n{}\n", request.method, encode(decode(path), true), canonical_query(query));
  for (const auto& name : signed_headers) {
    std::string values;
    bool first = true;
    for (const auto& [field, value] : request.headers) {
      if (lower(field) != name) continue;
      values += (first ? "" : ",") + canonical_value(value);
      first = false;
    }
    text += fmt::format("{}:{}\n", name, values);
  }
  return fmt::format("{}\n{}\n{}", text, fmt::join(signed_headers, ";"), payload_hash);
}

std::string string_to_sign(std::string_view date, const Scope& scope, std::string_view canonical_request) {
  return fmt::format("{}\n{}\n{}\n{}", k_algorithm, date, scope.text(), to_hex(digest(Algorithm::sha256, canonical_request)));
}

std::string signing_key(std::string_view secret_access_key, const Scope& scope) {
  const std::string date_key = hmac_sha256("AWS4" + std::string(secret_access_key), scope.date);
  return hmac_sha256(hmac_sha256(hmac_sha256(date_key, scope.region), scope.service), "aws4_request");
}

std::string signature(std::string_view signing_key, std::string_view string_to_sign) {
  return to_hex(hmac_sha256(signing_key, string_to_sign));
}

void sign(SignableRequest& request, const Credentials& credentials, const std::string& region, const std::string& service,
          std::string_view payload_hash, TimePoint now) {
  const std::string date = amz_date(now);
  request.headers.emplace_back("x-amz-date", date);
  request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  if (!credentials.session_token.empty()) request.headers.emplace_back("x-amz-security-token", credentials.session_token);
  std::set<std::string> names;
  for (const auto& [field, value] : request.headers) {
    const std::string name = lower(field);
    if (name == "host" || name == "content-type" || name == "content-md5" || name.starts_with("x-amz-")) names.insert(name);
  }
  const std::vector<std::string> signed_headers(names.begin(), names.end());
  const Scope scope{date.substr(0, 8), region, service};
  const std::string text = string_to_sign(date, scope, canonical_request(request, signed_headers, payload_hash));
  const std::string value = signature(signing_key(credentials.secret_access_key, scope), text);
  request.headers.emplace_back(
      "Authorization", fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", k_algorithm, credentials.access_key_id,
                                   scope.text(), fmt::join(signed_headers, ";"), value));
}

std::expected<Verified, SignatureFailure> verify(
    const SignableRequest& request, const std::string& service, TimePoint now,
    const std::function<std::optional<std::string>(const std::string&)>& secret_of) {
  const auto header = find(request.headers, "authorization");
  if (!header) return refuse(SignatureProblem::missing, "the request is not signed: no Authorization header");
  if (!header->starts_with(k_algorithm) || header->size() <= k_algorithm.size() || (*header)[k_algorithm.size()] != ' ') {
    return refuse(SignatureProblem::unsupported, "only AWS4-HMAC-SHA256 signatures are understood");
  }
  const auto authorization = parse_authorization(std::string_view(*header).substr(k_algorithm.size() + 1));
  if (!authorization) return refuse(SignatureProblem::malformed, "the Authorization header is malformed");
  const auto& signed_headers = authorization->signed_headers;
  if (std::find(signed_headers.begin(), signed_headers.end(), "host") == signed_headers.end()) {
    return refuse(SignatureProblem::malformed, "the Host header must be signed");
  }
  const auto date = find(request.headers, "x-amz-date");
  const auto time = date ? parse_amz_date(*date) : std::nullopt;
  if (!time || !date->starts_with(authorization->scope.date) || authorization->scope.service != service) {
    return refuse(SignatureProblem::malformed, "x-amz-date or the credential's scope is missing or wrong");
  }
  if (*time > now + k_skew_max || *time < now - k_skew_max) {
    return refuse(SignatureProblem::skewed, "the difference between the request's time and the server's time is too large");
  }
  const auto secret = secret_of(authorization->access_key_id);
  if (!secret) return refuse(SignatureProblem::unknown_key, "the access key id does not exist here");
  const std::string payload_hash = find(request.headers, "x-amz-content-sha256").value_or(std::string(k_unsigned_payload));
  const std::string key = signing_key(*secret, authorization->scope);
  const std::string text =
      string_to_sign(*date, authorization->scope, canonical_request(request, signed_headers, payload_hash));
  const std::string expected = signature(key, text);
  if (expected.size() != authorization->signature.size() ||
      CRYPTO_memcmp(expected.data(), authorization->signature.data(), expected.size()) != 0) {
    return refuse(
        SignatureProblem::mismatch,
        "the signature does not match the one calculated from the request; check the secret access key and the signing method");
  }
  return Verified{authorization->access_key_id, authorization->scope, *date, key, expected, payload_hash};
}

} // namespace freshet::aws
