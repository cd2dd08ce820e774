#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "objects/object_store.h"
#include "objects/s3_error.h"

namespace freshet::objects {

struct UploadPart {
  uint32_t number = 0; // 1 to 10'000
  uint64_t size = 0;
  std::string md5; // lower-case hex
  std::string checksum_algorithm;
  std::string checksum; // in base64
  TimePoint modified;
};

struct Upload {
  std::string id;
  std::string bucket;
  std::string key;
  PutOptions options;
  TimePoint initiated;
};

/// Objects that arrive in parts, over any ObjectStore: each upload is a folder with its description and a file per part.
///
/// Life cycle of an upload: `create`, any number of `put_part` in any order (the last one of a number counts), then `complete`,
/// which puts the object, or `abort`; one that gets neither stays, as in S3. Durability: each call returns when what it did
/// survives a power loss; a crash within `complete` leaves the object whole or not there, and the upload to be completed again.
/// Concurrency: any thread. Limits: 10'000 parts, each but the last of at least 5 MiB. Cost: `complete` copies the parts into
/// one file; memory: one block.
class MultipartUploads {
 public:
  /// `folder`: on the store's file system, so that it can adopt the file.
  MultipartUploads(ObjectStore& store, FileSystem& files, Clock& clock, Path folder);

  S3Result<std::string> create(const std::string& bucket, const std::string& key, const PutOptions& options); // its id
  S3Result<UploadPart> put_part(const Upload& upload, UploadPart part, const Content& content);
  struct WantedPart {
    uint32_t number = 0;
    std::string etag; // without quotes
  };
  S3Result<ObjectInfo> complete(const Upload& upload, const std::vector<WantedPart>& wanted, const PutOptions& request);
  S3Result<void> abort(const Upload& upload);

  /// NoSuchUpload when there is none of this id for this key.
  S3Result<Upload> find(const std::string& id, const std::string& bucket, const std::string& key);
  S3Result<std::vector<UploadPart>> parts(const Upload& upload);    // in order of number
  S3Result<std::vector<Upload>> uploads(const std::string& bucket); // in order of key, then of time

 private:
  Path folder_of(const Upload& upload) const { return folder_ / upload.id; }
  std::mutex& stripe(const Upload& upload) { return stripes_[std::hash<std::string>{}(upload.id) % stripes_.size()]; }
  Result<Upload> load(const std::string& id);
  Result<std::vector<UploadPart>> stored_parts(const Upload& upload);
  S3Result<std::vector<UploadPart>> chosen(const Upload& upload, const std::vector<WantedPart>& wanted);
  Result<void> join(const Upload& upload, const std::vector<UploadPart>& parts, const Path& into);
  Result<void> remove(const Upload& upload);

  ObjectStore& store_;
  FileSystem& files_;
  Clock& clock_;
  const Path folder_;
  std::array<std::mutex, 64> stripes_;
};

} // namespace freshet::objects
