#include "base/result.h"

namespace freshet {

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_argument: return "invalid argument";
    case ErrorKind::not_found: return "not found";
    case ErrorKind::already_exists: return "already exists";
    case ErrorKind::permission_denied: return "permission denied";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::out_of_space: return "out of space";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::timed_out: return "timed out";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::corrupt: return "corrupt";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::io: return "input/output error";
  }
  return "error";
}

}  // namespace freshet
