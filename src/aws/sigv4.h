#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace freshet::aws {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token; // of temporary credentials; else empty
};

/// The request that is signed, as it goes over the wire.
struct SignableRequest {
  std::string method;
  std::string target; // percent-encoded path and query
  Fields headers;     // with Host
};

inline constexpr std::string_view k_unsigned_payload = "UNSIGNED-PAYLOAD";

/// What a signature is bound to: "20130524/us-east-1/s3/aws4_request".
struct Scope {
  std::string date; // YYYYMMDD
  std::string region;
  std::string service;
  std::string text() const { return date + "/" + region + "/" + service + "/aws4_request"; }
};

/// `20130524T000000Z`
std::string amz_date(TimePoint time);
std::optional<TimePoint> parse_amz_date(std::string_view text);

/// Steps of Signature Version 4 as "Authenticating Requests (AWS Signature Version 4)" of the S3 API reference describes them.
std::string canonical_request(const SignableRequest& request, const std::vector<std::string>& signed_headers,
                              std::string_view payload_hash);
std::string string_to_sign(std::string_view date, const Scope& scope, std::string_view canonical_request);
std::string signing_key(std::string_view secret_access_key, const Scope& scope);
std::string signature(std::string_view signing_key, std::string_view string_to_sign);

/// Adds x-amz-date, x-amz-content-sha256, x-amz-security-token (where there is one) and Authorization to the request's headers;
/// signs Host, Content-Type, Content-MD5 and every x-amz-* field. `payload_hash`: the body's SHA-256 in hex, or
/// UNSIGNED-PAYLOAD.
void sign(SignableRequest& request, const Credentials& credentials, const std::string& region, const std::string& service,
          std::string_view payload_hash, TimePoint now);

enum class SignatureProblem { missing, malformed, unsupported, unknown_key, mismatch, skewed };

struct SignatureFailure {
  SignatureProblem problem = SignatureProblem::missing;
  std::string message;
};

/// What a verified request says about itself; chunk signatures continue from it.
struct Verified {
  std::string access_key_id;
  Scope scope;
  std::string date; // x-amz-date
  std::string signing_key;
  std::string signature;
  std::string payload_hash; // the value of x-amz-content-sha256: the body is still to be held against it
};

/// Verifies the Authorization header. `secret_of` gives the secret of an access key id, empty when there is no such key. The
/// clocks may differ by 15 minutes. The comparison of signatures takes the same time wherever they differ.
std::expected<Verified, SignatureFailure> verify(
    const SignableRequest& request, const std::string& service, TimePoint now,
    const std::function<std::optional<std::string>(const std::string&)>& secret_of);

} // namespace freshet::aws
