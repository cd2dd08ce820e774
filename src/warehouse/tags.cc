#include "warehouse/tags.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "engine/engine.h"
#include "sql/parser.h"

namespace freshet::warehouse {
namespace {

constexpr std::string_view k_tag = "TAG";

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// Something that tags are set on: an object, or one of its columns.
struct Tagged {
  ObjectPointer object;
  const Column* column = nullptr;

  const Tags& tags() const { return column != nullptr ? column->tags : object->tags; }
  std::string_view domain() const { return column != nullptr ? "COLUMN" : name_of(object->kind()); }
};

const std::vector<Column>* columns_of(const Object& object) {
  if (const auto* table = object.as<Table>()) return &table->columns;
  if (const auto* view = object.as<View>()) return &view->columns;
  return nullptr;
}

/// The object that a function's name and domain arguments stand for.
SqlResult<Tagged> tagged(StatementContext& context, const std::string& name_text, const std::string& domain) {
  auto name = TRY(sql::parse_qualified_name(name_text));
  if (domain == "COLUMN") {
    if (name.parts.size() < 2)
      return sql::fail(
          {1008, "22023",
           fmt::format("SQL compilation error:\ninvalid object name '{}': a column's is table.column", name_text)});
    const auto column = name.last();
    name.parts.pop_back();
    Tagged result{TRY(context.relation(name))};
    if (const auto* columns = columns_of(*result.object)) {
      const auto found = std::ranges::find(*columns, column, &Column::name);
      if (found != columns->end()) result.column = &*found;
    }
    if (result.column == nullptr) return sql::fail(sql::does_not_exist("Column", name_text));
    return result;
  }
  if (domain == "DATABASE") return Tagged{TRY(context.database(name))};
  if (domain == "SCHEMA") return Tagged{TRY(context.schema(name))};
  constexpr std::pair<std::string_view, ObjectKind> k_domains[] = {{"WAREHOUSE", ObjectKind::compute_warehouse},
                                                                   {"ROLE", ObjectKind::role},
                                                                   {"USER", ObjectKind::user},
                                                                   {"INTEGRATION", ObjectKind::integration},
                                                                   {"STAGE", ObjectKind::stage},
                                                                   {"PIPE", ObjectKind::pipe},
                                                                   {"TASK", ObjectKind::task},
                                                                   {"ALERT", ObjectKind::alert}};
  const auto* found = std::ranges::find(k_domains, domain, &std::pair<std::string_view, ObjectKind>::first);
  if (found != std::end(k_domains)) return Tagged{TRY(context.find(found->second, name))};
  for (auto relation : {"TABLE", "VIEW", "STREAM", "MATERIALIZED VIEW", "DYNAMIC TABLE", "EXTERNAL TABLE"}) {
    if (domain == relation) return Tagged{TRY(context.relation(name))};
  }
  return sql::fail(
      {1008, "22023", fmt::format("SQL compilation error:\ninvalid value [{}] for parameter 'OBJECT_DOMAIN'", domain)});
}

/// The thing itself and what it inherits tags from: a column's table, a table's schema and database.
std::vector<Tagged> lineage(StatementContext& context, const Tagged& thing) {
  std::vector<Tagged> out{thing};
  if (thing.column != nullptr) out.push_back({thing.object});
  for (auto id = thing.object->parent; id != k_account;) {
    auto parent = context.catalog().find(id);
    if (!parent) break;
    id = parent->parent;
    out.push_back({std::move(parent)});
  }
  return out;
}

ObjectPointer tag_of(StatementContext& context, const std::string& digits) {
  ObjectId id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id);
  return context.catalog().find(id);
}

SqlResult<std::string> text_argument(StatementContext& context, const FunctionArguments& arguments, size_t index) {
  return TRY(context.constant_text(arguments[index])).value_or("");
}

SqlResult<void> expect_count(const FunctionArguments& arguments, size_t count, std::string_view function) {
  if (arguments.size() == count) return {};
  const bool few = arguments.size() < count;
  return sql::fail({few ? 938 : 939, "22023",
                    fmt::format("SQL compilation error:\n{} arguments for function [{}], expected {}, got {}",
                                few ? "not enough" : "too many", function, count, arguments.size())});
}

SqlResult<std::string> get_tag(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_count(arguments, 3, "SYSTEM$GET_TAG"));
  const auto name = TRY(sql::parse_qualified_name(TRY(text_argument(context, arguments, 0))));
  const auto tag = TRY(find_tag(context, name.last()));
  const auto thing =
      TRY(tagged(context, TRY(text_argument(context, arguments, 1)), upper(TRY(text_argument(context, arguments, 2)))));
  const auto key = std::to_string(tag->id);
  for (const auto& level : lineage(context, thing)) {
    const auto found = level.tags().find(key);
    if (found != level.tags().end()) return engine::quote_literal(found->second);
  }
  return std::string("CAST(NULL AS VARCHAR)");
}

