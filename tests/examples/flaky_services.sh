#!/usr/bin/env bash
# flaky_services.sh COMMAND ROOT: all requests are served, whatever the services do wrong.
set -euo pipefail
command=$1 root=$2

out=$("$command" run --log-level off "$root/examples/flaky_services/main.lua")
requests=$(grep -c . "$root/examples/flaky_services/requests.txt")

grep -q "^served $requests of $requests requests" <<<"$out" || { echo "$out"; exit 1; }
# Each of them has failed in its own way, and was brought back.
for why in 'CPU time limit' 'memory limit' 'ended with an error'; do
  grep -q "was restarted, because it .*$why" <<<"$out" ||
    { echo "no word of: $why"; echo "$out"; exit 1; }
done
