// PUT and GET: which files go where; the client moves them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "warehouse/load/load_service.h"
#include "warehouse/statements/show_table.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {

namespace {

constexpr std::string_view k_file_scheme = "file://";
constexpr int64_t k_parallel_max = 99;

sql::Error invalid_option(std::string_view key, std::string_view value) {
  return {1008, "22023", fmt::format("SQL compilation error:\ninvalid value [{}] for parameter '{}'", value, key)};
}

SqlResult<std::string> local_path(const std::string& url) {
  if (url.starts_with(k_file_scheme) && url.size() > k_file_scheme.size()) return url.substr(k_file_scheme.size());
  return sql::fail(
      {1003, "42000", fmt::format("SQL compilation error:\na local path begins with file://, not as '{}' does", url)});
}

SqlResult<bool> flag(const sql::Property& property) {
  if (property.value.kind != sql::PropertyValue::Kind::boolean)
    return sql::fail(invalid_option(property.key, property.value.text));
  return property.value.is_true();
}

SqlResult<int64_t> parallel(const sql::Property& property) {
  const auto& text = property.value.text;
  int64_t threads = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (code != std::errc{} || end != text.data() + text.size() || threads < 1 || threads > k_parallel_max)
    return sql::fail(invalid_option(property.key, text));
  return threads;
}

SqlResult<std::string> source_compression(const sql::Property& property) {
  std::string text = property.value.text;
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string_view known : {"auto_detect", "gzip", "bz2", "brotli", "zstd", "deflate", "raw_deflate", "none"}) {
    if (text == known) return text;
  }
  return sql::fail(invalid_option(property.key, property.value.text));
}

SqlResult<StageSource> internal_stage(StatementContext& context, LoadService& service, const sql::StageLocation& location) {
  auto source = TRY(stage_source(context, service, location));
  if (source.internal) return source;
  return sql::fail(stage_failure({ErrorKind::unsupported, "GET and PUT commands are not supported with external stage"}));
}

Outcome transfer_result(StatementContext& context, LoadService& service, StatementKind kind, FileTransfer transfer) {
  auto columns =
      show_columns(kind == StatementKind::put_files
                       ? "source target source_size# target_size# source_compression target_compression status message"
                       : "file size# status message");
  for (auto& column : columns) column.nullable = false;
  auto result = TRY(context.table(kind, std::move(columns), {}));
  service.transfers().add(context.query_id(), std::move(transfer));
  return result;
}

} // namespace

Outcome run(StatementContext& context, const sql::PutFiles& statement) {
  auto& service = *TRY(load_service(context));
  FileTransfer transfer;
  transfer.local = TRY(local_path(statement.source));
  const auto stage = TRY(internal_stage(context, service, statement.target));
  transfer.bucket = stage.bucket;
  transfer.prefix = stage.prefix;
  if (!transfer.prefix.ends_with('/')) transfer.prefix += '/';
  for (const auto& property : statement.options) {
    if (property.key == "AUTO_COMPRESS")
      transfer.auto_compress = TRY(flag(property));
    else if (property.key == "OVERWRITE")
      transfer.overwrite = TRY(flag(property));
    else if (property.key == "PARALLEL")
      transfer.parallel = TRY(parallel(property));
    else if (property.key == "SOURCE_COMPRESSION")
      transfer.source_compression = TRY(source_compression(property));
    else
      return sql::fail({1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'PUT'", property.key)});
  }
  return transfer_result(context, service, StatementKind::put_files, std::move(transfer));
}

Outcome run(StatementContext& context, const sql::GetFiles& statement) {
  auto& service = *TRY(load_service(context));
  FileTransfer transfer;
  transfer.upload = false;
  transfer.local = TRY(local_path(statement.target));
  const auto stage = TRY(internal_stage(context, service, statement.source));
  transfer.bucket = stage.bucket;
  std::optional<std::string> pattern;
  for (const auto& property : statement.options) {
    if (property.key == "PARALLEL")
      transfer.parallel = TRY(parallel(property));
    else if (property.key == "PATTERN")
      pattern = property.value.text;
    else
      return sql::fail({1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'GET'", property.key)});
  }
  // Names begin after the last folder of the location: @s/a/b finds a/b.csv as b.csv and a/b/c.csv as b/c.csv.
  const auto folder = stage.prefix.substr(0, stage.prefix.rfind('/') + 1);
  transfer.prefix = folder;
  for (const auto& file : TRY(list_files(stage, pattern))) transfer.files.push_back(file.key.substr(folder.size()));
  return transfer_result(context, service, StatementKind::get_files, std::move(transfer));
}

} // namespace freshet::warehouse
