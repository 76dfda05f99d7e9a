-- ECS refuses protection while a deployment is blocked: what should a worker do then?
-- Look for: who goes on regardless loses jobs; who waits holds up the service until the last old task has gone; who asks
-- whether it is of the old version, and only then waits, does neither.
-- Now change: rule=all, each reading of AWS's texts beside the others. Where nothing is refused, what tells an old task to
-- go? Then patience=15m: what does it cost to end the block by hand, and what does it save?
-- Fails under: rule=off patience=5m
-- Rules: DEPLOY-44 DEPLOY-49 PROT-26 PROT-33 PROT-53 PROT-75 PROT-78 PROT-79. Closed forms: F12.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local RULES = { "blocked", "protected_gt_desired", "blocked_after_s", "off" }
local p = sim.params {
    rule = { "blocked", "when ECS refuses protection; all: every reading side by side",
             { "blocked", "protected_gt_desired", "blocked_after_s", "off", "all" } },
    patience = { "1d", "after which an operator takes the protection from old tasks that are left" },
    job_mean = { "10m", "mean work of a job" },
    tasks = { 10, "desired count", min = 1, max = 50 },
    load = { 0.8, "work that arrives, as a share of what the tasks can do", min = 0, max = 1 },
    versions = { 6, "new versions, 6 hours apart", min = 1 },
}
local EVERY = 6 * 3600
sim.scenario { duration = p.versions * EVERY, drain = "6h" }

local queues, reactions, newest = {}, {}, {}             -- by side

local function is_old(task)
    local answer = ecs.describe_services { services = { task.environment.SIDE } }
    return answer and answer.services[1].task_definition ~= task.task_definition_arn
end

local function consume(task, queue)
    local reaction = task.environment.REACTION
    while not task.stopping do
        if task:protect(1440) or reaction == "go_on" or reaction == "ask" and not is_old(task) then
            local message = queue:receive()
            if message then
                task:work(message)
                message:delete()
            end
            task:unprotect()
        else
            sim.sleep(10)                                -- takes nothing: it is refused, and may be stopped
        end
    end
end

local function version(side)                             -- each call registers the next revision
    newest[side] = ecs.register_task_definition {
        family = side, cpu = 256, memory = 512, container_definitions = { {
            app = consume, queues = { queues[side] }, stop_timeout = 120,
            environment = { SIDE = side, REACTION = reactions[side] } } },
    }
    return newest[side]
end

local function free_old_tasks(side)                      -- an operator ends the block, whatever it costs
    for _, task in ipairs(ecs.describe_tasks { tasks = ecs.list_tasks { service_name = side }.task_arns }.tasks) do
        if task.task_definition_arn ~= newest[side] then
            ecs.update_task_protection { tasks = { task.task_arn }, protection_enabled = false }
        end
    end
end

local function deploy(side)
    local mine = version(side)
    ecs.update_service { service = side, task_definition = mine }
    sim.sleep(p.patience)
    if newest[side] == mine then free_old_tasks(side) end
end

local into = {}
for _, rule in ipairs(p.rule == "all" and RULES or { p.rule }) do
    for _, reaction in ipairs { "go_on", "wait", "ask" } do
        local side = p.rule == "all" and rule .. "_" .. reaction or reaction
        queues[side] = sqs.create_queue {
            queue_name = side .. "_jobs", visibility_timeout = "6h", receive_message_wait_time_seconds = 20 }
        into[#into + 1], reactions[side] = queues[side], reaction
        ecs.create_service {
            service_name = side, desired_count = p.tasks, task_definition = version(side), assume = { blocked_rule = rule } }
        for i = 1, p.versions do
            sim.at((i - 0.5) * EVERY, function() deploy(side) end)
        end
    end
end
sim.arrivals { rate = p.load * p.tasks / p.job_mean, into = into,
               work = sim.random { name = "job size", mean = p.job_mean } }

local first = p.rule == "all" and "blocked_" or ""
sim.expect { [first .. "go_on.jobs_cut{deployment}"] = "> 0", [first .. "wait.jobs_cut{deployment}"] = 0,
             [first .. "ask.jobs_cut{deployment}"] = 0,
             ("%swait.wait_p95 > 1.3 * %sask.wait_p95"):format(first, first) }
if p.rule == "all" then                                  -- without a refusal an old task polls on: no gap is long enough
    sim.expect { "off_ask.overlap_task_h > 4 * blocked_ask.overlap_task_h", "off_ask.cost > 1.1 * blocked_ask.cost" }
end
-- F12: a deployment is blocked until the last of the jobs in work ends, m (1 + 1/2 + 1/3 ...) for exponential sizes.
local last = 0
for i = 1, math.floor(p.load * p.tasks + 0.5) do last = last + p.job_mean / i end
sim.expect { ("%sask.blocked_s > %g"):format(first, 0.6 * p.versions * last),
             ("%sask.blocked_s < %g"):format(first, 1.5 * p.versions * last) }
