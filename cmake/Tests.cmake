# Test programs: one for each folder of src/ and of tests/ that holds *_test.cc. Every one of them is built and run.
find_package(GTest REQUIRED)

# Tests are compiled without optimisation and with GoogleTest precompiled: half the time of the build was theirs.
file(WRITE ${CMAKE_BINARY_DIR}/test_pch.cc "")
add_library(sluice_test_pch OBJECT ${CMAKE_BINARY_DIR}/test_pch.cc)
target_link_libraries(sluice_test_pch PUBLIC sluice_options sluice_arrow fmt::fmt GTest::gmock)
target_compile_options(sluice_test_pch PRIVATE -O0)
target_precompile_headers(sluice_test_pch PRIVATE <algorithm> <chrono> <functional> <map> <memory> <optional>
  <string> <string_view> <variant> <vector> <arrow/api.h> <fmt/format.h> <gmock/gmock.h> <gtest/gtest.h>)

function(sluice_test_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sluice_testing ${ARG_USES} GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -O0)
  target_precompile_headers(${name} REUSE_FROM sluice_test_pch)
  target_compile_definitions(${name} PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()

get_property(folders GLOBAL PROPERTY SLUICE_FOLDERS)
foreach(folder ${folders})
  get_property(tests GLOBAL PROPERTY SLUICE_TESTS_${folder})
  if(tests)
    sluice_test_program(${folder}_test SOURCES ${tests} USES sluice_${folder})
  endif()
endforeach()

# tests/<suite>/*_test.cc sees the whole program, components.cc included.
foreach(suite contract fuzz pipelines)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${suite}/*_test.cc ${CMAKE_SOURCE_DIR}/tests/${suite}/*_targets.cc)
  if(tests)
    sluice_test_program(${suite}_suite SOURCES ${tests} USES sluice_app)
    if(EXISTS ${CMAKE_SOURCE_DIR}/src/components.cc)
      target_sources(${suite}_suite PRIVATE ${CMAKE_SOURCE_DIR}/src/components.cc)
    endif()
    target_include_directories(${suite}_suite PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  endif()
endforeach()

# bench/*_bench.cc measures ours; bench/bare/*.cc are the comparators and http_load the load: they are linked with nothing
# of ours and see no header of src/.
function(sluice_bench name source)
  add_executable(${name} EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  add_dependencies(benches ${name})
endfunction()

add_custom_target(benches)
file(GLOB benches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cc)
foreach(bench ${benches})
  get_filename_component(name ${bench} NAME_WE)
  sluice_bench(${name} ${bench} sluice_app sluice_testing)
  target_precompile_headers(${name} REUSE_FROM sluice_pch)
endforeach()
sluice_bench(http_load bench/http_load.cc)
sluice_bench(http_floor bench/bare/http_floor.cc)
sluice_bench(synced_file bench/bare/synced_file.cc)
sluice_bench(simdjson_loop bench/bare/simdjson_loop.cc simdjson)
sluice_bench(duckdb_appender bench/bare/duckdb_appender.cc duckdb)
