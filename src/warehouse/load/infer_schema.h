#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/engine_printer.h"
#include "warehouse/load/file_loader.h"

namespace freshet::warehouse {

/// What the values of one column have in common, as INFER_SCHEMA tells it. Grows value by value.
class InferredType {
 public:
  /// A value as text; `is_text`: it was quoted as such (a JSON string), so that only dates and times are looked for.
  void add(std::string_view value, bool is_text);
  void add_kind(std::string_view kind); // BOOLEAN, ARRAY, OBJECT, …: known without looking
  void add_number(std::string_view digits);
  /// NUMBER(4, 2), TEXT, …; TEXT when there was no value.
  std::string name() const;

 private:
  void merge(std::string_view kind);

  std::string kind_;
  size_t whole_digits_ = 0;
  size_t scale_ = 0;
};

struct InferredColumn {
  std::string name;
  std::string type;
  bool nullable = true;
  std::string expression; // $1:name::NUMBER(4, 2)
  std::vector<std::string> files;
};

struct InferOptions {
  bool ignore_case = false;
  uint64_t records_per_file_max = UINT64_MAX;
};

/// The table function INFER_SCHEMA.
sql::SqlResult<std::string> infer_schema(StatementContext& context, const std::vector<sql::EngineNames::PrintedArgument>& arguments);

/// The columns of staged files, in the order in which they appear. Errors: what cannot be read, with the file and the place.
sql::SqlResult<std::vector<InferredColumn>> infer_columns(const StageSource& source, const StagedFormat& format,
                                                          const std::vector<objects::ObjectInfo>& files, const InferOptions& options,
                                                          const EngineQuery& query, FileSystem& file_system, const Path& temporary_path);

} // namespace freshet::warehouse
