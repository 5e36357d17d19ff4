# Finds CAF (the C++ Actor Framework) where it ships no CMake package of its own, as Debian's
# libcaf-dev does not. Call `find_package(CAF QUIET CONFIG)` first: CAF 1.x brings one.
#
# Components: core (always), io, openssl.
# Targets:    CAF::core, CAF::io, CAF::openssl -- the names CAF 1.x exports.
# Variables:  CAF_FOUND, CAF_VERSION, CAF_<component>_FOUND

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

# `#define CAF_VERSION 1706` is 0.17.6: two digits each for minor and patch.
unset(CAF_VERSION)
foreach(mw_header caf/config.hpp caf/detail/build_config.hpp)
  if(EXISTS "${CAF_INCLUDE_DIR}/${mw_header}" AND NOT DEFINED CAF_VERSION)
    file(STRINGS "${CAF_INCLUDE_DIR}/${mw_header}" mw_line REGEX "#define CAF_VERSION [0-9]+")
    if(mw_line MATCHES "CAF_VERSION ([0-9]+)")
      math(EXPR mw_major "${CMAKE_MATCH_1} / 10000")
      math(EXPR mw_minor "${CMAKE_MATCH_1} / 100 % 100")
      math(EXPR mw_patch "${CMAKE_MATCH_1} % 100")
      set(CAF_VERSION ${mw_major}.${mw_minor}.${mw_patch})
    endif()
  endif()
endforeach()

foreach(mw_component core io openssl)
  find_library(CAF_${mw_component}_LIBRARY caf_${mw_component})
  mark_as_advanced(CAF_${mw_component}_LIBRARY)
  if(CAF_INCLUDE_DIR AND CAF_${mw_component}_LIBRARY)
    set(CAF_${mw_component}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_core_LIBRARY CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION
  HANDLE_COMPONENTS)

if(CAF_FOUND)
  include(CMakeFindDependencyMacro)
  find_dependency(Threads)
  set(mw_needs_core Threads::Threads)
  set(mw_needs_io CAF::core)
  set(mw_needs_openssl CAF::io)
  foreach(mw_component core io openssl)
    if(CAF_${mw_component}_FOUND AND NOT TARGET CAF::${mw_component})
      add_library(CAF::${mw_component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${mw_component} PROPERTIES
        IMPORTED_LOCATION "${CAF_${mw_component}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES "${mw_needs_${mw_component}}")
    endif()
  endforeach()
endif()
