#include "base/allocator.h"

#include <malloc.h>

namespace freshet {

void set_up_allocator() {
  ::mallopt(M_MXFAST, 0);
}

} // namespace freshet
