#include "warehouse/load/infer_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sql/engine_printer.h"
#include "warehouse/load/json_documents.h"
#include "warehouse/load/option_values.h"
#include "warehouse/scalars/json_duplicates.h"

namespace freshet::warehouse {

namespace {

constexpr uint64_t k_block_bytes = 4ull << 20;

bool is_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  bool digit = false, point = false;
  for (const char c : text) {
    if (c == '.' && !point)
      point = true;
    else if (c >= '0' && c <= '9')
      digit = true;
    else
      return false;
  }
  return digit;
}

bool is_real(std::string_view text) {
  const auto exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos || exponent + 1 >= text.size()) return false;
  const auto power = text.substr(exponent + 1);
  return is_number(text.substr(0, exponent)) && is_number(power) && power.find('.') == std::string_view::npos;
}

/// DATE, TIME, TIMESTAMP_NTZ, or "" for none of them. Plain numbers, which AUTO takes for moments, are none.
std::string_view moment_kind(std::string_view text) {
  static const DateTimeFormat k_date("AUTO", DateTimeKind::date), k_time("AUTO", DateTimeKind::time),
      k_timestamp("AUTO", DateTimeKind::timestamp);
  if (text.size() < 5 || text.find_first_of("-:/") == std::string_view::npos || is_number(text)) return "";
  if (text.find(':') == std::string_view::npos) return k_date.parse(text) ? "DATE" : "";
  if (k_time.parse(text)) return "TIME";
  const auto moment = k_timestamp.parse(text);
  return !moment ? "" : moment->offset_minutes ? "TIMESTAMP_TZ" : "TIMESTAMP_NTZ";
}

/// Columns by name, in the order in which they came.
class Columns {
 public:
  explicit Columns(const InferOptions& options) : options_(options) {}

  InferredType& at(const std::string& name, const std::string& file) {
    const auto shown = options_.ignore_case ? upper_case(name) : name;
    auto found = std::ranges::find(columns_, shown, [](const Entry& entry) { return entry.column.name; });
    if (found == columns_.end()) {
      columns_.push_back({{shown, "", true, "", {}}, {}, name});
      found = columns_.end() - 1;
    }
    if (found->column.files.empty() || found->column.files.back() != file) found->column.files.push_back(file);
    return found->type;
  }
  void set(const std::string& name, const std::string& file, std::string type, bool nullable) {
    at(name, file);
    const auto shown = options_.ignore_case ? upper_case(name) : name;
    auto& entry = *std::ranges::find(columns_, shown, [](const Entry& each) { return each.column.name; });
    entry.column.type = std::move(type);
    entry.column.nullable = nullable;
  }
  std::vector<InferredColumn> take(bool delimited) {
    std::vector<InferredColumn> columns;
    for (auto& entry : columns_) {
      if (entry.column.type.empty()) entry.column.type = entry.type.name();
      const bool plain = std::ranges::all_of(entry.written, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
      const auto path = plain ? entry.written : sql::quote_identifier(entry.written);
      entry.column.expression = delimited ? fmt::format("${}::{}", columns.size() + 1, entry.column.type)
                                : options_.ignore_case
                                    ? fmt::format("GET_IGNORE_CASE ($1, {})::{}", entry.column.name, entry.column.type)
                                    : fmt::format("$1:{}::{}", path, entry.column.type);
      columns.push_back(std::move(entry.column));
    }
    return columns;
  }

 private:
  struct Entry {
    InferredColumn column;
    InferredType type;
    std::string written;
  };
  const InferOptions& options_;
  std::vector<Entry> columns_;
};

/// Feeds a file to a reader that tells records apart, until `take` has enough.
template <typename Reader, typename Record, typename Take>
Result<void> each_record(Reader& reader, Record& record, typename Reader::Step wanted, const FileScan::Source& source,
                         const Take& take) {
  std::string buffer;
  for (bool last = false; !last;) {
    const auto block = TRY(source(k_block_bytes));
    last = block.size() < k_block_bytes;
    buffer.erase(0, reader.consumed());
    buffer += block;
    reader.feed(buffer, last);
    while (reader.next(record) == wanted) {
      if (!take(record)) return {};
    }
  }
  return {};
}

Result<void> infer_csv(Columns& columns, const CsvFormat& written, const std::string& file, const FileScan::Source& source,
                       const InferOptions& options) {
  auto format = written;
  format.parse_header = false;
  CsvReader reader(format);
  CsvRecord record;
  std::vector<std::string> names;
  return each_record(reader, record, CsvReader::Step::record, source, [&](const CsvRecord& row) {
    if (written.parse_header && row.number == 1) {
      for (const auto& field : row.fields) names.emplace_back(field.text);
      return true;
    }
    for (size_t i = 0; i < row.fields.size(); ++i) {
      auto& type = columns.at(i < names.size() ? names[i] : fmt::format("c{}", i + 1), file);
      if (!row.fields[i].null) type.add(row.fields[i].text, false);
    }
    return row.number < options.records_per_file_max;
  });
}

void infer_value(InferredType& type, const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::null:
    case JsonValue::Kind::undefined:
      break;
    case JsonValue::Kind::boolean:
      type.add_kind("BOOLEAN");
      break;
    case JsonValue::Kind::number:
      type.add_number(value.text);
      break;
    case JsonValue::Kind::string:
      type.add(value.text, true);
      break;
    case JsonValue::Kind::array:
      type.add_kind("ARRAY");
      break;
    case JsonValue::Kind::object:
      type.add_kind("OBJECT");
      break;
  }
}

