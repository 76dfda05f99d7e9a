-- ECS on EC2 shrinks twice by night, tasks and then instances: which instances go, and at what loss?
-- Look for: the strips of the agents, one per instance. Packed tasks give back six of the eight, spread ones none,
-- packed ones with long jobs two or three: a job pins its instance or, without termination protection, goes with it.
-- Now change: long=1, long=16. Then night=4: does spread give anything back now? Then target=50: what do spares cost?
-- Fails under: placement=binpack protection=false
-- Rules: CAP-08 CAP-13 CAP-14 CAP-17 PLACE-03 PROT-45 PROT-50 SCHED-14.

local sim, ecs, ec2, sqs = require "sim", require "ecs", require "ec2", require "sqs"

local p = sim.params {
    placement = { "spread", "placement of the service spread", { "spread", "binpack" } },
    protection = { true, "managed termination protection of the group of pinned" },
    day = { 40, "tasks of each service from 06:00", min = 1, max = 400 },
    night = { 8, "tasks from 20:00", min = 1 },
    long = { 8, "jobs of eleven hours that start at 17:30, for the last three services", min = 1, max = 40 },
    target = { 100, "target capacity, per cent of the instances that are used", min = 1, max = 100 },
    days = { 5, "duration", min = 1 },
}
local DAY, HOUR = 86400, 3600
sim.scenario { duration = p.days * DAY + 6 * HOUR }

local CPU, AGENT, INSTANCE = 384, 128, 2048              -- an m5.large has two CPUs: an agent and five tasks
local PER = (INSTANCE - AGENT) // CPU

local function define(family, cpu, memory, container)
    return ecs.register_task_definition {
        family = family, cpu = cpu, memory = memory, network_mode = "bridge", requires_compatibilities = { "EC2" },
        container_definitions = { container },
    }
end

local function watch(task)
    task:on_sigterm(function() task:exit(0) end)
    while true do sim.sleep(DAY) end
end

local function consume(task, queue)                      -- protected from the first second of work to the last
    while not task.stopping do
        local message = queue:receive()
        if not message then
            sim.sleep(40)
        elseif not task:protect(60) then
            message:change_visibility(0)                 -- refused: somebody else's
        else
            while task:work(message, 600) > 0 do
                message:change_visibility(1200)
                task:protect(60)
            end
            message:delete()
            task:unprotect()
        end
    end
end

local function add_cluster(side, protected, draining)
    local group = ec2.create_auto_scaling_group {
        auto_scaling_group_name = side, cluster = side, instance_type = "m5.large", min_size = 0, max_size = 100,
        new_instances_protected_from_scale_in = protected }
    return ecs.create_capacity_provider { name = side, auto_scaling_group_provider = {
        auto_scaling_group_arn = group, managed_scaling = { status = "ENABLED", target_capacity = p.target },
        managed_termination_protection = protected and "ENABLED" or "DISABLED",
        managed_draining = draining and "ENABLED" or "DISABLED" } }
end

local services, agents, nights = {}, {}, {}
local function add_side(side, placement, protected, draining)
    local provider = add_cluster(side, protected, draining)
    local queue = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = 1200, receive_message_wait_time_seconds = 20 }
    services[side] = ecs.create_service {
        service_name = side, cluster = side, desired_count = p.night,
        capacity_provider_strategy = { { capacity_provider = provider, weight = 1 } },
        placement_strategy = { placement },
        task_definition = define(side, CPU, 512, { app = consume, queues = { queue } }) }
    agents[side] = ecs.create_service {                  -- one on each instance, and keeps none alive: CAP-08
        service_name = side .. "_agent", cluster = side, launch_type = "EC2", scheduling_strategy = "DAEMON",
        task_definition = define(side .. "_agent", AGENT, 64, { app = watch }) }
    nights[side] = sim.tally(side .. "_night", "instances")
    return queue
end

local PACK, SPREAD = { type = "binpack", field = "cpu" }, { type = "spread", field = "instanceId" }
local short = { add_side("packed", PACK, true, true),
                add_side("spread", p.placement == "spread" and SPREAD or PACK, true, true) }
local long = { add_side("pinned", PACK, p.protection, true), add_side("drained", PACK, false, true),
               add_side("killed", PACK, false, false) }
local all = table.move(long, 1, #long, #short + 1, short)

local busy = 0.6 * p.day / 600                           -- by night nothing arrives: who is busy then has a long job
sim.arrivals { name = "short", work = sim.random { name = "work", mean = 600 }, into = all,
    rate = { { 6.5 * HOUR, 0 }, { 8 * HOUR, busy }, { 17 * HOUR, busy }, { 18 * HOUR, 0 }, every = DAY } }
local starts = {}
for i = 1, p.days * p.long do starts[i] = (i - 1) // p.long * DAY + 17.5 * HOUR end
sim.arrivals { name = "long", times = starts, work = 11 * HOUR, into = long }

local function set_all(count)
    for _, service in pairs(services) do ecs.update_service { service = service, desired_count = count } end
end
local function count_instances()
    for side, agent in pairs(agents) do
        nights[side]:add(ecs.describe_services { services = { agent } }.services[1].running_count)
    end
end
for day = 0, p.days - 1 do
    sim.at(day * DAY + 6 * HOUR, function() set_all(p.day) end)
    sim.at(day * DAY + 20 * HOUR, function() set_all(p.night) end)
    sim.at(day * DAY + 27 * HOUR, count_instances)
end

-- CAP-17: instances with a task on them stay; with a target below 100 % as many more as make that share of them.
local function group(used) return math.ceil(100 * math.ceil(used) / p.target) end
local by_day = math.ceil(p.day / PER)
sim.expect { ["packed_night.mean"] = group(p.night / PER), ["packed_night.max"] = group(p.night / PER),
             ["spread_night.mean"] = group(math.min(p.night, group(by_day))),
             "packed_agent.avg_tasks < pinned_agent.avg_tasks", "pinned_agent.avg_tasks < spread_agent.avg_tasks" }

-- The long jobs sit anywhere among the tasks of the day: how many instances have at least one, on average?
-- It varies by 0.85 from night to night: 1.2 is three standard errors of five nights.
local none = 1
for i = 0, p.long - 1 do none = none * math.max(0, p.day - PER - i) / math.max(1, p.day - i) end
local pinned, idle = by_day * (1 - none), math.max(0, p.night - p.long)
sim.expect { ("pinned_night.mean > %g"):format(100 * pinned / p.target - 1.2),
             ("pinned_night.mean < %g"):format(100 * (pinned + math.ceil(idle / PER)) / p.target + 1.2) }

-- CAP-14: a job is safe with both protections, of its task and of its instance; scale-in of tasks cuts none anywhere.
sim.expect { ["work_lost_s{scale_in}"] = 0, ["pinned.work_lost_s"] = 0,
             ["drained.work_lost_s{drain}"] = "> 0", ["killed.work_lost_s{host}"] = "> 0" }
