#include "warehouse/load/stage_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/regex.hpp>

#include "warehouse/load/internal_stage.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/staged_format.h"
#include "warehouse/object_parameters.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {

namespace {

/// Whether an allowed or blocked location covers a URL: equal, below it as a folder, or everything.
bool covers(std::string_view location, std::string_view url) {
  if (location == "*") return true;
  if (location.ends_with('/')) location.remove_suffix(1);
  return url.starts_with(location) && (url.size() == location.size() || url[location.size()] == '/');
}

} // namespace

bool is_other_cloud(std::string_view url) {
  return url.starts_with("azure://") || url.starts_with("gcs://");
}

sql::SqlResult<S3Location> parse_s3_url(std::string_view url) {
  const auto scheme = url.find("://");
  const auto name = scheme == std::string_view::npos ? std::string_view() : url.substr(0, scheme);
  if (is_other_cloud(url)) {
    return sql::fail(stage_failure(
        {ErrorKind::unsupported, fmt::format("'{}' is in a cloud that is not served here: only s3:// locations are", url)}));
  }
  if (name != "s3" && name != "s3a" && name != "s3n" && name != "s3gov" && name != "s3compat" && name != "s3china") {
    return sql::fail({1008, "22023", fmt::format("SQL compilation error:\ninvalid URL prefix found in: '{}'", url)});
  }
  const auto rest = url.substr(scheme + 3);
  const auto slash = rest.find('/');
  S3Location location{std::string(rest.substr(0, slash)),
                      slash == std::string_view::npos ? std::string() : std::string(rest.substr(slash + 1))};
  if (location.bucket.empty())
    return sql::fail({1008, "22023", fmt::format("SQL compilation error:\nthe URL '{}' names no bucket", url)});
  return location;
}

BucketRequest bucket_request(const S3Location& location, const Options& options) {
  return {location.bucket,
          first_item(options, "ENDPOINT").value_or(""),
          first_item(options, "CREDENTIALS.AWS_KEY_ID").value_or(""),
          first_item(options, "CREDENTIALS.AWS_SECRET_KEY").value_or(""),
          first_item(options, "CREDENTIALS.AWS_TOKEN").value_or(""),
          first_item(options, "STORAGE_INTEGRATION").value_or("")};
}

sql::SqlResult<void> check_integration(StatementContext& context, const std::string& integration, const std::string& url) {
  sql::QualifiedName name;
  name.parts.push_back({integration, false, {}});
  const auto object = TRY(context.find(ObjectKind::integration, name));
  const auto* body = object->as<Integration>();
  const auto refused = [&](std::string_view why) {
    return sql::fail(
        {3167, "42601",
         fmt::format("SQL compilation error:\nLocation '{}' is not allowed by integration '{}'. {}", url, integration, why)});
  };
  if (!body->enabled) return refused("The integration is not enabled: ALTER STORAGE INTEGRATION … SET ENABLED = TRUE.");
  const auto list = [&](const char* key) {
    const auto found = body->options.find(key);
    return found == body->options.end() ? std::vector<std::string>() : found->second;
  };
  const auto allowed = list("STORAGE_ALLOWED_LOCATIONS"), blocked = list("STORAGE_BLOCKED_LOCATIONS");
  const auto hit = [&](const std::string& location) { return covers(location, url); };
  if (std::ranges::any_of(blocked, hit)) return refused("Please use DESC INTEGRATION to check out the blocked locations.");
  if (!std::ranges::any_of(allowed, hit)) return refused("Please use DESC INTEGRATION to check out the allowed locations.");
  return {};
}

sql::Error stage_failure(const Error& cause) {
  return {91003, "55000", fmt::format("Failure using stage area. Cause: [{}]", cause.message)};
}

