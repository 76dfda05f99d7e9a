-- How containers end: by themselves, in a crash, politely at SIGTERM, too late for it, during their start-up, before it.
-- Rules: SCHED-02 SCHED-06 SCHED-08 SCHED-27 SCHED-36 SCHED-48 PROT-40 PROT-51 PROT-60 PROT-70 PROT-86.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "50m" }

local ENDINGS = {
    returns = function(task) task:work(240) end,
    crashes = function(task)
        task:spawn(function() sim.sleep(100) task:exit(3) end)
        while true do task:work(30) end
    end,
    protected_crash = function(task)
        task:protect(60)
        sim.sleep(150)
        task:exit(137)
    end,
    polite = function(task)
        task:on_sigterm(function()
            task:work(7)
            task:exit(0)
        end)
        while true do sim.sleep(60) end
    end,
    deaf = function(task)
        while true do task:work(60) end
    end,
    late = function(task)                                -- protects itself when its stop has been decided
        task:on_sigterm(function()
            local granted, reason, status = task:protect(10)
            sim.log("too late: %s %s %d", tostring(granted), reason or "-", status)
            local enabled = task:get_protection()
            sim.log("protected: %s", tostring(enabled))
            task:unprotect()
        end)
        while not task.stopping do sim.sleep(10) end
        sim.sleep(5)
    end,
    slow_start = function(task)
        while not task.stopping do sim.sleep(10) end
    end,
}
local NAMES = { "returns", "crashes", "protected_crash", "polite", "deaf", "late", "slow_start" }

local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "3m" }

for _, name in ipairs(NAMES) do
    ecs.create_service {
        service_name = name, desired_count = 1,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { {
                app = ENDINGS[name], stop_timeout = name == "deaf" and 20 or 40, startup = name == "slow_start" and 300 or 0,
            } },
        },
    }
end

-- One worker whose job is cut and comes back.
ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { {
            queues = { jobs }, stop_timeout = 2,
            app = function(task, queue)
                while not task.stopping do
                    local message = queue:receive()
                    if message then
                        if message:receive_count() == 1 then task:spawn(function() sim.sleep(30) task:exit(1) end) end
                        task:work(message)
                        message:delete()
                    else
                        sim.sleep(1)
                    end
                end
            end,
        } },
    },
}
sim.at("2m", function() jobs:send(90) end)

local function set_all(count)
    for _, name in ipairs(NAMES) do ecs.update_service { service = name, desired_count = count } end
end
sim.at("5m", function() set_all(0) end)
sim.at("10m", function() set_all(3) end)
sim.at("620s", function() set_all(1) end)                -- some have been created, none runs
sim.at("20m", function() set_all(0) end)
sim.expect { jobs_done = 1, redeliveries = 1, ["jobs_cut{crash}"] = 1 }
