-- A bad version goes out: what stops it, after how long, and what has been lost by then?
-- Look for: minutes until the breaker has its failures; half the fleet gone for nothing where old tasks may go first; no job
-- lost where they are protected, or stay until new ones are healthy.
-- Now change: fault=health, then fault=errors: whom does the rollback cut, and whom does a minimum of 100 % not save? Then
-- fault=crash guard=breaker: why does nothing trip? Then guard=none.
-- Fails under: guard=none fault=errors
-- Rules: DEPLOY-10 DEPLOY-11 DEPLOY-17..23 DEPLOY-47 PROT-36 PROT-41 PROT-88 SCHED-26..28. Closed forms: F1 F4.

local sim, ecs, sqs, cloudwatch = require "sim", require "ecs", require "sqs", require "cloudwatch"
local workers = require "lib.workers"

local p = sim.params {
    fault = { "image", "of a new version: its image is missing, it is unhealthy, exits at once, works but reports errors",
              { "image", "health", "crash", "errors" } },
    guard = { "both", "what fails a deployment: circuit breaker, alarm on errors", { "both", "breaker", "alarm", "none" } },
    time_limit = { "1h", "after which whatever deploys gives up and rolls back" },
    tasks = { 10, "desired count", min = 2 },
    job_mean = { "10m", "mean work of a job" },
    versions = { 4, "bad versions, 2 hours apart", min = 1 },
}
local EVERY, LOAD = 2 * 3600, 0.8
sim.scenario { duration = p.versions * EVERY, drain = "6h" }

local SIDES = {
    bare = { app = workers.plain, minimum_healthy_percent = 50 },          -- half of the old tasks go first
    protected = { app = workers.protected, minimum_healthy_percent = 50 },
    start_first = { app = workers.plain, minimum_healthy_percent = 100 },  -- none goes before a new one is healthy
}

local function version(side, fault)                      -- fault "": a good one
    local function app(task, queue)
        local errors = (fault == "crash" or fault == "errors") and 1 or 0
        cloudwatch.put_metric_data("Shop", "Errors", errors, { ServiceName = side })
        if fault == "health" then task:set_healthy(false) end
        if fault == "crash" then task:exit(1) end
        SIDES[side].app(task, queue)
    end
    return ecs.register_task_definition {
        family = side, cpu = 256, memory = 512, container_definitions = { {
            app = app, pull_error_p = fault == "image" and 1 or 0, queues = { SIDES[side].queue }, stop_timeout = 120,
            health_check = { interval = 10, retries = 3 } } },
    }
end

local into = {}
for side, its in pairs(SIDES) do
    its.queue = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "2h", receive_message_wait_time_seconds = 20 }
    into[#into + 1] = its.queue
    local errors = cloudwatch.put_metric_alarm {
        alarm_name = side .. "-errors", namespace = "Shop", metric_name = "Errors", dimensions = { ServiceName = side },
        statistic = "Sum", period = 60, evaluation_periods = 1, threshold = 1, treat_missing_data = "notBreaching",
        comparison_operator = "GreaterThanOrEqualToThreshold",
    }
    ecs.create_service {
        service_name = side, desired_count = p.tasks, task_definition = version(side, ""),
        deployment_configuration = {
            minimum_healthy_percent = its.minimum_healthy_percent, maximum_percent = 200, time_limit = p.time_limit,
            deployment_circuit_breaker = { enable = p.guard == "both" or p.guard == "breaker", rollback = true },
            alarms = { alarm_names = { errors }, enable = p.guard == "both" or p.guard == "alarm", rollback = true },
        },
    }
    for i = 1, p.versions do
        sim.at((i - 0.5) * EVERY, function()
            ecs.update_service { service = side, task_definition = version(side, p.fault) }
        end)
    end
end
sim.arrivals { rate = LOAD * p.tasks / p.job_mean, into = into,
               work = sim.random { name = "job size", mean = p.job_mean, max = 3300 } }    -- within a protection's hour

-- F4: those that go first are taken blindly, busy with chance LOAD; F1: of their jobs a share outlives the stop timeout.
local cut = p.versions * math.floor(p.tasks / 2) * LOAD * math.exp(-120 / p.job_mean)
sim.expect { ("bare.jobs_cut{deployment} > %g"):format(0.5 * cut), ["protected.work_lost_s{deployment}"] = 0,
             ["protected.work_lost_s{rollback}"] = 0, ["start_first.jobs_cut{deployment}"] = 0, deploy_s = "< 15m" }
