#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_system.h"
#include "http/message.h"
#include "objects/multipart_uploads.h"
#include "objects/object_store.h"

namespace freshet::objects {

struct S3ServiceOptions {
  std::map<std::string, std::string> credentials; // secret access key by access key id
  std::string region = "us-east-1";
  Path spool_directory;        // for decoding large aws-chunked bodies; on the store's file system, so that it can adopt them
  Path uploads_directory = {}; // of objects that come in parts, on the same file system; empty: they are refused
};

/// The S3 protocol over an ObjectStore: an http::Handler, path style, AWS Signature Version 4 by Authorization header.
///
/// Operations: ListBuckets, Create/HeadBucket, GetBucketLocation, ListObjectsV2, Put/Get/Head/DeleteObject (with Range and
/// conditionals), CopyObject, Create/Complete/AbortMultipartUpload, UploadPart, UploadPartCopy, ListParts,
/// ListMultipartUploads, Get/PutBucketNotificationConfiguration; every other answers 501 NotImplemented. Payloads are verified
/// against x-amz-content-sha256 (hash, UNSIGNED-PAYLOAD, or aws-chunked in its four forms), Content-MD5 and x-amz-checksum-*.
/// Concurrency: may be called from any thread. Memory: bodies that the server spooled are never held in memory as a whole.
class S3Service {
 public:
  S3Service(ObjectStore& store, FileSystem& files, Clock& clock, S3ServiceOptions options);

  http::Response operator()(const http::Request& request) const;

 private:
  ObjectStore& store_;
  FileSystem& files_;
  Clock& clock_;
  S3ServiceOptions options_;
  std::shared_ptr<MultipartUploads> uploads_; // shared: handlers are copied
};

} // namespace freshet::objects
