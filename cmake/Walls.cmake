# Who may include whom, enforced by the compiler.
#
#        include/moonwright
#          ^          ^
#       runtime    lifecycle      neither sees the other
#          ^          ^
#          +- actors -+           sees both
#               ^
#      cli, examples, bench       see include/ alone
#
# Headers are included as "folder/name.hpp", so a target that saw the repository's root would see
# every folder. Each gets an include directory of its own instead, which holds symbolic links to
# the folders it may know and nothing else: any other include does not compile.

# mw_walls(TARGET [FOLDER...]): lets TARGET include the public API and these folders (paths from
# the repository's root; the link is named after the last part).
function(mw_walls target)
  set(root "${PROJECT_BINARY_DIR}/walls/${target}")
  file(REMOVE_RECURSE "${root}")
  file(MAKE_DIRECTORY "${root}")
  foreach(folder IN LISTS ARGN)
    cmake_path(GET folder FILENAME name)
    file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${folder}" "${root}/${name}" SYMBOLIC)
    # Debug information, __FILE__ and line counts name the real file, not the link to it.
    target_compile_options(${target} PRIVATE
      "-ffile-prefix-map=${root}/${name}/=${PROJECT_SOURCE_DIR}/${folder}/")
  endforeach()
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/include" "${root}")
endfunction()

# mw_folder(FOLDER [SEES...]): the object library mw_FOLDER from the sources in FOLDER.
#
# The list of sources is the folder itself: nothing in these folders is conditional
# but the file that fits the system (actors/CMakeLists.txt), and a list
# kept by hand could only be wrong. CONFIGURE_DEPENDS looks again at each build. Headers are listed
# for editors, and because a folder may be headers only.
function(mw_folder folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/${folder}/*.cpp" "${PROJECT_SOURCE_DIR}/${folder}/*.hpp")
  add_library(mw_${folder} OBJECT ${sources})
  set_target_properties(mw_${folder} PROPERTIES LINKER_LANGUAGE CXX)
  mw_walls(mw_${folder} ${folder} ${ARGN})
  target_link_libraries(mw_${folder} PRIVATE mw_warnings tl::expected)
endfunction()
