// What Snowflake says about partitions, warehouses and operators. A table is one partition here, and nothing is metered:
// histories of use have their columns and no rows.
#include "warehouse/usage_functions.h"

#include <fmt/format.h>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/physical.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

struct Clustering {
  std::string keys; // LINEAR(a, b)
  bool has_rows = false;
};

/// Of (table [, keys]): the keys given, or the table's own.
SqlResult<Clustering> clustering_of(StatementContext& context, const FunctionArguments& arguments, std::string_view function) {
  if (arguments.empty() || arguments.size() > 2)
    return sql::fail({arguments.empty() ? 938 : 939, "22023",
                      fmt::format("SQL compilation error:\n{} takes a table's name and, if wanted, columns", function)});
  auto name = TRY(sql::parse_qualified_name(TRY(context.constant_text(arguments[0])).value_or("")));
  auto object = TRY(context.relation(name));
  const auto* table = object->as<Table>();
  if (table == nullptr) return sql::fail(sql::unsupported_feature(fmt::format("{} of a view", function)));
  Clustering clustering;
  std::string keys = arguments.size() > 1 ? TRY(context.constant_text(arguments[1])).value_or("") : table->cluster_by;
  if (keys.empty())
    return sql::fail(
        {3609, "42601",
         fmt::format("Invalid clustering keys or table {} is not clustered", context.catalog().full_name(*object))});
  clustering.keys =
      keys.starts_with("LINEAR") ? keys : fmt::format("LINEAR{}", keys.starts_with('(') ? keys : "(" + keys + ")");
  auto rows = TRY(context.query(fmt::format("SELECT 1 FROM {} WHERE {} IS NULL LIMIT 1", physical(*object).sql_name(), k_end)));
  clustering.has_rows = !rows.empty();
  return clustering;
}

SqlResult<std::string> clustering_information(StatementContext& context, const FunctionArguments& arguments) {
  auto clustering = TRY(clustering_of(context, arguments, "SYSTEM$CLUSTERING_INFORMATION"));
  int partitions = clustering.has_rows ? 1 : 0;
  std::string depths;
  for (int depth = 0; depth <= 16; ++depth)
    depths += fmt::format("{}    \"{:05}\" : {}", depth > 0 ? ",\n" : "", depth, depth == 1 ? partitions : 0);
  return engine::quote_literal(
      fmt::format("{{\n  \"cluster_by_keys\" : \"{}\",\n  \"total_partition_count\" : {},\n"
                  "  \"total_constant_partition_count\" : 0,\n  \"average_overlaps\" : 0.0,\n"
                  "  \"average_depth\" : {},\n  \"partition_depth_histogram\" : {{\n{}\n  }}\n}}",
                  clustering.keys, partitions, clustering.has_rows ? "1.0" : "0.0", depths));
}

SqlResult<std::string> clustering_depth(StatementContext& context, const FunctionArguments& arguments) {
  auto clustering = TRY(clustering_of(context, arguments, "SYSTEM$CLUSTERING_DEPTH"));
  return std::string(clustering.has_rows ? "CAST(1 AS DOUBLE)" : "CAST(0 AS DOUBLE)");
}

/// "name type, …" as a relation without rows.
std::string without_rows(std::string_view columns) {
  std::string items;
  while (!columns.empty()) {
    auto end = std::min(columns.find(','), columns.size());
    auto column = columns.substr(0, end);
    auto blank = column.find(' ');
    items += fmt::format("{}CAST(NULL AS {}) AS \"{}\"", items.empty() ? "" : ", ", column.substr(blank + 1),
                         column.substr(0, blank));
    columns.remove_prefix(std::min(end + 2, columns.size()));
  }
  return fmt::format("(SELECT {} WHERE false)", items);
}

} // namespace

void add_usage_functions(FunctionRegistry& registry) {
  registry.add_scalar("SYSTEM$CLUSTERING_INFORMATION", clustering_information);
  registry.add_scalar("SYSTEM$CLUSTERING_DEPTH", clustering_depth);
  auto add_table = [&](std::string name, std::string_view columns) {
    registry.add_table(std::move(name), [text = without_rows(columns)](StatementContext&, const FunctionArguments&) {
      return SqlResult<std::string>(text);
    });
  };
  add_table(
      "WAREHOUSE_METERING_HISTORY",
      "START_TIME TIMESTAMPTZ, END_TIME TIMESTAMPTZ, WAREHOUSE_NAME VARCHAR, CREDITS_USED DOUBLE, CREDITS_USED_COMPUTE DOUBLE, "
      "CREDITS_USED_CLOUD_SERVICES DOUBLE");
  add_table("WAREHOUSE_LOAD_HISTORY",
            "START_TIME TIMESTAMPTZ, END_TIME TIMESTAMPTZ, WAREHOUSE_NAME VARCHAR, AVG_RUNNING DOUBLE, AVG_QUEUED_LOAD DOUBLE, "
            "AVG_QUEUED_PROVISIONING DOUBLE, AVG_BLOCKED DOUBLE");
  add_table(
      "AUTOMATIC_CLUSTERING_HISTORY",
      "START_TIME TIMESTAMPTZ, END_TIME TIMESTAMPTZ, TABLE_NAME VARCHAR, CREDITS_USED DOUBLE, NUM_BYTES_RECLUSTERED BIGINT, "
      "NUM_ROWS_RECLUSTERED BIGINT");
  add_table("GET_QUERY_OPERATOR_STATS",
            "QUERY_ID VARCHAR, STEP_ID BIGINT, OPERATOR_ID BIGINT, PARENT_OPERATORS JSON, OPERATOR_TYPE VARCHAR, "
            "OPERATOR_STATISTICS JSON, EXECUTION_TIME_BREAKDOWN JSON, OPERATOR_ATTRIBUTES JSON");
}

} // namespace freshet::warehouse
