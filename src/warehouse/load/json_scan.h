#pragma once

#include <string>

#include "warehouse/load/file_scan.h"
#include "warehouse/load/json_documents.h"

namespace freshet::warehouse {

/// Reads a file of JSON documents: checks each, and writes the good ones as FileScan does, in the canonical form of VARIANT.
///
/// Of the request count: table, errors_kept, stop_at_first_error, row_prefix, row_numbers. Cost: one pass; memory: one block (4
/// MiB) and one document, which may have 128 MiB.
class JsonScan {
 public:
  JsonScan(const JsonFormat& format, ScanRequest request) : format_(format), request_(std::move(request)) {}
  Result<ScanReport> run(const FileScan::Source& source, const FileScan::Sink& sink = {});

 private:
  bool check(const JsonDocument& document, ScanReport& report);
  void refuse(const JsonDocument& document, ScanReport& report, int32_t code, std::string sql_state, std::string message) const;

  const JsonFormat format_;
  const ScanRequest request_;
  std::string out_;
  std::string canonical_;
  bool writing_ = false;
};

/// The line on which a document starts, by its number (both from 1).
Result<uint64_t> line_of_document(const JsonFormat& format, const FileScan::Source& source, uint64_t number);

} // namespace freshet::warehouse
