-- Will two step policies chase each other, and how far apart must their thresholds be?
-- Look for: the narrow service's sawtooth in the fleet strip; the wide one crosses the same day without a reversal.
-- Now change: low=76, then min=8: removing one task of nine raises the metric by an eighth only. Then cooldown=10m.
-- Fails under: low=80
-- Rules: STEP-01 AAS-06 AAS-18 BACKLOG-01. Closed forms: F8.

local sim, ecs, cloudwatch, autoscaling = require "sim", require "ecs", require "cloudwatch", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

local p = sim.params {
    high = { 100, "load per task from which a task is added" },
    low = { 70, "load per task below which the wide service removes one" },
    min = { 3, "least tasks", min = 1 },
    cooldown = { "1m", "of both policies" },
}
sim.scenario { duration = "1d" }

local function serve(task)                               -- the load is a number here: what counts is the loop
    while not task.stopping do sim.sleep(60) end
end

local function load_at(t)                                -- from the least fleet's fill up to four times as much, and back
    return p.high * p.min * (2.2 - 1.4 * math.cos(2 * math.pi * t / 86400))
end

local function add_service(name, low)
    local service = ecs.create_service {
        service_name = name, desired_count = p.min,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = serve } },
        },
    }
    local load = { namespace = "Shop", metric_name = "Load", dimensions = { ServiceName = name } }
    local per_task = { metrics = {
        metrics.term("load", load, "Average", 60), metrics.term("tasks", metrics.running(service), "Average", 60),
        { id = "per_task", expression = "load / tasks", return_data = true },
    } }
    sim.every("1m", function()
        cloudwatch.put_metric_data(load.namespace, load.metric_name, load_at(sim.now()), load.dimensions)
    end)
    autoscaling.register_scalable_target { resource_id = service, min_capacity = p.min, max_capacity = 10 * p.min }
    scaling.step(service, name .. "-out", per_task, { threshold = p.high, cooldown = p.cooldown }, 1)
    scaling.step(service, name .. "-in", per_task, { threshold = low, comparison_operator = "LessThanThreshold",
        cooldown = p.cooldown }, -1)
end

add_service("wide", p.low)
add_service("narrow", 0.99 * p.high)

-- F8: removing one of n tasks raises the metric by n / (n - 1), most where n is least: a band wider than that is calm.
sim.expect { ["wide.reversals_h"] = 0, ["narrow.reversals_h"] = "> 2" }
