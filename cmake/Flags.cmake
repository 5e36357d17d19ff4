# How every target of this project is compiled. Third-party headers come in as SYSTEM.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# The static library must also fit into somebody's shared one.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Static locals of inline functions as plain weak symbols: a "unique" one that is merged into our
# one object would be defined twice in a program that uses the same standard header.
if(NOT MOONWRIGHT_SHARED AND NOT MOONWRIGHT_SANITIZE AND NOT MOONWRIGHT_COVERAGE)
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
endif()

find_program(MOONWRIGHT_CCACHE ccache)
mark_as_advanced(MOONWRIGHT_CCACHE)
if(MOONWRIGHT_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${MOONWRIGHT_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${MOONWRIGHT_CCACHE}")
endif()

# For our own C++ only: Lua is compiled as its authors wrote it.
add_library(mw_warnings INTERFACE)
target_compile_options(mw_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${MOONWRIGHT_WERROR}>:-Werror>)

if(MOONWRIGHT_SANITIZE)
  add_compile_options(-fsanitize=${MOONWRIGHT_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    # What the sanitizers add keeps the compiler from following values; it then warns of any.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${MOONWRIGHT_SANITIZE})
endif()
if(MOONWRIGHT_COVERAGE)
  # Atomic counters: actors run on several threads.
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
