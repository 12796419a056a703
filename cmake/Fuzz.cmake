# tests/fuzz/NAME_fuzz.cc: one libFuzzer program each, all over the functions of tests/fuzz/*_targets.cc. The same functions
# are replayed over their corpora by fuzz_suite in every test run.
file(GLOB bodies CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_targets.cc)
add_library(fuzz_targets STATIC ${bodies})
target_link_libraries(fuzz_targets PUBLIC sluice_app sluice_testing)
target_include_directories(fuzz_targets PUBLIC ${CMAKE_SOURCE_DIR}/tests)

file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
foreach(target ${targets})
  get_filename_component(name ${target} NAME_WE)
  add_executable(${name} ${target} ${CMAKE_SOURCE_DIR}/src/components.cc)
  target_link_libraries(${name} PRIVATE fuzz_targets -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endforeach()