/// A list of strings as JSON, NULL where any value may be set.
SqlResult<std::string> get_tag_allowed_values(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_count(arguments, 1, "SYSTEM$GET_TAG_ALLOWED_VALUES"));
  const auto name = TRY(sql::parse_qualified_name(TRY(text_argument(context, arguments, 0))));
  const auto tag = TRY(find_tag(context, name.last()));
  const auto& options = tag->as<Recorded>()->options;
  const auto allowed = options.find("ALLOWED_VALUES");
  if (allowed == options.end() || allowed->second.empty()) return std::string("CAST(NULL AS VARCHAR)");
  std::string list;
  for (const auto& value : allowed->second) list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", value);
  return engine::quote_literal("[" + list + "]");
}

/// One row of TAG_REFERENCES: the tag, its value, the level it was set at, and the thing that has it.
void add_reference(StatementContext& context, std::string& rows, const std::string& tag_id, const std::string& value,
                   const Tagged& level, const Tagged& thing) {
  const auto tag = tag_of(context, tag_id);
  if (!tag) return; // dropped since
  const auto& recorded = *tag->as<Recorded>();
  const auto at = context.scope_of(*thing.object);
  auto text = [](std::string_view given) { return given.empty() ? std::string("NULL") : engine::quote_literal(given); };
  rows += fmt::format("{}({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})", rows.empty() ? "" : ", ", text(recorded.database),
                      text(recorded.schema), text(tag->name), engine::quote_literal(value),
                      text(&level == &thing ? "MANUAL" : "INHERITED"), text(level.domain()), text(at.database), text(at.schema),
                      text(thing.object->name), text(thing.domain()),
                      text(thing.column != nullptr ? std::string_view(thing.column->name) : ""));
}

std::string relation_of(const std::string& rows) {
  constexpr std::string_view k_columns =
      "TAG_DATABASE, TAG_SCHEMA, TAG_NAME, TAG_VALUE, APPLY_METHOD, LEVEL, OBJECT_DATABASE, OBJECT_SCHEMA, OBJECT_NAME, "
      "DOMAIN, "
      "COLUMN_NAME";
  std::string casts;
  for (size_t start = 0; start < k_columns.size();) {
    const auto end = std::min(k_columns.find(", ", start), k_columns.size());
    casts += fmt::format("{0}CAST({1} AS VARCHAR) AS {1}", casts.empty() ? "" : ", ", k_columns.substr(start, end - start));
    start = end + 2;
  }
  constexpr std::string_view k_none = "(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
  return fmt::format("(SELECT {} FROM (VALUES {}) AS r({}){})", casts, rows.empty() ? k_none : std::string_view(rows),
                     k_columns, rows.empty() ? " WHERE false" : "");
}

/// The tags of the thing, nearest level first: a nearer value hides a farther one.
void add_references(StatementContext& context, std::string& rows, const Tagged& thing) {
  std::set<std::string> seen;
  const auto levels = lineage(context, thing);
  for (const auto& level : levels) {
    for (const auto& [id, value] : level.tags()) {
      if (seen.insert(id).second) add_reference(context, rows, id, value, &level == &levels[0] ? thing : level, thing);
    }
  }
}

