-- Step scaling, target tracking, or both: which follows the same load better, and at what price?
-- Look for: under bursts target tracking costs a tenth more and turns back more than twice as often, and answers hardly more
-- requests in time: by how much, and whether at all, is a matter of the seed.
-- Now change: load=drift, then load=day. Does the difference stay? Then step=10: fewer reversals, or only a later answer?
-- Fails under: load=drift
-- Rules: AAS-10..12 STEP-01..10 TT-11 TT-14..17. Closed forms: F11.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local loads, metrics, scaling = require "lib.loads", require "lib.metrics", require "lib.scaling"

local p = sim.params {
    load = { "bursts", "shape of the load", { "bursts", "drift", "day" } },
    base = { 5, "requests per second" },
    target = { 50, "CPU percent to keep" },
    step = { 30, "percent of the fleet per step" },
}
sim.scenario { duration = "2d", slo = 2 }

local shapes = {
    bursts = function() return loads.bursts("load", p.base, 4 * p.base, 5400, 1200, 2 * 86400) end,
    drift = function() return loads.ramp(p.base, 5 * p.base, 3600, 36 * 3600) end,
    day = function() return loads.diurnal(2 * p.base, 0.8, 14 * 3600) end,
}

local sides = {}
for i, side in ipairs { "step", "target", "both" } do
    sides[i] = elb.create_target_group { name = side, deregistration_delay_timeout_seconds = 30 }
    ecs.create_service {
        service_name = side, desired_count = 3, load_balancers = { { target_group_arn = sides[i] } },
        task_definition = ecs.register_task_definition {  -- no app: the container serves what it is sent
            family = side, cpu = 512, memory = 1024, container_definitions = { { slots = 50 } },
        },
    }
    autoscaling.register_scalable_target { resource_id = side, min_capacity = 2, max_capacity = 40 }
    if side ~= "step" then scaling.track(side, side .. "-cpu", "ECSServiceAverageCPUUtilization", p.target) end
    if side ~= "target" then
        scaling.step(side, side .. "-out", metrics.cpu(side),
            { threshold = p.target + 10, adjustment_type = "PercentChangeInCapacity", cooldown = 60 }, p.step)
        scaling.step(side, side .. "-in", metrics.cpu(side),
            { threshold = p.target - 15, comparison_operator = "LessThanThreshold", evaluation_periods = 10,
              adjustment_type = "PercentChangeInCapacity", min_adjustment_magnitude = 1 }, -p.step)
    end
end

local work = sim.random { name = "work", distribution = "gamma", mean = 0.2, cv = 1 }
sim.arrivals { rate = shapes[p.load](), into = sides, work = work }      -- every side gets every request
sim.expect { "step.cost * 1.05 <= target.cost", "step.slo_attainment >= target.slo_attainment - 0.04",
             "target.slo_attainment >= step.slo_attainment - 0.02", "target.reversals_h > 2 * step.reversals_h" }
