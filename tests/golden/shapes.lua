-- Tasks of different make side by side: slots, start-up, shares of CPU, ARM, Spot, storage; memory that runs out; a common
-- limit downstream; what the scenario measures itself; a warm-up that is left out.
-- Rules: COST-01..04 METRIC-08 TT-14 PROT-40 SCHED-20 SCHED-36.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "90m", warm_up = "15m", drain = "30m", slo = "4m", drain_threshold = 3 }

local database = sim.resource { name = "database", capacity = 3 }
local waits = sim.tally("database_wait", "s")
local busy = sim.level("busy_slots", "slots")
local in_use = 0

local function change(by)
    in_use = in_use + by
    busy:set(in_use)
end

local function slot(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then
            change(1)
            local asked = sim.now()
            if database:acquire(1, 30) then
                waits:add(sim.now() - asked)
                task:work(message, 15)
                database:release()
            end
            task:work(message)
            message:delete()
            change(-1)
        end
    end
end

local function run_slots(count)
    return function(task, queue)
        task:parallel(count, function() slot(task, queue) end)
    end
end

local MAKES = {
    { name = "io", slots = 4, usage = { cpu_percent = 20, idle_cpu_percent = 3 }, arch = "X86_64", startup = 12 },
    { name = "cpu", slots = 2, usage = { cpu_percent = 80 }, arch = "ARM64", startup = 0, gib = 100 },
    { name = "spot", slots = 1, usage = { memory_percent = 30 }, arch = "X86_64", startup = 40, spot = true },
    { name = "greedy", slots = 4, usage = { memory_percent = 25, idle_memory_percent = 20 }, arch = "ARM64", startup = 3 },
}

local queues = {}
for i, make in ipairs(MAKES) do
    queues[i] = sqs.create_queue {
        queue_name = make.name .. "_jobs", visibility_timeout = "5m", receive_message_wait_time_seconds = 10,
    }
    ecs.create_service {
        service_name = make.name, desired_count = 2,
        capacity_provider_strategy = make.spot and { { capacity_provider = "FARGATE_SPOT", weight = 1 } } or nil,
        task_definition = ecs.register_task_definition {
            family = make.name, cpu = "1 vCPU", memory = "4 GB", runtime_platform = { cpu_architecture = make.arch },
            ephemeral_storage = make.gib and { size_in_gib = make.gib } or nil,
            container_definitions = { {
                app = run_slots(make.slots), queues = { queues[i] }, slots = make.slots, usage = make.usage,
                pull = sim.random { name = make.name .. " pull", distribution = "uniform", min = 10, max = 50 },
                startup = make.startup,
            } },
        },
    }
end

local greedy = table.remove(queues)
sim.at("20m", function()                                 -- four jobs at once are more than a greedy task's memory, each time
    for _ = 1, 4 do greedy:send(30) end
end)
sim.arrivals {
    rate = 1 / 28, into = queues,
    work = sim.random { name = "work", distribution = "empirical", values = { 20, 45, 90 }, weights = { 5, 3, 2 } },
}
sim.expect { ["database_wait.count"] = "> 100", ["greedy.jobs_cut{crash}"] = "> 4" }
