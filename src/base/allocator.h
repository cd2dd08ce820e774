#pragma once

namespace freshet {

/// Sets the process's allocator up; a program calls it first, once. Without glibc's fast bins: they put off the joining of small
/// blocks until a large one is freed, and a syntax tree's large and small ones are freed by turns (a tenth of the parsing).
void set_up_allocator();

} // namespace freshet
