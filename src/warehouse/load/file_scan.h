#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "warehouse/load/csv_reader.h"
#include "warehouse/load/field_converter.h"

namespace freshet::warehouse {

/// One record that a load refused, as COPY's result, COPY_HISTORY and VALIDATE show it.
struct RowError {
  int32_t code = 0;
  std::string sql_state;
  std::string message;
  std::string category = "parsing"; // or "conversion"
  uint64_t line = 0;
  uint64_t character = 0;
  uint64_t byte_offset = 0;
  std::string column; // "T"["C":1]
  uint64_t row_number = 0;
  uint64_t row_start_line = 0;
  std::string record;
};

struct ScanRequest {
  CsvFormat format;
  std::string table;               // as error messages name it
  std::vector<LoadColumn> columns; // one per field, in the order of the fields; empty: fields are kept as they are (transforms)
  size_t field_count = 0;          // without columns: how many fields a row of the copy has; missing ones are null
  /// Without columns: which of the record's fields each of them is; nullopt for none. Empty: in order.
  std::vector<std::optional<size_t>> field_sources = {};
  bool check_column_count = true; // ERROR_ON_COLUMN_COUNT_MISMATCH, and no column list or transform suspends it
  ConversionOptions conversion;
  bool stop_at_first_error = false;
  size_t errors_kept = 1;
  std::string row_prefix;   // what each row of the copy starts with, in canonical form and with its comma
  bool row_numbers = false; // the copy's next column is the record's number in its file
};

/// What a file holds.
struct ScanReport {
  uint64_t rows_parsed = 0;
  uint64_t rows_good = 0;
  uint64_t errors_seen = 0;
  std::vector<RowError> errors; // the first ones
  CsvTraits traits;
  bool rewritten = false; // some field's text is not what the engine should cast
  size_t most_fields = 0; // of a record
  bool ragged = false; // some good record has fewer or more fields than there are columns, or without columns than another one
};

/// Reads a delimited file record by record: checks every field against its column, and writes the good rows in a canonical form
/// (comma, every text quoted, null empty) of which no parser and no cast can make anything else.
///
/// Cost: one pass; memory: one block (4 MiB) and one record. The canonical copy goes to `out` in pieces of about a block.
class FileScan {
 public:
  using Source = std::function<Result<std::string>(uint64_t count)>; // the next bytes; fewer than asked for only at the end
  using Sink = std::function<Result<void>(std::string_view bytes)>;

  explicit FileScan(ScanRequest request);
  /// `sink` may be empty: then the file is only checked.
  Result<ScanReport> run(const Source& source, const Sink& sink = {});

 private:
  bool check(const CsvRecord& record, ScanReport& report);
  bool check_structure(const CsvRecord& record, ScanReport& report);
  bool check_encoding(const CsvRecord& record, ScanReport& report);
  bool check_fields(const CsvRecord& record, ScanReport& report);
  void refuse(const CsvRecord& record, ScanReport& report, ConversionFault fault, size_t field, CsvPosition position,
              uint64_t byte, std::string_view category);
  std::string column_name(size_t field) const;
  void write_field(const CsvField& field, std::string_view text, bool first);

  ScanRequest request_;
  std::vector<FieldConverter> converters_;
  std::string converted_;
  std::string out_;
  size_t row_start_ = 0;
  bool writing_ = false;
  bool ascii_ = true; // the bytes at hand are plain ASCII
};

/// The line on which a record starts, by its number (both from 1).
Result<uint64_t> line_of_row(const CsvFormat& format, const FileScan::Source& source, uint64_t row);

/// Appends text as the canonical form writes it: in quotes, which are doubled inside.
void append_canonical(std::string& out, std::string_view text);

} // namespace freshet::warehouse
