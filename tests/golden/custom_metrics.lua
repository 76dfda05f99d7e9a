-- A metric that the tasks publish themselves scales their service, every ten seconds and by the minute; a second service
-- is still in its first deployment when its alarm wants fewer tasks.
-- Rules: ALARM-09 ALARM-10 AAS-07 AAS-22 AAS-36 STEP-02 COST-12 COST-13.

local sim, ecs, cloudwatch, autoscaling = require "sim", require "ecs", require "cloudwatch", require "autoscaling"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

sim.scenario { duration = "45m" }

local OPEN = { namespace = "app", metric_name = "OpenSessions", dimensions = { Service = "chat" } }
local open = sim.level("open_sessions", "sessions")

local function sessions_at(time)
    return math.floor(40 + 35 * math.sin(time / 400))
end

local running = 0
local function chat(task)
    running = running + 1
    task:on_sigterm(function() running = running - 1 end)
    while not task.stopping do
        local mine = sessions_at(sim.now()) / running
        cloudwatch.put_metric_data(OPEN.namespace, OPEN.metric_name, mine, OPEN.dimensions)
        open:set(mine * running)
        sim.sleep(10)
    end
end

local function service(name, count, app, pull)
    local made = ecs.create_service {
        service_name = name, desired_count = count,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = app, pull = pull } },
        },
    }
    autoscaling.register_scalable_target { resource_id = made, min_capacity = 1, max_capacity = 9 }
    return made
end

local fast = service("chat", 4, chat)
scaling.step(fast, "more", OPEN, { threshold = 20, period = 10, cooldown = 20 }, 1)
scaling.step(fast, "fewer", OPEN, {
    threshold = 8, comparison_operator = "LessThanThreshold", evaluation_periods = 3, statistic = "Maximum",
}, -1)

local slow = service("slow", 4, function(task) while not task.stopping do sim.sleep(60) end end, 400)
scaling.step(slow, "too-many", metrics.running(fast), { threshold = 2, evaluation_periods = 2, cooldown = 30 }, {
    { metric_interval_lower_bound = 0, metric_interval_upper_bound = 2, scaling_adjustment = -1 },
    { metric_interval_lower_bound = 2, scaling_adjustment = -2 },
})
