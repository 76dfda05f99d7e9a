-- F16: a database takes so many connections, each task holds a pool of them until its container has ended: how many tasks
-- are safe, and how many while a new version is rolled out? Played by theory.c.

local sim, ecs = require "sim", require "ecs"

local p = sim.params {
    cap = { 100, "connections that the database takes", min = 1 },
    pool = { 15, "of each task", min = 1 },
    tasks = { 6, "desired count", min = 1 },
    deploy = { false, "roll out a new version, beside the old one" },
}
sim.scenario { duration = "1h" }

local connections = sim.resource { name = "database", capacity = p.cap }
local refused = sim.tally("refused", "tasks")
ecs.create_service {
    service_name = "web", desired_count = p.tasks,
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 256, memory = 512, container_definitions = { { app = function(task)
            if not connections:acquire(p.pool, 0) then refused:add(1) end
            while not task.stopping do sim.sleep(1) end
            sim.sleep(10)                                -- what is in progress is finished
        end } },
    },
}
if p.deploy then
    sim.at("20m", function() ecs.update_service { service = "web", force_new_deployment = true } end)
end
local versions = p.deploy and 2 or 1
local safe = p.tasks * versions <= p.cap // p.pool
sim.expect { ["refused.count"] = safe and 0 or "> 0", max_tasks = p.tasks * versions }
