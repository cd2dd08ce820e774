#pragma once

#include <memory>
#include <string>

#include "aws/sigv4.h"
#include "base/file_system.h"
#include "http/message.h"
#include "objects/s3_error.h"

namespace freshet::objects {

/// A request's body as the client meant it, verified.
struct Payload {
  std::string bytes;                         // when it is in memory
  std::shared_ptr<http::TemporaryFile> file; // when it is large
  uint64_t size = 0;                         // bytes
  std::string md5;                           // lower-case hex
  std::string checksum_algorithm;            // of the x-amz-checksum-* that came with it; else empty
  std::string checksum;                      // in base64
};

/// Undoes aws-chunked and holds the body against x-amz-content-sha256, chunk signatures, Content-MD5, x-amz-checksum-* and
/// x-amz-decoded-content-length, in one pass. Large decoded bodies are written to `spool_directory`, never held in memory.
/// Errors: XAmzContentSHA256Mismatch, BadDigest, InvalidDigest, IncompleteBody, SignatureDoesNotMatch.
S3Result<Payload> receive_payload(const http::Request& request, const aws::Verified& verified, FileSystem& files,
                                  const Path& spool_directory);

} // namespace freshet::objects
