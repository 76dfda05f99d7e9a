-- Does one worker keep up with ten jobs a minute?
-- For the tests of the command line: an hour, quick to run, with one expectation that a parameter can break.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    rate = { 0.02, "jobs per second" },
    hours = { 1, "length of the run" },
    limit = { "1d", "expected p95 of the time in system" },
}
sim.scenario { duration = p.hours * 3600 }

local jobs = sqs.create_queue {
    queue_name = "jobs", visibility_timeout = "10m", receive_message_wait_time_seconds = 20,
}

local function consume(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then
            task:work(message)
            message:delete()
        end
    end
end

ecs.create_service {
    service_name = "worker", desired_count = 2,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512,
        container_definitions = { { app = consume, queues = { jobs } } },
    },
}

sim.arrivals {
    rate = p.rate, into = jobs, work = sim.random { name = "size", distribution = "exponential", mean = 30, max = 300 },
}
sim.expect { tis_p95 = "< " .. p.limit }
