#include "wire/client_transfer.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>

#include "wire/gzip.h"

namespace freshet::wire {
namespace {

namespace json = boost::json;
using Row = std::vector<std::optional<std::string>>;

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool flag_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

sql::Error local_error(std::string message) {
  return {253006, "08001", std::move(message)};
}

/// Where the server wants the files, and with which grant.
struct Door {
  std::string folder; // address
  std::string authorization;

  std::string address(const std::string& name) const { return folder + http::percent_encode(name, true); }
  http::ClientRequest request(std::string method, const std::string& name) const {
    http::ClientRequest request;
    request.method = std::move(method);
    request.url = address(name);
    request.headers.set("Authorization", authorization);
    request.timeout = std::chrono::hours(2);
    return request;
  }
};

Door door_of(const json::object& data) {
  const auto* stage = data.if_contains("stageInfo");
  if (stage == nullptr || !stage->is_object()) return {};
  const auto* credentials = stage->get_object().if_contains("creds");
  const auto token =
      credentials != nullptr && credentials->is_object() ? text_of(credentials->get_object(), "GCS_ACCESS_TOKEN") : "";
  return {text_of(stage->get_object(), "endPoint") + "/" + http::percent_encode(text_of(stage->get_object(), "location"), true),
          "Bearer " + token};
}

/// ~ is the home folder.
Path local_path(const std::string& text) {
  const char* home = std::getenv("HOME");
  if (home != nullptr && (text == "~" || text.starts_with("~/"))) return Path(home + text.substr(1));
  return text;
}

sql::SqlResult<std::vector<Path>> matching_files(FileSystem& files, const std::string& pattern) {
  const Path path = local_path(pattern);
  const auto folder = path.has_parent_path() ? path.parent_path() : Path(".");
  const auto names = files.list(folder);
  if (!names) return sql::fail(local_error(fmt::format("Not a directory: {} ({})", folder.string(), names.error().message)));
  std::vector<Path> found;
  for (const auto& name : *names) {
    const auto full = folder / name;
    if (fnmatch(path.filename().c_str(), name.c_str(), 0) == 0 && !std::filesystem::is_directory(full)) found.push_back(full);
  }
  if (found.empty()) return sql::fail(local_error(fmt::format("File doesn't exist: ['{}']", pattern)));
  std::ranges::sort(found);
  return found;
}

/// "gzip", "zstd", …, or "" when nothing tells.
std::string_view compression_of(const std::string& name, std::string_view first_bytes) {
  static constexpr std::pair<std::string_view, std::string_view> k_endings[] = {
      {".gz", "gzip"},         {".bz2", "bzip2"},       {".br", "br"},
      {".zst", "zstd"},        {".deflate", "deflate"}, {".raw_deflate", "raw_deflate"},
      {".parquet", "parquet"}, {".orc", "orc"}};
  static constexpr std::pair<std::string_view, std::string_view> k_beginnings[] = {
      {"\x1F\x8B", "gzip"}, {"BZh", "bzip2"}, {"\x28\xB5\x2F\xFD", "zstd"}, {"PAR1", "parquet"}, {"ORC", "orc"}};
  for (const auto& [ending, kind] : k_endings) {
    if (name.ends_with(ending)) return kind;
  }
  for (const auto& [beginning, kind] : k_beginnings) {
    if (first_bytes.starts_with(beginning)) return kind;
  }
  return "";
}

std::string shown(std::string_view compression) {
  std::string text(compression.empty() ? "NONE" : compression);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

sql::SqlResult<Row> upload(FileSystem& files, http::Client& http, const json::object& data, const Door& door,
                           const Path& path) {
  const auto name = path.filename().string();
  const auto file = TRY(files.open(path));
  const auto size = file->size();
  auto source = text_of(data, "sourceCompression");
  if (source == "auto_detect" || source.empty()) source = compression_of(name, TRY(file->read(0, 4)));
  if (source == "none") source.clear();
  const bool compress = source.empty() && flag_of(data, "autoCompress");
  const auto target = compress ? name + ".gz" : name;
  auto request = door.request("PUT", target);
  if (compress)
    request.body = gzip(TRY(files.read_all(path)));
  else
    request.file = http::FileRange{path, 0, size, nullptr};
  Row row = {name,
             target,
             std::to_string(size),
             std::to_string(compress ? request.body.size() : size),
             shown(source),
             shown(compress ? "gzip" : source),
             "UPLOADED",
             ""};
  if (!flag_of(data, "overwrite") && TRY(http.send(door.request("HEAD", target))).status == 200) {
    row[3] = "0";
    row[6] = "SKIPPED";
    return row;
  }
  const auto answer = TRY(http.send(request));
  if (answer.status != 200)
    return sql::fail(
        {253003, "08001", fmt::format("{} could not be put: HTTP status {} {}", name, answer.status, answer.body)});
  return row;
}

sql::SqlResult<Row> download(http::Client& http, const Door& door, const std::string& name, const Path& folder) {
  const auto base = name.substr(name.rfind('/') + 1);
  auto request = door.request("GET", name);
  request.download_to = folder / base;
  const auto answer = TRY(http.send(request));
  if (answer.status != 200)
    return sql::fail({253003, "08001", fmt::format("{} could not be got: HTTP status {}", name, answer.status)});
  std::error_code ignored;
  return Row{base, std::to_string(std::filesystem::file_size(folder / base, ignored)), "DOWNLOADED", ""};
}

warehouse::ResultColumn column(std::string name, sql::TypeKind kind = sql::TypeKind::text) {
  return {std::move(name), {.kind = kind}, false};
}

} // namespace

bool asks_for_transfer(const json::object& data) {
  return data.contains("command") && data.contains("stageInfo");
}

sql::SqlResult<ResultTable> transfer_files(FileSystem& files, http::Client& http, const json::object& data) {
  using enum sql::TypeKind;
  ResultTable table;
  table.query_id = text_of(data, "queryId");
  const auto door = door_of(data);
  std::vector<std::string> sources;
  if (const auto* list = data.if_contains("src_locations"); list != nullptr && list->is_array()) {
    for (const auto& source : list->get_array()) sources.emplace_back(source.get_string());
  }
  if (text_of(data, "command") == "UPLOAD") {
    table.columns = {column("source"),
                     column("target"),
                     column("source_size", number),
                     column("target_size", number),
                     column("source_compression"),
                     column("target_compression"),
                     column("status"),
                     column("message")};
    for (const auto& path : TRY(matching_files(files, sources.empty() ? "" : sources.front())))
      table.rows.push_back(TRY(upload(files, http, data, door, path)));
    return table;
  }
  table.columns = {column("file"), column("size", number), column("status"), column("message")};
  const auto folder = local_path(text_of(data, "localLocation"));
  if (!std::filesystem::is_directory(folder))
    return sql::fail(local_error(fmt::format("The local path is not a directory: {}", folder.string())));
  for (const auto& name : sources) table.rows.push_back(TRY(download(http, door, name, folder)));
  return table;
}

} // namespace freshet::wire
