# sluice_folder(NAME [APART] USES ... [PRECOMPILED ...]): src/NAME becomes the library sluice_NAME, its *_test.cc the
# program NAME_test. APART: each file is compiled alone, so that who uses one of them need not link what others need.
# PRECOMPILED: headers that most of its files include and that are slow to read, added to everybody's. A folder without
# sources becomes an interface library, so that the list of hops stays whole.

file(WRITE ${CMAKE_BINARY_DIR}/pch.cc "")
add_library(sluice_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cc)
target_link_libraries(sluice_pch PUBLIC sluice_options sluice_arrow fmt::fmt)
set(SLUICE_PRECOMPILED <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <variant>
  <vector> <arrow/api.h> <fmt/format.h>)
target_precompile_headers(sluice_pch PRIVATE ${SLUICE_PRECOMPILED})

# Neighbours are compiled together: reading what a file includes takes longer than compiling it. So a folder's files share
# their unnamed namespaces, up to six at a time.
function(sluice_compile_together target sources)
  foreach(source ${sources})
    get_filename_component(folder ${source} DIRECTORY)
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${folder})
    string(MAKE_C_IDENTIFIER ${folder} folder)
    math(EXPR count_${folder} "${count_${folder}} + 1")
    math(EXPR group "(${count_${folder}} - 1) / 6")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

function(sluice_folder name)
  cmake_parse_arguments(ARG "APART" "" "USES;PRECOMPILED" ${ARGN})
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
    if(NOT ARG_APART)
      sluice_compile_together(sluice_${name} "${sources}")
    endif()
    if(ARG_PRECOMPILED)
      target_precompile_headers(sluice_${name} PRIVATE ${SLUICE_PRECOMPILED} ${ARG_PRECOMPILED})
    else()
      target_precompile_headers(sluice_${name} REUSE_FROM sluice_pch)
    endif()
  else()
    add_library(sluice_${name} INTERFACE)
    target_link_libraries(sluice_${name} INTERFACE sluice_options ${uses})
  endif()
  set_property(GLOBAL APPEND PROPERTY SLUICE_FOLDERS ${name})
  if(tests)
    set_property(GLOBAL PROPERTY SLUICE_TESTS_${name} ${tests})
  endif()
endfunction()
