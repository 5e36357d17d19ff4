#!/usr/bin/env bash
# Both programs of examples/limits reach every limit and say so. Figures are of no interest here.
# usage: limits.sh MOONWRIGHT SOURCE_DIR LIMITS_PROGRAM
set -euo pipefail
moonwright=$1 source=$2 program=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The output of a program, with N for every figure and its unit.
plainly() {
  "$@" 2>"$folder/log" | sed -E '/^ / { s/[0-9]+(\.[0-9]+)?( ([KM]iB|m?s)\b)?/N/g; s/  +/ /g }'
}

cd "$source"
plainly "$moonwright" run examples/limits/main.lua >"$folder/out"
diff "$folder/out" - <<'TEXT'
1. Memory, as a script sees its own
 before N
 Nk tables N
 dropped N
 collected N
2. A hard limit: memory
 memory_limit: memory limit of N reached, N in use
 goes on with N of N; had N at most
3. A soft limit: onMemoryWarning(used, limit)
 warned N time, at N of N
 done: the last N of N are in the cache
4. Memory classes: how deep a function can call itself
 minimal N calls, then examples/limits/worker.lua:N: stack overflow
 standard N calls, then examples/limits/worker.lua:N: stack overflow
 large N calls, then examples/limits/worker.lua:N: stack overflow
5. A limit on instructions
 done: N
 instruction_limit: instruction limit of N reached, N used
6. A limit on time
 timeout: timeout of N reached after N
7. Cancelling
 tidying up: cancelled: the task has been cancelled
TEXT

plainly "$program" >"$folder/out"
diff "$folder/out" - <<'TEXT'
1. The memory of an actor: Runtime::stats() and Runtime::collect()
 idle: N, after a collection N
 fill: N, after a collection N
 drop: N, after a collection N
 in use: N, at most: N, freed: N by N collections
2. A hard limit: memory_bytes_max
 memory_limit: memory limit of N reached, N in use
 ended: memory_limit; N; N at most, N at the end; warned N times
3. A soft limit: warning_threshold and onMemoryWarning()
 script: N of N bytes, so the cache goes
 ended: normal; N; N at most, N at the end; warned N times
4. Memory classes: how deep a function can call itself
 minimal: N calls, then [string "script"]:N: stack overflow
 ended: normal; N; N at most, N at the end; warned N times
 standard: N calls, then [string "script"]:N: stack overflow
 ended: normal; N; N at most, N at the end; warned N times
 large: N calls, then [string "script"]:N: stack overflow
 ended: normal; N; N at most, N at the end; warned N times
5. A limit on instructions: instructions_max
 instruction_limit: instruction limit of N reached, N used
 ended: instruction_limit; N; N at most, N at the end; warned N times
6. A limit on time: timeout
 timeout: timeout of N reached after N
 ended: timeout; N; N at most, N at the end; warned N times
7. Cancelling: tokens
 execute():
 script: tidying up: the task has been cancelled
 cancelled: cancelled
 call(), after which the actor goes on:
 script: tidying up: the task has been cancelled
 cancelled: the task has been cancelled
 spawn():
 ended: cancelled
TEXT
echo "both programs reach their limits"
