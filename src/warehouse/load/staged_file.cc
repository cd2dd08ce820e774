#include "warehouse/load/staged_file.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <vector>

namespace freshet::warehouse {

namespace {

constexpr size_t k_unpack_block_bytes = 1 << 20;

Compression kind_of(Compression asked, std::string_view first_bytes) {
  if (asked != Compression::automatic) return asked;
  if (first_bytes.starts_with("\x1F\x8B")) return Compression::gzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD")) return Compression::zstd;
  return Compression::none;
}

std::unexpected<Error> damaged(const objects::ObjectInfo& object, std::string_view kind) {
  return fail(ErrorKind::corrupt, fmt::format("the file {} is not whole {} data", object.key, kind));
}

FileScan::Source source_of(std::shared_ptr<const std::string> bytes) {
  return [bytes, at = size_t{0}](uint64_t count) mutable -> Result<std::string> {
    auto part = bytes->substr(at, count);
    at += part.size();
    return part;
  };
}

Result<void> unpack_gzip(const FileScan::Source& packed, WritableFile& to, const objects::ObjectInfo& object) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return fail(ErrorKind::io, "zlib refuses to start");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> closer(&stream, &inflateEnd);
  std::string out(k_unpack_block_bytes, '\0');
  int state = Z_OK;
  while (true) {
    auto block = TRY(packed(k_unpack_block_bytes));
    if (block.empty()) break;
    stream.next_in = reinterpret_cast<Bytef*>(block.data());
    stream.avail_in = static_cast<uInt>(block.size());
    while (stream.avail_in > 0) {
      if (state == Z_STREAM_END && inflateReset(&stream) != Z_OK)
        return damaged(object, "gzip"); // files may be several, one after another
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      state = inflate(&stream, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return damaged(object, "gzip");
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
      if (state == Z_BUF_ERROR) break;
    }
    while (state == Z_OK && stream.avail_out == 0) {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      state = inflate(&stream, Z_NO_FLUSH);
      TRY(to.append({out.data(), out.size() - stream.avail_out}));
    }
  }
  return state == Z_STREAM_END ? Result<void>() : damaged(object, "gzip");
}

Result<void> unpack_zstd(const FileScan::Source& packed, WritableFile& to, const objects::ObjectInfo& object) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(), &ZSTD_freeDStream);
  std::string out(ZSTD_DStreamOutSize(), '\0');
  size_t wanted = 0;
  while (true) {
    const auto block = TRY(packed(k_unpack_block_bytes));
    if (block.empty()) break;
    ZSTD_inBuffer from{block.data(), block.size(), 0};
    bool full = true;
    while (from.pos < from.size || full) {
      ZSTD_outBuffer into{out.data(), out.size(), 0};
      wanted = ZSTD_decompressStream(stream.get(), &into, &from);
      if (ZSTD_isError(wanted)) return damaged(object, "zstd");
      TRY(to.append({out.data(), into.pos}));
      full = into.pos == into.size;
    }
  }
  return wanted == 0 ? Result<void>() : damaged(object, "zstd");
}

} // namespace

Result<StagedFile> StagedFile::open(objects::ObjectStore& store, const objects::ObjectInfo& object, Compression compression,
                                    FileSystem& files, const Path& temporary_path) {
  StagedFile staged(files);
  if (object.size <= k_small_bytes) {
    staged.bytes_ = std::make_shared<const std::string>(TRY(store.read(object, 0, object.size)));
    if (staged.bytes_->size() != object.size)
      return fail(ErrorKind::not_found, fmt::format("the file {} changed while it was read", object.key));
  } else {
    staged.file_ = TRY(store.open_as_file(object));
  }
  const auto first = staged.bytes_ ? staged.bytes_->substr(0, 4) : TRY(TRY(files.open(*staged.file_))->read(0, 4));
  const auto kind = kind_of(compression, first);
  if (kind == Compression::none) return staged;
  auto packed = TRY(staged.source());
  staged.unpacked_ = std::make_shared<TemporaryFile>(files, temporary_path);
  auto to = TRY(files.create(temporary_path));
  TRY(kind == Compression::gzip ? unpack_gzip(packed, *to, object) : unpack_zstd(packed, *to, object));
  staged.bytes_.reset();
  staged.file_.reset();
  return staged;
}

std::optional<Path> StagedFile::path() const {
  if (unpacked_) return unpacked_->path();
  return file_ ? std::optional(*file_) : std::nullopt;
}

Result<FileScan::Source> StagedFile::source() const {
  if (bytes_) return source_of(bytes_);
  auto file = std::shared_ptr<ReadableFile>(TRY(files_->open(*path())));
  return FileScan::Source([file, at = uint64_t{0}](uint64_t count) mutable -> Result<std::string> {
    auto part = TRY(file->read(at, count));
    at += part.size();
    return part;
  });
}

} // namespace freshet::warehouse
