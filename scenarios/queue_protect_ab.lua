-- Does scale-in protection keep a queue worker from losing work, and what does that cost?
-- Look for: busy stops and work lost by cause; the cost of protected idle time; the blocked scale-in in the event log.
-- Now change: protect=after_receive. What remains, and why? Then job_mean=5: is protection still worth its calls?
-- Fails under: protect=off
-- Rules: PROT-26 PROT-52 PROT-53 PROT-61 PROT-75 PROT-78 BACKLOG-04. Closed forms: F4 F5.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, scaling = require "lib.loads", require "lib.metrics", require "lib.scaling"

local SIDES = { "off", "after_receive", "before_poll", "unread" }
local p = sim.params {
    protect = { "all", "when to protect; unread: before the poll, the answer ignored; all: side by side",
                { "all", "off", "after_receive", "before_poll", "unread" } },
    rate = { 0.05, "jobs per second, daily mean", min = 0 },
    job_mean = { 120, "mean work of a job, seconds", min = 0 },
    visibility_timeout = { "15m", "how long a received job stays hidden" },
    duration = { "7d", "how long jobs arrive; then the queues drain" },
    jobs = { "", "a CSV file with the columns arrival_s and exec_s to replay instead" },
}
sim.scenario { duration = p.duration, drain = "6h" }

local function consume(task, jobs)                       -- the program in the container
    local mode = task.environment.PROTECT
    local before = mode == "before_poll" or mode == "unread"
    while not task.stopping do
        local protected = before and task:protect(60)
        if mode == "before_poll" and not protected then
            sim.sleep(5)                                 -- refused: take nothing, ECS wants to stop somebody
        else
            local message = jobs:receive()
            if message then
                if mode == "after_receive" then task:protect(60) end
                task:work(message)
                message:delete()
            end
            if mode ~= "off" then task:unprotect() end
        end
    end
end

local queues = {}
for i, mode in ipairs(p.protect == "all" and SIDES or { p.protect }) do
    local jobs = sqs.create_queue {
        queue_name = "jobs_" .. mode, visibility_timeout = p.visibility_timeout, receive_message_wait_time_seconds = 20,
    }
    local worker = ecs.create_service {
        service_name = mode, desired_count = 1,
        task_definition = ecs.register_task_definition {
            family = mode, cpu = 256, memory = 512,
            container_definitions = { { app = consume, queues = { jobs }, environment = { PROTECT = mode } } },
        },
    }
    queues[i] = jobs
    autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 30 }
    scaling.step(worker, mode .. "-out", metrics.visible(jobs), { threshold = 1, cooldown = 60 }, 2)
    scaling.step(worker, mode .. "-in", metrics.visible(jobs),
        { threshold = 1, comparison_operator = "LessThanThreshold", evaluation_periods = 5, cooldown = 60 }, -1)
end

if p.jobs == "" then                                     -- every side gets the same jobs
    sim.arrivals { rate = loads.diurnal(p.rate, 0.8, 14 * 3600), into = queues, work = sim.random {
        name = "job size", distribution = "lognormal", mean = p.job_mean, cv = 1.5, max = 0.9 * p.visibility_timeout } }
else
    local file = sim.csv(p.jobs, { "arrival_s", "exec_s" })
    sim.arrivals { times = file.arrival_s, work = file.exec_s, into = queues }
end

-- Only a worker that asks before it polls, and reads the answer, loses nothing.
local careful = (p.protect == "all" and "before_poll" or p.protect)
sim.expect { [careful .. ".work_lost_s{scale_in}"] = 0, [careful .. ".busy_stops{scale_in}"] = 0 }
