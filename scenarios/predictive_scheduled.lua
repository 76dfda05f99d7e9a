-- Is predictive or scheduled scaling worth it for my traffic?
-- Look for: the wait of the morning's jobs and of the afternoon's surprise; what the early floor costs. An ECS service has
-- no warm pool: a minimum that rises before the load is the nearest thing to one.
-- Now change: ramp=2h. What is foresight worth then? Then error=-0.4: how good must a forecast be?
-- Fails under: error=-0.9 spare=0.3
-- Rules: SCHD-01..07 PRED-02 PRED-03 PRED-05 PRED-07 BACKLOG-02 TT-11. Closed forms: F9; at least lambda E[S] tasks.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling, workers = require "lib.metrics", require "lib.scaling", require "lib.workers"

local p = sim.params {
    night = { 0.05, "jobs per second outside working hours", min = 0 },
    day = { 1, "jobs per second from 09:00 to 17:00", min = 0 },
    ramp = { "5m", "how long the morning takes to come, from 09:00 on" },
    surprise = { 2, "how many times the day's load comes from 13:00 to 13:20, which nobody foresaw", min = 1 },
    job_mean = { 20, "mean work of a job, seconds", min = 0 },
    startup = { "30s", "start-up of a task" },
    error = { 0, "of the forecast, as a share: -0.2 foresees a fifth too little", min = -1 },
    lead = { "10m", "how long before 09:00 the scheduled minimum rises" },
    spare = { 1.4, "tasks that schedule and forecast ask for, per task that the load keeps busy", min = 0 },
}
sim.scenario { duration = "1d", drain = "3h" }

local HOUR, FEW = 3600, 2
local MORNING, SURPRISE, EVENING = 9 * HOUR, 13 * HOUR, 17 * HOUR
local size = sim.random { name = "job size", mean = p.job_mean, max = 10 * p.job_mean }
local plan = math.ceil(p.spare * p.day * p.job_mean)

local function side(name)                                -- the same worker, the same policy, its own queue
    local waits = { [MORNING] = sim.tally(name .. "_morning", "s"), [SURPRISE] = sim.tally(name .. "_surprise", "s") }
    local function app(task, jobs)
        while not task.stopping do
            local message = jobs:receive()
            if message then
                local sent = message:sent_timestamp()
                local wait = waits[sent - sent % HOUR]   -- of what was sent from 09:00 to 10:00, from 13:00 to 14:00
                if wait and message:receive_count() == 1 then wait:add(sim.now() - sent) end
                task:work(message)
                message:delete()
            end
        end
    end
    local jobs = sqs.create_queue { queue_name = name, visibility_timeout = "15m", receive_message_wait_time_seconds = 20 }
    local worker = ecs.create_service {
        service_name = name, desired_count = FEW,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { { app = app, queues = { jobs }, startup = p.startup } },
        },
    }
    autoscaling.register_scalable_target { resource_id = worker, min_capacity = FEW, max_capacity = 60 }
    scaling.track(worker, name .. "-backlog", { metrics = {
        metrics.term("m1", metrics.visible(jobs), "Average"), metrics.term("m2", metrics.running(worker), "Average"),
        { id = "backlog", expression = "m1 / m2", return_data = true },
    } }, 3)
    return worker, jobs
end

local _, dynamic = side "dynamic"
local scheduled_worker, scheduled = side "scheduled"
local predictive_worker, predictive = side "predictive"

local function set_minimum(name, time, tasks)
    autoscaling.put_scheduled_action {
        resource_id = scheduled_worker, scheduled_action_name = name,
        schedule = ("cron(%d %d * * ? *)"):format(time // 60 % 60, time // HOUR),
        scalable_target_action = { min_capacity = tasks },
    }
end
set_minimum("morning", MORNING - p.lead, plan)
set_minimum("evening", EVENING, FEW)

autoscaling.put_scaling_policy {
    resource_id = predictive_worker, policy_name = "forecast", policy_type = "PredictiveScaling",
    predictive_scaling_policy_configuration = {
        mode = "ForecastAndScale",
        forecast = { { 0, FEW }, { MORNING, FEW }, { MORNING, plan * (1 + p.error) }, { EVENING, plan * (1 + p.error) },
                     { EVENING, FEW } },
    },
}

local peak = p.surprise * p.day
sim.arrivals {
    into = { dynamic, scheduled, predictive }, work = size,
    rate = { { 0, p.night }, { MORNING, p.night }, { MORNING + p.ramp, p.day }, { SURPRISE, p.day }, { SURPRISE, peak },
             { SURPRISE + HOUR / 3, peak }, { SURPRISE + HOUR / 3, p.day }, { EVENING, p.day }, { EVENING, p.night } },
}

-- Foresight takes the morning's wait away; of the surprise nobody knew.
sim.expect {
    ["scheduled_morning.p95"] = "< 30s", ["predictive_morning.p95"] = "< 30s", ["dynamic_morning.p95"] = "> 90s",
    "scheduled_surprise.p95 > dynamic_surprise.p95 / 2", "predictive_surprise.p95 > dynamic_surprise.p95 / 2",
}

-- The longest wait without foresight, as a fluid: the backlog per task passes 3, F9 runs its course (three minutes that
-- breach, 60 s of lag, means of half a minute), ECS reacts and a task starts; until then the night's tasks serve alone.
local function root(a, b, c) return (math.sqrt(b * b + 4 * a * c) - b) / (2 * a) end     -- of a x^2 + b x = c
local slope, served = (p.day - p.night) / p.ramp / 2, FEW / p.job_mean
local ready = root(slope, p.night - served, 3 * FEW) + 30 + 2 * 60 + 60 + 30 + 5.5 + 29.5 + p.startup
local longest = ready - root(slope, p.night, served * ready)
sim.expect { ("dynamic_morning.max > %.12g"):format(0.8 * longest), ("dynamic_morning.max < %.12g"):format(1.2 * longest) }
