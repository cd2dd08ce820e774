#pragma once

#include <map>
#include <string>

#include "warehouse/catalog_objects.h"
#include "warehouse/rows/point.h"

namespace freshet::warehouse {

/// A statement that read a table and wrote others.
struct TableRead {
  Point point; // what it saw
  std::string query_id;
  std::string transaction; // its TransactionScope's id
};

/// The latest of each table, in one session. As many as there are tables that pipes load.
using TableReads = std::map<ObjectId, TableRead>;

} // namespace freshet::warehouse
