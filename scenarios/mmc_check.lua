-- Can the numbers be trusted? A fixed fleet, Poisson arrivals, exponential work: M/M/c, and theory knows the answer.
-- Look for: mean wait and busy share inside the interval of Erlang's formula; Little's law in the ledger.
-- Now change: rho=0.95. How much longer must the run be for the same interval? Then tasks=1: the mean wait is 4 jobs.
-- Fails under: call_ms=2000
-- Rules: SQS-10 (switched off). Closed forms: F3.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    tasks = { 10, "number of tasks, each with one slot", min = 1 },
    rho = { 0.8, "load", min = 0.05, max = 0.99 },
    work = { 60, "mean work of a job, seconds", min = 0.001 },
    call_ms = { 0.001, "time of a call to the queue; theory knows no calls", min = 0 },
    duration = { "60d", "length of the run" },
    warm_up = { "1d", "left out at its start" },
}
sim.scenario { duration = p.duration, warm_up = p.warm_up }
sim.assume { sqs_call_ms = p.call_ms }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
local wait = sim.tally("queue_wait", "s")

local function consume(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then
            wait:add(sim.now() - message:sent_timestamp())
            task:work(message)
            message:delete()
        end
    end
end

ecs.create_service {
    service_name = "mmc", desired_count = p.tasks,
    task_definition = ecs.register_task_definition {
        family = "mmc", cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
    },
}
sim.arrivals { rate = p.rho * p.tasks / p.work, into = jobs, work = sim.random { name = "work", mean = p.work } }

local b, a = 1, p.rho * p.tasks                          -- Erlang B by recurrence, then Erlang C
for servers = 1, p.tasks do b = a * b / (servers + a * b) end
local expected = b / (1 - p.rho * (1 - b)) * p.work / (p.tasks * (1 - p.rho))
sim.log("Erlang C: mean wait %.3f s", expected)
sim.expect {
    "queue_wait.mean > " .. 0.9 * expected, "queue_wait.mean < " .. 1.1 * expected,
    "util > " .. 0.99 * p.rho, "util < " .. 1.01 * p.rho, little_residual = "< 0.01",
}
