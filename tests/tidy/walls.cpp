// Compiled once per target, with that target's include directories: does it see what it should?
// A folder is visible when its CMakeLists.txt could be included.

#if __has_include("runtime/CMakeLists.txt") != SEES_runtime
#error "the wall around runtime/ is not where it should be"
#endif
#if __has_include("lifecycle/CMakeLists.txt") != SEES_lifecycle
#error "the wall around lifecycle/ is not where it should be"
#endif
#if __has_include("actors/CMakeLists.txt") != SEES_actors
#error "the wall around actors/ is not where it should be"
#endif
#if __has_include("cli/CMakeLists.txt") != SEES_cli
#error "the wall around cli/ is not where it should be"
#endif
#if !__has_include("moonwright/moonwright.hpp")
#error "the public API is not visible"
#endif
