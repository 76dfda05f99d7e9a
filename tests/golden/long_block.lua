-- A scale-in that stays blocked for half a day: ECS repeats its event, protection expires after 2880 minutes at the latest.
-- Rules: PROT-04 PROT-54 PROT-82 EVENT-31 EVENT-37.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "16h" }

local function hold(task)
    task:protect(840)
    while not task.stopping do task:work(600) end
    task:exit(0)
end

local holder = ecs.create_service {
    service_name = "holder", desired_count = 4,
    task_definition = ecs.register_task_definition {
        family = "holder", cpu = 4096, memory = 8192, container_definitions = { { app = hold } },
    },
}
sim.at("10m", function() ecs.update_service { service = holder, desired_count = 1 } end)
sim.expect { scale_in_held_h = "> 36" }
