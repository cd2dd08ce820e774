#include "warehouse/load/pipe_health.h"

#include "sql/parser.h"
#include "warehouse/load/copy.h"
#include "warehouse/load/load_options.h"
#include "warehouse/load/option_values.h"
#include "warehouse/object_parameters.h"

namespace freshet::warehouse {
namespace {

/// The object that a name in the pipe's COPY stands for: what it leaves out is the pipe's own schema and database.
ObjectPointer named_from(const Catalog& catalog, ObjectId own_schema, const sql::QualifiedName& name, ObjectKind kind) {
  const auto& parts = name.parts;
  auto schema = catalog.find(own_schema);
  if (schema && parts.size() > 1) {
    auto database = parts.size() > 2 ? catalog.find(ObjectKind::database, k_account, parts[parts.size() - 3].name)
                                     : catalog.find(schema->parent);
    schema = database ? catalog.find(ObjectKind::schema, database->id, parts[parts.size() - 2].name) : nullptr;
  }
  return schema && !parts.empty() ? catalog.find(kind, schema->id, name.last()) : nullptr;
}

const sql::StageTable* staged_in(const sql::CopyIntoTable& copy) {
  return copy.query ? staged_table(*copy.query) : nullptr;
}

const sql::StageLocation* location_of(const sql::CopyIntoTable& copy) {
  if (const auto* staged = staged_in(copy)) return &staged->location;
  return copy.location ? &*copy.location : nullptr;
}

/// s3://bucket/prefix/ and s3gov://bucket/prefix are one place.
std::string_view place_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme);
  if (url.ends_with('/')) url.remove_suffix(1);
  return url;
}

bool is_format_missing(const Catalog& catalog, ObjectId schema, const Options& format) {
  const auto found = format.find("FORMAT_NAME");
  if (found == format.end() || found->second.empty()) return false;
  const auto name = sql::parse_qualified_name(found->second.front());
  return name && !named_from(catalog, schema, *name, ObjectKind::file_format);
}

/// The format that the COPY names, or else its stage.
bool is_format_missing(const Catalog& catalog, const Object& pipe, const sql::CopyIntoTable& copy, const Stage* stage) {
  const sql::PropertyValue* written = sql::find_property(copy.options, "FILE_FORMAT");
  if (const auto* staged = staged_in(copy); staged != nullptr && sql::find_property(staged->options, "FILE_FORMAT") != nullptr)
    written = sql::find_property(staged->options, "FILE_FORMAT");
  if (written == nullptr) return stage != nullptr && is_format_missing(catalog, pipe.parent, stage->file_format);
  const auto format = file_format_options(*written);
  return format && is_format_missing(catalog, pipe.parent, *format);
}

} // namespace

std::string stopped_state(const Catalog& catalog, const Object& object) {
  const auto& pipe = *object.as<Pipe>();
  if (pipe.cloned) return "STOPPED_CLONED";
  const auto parsed = sql::parse_statement(pipe.definition);
  const auto* copy = parsed ? parsed->as<sql::CopyIntoTable>() : nullptr;
  if (copy == nullptr) return {};
  if (!named_from(catalog, object.parent, copy->table, ObjectKind::table)) return "STOPPED_MISSING_TABLE";
  const auto* location = location_of(*copy);
  ObjectPointer stage;
  if (location != nullptr && location->kind == sql::StageLocation::Kind::named) {
    stage = named_from(catalog, object.parent, location->name, ObjectKind::stage);
    if (!stage) return "STOPPED_STAGE_DROPPED";
    const auto url = pipe.options.find("URL");
    if (url != pipe.options.end() && place_of(url->second.front()) != place_of(stage->as<Stage>()->url))
      return "STOPPED_STAGE_ALTERED";
  }
  if (is_format_missing(catalog, object, *copy, stage ? stage->as<Stage>() : nullptr)) return "STOPPED_FILE_FORMAT_DROPPED";
  if (!pipe.integration.empty() && !catalog.find(ObjectKind::integration, k_account, pipe.integration))
    return "STOPPED_NOTIFICATION_INTEGRATION_DROPPED";
  return {};
}

bool loads_from_outside(const Catalog& catalog, const Object& pipe) {
  const auto parsed = sql::parse_statement(pipe.as<Pipe>()->definition);
  const auto* copy = parsed ? parsed->as<sql::CopyIntoTable>() : nullptr;
  const auto* location = copy != nullptr ? location_of(*copy) : nullptr;
  if (location == nullptr) return false;
  if (location->kind != sql::StageLocation::Kind::named) return location->kind == sql::StageLocation::Kind::url;
  const auto stage = named_from(catalog, pipe.parent, location->name, ObjectKind::stage);
  return !stage || !stage->as<Stage>()->url.empty(); // one that is gone may have been either
}

bool is_paused(const Catalog& catalog, const Object& pipe) {
  if (pipe.as<Pipe>()->paused) return true;
  return upper_case(parameter_in_force(catalog, pipe, k_paused).value_or("")) == "TRUE";
}

void pause(Pipe& pipe, TimePoint now) {
  if (!pipe.paused) pipe.paused_on = now;
  pipe.paused = true;
  pipe.options[k_paused] = {"true"};
}

void resume(Pipe& pipe) {
  pipe.paused = pipe.new_owner = pipe.cloned = false;
  pipe.paused_on.reset();
  pipe.options[k_paused] = {"false"}; // whatever its schema's and the account's say
}

bool is_stale_pipe(const Pipe& pipe, TimePoint now) {
  return pipe.auto_ingest && pipe.paused && !pipe.cloned && pipe.paused_on && *pipe.paused_on < now - k_pipe_events_kept;
}

} // namespace freshet::warehouse
