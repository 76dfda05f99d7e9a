-- What does a new version do while tasks are busy: how long, how much overlap, can it get stuck?
-- Look for: work lost per version where nothing is protected; the overlap of two fleets where old tasks go on polling; the
-- deployment that lasts as long as the longest job where they ask, and retire.
-- Now change: maximum_percent=100. What starts beside protected tasks? Then versions=2: who is cut, though it asked for
-- protection? Then job_mean=4h: what does the limit of three hours do?
-- Fails under: maximum_percent=100 versions=2
-- Rules: DEPLOY-03 DEPLOY-17 DEPLOY-41..48 PROT-33 PROT-53 PROT-78. Closed forms: F1 F12.

local sim, ecs, sqs, workers = require "sim", require "ecs", require "sqs", require "lib.workers"

local p = sim.params {
    job_mean = { "10m", "mean work of a job" },
    tasks = { 10, "desired count", min = 1 },
    maximum_percent = { 200, "upper limit of tasks in a deployment", { 100, 150, 200 } },
    versions = { 1, "new versions per batch of jobs, 10 minutes apart", min = 0 },
    time_limit = { "3h", "after which whatever deploys gives up and rolls back" },
    batches = { 8, "batches of jobs, 6 hours apart, each four hours of work for the service", min = 1 },
}
local EVERY = 6 * 3600
sim.scenario { duration = p.batches * EVERY }

local function is_old(task)                              -- ECS tells a protected task nothing: it has to ask
    local answer = ecs.describe_services { services = { task.environment.SIDE } }
    return answer and answer.services[1].task_definition ~= task.task_definition_arn
end

local function consume(task, queue)                      -- protected from before its first job until it finds no more
    while not task.stopping do
        local retire = task.environment.SIDE == "retires" and is_old(task)
        if not retire then task:protect(1440) end
        local message = not retire and queue:receive()
        if message then
            task:work(message)
            message:delete()
        else
            task:unprotect()
            sim.sleep(30)                                -- leaves the scheduler time to stop it; exit would be replaced
        end
    end
end

local apps = { bare = workers.plain, polls = consume, retires = consume }
local queues, took = {}, {}

local function version(side)                             -- each call registers the next revision
    return ecs.register_task_definition {
        family = side, cpu = 256, memory = 512, container_definitions = { {
            app = apps[side], queues = { queues[side] }, stop_timeout = 120, environment = { SIDE = side } } },
    }
end

local function deploy(side)
    local answer, code, message = ecs.update_service { service = side, task_definition = version(side) }
    if not answer then return sim.log("%s: %s: %s", side, code, message) end
    local mine, begun = answer.service.deployments[1].id, sim.now()
    repeat
        sim.sleep(10)
        local newest = ecs.describe_services { services = { side } }.services[1].deployments[1]
    until newest.id ~= mine or newest.rollout_state ~= "IN_PROGRESS"
    took[side]:add(sim.now() - begun)
end

for _, side in ipairs { "bare", "polls", "retires" } do
    queues[side] = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
    took[side] = sim.tally(side .. "_deploy", "s")
    ecs.create_service {
        service_name = side, desired_count = p.tasks, task_definition = version(side),
        deployment_configuration = {
            minimum_healthy_percent = 50, maximum_percent = p.maximum_percent, time_limit = p.time_limit },
    }
    for batch = 0, p.batches - 1 do
        for i = 0, p.versions - 1 do
            sim.at(batch * EVERY + 3600 + i * 600, function() deploy(side) end)
        end
    end
end

local times = {}                                         -- every side gets the same jobs, all at once
for batch = 0, p.batches - 1 do
    for _ = 1, math.ceil(4 * 3600 * p.tasks / p.job_mean) do times[#times + 1] = batch * EVERY + 300 end
end
sim.arrivals { times = times, into = { queues.bare, queues.polls, queues.retires },
               work = sim.random { name = "job size", mean = p.job_mean } }

-- F1: unprotected, all tasks are busy, and of their jobs a share finishes within the stop timeout.
local cut = p.batches * p.versions * p.tasks * math.exp(-120 / p.job_mean)
sim.expect { ("bare.jobs_cut{deployment} > %g"):format(0.8 * cut), ["polls.work_lost_s{deployment}"] = 0,
             ["retires.work_lost_s{deployment}"] = 0, "polls.overlap_task_h > 2 * retires.overlap_task_h" }
-- F12: the last of that many jobs, of exponential size, ends after m (1 + 1/2 + 1/3 ...); then stop and clean up.
local last = 0
for i = 1, p.tasks do last = last + p.job_mean / i end
sim.expect { ("retires_deploy.mean > %g"):format(0.6 * last), ("retires_deploy.mean < %g"):format(1.4 * last + 300) }
-- DEPLOY-43: beside P protected tasks there is room for floor(desired x maximum / 100) - P.
sim.eventually { "retires.running_count - retires.old_running_count >= tasks / 2", after = "deployment", within = "3m" }
