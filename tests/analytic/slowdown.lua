-- Requests of three sizes share the CPU of one task: is each of them slowed down by the same factor? Played by theory.c.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

local p = sim.params {
    load = { 0.8, "of the task", min = 0.01, max = 0.99 },
    length = { 100000, "requests that are counted, in the mean", min = 1 },
}
local SIZES, WEIGHTS, MEAN = { 0.02, 0.1, 0.5 }, { 5, 4, 1 }, 0.1
local START = 220
local rate = p.load / MEAN
sim.scenario { duration = START + p.length / rate, warm_up = START }

local group = elb.create_target_group { name = "web", idle_timeout_timeout_seconds = 4000 }
ecs.create_service {
    service_name = "server", desired_count = 1, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition {
        family = "server", cpu = 256, memory = 512, container_definitions = { { slots = 100000 } },
    },
}

local size = sim.random { name = "size", distribution = "empirical", values = SIZES, weights = WEIGHTS }
local slowdown = {}
for i, name in ipairs { "small", "middle", "large" } do slowdown[SIZES[i]] = sim.tally(name, "times as long as alone") end
sim.arrivals { rate = rate, start = 120, each = function()
    local work = size()
    local _, seconds = group:request(work)
    slowdown[work]:add(seconds / work)
end }
