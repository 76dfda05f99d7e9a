-- Long jobs on a queue with a short visibility timeout: heartbeats, forgotten heartbeats (overtaken jobs, stale deletes),
-- checkpoints, jobs given back, delays and retention.
-- Rules: SQS-01 SQS-02 SQS-05 SQS-07 SQS-08 SQS-10. Work lost by overtaking stands apart from work lost by stops.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "3h", slo = "20m" }

local jobs = sqs.create_queue {
    queue_name = "jobs", visibility_timeout = "2m", receive_message_wait_time_seconds = 20, delay_seconds = 5,
    message_retention_period = "1h",
}

local function beat(task, message, every)                -- until the message is deleted or lost
    while message:work_left() > 0 do
        sim.sleep(every)
        if not message:change_visibility(120) then return end
    end
end

local kinds = {
    careful = function(task, message)
        task:spawn(beat, task, message, 60)
        task:work(message)
        message:delete()
    end,
    forgetful = function(task, message)                  -- outlives its timeout and deletes with an old receipt
        task:work(message)
        message:delete()
    end,
    saving = function(task, message)
        while task:work(message, 40) > 0 do
            message:checkpoint()
            if task.stopping then
                message:change_visibility(0)
                return
            end
        end
        message:delete()
    end,
    picky = function(task, message)                      -- gives back what it has seen too often, and what is too large
        if message:receive_count() > 2 or message:work_left() > 150 then
            sim.log("given back: %s", tostring(message:change_visibility(0)))
            sim.sleep(15)
            return
        end
        task:work(message)
        message:delete()
        if not message:change_visibility(60) then sim.log "gone" end
    end,
}

local function consume(task, queue)
    local kind = kinds[task.environment.KIND]
    while not task.stopping do
        local message = queue:receive()
        if message then kind(task, message) end
    end
end

for _, name in ipairs { "careful", "forgetful", "saving", "picky" } do
    ecs.create_service {
        service_name = name, desired_count = 2,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512,
            container_definitions = { { app = consume, queues = { jobs }, environment = { KIND = name }, stop_timeout = 60 } },
        },
    }
end

sim.arrivals {
    rate = 1 / 35, stop = "2h", into = jobs,
    work = sim.random { name = "work", distribution = "uniform", min = 20, max = 420 },
}
for _, minute in ipairs { 30, 60, 90 } do
    sim.at(minute * 60, function() ecs.update_service { service = "saving", desired_count = minute == 60 and 2 or 1 } end)
end
sim.at("100m", function()                                -- nobody takes what comes last: it expires
    jobs:send(30, 900)
    for _, name in ipairs { "careful", "forgetful", "saving", "picky" } do
        ecs.update_service { service = name, desired_count = 0 }
    end
end)
sim.expect { ["work_lost_s{overtaken}"] = "> 0", redeliveries = "> 0", ["work_lost_s{expired}"] = "> 0" }
