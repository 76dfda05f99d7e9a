#!/bin/sh
# Pictures of a run, with and without gnuplot.
. "$(dirname "$0")/lib.sh"
begin "$@"

expect 0 run "$small" --out run --set rate=0.05
expect 0 plot run --format term
says stdout "worker, tasks"
says stdout "jobs, messages"
says stdout "small.lua   rate=0.05   seed 1"

expect 3 plot .
says stderr "holds no run"
expect 3 plot missing
mkdir theirs
echo '{"a": 1}' > theirs/summary.json
expect 3 plot theirs
says stderr "was not written by ecsim"

(PATH=/nonexistent && export PATH && "$ecsim" plot run > stdout 2> stderr)
[ $? -eq 4 ] || fail "a missing gnuplot was not noticed"
says stderr "gnuplot is not installed"
holds_only run events.jsonl summary.json tasks.csv timeline.csv

command -v gnuplot > /dev/null || { echo "no gnuplot: pictures are not tested"; exit 77; }
expect 0 plot run
[ ! -s stderr ] || fail "gnuplot complained"
[ "$(cat stdout)" = "$(printf 'run/fleet.svg\nrun/queue.svg')" ] || fail "it does not say what it has written"
expect 0 plot run --format png
[ ! -s stderr ] || fail "gnuplot complained"
holds_only run events.jsonl summary.json tasks.csv timeline.csv fleet.svg queue.svg fleet.png queue.png
for figure in fleet queue; do
  tail -n 3 run/$figure.svg | grep -q '</svg>' || fail "$figure.svg is cut"
  says run/$figure.svg "small.lua   rate=0.05   seed 1   ecsim"
  head -c 4 run/$figure.png | tail -c 3 | grep -q PNG || fail "$figure.png is no PNG"
done
says run/fleet.svg "busy, protected"
says run/queue.svg "age of the oldest job"

# Dead letters are no jobs: their queue has no SLO. One dashed line is the legend's, one that of `jobs`.
cat > letters.lua <<'END'
local sim, ecs, sqs, workers = require "sim", require "ecs", require "sqs", require "lib.workers"
local dead = sqs.create_queue { queue_name = "dead" }
local jobs = sqs.create_queue { queue_name = "jobs", redrive_policy = { dead_letter_target_arn = dead } }
local definition = ecs.register_task_definition { family = "worker", cpu = 256, memory = 512,
    container_definitions = { { app = workers.plain, queues = { jobs } } } }
ecs.create_service { service_name = "worker", task_definition = definition, desired_count = 1 }
sim.scenario { duration = "30m", slo = "1m" }
sim.arrivals { rate = 0.05, into = jobs, work = 10 }
END
expect 0 run letters.lua --plot --quiet --out letters
[ "$(grep -c "213,  94,   0.*stroke-dasharray" letters/queue.svg)" -eq 2 ] || fail "dead letters have an SLO"

# Where alarms turn there are two more.
expect 0 run "$source_root/tests/cli/scaled.lua" --quiet --plot --out scaled
[ ! -s stderr ] || fail "gnuplot complained"
holds_only scaled events.jsonl summary.json tasks.csv timeline.csv fleet.svg queue.svg ribbon.svg waterfall.svg
says scaled/ribbon.svg "CPUUtilization Average, worker"
says scaled/ribbon.svg "worker-AlarmHigh"
says scaled/waterfall.svg "since the load changed"
# Two services with the same expression have a panel each.
expect 0 run "$source_root/scenarios/flapping.lua" --quiet --plot --out flapping
says flapping/ribbon.svg "per_task = load / tasks, wide"
says flapping/ribbon.svg "per_task = load / tasks, narrow"

# Numbers of an axis have room: of an axis of 18 on 100 pixels every fifth, on 300 every second; of 0.11 every twentieth part.
steps=$(gnuplot -d -e "format = 'svg'; start = 0; finish = 60; tic_format = ''; bin = 1; load '$source_root/plots/style.gp'" \
  -e "plot_height = 100; a = step_to(18.0); c = step_to(0.11); plot_height = 300; print sprintf('%g %g %g', a, step_to(18.0), c)" 2>&1)
[ "$steps" = "5 2 0.05" ] || fail "steps of axes: $steps"

# Where there are deployments, one of them.
expect 0 run "$source_root/scenarios/bad_version_rollback.lua" --set versions=1 --quiet --plot --out deployed
[ ! -s stderr ] || fail "gnuplot complained"
holds_only deployed events.jsonl summary.json tasks.csv timeline.csv fleet.svg queue.svg ribbon.svg revisions.svg
says deployed/revisions.svg "running, older revisions"
expect 0 explain deployed --service bare
says stdout "deploys bare:2 in the place of bare:1"
says stdout "rolls back to bare:1, from bare:2"

# Where there are sessions, another, and a file of their own.
expect 0 run "$source_root/tests/golden/sessions.lua" --quiet --plot --out talked
[ ! -s stderr ] || [ "$(grep -c gnuplot stderr)" -eq 0 ] || fail "gnuplot complained"
holds_only talked events.jsonl sessions.csv summary.json tasks.csv timeline.csv fleet.svg ribbon.svg revisions.svg sessions.svg
says talked/sessions.svg "sessions a task"
grep -q "up to [0-9]* sessions" talked/sessions.svg || fail "a part of a session"
says talked/sessions.svg "asked to stop"
expect 0 run "$small" --quiet --out talked
holds_only talked events.jsonl summary.json tasks.csv timeline.csv

expect 0 run "$small" --quiet --out scaled
holds_only scaled events.jsonl summary.json tasks.csv timeline.csv

# --plot without --out draws into out/SCENARIO; a new run removes the old run's pictures.
expect 0 run "$small" --plot
[ "$(tail -n 2 stdout)" = "$(printf 'out/small/fleet.svg\nout/small/queue.svg')" ] || fail "it does not say what it drew"
expect 0 run "$small" --plot --quiet
[ ! -s stdout ] || fail "--quiet printed something"
holds_only out/small events.jsonl summary.json tasks.csv timeline.csv fleet.svg queue.svg
expect 0 run "$small" --quiet --out out/small
holds_only out/small events.jsonl summary.json tasks.csv timeline.csv
# Names that mean something to gnuplot or a shell are only names.
expect 0 run "$small" --quiet --plot --out "it's \$(x) \"here\""
holds_only "it's \$(x) \"here\"" events.jsonl summary.json tasks.csv timeline.csv fleet.svg queue.svg
