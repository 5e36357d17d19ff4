#!/usr/bin/env bash
# fetch-lua.sh VERSION SHA256 FILE: brings the upstream archive of Lua VERSION from Debian's
# source package lua5.4, through apt and the mirror this machine is configured with.
#
# The package of the running release is often older than what we pin, so newer suites are asked
# too. They are written into a sources list of our own, with package lists and cache in a
# temporary folder: nothing of the system changes, and root is not needed.
#
# Exit: 0 = FILE is the archive with that hash; 1 = a line on standard error says why not.
set -uo pipefail

version=$1 sha256=$2 file=$3
suites=(sid forky trixie)  # newest first: the first that has the version is taken

fail() {
  echo "$*" >&2
  exit 1
}

command -v apt-get >/dev/null || fail "there is no apt-get here"
work=$(mktemp -d) || fail "cannot make a temporary folder"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
touch "$work/status"

# Every place that serves a main component of some release. Only the archive itself has the newer
# suites; a place that has not (security updates, say) just fails its update below.
mapfile -t places < <(apt-get indextargets --no-release-info --format '$(REPO_URI)' \
  'Created-By: Packages' 'Component: main' 2>/dev/null | sort -u)
((${#places[@]})) || fail "apt has no source with a main component"

# The distribution's own keys; without that package, whatever apt trusts.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
options=""
[[ -r $keyring ]] && options="[signed-by=$keyring]"

own=(-qq
  -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
  -o Dir::State="$work" -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status"
  -o Dir::Cache="$work/cache" -o APT::Sandbox::User=
  -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=20)

cd "$work" || fail "cannot enter $work"
archive=lua5.4_$version.orig.tar.gz
for suite in "${suites[@]}"; do
  for place in "${places[@]}"; do
    echo "deb-src $options $place $suite main" >sources.list
    apt-get "${own[@]}" update >/dev/null 2>&1 || continue
    # A suite may list several revisions of the packaging. Its half of a source package may fail
    # to come while the archive does, so what counts is the archive, not apt's exit code.
    for revision in $(apt-cache "${own[@]}" showsrc --only-source lua5.4 2>/dev/null |
      sed -n "s/^Version: \\($version-.*\\)/\\1/p" | sort -Vru); do
      apt-get "${own[@]}" source --download-only "lua5.4=$revision" >/dev/null 2>&1
      [[ -f $archive ]] || continue
      if sha256sum --status -c <<<"$sha256  $archive"; then
        mkdir -p "$(dirname "$file")" && mv "$archive" "$file" && exit 0
        fail "cannot write $file"
      fi
      rm -f "$archive"
    done
  done
done
fail "no suite (${suites[*]}) has $archive with the pinned hash"
