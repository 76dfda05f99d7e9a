-- An apply writes the stale desired count of its template, 2, into a service that has scaled to 10: what follows?
-- Look for: the cliff in the fleet strip, as long as alarm and start-up take; protected tasks that fill it until their jobs
-- end; jobs that are cut where nothing is protected, stay in flight, and pass for load: the fleet overshoots.
-- Now change: metric=cpu. Why so many steps? Then stale=0: who never comes back? Then version=true: what does a deployment
-- hold up? Then ignore=true, which is Terraform's ignore_changes.
-- Fails under: ignore=true stale=0
-- Rules: AAS-06 AAS-22 AAS-29..33 BACKLOG-03 PROT-32 PROT-56 PROT-61 SQS-01 TT-14. Closed forms: F1 F9 F11.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics, scaling, workers = require "lib.metrics", require "lib.scaling", require "lib.workers"

local p = sim.params {
    need = { 10, "tasks that the load keeps busy, and that the service has", min = 1 },
    stale = { 2, "desired count in the template, and the least capacity", min = 0 },
    ignore = { false, "the apply leaves the desired count alone" },
    version = { false, "the apply brings a new version, too" },
    metric = { "backlog", "what the policy tracks: jobs per task, or CPU", { "backlog", "cpu" } },
    job_mean = { "10m", "work of each job" },
}
local APPLY = 2 * 3600
sim.scenario { duration = "5h" }

local apps = { bare = workers.plain, protected = workers.protected }
local queues, cliffs = {}, {}

local function version(side)
    return ecs.register_task_definition {
        family = side, cpu = 256, memory = 512,
        container_definitions = { { app = apps[side], queues = { queues[side] }, stop_timeout = 120 } },
    }
end

local function apply(side)
    ecs.update_service { service = side, desired_count = not p.ignore and p.stale or nil,
                         task_definition = p.version and version(side) or nil }
    local from = sim.now()
    sim.sleep(60)                                        -- by then the scheduler has stopped what it may
    while ecs.describe_services { services = { side } }.services[1].running_count < p.need do sim.sleep(5) end
    cliffs[side]:add(sim.now() - from)
end

for _, side in ipairs { "bare", "protected" } do
    queues[side] = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "1h", receive_message_wait_time_seconds = 20 }
    cliffs[side] = sim.tally(side .. "_cliff", "s")
    ecs.create_service { service_name = side, desired_count = p.need, task_definition = version(side) }
    autoscaling.register_scalable_target { resource_id = side, min_capacity = p.stale, max_capacity = 2 * p.need }
    if p.metric == "cpu" then
        scaling.track(side, side .. "-cpu", "ECSServiceAverageCPUUtilization", 97)
    else
        scaling.track(side, side .. "-backlog", { metrics = {
            metrics.term("waiting", metrics.visible(queues[side]), "Average"),
            metrics.term("working", metrics.in_flight(queues[side]), "Average"),
            metrics.term("tasks", metrics.running(side), "Average"),
            { id = "backlog", expression = "(waiting + working) / tasks", return_data = true } } }, 1)
    end
    sim.at(APPLY, function() apply(side) end)
end
sim.arrivals { rate = 0.95 * p.need / p.job_mean, process = "regular", into = { queues.bare, queues.protected },
               work = p.job_mean }

-- F1: of the jobs met, those with less left than the stop timeout end in time; F9: from the step to three periods seen, and
-- to tasks that run; F11: a metric capped at 100 % multiplies by 100 / 97 at most, once per cooldown.
local cut = math.max(0, p.need - p.stale) * math.max(0, 1 - 120 / p.job_mean)
local steps, tasks = 0, math.max(1, p.stale)
while tasks < p.need do steps, tasks = steps + 1, math.ceil(tasks * 100 / 97) end
sim.expect { ("bare.jobs_cut >= %g"):format(0.6 * cut), ["protected.work_lost_s"] = 0,
             "protected.under_area < bare.under_area", "bare_cliff.mean > 240",
             p.metric == "cpu" and ("bare_cliff.mean > %g"):format(300 * steps) or
             ("bare_cliff.mean < %g"):format(p.version and 900 or 420) }
sim.eventually { "bare.running_count >= need", after = APPLY + 60, within = p.metric == "cpu" and "2h" or "15m" }
