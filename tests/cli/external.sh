#!/bin/sh
# A policy that a program decides: started only when it may be, and never left behind.
. "$(dirname "$0")/lib.sh"
begin "$@"

cat > outside.lua <<'LUA'
local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local p = sim.params { program = { "./rule.sh", "the program" }, argument = { "one", "its argument" } }
sim.scenario { duration = "10m" }
local jobs = sqs.create_queue { queue_name = "jobs" }
local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512,
        container_definitions = { { app = function(task) while not task.stopping do sim.sleep(60) end end } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 5 }
autoscaling.put_scaling_policy {
    resource_id = worker, policy_name = "outside", policy_type = "Custom",
    custom_scaling_policy_configuration = {
        metrics = { { id = "visible", metric_stat = { stat = "Maximum", metric = { namespace = "AWS/SQS",
            metric_name = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = jobs } } } } },
        decide = { p.program, p.argument },
    },
}
sim.expect { max_tasks = 3 }
LUA
cat > rule.sh <<'RULE'
#!/bin/sh
echo $$ > pid
while read -r question; do
  echo "$question" >> questions
  case $question in
    *'"capacity":3'*) echo '{"capacity":null}' ;;
    *) echo '{"capacity":3,"reason":"because"}' ;;
  esac
done
RULE
chmod +x rule.sh

# gone FILE: the process whose ID is in the file has ended, and is no zombie.
gone() {
  ! kill -0 "$(cat "$1")" 2> stderr || fail "the program was left behind"
}

expect 3 run outside.lua
says stderr "the policy 'outside' is decided by the program './rule.sh', which is started only with --allow-exec"
[ ! -e pid ] || fail "it was started without leave"
expect 0 params outside.lua
[ ! -e pid ] || fail "params started it"

expect 0 run outside.lua --allow-exec --out run
says stdout "policy outside by rule.sh: the seed alone does not give this run again"
says run/summary.json '{"policy": "outside", "program": "rule.sh"}'
says run/events.jsonl '"formula": "decide(1) = 3, because"'
[ "$(head -n 1 questions)" = '{"time":120,"capacity":1,"data":{"visible":0}}' ] || fail "asked: $(head -n 1 questions)"
gone pid
expect 0 explain run
says stdout "outside scales out, 1 -> 3. It was given capacity 1 and visible 0 (00:00 to 00:01, 1m old) and answered 3: because"

# What can go wrong, each with its sentence.
expect 3 run outside.lua --allow-exec --set program=./missing
says stderr "policy 'outside': cannot start './missing': No such file or directory"
expect 3 run outside.lua --allow-exec --set program=true
says stderr "policy 'outside': 'true' ended before it had answered"
expect 3 run outside.lua --allow-exec --set program=yes
says stderr "policy 'outside': 'yes' answered 'one', not {\"capacity\": a whole number from 0 on, or null}"
printf '#!/bin/sh\ntrap "" TERM\necho $$ > deaf\nsleep 1000\n' > deaf.sh
chmod +x deaf.sh
expect 3 run outside.lua --allow-exec --set program=./deaf.sh
says stderr "policy 'outside': './deaf.sh' gave no answer within 10 s"
gone deaf
