-- How long would my recorded jobs have waited, and what would the workers have cost?
-- Look for: wait_p95 against cost_per_1k; the first jobs of each rush wait until the fleet has grown.
-- Now change: backlog=20. Which jobs pay for the smaller fleet? Then speed=4, four times as many jobs an hour: is the wait
-- longer? Then a CSV file of your own, a row per job; scenarios/README.md has commands for public ones.
-- Fails under: max_tasks=2
-- Rules: BACKLOG-02 TT-01 PROT-26 PROT-61 SQS-07. Closed forms: at least lambda E[S] tasks.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, scaling, workers = require "lib.loads", require "lib.metrics", require "lib.scaling", require "lib.workers"

local p = sim.params {
    trace = { "", "a CSV file with a row per job; nothing: jobs that are made here" },
    time = { "arrival_s", "column of the arrivals, instants or numbers of time_unit" },
    work = { "exec_s", "column of the sizes" },
    time_unit = { "1s", "what one is in a column of numbers" },
    work_unit = { "1s", "what one is in the column of sizes" },
    from = { "0s", "where the replay begins, counted from the first job", min = 0 },
    to = { "1d", "where it ends" },
    speed = { 1, "how many times as fast the jobs come", min = 0.01 },
    factor = { 1, "how many times as long they are", min = 0 },
    backlog = { 3, "waiting jobs per task to keep", min = 0.1 },
    max_tasks = { 40, "most tasks", min = 1 },
}
local length = (p.to - p.from) / p.speed
sim.scenario { duration = length, drain = "12h" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "1h", receive_message_wait_time_seconds = 20 }
local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 1024, memory = 2048,
        container_definitions = { { app = workers.protected, queues = { jobs } } },
    },
}
autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = p.max_tasks }
scaling.track(worker, "backlog", { metrics = {
    metrics.term("waiting", metrics.visible(jobs), "Average"), metrics.term("running", metrics.running(worker), "Average"),
    { id = "backlog", expression = "waiting / running", return_data = true },
} }, p.backlog, 60)

if p.trace == "" then                                    -- spells of calm, of work and of rush, and sizes with a tail
    local spells = { { 0.01, 5400, { 0, 3, 1 } }, { 0.1, 3600, { 1, 0, 1 } }, { 0.4, 900, { 2, 1, 0 } } }
    sim.arrivals {
        rate = loads.scale(loads.stretch(loads.mmpp("jobs", spells, p.to), 1 / p.speed), p.speed), into = jobs,
        work = sim.random { name = "size", distribution = "lognormal", mean = 30 * p.factor, cv = 1.2, max = 1800 * p.factor },
    }
else
    local times, works = loads.replay_events({ file = p.trace, time = p.time, work = p.work, time_unit = p.time_unit,
        work_unit = p.work_unit, from = p.from, to = p.to }, p.speed, p.factor)
    sim.arrivals { times = times, work = works, into = jobs }
end

-- All jobs are done, none is cut, and few wait for longer than scaling takes to see them.
sim.expect { work_lost_s = 0, wait_p95 = "< 10m", ["jobs.jobs_in"] = "> 0", "jobs_done == jobs_in" }
