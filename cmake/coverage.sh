#!/usr/bin/env bash
# coverage.sh ROOT BUILD: line coverage by folder after the tests of a coverage build have run.
# Fails when a folder is below the bar. A per-file table goes to BUILD/coverage.txt.
set -euo pipefail

root=$1 build=$2
bar=90
folders=(include runtime lifecycle actors cli)

filters=()
for folder in "${folders[@]}"; do
  filters+=(--filter "$root/$folder/")
done
# Branches that only an exception takes are not ours to count; lines are what is asked for.
gcovr --root "$root" --object-directory "$build" "${filters[@]}" --exclude-throw-branches \
  --csv "$build/coverage.csv" --txt "$build/coverage.txt" -j 2 "$build" >&2

# Columns of the CSV: filename, line_total, line_covered, ...
awk -F, -v bar="$bar" -v folders="${folders[*]}" '
  NR > 1 {
    folder = $1
    sub("/.*", "", folder)
    total[folder] += $2
    covered[folder] += $3
  }
  END {
    count = split(folders, names, " ")
    printf "%-12s %8s %8s %8s\n", "folder", "lines", "covered", "percent"
    for (i = 1; i <= count; i++) {
      name = names[i]
      if (!total[name]) continue  # declarations only
      percent = 100 * covered[name] / total[name]
      low = percent < bar
      failed = failed || low
      printf "%-12s %8d %8d %7.1f%%%s\n", name, total[name], covered[name], percent,
        low ? "  below " bar " %" : ""
    }
    exit failed
  }' "$build/coverage.csv"