namespace {

sql::SqlResult<StageSource> url_source(StatementContext& context, const sql::StageLocation& location,
                                       const sql::Properties& statement_options, BucketRequest& request) {
  StageSource source;
  const auto s3 = TRY(parse_s3_url(location.path));
  request = bucket_request(s3, flattened_options(statement_options));
  const auto* integration = sql::find_property(statement_options, "STORAGE_INTEGRATION");
  if (integration != nullptr && !integration->name.empty()) request.integration = integration->name.last(); // folded
  if (!request.integration.empty()) TRY(check_integration(context, request.integration, location.path));
  source.name = location.path;
  source.base = s3.prefix;
  source.prefix = s3.prefix;
  return source;
}

/// A stage's FORMAT_NAME is meant from where the stage stands.
sql::SqlResult<StageSource> named_source(StatementContext& context, const Object& object, const std::string& path,
                                         BucketRequest& request) {
  StageSource source;
  const auto& stage = *object.as<Stage>();
  source.name = context.catalog().full_name(object);
  source.stage = object.id;
  source.file_format = TRY(format_as_seen_from(stage.file_format, context.scope_of(object)));
  source.copy_options = stage.copy_options;
  if (stage.url.empty()) {
    source.internal = true;
    source.base = named_stage_folder(object.id);
    source.shown_folder = object.name + "/";
    std::ranges::transform(source.shown_folder, source.shown_folder.begin(), [](unsigned char c) { return std::tolower(c); });
    return source;
  }
  const auto s3 = TRY(parse_s3_url(stage.url));
  request = bucket_request(s3, stage.options);
  request.integration = stage.storage_integration;
  if (first_item(stage.options, "CREDENTIALS").value_or("") == "refused") {
    return sql::fail(stage_failure(
        {ErrorKind::permission_denied,
         "The AWS Access Key Id or secret of the stage is not valid. (Status Code: 403; Error Code: InvalidAccessKeyId)"}));
  }
  if (!stage.storage_integration.empty()) TRY(check_integration(context, stage.storage_integration, stage.url));
  source.base = s3.prefix;
  if (!source.base.empty() && !source.base.ends_with('/') && !path.empty()) source.base += '/';
  source.prefix = source.base + path;
  return source;
}

sql::SqlResult<StageSource> table_source(StatementContext& context, const sql::StageLocation& location) {
  StageSource source;
  const auto object = TRY(context.find(ObjectKind::table, location.name));
  source.internal = true;
  source.name = context.catalog().full_name(*object);
  source.base = table_stage_folder(object->id);
  source.file_format =
      TRY(format_as_seen_from(options_below(object->as<Table>()->options, "STAGE_FILE_FORMAT."), context.scope_of(*object)));
  source.copy_options = options_below(object->as<Table>()->options, "STAGE_COPY_OPTIONS.");
  return source;
}

StageSource user_source(StatementContext& context) {
  StageSource source;
  source.internal = true;
  source.name = "~";
  source.base = user_stage_folder(context.session().context().user);
  return source;
}

/// The source with the store that it is in.
sql::SqlResult<StageSource> opened(LoadService& service, StageSource source, const BucketRequest& request,
                                   const std::string& path) {
  if (source.internal) {
    source.bucket = k_internal_bucket;
    source.prefix = source.base + path;
    source.store = service.internal_stages();
    if (source.store == nullptr)
      return sql::fail(sql::unsupported_feature("internal stages: this warehouse was opened without a store"));
    return source;
  }
  source.bucket = request.bucket;
  auto store = service.resolver()(request);
  if (!store) return sql::fail(stage_failure(store.error()));
  source.store = *store;
  return source;
}

} // namespace

sql::SqlResult<StageSource> stage_source(StatementContext& context, LoadService& service, const sql::StageLocation& location,
                                         const sql::Properties& statement_options) {
  using enum sql::StageLocation::Kind;
  BucketRequest request;
  if (location.kind == named) {
    const auto stage = TRY(context.find(ObjectKind::stage, location.name));
    auto source = TRY(named_source(context, *stage, location.path, request));
    return opened(service, std::move(source), request, location.path);
  }
  auto source = location.kind == url     ? TRY(url_source(context, location, statement_options, request))
                : location.kind == table ? TRY(table_source(context, location))
                                         : user_source(context);
  return opened(service, std::move(source), request, location.path);
}

sql::SqlResult<StageSource> stage_folder(StatementContext& context, LoadService& service, const Object& stage,
                                         const std::string& path) {
  BucketRequest request;
  auto source = TRY(named_source(context, stage, path, request));
  if (!source.base.empty() && !source.base.ends_with('/')) source.base += '/';
  source.prefix = source.base + path;
  return opened(service, std::move(source), request, path);
}

std::string StageSource::file_name(const std::string& key) const {
  auto relative = key.starts_with(base) ? key.substr(base.size()) : key;
  if (relative.empty()) relative = key.substr(key.rfind('/') + 1); // the location is the file itself
  if (relative.starts_with('/')) relative.erase(0, 1);
  return relative;
}

std::string StageSource::shown_name(const std::string& key) const {
  return internal ? shown_folder + file_name(key) : fmt::format("s3://{}/{}", bucket, key);
}

Result<std::function<bool(const std::string&)>> whole_match(const std::string& pattern) {
  try {
    return [expression = boost::regex(pattern, boost::regex::perl)](const std::string& text) {
      try {
        return boost::regex_match(text, expression);
      } catch (const std::runtime_error&) {
        return false; // too complex for this text
      }
    };
  } catch (const boost::regex_error& error) {
    return fail(ErrorKind::invalid_argument,
                fmt::format("PATTERN '{}' is not a regular expression: {}", pattern, error.what()));
  }
}

sql::SqlResult<std::vector<objects::ObjectInfo>> list_files(const StageSource& source,
                                                            const std::optional<std::string>& pattern) {
  std::function<bool(const std::string&)> matches;
  if (pattern) {
    auto compiled = whole_match(*pattern);
    if (!compiled) return sql::fail({1008, "22023", "SQL compilation error:\n" + compiled.error().message});
    matches = std::move(*compiled);
  }
  std::vector<objects::ObjectInfo> files;
  objects::ListRequest request;
  request.prefix = source.prefix;
  while (true) {
    auto listing = source.store->list(source.bucket, request);
    if (!listing) return sql::fail(stage_failure(listing.error()));
    for (auto& object : listing->objects) {
      if (object.size == 0 && object.key.ends_with('/')) continue;
      if (matches && !matches(source.shown_name(object.key)) && !matches(object.key) &&
          !matches(object.key.substr(std::min(source.base.size(), object.key.size())))) {
        continue;
      }
      files.push_back(std::move(object));
    }
    if (!listing->truncated) return files;
    request.start_after = listing->next_start_after;
  }
}

} // namespace freshet::warehouse
