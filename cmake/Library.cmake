# The installed library: target moonwright, alias moonwright::moonwright.
#
# Static, it is an archive of ONE object: everything (Lua too) is linked with `ld -r`, then each
# hidden symbol becomes local. So a host may link another Lua, or another version of anything we
# compiled in, beside us; only what is marked MOONWRIGHT_API stays visible.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Sanitizers and gcov keep one record per object, with hidden symbols they expect to find again.
if(MOONWRIGHT_SANITIZE OR MOONWRIGHT_COVERAGE)
  set(MOONWRIGHT_ONE_OBJECT OFF)
else()
  set(MOONWRIGHT_ONE_OBJECT ON)
endif()

set(mw_parts mw_runtime mw_lifecycle mw_actors)
if(MOONWRIGHT_LUA STREQUAL "bundled")
  list(APPEND mw_parts mw_lua)
endif()
set(mw_objects "")
foreach(part IN LISTS mw_parts)
  list(APPEND mw_objects $<TARGET_OBJECTS:${part}>)
endforeach()

if(MOONWRIGHT_SHARED)
  add_library(moonwright SHARED ${mw_objects})
  set_target_properties(moonwright PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
elseif(MOONWRIGHT_ONE_OBJECT)
  # --force-group-allocation dissolves COMDAT groups: the final link would match a group by its
  # name with one of the host's, and throw away sections that our local symbols point into.
  set(mw_object "${PROJECT_BINARY_DIR}/moonwright.o")
  add_custom_command(OUTPUT "${mw_object}"
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o "${mw_object}.part" ${mw_objects}
    COMMAND ${CMAKE_OBJCOPY} --localize-hidden "${mw_object}.part" "${mw_object}"
    COMMAND ${CMAKE_COMMAND} -E rm "${mw_object}.part"
    DEPENDS ${mw_objects}
    COMMENT "Linking everything into one object"
    COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties("${mw_object}" PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  add_library(moonwright STATIC "${mw_object}")
  set_target_properties(moonwright PROPERTIES LINKER_LANGUAGE CXX)
else()
  add_library(moonwright STATIC ${mw_objects})
endif()
add_library(moonwright::moonwright ALIAS moonwright)

target_compile_features(moonwright PUBLIC cxx_std_20)
target_include_directories(moonwright PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(moonwright PUBLIC tl::expected
  PRIVATE CAF::core spdlog::spdlog Threads::Threads)
if(MOONWRIGHT_LUA STREQUAL "system")
  target_link_libraries(moonwright PRIVATE ${LUA_LIBRARIES})
endif()

install(TARGETS moonwright EXPORT moonwrightTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/moonwright DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

set(mw_package "${CMAKE_INSTALL_LIBDIR}/cmake/moonwright")
configure_package_config_file(cmake/moonwrightConfig.cmake.in moonwrightConfig.cmake
  INSTALL_DESTINATION ${mw_package})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(moonwrightConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT moonwrightTargets NAMESPACE moonwright:: DESTINATION ${mw_package})
install(FILES
  "${PROJECT_BINARY_DIR}/moonwrightConfig.cmake"
  "${PROJECT_BINARY_DIR}/moonwrightConfigVersion.cmake"
  cmake/FindCAF.cmake
  DESTINATION ${mw_package})
