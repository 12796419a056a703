# sluice_folder(NAME USES ...): src/NAME becomes the library sluice_NAME, its *_test.cc the program NAME_test.
# A folder without sources becomes an interface library, so that the list of hops stays whole.

file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "")
add_library(sluice_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
target_link_libraries(sluice_pch PUBLIC sluice_options sluice_arrow fmt::fmt)
target_precompile_headers(sluice_pch PRIVATE <algorithm> <chrono> <functional> <map> <memory> <optional>
  <string> <string_view> <variant> <vector> <arrow/api.h> <fmt/format.h>)

function(sluice_folder name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  set(uses "")
  foreach(use ${ARG_USES})
    if(TARGET sluice_${use})
      list(APPEND uses sluice_${use})
    else()
      list(APPEND uses ${use})
    endif()
  endforeach()

  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")

  if(sources)
    add_library(sluice_${name} STATIC ${sources})
    target_link_libraries(sluice_${name} PUBLIC sluice_options ${uses})
    target_precompile_headers(sluice_${name} REUSE_FROM sluice_pch)
  else()
    add_library(sluice_${name} INTERFACE)
    target_link_libraries(sluice_${name} INTERFACE sluice_options ${uses})
  endif()
  set_property(GLOBAL APPEND PROPERTY SLUICE_FOLDERS ${name})
  if(tests)
    set_property(GLOBAL PROPERTY SLUICE_TESTS_${name} ${tests})
  endif()
endfunction()