Result<void> infer_json(Columns& columns, const JsonFormat& format, const std::string& file, const FileScan::Source& source,
                        const InferOptions& options) {
  JsonDocuments reader(format);
  JsonDocument document;
  Result<void> parsed;
  TRY(each_record(reader, document, JsonDocuments::Step::document, source, [&](const JsonDocument& one) {
    const auto value = parse_json_with_duplicates(one.text);
    if (!value)
      parsed = fail(ErrorKind::invalid_argument, fmt::format("Error parsing JSON: {}, line {}", value.error(), one.line));
    if (!value) return false;
    for (size_t i = 0; i < value->keys.size(); ++i) infer_value(columns.at(value->keys[i], file), value->items[i]);
    return one.number < options.records_per_file_max;
  }));
  return parsed;
}

std::string parquet_type(const engine::Type& type) {
  using enum engine::TypeId;
  switch (type.id) {
    case boolean:
      return "BOOLEAN";
    case tinyint:
    case smallint:
    case integer:
    case bigint:
    case utinyint:
    case usmallint:
    case uinteger:
    case ubigint:
    case hugeint:
      return "NUMBER(38, 0)";
    case decimal:
      return fmt::format("NUMBER({}, {})", type.width, type.scale);
    case real:
    case double_:
      return "REAL";
    case date:
      return "DATE";
    case time:
    case time_ns:
      return "TIME";
    case timestamp:
    case timestamp_s:
    case timestamp_ms:
    case timestamp_ns:
      return "TIMESTAMP_NTZ";
    case timestamp_tz:
      return "TIMESTAMP_LTZ";
    case blob:
      return "BINARY";
    case list:
      return "ARRAY";
    case struct_:
    case map:
      return "OBJECT";
    default:
      return "TEXT";
  }
}

} // namespace

void InferredType::merge(std::string_view kind) {
  const auto is_numeric = [](std::string_view k) { return k == "NUMBER" || k == "REAL"; };
  const auto is_moment = [](std::string_view k) { return k == "DATE" || k.starts_with("TIMESTAMP"); };
  if (kind_.empty() || kind_ == kind)
    kind_ = kind;
  else if (is_numeric(kind_) && is_numeric(kind))
    kind_ = "REAL";
  else if (is_moment(kind_) && is_moment(kind))
    kind_ = kind_ == "TIMESTAMP_TZ" || kind == "TIMESTAMP_TZ" ? "TIMESTAMP_TZ" : "TIMESTAMP_NTZ";
  else if (kind_ == "ARRAY" || kind_ == "OBJECT" || kind_ == "VARIANT" || kind == "ARRAY" || kind == "OBJECT")
    kind_ = "VARIANT";
  else
    kind_ = "TEXT";
}

void InferredType::add(std::string_view value, bool is_text) {
  if (!is_text && is_number(value)) return add_number(value);
  if (!is_text && is_real(value)) return merge("REAL");
  const auto word = upper_case(value);
  if (!is_text && (word == "TRUE" || word == "FALSE")) return merge("BOOLEAN");
  const auto moment = moment_kind(value);
  merge(moment.empty() ? "TEXT" : moment);
}

void InferredType::add_kind(std::string_view kind) {
  merge(kind);
}

void InferredType::add_number(std::string_view digits) {
  if (!is_number(digits)) return merge("REAL");
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  const auto point = digits.find('.');
  const auto whole = digits.substr(0, point);
  const auto first = whole.find_first_not_of('0');
  whole_digits_ = std::max(whole_digits_, first == std::string_view::npos ? 0 : whole.size() - first);
  if (point != std::string_view::npos) scale_ = std::max(scale_, digits.size() - point - 1);
  merge(whole_digits_ + scale_ > 38 ? "REAL" : "NUMBER");
}

std::string InferredType::name() const {
  if (kind_.empty()) return "TEXT";
  return kind_ == "NUMBER" ? fmt::format("NUMBER({}, {})", std::max<size_t>(whole_digits_ + scale_, 1), scale_) : kind_;
}

sql::SqlResult<std::vector<InferredColumn>> infer_columns(const StageSource& source, const StagedFormat& format,
                                                          const std::vector<objects::ObjectInfo>& files,
                                                          const InferOptions& options, const EngineQuery& query,
                                                          FileSystem& file_system, const Path& temporary_path) {
  Columns columns(options);
  int files_read = 0; // the engine takes a file of the same path, size and time for the one that it knows
  const auto read = [&](const objects::ObjectInfo& object) -> Result<void> {
    const auto name = source.metadata_name(object.key);
    const auto path = Path(fmt::format("{}_{}", temporary_path.string(), files_read++));
    auto staged = TRY(StagedFile::open(*source.store, object, format.compression(), file_system, path));
    if (format.type == StagedFormat::Type::csv) return infer_csv(columns, format.csv, name, TRY(staged.source()), options);
    if (format.type == StagedFormat::Type::json) return infer_json(columns, format.json, name, TRY(staged.source()), options);
    const auto parquet = inspect_parquet(query, TRY(staged.on_disk(path)), format.parquet);
    if (!parquet) return fail(ErrorKind::corrupt, fmt::format("Invalid Parquet file: {}", parquet.error().message));
    for (const auto& column : parquet->columns) columns.set(column.name, name, parquet_type(column.type), true);
    return {};
  };
  for (const auto& object : files) {
    if (auto done = read(object); !done) {
      return sql::fail(
          {100069, "22P02", fmt::format("{}\n  File '{}'", done.error().message, source.metadata_name(object.key))});
    }
  }
  return columns.take(format.type == StagedFormat::Type::csv);
}

} // namespace freshet::warehouse
