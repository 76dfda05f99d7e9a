-- A buffer of servers: each arrival takes one that is ready and has another one started. How often is there none?
-- Played by theory.c.

local sim, ecs = require "sim", require "ecs"

local p = sim.params {
    buffer = { 8, "servers, ready or on their way, before the first arrival", min = 1 },
    rate = { 0.1, "arrivals per second", min = 0.001 },
    startup = { 60, "seconds until a server is ready", min = 10 },
    length = { 10, "hours", min = 1 },
}
local PULL, START = 5, 600
sim.scenario { duration = START + p.length * 3600, warm_up = START }
sim.assume { created_to_pull_s = 0, pull_s = PULL, api_latency_ms = 0.001 }

local ready = sim.channel()
local short, short_now = sim.level("short", "of time"), 0
local waits = sim.tally("waits", "of arrivals")

local definition = ecs.register_task_definition {
    family = "server", cpu = 256, memory = 512, container_definitions = { {
        startup = p.startup - PULL,
        app = function(task)
            local taken = sim.channel()
            ready:put(taken)
            taken:get()                                  -- its match has begun; its end is nobody's concern here
        end,
    } },
}
local function start_one()
    while not ecs.run_task { task_definition = definition } do sim.sleep(0.01) end
end
sim.spawn(function() for _ = 1, p.buffer do start_one() end end)

-- Short of servers: more arrivals than the buffer held are waiting for theirs.
local function miss(change)
    short_now = short_now + change
    short:set(short_now > 0 and 1 or 0)
end
sim.arrivals { rate = p.rate, start = 120, each = function()
    sim.spawn(start_one)
    local none = #ready == 0
    waits:add(none and 1 or 0)
    if none then miss(1) end
    ready:get():put(true)
    if none then miss(-1) end
end }
