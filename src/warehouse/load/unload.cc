#include "warehouse/load/unload.h"

#include <fmt/format.h>

#include "base/random.h"
#include "warehouse/load/pack.h"

namespace freshet::warehouse {

namespace {

constexpr size_t k_buffer_bytes = 1 << 20;

Compression written_with(const UnloadOptions& options) {
  if (options.format.type == StagedFormat::Type::parquet) return Compression::none; // it packs inside
  const auto asked = options.format.compression();
  return asked == Compression::automatic ? Compression::gzip : asked;
}

std::string ending(const UnloadOptions& options) {
  switch (options.format.type) {
    case StagedFormat::Type::parquet:
      return options.format.parquet.compression == "NONE" ? ".parquet" : ".snappy.parquet";
    case StagedFormat::Type::json:
      if (!options.format.json.file_extension.empty()) return "." + options.format.json.file_extension;
      return fmt::format(".json{}", ending_of(written_with(options)));
    case StagedFormat::Type::csv:
      break;
  }
  if (!options.format.csv.file_extension.empty()) return "." + options.format.csv.file_extension;
  return fmt::format(".csv{}", ending_of(written_with(options)));
}

} // namespace

Error larger_than(uint64_t bytes_max) {
  return {ErrorKind::invalid_argument,
          fmt::format("the file would be larger than MAX_FILE_SIZE = {}; raise it, or leave SINGLE = TRUE out", bytes_max)};
}

UnloadNames::UnloadNames(std::string prefix, const UnloadOptions& options, std::string query_id)
    : prefix_(std::move(prefix)), ending_(ending(options)), single_(options.single) {
  if (options.partitioned && !prefix_.empty() && !prefix_.ends_with('/')) prefix_ += '/';
  const bool is_folder = prefix_.empty() || prefix_.ends_with('/');
  if (is_folder) stem_ = "data";
  if (single_) return;
  if (options.query_ids.value_or(options.partitioned)) stem_ += "_" + query_id;
}

std::string UnloadNames::key(const std::string& partition, size_t number) const {
  if (single_) return prefix_ + stem_;
  return fmt::format("{}{}{}{}_0_0_{}{}", prefix_, partition, partition.empty() || partition.ends_with('/') ? "" : "/", stem_,
                     number, ending_);
}

Unloader::Unloader(const StageSource& target, const UnloadOptions& options, const UnloadNames& names, FileSystem& files,
                   Path temporary_directory)
    : target_(target),
      options_(options),
      names_(names),
      files_(files),
      temporary_directory_(std::move(temporary_directory)),
      unique_(random_secret_hex(8)) {}

Path Unloader::next_temporary() {
  return temporary_directory_ / fmt::format("unload_{}_{}", unique_, next_file_++);
}

Result<void> Unloader::append(const std::string& partition, std::string_view row, std::string_view header) {
  auto& part = open_[partition];
  const bool is_full = part.bytes > 0 && part.bytes + row.size() > options_.file_bytes_max;
  if (is_full && !options_.single) {
    TRY(close(partition, std::move(part)));
    part = {};
  }
  if (!part.file) {
    part.file = std::make_unique<TemporaryFile>(files_, next_temporary());
    part.writer = TRY(files_.create(part.file->path()));
    part.buffer = header;
    part.bytes = header.size();
  }
  part.buffer += row;
  part.bytes += row.size();
  ++part.rows;
  if (is_full && options_.single && part.bytes > options_.file_bytes_max) {
    return std::unexpected(larger_than(options_.file_bytes_max));
  }
  return part.buffer.size() >= k_buffer_bytes ? flush(part) : Result<void>();
}

Result<void> Unloader::flush(Part& part) {
  TRY(part.writer->append(part.buffer));
  part.buffer.clear();
  return {};
}

Result<void> Unloader::close(const std::string& partition, Part part) {
  TRY(flush(part));
  part.writer.reset();
  const auto compression = written_with(options_);
  if (compression != Compression::none) {
    const auto plain = std::shared_ptr<ReadableFile>(TRY(files_.open(part.file->path())));
    auto packed = std::make_unique<TemporaryFile>(files_, next_temporary());
    const auto to = TRY(files_.create(packed->path()));
    TRY(pack(
        compression,
        [&plain, at = uint64_t{0}](uint64_t count) mutable -> Result<std::string> {
          auto bytes = TRY(plain->read(at, count));
          at += bytes.size();
          return bytes;
        },
        *to));
    part.file = std::move(packed);
  }
  finished_.push_back({names_.key(partition, numbers_[partition]++), std::move(part.file), part.rows, part.bytes});
  return {};
}

Result<void> Unloader::add(const std::string& partition, std::unique_ptr<TemporaryFile> file, uint64_t rows) {
  const auto bytes = TRY(files_.status(file->path())).size;
  finished_.push_back({names_.key(partition, numbers_[partition]++), std::move(file), rows, bytes});
  return {};
}

Result<UnloadReport> Unloader::finish() {
  for (auto& [partition, part] : open_) TRY(close(partition, std::move(part)));
  open_.clear();
  if (!options_.overwrite) {
    for (const auto& file : finished_) {
      if (target_.store->head(target_.bucket, file.key)) return fail(ErrorKind::already_exists, file.key);
    }
  }
  UnloadReport report;
  for (const auto& file : finished_) {
    const auto put = TRY(target_.store->put(target_.bucket, file.key, objects::Content::of_file(file.file->path()), {}));
    report.files.push_back({file.key, file.rows, put.size});
    report.rows += file.rows;
    report.input_bytes += file.plain_bytes;
    report.output_bytes += put.size;
  }
  return report;
}

} // namespace freshet::warehouse
