# One library per folder of src/, one test program per tests/ folder beside it.
include(GoogleTest)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM) # paths relative to the checkout, so that its clones and worktrees share what was compiled
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS ON) # TRY (base/result.h) is a statement expression
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(FRESHET_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(FRESHET_SANITIZE)
  add_compile_options(-fsanitize=${FRESHET_SANITIZE} -fno-omit-frame-pointer)
  # Nothing is exported: else the inline functions of the standard library that an uninstrumented library was built with are bound to
  # our instrumented ones, some of them, and ThreadSanitizer sees mutexes unlocked that nobody locked.
  add_link_options(-fsanitize=${FRESHET_SANITIZE} -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/executable.exports)
endif()

# GCC 12 reports, only when it optimises and wrongly: inlined string copies that overlap (GCC bug 105651) and, with sanitizers in many
# places, the unused half of an optional.
set(FRESHET_WARNINGS -Wall -Wextra -Werror -Wshadow $<$<CONFIG:Release>:-Wno-restrict>)
if(FRESHET_SANITIZE)
  list(APPEND FRESHET_WARNINGS -Wno-restrict -Wno-maybe-uninitialized -Wno-dangling-pointer)
endif()

# freshet_library(base DEPENDS fmt::fmt): the library freshet_base of every .cc in this folder, and, where there is a tests/
# folder, the test program freshet_base_tests of every .cc there.
function(freshet_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "/tests/|/main.cc$")
  if(NOT sources) # a folder of headers alone
    add_library(freshet_${name} INTERFACE)
    target_include_directories(freshet_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(freshet_${name} INTERFACE ${ARG_DEPENDS})
    return()
  endif()
  add_library(freshet_${name} STATIC ${sources})
  target_include_directories(freshet_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(freshet_${name} PRIVATE ${FRESHET_WARNINGS} -Wnon-virtual-dtor)
  target_link_libraries(freshet_${name} PUBLIC ${ARG_DEPENDS})
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER tests INCLUDE REGEX "/tests/[^/]*$")
  if(tests)
    add_executable(freshet_${name}_tests ${tests})
    target_compile_options(freshet_${name}_tests PRIVATE ${FRESHET_WARNINGS})
    target_compile_definitions(freshet_${name}_tests PRIVATE FRESHET_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(freshet_${name}_tests PRIVATE freshet_${name} ${ARG_TEST_DEPENDS} GTest::gmock GTest::gtest_main)
    gtest_discover_tests(freshet_${name}_tests DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
