#include "wire/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <memory>

namespace freshet::wire {
namespace {

constexpr int k_gzip_window = 15 + 16;
constexpr int k_any_window = 15 + 32; // gzip or zlib, by its header

} // namespace

Result<std::string> gunzip(std::string_view compressed, size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, k_any_window) != Z_OK) return fail(ErrorKind::unavailable, "no memory to decompress a request");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string plain;
  char buffer[64 * 1024];
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    state = inflate(&stream, Z_NO_FLUSH);
    plain.append(buffer, sizeof buffer - stream.avail_out);
    if (plain.size() > bytes_max) {
      return fail(ErrorKind::invalid_argument, fmt::format("the request is larger than {} bytes once decompressed", bytes_max));
    }
    if (state != Z_STREAM_END && (state != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0))) {
      return fail(ErrorKind::invalid_argument, "the request says it is gzip, but it cannot be decompressed");
    }
  }
  return plain;
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, k_gzip_window, 8, Z_DEFAULT_STRATEGY);
  std::string compressed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

} // namespace freshet::wire
