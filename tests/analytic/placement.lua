-- So many clients, each always in a session, placed at random: how often does a task have none? Played by theory.c.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

local p = sim.params {
    tasks = { 8, "behind the target group", min = 1 },
    clients = { 12, "each opens the next session when the last one ends", min = 1 },
    length = { 20, "hours", min = 1 },
}
local MEAN, START = 60, 1800
sim.scenario { duration = START + p.length * 3600, warm_up = START }

local group = elb.create_target_group { name = "chat", load_balancing_algorithm_type = "weighted_random" }
ecs.create_service {
    service_name = "chat", desired_count = p.tasks, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "chat", cpu = 256, memory = 512,
        container_definitions = { { slots = p.clients, usage = { cpu_percent = 1 } } },
    },
}
local stay = sim.random { name = "stay", mean = MEAN }
for _ = 1, p.clients do
    sim.at(120, function()
        while true do group:connect():hold(stay()) end
    end)
end
