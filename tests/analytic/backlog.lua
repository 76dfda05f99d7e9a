-- F10: a backlog per task of latency x slots / job time; who joins it waits just that latency. Played by theory.c.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    latency = { 60, "seconds" },
    work = { 5, "of each job, seconds" },
    slots = { 1, "of each task", min = 1 },
}
local TASKS, START = 4, 300
sim.scenario { duration = START + 10 * p.latency }
sim.assume { sqs_call_ms = 0.001 }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local last = sim.tally("last", "s")
local function consume(task, queue)
    task:parallel(p.slots, function()
        while true do
            local message = queue:receive()
            if message then
                if message:work_left() > p.work then last:add(sim.now() - START) end
                task:work(message)
                message:delete()
            end
        end
    end)
end
ecs.create_service {
    service_name = "worker", desired_count = TASKS,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { {
            app = consume, queues = { jobs }, slots = p.slots, usage = { cpu_percent = 100 / p.slots },
        } },
    },
}
sim.at(START, function()                                 -- the backlog at its target, and one job more, of another size
    for _ = 1, TASKS * p.latency * p.slots / p.work do jobs:send(p.work) end
    jobs:send(2 * p.work)
end)
sim.expect { ["last.count"] = 1, "last.max > " .. p.latency - 0.001, "last.max < " .. p.latency + 0.01 }
