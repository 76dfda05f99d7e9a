-- A task that gets nothing new, with so many sessions of exponential length open: when is it empty? Played by theory.c.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

local p = sim.params {
    sessions = { 10, "open at the cordon", min = 1 },
    length = { 50, "services, one trial each", min = 1 },
}
local MEAN = 60
local READY = 180 + p.length / 8                         -- starts are limited to 500 a minute
sim.scenario { duration = READY + 30 * MEAN }

local empty = sim.tally("empty", "s")
local stay = sim.random { name = "stay", mean = MEAN }
for trial = 1, p.length do
    local name, open, cordoned = "trial-" .. trial, 0, nil
    local group = elb.create_target_group { name = name, deregistration_delay_timeout_seconds = 3600 }
    local service = ecs.create_service {
        service_name = name, desired_count = 1, load_balancers = { { target_group_arn = group } },
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { {
                slots = 1000, usage = { cpu_percent = 0.1 }, app = function(task)
                    task:serve {
                        on_connect = function() open = open + 1 end,
                        on_disconnect = function()
                            open = open - 1
                            if cordoned and open == 0 then empty:add(sim.now() - cordoned) end
                        end,
                    }
                end,
            } },
        },
    }
    sim.at(READY, function()
        local listed = ecs.list_tasks { service_name = name }
        while not listed do                              -- calls are limited to 20 a second
            sim.sleep(1)
            listed = ecs.list_tasks { service_name = name }
        end
        for _ = 1, p.sessions do sim.spawn(function() group:connect():hold(stay()) end) end
        elb.deregister_targets { target_group_arn = group, targets = listed.task_arns }
        cordoned = sim.now()
        sim.every(1, function() group:connect() end)     -- clients still come, and find nobody
    end)
end
