#include "flow/content_repository.h"

#include <fmt/format.h>

#include <charconv>

#include "base/log.h"

namespace freshet::flow {
namespace {

std::string name_of_claim(uint64_t id) {
  return fmt::format("{:016x}", id);
}

} // namespace

ClaimFile::~ClaimFile() {
  if (*keep_) return;
  if (const auto removed = files_.remove(path_); !removed) log::warn("flow", "{}", removed.error().message);
}

Result<void> ClaimWriter::append(std::string_view bytes) {
  TRY(writer_->append(bytes));
  file_->size_ += bytes.size();
  return {};
}

ContentClaim ClaimWriter::claim() {
  ContentClaim claim{file_, claimed_, file_->size_ - claimed_};
  claimed_ = file_->size_;
  return claim;
}

Result<void> ClaimWriter::sync() {
  return writer_->sync();
}

Result<std::unique_ptr<ContentRepository>> ContentRepository::open(FileSystem& files, const Path& directory) {
  TRY(files.create_directories(directory));
  std::unique_ptr<ContentRepository> repository(new ContentRepository(files, directory));
  for (const std::string& name : TRY(files.list(directory))) {
    uint64_t id = 0;
    const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), id, 16);
    if (code != std::errc() || end != name.data() + name.size() || name != name_of_claim(id)) continue;
    repository->next_id_ = std::max<uint64_t>(repository->next_id_, id + 1);
    repository->unclaimed_.insert(name);
  }
  return repository;
}

Path ContentRepository::path_of(uint64_t id) const {
  return directory_ / name_of_claim(id);
}

Result<std::unique_ptr<ClaimWriter>> ContentRepository::create() {
  auto writer = std::make_unique<ClaimWriter>();
  const uint64_t id = next_id_++;
  writer->writer_ = TRY(files_.create(path_of(id)));
  writer->file_ = std::make_shared<ClaimFile>(id, path_of(id), files_, keep_);
  return writer;
}

Result<std::string> ContentRepository::read(const ContentClaim& claim, uint64_t offset, uint64_t count) const {
  if (offset >= claim.size) return std::string{};
  const auto file = TRY(files_.open(claim.file->path()));
  const uint64_t wanted = std::min(count, claim.size - offset);
  std::string bytes = TRY(file->read(claim.offset + offset, wanted));
  if (bytes.size() != wanted) {
    return fail(ErrorKind::corrupt,
                fmt::format("the content file {} is shorter than it was written", claim.file->path().string()));
  }
  return bytes;
}

Result<void> ContentRepository::sync_directory() {
  return files_.sync_directory(directory_);
}

Result<ContentClaim> ContentRepository::recover(uint64_t file_id, uint64_t offset, uint64_t size) {
  auto file = recovered_[file_id].lock();
  if (!file) {
    const auto status = files_.status(path_of(file_id));
    if (!status) return fail(ErrorKind::corrupt, status.error().message);
    auto found = std::make_shared<ClaimFile>(file_id, path_of(file_id), files_, keep_);
    found->size_ = status->size;
    file = std::move(found);
    recovered_[file_id] = file;
    unclaimed_.erase(name_of_claim(file_id));
  }
  if (offset + size > file->size()) {
    return fail(ErrorKind::corrupt, fmt::format("the content file {} is shorter than it was written", file->path().string()));
  }
  return ContentClaim{std::move(file), offset, size};
}

Result<size_t> ContentRepository::sweep() {
  const size_t count = unclaimed_.size();
  for (const std::string& name : unclaimed_) TRY(files_.remove(directory_ / name));
  unclaimed_.clear();
  recovered_.clear();
  return count;
}

} // namespace freshet::flow
