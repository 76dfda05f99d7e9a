#!/bin/sh
# The complete output of each golden case, byte for byte: summary.json, events.jsonl, tasks.csv, timeline.csv, sessions.csv.
# usage: check.sh [--update] ECSIM [CASE...]
# CASE.expected holds of each file the hash of all its bytes and, so that a change can be read, its beginning: identifiers
# cut to six digits, numbers that are 0 or null left out of the summary, events counted by what they say. The hashes of
# the scenario's own files are not compared: a comment in a script is no change of behaviour.
# shellcheck disable=SC1091,SC2046,SC2154  # lib.sh and its variables; a list of names
set -eu
update=
if [ "$1" = --update ]; then
  update=yes
  shift
fi
ecsim=$1
shift
. "$(dirname "$0")/lib.sh"
begin "$ecsim"

short_ids() {
  sed 's/\([0-9a-f]\{6\}\)[0-9a-f]\{26\}/\1/g'
}

# How often each kind of event comes, by its outcome: "12 decision scaled out".
event_counts() {
  sed -n 's/.*"kind": "\([a-z_]*\)".*"\(answer\|status_code\|to\|what\|why\)": "\([^"]*\)".*/\1 \3/p' "$1" |
    sed 's/[0-9:.]\{1,\}/#/g' | LC_ALL=C sort | uniq -c
}

# excerpt FILE LINES: its hash and its first lines.
excerpt() {
  echo "=== $(basename "$1"): $(wc -l < "$1") lines, sha256 $(sha256sum < "$1" | cut -c 1-64)"
  head -n "$2" "$1" | short_ids
}

# described FOLDER: the run that it holds as a text that can be compared.
described() {
  sed 's/"digest": "[^"]*"/"digest": ""/' "$1/summary.json" > "$1/plain" && mv "$1/plain" "$1/summary.json"
  excerpt "$1/summary.json" 0
  grep -Ev '"value": (0|null),' "$1/summary.json"
  excerpt "$1/events.jsonl" 32
  event_counts "$1/events.jsonl"
  excerpt "$1/tasks.csv" 8
  excerpt "$1/timeline.csv" 16
  [ ! -f "$1/sessions.csv" ] || excerpt "$1/sessions.csv" 16
}

check() {
  run_case "$1" "$scratch/$1" || return 1
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
