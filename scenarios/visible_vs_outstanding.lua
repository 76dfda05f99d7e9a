-- Which metric is safe for scale-in, when the queue looks empty while all workers are busy?
-- Look for: all day the load is the same, yet `visible` removes busy tasks around the clock; `outstanding` and `idle` stay
-- and follow the evening down; `age` never comes down, since jobs in work age too. A job that was cut stays in flight with
-- nobody at work on it: in the queue figure the blue line of `visible` lies above its busy tasks.
-- Now change: protect=true. Nothing is cut any more; which metric is the cheapest now? Then job_mean=10s: short jobs end
-- within the stop timeout (F1), whatever the metric.
-- Fails under: protect=true
-- Rules: BACKLOG-04 PROT-77 STEP-01 CW-08 SQS-03 SQS-08. Closed forms: F4; Little, in flight = lambda E[S].

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling, workers = require "lib.metrics", require "lib.scaling", require "lib.workers"

local p = sim.params {
    busy = { 60, "jobs in progress that the day's load amounts to", min = 1 },
    job_mean = { "10m", "mean work of a job", min = 1 },
    evening = { 0.25, "share of the load that is left after ten hours", min = 0 },
    low = { 0.4, "value of its metric below which a side removes a task", min = 0 },
    protect = { false, "the workers protect themselves before they take a job" },
}
local HOUR, EVENING = 3600, 10 * 3600
sim.scenario { duration = "14h" }

local SIDES = {                                          -- what each compares with `low`, for ten minutes
    { "visible", "visible" },                            -- the queue is empty
    { "outstanding", "(visible + in_flight) / tasks" },  -- jobs per task, waiting and in work
    { "idle", "1 - empty / 3 / tasks" },                 -- an idle worker has three empty polls of 20 s a minute
    { "age", ("age / %.12g"):format(p.job_mean) },       -- of the oldest job, in jobs
}
local enough, rate, queues = math.ceil(1.2 * p.busy), p.busy / p.job_mean, {}

local function per_minute(id, expression, jobs, worker)
    return { metrics = {
        metrics.term("visible", metrics.visible(jobs), "Average", 60),
        metrics.term("in_flight", metrics.in_flight(jobs), "Average", 60),
        metrics.term("empty", metrics.empty_receives(jobs), "Sum", 60),
        metrics.term("age", metrics.oldest_age(jobs), "Maximum", 60),
        metrics.term("tasks", metrics.running(worker), "Average", 60),
        { id = id, expression = expression, return_data = true },
    } }
end

for i, side in ipairs(SIDES) do
    local name, expression = table.unpack(side)
    local jobs = sqs.create_queue { queue_name = name .. "_jobs", visibility_timeout = 6 * p.job_mean,
        receive_message_wait_time_seconds = 20 }
    local worker = ecs.create_service {
        service_name = name, desired_count = enough,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { { app = p.protect and workers.protected or workers.plain, queues = { jobs } } },
        },
    }
    autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 3 * enough }
    scaling.step(worker, name .. "-out", per_minute(name .. "_backlog", "visible / tasks", jobs, worker),
        { threshold = 0.1, cooldown = 60 }, 5)
    scaling.step(worker, name .. "-in", per_minute(name .. "_low", expression, jobs, worker),
        { threshold = p.low, comparison_operator = "LessThanThreshold", evaluation_periods = 10, cooldown = 60 }, -1)

    local in_flight = sim.tally(name .. "_in_flight", "jobs")
    sim.every("1m", function()                           -- by day, once the first jobs have ended
        if sim.now() > 2 * HOUR and sim.now() < EVENING then
            in_flight:add(jobs:get_attributes().approximate_number_of_messages_not_visible)
        end
    end)
    queues[i] = jobs
end

sim.arrivals {                                           -- every side gets the same jobs
    rate = { { 0, rate }, { EVENING, rate }, { EVENING, p.evening * rate } }, into = queues,
    work = sim.random { name = "job size", distribution = "gamma", mean = p.job_mean, cv = 0.5 },
}

-- At equilibrium outstanding stays where it is; it follows the evening down, which age does not.
sim.eventually { ("outstanding.desired_count >= %d"):format(enough), after = EVENING, within = "1m" }
sim.eventually { ("outstanding.desired_count <= %d"):format(0.75 * enough), after = EVENING, within = "4h" }
sim.expect { ["age.actions{in}"] = 0, "visible.jobs_cut > 5 * outstanding.jobs_cut", "visible.jobs_cut > 50" }

-- Little: in flight = lambda E[S]. F4: a rule blind to work stops a busy task as often as tasks are busy.
sim.expect {
    "outstanding_in_flight.mean > 0.9 * busy", "outstanding_in_flight.mean < 1.1 * busy",
    "visible.busy_stops > 0.5 * visible.actions{in}",
}
