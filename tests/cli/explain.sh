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
says stdout "alarm worker-AlarmHigh (CPUUtilization Average): OK -> ALARM, 3 datapoints ["
says stdout "it is at its maximum (AlreadyAtMaxCapacity). It saw "
says stdout "more times"
says stdout "after the load changed at Mon 00:"
says stdout "scheduled action evening sets min capacity 2 and max capacity 4"
says stdout "desired count 1 -> 2: minimum capacity was set to 2"
says stdout "own leaves it at 1: it asks for no change. It was given capacity 1 and sent "
says stdout "in all"
grep -Eq 'cpu scaled out [0-9]+ times?, in [0-9]+ times?; left it alone [0-9,]+ times?: ' stdout || fail "no totals"

# AAS-10: the other policy never says in. It is told at the first turn, and at the turn after the fleet has grown.
expect 0 run "$source_root/scenarios/multi_policy.lua" --quiet --out both
expect 0 explain both --service both
says stdout "alarm both-AlarmHigh (MemoryUtilization Average): "
says stdout "both-cpu leaves it at 2: policy both-memory does not say in."
says stdout "both-cpu leaves it at 11: policy both-memory does not say in."
says stdout "alarm both-AlarmLow (CPUUtilization Average): OK -> ALARM, "
grep -E '^Mon' stdout | cut -c 1-12 | sort -c || fail "lines are out of order"
sed -n 's/^\(... ..:..:..\) .* more times until \(... ..:..:..\)$/\1 \2/p' stdout | {
  counts=0
  while read -r day at until_day until; do
    counts=$((counts + 1))
    [ "$day" = "$until_day" ] || fail "a count is told on another day than its last"
  done
  [ "$counts" -gt 0 ] || fail "nothing is counted"
} || exit 1

# No task, no datapoint, no alarm: what never happened is told at the end.
expect 0 run "$source_root/scenarios/scale_to_zero.lua" --quiet --out zero
for question in "--service tracked" "--policy cpu"; do
  expect 0 explain zero $question
  says stdout "alarm tracked-AlarmHigh (CPUUtilization Average): INSUFFICIENT_DATA since the start, no datapoint; it never invoked policy cpu"
  grep -q on_demand stdout && fail "another service is told of"
done

# Questions about a part of it.
expect 0 explain run --policy backlog
says stdout "backlog scales out"
grep -q "cpu scales" stdout && fail "another policy is told of"
expect 0 explain run --policy evening
[ "$(wc -l < stdout)" -eq 1 ] || fail "more is told than the scheduled action"
says stdout "scheduled action evening sets"
expect 0 explain run --service worker --at 0:35
[ "$(head -n 1 stdout | cut -c 1-12)" = "Mon 00:30:00" ] || fail "the window begins elsewhere"
[ "$(grep -c 'own leaves it at' stdout)" -ge 10 ] || fail "not every evaluation of the window is told"
grep '^Mon' stdout | tail -n 1 | grep -Eq 'Mon 00:(3[0-9]|40)' || fail "the window ends elsewhere"
expect 0 explain run --at 'Mon 00:30..1h30m'
[ "$(head -n 1 stdout | cut -c 1-12)" = "Mon 00:30:00" ] || fail "the range begins elsewhere"
grep '^Mon' stdout | tail -n 1 | grep -Eq 'Mon 01:(2[0-9]|30)' || fail "the range ends elsewhere"
expect 0 explain run --policy evening --at 0:35
is_exactly stdout "there is nothing to tell"

# The life of a task, by the beginning of its ID.
task=$(sed -n 's/.*"what": "created".*//; s/.*"chosen": \["\([0-9a-f]\{12\}\).*/\1/p' run/events.jsonl | head -n 1)
[ -n "$task" ] || fail "nothing was stopped"
expect 0 explain run --task "$task"
head -n 1 stdout | grep -q "^task $task[0-9a-f]* of service worker$" || fail "not its story"
says stdout "created, revision worker:1"
says stdout "ECS stops it while it is idle: it is not protected since"
says stdout "STOPPED: ServiceSchedulerInitiated"
tail -n 1 stdout | grep -Eq '^in all [0-9,]+ jobs? done, busy for .*; its stop found it idle and cut off no message$' ||
  fail "the story does not end with what the stop cost"

# One that is cut off: chosen while it was busy, with the work that this lost.
sed 's/if task:protect(60) then/if true then/; s/mean = 20/mean = 60/; s/0\.2 }/0.05 }/g; s/task:unprotect()//' "$scaled" > cut.lua
expect 0 run cut.lua --out cut --quiet
expect 0 explain cut
grep -Eq 'stops ([0-9a-f]{8}); \1 is busy' stdout || fail "nobody is busy"
grep -Eq '[0-9a-f]{8} is cut off in the middle of a job, .* of work lost \(scale_in\)' stdout || fail "nothing is lost"
grep -Eq 'ECS chose [0-9]+ tasks? to stop, found [0-9]+ tasks? busy, cut off [0-9]+ jobs?, .* of work lost' stdout ||
  fail "the totals do not say what was lost"
task=$(sed -n 's/.*"what": "cut",.*"task": "\([0-9a-f]*\)".*"cause": "scale_in".*/\1/p' cut/events.jsonl | head -n 1)
expect 0 explain cut --task "$task"
says stdout "ECS stops it although it is busy: it was never protected"
says stdout "a job is cut off, "
tail -n 1 stdout | grep -Eq 'its stop found it busy and cut off 1 job: .* of work lost$' || fail "no word of the loss"

# Mistakes.
expect 3 explain run --service wrker
is_exactly stderr "ecsim: the run has no service 'wrker', did you mean 'worker'?"
expect 3 explain run --policy bcklog
is_exactly stderr "ecsim: no policy 'bcklog' decided anything, did you mean 'backlog'?"
expect 3 explain run --task zz
is_exactly stderr "ecsim: the run has no task whose ID begins with 'zz'"
expect 2 explain run --at noon
says stderr "--at 'noon': expected a time such as"
expect 2 explain run --at 1h..30m
is_exactly stderr "ecsim: --at '1h..30m': ends before it begins"
expect 2 explain run --at 2d
is_exactly stderr "ecsim: --at '2d': the run ended at Mon 03:00:00"
expect 3 explain .
says stderr "holds no run"
echo '{"time_s": 1' > run/events.jsonl
expect 3 explain run
says stderr "events.jsonl' is damaged"
