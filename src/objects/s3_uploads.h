#pragma once

#include <optional>
#include <string>

#include "http/message.h"
#include "objects/multipart_uploads.h"
#include "objects/s3_error.h"
#include "objects/s3_payload.h"

namespace freshet::objects {

/// CopyObject: the object that x-amz-copy-source names, under the request's key. `options`: what the request says of the new
/// object, which counts with x-amz-metadata-directive: REPLACE.
S3Result<ObjectInfo> copy(ObjectStore& store, const http::Request& request, const std::string& bucket, const std::string& key,
                          PutOptions options);

/// One request about an upload in parts: its query has `uploads` or `uploadId`.
struct UploadExchange {
  MultipartUploads& uploads;
  ObjectStore& store;
  FileSystem& files;
  const http::Request& request;
  const std::string& bucket;
  const std::string& key;
  Payload& payload;
  PutOptions options; // as the request's headers say

  /// nullopt: there is no such operation.
  std::optional<S3Result<http::Response>> answer();

 private:
  S3Result<http::Response> create();
  S3Result<http::Response> put_part(const Upload& upload, bool copies);
  S3Result<http::Response> complete(const Upload& upload);
  S3Result<http::Response> list(const Upload& upload);
  S3Result<Content> copied_content(UploadPart& part);
};

} // namespace freshet::objects