SqlResult<std::string> tag_references(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_count(arguments, 2, "TAG_REFERENCES"));
  const auto thing =
      TRY(tagged(context, TRY(text_argument(context, arguments, 0)), upper(TRY(text_argument(context, arguments, 1)))));
  std::string rows;
  add_references(context, rows, thing);
  return relation_of(rows);
}

SqlResult<std::string> tag_references_all_columns(StatementContext& context, const FunctionArguments& arguments) {
  TRY(expect_count(arguments, 2, "TAG_REFERENCES_ALL_COLUMNS"));
  const auto thing = TRY(tagged(context, TRY(text_argument(context, arguments, 0)), "TABLE"));
  std::string rows;
  if (const auto* columns = columns_of(*thing.object)) {
    for (const auto& column : *columns) add_references(context, rows, {thing.object, &column});
  }
  return relation_of(rows);
}

} // namespace

SqlResult<ObjectPointer> find_tag(StatementContext& context, std::string_view name) {
  auto tag = context.catalog().find_typed(ObjectKind::recorded, k_account, k_tag, name);
  if (!tag) return sql::fail(sql::does_not_exist(k_tag, name));
  return tag;
}

Tags effective_tags(StatementContext& context, const Object& object, const Column* column) {
  Tags out;
  if (column != nullptr) out = column->tags;
  out.insert(object.tags.begin(), object.tags.end());
  for (auto id = object.parent; id != k_account;) {
    const auto parent = context.catalog().find(id);
    if (!parent) break;
    out.insert(parent->tags.begin(), parent->tags.end());
    id = parent->parent;
  }
  return out;
}

SqlResult<void> set_tags(StatementContext& context, Tags& tags, const sql::Properties& values) {
  for (const auto& [name, value, range] : values) {
    const auto tag = TRY(find_tag(context, name));
    const auto& options = tag->as<Recorded>()->options;
    const auto allowed = options.find("ALLOWED_VALUES");
    if (allowed != options.end() && !allowed->second.empty() &&
        std::ranges::find(allowed->second, value.text) == allowed->second.end()) {
      std::string list;
      for (const auto& each : allowed->second) list += fmt::format("{}'{}'", list.empty() ? "" : ", ", each);
      return sql::fail({391801, "22023",
                        fmt::format("SQL compilation error:\nTag value '{}' is not allowed for tag '{}'; it takes {}",
                                    value.text, tag->name, list)});
    }
    tags[std::to_string(tag->id)] = value.text;
  }
  return {};
}

SqlResult<void> unset_tags(StatementContext& context, Tags& tags, const sql::Properties& names) {
  for (const auto& name : names) tags.erase(std::to_string(TRY(find_tag(context, name.key))->id));
  return {};
}

SqlResult<void> set_tag_clauses(StatementContext& context, Tags& tags, const sql::Properties& properties) {
  for (const auto& property : properties) {
    if (property.key == k_tag && property.value.kind == sql::PropertyValue::Kind::properties)
      TRY(set_tags(context, tags, property.value.properties));
  }
  return {};
}

SqlResult<std::string> all_tag_references(StatementContext& context) {
  std::string rows;
  for (auto kind = ObjectKind::database; kind <= ObjectKind::compute_warehouse;
       kind = static_cast<ObjectKind>(static_cast<int>(kind) + 1)) {
    for (const auto& object : context.catalog().all(kind)) {
      const Tagged thing{object};
      for (const auto& [id, value] : object->tags) add_reference(context, rows, id, value, thing, thing);
      const auto* columns = columns_of(*object);
      if (columns == nullptr) continue;
      for (const auto& column : *columns) {
        const Tagged part{object, &column};
        for (const auto& [id, value] : column.tags) add_reference(context, rows, id, value, part, part);
      }
    }
  }
  return relation_of(rows);
}

void add_tag_functions(FunctionRegistry& registry) {
  registry.add_scalar("SYSTEM$GET_TAG", get_tag);
  registry.add_scalar("SYSTEM$GET_TAG_ALLOWED_VALUES", get_tag_allowed_values);
  registry.add_table("TAG_REFERENCES", tag_references);
  registry.add_table("TAG_REFERENCES_ALL_COLUMNS", tag_references_all_columns);
}

} // namespace freshet::warehouse
