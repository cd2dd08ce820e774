# Finds DuckDB's C library: an installed one first, then the one script/bootstrap laid out of DuckDB Labs' npm packages.
# Defines the imported target DuckDB::duckdb and DuckDB_VERSION.
if(DEFINED ENV{FRESHET_DEPENDENCIES})
  set(FRESHET_DEPENDENCIES "$ENV{FRESHET_DEPENDENCIES}" CACHE PATH "Where script/bootstrap puts what Debian does not package")
endif()
set(FRESHET_DEPENDENCIES "$ENV{HOME}/.cache/freshet" CACHE PATH "Where script/bootstrap puts what Debian does not package")
find_path(DuckDB_INCLUDE_DIR duckdb.h PATHS ${FRESHET_DEPENDENCIES}/duckdb/include)
find_library(DuckDB_LIBRARY duckdb PATHS ${FRESHET_DEPENDENCIES}/duckdb/lib)
if(DuckDB_LIBRARY AND EXISTS ${FRESHET_DEPENDENCIES}/duckdb/version)
  file(STRINGS ${FRESHET_DEPENDENCIES}/duckdb/version DuckDB_VERSION LIMIT_COUNT 1)
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(DuckDB REQUIRED_VARS DuckDB_LIBRARY DuckDB_INCLUDE_DIR VERSION_VAR DuckDB_VERSION
                                  REASON_FAILURE_MESSAGE "run script/bootstrap")
if(DuckDB_FOUND AND NOT TARGET DuckDB::duckdb)
  add_library(DuckDB::duckdb SHARED IMPORTED)
  set_target_properties(DuckDB::duckdb PROPERTIES IMPORTED_LOCATION ${DuckDB_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${DuckDB_INCLUDE_DIR} IMPORTED_NO_SONAME ON)
endif()
