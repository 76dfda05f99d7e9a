-- A queue that sleeps: target tracking leaves zero tasks, and the queue's metrics stop while nobody uses it.
-- Rules: TT-19 CW-08 METRIC-04 ALARM-12. The last two hours come after more than six hours of silence.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

sim.scenario { duration = "11h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "10m" }

local function consume(task, queue)                      -- polls as long as there is something, then ends itself
    local message = queue:receive()
    while message and not task.stopping do
        task:work(message)
        message:delete()
        message = queue:receive()
    end
    while not task.stopping do sim.sleep(60) end
end

local worker = ecs.create_service {
    service_name = "worker", desired_count = 0,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 1024, memory = 2048,
        container_definitions = { { app = consume, queues = { jobs }, startup = 5 } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 0, max_capacity = 5 }
scaling.track(worker, "visible", metrics.visible(jobs), 4, 60)

for _, minute in ipairs { 20, 21, 22, 540, 541, 542 } do
    sim.at(minute * 60, function()
        for _ = 1, 6 do jobs:send(45) end
    end)
end
sim.eventually { "jobs.visible == 0", after = "9h", within = "2h" }
