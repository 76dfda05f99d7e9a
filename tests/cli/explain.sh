#!/bin/sh
# Why it scaled and why it did not, told afterwards from the files of a run.
. "$(dirname "$0")/lib.sh"
begin "$@"
scaled=$source_root/tests/cli/scaled.lua

expect 0 run "$scaled" --out run --explain
cp stdout live
expect 0 explain run
[ "$(cat stdout)" = "$(head -n "$(wc -l < stdout)" live)" ] || fail "the run told another story than its files"
says stdout "scales out, "
says stdout "worker-AlarmHigh: OK -> ALARM. Threshold Crossed"
says stdout "it is at its maximum (AlreadyAtMaxCapacity)"
says stdout "more times until"
says stdout "after the load changed, measured in"

# Questions about a part of it.
expect 0 explain run --policy backlog
says stdout "backlog scales out"
grep -q "cpu scales" stdout && fail "another policy is told of"
expect 0 explain run --service worker --at 0:35
[ "$(head -n 1 stdout | cut -c 1-12)" = "Mon 00:30:00" ] || fail "the window begins elsewhere"
tail -n 1 stdout | grep -Eq 'Mon 00:(3[0-9]|40)' || fail "the window ends elsewhere"

# The life of a task, by the beginning of its ID.
task=$(sed -n 's/.*"what": "created".*//; s/.*"chosen": \["\([0-9a-f]\{12\}\).*/\1/p' run/events.jsonl | head -n 1)
[ -n "$task" ] || fail "nothing was stopped"
expect 0 explain run --task "$task"
head -n 1 stdout | grep -q "^task $task[0-9a-f]* of service worker$" || fail "not its story"
says stdout "created, revision worker:1"
says stdout "chosen to stop"
says stdout "STOPPED: ServiceSchedulerInitiated"

# Mistakes.
expect 3 explain run --service wrker
is_exactly stderr "ecsim: the run has no service 'wrker', did you mean 'worker'?"
expect 3 explain run --policy bcklog
is_exactly stderr "ecsim: no policy 'bcklog' decided anything, did you mean 'backlog'?"
expect 3 explain run --task zz
is_exactly stderr "ecsim: the run has no task whose ID begins with 'zz'"
expect 2 explain run --at noon
says stderr "--at 'noon': expected a time such as"
expect 3 explain .
says stderr "holds no run"
echo '{"time_s": 1' > run/events.jsonl
expect 3 explain run
says stderr "events.jsonl' is damaged"
