-- Fargate Spot: what is left of the discount after interruptions and dry spells?
-- Look for: an hour of short jobs at a third of the price; long ones, sized to break even, at the full price, unless they
-- save their work; each week a day without Spot, on which the fleet crumbles and nothing falls back on demand.
-- Now change: rate=0.4. Which length breaks even then? Then dry=3d: what does the base of the mix hold? Then save=false.
-- Fails under: dry=0 save=false
-- Rules: CAP-01 CAP-03 CAP-04 CAP-05 COST-02 SCHED-12 PROT-42 EVENT-09. Closed forms: F15.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    rate = { 0.2, "interruptions per Spot task and hour", min = 0.17, max = 2 },
    dry = { "1d", "once a week, how long no Spot task starts", max = "3d" },
    tasks = { 20, "desired count of each service", min = 1 },
    base = { 4, "tasks of the mix on demand before the weights count; then one in four", min = 0 },
    short = { "1h", "work of a short job" },
    save = { true, "the service saved checkpoints its jobs every ten minutes" },
    weeks = { 2, "duration", min = 1 },
}
local WEEK, HOUR, PRICE = 7 * 86400, 3600, 0.3184        -- of Spot, if on demand is 1: COST-02
sim.scenario { duration = p.weeks * WEEK }

local function stretch(x) return (math.exp(x) - 1) / x end     -- F15: time spent per time of work, x = rate times length
local even = 1                                           -- F15: PRICE * stretch(even) = 1
for _ = 1, 50 do even = math.log(1 + even / PRICE) end
local long = even * HOUR / p.rate                        -- SQS-02: a message cannot be held beyond 12 hours

local function consume(task, queue)                      -- renews its hold on the job, and saves it or not
    while not task.stopping do
        local message = queue:receive()
        while message and task:work(message, 600) > 0 do
            message:change_visibility(1200)
            if task.environment.SAVES then message:checkpoint() end
        end
        if message then message:delete() end
    end
end

local SPOT = { capacity_provider = "FARGATE_SPOT", weight = 3 }
local function add_side(side, strategy, saves)
    local queue = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = 1200, receive_message_wait_time_seconds = 20,
        message_retention_period = "14d" }
    local service = ecs.create_service {
        service_name = side, desired_count = p.tasks, capacity_provider_strategy = strategy,
        task_definition = ecs.register_task_definition {
            family = side, cpu = 1024, memory = 2048,
            container_definitions = { { app = consume, queues = { queue }, environment = { SAVES = saves } } },
        },
    }
    if side ~= "on_demand" then sim.disrupt { cause = "spot", service = service, rate = p.rate, start = 0 } end
    return queue
end

local shorts = {
    add_side("on_demand", { { capacity_provider = "FARGATE", weight = 1 } }), add_side("spot", { SPOT }),
    add_side("mix", { { capacity_provider = "FARGATE", base = p.base, weight = 1 }, SPOT }),
}
local longs = { add_side("long", { SPOT }), add_side("saved", { SPOT }, p.save) }
sim.arrivals { name = "short", rate = 0.7 * p.tasks / p.short, work = p.short, into = shorts }
sim.arrivals { name = "long", rate = 0.2 * p.tasks / long, work = long, into = longs }
for week = 1, p.weeks do
    sim.disrupt { cause = "shortage", capacity_provider = "FARGATE_SPOT", start = (week - 0.5) * WEEK, duration = p.dry }
end

-- F15: an hour of work is paid for this many times; at the length `long` Spot's price makes that an hour on demand.
local function expect_paid(side, times, tolerance)
    sim.expect { ("%s.cost_useful + %s.cost_lost > %g * %s.cost_useful"):format(side, side, times / tolerance, side),
                 ("%s.cost_useful + %s.cost_lost < %g * %s.cost_useful"):format(side, side, times * tolerance, side) }
end
expect_paid("spot", stretch(p.rate * p.short / HOUR), 1.02)
expect_paid("long", 1 / PRICE, 1.3)
sim.expect { ("saved.cost_useful + saved.cost_lost < %g * saved.cost_useful"):format(0.5 / PRICE) }

-- In a dry spell of D hours a task is still there with chance exp(-rate t): D - (1 - exp(-rate D)) / rate hours are missed.
local dry = p.dry / HOUR
local missed = (dry - (1 - math.exp(-p.rate * dry)) / p.rate) / (WEEK / HOUR)
sim.expect { ("spot.avg_tasks > %g"):format(p.tasks * (0.98 - missed)),
             ("spot.avg_tasks < %g"):format(p.tasks * (1.01 - missed)),
             "spot.avg_tasks < 0.95 * on_demand.avg_tasks", "mix.avg_tasks > spot.avg_tasks",
             "spot.cost_per_1k < 0.5 * on_demand.cost_per_1k" }
