#include "warehouse/catalog_objects.h"

namespace freshet::warehouse {

std::string_view name_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::database:
      return "DATABASE";
    case ObjectKind::schema:
      return "SCHEMA";
    case ObjectKind::table:
      return "TABLE";
    case ObjectKind::view:
      return "VIEW";
    case ObjectKind::stream:
      return "STREAM";
    case ObjectKind::stage:
      return "STAGE";
    case ObjectKind::file_format:
      return "FILE FORMAT";
    case ObjectKind::pipe:
      return "PIPE";
    case ObjectKind::task:
      return "TASK";
    case ObjectKind::procedure:
      return "PROCEDURE";
    case ObjectKind::function:
      return "FUNCTION";
    case ObjectKind::sequence:
      return "SEQUENCE";
    case ObjectKind::integration:
      return "INTEGRATION";
    case ObjectKind::role:
      return "ROLE";
    case ObjectKind::user:
      return "USER";
    case ObjectKind::compute_warehouse:
      return "WAREHOUSE";
    case ObjectKind::recorded:
      return "OBJECT";
    case ObjectKind::grant:
      return "GRANT";
    case ObjectKind::access_policy:
      return "POLICY";
    case ObjectKind::alert:
      return "ALERT";
  }
  return "OBJECT";
}

bool is_account_object(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::database:
    case ObjectKind::integration:
    case ObjectKind::role:
    case ObjectKind::user:
    case ObjectKind::compute_warehouse:
    case ObjectKind::recorded:
    case ObjectKind::grant:
      return true;
    default:
      return false;
  }
}

} // namespace freshet::warehouse
