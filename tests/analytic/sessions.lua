-- Clients open sessions at random instants and stay for a drawn time: how many are open, and how many find no place?
-- Played by theory.c.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

local p = sim.params {
    tasks = { 1, "behind the target group", min = 1 },
    slots = { 1000, "sessions that a task takes", min = 1 },
    offered = { 8, "sessions that would be open if all were taken: rate times mean stay", min = 0.1 },
    distribution = { "exponential", "of the stay", { "constant", "exponential", "lognormal" } },
    routing = { "round_robin", "load_balancing_algorithm_type" },
    length = { 10000, "sessions that are counted, in the mean", min = 1 },
}
local MEAN, START, WARM_UP = 60, 120, 3600
local rate = p.offered / MEAN
sim.scenario { duration = START + WARM_UP + p.length / rate, warm_up = START + WARM_UP }

local group = elb.create_target_group { name = "chat", load_balancing_algorithm_type = p.routing }
ecs.create_service {
    service_name = "chat", desired_count = p.tasks, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "chat", cpu = 256, memory = 512, container_definitions = { {
            slots = p.slots, usage = { cpu_percent = 100 / p.slots, memory_percent = 0, idle_memory_percent = 0 },
        } },
    },
}

local stay = sim.random {
    name = "stay", distribution = p.distribution, mean = MEAN, cv = p.distribution == "lognormal" and 2 or nil,
}
local refused, squares, open = sim.tally("refused", "of clients"), sim.level("squares", "sessions squared"), 0
local function count(change)
    open = open + change
    squares:set(open * open)
end
sim.arrivals { rate = rate, start = START, each = function()
    local connection, status = group:connect()
    assert(connection or status == 503)
    refused:add(connection and 0 or 1)
    if connection then
        count(1)
        connection:hold(stay())
        count(-1)
    end
end }
