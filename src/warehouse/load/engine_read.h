#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "warehouse/load/file_scan.h"

namespace freshet::warehouse {

/// Whether the engine's own CSV reader, told `engine_read_options`, makes of the scanned file exactly the rows that the scan
/// accepted, so that the file may be loaded as it stands, in parallel. Decided from what the scan saw, never by trying.
bool engine_reads_alike(const CsvFormat& format, const ScanReport& report);

/// Arguments of the engine's read_csv for a file that it reads alike.
std::string engine_read_options(const CsvFormat& format, const ScanReport& report);

/// `read_csv([paths], options, columns = {…})`: a relation with the columns c1, c2, … of these engine types.
std::string read_csv(std::span<const Path> paths, const std::string& options, std::span<const std::string> types,
                     bool row_numbers);

/// How canonical copies (FileScan) are to be read.
std::string canonical_read_options(uint64_t longest_record, bool line_ends_in_fields);

} // namespace freshet::warehouse
