#pragma once

#include <string>

#include "aws/sigv4.h"
#include "base/result.h"

namespace freshet::objects {

/// An answer of the S3 protocol that says no.
struct S3Error {
  unsigned status = 500;
  std::string code; // "NoSuchKey"
  std::string message;
};

inline S3Error s3_error(const aws::SignatureFailure& failure) {
  using enum aws::SignatureProblem;
  switch (failure.problem) {
    case missing:
      return {403, "AccessDenied", failure.message};
    case malformed:
      return {400, "AuthorizationHeaderMalformed", failure.message};
    case unsupported:
      return {501, "NotImplemented", failure.message};
    case unknown_key:
      return {403, "InvalidAccessKeyId", failure.message};
    case mismatch:
      return {403, "SignatureDoesNotMatch", failure.message};
    case skewed:
      return {403, "RequestTimeTooSkewed", failure.message};
  }
  return {403, "AccessDenied", failure.message};
}

/// The table from our errors to S3's, for what the operation itself does not say better.
inline S3Error s3_error(const Error& error) {
  switch (error.kind) {
    case ErrorKind::invalid_argument:
      return {400, "InvalidArgument", error.message};
    case ErrorKind::not_found:
      return {404, "NoSuchKey", error.message};
    case ErrorKind::already_exists:
      return {409, "BucketAlreadyOwnedByYou", error.message};
    case ErrorKind::permission_denied:
      return {403, "AccessDenied", error.message};
    case ErrorKind::conflict:
      return {412, "PreconditionFailed", error.message};
    case ErrorKind::out_of_space:
      return {507, "InsufficientCapacity", error.message};
    case ErrorKind::unavailable:
    case ErrorKind::timed_out:
    case ErrorKind::cancelled:
      return {503, "SlowDown", error.message};
    case ErrorKind::unsupported:
      return {501, "NotImplemented", error.message};
    case ErrorKind::corrupt:
    case ErrorKind::io:
      break;
  }
  return {500, "InternalError", error.message};
}

template <typename T>
using S3Result = std::expected<T, S3Error>;

inline std::unexpected<S3Error> refuse(unsigned status, std::string code, std::string message) {
  return std::unexpected(S3Error{status, std::move(code), std::move(message)});
}

} // namespace freshet::objects
