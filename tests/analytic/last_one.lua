-- Protected tasks in the midst of their jobs are no longer wanted: when is the last of them gone? Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    tasks = { 10, "of each service", min = 1 },
    length = { 20, "services, one trial each", min = 1 },
}
local MEAN = 600
local READY = 120 + p.length * p.tasks / 8               -- starts are limited to 500 a minute
sim.scenario { duration = READY + 40 * MEAN }
sim.assume { sqs_call_ms = 0.001, protect_latency_ms = 0.001 }

local last = sim.tally("last", "s")
local size = sim.random { name = "size", mean = MEAN }

for trial = 1, p.length do
    local name, left, unwanted = "trial-" .. trial, p.tasks, nil
    local jobs = sqs.create_queue { queue_name = name, visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
    for _ = 1, p.tasks * (3 * READY / MEAN + 5) do jobs:send(size()) end
    local function consume(task, queue)                  -- protected without a gap, until it has learnt that nobody wants it
        task:on_sigterm(function()
            left = left - 1
            if left == 0 then last:add(sim.now() - unwanted) end
        end)
        task:protect(2880)
        while not unwanted do
            local message = queue:receive()
            task:work(message)
            message:delete()
        end
        task:unprotect()
        while not task.stopping do sim.sleep(5) end
    end
    local service = ecs.create_service {
        service_name = name, desired_count = p.tasks,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
        },
    }
    sim.at(READY, function()                             -- calls are limited to 5 a second
        while not ecs.update_service { service = service, desired_count = 0 } do sim.sleep(1) end
        unwanted = sim.now()
    end)
end
