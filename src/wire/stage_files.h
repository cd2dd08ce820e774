#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/message.h"
#include "objects/object_store.h"
#include "warehouse/file_transfers.h"

namespace freshet::wire {

/// The way of a client's files into and out of internal stages, for PUT and GET.
///
/// Drivers know it as Google's storage, the one kind whose address may be plain http: the answer to PUT says where to send the
/// files and with which grant; each then comes as an HTTP PUT of its own and is in the stage, whole and durable, when that is
/// answered. GET is the reverse. A grant names the keys it is for, what may be done to them, and until when; it is signed, so
/// nothing is kept about it. Concurrency: any thread.
class StageFiles {
 public:
  /// How the driver takes its grant: as a token in the Authorization header, or (older ones) inside an address that is good for
  /// one file.
  enum class Style { token, presigned };

  /// `store` null: there are no internal stages, and every request is refused.
  StageFiles(objects::ObjectStore* store, Clock& clock, std::string key);

  static bool owns(std::string_view path);
  http::Response handle(const http::Request& request) const;

  /// An address at `base` (http://host:port) under which anybody can read that one object for so long, or until the server
  /// ends.
  std::string read_address(std::string_view base, const std::string& bucket, const std::string& key,
                           std::chrono::seconds validity) const;

  /// What the answer's data says besides the usual: `,"command":"UPLOAD",…`. `host`: as the client calls this server.
  std::string transfer_json(const warehouse::FileTransfer& transfer, std::string_view host, Style style) const;

 private:
  struct Grant {
    char mode = 'r'; // r: read; x: read what is called exactly so; w: write what is not there; o: write
    std::string prefix;
  };
  std::string sign(const Grant& grant, std::chrono::seconds validity) const;
  bool allows(std::string_view token, std::string_view method, std::string_view path, bool& overwrite) const;
  http::Response upload(const http::Request& request, const std::string& bucket, const std::string& key, bool overwrite) const;
  http::Response download(const http::Request& request, const std::string& bucket, const std::string& key) const;

  objects::ObjectStore* store_;
  Clock& clock_;
  const std::string key_;
};

} // namespace freshet::wire
