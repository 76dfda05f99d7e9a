-- Does a fleet of queue workers wait as Erlang's formula says? M/M/c out of ECS tasks, SQS and Lua: fixed fleet, Poisson
-- arrivals, exponential work, calls that take (almost) no time. Played by lua_mmc.c over many seeds.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    servers = { 5, "number of tasks, each with one slot", min = 1 },
    load = { 0.8, "of each task", min = 0.01, max = 0.99 },
    customers = { 10000, "jobs that are counted, in the mean", min = 1 },
    warm_up = { 1000, "jobs before them", min = 0 },
    work = { 60, "mean work of a job, seconds", min = 0.001 },
}
local rate = p.load * p.servers / p.work
sim.scenario { duration = (p.warm_up + p.customers) / rate, warm_up = p.warm_up / rate }
sim.assume { sqs_call_ms = 0.001 }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local wait = sim.tally("wait", "s")

local function consume(task, queue)
    while true do
        local message = queue:receive()
        if message then
            wait:add(sim.now() - message:sent_timestamp())
            task:work(message)
            message:delete()
        end
    end
end

ecs.create_service {
    service_name = "mmc", desired_count = p.servers,
    task_definition = ecs.register_task_definition {
        family = "mmc", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
sim.arrivals { rate = rate, into = jobs, work = sim.random { name = "work", mean = p.work } }
