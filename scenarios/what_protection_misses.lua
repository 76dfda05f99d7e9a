-- What does scale-in protection not cover?
-- Look for: the survival table, in work lost by cause and, in jobs, in lines of kind log of events.jsonl: protection holds
-- against auto scaling, operators, versions, rollbacks and rebalancing, and against nothing else.
-- Now change: --assume draining_honours_protection=on, then unhealthy_honours_protection=on: readings of AWS's silence.
-- Then job=5m, stop_timeout=2m: where is notice given, and does it save the last minute of a job?
-- Fails under: protect=false
-- Rules: PROT-31..33 PROT-35..37 PROT-39..45 PROT-47 PROT-48 PROT-61 CAP-05 SCHED-33..41.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"
local cloudwatch, autoscaling = require "cloudwatch", require "autoscaling"

local p = sim.params {
    tasks = { 4, "tasks of each service, each with a job when a cause strikes", min = 4 },
    job = { "20m", "work of each job", min = "5m", max = "20m" },
    protect = { true, "the protected service protects itself" },
    stop_timeout = { "30s", "from SIGTERM to SIGKILL" },
}
local SLOT, SEND, STRIKE, RESTORE = 45 * 60, 8 * 60, 12 * 60, 35 * 60    -- a cause per slot
local SIDES = { "protected", "bare" }
local queues, survived, alarms = {}, {}, {}

local function consume(task, queue)
    local side = task.environment.SIDE
    local guarded = side == "protected" and p.protect
    while not task.stopping do
        local safe = not guarded or task:protect(60)
        local message = safe and queue:receive()
        if message then
            task:work(message)
            message:delete()
            survived[side] = survived[side] + 1
        end
        if guarded then task:unprotect() end
        if not safe then sim.sleep(5) end
    end
end

local function version(side)                             -- each call registers the next revision
    return ecs.register_task_definition {
        family = side, cpu = 256, memory = 512, container_definitions = { {
            app = consume, queues = { queues[side] }, stop_timeout = p.stop_timeout, environment = { SIDE = side },
            health_check = { interval = 10, retries = 3 } } },
    }
end

local function deploy(strategy)
    return function(side)
        ecs.update_service { service = side, task_definition = version(side), deployment_configuration = {
            strategy = strategy, bake_time_in_minutes = strategy == "ROLLING" and 20 or 5 } }
    end
end
local function set_desired(side, count) ecs.update_service { service = side, desired_count = count } end
local function bound(side, most)                         -- Application Auto Scaling clamps the desired count at once
    autoscaling.register_scalable_target { resource_id = side, min_capacity = 0, max_capacity = most }
end
local function hit(cause)
    return function(side) sim.disrupt { cause = cause, service = side, share = 1 } end
end
local function stop_all(side)
    for _, task in ipairs(ecs.list_tasks { service_name = side, desired_status = "RUNNING" }.task_arns) do
        ecs.stop_task { task = task }
    end
end
local function fill_two_zones(side)                      -- the third is short until the strike
    set_desired(side, 0)
    sim.sleep(120)
    set_desired(side, p.tasks)
end

-- What strikes, and the rule; `bare`: jobs that survive it without protection; `held`: does protection hold?
local CAUSES = {
    { "manual scale-in", "PROT-32", held = true, strike = function(side) set_desired(side, 0) end },
    { "auto scaling", "PROT-31", held = true, strike = function(side) bound(side, 0) end,
      after = function(side) bound(side, 2 * p.tasks) end },
    { "new version", "PROT-33", held = true, strike = deploy "ROLLING" },
    { "blue/green", "PROT-35", held = true, strike = deploy "BLUE_GREEN" },
    { "rollback", "PROT-36", held = true, before = deploy "ROLLING",
      strike = function(side) cloudwatch.put_metric_data("Shop", "Errors", 1, { ServiceName = side }) end },
    { "rebalancing", "PROT-37", held = true, before = fill_two_zones, strike = function() end,
      bare = p.tasks - p.tasks // 3 },                   -- so many move to the third zone
    { "StopTask", "PROT-39", strike = stop_all },
    { "crash", "PROT-40", strike = hit "crash" },
    { "health check", "PROT-41", strike = hit "health" },
    { "Spot", "PROT-42", strike = hit "spot" },
    { "lost host", "PROT-43", strike = hit "host" },
    { "retirement", "PROT-44", strike = hit "retirement" },
    { "draining", "PROT-45", strike = hit "drain" },
    { "delete", "PROT-47", held = true, bare = p.tasks, strike = function(side) ecs.delete_service { service = side } end },
    { "forced delete", "PROT-48", strike = function(side) ecs.delete_service { service = side, force = true } end },
}
sim.scenario { duration = #CAUSES * SLOT }

for _, side in ipairs(SIDES) do
    queues[side] = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
    alarms[side] = cloudwatch.put_metric_alarm {
        alarm_name = side .. "-errors", namespace = "Shop", metric_name = "Errors", dimensions = { ServiceName = side },
        statistic = "Sum", period = 60, evaluation_periods = 1, threshold = 1, treat_missing_data = "notBreaching",
        comparison_operator = "GreaterThanOrEqualToThreshold",
    }
    ecs.create_service {
        service_name = side, desired_count = p.tasks, task_definition = version(side),
        capacity_provider_strategy = { { capacity_provider = "FARGATE_SPOT", weight = 1 } },
        deployment_configuration = {
            alarms = { alarm_names = { alarms[side] }, enable = true, rollback = true } },
    }
end

local function try(cause, side, slot, tally)
    if cause.before then sim.at(slot, function() cause.before(side) end) end
    sim.at(slot + SEND, function()
        survived[side] = 0
        for _ = 1, p.tasks do queues[side]:send(p.job) end
    end)
    sim.at(slot + STRIKE, function() cause.strike(side) end)
    sim.at(slot + RESTORE, function()
        tally:add(survived[side])
        sim.log("%-16s %-8s %-10s %d of %d jobs survive", cause[1], cause[2], side, survived[side], p.tasks)
        if cause.after then cause.after(side) end
        set_desired(side, p.tasks)
    end)
end

for i, cause in ipairs(CAUSES) do
    local slot = (i - 1) * SLOT
    for _, side in ipairs(SIDES) do
        local name = cause[1]:gsub("[ /-]", "_") .. "_" .. side
        try(cause, side, slot, sim.tally(name, "jobs"))
        local expected = cause.held and side == "protected" and p.tasks or cause.bare or 0
        sim.expect { [name .. ".mean"] = expected }
    end
    if cause[1] == "rebalancing" then
        sim.disrupt { cause = "shortage", availability_zone = "c", start = slot, duration = STRIKE }
    end
end
