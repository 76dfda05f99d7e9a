-- Is SIGTERM plus a stop timeout of two minutes, the most that Fargate allows, enough without protection?
-- Look for: each evening the whole fleet is stopped; of the jobs in progress a share finishes within the stop timeout, which
-- F1 knows. Of `mixed` jobs nine in ten take a minute, yet nine in ten of those that a stop meets are cut: it meets the
-- long ones.
-- Now change: stop_timeout=30, the default of ECS. Then job_mean=1m: what is left to protect? Then on_sigterm=ignore: who
-- takes one more job, and loses that?
-- Fails under: on_sigterm=exit on_sigterm=ignore
-- Rules: SCHED-08 PROT-70. Closed forms: F1.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    stop_timeout = { "120s", "from SIGTERM to SIGKILL", min = 2, max = 120 },
    job_mean = { "10m", "mean work of a job", min = 10 },
    on_sigterm = { "finish", "finish the job, exit at once as most runtimes do unasked, or go on as if nothing happened",
                   { "finish", "exit", "ignore" } },
    tasks = { 40, "tasks of each service", min = 1 },
    days = { 20, "duration", min = 1 },
}
local DAY = 86400
sim.scenario { duration = p.days * DAY }

local function consume(task, queue)
    if p.on_sigterm == "exit" then task:on_sigterm(function() task:exit(0) end) end
    while p.on_sigterm == "ignore" or not task.stopping do
        local message = queue:receive()
        if message then
            task:work(message)
            message:delete()
        end
    end
end

local phase = sim.random { name = "phase", distribution = "uniform", min = 0, max = p.job_mean }
local function add_side(name, size, finish)              -- `finish`: the share that F1 lets finish
    local jobs = sqs.create_queue { queue_name = name .. "_jobs", visibility_timeout = "12h",
        receive_message_wait_time_seconds = 20, message_retention_period = "14d" }
    ecs.create_service {
        service_name = name, desired_count = p.tasks,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { {   -- they do not start in step
                app = consume, queues = { jobs }, stop_timeout = p.stop_timeout, startup = phase } },
        },
    }
    for day = 1, p.days do
        sim.at((day - 0.25) * DAY, function() ecs.update_service { service = name, desired_count = 0 } end)
        sim.at((day - 0.2) * DAY, function() ecs.update_service { service = name, desired_count = p.tasks } end)
    end
    sim.arrivals { name = name, rate = 1.1 * p.tasks / p.job_mean, into = jobs, work = size }    -- always busy

    local share = ("1 - %s.jobs_cut{scale_in} / %s.busy_stops{scale_in}"):format(name, name)
    sim.log("F1: of the jobs that a stop meets %.3f of %s finish", finish, name)
    sim.expect { ("%s > %.6g"):format(share, finish - 0.05), ("%s < %.6g"):format(share, finish + 0.05) }
end

-- F1 for sizes s with chance w: the mean of min(s, stop timeout) over the mean of s.
local x, m = p.stop_timeout, p.job_mean
add_side("exponential", sim.random { name = "exponential size", mean = m }, 1 - math.exp(-x / m))
add_side("fixed", m, math.min(x, m) / m)
local short, long = 0.1 * m, 9.1 * m
add_side("mixed", sim.random { name = "mixed size", distribution = "empirical", values = { short, long },
    weights = { 9, 1 } }, (0.9 * math.min(x, short) + 0.1 * math.min(x, long)) / m)
