#!/bin/sh
# A shipped scenario keeps its expectations, and breaks one under the setting that its header names ("-- Fails under:").
# usage: both.sh ECSIM SCENARIO
set -u
# Where a coroutine waits, Lua jumps, and AddressSanitizer sweeps all that it keeps of frames that have returned: minutes in
# the longest scenarios, eighteen seconds without. The other suites keep it.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_stack_use_after_return=0"
ecsim=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
scenario=$2
settings=$(sed -n 's/^-- Fails under: //p' "$scenario")
[ -n "$settings" ] || { echo "$scenario: no line '-- Fails under: name=value'"; exit 1; }

expect() {   # status, then the command's arguments
  wanted=$1
  shift
  "$ecsim" run "$scenario" --quiet "$@" > output 2>&1 < /dev/null
  status=$?
  [ "$status" -eq "$wanted" ] && return
  cat output
  echo "$scenario $*: exit status $status, expected $wanted"
  exit 1
}

work=$(mktemp -d) && cd "$work" || exit 1
trap 'rm -rf "$work"' EXIT
expect 0
for setting in $settings; do
  expect 1 --set "$setting"
done
