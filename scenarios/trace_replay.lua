-- What would my recorded traffic have cost under this policy, and how many requests would have been slow?
-- Look for: cost and slo_attainment; the fleet follows a working day, and comes late to the crowd of the second afternoon.
-- Now change: target=80. What do the cheaper hours cost in slow requests? Then speed=6: can the policy follow a day that is
-- four hours long? Then a recording of your own, CSV or CloudWatch's JSON; scenarios/README.md has commands for public ones.
-- Fails under: max_tasks=3
-- Rules: TT-01 TT-11 TT-14 TT-17 CW-05. Closed forms: at least lambda E[S] tasks.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local loads, scaling = require "lib.loads", require "lib.scaling"

local p = sim.params {
    trace = { "", "a CSV file, or CloudWatch's answer in JSON; nothing: a load that is made here" },
    time = { "timestamp", "column of the times, instants or numbers of time_unit" },
    value = { "value", "column of the requests counted; of JSON the id of the result" },
    time_unit = { "1s", "what one is in a column of numbers" },
    holes = { "error", "what stands where values are missing", { "error", "level", "zero" } },
    from = { "0s", "where the replay begins, counted from the first value", min = 0 },
    to = { "2d", "where it ends" },
    speed = { 1, "how many times as fast", min = 0.01 },
    factor = { 1, "how many times as high", min = 0 },
    work = { 0.5, "CPU seconds of a request, mean", min = 0.001 },
    target = { 60, "CPU percent to keep", min = 5, max = 95 },
    max_tasks = { 40, "most tasks", min = 2 },
}

local function recorded()
    if p.trace:find "%.json$" then
        return { file = p.trace, id = p.value, holes = p.holes, from = p.from, to = p.to }
    end
    return { file = p.trace, time = p.time, value = p.value, time_unit = p.time_unit, holes = p.holes, from = p.from, to = p.to }
end

-- Two working days, in requests per second, with a crowd of twenty times as many at 14:00 of the second.
local function made()
    local hours = { 3, 2, 2, 2, 3, 5, 9, 14, 20, 24, 25, 25, 24, 25, 25, 24, 22, 19, 16, 14, 12, 9, 6, 4 }
    local load = loads.sum(p.to, loads.profile(2, hours, 86400), loads.flash_crowd(0.5, 20, 38 * 3600, 300, 900))
    return loads.scale(loads.stretch(loads.shift(load, -p.from), 1 / p.speed), p.factor), (p.to - p.from) / p.speed
end

local rate, length
if p.trace == "" then rate, length = made() else rate, length = loads.replay(recorded(), p.speed, p.factor) end
sim.scenario { duration = length, slo = 5 * p.work }

local web = elb.create_target_group { name = "requests", load_balancing_algorithm_type = "least_outstanding_requests",
                                      deregistration_delay_timeout_seconds = 30 }
local service = ecs.create_service {
    service_name = "web", desired_count = 2, load_balancers = { { target_group_arn = web } },
    task_definition = ecs.register_task_definition {      -- no app: the container serves what it is sent
        family = "web", cpu = 1024, memory = 2048, container_definitions = { { slots = 100 } },
    },
}
autoscaling.register_scalable_target { resource_id = service, min_capacity = 2, max_capacity = p.max_tasks }
scaling.track(service, "cpu", "ECSServiceAverageCPUUtilization", p.target, 60)
sim.arrivals { rate = rate, into = web, work = sim.random { name = "work", mean = p.work } }

-- No policy answers a request with less than its work; a good one answers nearly all without much more.
sim.expect { slo_attainment = "> 0.95", ("web.avg_tasks * %.12g > 0.98 * jobs_done * %.12g"):format(length, p.work) }
