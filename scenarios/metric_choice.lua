-- CPU, memory, requests, response time or concurrency: which signal shows what a service of calls and streams needs?
-- Look for: for two hours all but response time keep the right fleet. Then calls halve, and streams, which wait for others
-- and hold their slot, come five times as often: CPU and requests per target fall and take tasks away; response time, which
-- no task that is added makes shorter, is at the maximum by then; concurrency and memory, which count what is open, follow.
-- Now change: memory=0. When is memory a signal? Then streams=1: why do all five look right in a load test of calls? Then
-- average=true: a custom metric averaged over tasks counts those that are leaving, too.
-- Fails under: memory=0 streams=1 average=true
-- Rules: METRIC-01 METRIC-08 CW-09 TT-11 TT-15. Closed forms: Little, open = rate x length.

local sim, ecs, elb = require "sim", require "ecs", require "elb"
local autoscaling, cloudwatch = require "autoscaling", require "cloudwatch"
local metrics, scaling = require "lib.metrics", require "lib.scaling"

local p = sim.params {
    calls = { 4, "calls per second, each a second of CPU work", min = 0 },
    stream = { 100, "mean length of a stream, seconds of hardly any CPU", min = 1 },
    rate = { 0.06, "streams per second", min = 0 },
    streams = { 5, "how many times as many streams come in the third and fourth hour, with half as many calls", min = 0 },
    memory = { 50, "memory that full slots hold, percent of the task; 20 is the program's", min = 0, max = 80 },
    average = { false, "concurrency is averaged over what tasks report; else the sum, per running task" },
    slots = { 5, "calls and streams that a task serves at once; what comes then waits", min = 1 },
}
local HOUR, SHIFT, BACK = 3600, 2 * 3600, 5 * 3600
sim.scenario { duration = 7 * HOUR }

-- What each signal shows while the fleet is right: slots seven tenths full. The mix of the first two hours sets the targets.
local KEEP = 0.7
local function open_at(calls, streams) return calls + streams * p.rate * p.stream end
local tasks = open_at(p.calls, 1) / (KEEP * p.slots)
local TARGETS = {
    cpu = { "ECSServiceAverageCPUUtilization", 100 * p.calls / p.slots / tasks },
    memory = { "ECSServiceAverageMemoryUtilization", 20 + p.memory * KEEP },
    requests = { "ALBRequestCountPerTarget", 60 * (p.calls + p.rate) / tasks },
    response = { nil, open_at(p.calls, 1) / (p.calls + p.rate) },
    concurrency = { nil, KEEP * p.slots },
}

local function app(side)
    local dimensions = { Service = side }
    return function(task)
        local open = 0
        task:spawn(function()
            while true do
                sim.sleep(10)
                cloudwatch.put_metric_data("Web", "Open", open, dimensions)
            end
        end)
        task:serve { on_request = function(request)
            open = open + 1
            if request:work_left() > 1 then sim.sleep(request:work_left()) else task:work(request) end
            open = open - 1
        end }
    end
end

local groups, waits = {}, {}
for side, target in pairs(TARGETS) do
    local group = elb.create_target_group { name = side, deregistration_delay_timeout_seconds = 600,
        load_balancing_algorithm_type = "least_outstanding_requests", idle_timeout_timeout_seconds = 3600 }
    ecs.create_service {
        service_name = side, desired_count = math.ceil(tasks), load_balancers = { { target_group_arn = group } },
        task_definition = ecs.register_task_definition {
            family = side, cpu = 1024, memory = 2048, container_definitions = { { app = app(side), slots = p.slots,
                usage = { cpu_percent = 100 / p.slots, memory_percent = p.memory / p.slots, idle_cpu_percent = 0 } } },
        },
    }
    autoscaling.register_scalable_target { resource_id = side, min_capacity = 1, max_capacity = 30 }
    local open = { namespace = "Web", metric_name = "Open", dimensions = { Service = side } }
    local own = {
        response = { namespace = "AWS/ApplicationELB", metric_name = "TargetResponseTime",
                     dimensions = { TargetGroup = group } },
        concurrency = p.average and open or { metrics = {    -- each task reports six times a minute
            metrics.term("open", open, "Sum"), metrics.term("running", metrics.running(side), "Average"),
            { id = "each", expression = "open / 6 / running", return_data = true } } },
    }
    scaling.track(side, side, target[1] or own[side], target[2], 60)
    groups[#groups + 1] = group
    waits[group] = sim.tally(side .. "_wait", "s")       -- of streams, until they begin, once the mix has shifted
end

local function steps(before, during)
    return { { 0, before }, { SHIFT, before }, { SHIFT, during }, { BACK, during }, { BACK, before } }
end
sim.arrivals { name = "calls", rate = steps(p.calls, p.calls / 2), into = groups, work = 1 }
local length = sim.random { name = "stream", distribution = "gamma", mean = p.stream, cv = 0.5, min = 2 }
sim.arrivals { name = "streams", rate = steps(p.rate, p.streams * p.rate), each = function()
    local seconds = length()
    for _, group in ipairs(groups) do
        sim.spawn(function()
            local asked = sim.now()
            local status, took = group:request(seconds, 3600)
            if status == 200 and asked > SHIFT + 1800 and asked < BACK then waits[group]:add(took - seconds) end
        end)
    end
end }

for _, blind in ipairs { "cpu", "requests" } do
    sim.expect { ("%s_wait.count < 0.2 * concurrency_wait.count"):format(blind), ("%s.actions{in} > 0"):format(blind) }
end
sim.expect { ["response.time_at_max"] = "> 0.4", "response.cost > 2 * concurrency.cost", ["concurrency_wait.p95"] = "< 5",
             ["memory_wait.p95"] = "< 5", "memory.cost > 0.7 * concurrency.cost", "memory.cost < 1.3 * concurrency.cost" }
-- Little: so many are open, and so many tasks are needed, once the mix has shifted; a quarter more at most.
local need = open_at(p.calls / 2, p.streams) / (KEEP * p.slots)
sim.log("%.1f tasks before, %.1f after", tasks, need)
sim.eventually { ("concurrency.desired_count >= %g"):format(math.floor(need)), after = SHIFT, within = "25m" }
sim.eventually { ("concurrency.desired_count <= %g"):format(math.ceil(1.25 * tasks)), after = BACK, within = "90m" }
