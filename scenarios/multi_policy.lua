-- Two tracking policies on one service, CPU and memory: why does it never scale in again after its first busy day?
-- Look for: both stays for ever at the tasks of its peak; freed, whose memory policy may not scale in, follows cpu.
-- Now change: memory=54, then memory=53. Why does one percent decide? Then memory=61: what stops both on its way up?
-- Fails under: memory=53 memory=61
-- Rules: AAS-10 AAS-11 TT-04 TT-05 TT-11 TT-25. Closed forms: at the end.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local loads, scaling = require "lib.loads", require "lib.scaling"

local p = sim.params {
    memory = { 56, "memory use of a task at any load, percent", min = 1, max = 99 },
    target = { 60, "percent of CPU to keep, and of memory" },
    peak = { 6.3, "tasks' worth of requests at 14:00; a tenth of it at 02:00", min = 1 },
}
sim.scenario { duration = "2d" }

local MIN, MAX, WORK = 2, 20, 2                          -- tasks, tasks, seconds of work in a request

local function track_memory(service, disable_scale_in)
    autoscaling.put_scaling_policy {
        resource_id = service, policy_name = service .. "-memory", policy_type = "TargetTrackingScaling",
        target_tracking_scaling_policy_configuration = {
            target_value = p.target, disable_scale_in = disable_scale_in,
            predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageMemoryUtilization" },
        },
    }
end

local sides = {}
for i, side in ipairs { "cpu", "both", "freed" } do
    sides[i] = elb.create_target_group { name = side, deregistration_delay_timeout_seconds = 30 }
    ecs.create_service {
        service_name = side, desired_count = MIN, load_balancers = { { target_group_arn = sides[i] } },
        task_definition = ecs.register_task_definition {
            family = side, cpu = 512, memory = 1024,
            container_definitions = { { usage = { idle_cpu_percent = 0, idle_memory_percent = p.memory } } },
        },
    }
    autoscaling.register_scalable_target { resource_id = side, min_capacity = MIN, max_capacity = MAX }
    scaling.track(side, side .. "-cpu", "ECSServiceAverageCPUUtilization", p.target)
    if side ~= "cpu" then track_memory(side, side == "freed") end
end
local rate = loads.diurnal(0.55 * p.peak / WORK, 9 / 11, 14 * 3600)
sim.arrivals { rate = rate, process = "regular", into = sides, work = WORK }

-- CPU falls with every task, so the peak needs ceil(peak / target). Memory does not: from 0.9 target up its scale-in
-- alarm stays OK, so it never says in (all must); above its target it says out for ever (any may).
local most = math.ceil(p.peak / (p.target / 100))
sim.expect { "both.max_tasks == " .. most, "both.cost > 1.4 * freed.cost", "freed.cost < 1.02 * cpu.cost" }
sim.eventually { "both.desired_count == " .. most, after = "47h59m", within = "1m" }
sim.eventually { "freed.desired_count == " .. MIN, after = "24h", within = "6h" }
