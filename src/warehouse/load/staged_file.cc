#include "warehouse/load/staged_file.h"

#include <fmt/format.h>

#include "warehouse/load/unpack.h"

namespace freshet::warehouse {

namespace {

FileScan::Source source_of(std::shared_ptr<const std::string> bytes) {
  return [bytes, at = size_t{0}](uint64_t count) mutable -> Result<std::string> {
    auto part = bytes->substr(at, count);
    at += part.size();
    return part;
  };
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
  const auto kind = compression == Compression::automatic ? packed_with(object.key, first) : compression;
  if (kind == Compression::none) return staged;
  auto packed = TRY(staged.source());
  staged.unpacked_ = std::make_shared<TemporaryFile>(files, temporary_path);
  auto to = TRY(files.create(temporary_path));
  TRY(unpack(kind, packed, *to, object.key));
  staged.bytes_.reset();
  staged.file_.reset();
  return staged;
}

std::optional<Path> StagedFile::path() const {
  if (unpacked_) return unpacked_->path();
  return file_ ? std::optional(*file_) : std::nullopt;
}

Result<Path> StagedFile::on_disk(const Path& temporary_path) {
  if (bytes_) {
    unpacked_ = std::make_shared<TemporaryFile>(*files_, temporary_path);
    TRY(TRY(files_->create(temporary_path))->append(*bytes_));
    bytes_.reset();
  }
  return *path();
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
