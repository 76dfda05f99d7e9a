-- A small world drawn from the seed: queues, services, programs, policies, loads, operators and their mistakes.
-- properties.c plays it over many seeds; what must hold in all of them is there.

local sim, ecs, sqs, cloudwatch, autoscaling =
    require "sim", require "ecs", require "sqs", require "cloudwatch", require "autoscaling"

-- ---- drawing ----

local function source(name)
    local draw = sim.random { name = name, distribution = "uniform", min = 0, max = 1 }
    local from = {}
    function from.chance(p) return draw() < p end
    function from.number(low, high) return low + draw() * (high - low) end
    function from.integer(low, high) return math.min(high, math.floor(low + draw() * (high - low + 1))) end
    function from.one(list) return list[from.integer(1, #list)] end
    return from
end

local world = source "the world"
local life = source "what programs do"

-- ---- the run ----

local hours = world.number(0.2, 1.6)
sim.scenario {
    duration = hours * 3600,
    warm_up = world.chance(0.3) and hours * 900 or 0,
    drain = world.chance(0.5) and "1h" or 0,
    slo = world.chance(0.5) and world.integer(30, 900) or nil,
}

local queues, standard, ordered = {}, {}, {}             -- all, and those of each kind

local function make_queue(name, fifo, dead_letter_queue)
    local queue = sqs.create_queue {
        queue_name = name .. (fifo and ".fifo" or ""), fifo_queue = fifo, content_based_deduplication = fifo,
        redrive_policy = dead_letter_queue and
            { dead_letter_target_arn = dead_letter_queue, max_receive_count = world.one { 1, 2, 3, 10 } } or nil,
        visibility_timeout = world.one { 3, 10, 30, 120, 900, 7200 },
        receive_message_wait_time_seconds = world.one { 0, 1, 20, 20 },
        delay_seconds = world.one { 0, 0, 0, 30 },
        message_retention_period = world.one { 345600, 345600, 600, 1800 },
    }
    queues[#queues + 1] = queue
    local kind = fifo and ordered or standard
    kind[#kind + 1] = queue
    return queue
end

local dead = world.chance(0.5) and make_queue("dead") or nil
local dead_ordered = world.chance(0.3) and make_queue("dead", true) or nil
if dead and world.chance(0.3) then dead = make_queue("deader", false, dead) end
for i = 1, world.integer(1, 3) do
    local fifo = i > 1 and world.chance(0.4)
    local redrives = world.chance(0.7)
    make_queue("queue" .. i, fifo, redrives and (fifo and dead_ordered or not fifo and dead) or nil)
end

local pool = sim.resource { name = "pool", capacity = world.integer(1, 4) }
local letters = sim.channel()
local taken = sim.tally("jobs_taken", "jobs")
local open = sim.level("jobs_open", "jobs")
local open_now = 0

-- ---- programs ----

local function change_open(by)
    open_now = open_now + by
    open:set(open_now)
end

-- Give a message back; one that was delivered again meanwhile, or is gone, is dropped by a stale delete.
local function give_up(message)
    if not message:change_visibility(0) then message:delete() end
end

local HANDLINGS = {
    whole = function(task, message)
        task:work(message)
        message:delete()
    end,
    parts = function(task, message, habits)
        while task:work(message, life.number(1, 40)) > 0 do
            if habits.saves then message:checkpoint() end
            if task.stopping and habits.hands_back then
                give_up(message)
                return
            end
        end
        message:delete()
    end,
    heartbeat = function(task, message)
        task:spawn(function()
            while message:change_visibility(life.number(5, 300)) do sim.sleep(life.number(1, 100)) end
        end)
        task:work(message)
        message:delete()
    end,
    careless = function(task, message)                   -- deletes early, late, twice or not at all
        if life.chance(0.2) then message:delete() end
        if message:work_left() > 0 then task:work(message) end
        if life.chance(0.3) then sim.sleep(life.number(0, 400)) end
        if life.chance(0.8) then message:delete() end
        if life.chance(0.2) then message:delete() end
        give_up(message)
    end,
    limited = function(task, message)
        local granted = pool:acquire(1, life.number(0, 60))
        task:work(message, life.number(0, 60))
        if granted and life.chance(0.9) then pool:release() end
        task:work(message)
        message:delete()
    end,
}
local HANDLING_NAMES = { "whole", "whole", "parts", "heartbeat", "careless", "limited" }

-- As many at once as the task has slots: work on some, delete or hand back all.
local function take_batch(task, habits)
    local queue = life.one(habits.queues)
    local batch = { queue:receive(habits.slots) }
    for _, message in ipairs(batch) do
        if message:work_left() > 0 and life.chance(0.9) then task:work(message) end
    end
    if #batch > 0 and life.chance(0.8) then queue:delete_batch(table.unpack(batch)) end
    for _, message in ipairs(batch) do give_up(message) end
    if #batch == 0 then sim.sleep(life.number(0.5, 15)) end
end

local function take_one(task, habits)
    if habits.batches then return take_batch(task, habits) end
    local queue = life.one(habits.queues)
    local protected = habits.protects == "before" and task:protect(life.integer(1, 30))
    if habits.protects == "before" and habits.reads_answer and not protected then
        sim.sleep(life.number(1, 20))
        return
    end
    local message = queue:receive()
    if not message then
        if habits.protects then task:unprotect() end
        sim.sleep(life.number(0.5, 15))
        return
    end
    change_open(1)
    taken:add(1)
    if habits.protects == "after" then task:protect(life.integer(1, 5)) end
    HANDLINGS[habits.handling](task, message, habits)
    if habits.protects and life.chance(0.9) then task:unprotect() end
    change_open(-1)
end

local function mishap(task, habits)
    if life.chance(habits.crash) then task:exit(life.integer(0, 2)) end
    if life.chance(0.02) then task:get_protection() end
    if life.chance(0.02) then task:work(life.number(0, 30)) end
    if life.chance(0.02) then letters:put(task) end
end

local function program(habits)
    return function(task)
        if habits.on_sigterm == "exits" then
            task:on_sigterm(function()
                sim.sleep(life.number(0, 10))
                task:exit(0)
            end)
        elseif habits.on_sigterm == "protects" then
            task:on_sigterm(function() task:protect(1) end)
        end
        task:parallel(habits.batches and 1 or habits.slots, function()
            while not task.stopping or habits.deaf do
                mishap(task, habits)
                take_one(task, habits)
            end
        end)
    end
end

local SIZES = { { 256, 512 }, { 512, 1024 }, { 1024, 4096 }, { 4096, 8192 } }

local function make_definition(name)
    local mine = {}
    for _, queue in ipairs(queues) do
        if #mine == 0 or world.chance(0.4) then mine[#mine + 1] = queue end
    end
    local habits = {
        queues = mine, slots = world.one { 1, 1, 1, 2, 4 }, handling = world.one(HANDLING_NAMES),
        protects = world.one { false, "before", "before", "after" }, reads_answer = world.chance(0.7),
        saves = world.chance(0.5), hands_back = world.chance(0.5), crash = world.one { 0, 0, 0.002, 0.02 },
        on_sigterm = world.one { false, false, "exits", "protects" }, deaf = world.chance(0.1), batches = world.chance(0.2),
    }
    local size = world.one(SIZES)
    return ecs.register_task_definition {
        family = name, cpu = size[1], memory = size[2],
        runtime_platform = { cpu_architecture = world.one { "X86_64", "ARM64" } },
        ephemeral_storage = world.chance(0.2) and { size_in_gib = world.integer(20, 200) } or nil,
        container_definitions = { {
            app = program(habits), queues = mine, slots = habits.slots, stop_timeout = world.one { 2, 30, 120 },
            startup = world.chance(0.3) and world.number(0, 120) or 0,
            pull = world.chance(0.3) and world.number(0, 90) or nil,
            usage = {
                cpu_percent = world.one { 5, 50, 100 }, memory_percent = world.one { 0, 0, 30, 45 },
                idle_cpu_percent = world.one { 0, 10 }, idle_memory_percent = world.number(5, 30),
            },
        } },
    }
end

-- ---- services and their scaling ----

local METRICS = { "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent" }

local function queue_metric()
    return { namespace = "AWS/SQS", metric_name = world.one(METRICS), dimensions = { QueueName = world.one(queues) } }
end

local function track(service, name)
    local configuration = {
        target_value = world.number(1, 80), disable_scale_in = world.chance(0.1),
        scale_out_cooldown = world.one { 0, 30, 300 }, scale_in_cooldown = world.one { 0, 30, 300 },
    }
    if world.chance(0.5) then
        configuration.predefined_metric_specification = { predefined_metric_type = "ECSServiceAverageCPUUtilization" }
    else
        local running = {
            namespace = "ECS/ContainerInsights", metric_name = "RunningTaskCount",
            dimensions = { ClusterName = "default", ServiceName = service },
        }
        configuration.customized_metric_specification = { metrics = {
            { id = "m1", metric_stat = { metric = queue_metric(), stat = "Average" }, return_data = false },
            { id = "m2", metric_stat = { metric = running, stat = "Average" }, return_data = false },
            { id = "e1", expression = world.one { "m1 / m2", "FILL(m1, 0) / m2", "IF(m2 > 0, m1 / m2, m1)" } },
        } }
    end
    autoscaling.put_scaling_policy {
        resource_id = service, policy_name = name, target_tracking_scaling_policy_configuration = configuration,
    }
end

local function step(service, name, out)
    local bound = out and "metric_interval_lower_bound" or "metric_interval_upper_bound"
    local policy = autoscaling.put_scaling_policy {
        resource_id = service, policy_name = name,
        step_scaling_policy_configuration = {
            adjustment_type = world.one { "ChangeInCapacity", "PercentChangeInCapacity" },
            min_adjustment_magnitude = nil, cooldown = world.one { 0, 60, 300 },
            step_adjustments = { { [bound] = 0, scaling_adjustment = (out and 1 or -1) * world.integer(1, 3) } },
        },
    }
    local metric = queue_metric()
    cloudwatch.put_metric_alarm {
        alarm_name = name, alarm_actions = { policy }, namespace = metric.namespace, metric_name = metric.metric_name,
        dimensions = metric.dimensions, statistic = "Average", period = 60, evaluation_periods = world.integer(1, 4),
        threshold = world.number(1, 20), treat_missing_data = world.one { "missing", "ignore", "breaching", "notBreaching" },
        comparison_operator = out and "GreaterThanThreshold" or "LessThanThreshold",
    }
end

local services = {}
for i = 1, world.integer(1, 4) do
    local name = "service" .. i
    local scaled = world.chance(0.7)
    local low = world.integer(0, 3)
    local high = low + world.integer(0, 12)
    local service = ecs.create_service {
        service_name = name, desired_count = world.integer(0, 8), task_definition = make_definition(name),
        capacity_provider_strategy = world.chance(0.2) and { { capacity_provider = "FARGATE_SPOT", weight = 1 } } or nil,
    }
    services[i] = service
    if scaled then
        autoscaling.register_scalable_target { resource_id = service, min_capacity = low, max_capacity = high }
        if world.chance(0.6) then track(service, name .. "-track") end
        if world.chance(0.6) then step(service, name .. "-out", true) end
        if world.chance(0.6) then step(service, name .. "-in", false) end
    end
    if world.chance(0.5) then                            -- an operator with opinions
        sim.every(world.integer(60, 1500), function()
            if scaled and life.chance(0.2) then
                autoscaling.register_scalable_target {
                    resource_id = service, min_capacity = 0, max_capacity = life.integer(0, 9),
                }
            end
            ecs.update_service { service = service, desired_count = life.integer(0, 9) }
        end)
    end
end

-- ---- those who watch ----

if world.chance(0.5) then                                -- a controller that protects and releases from outside
    sim.every(world.integer(20, 600), function()
        local answer = ecs.list_tasks { service_name = life.one(services) }
        local some = {}
        for i, task in ipairs(answer and answer.task_arns or {}) do
            if i <= 10 and life.chance(0.6) then some[#some + 1] = task end
        end
        if #some > 0 then
            ecs.update_task_protection {
                tasks = some, protection_enabled = life.chance(0.6), expires_in_minutes = life.integer(1, 60),
            }
            ecs.get_task_protection { tasks = some }
            ecs.describe_tasks { tasks = some }
        end
        ecs.describe_services { services = services }
    end)
end

sim.spawn(function()
    while true do
        local task = letters:get(life.number(1, 1000))
        if task then sim.log("letter from %s", task.task_arn) end
        cloudwatch.put_metric_data("app", "letters", task and 1 or 0)
    end
end)
cloudwatch.put_metric_alarm {
    alarm_name = "letters", namespace = "app", metric_name = "letters", statistic = "Sum", period = world.one { 10, 30, 60 },
    evaluation_periods = 3, datapoints_to_alarm = 2, threshold = 1, comparison_operator = "GreaterThanOrEqualToThreshold",
    alarm_actions = { function(state, previous) sim.log("%s after %s", state, previous) end },
}

-- ---- loads ----

for i = 1, world.integer(1, 3) do
    local mean = world.one { 2, 20, 90, 400 }
    local rate = world.number(0.1, 3) / mean
    local into = {}
    for _, queue in ipairs(standard) do
        if #into == 0 or world.chance(0.5) then into[#into + 1] = queue end
    end
    sim.arrivals {
        name = "load" .. i, into = into, stop = hours * world.number(1000, 3600),
        rate = {
            { 0, rate }, { 1200, rate * world.number(0, 4) }, { 1200, rate }, every = world.integer(1300, 5000),
        },
        process = world.one { "poisson", "poisson", "regular" },
        work = sim.random {
            name = "work" .. i, distribution = "lognormal", mean = mean, cv = world.number(0.1, 2), max = 4000,
        },
    }
end

local size = sim.random { name = "ordered work", distribution = "lognormal", mean = 20, cv = 1, max = 2000 }

local function entry()
    return { size(), nil, life.integer(1, 6), life.chance(0.3) and life.integer(1, 20) or nil }
end

for i, queue in ipairs(ordered) do
    local batch = world.integer(1, 10)
    sim.arrivals {
        name = "ordered" .. i, rate = world.number(0.01, 0.1), stop = hours * 3600,
        each = function()
            local entries = {}
            for k = 1, life.integer(1, batch) do entries[k] = entry() end
            if life.chance(0.5) then queue:send_batch(entries) else queue:send(table.unpack(entry(), 1, 4)) end
        end,
    }
end

-- ---- what nobody asked for ----

for _ = 1, world.integer(0, 4) do
    local chance = {
        cause = world.one { "crash", "drain", "host", "retirement", "spot" }, service = world.one(services),
        start = world.number(0, hours * 3600),
    }
    local measure = world.one { "count", "share", "rate" }
    chance[measure] = measure == "count" and world.integer(1, 4) or world.number(0, 1) * (measure == "rate" and 5 or 1)
    sim.disrupt(chance)
end
local spell = { start = world.number(0, hours * 3600), duration = world.number(0, 1200) }
spell.cause = world.one { "shortage", "throttle", "zone", "metrics" }
spell.availability_zone = spell.cause == "zone" and world.one { "a", "b", "c" } or nil
spell.service = spell.cause == "metrics" and world.one(services) or nil
spell.lost = spell.cause == "metrics" or nil
sim.disrupt(spell)

local lonely = world.chance(0.4) and make_definition("lonely")
sim.every(world.integer(200, 2000), function()
    if lonely then ecs.run_task { task_definition = lonely, count = life.integer(1, 3) } end
    local answer = ecs.list_tasks { family = life.chance(0.5) and "lonely" or "service1" }
    local some = answer and answer.task_arns[1]
    if some and life.chance(0.3) then ecs.stop_task { task = some } end
    if life.chance(0.02) then ecs.delete_service { service = life.one(services), force = life.chance(0.8) } end
end)
