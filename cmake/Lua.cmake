# The target mw_lua: the one Lua that runtime/ is compiled against.
#
# MOONWRIGHT_LUA=bundled (default)  Lua's release archive, compiled as C with hidden symbols. The
#   repository holds no copy of it, only versions and hashes. An archive counts when its SHA-256
#   is one of these, wherever it came from; it is looked for in this order:
#     1. the file named by MOONWRIGHT_LUA_ARCHIVE
#     2. the cache folder: MOONWRIGHT_CACHE, else $XDG_CACHE_HOME/moonwright, else
#        ~/.cache/moonwright
#     3. the .orig archive of Debian's source package, through apt (cmake/fetch-lua.sh)
#     4. the upstream release page
# MOONWRIGHT_LUA=system  liblua5.4 as installed, with its own sizes and seed.

# Newest first. The second is for places where the first cannot be had; it lacks fixes of crashes
# that plain scripts can cause, so choosing it is a warning.
set(mw_lua_versions 5.4.9 5.4.7)
set(mw_lua_sha256_5.4.9 2335b6c582a52654f94612bf10d2f4672805d05329aa6568b1d8cd9e5c6fb8e6)
set(mw_lua_sha256_5.4.7 9fbf5e28ef86c69858f6d3d34eccc32e911c1a28b4120ff3e84aaa70cfbf1e30)

set(MOONWRIGHT_LUA bundled CACHE STRING "Which Lua: bundled (release archive) or system")
set_property(CACHE MOONWRIGHT_LUA PROPERTY STRINGS bundled system)
set(MOONWRIGHT_LUA_ARCHIVE "" CACHE FILEPATH "A release archive of Lua to use, offline")
set(MOONWRIGHT_CACHE "" CACHE PATH "Where fetched archives are kept between builds")

