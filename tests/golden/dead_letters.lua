-- Poison messages and their dead-letter queues, which a second service reads; orders in groups, some sent twice; batches; a
-- queue that goes before another; a job that two workers finish.
-- Rules: SQS-03 SQS-05 SQS-06 SQS-07 SQS-08 COST-11.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "2h", slo = "5m" }

local POISON = 200                                       -- jobs of this size and more always fail

local dead = sqs.create_queue { queue_name = "dead", visibility_timeout = "10m", receive_message_wait_time_seconds = 20 }
local dead_orders = sqs.create_queue { queue_name = "dead.fifo", fifo_queue = true, message_retention_period = "20m" }
local urgent = sqs.create_queue {
    queue_name = "urgent", visibility_timeout = "1m", redrive_policy = { dead_letter_target_arn = dead, max_receive_count = 2 },
}
local jobs = sqs.create_queue {
    queue_name = "jobs", visibility_timeout = "2m", receive_message_wait_time_seconds = 5,
    redrive_policy = { dead_letter_target_arn = dead, max_receive_count = 3 },
}
local orders = sqs.create_queue {
    queue_name = "orders.fifo", fifo_queue = true, visibility_timeout = "90s", delay_seconds = 3,
    redrive_policy = { dead_letter_target_arn = dead_orders, max_receive_count = 2 },
}

local function try(task, message)
    if message:work_left() >= POISON then
        task:work(message, 10)
        message:checkpoint()
        message:change_visibility(15)                    -- fails, and comes back soon
        message:abandon()
        return
    end
    if message:work_left() < 10 and message:receive_count() == 1 then sim.sleep(150) end   -- hangs: somebody else is faster
    task:work(message)
    message:delete()
end

local function work(task, first, second)
    while not task.stopping do
        local message = first:receive() or second:receive()
        if message then try(task, message) end
    end
end

local function ship(task, queue)
    while not task.stopping do
        local batch = { queue:receive(10) }
        local done = {}
        for _, message in ipairs(batch) do
            if message:work_left() < POISON then
                task:work(message)
                done[#done + 1] = message
            else
                message:abandon()
            end
        end
        if #done > 0 then queue:delete_batch(table.unpack(done)) end
        if #batch == 0 then sim.sleep(2) end
    end
end

local function mend(task, queue)
    while not task.stopping do
        local message = queue:receive()
        if message then
            sim.log("mending what was received %d times", message:receive_count())
            task:work(message)
            message:delete()
        end
    end
end

local function serve(name, app, count, slots, ...)
    ecs.create_service {
        service_name = name, desired_count = count,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { { app = app, slots = slots, queues = { ... } } },
        },
    }
end

serve("worker", work, 3, 1, urgent, jobs)
serve("shipper", ship, 2, 10, orders)
serve("mender", mend, 1, 1, dead)

local size = sim.random { name = "size", distribution = "lognormal", mean = 60, cv = 1 }
sim.arrivals { name = "urgent", rate = 1 / 120, into = urgent, work = size }
sim.arrivals { name = "jobs", rate = 1 / 50, into = jobs, work = sim.random { name = "work", distribution = "lognormal", mean = 60, cv = 1.2 } }
sim.arrivals {
    name = "orders", rate = 1 / 90,
    each = function(i)
        local customer, last = i % 5, "last of " .. i
        local work = 4 * size() / 10
        orders:send_batch { { work, nil, customer, i }, { work / 2, nil, customer, last }, { i % 11 == 0 and 300 or 5, nil, customer, "p" .. i } }
        if i % 3 == 0 then
            sim.sleep(250)
            orders:send(work / 2, nil, customer, last)   -- again, within five minutes
        end
    end,
}
sim.at("1h", function() jobs:send_batch { 150, 150, { 150, 60 }, 20 } end)
sim.expect { dlq = "> 0", ["orders.fifo.dlq"] = "> 0", ["dead.jobs_in"] = 0, ["work_lost_s{dead_letter}"] = "> 0", duplicates = "> 0" }
