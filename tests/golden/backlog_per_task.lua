-- Target tracking on backlog per task by metric math, with the cooldowns that the policies do not give.
-- Rules: BACKLOG-01..04 TT-11 TT-25 AAS-15 AAS-37 ALARM-09 (Container Insights), PROT-61 by workers that protect themselves.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, scaling = require "lib.loads", require "lib.metrics", require "lib.scaling"

sim.scenario { duration = "2h", drain = "1h", slo = "5m" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "10m", receive_message_wait_time_seconds = 20 }

local function consume(task, queue)
    while not task.stopping do
        if task:protect(30) then
            local message = queue:receive()
            if message then
                task:work(message)
                message:delete()
            end
            task:unprotect()
        else
            sim.sleep(10)
        end
    end
end

local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 12 }
scaling.track(worker, "backlog", {
    metrics = {
        metrics.term("m1", metrics.visible(jobs), "Average"),
        metrics.term("m2", metrics.running(worker), "Average"),
        { id = "backlog", expression = "m1 / m2", return_data = true },
    },
}, 2)

sim.arrivals {
    rate = loads.spike(0.03, 4, 1200, 1500), into = jobs,
    work = sim.random { name = "work", distribution = "gamma", mean = 60, cv = 0.8 },
}
sim.expect { work_lost_s = 0, actions = "> 4" }
