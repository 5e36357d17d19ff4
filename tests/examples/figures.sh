#!/usr/bin/env bash
# What docs/figures.md shows runs and prints what it says; its C++ is that of examples/figures.
# usage: figures.sh MOONWRIGHT SOURCE_DIR FIGURES_PROGRAM
set -euo pipefail
moonwright=$1 source=$2 program=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The blocks of one language.
blocks() {
  awk -v start="^\`\`\`$1\$" '$0 ~ start { inside = 1; next } /^```/ { inside = 0 } inside' \
    "$source/docs/figures.md"
}

blocks cpp | diff - "$source/examples/figures/figures.cpp"

blocks lua >"$folder/main.lua"
"$moonwright" run "$folder/main.lua" | tr '\t' ' ' >"$folder/out"
diff "$folder/out" - <<'TEXT'
10000
filled true
string
TEXT

# The commands, with a script that has something to show.
echo 'local x = 0 for i = 1, 3e7 do x = x + i % 7 end' >"$folder/job.lua"
cd "$folder"
moonwright() { command "$moonwright" "$@"; }
blocks sh >commands.sh
. ./commands.sh
for picture in time.svg memory.svg; do
  head -c 5 $picture | grep -q '<svg ' && tail -n 1 $picture | grep -qx '</svg>'
done
grep -q '^job.lua;main [^;]*job.lua [0-9]*$' time.folded
grep -q ',after_gc$' memory.csv

"$program" >"$folder/out"
for line in '^the actor at its end: [0-9.]* MiB$' '^the process: ' 'MiB  initial$\|B  initial$' \
  'MiB  filled$' '  after_gc$' '^where the time went:$' '^kept: [0-9.]* MiB at most$'; do
  grep -q "$line" "$folder/out" || { echo "no '$line' in:" && cat "$folder/out" && exit 1; }
done
head -c 5 memory.svg | grep -q '<svg '
echo "the figures are there"
