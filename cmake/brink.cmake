# Target helpers: every library and program of brink is made by one of these, so that warnings,
# sanitizers and include rules are said once.

include(GNUInstallDirs)
find_package(PkgConfig REQUIRED)

function(brink_compile_options target)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor -Wcast-align -Woverloaded-virtual
    -Wno-missing-field-initializers -fvisibility=hidden)
  target_compile_definitions(${target} PRIVATE BRINK_VERSION="${PROJECT_VERSION}")
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
    # The parts of a program would be compiled one after the other anyway: gcc needs make for more.
    target_link_options(${target} PRIVATE -flto-partition=one)
  endif()
  if(BRINK_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  endif()
  if(BRINK_PGO)
    set(profile
      -fprofile-${BRINK_PGO}=${PROJECT_SOURCE_DIR}/build/pgo-train/profile
      -fprofile-prefix-path=${PROJECT_BINARY_DIR})
    if(BRINK_PGO STREQUAL "use")
      # What the benchmarks do not run is no less important: errors, TLS, hostile input.
      list(APPEND profile -fprofile-partial-training -Wno-missing-profile)
    endif()
    target_compile_options(${target} PRIVATE ${profile})
    target_link_options(${target} PRIVATE ${profile})
  endif()
  if(BRINK_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# brink_library(NAME SOURCES a.cc b.cc [DEPS public dependencies] [PRIVATE_DEPS ...])
function(brink_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  brink_compile_options(${name})
  target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
endfunction()

# brink_program(NAME SOURCES main.cc [DEPS ...])
function(brink_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  brink_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPS})
endfunction()

# brink_pkg(NAME pkg-config-module): an imported target NAME for a system library.
function(brink_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
endfunction()
