#include <fmt/format.h>

#include <algorithm>

#include "sql/parser.h"
#include "warehouse/load/copy.h"
#include "warehouse/load/load_service.h"
#include "warehouse/load/pipe_health.h"
#include "warehouse/statements/create.h"

namespace freshet::warehouse {

namespace {

using Cells = std::vector<std::optional<std::string>>;

constexpr int k_refresh_days = 7;
constexpr OnError k_skip_file{OnError::Kind::skip_file, 1, false};

sql::Error refused(std::string_view what) {
  return {1008, "22023",
          fmt::format("SQL compilation error:\ninvalid COPY statement in the pipe: {} is not supported for pipes", what)};
}

/// What COPY may say and a pipe may not.
SqlResult<void> check_pipe_copy(const sql::CopyIntoTable& copy) {
  for (const auto& option : copy.options) {
    for (const std::string_view key : {"FILES", "SIZE_LIMIT", "PURGE", "FORCE", "RETURN_FAILED_ONLY", "VALIDATION_MODE"}) {
      if (option.key == key) return sql::fail(refused(key));
    }
    if (option.key == "ON_ERROR" && TRY(parse_on_error(option.value.text)).kind == OnError::Kind::abort_statement) {
      return sql::fail(refused("ON_ERROR = ABORT_STATEMENT"));
    }
  }
  const auto* select = copy.query ? std::get_if<sql::Select>(&copy.query->body.node) : nullptr;
  if (select != nullptr && select->where) return sql::fail(refused("WHERE in the transform"));
  return {};
}

/// Looks everything up that the COPY names, so that a mistake shows when the pipe is created.
SqlResult<CopyJob> checked_job(StatementContext& context, LoadService& service, const sql::CopyIntoTable& copy) {
  auto job = TRY(copy_job(context, service, copy, k_skip_file));
  TRY(loader_for(context, service, job));
  return job;
}

TimePoint parse_time(const std::string& text, TimePoint otherwise) {
  const auto time = DateTimeFormat("AUTO", DateTimeKind::timestamp).parse(text);
  if (!time) return otherwise;
  using namespace std::chrono;
  return sys_days{year(time->year) / month(time->month) / day(time->day)} + hours(time->hour) + minutes(time->minute) +
         seconds(time->second) + microseconds(time->nanosecond / 1000) - minutes(time->offset_minutes.value_or(0));
}

Outcome refresh(StatementContext& context, LoadService& service, const Object& object, const sql::Properties& properties) {
  const auto pipe = service.pipe(object.id);
  if (!pipe) return sql::fail({2003, "02000", fmt::format("SQL compilation error:\nPipe '{}' is not running", object.name)});
  const auto statement = TRY(sql::parse_statement(object.as<Pipe>()->definition));
  auto job = TRY(copy_job(context, service, *statement.as<sql::CopyIntoTable>(), k_skip_file));
  auto after = context.now() - std::chrono::days(k_refresh_days);
  for (const auto& property : properties) {
    if (property.key == "PREFIX")
      job.source.prefix += property.value.text;
    else if (property.key == "MODIFIED_AFTER")
      after = std::max(after, parse_time(property.value.text, after));
  }
  const auto copied = TRY(context.checked(
      load_history::copied(context.connection(), job.table->id, after - std::chrono::days(load_history::k_copy_days))));
  std::vector<std::string> events;
  std::vector<Cells> rows;
  for (const auto& file : TRY(list_files(job.source, job.options.pattern))) {
    const auto url = fmt::format("s3://{}/{}", file.bucket, file.key);
    if (file.modified < after || pipe->knows(url, file.etag) || copied.contains(url)) continue;
    events.push_back(write_s3_event({file.bucket, file.key, file.size, file.etag, "", context.now()}));
    rows.push_back({job.source.file_name(file.key), "SENT"});
  }
  if (!events.empty()) {
    if (auto sent = pipe->queue().send(events); !sent) return sql::fail(sql::Error(sent.error()));
  }
  return context.table(StatementKind::ddl, {{"File", {}, true}, {"Status", {}, true}}, rows);
}

sql::Error invalid_property(std::string_view key) {
  return {1006, "42601", fmt::format("SQL compilation error:\ninvalid property '{}' for 'PIPE'", key)};
}

SqlResult<void> set_paused(StatementContext& context, const Object& object, Pipe& pipe, bool paused) {
  if (paused) {
    pause(pipe, context.now());
    return {};
  }
  const auto name = context.catalog().full_name(object);
  if (is_stale_pipe(pipe, context.now())) {
    return sql::fail({90239, "22000",
                      fmt::format("Pipe {0} is stale: it was paused for more than 14 days. Resume it with SELECT "
                                  "SYSTEM$PIPE_FORCE_RESUME('{0}', 'staleness_check_override').",
                                  name)});
  }
  if (pipe.new_owner) {
    return sql::fail({90239, "22000",
                      fmt::format("The ownership of pipe {0} was transferred while it was paused. Resume it with SELECT "
                                  "SYSTEM$PIPE_FORCE_RESUME('{0}', 'ownership_transfer_check_override').",
                                  name)});
  }
  if (pipe.cloned) {
    if (const auto worker = TRY(load_service(context))->pipe(object.id)) pipe.notification_channel = TRY(worker->subscribe());
  }
  resume(pipe);
  return {};
}

/// Where messages come from and go to must exist, and be for messages.
SqlResult<std::string> integration_called(StatementContext& context, const sql::Property& property) {
  const auto found = TRY(context.find(ObjectKind::integration, TRY(sql::parse_qualified_name(property.value.text))));
  if (found->as<Integration>()->category == "NOTIFICATION") return found->name;
  return sql::fail({1008, "22023",
                    fmt::format("SQL compilation error:\ninvalid value ['{}'] for parameter '{}': it is no notification "
                                "integration",
                                property.value.text, property.key)});
}

SqlResult<void> set_properties(StatementContext& context, Object& object, const sql::Properties& properties) {
  auto& pipe = *object.as<Pipe>();
  for (const auto& property : properties) {
    if (property.key == k_paused)
      TRY(set_paused(context, object, pipe, property.value.is_true()));
    else if (property.key == "COMMENT")
      object.comment = property.value.text;
    else if (property.key == "ERROR_INTEGRATION")
      pipe.error_integration = TRY(integration_called(context, property));
    else
      return sql::fail(invalid_property(property.key));
  }
  return {};
}

SqlResult<void> unset_properties(StatementContext& context, Object& object, const std::vector<std::string>& keys) {
  auto& pipe = *object.as<Pipe>();
  for (const auto& key : keys) {
    if (key == k_paused) {
      TRY(set_paused(context, object, pipe, false));
      pipe.options.erase(k_paused);
    } else if (key == "COMMENT")
      object.comment.clear();
    else if (key == "ERROR_INTEGRATION")
      pipe.error_integration.clear();
    else
      return sql::fail(invalid_property(key));
  }
  return {};
}

/// What CREATE PIPE says of the pipe, besides its COPY.
SqlResult<Pipe> described(StatementContext& context, const sql::CreatePipe& statement) {
  Pipe pipe;
  pipe.definition = statement.copy_text;
  for (const auto& property : statement.properties) {
    if (property.key == "AUTO_INGEST")
      pipe.auto_ingest = property.value.is_true();
    else if (property.key == "INTEGRATION")
      pipe.integration = TRY(integration_called(context, property));
    else if (property.key == "ERROR_INTEGRATION")
      pipe.error_integration = TRY(integration_called(context, property));
    else if (property.key == "AWS_SNS_TOPIC")
      pipe.options["AWS_SNS_TOPIC"] = {property.value.text};
    else if (property.key != "COMMENT" && property.key != "TAG")
      return sql::fail(invalid_property(property.key));
  }
  return pipe;
}

std::vector<std::string> option(const Pipe& pipe, const char* key) {
  const auto found = pipe.options.find(key);
  return found == pipe.options.end() ? std::vector<std::string>{} : found->second;
}

/// CREATE OR ALTER of a pipe that exists: what it loads from where stays as it is.
SqlResult<void> transform(const Object& existing, Pipe& wanted, const sql::CreatePipe& statement) {
  const auto& pipe = *existing.as<Pipe>();
  const auto parsed = TRY(sql::parse_statement(pipe.definition));
  const auto* copy = parsed.as<sql::CopyIntoTable>();
  const std::string_view changed = copy == nullptr || !(*copy == statement.copy)                      ? "COPY INTO statement"
                                   : wanted.auto_ingest != pipe.auto_ingest                           ? "AUTO_INGEST"
                                   : wanted.integration != pipe.integration                           ? "INTEGRATION"
                                   : option(wanted, "AWS_SNS_TOPIC") != option(pipe, "AWS_SNS_TOPIC") ? "AWS_SNS_TOPIC"
                                                                                                      : "";
  if (!changed.empty()) {
    return sql::fail(
        {2, "0A000",
         fmt::format("SQL compilation error:\nThe {} of pipe {} cannot be changed by CREATE OR ALTER: recreate the "
                     "pipe with CREATE OR REPLACE PIPE.",
                     changed, existing.name)});
  }
  const auto error_integration = std::move(wanted.error_integration);
  wanted = pipe;
  wanted.error_integration = error_integration;
  return {};
}

SqlResult<void> check_location(const sql::CopyIntoTable& copy) {
  const auto* select = copy.query ? std::get_if<sql::Select>(&copy.query->body.node) : nullptr;
  const auto* staged = select != nullptr && select->from ? select->from->as<sql::StageTable>() : nullptr;
  const auto* location = staged != nullptr ? &staged->location : copy.location ? &*copy.location : nullptr;
  if (location != nullptr && location->kind == sql::StageLocation::Kind::user) return sql::fail(refused("the user stage (@~)"));
  return {};
}

} // namespace

Outcome run(StatementContext& context, const sql::CreatePipe& statement) {
  auto& service = *TRY(load_service(context));
  TRY(check_pipe_copy(statement.copy));
  TRY(check_location(statement.copy));
  const Creation creation{.kind = ObjectKind::pipe,
                          .word = "Pipe",
                          .options = statement.options,
                          .name = statement.name,
                          .properties = &statement.properties,
                          .arguments = nullptr};
  return create(context, creation, [&](Object& object, const ObjectPointer&, CatalogChange&) -> SqlResult<void> {
    auto pipe = TRY(described(context, statement));
    if (stands_already(context, object)) {
      TRY(transform(object, pipe, statement));
      object.body = std::move(pipe);
      return {};
    }
    const auto job = TRY(checked_job(context, service, statement.copy));
    if (pipe.auto_ingest) {
      // Before the pipe exists: what is put from now on waits in its queue.
      auto channel = service.subscribe(object.id, job.source);
      if (!channel) return sql::fail(stage_failure(channel.error()));
      pipe.notification_channel = *channel;
      pipe.options["URL"] = {job.source.location()};
    }
    object.body = std::move(pipe);
    return {};
  });
}

Outcome alter_pipe(StatementContext& context, const sql::Alter& statement) {
  auto& service = *TRY(load_service(context));
  if (statement.if_exists && !TRY(context.find_if_exists(ObjectKind::pipe, statement.name))) {
    return context.message(StatementKind::ddl, "Statement executed successfully.");
  }
  if (statement.actions.size() == 1) {
    if (const auto* action = std::get_if<sql::Refresh>(&statement.actions[0])) {
      return refresh(context, service, *TRY(context.find(ObjectKind::pipe, statement.name)), action->properties);
    }
  }
  TRY(context.change_catalog([&](CatalogChange& change) -> SqlResult<void> {
    Object object = *TRY(context.find(ObjectKind::pipe, statement.name));
    for (const auto& action : statement.actions) {
      if (const auto* set = std::get_if<sql::SetProperties>(&action)) {
        TRY(set_properties(context, object, set->properties));
      } else if (const auto* unset = std::get_if<sql::UnsetProperties>(&action)) {
        TRY(unset_properties(context, object, unset->keys));
      } else if (!TRY(alter_common(context, object, action))) {
        return sql::fail(sql::unsupported_feature("this form of ALTER PIPE"));
      }
    }
    change.put(std::move(object));
    return {};
  }));
  return context.message(StatementKind::ddl, "Statement executed successfully.");
}

} // namespace freshet::warehouse
