-- Why does it not scale in at night? A metric that falls silent is not a metric that says zero.
-- Look for: the silent service stays at ten tasks for ever; INSUFFICIENT_DATA, grey, in the alarm ribbon.
-- Now change: fill=false. The alarm takes silence for a breach, and yet the policy does nothing: `ecsim explain` says why.
-- Fails under: report=true fill=false
-- Rules: AAS-05 AAS-08 TT-09 TT-11 TT-16 ALARM-12. Closed forms: none, it is a matter of rules.

local sim, ecs, cloudwatch, autoscaling = require "sim", require "ecs", require "cloudwatch", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

local p = sim.params {
    report = { false, "the silent service publishes zeros as well" },
    fill = { true, "the stepped service's alarm watches FILL(load, 0); else it treats missing data as breaching" },
}
sim.scenario { duration = "8h" }

local BUSY, NEED, TARGET = 3 * 3600, 8, 80               -- load worth eight tasks for three hours, then none

local function serve(task)
    while not task.stopping do sim.sleep(60) end
end

local function add_service(name, publishes_zeros)
    local service = ecs.create_service {
        service_name = name, desired_count = 2,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = serve } },
        },
    }
    local load = { namespace = "Shop", metric_name = "Utilization", dimensions = { ServiceName = name } }
    sim.every("1m", function()
        local running = ecs.describe_services { services = { service } }.services[1].running_count
        local value = sim.now() < BUSY and 100 * NEED / math.max(running, 1) or 0
        if value > 0 or publishes_zeros then
            cloudwatch.put_metric_data(load.namespace, load.metric_name, value, load.dimensions)
        end
    end)
    autoscaling.register_scalable_target { resource_id = service, min_capacity = 2, max_capacity = 20 }
    scaling.track(service, name, load, TARGET, 60)
    return service, load
end

add_service("zeros", true)
add_service("silent", p.report)
local stepped, load = add_service("stepped", false)
local filled = { metrics = {
    metrics.term("load", load, "Average", 60), { id = "filled", expression = "FILL(load, 0)", return_data = true },
} }
scaling.step(stepped, "stepped-in", p.fill and filled or load, { threshold = 20,
    comparison_operator = "LessThanThreshold", evaluation_periods = 5, cooldown = 60, treat_missing_data = "breaching" }, -1)

-- Tracking asks for ceil(8 / 0.8) = 10 tasks; without data it never scales in, and no data are no zero.
sim.eventually { "silent.desired_count == 10", after = "2h", within = "1m" }
sim.eventually { "silent.desired_count == 10", after = "7h59m", within = "1m" }
sim.eventually { "zeros.desired_count == 2", after = "3h", within = "2h" }
sim.eventually { "stepped.desired_count == 2", after = "3h", within = "2h" }
