-- A load triples at once: where do the minutes go until the new tasks serve?
-- Look for: five of the six minutes pass before auto scaling knows (period, lag, three datapoints, evaluation), one in
-- starting tasks.
-- Now change: period=20. What is left to gain? Then period=10: why does a finer metric help policy=step and not target
-- tracking? Then startup=180: is the faster metric still worth its price?
-- Fails under: startup=180
-- Rules: ALARM-02 ALARM-08 CW-05 AAS-29..33 TT-08 TT-23 TT-24 SCHED-20. Closed forms: F9 F11.

local sim, ecs, elb = require "sim", require "ecs", require "elb"
local autoscaling, cloudwatch = require "autoscaling", require "cloudwatch"
local loads, metrics, scaling = require "lib.loads", require "lib.metrics", require "lib.scaling"

local p = sim.params {
    period = { 60, "seconds per datapoint; 10 = published by the tasks themselves", { 60, 20, 10 } },
    policy = { "target", "kind of policy", { "target", "step" } },
    startup = { "20s", "from RUNNING until a task can serve" },
    spike = { 3, "factor of the spike" },
}
sim.scenario { duration = "2h", warm_up = "2m", slo = 1 }

local SPIKE_AT = 3600
local web = elb.create_target_group { name = "web" }

local function serve(task)
    local busy = 0
    local function publish()
        while true do
            sim.sleep(10)
            cloudwatch.put_metric_data("Web", "Demand", 100 * busy)
        end
    end
    if p.period == 10 then task:spawn(publish) end
    task:serve { on_request = function(request)
        busy = busy + 1
        task:work(request)
        busy = busy - 1
    end }
end

local resolution = { metric_names = { "CPUUtilization" }, resolution_seconds = math.max(p.period, 20) }
local service = ecs.create_service {
    service_name = "web", desired_count = 4, load_balancers = { { target_group_arn = web } },
    monitoring = { metric_configurations = { resolution } },
    task_definition = ecs.register_task_definition {
        family = "web", cpu = 1024, memory = 2048,
        container_definitions = { { app = serve, slots = 100, startup = p.startup } },
    },
}
autoscaling.register_scalable_target { resource_id = service, min_capacity = 4, max_capacity = 40 }

local metric = p.period == 10 and { namespace = "Web", metric_name = "Demand" } or metrics.cpu(service)
if p.policy == "step" then
    scaling.step(service, "cpu-high", metric,
        { threshold = 60, period = p.period, evaluation_periods = 3, adjustment_type = "PercentChangeInCapacity" },
        { { metric_interval_lower_bound = 0, metric_interval_upper_bound = 20, scaling_adjustment = 30 },
          { metric_interval_lower_bound = 20, scaling_adjustment = 100 } })
else
    local predefined = "ECSServiceAverageCPUUtilization" .. (p.period == 20 and "HighResolution" or "")
    scaling.track(service, "cpu", p.period == 10 and metric or predefined, 50, 60)
end
local work = sim.random { name = "work", mean = 0.05 }
sim.arrivals { rate = loads.spike(30, p.spike, SPIKE_AT, 1800), into = web, work = work }

-- F9 at r = 0.2 expects detection after 312 s on average with 60-second metrics, at most a minute later by its phases.
sim.expect { time_to_ready_p50 = "< 8m" }
sim.eventually { "web.desired_count > 4", after = SPIKE_AT, within = "6m20s" }
