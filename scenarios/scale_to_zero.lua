-- Can I scale to zero: how long does the first job wait, and what do I save?
-- Look for: on_demand's jobs wait three minutes where warm's wait none, at a quarter of the price; strict ("> 1") lets
-- a lone message lie until the next one comes; tracked never starts: no task, no CPU, no datapoint, no alarm.
-- Now change: tracked=backlog. Why is that no better? Then tracked=visible: late, but it comes. Then gap=7h: what else
-- has gone to sleep by then?
-- Fails under: threshold=0 tracked=visible gap=7h
-- Rules: AAS-05 TT-18..20 BACKLOG-03 CW-08 ALARM-02 ALARM-09 AAS-29 AAS-31 SCHED-20. Closed forms: at the end.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling, workers = require "lib.metrics", require "lib.scaling", require "lib.workers"

local p = sim.params {
    gap = { "30m", "between two messages", min = 1200 },
    startup = { "20s", "from RUNNING until a task can receive" },
    quiet = { 5, "empty minutes after which the task is stopped", min = 1 },
    phase = { 30, "second of the minute at which the alarms look", min = 0, max = 59 },
    threshold = { 1, "strict starts a task when more messages than this are visible", min = 0 },
    tracked = { "cpu", "what tracked follows: CPU, messages per task, messages", { "cpu", "backlog", "visible" } },
}
sim.scenario { duration = "1d" }

local JOB, DAY = 20, 86400

local queues = {}
local function add_side(name, tasks)
    local jobs = sqs.create_queue {
        queue_name = name .. "_jobs", visibility_timeout = "2m", receive_message_wait_time_seconds = 20,
    }
    ecs.create_service {
        service_name = name, desired_count = tasks,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { { app = workers.plain, queues = { jobs }, startup = p.startup } },
        },
    }
    queues[#queues + 1] = jobs
    return jobs
end

local function start_above(name, threshold)              -- a task above so many messages, none after quiet minutes
    local jobs = add_side(name, 0)
    local left = { metrics = {
        metrics.term("visible", metrics.visible(jobs), "Average", 60),
        metrics.term("in_flight", metrics.in_flight(jobs), "Average", 60),
        { id = name .. "_left", expression = "visible + in_flight", return_data = true },
    } }
    autoscaling.register_scalable_target { resource_id = name, min_capacity = 0, max_capacity = 2 }
    scaling.step(name, name .. "-out", metrics.visible(jobs), { threshold = threshold, phase = p.phase,
        comparison_operator = "GreaterThanThreshold", adjustment_type = "ExactCapacity" }, 1)
    scaling.step(name, name .. "-in", left, { threshold = 1, phase = p.phase, evaluation_periods = p.quiet,
        comparison_operator = "LessThanThreshold", adjustment_type = "ExactCapacity" }, 0)
end

add_side("warm", 1)
start_above("on_demand", 0)
start_above("strict", p.threshold)

local visible = metrics.visible(add_side("tracked", 0))
local follow = { cpu = "ECSServiceAverageCPUUtilization", visible = visible, backlog = { metrics = {
    metrics.term("visible", visible, "Average"), metrics.term("running", metrics.running "tracked", "Average"),
    { id = "backlog", expression = "visible / running", return_data = true },
} } }
autoscaling.register_scalable_target { resource_id = "tracked", min_capacity = 0, max_capacity = 2 }
scaling.track("tracked", p.tracked, follow[p.tracked], 0.5, 60)

local second, times = sim.random { name = "second", distribution = "uniform", min = 0, max = 60 }, {}
for t = p.gap, DAY - 600, p.gap do times[#times + 1] = t + second() end
sim.arrivals { times = times, into = queues, work = JOB }

-- A first job waits for the minute's end (30 s on average), for its datapoint (60 s) and the alarm's second; then auto
-- scaling and ECS act (6 s) and the task is launched (30 s). It is paid for the minutes until the job is done, and for
-- the quiet ones: what delays the start delays the stop as much.
local ready = 60 + p.phase + 6 + 30 + p.startup
local paid = 60 * (math.ceil((ready + JOB) / 60) + p.quiet - 1)
local cost = ("warm.cost * on_demand.jobs_in * %.4g"):format(paid / DAY)
sim.expect {
    ("on_demand.wait_p50 > %g"):format(30 + ready - 12), ("on_demand.wait_p50 < %g"):format(30 + ready + 12),
    "on_demand.cost > 0.9 * " .. cost, "on_demand.cost < 1.1 * " .. cost,
    "strict.wait_p95 > gap", ["tracked.jobs_done"] = 0,
}
