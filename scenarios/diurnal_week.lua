-- What does a week cost under a CPU target of 40, 60, 75 or 90 percent, and how slow is it?
-- Look for: a knee. From 90 down to 75 a point of attainment costs little, the last one nearly doubles the bill. At each
-- target the fleet is a fifth larger than the target alone asks for: it may stay wherever CPU is within a tenth below.
-- Now change: swing=0 weekend=1. Is that fifth due to slow scale-in in the evening? Then max=16: which target hides behind
-- the maximum? Then target=50, and `ecsim sweep diurnal_week --vary target=40:90:10` for the whole curve.
-- Fails under: max=16
-- Rules: TT-05 TT-11..17 COST-02 ALB-03. Closed forms: no target costs less than the work itself, at 100 percent.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local prices, scaling = require "lib.prices", require "lib.scaling"

local p = sim.params {
    target = { 0, "CPU percent to keep; 0: four services, side by side", min = 0, max = 100 },
    busy = { 8, "tasks that the load keeps busy, mean of a working day", min = 1 },
    swing = { 0.8, "share by which the early afternoon is above that, and the night below", min = 0, max = 1 },
    weekend = { 0.4, "load of a Saturday or Sunday, as a share of a working day's", min = 0 },
    work = { 10, "mean work of a request, seconds; it shall take no more than twice as long", min = 0.1 },
    min = { 2, "min_capacity", min = 1 },
    max = { 60, "max_capacity", min = 1 },
}
local DAY, CPU, MEMORY = 86400, 1024, 2048
sim.scenario { duration = "7d", slo = 2 * p.work }

local function week()                                    -- a day like any other, but for the weekend
    local points = { every = 7 * DAY }
    for t = 0, 7 * DAY - 900, 900 do
        local share = t // DAY < 5 and 1 or p.weekend
        local wave = 1 + p.swing * math.cos(2 * math.pi * (t - 14 * 3600) / DAY)
        points[#points + 1] = { t, p.busy / p.work * share * wave }
    end
    return points
end

local busy = p.busy * (5 + 2 * p.weekend) / 7            -- mean of the week
local floor = busy * prices.HOURS_A_WEEK * prices.task(CPU, MEMORY)
sim.log("the work itself, on tasks that are never idle: %.2f USD", floor)

local groups = {}
for i, target in ipairs(p.target > 0 and { p.target } or { 40, 60, 75, 90 }) do
    local name = "at_" .. math.floor(target)
    groups[i] = elb.create_target_group { name = name, deregistration_delay_timeout_seconds = 60,
        idle_timeout_timeout_seconds = 600 }
    ecs.create_service {
        service_name = name, desired_count = p.min, load_balancers = { { target_group_arn = groups[i] } },
        task_definition = ecs.register_task_definition {  -- no app: the container serves what it is sent
            family = name, cpu = CPU, memory = MEMORY, container_definitions = { { slots = 200, stop_timeout = 120 } },
        },
    }
    autoscaling.register_scalable_target { resource_id = name, min_capacity = p.min, max_capacity = p.max }
    scaling.track(name, name .. "-cpu", "ECSServiceAverageCPUUtilization", target)
    local asked = 100 / target * busy                    -- tasks, if the target were met on average
    sim.expect { ("%s.cost > %.6g"):format(name, floor), [name .. ".time_at_max"] = "< 0.01",
                 ("%s.avg_tasks > %.6g"):format(name, 1.1 * asked), ("%s.avg_tasks < %.6g"):format(name, 1.3 * asked) }
end
sim.arrivals { rate = week(), into = groups,
               work = sim.random { name = "work", distribution = "gamma", mean = p.work, cv = 0.3 } }

if p.target == 0 then                                    -- the price of a point of attainment, from target to target
    local function point(from, to)
        return ("(at_%d.cost - at_%d.cost) / (at_%d.slo_attainment - at_%d.slo_attainment)"):format(to, from, to, from)
    end
    sim.expect { point(75, 60) .. " > 2 * " .. point(90, 75), point(60, 40) .. " > 2 * " .. point(75, 60) }
end
