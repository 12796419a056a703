# Third-party libraries as targets. Versions are pinned in tools/setup (Arrow, DuckDB, librdkafka) or by Debian 12.
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(CLI11 REQUIRED)

set(SLUICE_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "Where ./dev setup put Arrow, DuckDB and librdkafka")

# An interface target for headers in INCLUDES and libraries LIBS; third-party headers raise no warnings.
function(sluice_third_party name)
  cmake_parse_arguments(ARG "" "" "INCLUDES;LIBS" ${ARGN})
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${ARG_INCLUDES})
  target_link_libraries(${name} INTERFACE ${ARG_LIBS})
endfunction()

find_package(Arrow 26 QUIET)
find_package(Parquet 26 QUIET)
if(Arrow_FOUND AND Parquet_FOUND)
  sluice_third_party(sluice_arrow LIBS Arrow::arrow_shared Parquet::parquet_shared)
else()
  if(NOT EXISTS ${SLUICE_DEPS}/arrow/lib/libarrow.so)
    message(FATAL_ERROR "Arrow is missing: run ./dev setup")
  endif()
  sluice_third_party(sluice_arrow INCLUDES ${SLUICE_DEPS}/arrow/include
    LIBS ${SLUICE_DEPS}/arrow/lib/libarrow.so ${SLUICE_DEPS}/arrow/lib/libparquet.so)
endif()
# libparquet.so exports a simdjson of another version under the same names, which crashes ours (its vtables differ): the
# one whose header we compile must stand before all libraries, where no sorting of theirs moves it.
target_link_options(sluice_arrow INTERFACE -lsimdjson)
if(NOT EXISTS ${SLUICE_DEPS}/duckdb/lib/libduckdb.so)
  message(FATAL_ERROR "DuckDB is missing: run ./dev setup")
endif()
sluice_third_party(duckdb INCLUDES ${SLUICE_DEPS}/duckdb/include LIBS ${SLUICE_DEPS}/duckdb/lib/libduckdb.so)
sluice_third_party(rocksdb LIBS -lrocksdb)
if(NOT EXISTS ${SLUICE_DEPS}/rdkafka/lib/librdkafka.so)
  message(FATAL_ERROR "librdkafka is missing: run ./dev setup")
endif()
sluice_third_party(rdkafka INCLUDES ${SLUICE_DEPS}/rdkafka/include LIBS ${SLUICE_DEPS}/rdkafka/lib/librdkafka.so)
sluice_third_party(postgres INCLUDES /usr/include/postgresql LIBS -lpq)
sluice_third_party(simdjson LIBS -lsimdjson)
sluice_third_party(curl LIBS -lcurl)
sluice_third_party(tomlplusplus)
sluice_third_party(boost)  # header-only: Boost.System has no library of its own any more
sluice_third_party(zstd LIBS -lzstd)

set(CMAKE_BUILD_RPATH ${SLUICE_DEPS}/arrow/lib ${SLUICE_DEPS}/duckdb/lib ${SLUICE_DEPS}/rdkafka/lib)

# What every target of ours is compiled with.
add_library(sluice_options INTERFACE)
target_compile_options(sluice_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers -Werror)
target_include_directories(sluice_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # -fpch-preprocess lets ccache see through the precompiled header. Three of the warnings misfire on std::string in g++ 12,
  # the fourth on files that are compiled together: it takes what the main file includes for a header.
  target_compile_options(sluice_options INTERFACE -fpch-preprocess -Wno-array-bounds -Wno-stringop-overread -Wno-restrict
    -Wno-subobject-linkage)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  target_compile_options(sluice_options INTERFACE -Wthread-safety)
endif()
if(SLUICE_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # g++ 12 misfires: on coroutines, and on strings under the sanitizers.
    add_compile_options(-Wno-mismatched-new-delete)
    if(SLUICE_SANITIZE MATCHES "thread")
      add_compile_options(-Wno-stringop-overflow -Wno-tsan)  # Asio has fences, which it cannot follow
    endif()
  endif()
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    add_compile_options(-fno-sanitize=function)  # clang 14 cannot compile coroutines with it
  endif()
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
endif()

# The cache serves every checkout of this machine: paths below it are hashed as relative ones.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()
find_program(LLD ld.lld)
if(LLD AND NOT SLUICE_SANITIZE)
  add_link_options(-fuse-ld=lld)
endif()
