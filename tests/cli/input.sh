#!/bin/sh
# Scenarios that are wrong, and expectations that fail.
. "$(dirname "$0")/lib.sh"
begin "$@"

expect 0 run "$small"
says stdout "1 of 1 held"
says stdout "seed 1"
expect 1 run "$small" --set limit=1s
says stdout "0 of 1 held"
says stdout "FAILED"

# What is undefined says so; one task is no plural.
cat > nothing.lua <<'END'
local sim, ecs = require "sim", require "ecs"
local definition = ecs.register_task_definition { family = "idle", cpu = 256, memory = 512,
    container_definitions = { { app = function() sim.sleep("1d") end } } }
ecs.create_service { service_name = "idle", task_definition = definition, desired_count = 1 }
sim.scenario { duration = "10m" }
sim.expect { tis_p95 = "< 5s" }
END
expect 1 run nothing.lua
says stdout "tis_p95 < 5s   is undefined"
says stdout " to 1 task"
grep -q "to 1 tasks" stdout && fail "1 tasks"

# The command that repeats a run whose expectation failed, as a shell takes it.
cp "$small" "it's.lua"
expect 1 run "it's.lua" --seed=7 --set limit=1s --set 'rate=0.03' --assume pull_s=3..9 --quiet --out kept
[ ! -s stdout ] || fail "--quiet printed something"
expect 1 run "it's.lua" --seed=7 --set limit=1s --set 'rate=0.03' --assume pull_s=3..9
sed -n 's/^repeat with *//p' stdout > command
is_exactly command "ecsim run 'it'\\''s.lua' --set limit=1s --set rate=0.03 --assume pull_s=3..9 --seed 7"
cp stdout first
sed 's/^ecsim/"$ecsim"/' command > again.sh
. ./again.sh > stdout 2> stderr
cmp -s first stdout || fail "the command does not repeat the run"
expect 0 run "$small"
grep -q "repeat with" stdout && fail "nothing failed"

expect 3 run missing.lua --out run
is_exactly stderr "ecsim: cannot open 'missing.lua': No such file or directory"
expect 0 run scale_to_zero_demo --quiet --out scale_to_zero_demo
expect 0 run scale_to_zero_demo --quiet --out scale_to_zero_demo
expect 3 run ./scale_to_zero_demo
is_exactly stderr "ecsim: cannot open './scale_to_zero_demo': Is a directory"
expect 3 run scale_to_zero_dem
says stderr "did you mean 'scale_to_zero_demo'?"
expect 3 run "$small" --set rat=1 --out run
says stderr "did you mean 'rate'?"
expect 3 run "$small" --set rate=fast
says stderr "rate"
expect 3 run "$small" --assume reconcile=5
says stderr "did you mean 'reconcile_s'?"
expect 3 run "$small" --assume reconcile_s=-5
says stderr "reconcile_s: '-5': expected a number in s that is not negative"

echo 'local x = = 1' > syntax.lua
expect 3 run syntax.lua --out run
says stderr "ecsim: syntax.lua:1: "
sed 's/tis_p95 =/tis_p59 =/' "$small" > kpi.lua
expect 3 run kpi.lua --out run
says stderr "unknown number 'tis_p59', did you mean 'tis_p"
grep -Eq '^ecsim: kpi\.lua:[0-9]+: ' stderr || fail "no file and line"
sed 's/task:work(message)/error("no more")/' "$small" > breaks.lua
expect 3 run breaks.lua --seed 5 --out run
says stderr "breaks.lua:"
says stderr "no more"
says stderr "(seed 5)"
[ ! -e run ] || fail "a run that failed left a folder"

expect 0 params "$small"
says stdout "Does one worker keep up with ten jobs a minute?"
says stdout "rate = 0.02"
expect 0 params "$small" --set rate=0.1
says stdout "rate = 0.1"
expect 3 params kpi.lua

expect 0 assumptions
says stdout "blocked_rule = blocked"
says stdout "NOT MODELLED"
expect 0 assumptions --json
says stdout '"name": "blocked_rule", "value": "blocked"'
expect 0 assumptions BLOCKED_rule
says stdout "blocked_rule = blocked"
grep -q "^pull_s = " stdout && fail "what was not asked for is printed"
expect 0 assumptions PROT-61
says stdout "RULES MODELLED AS WRITTEN"
grep -q "NOT MODELLED" stdout && fail "a heading without a row"
expect 0 assumptions --json PROT-61
says stdout '"rule": "PROT-61'
expect 2 assumptions zzz
is_exactly stderr "ecsim: no assumption or rule has 'zzz' in its name or its sentence"
