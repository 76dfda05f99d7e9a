-- Video jobs of minutes to hours, now and then: keep a worker warm, scale to zero, or start one task per job?
-- Look for: cost_per_1k and wait of warm, zero and per_job: a task per job is no dearer than scaling to zero and starts
-- sooner, since it waits for no metric; keeping warm costs four times as much. Unprotected (bare), or protected once for
-- less than its length (once), a job that outlives the quarter of an hour until scale-in never ends: it is cut, delivered
-- again, cut again, until it expires.
-- Now change: checkpoint=10m. What do the cuts still cost? Then expiry=360 renew=false: longer than any job. What is wrong
-- with that when hang=0.2, a worker that hangs and forgets its protection? Then retry=false: who does a lost task's job?
-- Fails under: renew=false retry=false checkpoint=10m
-- Rules: PROT-04 PROT-05 PROT-09 PROT-31 PROT-43 PROT-54 SQS-01 SQS-05 BACKLOG-04. Closed forms: F2.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

local p = sim.params {
    rate = { 0.25, "jobs per hour", min = 0.01 },
    job_mean = { "1h", "mean work of a job, before the cut at five minutes and six hours", min = 1 },
    expiry = { 30, "minutes of protection per request", min = 1, max = 2880 },
    renew = { true, "warm and zero renew their protection after 80 percent of it, as long as they have a job" },
    checkpoint = { "12h", "work between checkpoints", min = 60 },
    hang = { 0, "share of jobs after which a worker hangs, until its protection ends and ECS stops it", min = 0, max = 1 },
    lost = { 0.05, "hosts lost per task and hour", min = 0 },
    retry = { true, "every ten minutes per_job starts a task for each message that waits" },
    duration = { "80d", "duration" },
}
sim.scenario { duration = p.duration }

local cut_after = sim.tally("once_cut_after", "s")       -- age of the job of `once` that a stop meets
local bad_luck = sim.random { name = "bad luck", distribution = "uniform", min = 0, max = 1 }

local function transcode(task, queue)
    local mode, message, begun = task.environment.PROTECT, nil, 0
    local protects = mode == "renewed" or mode == "once"
    local renews = mode == "renewed" and p.renew
    task:spawn(function()                                -- heartbeat: renews the receipt, and the protection
        while true do
            sim.sleep(renews and math.min(1800, 48 * p.expiry) or 1800)
            if message then message:change_visibility(3600) end
            if message and renews then task:protect(p.expiry) end
        end
    end)
    task:on_sigterm(function()
        if mode == "once" and message then cut_after:add(sim.now() - begun) end
    end)
    repeat
        local may = not protects or task:protect(p.expiry)
        message, begun = may and queue:receive(), sim.now()
        if message then
            while task:work(message, p.checkpoint) > 0 do message:checkpoint() end
            message:delete()
            message = nil
            if protects and bad_luck() < p.hang then sim.sleep(math.huge) end
        end
        if protects then
            task:unprotect()
            sim.sleep(15)                                -- leaves ECS a gap: PROT-75
        end
    until task.stopping or mode == "alone"
end

local function side(name, mode)                          -- retention: what no attempt has finished in a day is lost
    local queue = sqs.create_queue { queue_name = name .. "_jobs", visibility_timeout = "1h",
        receive_message_wait_time_seconds = 20, message_retention_period = "1d" }
    return queue, ecs.register_task_definition {
        family = name, cpu = 4096, memory = 8192, container_definitions = { {
            app = transcode, queues = { queue }, stop_timeout = 120, pull = 40, environment = { PROTECT = mode } } },
    }
end

local queues = {}
for i, fleet in ipairs { { "warm", 1, "renewed" }, { "zero", 0, "renewed" }, { "once", 0, "once" }, { "bare", 0, "off" } } do
    local name, minimum, mode = table.unpack(fleet)
    local queue, definition = side(name, mode)
    local service = ecs.create_service { service_name = name, desired_count = minimum, task_definition = definition }
    autoscaling.register_scalable_target { resource_id = name, min_capacity = minimum, max_capacity = 20 }
    scaling.step(name, name .. "-out", metrics.visible(queue), { threshold = 1, cooldown = 120 }, 1)
    scaling.step(name, name .. "-in", metrics.visible(queue),
        { threshold = 1, comparison_operator = "LessThanThreshold", evaluation_periods = 15 }, -1)
    sim.disrupt { cause = "host", service = service, rate = p.lost, start = 0 }
    queues[i] = queue
end

local waiting, alone = side("per_job", "alone")
sim.disrupt { cause = "host", family = "per_job", rate = p.lost, start = 0 }
if p.retry then
    sim.every("10m", function()
        local left = waiting:get_attributes().approximate_number_of_messages
        if left > 0 then ecs.run_task { task_definition = alone, count = math.min(left, 10) } end
    end)
end

local video = sim.random { name = "video", distribution = "lognormal", mean = p.job_mean, cv = 1.6, min = 300, max = 21600 }
local size, squared = sim.tally("size", "s"), sim.tally("size_squared", "s2")
sim.arrivals { rate = p.rate / 3600, each = function()
    local work = video()
    size:add(work)
    squared:add(work * work)
    for _, queue in ipairs(queues) do queue:send(work) end
    waiting:send(work)
    ecs.run_task { task_definition = alone }
end }

sim.expect { "per_job.cost < 1.1 * zero.cost", "2 * zero.cost < warm.cost", "bare.cost > 2 * zero.cost",
             "once.cost > 2 * zero.cost", "warm.wait_p50 < per_job.wait_p50", "per_job.wait_p50 < zero.wait_p50",
             "per_job.jobs_done > 0.99 * per_job.jobs_in" }
for _, name in ipairs { "warm", "zero" } do sim.expect { [name .. ".work_lost_s{scale_in}"] = 0 } end
-- Cuts of `once` cluster where its protection runs out.
sim.expect { ("once_cut_after.p50 < %g"):format(120 * p.expiry) }
-- F2: a lost host meets a job at any instant, long ones more often; what they had done is E[S^2] / 2 E[S] on average.
local lost = "(warm.work_lost_s{host} + zero.work_lost_s{host} + per_job.work_lost_s{host})"
local cut = "(warm.jobs_cut{host} + zero.jobs_cut{host} + per_job.jobs_cut{host})"
sim.expect { ("%s * 2 * size.mean > 0.5 * size_squared.mean * %s"):format(lost, cut),
             ("%s * 2 * size.mean < 1.5 * size_squared.mean * %s"):format(lost, cut) }
