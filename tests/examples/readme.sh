#!/usr/bin/env bash
# The Lua of README.md runs and prints what its comments say; so do the small examples.
# usage: readme.sh MOONWRIGHT SOURCE_DIR
set -euo pipefail
moonwright=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awk '/^```lua/ { inside = 1; next } /^```/ { inside = 0 } inside' "$source/README.md" \
  >"$folder/main.lua"
"$moonwright" run "$folder/main.lua" | tr '\t' ' ' >"$folder/out"
diff "$folder/out" - <<'TEXT'
17
18 19
false error [string "source"]:4: attempt to divide by zero
20
TEXT

"$moonwright" run "$source/examples/pingpong/main.lua" >"$folder/out"
grep -qx "pong hit the ball 3 times" "$folder/out"
"$moonwright" run "$source/examples/chat_room/main.lua" >"$folder/out"
grep -qx "  cyd is gone (killed)" "$folder/out"
echo "README.md and the examples hold"
