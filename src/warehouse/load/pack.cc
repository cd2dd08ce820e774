#include "warehouse/load/pack.h"

#include <brotli/encode.h>
#include <bzlib.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

namespace freshet::warehouse {

namespace {

constexpr size_t k_block_bytes = 1 << 20;

Result<void> pack_zlib(const FileScan::Source& plain, WritableFile& to, int window) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(ErrorKind::io, "zlib refuses to start");
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> closer(&stream, &deflateEnd);
  std::string out(k_block_bytes, '\0');
  for (bool last = false; !last;) {
    auto block = TRY(plain(k_block_bytes));
    last = block.size() < k_block_bytes;
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(block.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
    } while (stream.avail_out == 0);
  }
  return {};
}

Result<void> pack_bzip2(const FileScan::Source& plain, WritableFile& to) {
  bz_stream stream{};
  if (BZ2_bzCompressInit(&stream, 9, 0, 0) != BZ_OK) return fail(ErrorKind::io, "bzip2 refuses to start");
  const std::unique_ptr<bz_stream, decltype(&BZ2_bzCompressEnd)> closer(&stream, &BZ2_bzCompressEnd);
  std::string out(k_block_bytes, '\0');
  for (bool last = false; !last;) {
    auto block = TRY(plain(k_block_bytes));
    last = block.size() < k_block_bytes;
    stream.next_in = block.data();
    stream.avail_in = static_cast<unsigned>(block.size());
    int state = BZ_OK;
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<unsigned>(out.size());
      state = BZ2_bzCompress(&stream, last ? BZ_FINISH : BZ_RUN);
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
    } while (last ? state != BZ_STREAM_END : stream.avail_in > 0);
  }
  return {};
}

Result<void> pack_zstd(const FileScan::Source& plain, WritableFile& to) {
  const std::unique_ptr<ZSTD_CStream, decltype(&ZSTD_freeCStream)> stream(ZSTD_createCStream(), &ZSTD_freeCStream);
  std::string out(ZSTD_CStreamOutSize(), '\0');
  for (bool last = false; !last;) {
    const auto block = TRY(plain(k_block_bytes));
    last = block.size() < k_block_bytes;
    ZSTD_inBuffer from{block.data(), block.size(), 0};
    size_t left = 0;
    do {
      ZSTD_outBuffer into{out.data(), out.size(), 0};
      left = ZSTD_compressStream2(stream.get(), &into, &from, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return fail(ErrorKind::io, ZSTD_getErrorName(left));
      TRY(to.append({out.data(), into.pos}));
    } while (last ? left != 0 : from.pos < from.size);
  }
  return {};
}

Result<void> pack_brotli(const FileScan::Source& plain, WritableFile& to) {
  constexpr uint32_t k_quality = 5; // the default, 11, takes a hundred times as long
  const std::unique_ptr<BrotliEncoderState, decltype(&BrotliEncoderDestroyInstance)> encoder(
      BrotliEncoderCreateInstance(nullptr, nullptr, nullptr), &BrotliEncoderDestroyInstance);
  BrotliEncoderSetParameter(encoder.get(), BROTLI_PARAM_QUALITY, k_quality);
  std::string out(k_block_bytes, '\0');
  for (bool last = false; !last;) {
    const auto block = TRY(plain(k_block_bytes));
    last = block.size() < k_block_bytes;
    const auto* next = reinterpret_cast<const uint8_t*>(block.data());
    size_t left = block.size();
    do {
      auto* into = reinterpret_cast<uint8_t*>(out.data());
      size_t room = out.size();
      if (!BrotliEncoderCompressStream(encoder.get(), last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS, &left, &next,
                                       &room, &into, nullptr))
        return fail(ErrorKind::io, "brotli refuses the data");
      TRY(to.append({out.data(), out.size() - room}));
    } while (left > 0 || BrotliEncoderHasMoreOutput(encoder.get()));
  }
  return {};
}

Result<void> copy(const FileScan::Source& plain, WritableFile& to) {
  while (true) {
    const auto block = TRY(plain(k_block_bytes));
    TRY(to.append(block));
    if (block.size() < k_block_bytes) return {};
  }
}

} // namespace

std::string_view ending_of(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return ".gz";
    case Compression::zstd:
      return ".zst";
    case Compression::bzip2:
      return ".bz2";
    case Compression::brotli:
      return ".br";
    case Compression::deflate:
      return ".deflate";
    case Compression::raw_deflate:
      return ".raw_deflate";
    case Compression::automatic:
    case Compression::none:
      break;
  }
  return "";
}

Result<void> pack(Compression compression, const FileScan::Source& plain, WritableFile& to) {
  constexpr int k_gzip = 15 + 16, k_zlib = 15, k_raw = -15;
  switch (compression) {
    case Compression::gzip:
      return pack_zlib(plain, to, k_gzip);
    case Compression::deflate:
      return pack_zlib(plain, to, k_zlib);
    case Compression::raw_deflate:
      return pack_zlib(plain, to, k_raw);
    case Compression::zstd:
      return pack_zstd(plain, to);
    case Compression::bzip2:
      return pack_bzip2(plain, to);
    case Compression::brotli:
      return pack_brotli(plain, to);
    case Compression::automatic:
    case Compression::none:
      break;
  }
  return copy(plain, to);
}

} // namespace freshet::warehouse
