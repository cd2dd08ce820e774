#pragma once

#include <string>
#include <string_view>

#include "warehouse/load/csv_format.h"
#include "warehouse/load/file_scan.h"

namespace freshet::warehouse {

/// What a file's name and first bytes say it is packed with (AUTO): gzip, zstd and bzip2 by the bytes; brotli and the deflates,
/// which have no mark, by the name.
Compression packed_with(std::string_view file_name, std::string_view first_bytes);

/// Unpacks a whole file; several that were packed one after the other are one. Errors: corrupt, with the file's name; those of
/// `packed` and `to`. Memory: two blocks of 1 MiB and what the algorithm needs.
Result<void> unpack(Compression compression, const FileScan::Source& packed, WritableFile& to, std::string_view file_name);

} // namespace freshet::warehouse
