#include "aws/chunked.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace freshet::aws {
namespace {

constexpr std::string_view k_empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr size_t k_line_bytes_max = 8 * 1024;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::invalid_argument, fmt::format("the aws-chunked body is malformed: {}", what));
}

} // namespace

ChunkedDecoder::ChunkedDecoder(std::optional<Verified> signing, bool has_trailer)
    : signing_(std::move(signing)), has_trailer_(has_trailer) {}

bool ChunkedDecoder::announced_by(std::string_view payload_hash) {
  return payload_hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER" || payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" ||
         payload_hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
}

ChunkedDecoder ChunkedDecoder::for_request(const Verified& request) {
  const bool is_signed = request.payload_hash.starts_with("STREAMING-AWS4-HMAC-SHA256");
  return {is_signed ? std::optional(request) : std::nullopt, request.payload_hash.ends_with("-TRAILER")};
}

Result<void> ChunkedDecoder::feed(std::string_view coded, std::string& payload) {
  while (!coded.empty()) {
    if (state_ == State::done) return malformed("bytes after its end");
    if (state_ == State::data) {
      const std::string_view part = coded.substr(0, std::min<uint64_t>(left_, coded.size()));
      payload.append(part);
      if (signing_) hash_.update(part);
      coded.remove_prefix(part.size());
      left_ -= part.size();
      if (left_ == 0) state_ = State::data_end;
      continue;
    }
    const size_t end = coded.find('\n');
    line_.append(coded.substr(0, end));
    if (line_.size() > k_line_bytes_max) return malformed("a line is too long");
    if (end == std::string_view::npos) return {};
    coded.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    TRY(take_line(std::exchange(line_, {})));
  }
  return {};
}

Result<void> ChunkedDecoder::take_line(std::string_view line) {
  switch (state_) {
    case State::chunk_header:
      return begin_chunk(line);
    case State::data_end:
      if (!line.empty()) return malformed("a chunk is longer than announced");
      return end_chunk();
    case State::trailer:
      return take_trailer(line);
    default:
      return malformed("unexpected line");
  }
}

Result<void> ChunkedDecoder::begin_chunk(std::string_view line) {
  const auto number = std::from_chars(line.data(), line.data() + line.size(), left_, 16);
  const std::string_view extension = line.substr(static_cast<size_t>(number.ptr - line.data()));
  static constexpr std::string_view k_name = ";chunk-signature=";
  if (number.ec != std::errc{} || !(extension.empty() || extension.starts_with(';'))) return malformed("no chunk size");
  chunk_signature_ = extension.starts_with(k_name) ? std::string(extension.substr(k_name.size())) : "";
  hash_ = Digest(Algorithm::sha256);
  last_ = left_ == 0;
  if (!last_)
    state_ = State::data;
  else if (has_trailer_)
    return end_chunk();
  else
    state_ = State::data_end;
  return {};
}

Result<void> ChunkedDecoder::end_chunk() {
  if (signing_) {
    TRY(check_signature("AWS4-HMAC-SHA256-PAYLOAD", fmt::format("{}\n", k_empty_hash), to_hex(hash_.finish()),
                        chunk_signature_));
  }
  state_ = !last_ ? State::chunk_header : has_trailer_ ? State::trailer : State::done;
  return {};
}

Result<void> ChunkedDecoder::take_trailer(std::string_view line) {
  if (line.empty()) {
    // Some clients end the trailer's fields with an empty line before the signature's own line.
    if (!signing_ || trailer_verified_) state_ = State::done;
    return {};
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || trailer_.size() >= 16) return malformed("a trailer line is no header field");
  std::string name(line.substr(0, colon));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (name == "x-amz-trailer-signature") {
    if (signing_) TRY(check_signature("AWS4-HMAC-SHA256-TRAILER", "", to_hex(digest(Algorithm::sha256, trailer_text_)), value));
    trailer_verified_ = true;
    return {};
  }
  trailer_text_ += fmt::format("{}:{}\n", name, value);
  trailer_.emplace_back(std::move(name), value);
  return {};
}

Result<void> ChunkedDecoder::check_signature(std::string_view kind, std::string_view middle, std::string_view hash,
                                             std::string_view given) {
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}\n{}{}", kind, signing_->date, signing_->scope.text(), signing_->signature, middle, hash);
  std::string expected = signature(signing_->signing_key, text);
  if (expected != given) return fail(ErrorKind::permission_denied, "the signature of a chunk does not match");
  signing_->signature = std::move(expected);
  return {};
}

Result<void> ChunkedDecoder::finish() {
  // The very last line break may be missing.
  if (state_ == State::trailer && !line_.empty()) TRY(take_trailer(std::exchange(line_, {})));
  if (state_ == State::trailer && (!signing_ || trailer_verified_)) state_ = State::done;
  if (state_ == State::data_end && last_) TRY(end_chunk());
  if (state_ != State::done) return malformed("it ends too early");
  return {};
}

} // namespace freshet::aws
