#!/bin/sh
# A schedule in a named time zone: the summary says which edition of the zone database decided when clocks change.
. "$(dirname "$0")/lib.sh"
begin "$@"

# schedule ZONE: a scenario that raises the bounds at nine in the morning of a day on which Berlin's clocks change.
schedule() {
  cat << END
local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"
sim.scenario { start = "2026-03-29T00:00:00Z", duration = "12h" }
sim.assume { schedule_jitter_s = 0 }
local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512,
        container_definitions = { { app = function() while true do sim.sleep(3600) end end } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 9 }
autoscaling.put_scheduled_action {
    resource_id = worker, scheduled_action_name = "morning", schedule = "cron(0 9 * * ? *)", timezone = "$1",
    scalable_target_action = { min_capacity = 3 },
}
END
}

# changed_at: when the bounds changed, in seconds.
changed_at() {
  sed -n 's/^{"time_s": \([0-9.]*\),.*scheduled action name morning.*/\1/p' out/events.jsonl
}

schedule UTC > utc.lua
expect 0 run utc.lua --out out --quiet
grep -q zone_database out/summary.json && fail "UTC needs no zone database"
[ "$(changed_at)" = 32400 ] || fail "UTC: the bounds changed at '$(changed_at)'"

schedule Europe/Berlin > berlin.lua
expect 0 run berlin.lua --out out --quiet
edition=$(sed -n '1s/^# version //p' /usr/share/zoneinfo/tzdata.zi 2> /dev/null)
says out/summary.json "\"zone_database\": \"${edition:-unknown}\""
[ "$(changed_at)" = 25200 ] || fail "Berlin: the bounds changed at '$(changed_at)'"

# The machine's own zone plays no part.
mv out first
TZ=America/New_York
export TZ
expect 0 run berlin.lua --out out --quiet
for file in summary.json events.jsonl tasks.csv timeline.csv; do
  cmp -s "first/$file" "out/$file" || fail "$file depends on TZ"
done

schedule Europe/Berln > typo.lua
expect 3 run typo.lua
says stderr "typo.lua:12: put_scheduled_action.timezone: unknown time zone 'Europe/Berln', did you mean 'Europe/Berlin'?"
exit 0
