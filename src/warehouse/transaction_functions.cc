#include "warehouse/transaction_functions.h"

#include <fmt/core.h>

#include "engine/engine.h"
#include "sql/parser.h"
#include "warehouse/open_transactions.h"
#include "warehouse/physical.h"
#include "warehouse/rows/versioned_table.h"
#include "warehouse/statement_context.h"

namespace freshet::warehouse {
namespace {

SqlResult<std::string> abort_transaction(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1) {
    return sql::fail(
        {938, "22023",
         fmt::format("SQL compilation error:\nnot enough arguments for function [SYSTEM$ABORT_TRANSACTION], expected 1, got {}",
                     arguments.size())});
  }
  auto id = TRY(context.constant_text(arguments[0])).value_or("");
  for (const auto& open : context.warehouse().open_transactions().all()) {
    if (open.id != id) continue;
    const auto& asking = context.session().context();
    if (open.user != asking.user && asking.role != "ACCOUNTADMIN")
      return sql::fail({3001, "42501", "SQL access control error:\nInsufficient privileges to abort this transaction."});
  }
  if (!context.warehouse().open_transactions().abort(id)) {
    return sql::fail({91, "22000", fmt::format("Specified transaction with id {} does not exist or is not running.", id)});
  }
  return engine::quote_literal("Aborted transaction id: " + id);
}

/// The transaction of this session that ended last; null when none has.
SqlResult<std::string> last_transaction(StatementContext& context, const FunctionArguments&) {
  const auto id = context.warehouse().open_transactions().last_of(context.session().id());
  return id.empty() ? std::string("CAST(NULL AS VARCHAR)") : engine::quote_literal(id);
}

/// The time of the latest version of the table that the stream has behind it, in nanoseconds.
SqlResult<std::string> stream_timestamp(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1)
    return sql::fail({938, "22023", "SQL compilation error:\nSYSTEM$STREAM_GET_TABLE_TIMESTAMP takes a stream's name"});
  const auto name = TRY(sql::parse_qualified_name(TRY(context.constant_text(arguments[0])).value_or("")));
  const auto stream = TRY(context.find(ObjectKind::stream, name));
  const auto window = TRY(TRY(context.snapshot())->stream_window(stream->id));
  const auto& offset = window.initial ? window.until : window.from;
  std::string but;
  for (auto number : offset.exceptions) but += fmt::format("{}{}", but.empty() ? " AND number NOT IN (" : ", ", number);
  if (!but.empty()) but += ")";
  const auto source = context.catalog().find(stream->as<Stream>()->source);
  if (source && source->as<Table>() != nullptr) {
    const auto table = physical(*source).sql_name();
    but += fmt::format(" AND number IN (SELECT {0} FROM {2} UNION ALL SELECT {1} FROM {2} WHERE {1} IS NOT NULL)", k_begin,
                       k_end, table);
  }
  const auto rows = TRY(context.query(
      fmt::format("SELECT epoch_us(max(committed_at)) FROM freshet.commits WHERE number <= {}{}", offset.high, but)));
  const int64_t microseconds = rows.is_null(0, 0) ? stream->created_on.time_since_epoch().count() : rows.integer(0, 0);
  return fmt::format("CAST({}000 AS BIGINT)", microseconds);
}

/// SYSTEM$STREAM_BACKLOG('s'): the versions of its tables that the stream has not consumed, each with what it is made of. The
/// documentation names no columns: these are ours.
SqlResult<std::string> stream_backlog(StatementContext& context, const FunctionArguments& arguments) {
  if (arguments.size() != 1)
    return sql::fail({938, "22023", "SQL compilation error:\nSYSTEM$STREAM_BACKLOG takes a stream's name"});
  const auto name = TRY(sql::parse_qualified_name(TRY(context.constant_text(arguments[0])).value_or("")));
  const auto stream = TRY(context.find(ObjectKind::stream, name));
  const auto& definition = *stream->as<Stream>();
  if (definition.source_type == "Stage")
    return sql::fail(sql::unsupported_feature("SYSTEM$STREAM_BACKLOG of a stream on a directory table"));
  const auto window = TRY(TRY(context.snapshot())->stream_window(stream->id));
  auto tables = definition.base_tables;
  if (tables.empty()) tables.push_back(definition.source);
  std::string versions;
  for (const auto id : tables) {
    const auto table = context.catalog().find(id);
    if (!table || table->as<Table>() == nullptr) continue;
    versions += fmt::format("{}SELECT {} AS table_name, \"$number\" AS number, \"$gone\" AS gone FROM {}",
                            versions.empty() ? "" : " UNION ALL ", engine::quote_literal(context.catalog().full_name(*table)),
                            comings_and_goings(physical(*table), window.from, window.until, !definition.append_only));
  }
  if (versions.empty()) return sql::fail({91901, "02000", "SQL compilation error:\nThe stream's base table was dropped."});
  return fmt::format(
      R"sql((SELECT v.table_name AS "TABLE_NAME", v.number AS "TABLE_VERSION", any_value(c.committed_at) AT TIME ZONE 'UTC' AS "COMMITTED_ON",
    CASE WHEN bool_and(v.gone) THEN 'DELETE' WHEN bool_or(v.gone) THEN 'UPDATE' ELSE 'INSERT' END AS "OPERATION",
    CAST(count(*) AS BIGINT) AS "CDC_RECORDS"
    FROM ({}) AS v LEFT JOIN freshet.commits AS c ON c.number = v.number GROUP BY v.table_name, v.number ORDER BY v.number))sql",
      versions);
}

} // namespace

void add_transaction_functions(FunctionRegistry& registry) {
  registry.add_scalar("LAST_TRANSACTION", last_transaction);
  registry.add_scalar("SYSTEM$STREAM_GET_TABLE_TIMESTAMP", stream_timestamp);
  registry.add_scalar("SYSTEM$ABORT_TRANSACTION", abort_transaction);
  registry.add_table("SYSTEM$STREAM_BACKLOG", stream_backlog);
}

} // namespace freshet::warehouse
