#!/usr/bin/env bash
# tidy.sh CHECK ROOT [VERSION]: one check on the text of the repository. Prints every violation as
# file:line: what is wrong, and fails when there is one.
set -uo pipefail
export LC_ALL=C.UTF-8  # lines are counted in characters

check=$1 root=$2 version=${3:-}
cd "$root" || exit 2

# Every text file of the repository, whether or not git knows it yet.
files() {
  find . \( -path ./.git -o -path ./build -o -path ./.cache \) -prune -o -type f -print |
    sed 's|^\./||' | sort
}

# Sources and scripts: what people read in an editor. (Tables in prose may be wider.)
code() {
  files | grep -E '\.(cpp|hpp|h|c|lua|sh|cmake|in|erl|txt|json)$|^dev$|^\.ci/run$'
}

# Who may include what: a pattern for the include, then one for the files that may have it. The
# first pattern that matches decides; an include that no line knows is refused. Lua comes by lua.hpp
# alone: it says extern "C", which the headers behind it do not.
rules() {
  cat <<'TABLE'
\.\./.*                     none
ranges                      none
(luaconf|lprefix|lstate)\.h cmake/lua_config\.h
(lua|lauxlib|lualib)\.h     none
lua\.hpp                    ((tests/unit/)?runtime|tests/(embed|fuzz|probe)|bench/internal)/
caf/.*                      actors/|tests/unit/actors/
(spdlog|fmt)/.*             actors/|tests/unit/actors/
CLI/.*                      cli/
mach/.*                     actors/process_memory_macos\.cpp
toml\+\+/.*                 cli/config_values\.hpp
nlohmann/.*                 tests/
(gtest|gmock|rapidcheck)/.* tests/
rapidcheck\.h               tests/
benchmark/.*                bench/internal/
tl/expected\.hpp            include/moonwright/result\.hpp
moonwright/.*               .*
runtime/.*                  ((tests/unit/)?(runtime|actors)|tests/(fuzz|probe)|bench/internal)/
lifecycle/.*                ((tests/unit/)?(lifecycle|actors)|bench/internal)/
actors/.*                   ((tests/unit/)?actors|bench/internal)/
cli/.*                      (tests/unit/)?cli/
support/.*                  (tests|bench)/
messaging/.*                bench/messaging/
state/.*                    bench/state/
[a-z_0-9]+\.hpp             (tests|bench|examples)/
((sys|linux)/)?[a-z_0-9]+\.h (runtime|actors|cli|tests|bench|examples)/
thread|mutex|condition_variable|cstdio|[io]?f?stream  (runtime|actors|cli|tests|bench|examples)/
[a-z_0-9]+                  .*
TABLE
}

check_includes() {
  files | grep -E '\.(cpp|hpp|h)$' | xargs grep -nHE '^ *# *include' |
    sed -E 's/^([^:]*):([0-9]+): *# *include *[<"]([^>"]*)[>"].*/\1 \2 \3/' |
    RULES=$(rules) awk '
      BEGIN {
        count = split(ENVIRON["RULES"], lines, "\n")
        for (i = 1; i <= count; i++) {
          split(lines[i], columns, " +")
          what[i] = "^(" columns[1] ")$"
          where[i] = "^(" columns[2] ")"
        }
      }
      {
        for (i = 1; i <= count && $3 !~ what[i]; i++) {}
        if (i > count || $1 !~ where[i]) print $1 ":" $2 ": may not include " $3
      }'
  for header in $(files | grep '\.hpp$'); do
    grep -qx '#pragma once' "$header" || echo "$header:1: a header without #pragma once"
  done
}

# Words are written with a bracket, so that this file does not find itself.
check_text() {
  code | xargs grep -nHE '^.{101,}' | sed -E 's/^([^:]*:[0-9]+):.*/\1: longer than 100 columns/'
  files | xargs grep -nHIE '[[:blank:]]+$|'$'\r' | grep -v '\.md:' |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: white space at the end of the line/'
  files | xargs grep -nHIwE '[T]ODO|[F]IXME|[X]XX|[H]ACK' |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: something was left for later/'
  files | xargs grep -nHIE '(^|[^A-Za-z0-9_.~])/([w]ork|[h]ome|[r]oot)/' |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: a path of one machine/'
  code | xargs grep -nHIP '\t' |
    sed -E 's/^([^:]*:[0-9]+):.*/\1: a tab/'
}

# What threads share, with the reason for each: tests/tidy/synchronisation.txt. A new mutex,
# condition variable or atomic object in these folders, or one that is gone, has to be entered
# there. None of them decides who gets memory: that is for the books, which are one thread's at a
# time.
check_synchronisation() {
  local table=tests/tidy/synchronisation.txt stem found listed
  for stem in $(files | grep -E '^(actors|runtime|lifecycle)/.*\.(cpp|hpp|c|h)$' |
    sed -E 's/\.[a-z]+$//' | sort -u); do
    found=$(symbols_of "$stem")
    listed=$(awk -v stem="$stem" '$1 == stem { print $2, $3, $4; exit }' "$table")
    [[ $found == "${listed:-0 0 0}" ]] ||
      echo "$stem.hpp:1: has $found mutexes, conditions, atomics; $table says ${listed:-nothing}"
  done
  awk '/^[a-z]/ && NF < 7 { print FILENAME ":" NR ": gives no reason" }
       /^[a-z]/ && seen[$1]++ { print FILENAME ":" NR ": " $1 " is there twice" }' "$table"
  grep -nE '\<(mutex|atomic|thread|condition_variable)\>' lifecycle/memory_books.?pp |
    grep -E 'include|std::' | sed 's/:.*/: the books are for one thread at a time/'
}

# How many mutexes, condition variables, and atomic objects or operations the two files declare.
symbols_of() {
  local text mutexes conditions atomics
  text=$(cat "$1".[ch]pp "$1".[ch] 2>/dev/null | sed 's|//.*||')
  mutexes=$(grep -oE 'std::([a-z]+_)?mutex&? [a-z]|pthread_mutex_t' <<<"$text" | wc -l)
  conditions=$(grep -oE 'std::condition_variable(_any)? [a-z]' <<<"$text" | wc -l)
  atomics=$(grep -oE "$atomic_symbols" <<<"$text" | wc -l)
  echo $((mutexes)) $((conditions)) $((atomics))
}
atomic_symbols='std::(atomic([a-z_]*)<|atomic_[a-z_]+|call_once|once_flag|latch|barrier|counting_s'
atomic_symbols+='emaphore|binary_semaphore)|_Atomic|__atomic_[a-z]+|__sync_[a-z]+'

# The version is written twice: for CMake and, as a literal, for those who only read the header.
check_version() {
  local header=include/moonwright/version.hpp
  grep -q "kVersion\[\] = \"$version\";" "$header" ||
    echo "$header:1: does not say \"$version\", as CMakeLists.txt does"
}

found=$("check_$check")
[[ -z $found ]] && exit 0
printf '%s\n' "$found"
exit 1
