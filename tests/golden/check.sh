#!/bin/sh
# The complete output of each golden case, byte for byte: summary.json, events.jsonl, tasks.csv, timeline.csv.
# usage: check.sh [--update] ECSIM [CASE...]
# CASE.expected holds of each file the hash of all its bytes and, so that a change can be read, its beginning: identifiers
# cut to six digits, numbers that are 0 or null left out of the summary. The hashes of the scenario's own files are not
# compared: a comment in a script is no change of behaviour.
set -eu
update=
if [ "$1" = --update ]; then
  update=yes
  shift
fi
ecsim=$1
shift
golden=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$golden/../.." && pwd)
export ECSIM_DATA="$top"
. "$golden/lib.sh"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# excerpt FILE LINES: its hash and its first lines.
excerpt() {
  echo "=== $(basename "$1"): $(wc -l < "$1") lines, sha256 $(sha256sum < "$1" | cut -c 1-64)"
  case $1 in
    */summary.json) grep -Ev '"value": (0|null),' "$1" ;;
    *) head -n "$2" "$1" | sed 's/\([0-9a-f]\{6\}\)[0-9a-f]\{26\}/\1/g' ;;
  esac
}

# described FOLDER: the run that it holds as a text that can be compared.
described() {
  sed 's/"digest": "[^"]*"/"digest": ""/' "$1/summary.json" > "$1/plain" && mv "$1/plain" "$1/summary.json"
  excerpt "$1/summary.json"
  excerpt "$1/events.jsonl" 40
  excerpt "$1/tasks.csv" 8
  excerpt "$1/timeline.csv" 16
}

check() {
  run_case "$1" "$scratch/$1"
  described "$scratch/$1" > "$scratch/$1.expected"
  if [ -n "$update" ]; then
    cp "$scratch/$1.expected" "$golden/$1.expected"
  elif ! diff -u "$golden/$1.expected" "$scratch/$1.expected"; then
    echo "$1: the output has changed; if that is meant: tests/golden/check.sh --update ECSIM $1"
    return 1
  fi
}

status=0
[ $# -gt 0 ] || set -- $(case_names)
for name in "$@"; do
  check "$name" || status=1
done
exit "$status"
