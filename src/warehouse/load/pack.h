#pragma once

#include <string_view>

#include "warehouse/load/csv_format.h"
#include "warehouse/load/file_scan.h"

namespace freshet::warehouse {

/// ".gz", ".bz2", …: what a packed file's name ends with; "" of unpacked ones.
std::string_view ending_of(Compression compression);

/// Packs all that `plain` gives. Errors: those of `plain` and `to`. Memory: two blocks of 1 MiB and what the algorithm needs.
Result<void> pack(Compression compression, const FileScan::Source& plain, WritableFile& to);

} // namespace freshet::warehouse
