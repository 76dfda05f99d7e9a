-- Does a fleet of queue workers wait as theory says? M/M/c and M/G/1 out of ECS tasks, SQS and Lua: fixed fleet, Poisson
-- arrivals, calls that take (almost) no time. Played by theory.c over many seeds.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local metrics = require "lib.metrics"

local p = sim.params {
    servers = { 5, "number of tasks, each with one slot", min = 1 },
    load = { 0.8, "of each task", min = 0.01, max = 0.99 },
    length = { 10000, "jobs that are counted, in the mean", min = 1 },
    warm_up = { 1000, "jobs before them", min = 0 },
    distribution = { "exponential", "of the work of a job", { "constant", "exponential", "lognormal" } },
    metrics = { false, "read what CloudWatch shows" },
}
local WORK = 60                                          -- mean, seconds
local rate = p.load * p.servers / WORK
sim.scenario { duration = (p.warm_up + p.length) / rate, warm_up = p.warm_up / rate }
sim.assume { sqs_call_ms = 0.001 }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local wait, waits = sim.tally("wait", "s"), sim.tally("waits", "of jobs")

local function consume(task, queue)
    while true do
        local message = queue:receive()
        if message then
            local waited = sim.now() - message:sent_timestamp()
            wait:add(waited)
            waits:add(waited > 0.001 and 1 or 0)         -- more than the calls take
            task:work(message)
            message:delete()
        end
    end
end

local service = ecs.create_service {
    service_name = "mmc", desired_count = p.servers,
    task_definition = ecs.register_task_definition {
        family = "mmc", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
sim.arrivals { rate = rate, into = jobs, work = sim.random {
    name = "work", distribution = p.distribution, mean = WORK, cv = p.distribution == "lognormal" and 1 or nil,
} }

-- A policy that proposes nothing sees each minute once.
local function read_metrics()
    local seen = { visible = metrics.visible(jobs), in_flight = metrics.in_flight(jobs), cpu = metrics.cpu(service) }
    local tallies, terms = {}, {}
    for _, name in ipairs { "visible", "in_flight", "cpu" } do
        tallies[name] = sim.tally(name, "")
        terms[#terms + 1] = metrics.term(name, seen[name], "Average")
    end
    autoscaling.register_scalable_target { resource_id = service, min_capacity = p.servers, max_capacity = p.servers }
    autoscaling.put_scaling_policy {
        resource_id = service, policy_name = "watch", custom_scaling_policy_configuration = {
            metrics = terms,
            decide = function(_, data)
                for name, tally in pairs(tallies) do tally:add(data[name]) end
            end,
        },
    }
end
if p.metrics then read_metrics() end
