#!/bin/sh
# Ctrl-C in mid-run: whole files that say when they end.
. "$(dirname "$0")/lib.sh"
begin "$@"

# interrupt SIGNAL: a run of a hundred years, stopped once its files have grown.
interrupt() {
  # A shell starts background programs with SIGINT ignored; through another program it is not.
  setsid_free='trap - INT; exec "$0" "$@"'
  sh -c "$setsid_free" "$ecsim" run "$small" --set hours=1000000 --out run > stdout 2> stderr &
  pid=$!
  tries=0
  until [ -s run/timeline.csv.part ] || [ $tries -ge 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  [ -s run/timeline.csv.part ] || fail "the run did not begin"
  [ ! -e run/timeline.csv ] || fail "a file has its name before it is whole"
  kill "-$1" $pid
  wait $pid
  status=$?
  [ $status -eq 130 ] || fail "exit status $status after SIG$1, expected 130"
  holds_only run events.jsonl summary.json tasks.csv timeline.csv
  grep -Eq '"interrupted_at_s": [0-9]' run/summary.json || fail "the summary does not say when it was interrupted"
  tail -c 2 run/summary.json | grep -q '}' || fail "the summary is cut"
  [ "$(tail -n 1 run/timeline.csv | tr -cd , | wc -c)" -eq "$(head -n 1 run/timeline.csv | tr -cd , | wc -c)" ] ||
    fail "the last row of the timeline is cut"
  tail -n 1 run/events.jsonl | grep -q '}$' || fail "the last event is cut"
  says stdout "INTERRUPTED"
  rm -rf run
}

interrupt TERM
interrupt INT
