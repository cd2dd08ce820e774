#include "objects/s3_payload.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "aws/checksum.h"
#include "aws/chunked.h"
#include "base/random.h"

namespace freshet::objects {
namespace {

constexpr uint64_t k_piece_bytes = 256 * 1024;
constexpr std::string_view k_checksum_prefix = "x-amz-checksum-";

/// The checksum that a header or trailer field announces or carries.
std::optional<aws::Algorithm> algorithm_of_field(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (!lower.starts_with(k_checksum_prefix)) return std::nullopt;
  return aws::checksum_algorithm(lower.substr(k_checksum_prefix.size()));
}

/// What is computed over the payload while it passes.
class Inspection {
 public:
  Inspection(const http::Request& request, const aws::Verified& verified) {
    if (verified.payload_hash != aws::k_unsigned_payload && !aws::ChunkedDecoder::announced_by(verified.payload_hash)) {
      sha256_.emplace(aws::Algorithm::sha256);
    }
    for (const auto& [name, value] : request.headers) {
      if (const auto algorithm = algorithm_of_field(name)) {
        expect(*algorithm);
        expected_ = value;
      }
    }
    if (const auto announced = request.headers.find("x-amz-trailer")) {
      if (const auto algorithm = algorithm_of_field(*announced)) expect(*algorithm);
    }
  }

  void update(std::string_view bytes) {
    size_ += bytes.size();
    md5_.update(bytes);
    if (sha256_) sha256_->update(bytes);
    if (checksum_) checksum_->update(bytes);
  }

  void take_trailer(const aws::Fields& trailer) {
    for (const auto& [name, value] : trailer) {
      if (algorithm_of_field(name) == algorithm_ && algorithm_) expected_ = value;
    }
  }

  S3Result<void> conclude(const http::Request& request, const aws::Verified& verified, Payload& payload) {
    payload.size = size_;
    const std::string md5 = md5_.finish();
    payload.md5 = aws::to_hex(md5);
    if (sha256_ && aws::to_hex(sha256_->finish()) != verified.payload_hash) {
      return refuse(400, "XAmzContentSHA256Mismatch", "the body does not have the hash that x-amz-content-sha256 announces");
    }
    if (const auto given = request.headers.find("content-md5")) {
      const auto raw = aws::from_base64(*given);
      if (!raw || raw->size() != 16) return refuse(400, "InvalidDigest", "Content-MD5 is no MD5 in base64");
      if (*raw != md5) return refuse(400, "BadDigest", "the body does not have the MD5 that Content-MD5 announces");
    }
    if (!algorithm_) return {};
    payload.checksum_algorithm = aws::name_of(*algorithm_);
    payload.checksum = aws::to_base64(checksum_->finish());
    if (expected_ && *expected_ != payload.checksum) {
      return refuse(400, "BadDigest",
                    fmt::format("the {} you specified did not match the calculated checksum", payload.checksum_algorithm));
    }
    return {};
  }

 private:
  void expect(aws::Algorithm algorithm) {
    algorithm_ = algorithm;
    checksum_.emplace(algorithm);
  }

  uint64_t size_ = 0;
  aws::Digest md5_{aws::Algorithm::md5};
  std::optional<aws::Digest> sha256_;
  std::optional<aws::Algorithm> algorithm_;
  std::optional<aws::Digest> checksum_;
  std::optional<std::string> expected_; // in base64
};

/// The coded body, piece by piece.
template <typename Take>
Result<void> for_each_piece(const http::Request& request, FileSystem& files, Take take) {
  if (!request.body_file) return take(request.body);
  const auto file = TRY(files.open(request.body_file->path()));
  for (uint64_t at = 0; at < file->size();) {
    const std::string piece = TRY(file->read(at, k_piece_bytes));
    if (piece.empty()) return fail(ErrorKind::io, "the spooled body became shorter");
    TRY(take(std::string_view(piece)));
    at += piece.size();
  }
  return {};
}

Result<void> decode(const http::Request& request, aws::ChunkedDecoder& decoder, Inspection& inspection, FileSystem& files,
                    const Path& spool_directory, Payload& payload) {
  std::unique_ptr<WritableFile> spool;
  if (request.body_file) {
    const Path path = spool_directory / fmt::format("decoded-{}", random_secret_hex(12));
    spool = TRY(files.create(path));
    payload.file = std::make_shared<http::TemporaryFile>(path);
  }
  std::string decoded;
  TRY(for_each_piece(request, files, [&](std::string_view piece) -> Result<void> {
    TRY(decoder.feed(piece, decoded));
    if (!spool) return {};
    inspection.update(decoded);
    TRY(spool->append(decoded));
    decoded.clear();
    return {};
  }));
  TRY(decoder.finish());
  inspection.take_trailer(decoder.trailer());
  if (spool) return {};
  inspection.update(decoded);
  payload.bytes = std::move(decoded);
  return {};
}

S3Error payload_error(const Error& error) {
  if (error.kind == ErrorKind::invalid_argument) return {400, "IncompleteBody", error.message};
  if (error.kind == ErrorKind::permission_denied) return {403, "SignatureDoesNotMatch", error.message};
  return s3_error(error);
}

} // namespace

S3Result<Payload> receive_payload(const http::Request& request, const aws::Verified& verified, FileSystem& files,
                                  const Path& spool_directory) {
  Payload payload;
  Inspection inspection(request, verified);
  if (aws::ChunkedDecoder::announced_by(verified.payload_hash)) {
    auto decoder = aws::ChunkedDecoder::for_request(verified);
    if (auto decoded = decode(request, decoder, inspection, files, spool_directory, payload); !decoded) {
      return std::unexpected(payload_error(decoded.error()));
    }
  } else if (verified.payload_hash.starts_with("STREAMING-")) {
    return refuse(501, "NotImplemented", "this kind of x-amz-content-sha256 is not supported");
  } else {
    const auto read = for_each_piece(request, files, [&](std::string_view piece) -> Result<void> {
      inspection.update(piece);
      return {};
    });
    if (!read) return std::unexpected(s3_error(read.error()));
    payload.bytes = request.body;
    payload.file = request.body_file;
  }
  if (auto sound = inspection.conclude(request, verified, payload); !sound) return std::unexpected(sound.error());
  if (const auto announced = request.headers.find("x-amz-decoded-content-length")) {
    if (*announced != std::to_string(payload.size))
      return refuse(400, "IncompleteBody", "the body is not as long as announced");
  }
  return payload;
}

} // namespace freshet::objects
