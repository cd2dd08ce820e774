#include "warehouse/load/unpack.h"

#include <brotli/decode.h>
#include <bzlib.h>
#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

namespace freshet::warehouse {

namespace {

constexpr size_t k_block_bytes = 1 << 20;

std::unexpected<Error> damaged(std::string_view file, std::string_view kind) {
  return fail(ErrorKind::corrupt, fmt::format("the file {} is not whole {} data", file, kind));
}

/// `window`: zlib's notation of what surrounds the deflated data.
Result<void> unpack_zlib(const FileScan::Source& packed, WritableFile& to, std::string_view file, int window,
                         std::string_view kind) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return fail(ErrorKind::io, "zlib refuses to start");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> closer(&stream, &inflateEnd);
  std::string out(k_block_bytes, '\0');
  int state = Z_OK;
  while (true) {
    auto block = TRY(packed(k_block_bytes));
    if (block.empty()) break;
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(block.size());
    bool full = false;
    while (stream.avail_in > 0 || full) {
      if (state == Z_STREAM_END && inflateReset(&stream) != Z_OK) return damaged(file, kind);
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      state = inflate(&stream, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return damaged(file, kind);
      full = state == Z_OK && stream.avail_out == 0;
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
      if (state == Z_BUF_ERROR) break;
    }
  }
  return state == Z_STREAM_END ? Result<void>() : damaged(file, kind);
}

Result<void> unpack_bzip2(const FileScan::Source& packed, WritableFile& to, std::string_view file) {
  bz_stream stream{};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return fail(ErrorKind::io, "bzip2 refuses to start");
  const std::unique_ptr<bz_stream, decltype(&BZ2_bzDecompressEnd)> closer(&stream, &BZ2_bzDecompressEnd);
  std::string out(k_block_bytes, '\0');
  int state = BZ_OK;
  while (true) {
    auto block = TRY(packed(k_block_bytes));
    if (block.empty()) break;
    stream.next_in = block.data();
    stream.avail_in = static_cast<unsigned>(block.size());
    bool full = false;
    while (stream.avail_in > 0 || full) {
      if (state == BZ_STREAM_END) { // one more packed file follows
        const auto rest = stream.avail_in;
        auto* next = stream.next_in;
        BZ2_bzDecompressEnd(&stream);
        stream = {};
        if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return fail(ErrorKind::io, "bzip2 refuses to start");
        stream.next_in = next;
        stream.avail_in = rest;
      }
      stream.next_out = out.data();
      stream.avail_out = static_cast<unsigned>(out.size());
      state = BZ2_bzDecompress(&stream);
      if (state != BZ_OK && state != BZ_STREAM_END) return damaged(file, "bzip2");
      full = state == BZ_OK && stream.avail_out == 0;
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
    }
  }
  return state == BZ_STREAM_END ? Result<void>() : damaged(file, "bzip2");
}

Result<void> unpack_zstd(const FileScan::Source& packed, WritableFile& to, std::string_view file) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), &ZSTD_freeDStream);
  std::string out(ZSTD_DStreamOutSize(), '\0');
  size_t wanted = 0;
  while (true) {
    const auto block = TRY(packed(k_block_bytes));
    if (block.empty()) break;
    ZSTD_inBuffer from{block.data(), block.size(), 0};
    bool full = true;
    while (from.pos < from.size || full) {
      ZSTD_outBuffer into{out.data(), out.size(), 0};
      wanted = ZSTD_decompressStream(stream.get(), &into, &from);
      if (ZSTD_isError(wanted)) return damaged(file, "zstd");
      TRY(to.append({out.data(), into.pos}));
      full = into.pos == into.size;
    }
  }
  return wanted == 0 ? Result<void>() : damaged(file, "zstd");
}

Result<void> unpack_brotli(const FileScan::Source& packed, WritableFile& to, std::string_view file) {
  const std::unique_ptr<BrotliDecoderState, decltype(&BrotliDecoderDestroyInstance)> decoder(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &BrotliDecoderDestroyInstance);
  std::string out(k_block_bytes, '\0');
  auto state = BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
  while (true) {
    const auto block = TRY(packed(k_block_bytes));
    if (block.empty()) break;
    const auto* next = reinterpret_cast<const uint8_t*>(block.data());
    size_t left = block.size();
    do {
      auto* into = reinterpret_cast<uint8_t*>(out.data());
      size_t room = out.size();
      state = BrotliDecoderDecompressStream(decoder.get(), &left, &next, &room, &into, nullptr);
      if (state == BROTLI_DECODER_RESULT_ERROR) return damaged(file, "brotli");
      TRY(to.append({out.data(), out.size() - room}));
    } while (state == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT);
    if (state == BROTLI_DECODER_RESULT_SUCCESS && left > 0) return damaged(file, "brotli");
  }
  return state == BROTLI_DECODER_RESULT_SUCCESS ? Result<void>() : damaged(file, "brotli");
}

} // namespace

Compression packed_with(std::string_view file_name, std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1F\x8B")) return Compression::gzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD")) return Compression::zstd;
  if (first_bytes.starts_with("BZh") && first_bytes.size() > 3 && first_bytes[3] >= '1' && first_bytes[3] <= '9')
    return Compression::bzip2;
  if (file_name.ends_with(".br")) return Compression::brotli;
  if (file_name.ends_with(".raw_deflate")) return Compression::raw_deflate;
  if (file_name.ends_with(".deflate")) return Compression::deflate;
  return Compression::none;
}

Result<void> unpack(Compression compression, const FileScan::Source& packed, WritableFile& to, std::string_view file_name) {
  constexpr int k_gzip_or_zlib = 15 + 32, k_zlib = 15, k_raw = -15;
  switch (compression) {
    case Compression::gzip:
      return unpack_zlib(packed, to, file_name, k_gzip_or_zlib, "gzip");
    case Compression::deflate:
      return unpack_zlib(packed, to, file_name, k_zlib, "deflate");
    case Compression::raw_deflate:
      return unpack_zlib(packed, to, file_name, k_raw, "raw deflate");
    case Compression::zstd:
      return unpack_zstd(packed, to, file_name);
    case Compression::bzip2:
      return unpack_bzip2(packed, to, file_name);
    case Compression::brotli:
      return unpack_brotli(packed, to, file_name);
    case Compression::automatic:
    case Compression::none:
      break;
  }
  return fail(ErrorKind::invalid_argument, "nothing to unpack");
}

} // namespace freshet::warehouse
