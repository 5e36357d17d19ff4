#!/usr/bin/env bash
# The word count of examples/wordcount agrees with tr, sort and uniq.
# usage: wordcount.sh MOONWRIGHT SOURCE_DIR
set -euo pipefail
export LC_ALL=C
moonwright=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Text, bytes that are no text, words across the edges of blocks, and nothing at all.
cp "$source/LICENSE" "$folder/licence"
head -c 700000 "$moonwright" >"$folder/binary"
awk 'BEGIN { for (i = 0; i < 90000; i++) printf "word%c%d Apple-pie ", 97 + i % 26, i }' \
  >"$folder/long"
: >"$folder/empty"
files=("$folder/licence" "$folder/binary" "$folder/long" "$folder/empty")

"$moonwright" run "$source/examples/wordcount/main.lua" "${files[@]}" >"$folder/ours"
# No word goes on from one file into the next.
for file in "${files[@]}"; do cat "$file" && echo; done | tr -cs 'A-Za-z' '\n' |
  tr 'A-Z' 'a-z' | sed '/^$/d' | sort | uniq -c | sort -k1,1nr -k2,2 >"$folder/counts"
head -n 20 "$folder/counts" | awk '{ print $1, $2 }' >"$folder/expected"
awk '{ total += $1 } END { printf "%d words, %d different ones, in 4 files\n", total, NR }' \
  "$folder/counts" >>"$folder/expected"
awk 'NF == 2 { print $1, $2; next } { print }' "$folder/ours" | diff - "$folder/expected"

# A file that cannot be read is named, the others are counted, and the program fails.
if "$moonwright" run "$source/examples/wordcount/main.lua" "$folder/licence" "$folder/missing" \
  >"$folder/ours" 2>"$folder/errors"; then
  echo "a missing file should have failed the program" >&2
  exit 1
fi
grep -q "missing: No such file or directory" "$folder/errors"
grep -q "in 1 file" "$folder/ours"
echo "the counts agree"
