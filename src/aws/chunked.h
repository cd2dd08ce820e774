#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/checksum.h"
#include "aws/sigv4.h"
#include "base/result.h"

namespace freshet::aws {

/// Decodes an aws-chunked body (x-amz-content-sha256 is one of the STREAMING-… values), as a state machine without I/O: feed it
/// the coded bytes in any pieces, take the payload, then `finish`. Signed chunks are verified as they end, so the payload may
/// be used only after `finish` succeeded. Not thread-safe. Errors: invalid_argument (framing), permission_denied (a signature).
class ChunkedDecoder {
 public:
  /// `signing`: of the request that carries the body, for the STREAMING-AWS4-HMAC-SHA256-PAYLOAD forms.
  ChunkedDecoder(std::optional<Verified> signing, bool has_trailer);

  /// Whether this x-amz-content-sha256 announces such a body.
  static bool announced_by(std::string_view payload_hash);
  static ChunkedDecoder for_request(const Verified& request);

  Result<void> feed(std::string_view coded, std::string& payload);
  Result<void> finish();
  /// The trailing header fields (x-amz-checksum-…), names in lower case; complete after `finish`.
  const Fields& trailer() const { return trailer_; }

 private:
  enum class State { chunk_header, data, data_end, trailer, done };

  Result<void> take_line(std::string_view line);
  Result<void> begin_chunk(std::string_view line);
  Result<void> end_chunk();
  Result<void> take_trailer(std::string_view line);
  Result<void> check_signature(std::string_view kind, std::string_view middle, std::string_view hash, std::string_view given);

  std::optional<Verified> signing_;
  bool has_trailer_;
  State state_ = State::chunk_header;
  std::string line_;  // a header line that has not ended yet
  uint64_t left_ = 0; // bytes of the present chunk that are still to come
  bool last_ = false; // the present chunk is the empty one that ends the data
  Digest hash_{Algorithm::sha256};
  std::string chunk_signature_;
  std::string trailer_text_; // as it is signed
  bool trailer_verified_ = false;
  Fields trailer_;
};

} // namespace freshet::aws
