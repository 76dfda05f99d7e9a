-- Scale-out hits a downstream limit: what maximum is safe?
-- Look for: goodput in the spike and after it (good_spike, good_after) of three sides. A task beyond floor(cap / pool) finds no
-- connection, answers 503, and tries again; its tries burn CPU, which calls for more tasks, and slow the database for all.
-- Now change: max_tasks=9. Does one task too many stay for good? Then pool=3: what is the safe maximum now, and what has become
-- of the herd? Then backoff=0s.
-- Fails under: max_tasks=8
-- Rules: ALB-03 TT-01 TT-11 TT-17 SCHED-07. Closed forms: F16.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local loads, scaling = require "lib.loads", require "lib.scaling"

local p = sim.params {
    cap = { 40, "connections that the database accepts", min = 1 },
    pool = { 5, "connections that a task opens", min = 1 },
    max_tasks = { 16, "most tasks, but of the side that is held at floor(cap / pool)", min = 1 },
    backoff = { "1s", "first wait of the side that waits between tries; each later one is twice as long, up to a minute" },
    spike = { 3, "factor of the load in the spike", min = 1 },
}
local SPIKE, CALM, END = 1800, 3000, 7200                -- the spike lasts twenty minutes
local SAFE = p.cap // p.pool                             -- F16
sim.scenario { duration = END }

local work = sim.random { name = "work", mean = 0.2 }
local jitter = sim.random { name = "jitter", distribution = "uniform", min = 0.5, max = 1.5 }

local function side(name, max_tasks, backoff)
    local connections = sim.resource { name = name .. "_connections", capacity = p.cap }
    local database = sim.resource { name = name .. "_database", capacity = 1000,
                                    latency = sim.random { name = name .. " query", mean = 0.4 }, knee = 8, slowdown = 1 }
    local function serve(task)
        local open = 0
        local function connect()
            local wait = backoff
            while not connections:acquire(1, 0) do       -- too many connections: to say so costs the database a query
                task:work(0.3)
                database:call()
                if wait > 0 then sim.sleep(wait * jitter()) end
                wait = math.min(2 * wait, 60)
            end
            open = open + 1
        end
        for _ = 1, p.pool do task:spawn(connect) end
        task:serve { on_request = function(request)
            if open == 0 then return 503 end
            task:work(request)
            return database:call(3) and 200 or 504
        end }
    end
    local group = elb.create_target_group { name = name .. "_lb", deregistration_delay_timeout_seconds = 30 }
    local service = ecs.create_service {
        service_name = name, desired_count = 4, load_balancers = { { target_group_arn = group } },
        task_definition = ecs.register_task_definition {
            family = name, cpu = 1024, memory = 2048, container_definitions = { { app = serve, slots = p.pool } },
        },
    }
    autoscaling.register_scalable_target { resource_id = service, min_capacity = 4, max_capacity = max_tasks }
    scaling.track(service, name .. "-cpu", "ECSServiceAverageCPUUtilization", 30, 60)
    local spike, after = sim.tally(name .. "_good_spike", "share"), sim.tally(name .. "_good_after", "share")
    return function(size)
        local window = sim.now() > END - 1800 and after or sim.now() > SPIKE and sim.now() < CALM and spike
        local good = group:request(size, 5) == 200
        if window then window:add(good and 1 or 0) end
    end
end

local sides = { side("herd", p.max_tasks, 0), side("patient", p.max_tasks, p.backoff), side("capped", SAFE, 0) }
sim.arrivals { rate = loads.spike(5, p.spike, SPIKE, CALM - SPIKE), each = function()
    local size = work()
    for _, ask in ipairs(sides) do sim.spawn(ask, size) end
end }

-- Of the tasks the load balancer sends to, only those with a connection can answer; a lower maximum, or patience, heals.
sim.expect {
    ("herd_good_after.mean < %.12g"):format(math.min(1.1 * SAFE / p.max_tasks, 0.9)), ["patient_good_after.mean"] = "> 0.98",
    ["capped_good_after.mean"] = "> 0.98", ["capped_good_spike.mean"] = "> 0.95", "herd_good_spike.mean < capped_good_spike.mean",
    ["herd_connections.in_use.max"] = ("<= %d"):format(p.cap), "herd_database.latency.p95 > 1.5 * patient_database.latency.p95",
}
