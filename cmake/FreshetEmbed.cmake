# freshet_embed(TARGET FILE…): compiles text files into TARGET, so that the program is one file. Each is found by its
# path relative to the project in app::embedded_files().
function(freshet_embed target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_files.cc)
  set(entries "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
    file(READ ${PROJECT_SOURCE_DIR}/${file} content)
    string(APPEND entries "      {\"${file}\", R\"EMBEDDED(${content})EMBEDDED\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT [[
#include "app/embedded_files.h"

namespace freshet::app {

const std::map<std::string_view, std::string_view>& embedded_files() {
  static const std::map<std::string_view, std::string_view> files = {
@entries@  };
  return files;
}

}  // namespace freshet::app
]])
  target_sources(${target} PRIVATE ${output})
endfunction()
