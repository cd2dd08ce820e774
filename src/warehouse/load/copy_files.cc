// COPY FILES INTO @stage FROM @stage | (SELECT …).
#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/stage_source.h"
#include "warehouse/statements/statements.h"

namespace freshet::warehouse {
namespace {

constexpr size_t k_files_max = 1000;

struct CopyFilesOptions {
  std::vector<std::string> files;
  std::optional<std::string> pattern;
  bool detailed = true;
};

/// A file to be copied, and the path below the target that it gets.
struct FileCopy {
  StageSource from;
  objects::ObjectInfo file;
  std::string name;
};

SqlResult<CopyFilesOptions> options_of(const sql::CopyFiles& statement) {
  CopyFilesOptions out;
  for (const auto& [key, value, range] : statement.options) {
    if (key == "DETAILED_OUTPUT" && value.kind == sql::PropertyValue::Kind::boolean) {
      out.detailed = value.is_true();
    } else if (key == "PATTERN" && !statement.query) {
      out.pattern = value.text;
    } else if (key == "FILES" && !statement.query) {
      for (const auto& item : value.items) out.files.push_back(item.text);
    } else {
      return sql::fail({1006, "42601",
                        fmt::format("SQL compilation error:\ninvalid property '{}' for 'COPY FILES{}'", key,
                                    statement.query ? " … FROM (SELECT …)" : "")});
    }
  }
  if (out.files.size() > k_files_max)
    return sql::fail(
        {1008, "22023",
         fmt::format("SQL compilation error:\nFILES takes at most {} names, {} were given", k_files_max, out.files.size())});
  return out;
}

SqlResult<StageSource> stage_of(StatementContext& context, LoadService& service, const sql::StageLocation& location,
                                bool takes_user_stage) {
  using enum sql::StageLocation::Kind;
  if (location.kind == named || (location.kind == user && takes_user_stage)) return stage_source(context, service, location);
  return sql::fail(sql::unsupported_feature(location.kind == url     ? "COPY FILES from or to a URL: name a stage"
                                            : location.kind == table ? "COPY FILES from or to a table's stage"
                                                                     : "COPY FILES from or to a user's stage"));
}

/// The files below the location, each under its path after the location's last folder.
SqlResult<std::vector<FileCopy>> files_of_stage(StatementContext& context, LoadService& service,
                                                const sql::CopyFiles& statement, const CopyFilesOptions& options) {
  const auto source = TRY(stage_of(context, service, statement.source, false));
  const auto folder = source.prefix.substr(0, source.prefix.rfind('/') + 1);
  std::vector<FileCopy> out;
  for (auto& file : TRY(list_files(source, options.pattern))) {
    auto name = file.key.substr(folder.size());
    auto below = file.key.substr(source.prefix.size());
    if (below.starts_with('/')) below.erase(0, 1);
    const bool is_wanted = options.files.empty() || std::ranges::find(options.files, below) != options.files.end();
    if (is_wanted) out.push_back({source, std::move(file), std::move(name)});
  }
  return out;
}

/// `relative_path` of SELECT … FROM DIRECTORY(@stage) is meant within that stage.
std::string directory_of(const sql::Query& query) {
  const auto* select = std::get_if<sql::Select>(&query.body.node);
  const auto* function = select != nullptr && select->from ? select->from->as<sql::TableFunction>() : nullptr;
  const bool lists = function != nullptr && function->call.name.last() == "DIRECTORY" && function->call.arguments.size() == 1;
  const auto* stage = lists ? function->call.arguments[0].value.as<sql::StringLiteral>() : nullptr;
  return stage != nullptr ? stage->value + "/" : std::string();
}

/// A row a file: where it is and, maybe, what it is to be called.
SqlResult<std::vector<FileCopy>> files_of_query(StatementContext& context, LoadService& service, const sql::Query& query) {
  const auto rows = TRY(context.query(TRY(context.print(query))));
  if (rows.columns().empty() || rows.columns().size() > 2)
    return sql::fail({2057, "42601",
                      fmt::format("SQL compilation error:\nCOPY FILES takes the URL of a file and a new name, {} columns are "
                                  "selected",
                                  rows.columns().size())});
  const auto folder = directory_of(query);
  std::vector<FileCopy> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (rows.is_null(row, 0)) continue;
    auto url = std::string(rows.text(row, 0));
    if (!url.starts_with('@')) url.insert(0, folder);
    if (!url.starts_with('@'))
      return sql::fail(sql::unsupported_feature(fmt::format("COPY FILES of '{}': write @stage/path", url)));
    const auto location = TRY(sql::parse_stage_location(url));
    const auto source = TRY(stage_of(context, service, location, true));
    auto file = source.store->head(source.bucket, source.prefix);
    if (!file) return sql::fail(stage_failure(file.error()));
    const bool renamed = rows.columns().size() > 1 && !rows.is_null(row, 1);
    out.push_back({source, std::move(*file), renamed ? std::string(rows.text(row, 1)) : location.path});
  }
  return out;
}

SqlResult<void> copy_file(const FileCopy& copy, const StageSource& target, const std::string& key) {
  auto path = copy.from.store->open_as_file(copy.file);
  if (!path) return sql::fail(stage_failure(path.error()));
  const bool has_md5 = copy.file.etag.size() == 32; // not of an object that came in parts
  objects::PutOptions options;
  options.content_type = copy.file.content_type;
  options.metadata = copy.file.metadata;
  options.headers = copy.file.headers;
  options.event = "ObjectCreated:Copy";
  const auto written =
      target.store->put(target.bucket, key, objects::Content::of_file(**path, has_md5 ? copy.file.etag : ""), options);
  if (!written) return sql::fail(stage_failure(written.error()));
  return {};
}

} // namespace

/// Files of the same name are replaced. What is copied before a failure stays. Time grows with the bytes that are copied.
Outcome run(StatementContext& context, const sql::CopyFiles& statement) {
  auto& service = *TRY(load_service(context));
  const auto options = TRY(options_of(statement));
  const auto target = TRY(stage_of(context, service, statement.target, static_cast<bool>(statement.query)));
  const auto copies = statement.query ? TRY(files_of_query(context, service, *statement.query))
                                      : TRY(files_of_stage(context, service, statement, options));
  auto folder = target.prefix;
  if (!folder.empty() && !folder.ends_with('/')) folder += '/';
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (const auto& each : copies) {
    const auto key = folder + each.name;
    TRY(copy_file(each, target, key));
    rows.push_back({target.file_name(key)});
  }
  if (options.detailed) return context.table(StatementKind::list_files, {{"file", {}, true}}, rows);
  sql::SnowflakeType number;
  number.kind = sql::TypeKind::number;
  const std::vector<std::vector<std::optional<std::string>>> count{{std::to_string(rows.size())}};
  return context.table(StatementKind::list_files, {{"numOfFilesCopied", number, true}}, count);
}

} // namespace freshet::warehouse
