#include "app/credentials.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/random.h"

namespace freshet::app {

Path credentials_path(const Path& data) { return data / "credentials.yaml"; }

Result<Credentials> load_credentials(FileSystem& files, const Path& data) {
  const Path path = credentials_path(data);
  const auto status = TRY(files.status(path));
  if ((status.permissions & 077) != 0) {
    return fail(ErrorKind::permission_denied,
                fmt::format("{} can be read by others; run 'chmod 600 {}' (and change its secrets)", path.string(), path.string()));
  }
  const std::string content = TRY(files.read_all(path));
  try {
    const YAML::Node root = YAML::Load(content);
    const auto field = [&root](const char* name) { return root[name].as<std::string>(); };
    return Credentials{field("user"), field("password"), field("s3_access_key"), field("s3_secret_key")};
  } catch (const YAML::Exception& malformed) {
    return fail(ErrorKind::corrupt, fmt::format("{}:{}: {}; it needs user, password, s3_access_key and s3_secret_key (delete the "
                                                "file to have new ones made)",
                                                path.string(), malformed.mark.line + 1, malformed.msg));
  }
}

Result<Credentials> load_or_create_credentials(FileSystem& files, const Path& data) {
  auto existing = load_credentials(files, data);
  if (existing || existing.error().kind != ErrorKind::not_found) return existing;
  Credentials made{"FRESHET", random_secret_hex(16), "FRESHET" + random_secret_hex(6), random_secret_hex(20), true};
  // FileSystem creates files with mode 0600, so the secrets are never readable by others, not even while being written.
  TRY(files.write_durably(credentials_path(data),
                          fmt::format("# Made by the first start. Whoever reads this file can use this Freshet.\n"
                                      "user: {}\npassword: {}\ns3_access_key: {}\ns3_secret_key: {}\n",
                                      made.user, made.password, made.s3_access_key, made.s3_secret_key)));
  return made;
}

}  // namespace freshet::app
