#!/usr/bin/env bash
# symbols.sh NM ARCHIVE: the static library defines nothing that could meet a symbol of its host.
#
# Strong symbols must be ours. Weak ones are instances of the standard library's templates, which
# the linker merges by design.
set -euo pipefail

strays=$("$1" --extern-only --defined-only "$2" |
  awk '$2 ~ /^[A-Z]$/ && $2 !~ /[WVu]/ { print $3 }' |
  grep -vE '^_Z[A-Z]*N?K?10moonwright' || true)
[[ -z $strays ]] && exit 0
printf 'visible, but not ours:\n%s\n' "$strays"
exit 1