# True in `out` when `file` is the release archive of Lua `version`.
function(mw_lua_is_release out file version)
  set(${out} FALSE PARENT_SCOPE)
  if(EXISTS "${file}" AND NOT IS_DIRECTORY "${file}")
    file(SHA256 "${file}" sha256)
    if(sha256 STREQUAL mw_lua_sha256_${version})
      set(${out} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

function(mw_lua_cache_folder out)
  if(MOONWRIGHT_CACHE)
    set(folder "${MOONWRIGHT_CACHE}")
  elseif(NOT "$ENV{MOONWRIGHT_CACHE}" STREQUAL "")
    set(folder "$ENV{MOONWRIGHT_CACHE}")
  elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
    set(folder "$ENV{XDG_CACHE_HOME}/moonwright")
  elseif(NOT "$ENV{HOME}" STREQUAL "")
    set(folder "$ENV{HOME}/.cache/moonwright")
  else()
    set(folder "${PROJECT_BINARY_DIR}/cache")
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# Fetches the archive of `version` into `folder`; `out` is its path, or empty after a failure,
# when `why` has a line for each way that was tried.
function(mw_lua_fetch version folder out why)
  set(${out} "" PARENT_SCOPE)
  set(name lua-${version}.tar.gz)
  set(part "${PROJECT_BINARY_DIR}/lua/${name}.part")
  set(reasons "")

  message(STATUS "Fetching Lua ${version}")
  execute_process(
    COMMAND bash "${PROJECT_SOURCE_DIR}/cmake/fetch-lua.sh" ${version}
            ${mw_lua_sha256_${version}} "${part}"
    RESULT_VARIABLE failed ERROR_VARIABLE message OUTPUT_QUIET ERROR_STRIP_TRAILING_WHITESPACE)
  if(failed)
    list(APPEND reasons "apt, source package lua5.4: ${message}")
    file(DOWNLOAD https://www.lua.org/ftp/${name} "${part}" STATUS status INACTIVITY_TIMEOUT 20)
    list(GET status 0 failed)
    if(failed)
      list(GET status 1 message)
      list(APPEND reasons "upstream's release page, ${name}: ${message}")
      file(REMOVE "${part}")
    endif()
  endif()

  mw_lua_is_release(good "${part}" ${version})
  if(good)
    set(archive "${PROJECT_BINARY_DIR}/lua/${name}")
    file(RENAME "${part}" "${archive}")
    set(${out} "${archive}" PARENT_SCOPE)
    # For the next build folder. Copy, then rename: another configure running now must never see
    # half an archive. A cache that cannot be written is no reason to stop.
    string(RANDOM LENGTH 8 suffix)
    execute_process(
      COMMAND ${CMAKE_COMMAND} -E make_directory "${folder}" ERROR_QUIET)
    execute_process(
      COMMAND ${CMAKE_COMMAND} -E copy "${archive}" "${folder}/${name}.${suffix}"
      RESULT_VARIABLE failed ERROR_QUIET)
    if(NOT failed)
      file(RENAME "${folder}/${name}.${suffix}" "${folder}/${name}")
    endif()
  else()
    if(EXISTS "${part}")
      list(APPEND reasons "upstream's release page, ${name}: not the archive that is pinned")
      file(REMOVE "${part}")
    endif()
    set(${why} "${reasons}" PARENT_SCOPE)
  endif()
endfunction()

# Sets `out` to the path of a release archive and `out_version` to its version, or fails.
function(mw_lua_archive out out_version)
  if(MOONWRIGHT_LUA_ARCHIVE)
    foreach(version IN LISTS mw_lua_versions)
      mw_lua_is_release(good "${MOONWRIGHT_LUA_ARCHIVE}" ${version})
      if(good)
        set(${out} "${MOONWRIGHT_LUA_ARCHIVE}" PARENT_SCOPE)
        set(${out_version} ${version} PARENT_SCOPE)
        return()
      endif()
    endforeach()
    message(FATAL_ERROR
      "MOONWRIGHT_LUA_ARCHIVE=${MOONWRIGHT_LUA_ARCHIVE} is missing or is not the release archive "
      "of one of these: Lua ${mw_lua_versions} (compared by SHA-256, see cmake/Lua.cmake).")
  endif()

  mw_lua_cache_folder(folder)
  set(tried "")
  foreach(version IN LISTS mw_lua_versions)
    set(archive "${folder}/lua-${version}.tar.gz")
    mw_lua_is_release(good "${archive}" ${version})
    if(NOT good)
      mw_lua_fetch(${version} "${folder}" archive reasons)
    endif()
    if(archive)
      set(${out} "${archive}" PARENT_SCOPE)
      set(${out_version} ${version} PARENT_SCOPE)
      return()
    endif()
    list(TRANSFORM reasons PREPEND "\n  ${version} from ")
    list(APPEND tried "\n  ${version} from ${folder}: not there" ${reasons})
  endforeach()

  list(GET mw_lua_versions 0 newest)
  list(JOIN tried "" tried)
  message(FATAL_ERROR
    "No release archive of Lua could be had. Tried:${tried}\n"
    "Bring lua-${newest}.tar.gz from elsewhere and put it into ${folder}, or name it with "
    "-DMOONWRIGHT_LUA_ARCHIVE=FILE; or link the system's own with -DMOONWRIGHT_LUA=system.\n"
    "Its SHA-256 is ${mw_lua_sha256_${newest}}.\n")
endfunction()

# Sets `out` to the folder with Lua's sources. Unpacked once per build folder: from then on a
# configure of this folder asks neither the cache nor the network.
function(mw_lua_sources out)
  set(version "")
  foreach(candidate IN LISTS mw_lua_versions)
    if(NOT version AND EXISTS "${PROJECT_BINARY_DIR}/lua/lua-${candidate}/src/lua.h")
      set(version ${candidate})
    endif()
  endforeach()
  if(NOT version)
    mw_lua_archive(archive version)
    # Unpack beside, then rename: an interrupted configure leaves nothing that looks complete.
    set(part "${PROJECT_BINARY_DIR}/lua/part")
    file(REMOVE_RECURSE "${part}")
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${part}")
    file(RENAME "${part}/lua-${version}" "${PROJECT_BINARY_DIR}/lua/lua-${version}")
    file(REMOVE_RECURSE "${part}")
  endif()
  list(GET mw_lua_versions 0 newest)
  if(NOT version STREQUAL newest)
    message(WARNING "Lua ${version} is used, because ${newest} could not be had. "
      "It lacks fixes of ${newest}: do not run scripts that you do not trust with it.")
  endif()
  set(${out} "${PROJECT_BINARY_DIR}/lua/lua-${version}/src" PARENT_SCOPE)
endfunction()

if(MOONWRIGHT_LUA STREQUAL "system")
  find_package(Lua 5.4 EXACT REQUIRED)
  add_library(mw_lua INTERFACE)
  target_include_directories(mw_lua SYSTEM INTERFACE ${LUA_INCLUDE_DIR})
  target_link_libraries(mw_lua INTERFACE ${LUA_LIBRARIES})
elseif(MOONWRIGHT_LUA STREQUAL "bundled")
  mw_lua_sources(mw_lua_source_folder)
  file(GLOB mw_lua_files "${mw_lua_source_folder}/l*.c")
  # The stand-alone interpreter, the compiler, and upstream's own test hooks.
  list(FILTER mw_lua_files EXCLUDE REGEX "/(lua|luac|ltests)\\.c$")
  # Ours: these read what Lua's interface does not show.
  list(APPEND mw_lua_files "${PROJECT_SOURCE_DIR}/runtime/lua_internals.c"
    "${PROJECT_SOURCE_DIR}/runtime/lua_tables.c")
  add_library(mw_lua OBJECT ${mw_lua_files})
  # See runtime/lua_internals.c and cmake/lua_config.h.
  set_source_files_properties("${mw_lua_source_folder}/ldo.c" PROPERTIES
    COMPILE_DEFINITIONS
    "luaT_gettmbyobj=moonwright_lua_call_handler;MOONWRIGHT_BOUND_STACKS")
  set_source_files_properties("${mw_lua_source_folder}/lstate.c" PROPERTIES
    COMPILE_DEFINITIONS MOONWRIGHT_SMALL_MAIN_STACK)
  set_source_files_properties("${mw_lua_source_folder}/lapi.c" PROPERTIES
    COMPILE_DEFINITIONS luaD_growstack=moonwright_lua_grow_stack)
  target_include_directories(mw_lua SYSTEM INTERFACE "${mw_lua_source_folder}")
  target_include_directories(mw_lua PRIVATE "${mw_lua_source_folder}")
  target_compile_definitions(mw_lua INTERFACE MOONWRIGHT_BUNDLED_LUA)
  target_compile_options(mw_lua PRIVATE
    -std=gnu99 -fvisibility=hidden -include "${PROJECT_SOURCE_DIR}/cmake/lua_config.h"
    # Aligned, so that the speed of the interpreter's loop does not hang on what lies before it: up
    # to a tenth, with not one instruction more.
    $<$<CONFIG:Release>:-O2 -falign-functions=64>)
  # POSIX for popen, mkstemp and the thread-safe time functions. Nothing that loads C modules:
  # they would look for Lua's symbols, which are hidden.
  target_compile_definitions(mw_lua PRIVATE LUA_USE_POSIX
    # Lua's own checks of how its C interface is used, in every build that keeps assertions.
    $<$<NOT:$<CONFIG:Release>>:LUAI_ASSERT LUA_USE_APICHECK>)
else()
  message(FATAL_ERROR "MOONWRIGHT_LUA=${MOONWRIGHT_LUA}: expected bundled or system.")
endif()
