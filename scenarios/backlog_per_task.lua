-- What backlog per task should I track for an SQS consumer, and what happens if I forget that a task has slots?
-- Look for: `no_slots`, twenty times too eager, is pinned at its maximum by the load's first step; p95 of the three sides
-- against their cost. F10 says when scaling begins, not how long jobs wait: the loop's own minutes come on top.
-- Now change: slots=1, where nothing is left out. Then latency=10s: beyond the knee F10 is no bargain either. Then
-- latency=5m: which expectation breaks, and why is the first scale-out no longer enough?
-- Fails under: slots=1
-- Rules: BACKLOG-01 BACKLOG-02 TT-07 TT-11 TT-16 TT-25 AAS-17 ALARM-09. Closed forms: F10 F9.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, scaling = require "lib.loads", require "lib.metrics", require "lib.scaling"

local p = sim.params {
    latency = { "1m", "acceptable wait of a job", min = 1 },
    job_time = { "5s", "mean time of a job, most of which it waits for I/O", min = 1 },
    slots = { 20, "jobs that a task works on at once", min = 1 },
    quiet = { 1, "tasks that the load keeps busy at first and at last", min = 0.1 },
    peak = { 4, "tasks that it keeps busy from 01:00 to 03:00", min = 3 },
}
local HOUR, FEW, MANY = 3600, 2, 20
sim.scenario { duration = "4h" }

local target = p.latency * p.slots / p.job_time          -- F10: 60 s x 20 / 5 s = 240
local queues = {}

local function side(name, backlog)
    local wait = sim.tally(name .. "_wait", "s")
    local function consume(task, jobs)
        task:parallel(p.slots, function()
            while not task.stopping do
                local message = jobs:receive()
                if message then
                    wait:add(sim.now() - message:sent_timestamp())
                    task:work(message)
                    message:delete()
                end
            end
        end)
    end
    local jobs = sqs.create_queue { queue_name = name .. "_jobs", visibility_timeout = "10m",
        receive_message_wait_time_seconds = 20 }
    local worker = ecs.create_service {
        service_name = name, desired_count = FEW,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { {
                app = consume, queues = { jobs }, slots = p.slots,
                stop_timeout = 120,                      -- a poll may last 20 s and still bring a job
                usage = { cpu_percent = 90 / p.slots },
            } },
        },
    }
    autoscaling.register_scalable_target { resource_id = worker, min_capacity = FEW, max_capacity = MANY }
    scaling.track(worker, name .. "-backlog", { metrics = {
        metrics.term("waiting", metrics.visible(jobs), "Average"),
        metrics.term("tasks", metrics.running(worker), "Average"),
        { id = name, expression = "waiting / tasks", return_data = true },
    } }, backlog)
    queues[#queues + 1] = jobs
end

side("loose", 4 * target)
side("f10", target)
side("no_slots", target / p.slots)

local rate = p.slots / p.job_time                        -- of one task with all its slots at work
sim.arrivals {
    rate = loads.spike(p.quiet * rate, p.peak / p.quiet, HOUR, 2 * HOUR), into = queues,
    work = sim.random { name = "job size", distribution = "gamma", mean = p.job_time, cv = 0.5 },
}

-- Without the slots the load's first step pins the fleet at its maximum. The knee: up to F10 a dollar takes away more than
-- twice as many seconds as beyond it.
sim.expect {
    ["no_slots.time_at_max"] = "> 0.05", ["f10.time_at_max"] = 0, "no_slots.cost > 1.3 * f10.cost",
    "(loose.tis_p95 - f10.tis_p95) / (f10.cost - loose.cost)" ..
        " > 2 * (f10.tis_p95 - no_slots.tis_p95) / (no_slots.cost - f10.cost)",
}

-- While the few are all there is, jobs come at b and are done at c, and the backlog reaches its target after
-- latency x c / (b - c). The loop then takes half a minute to the end of that period, two more periods, 60 s of lag,
-- half a minute of phase (F9), and 35 s to start tasks. If they are enough, what is sent just before waits longest.
local share, loop = FEW / p.peak, 30 + 2 * 60 + 60 + 30 + 35
for name, latency in pairs { f10 = p.latency, no_slots = p.latency / p.slots } do
    local longest = latency * share + loop * (1 - share)
    sim.expect {
        ("%s_wait.max > %.12g"):format(name, 0.75 * longest), ("%s_wait.max < %.12g"):format(name, 1.25 * longest),
    }
end
