-- How many ready game servers must a controller keep, so that players do not wait, and what does that cost?
-- Look for: share of the matches that wait for a server, by night and in the evening. A fixed buffer (absolute) is too
-- small in the evening, a share of the busy servers at night; the larger of both is right, and so is F14 (poisson).
-- Now change: reuse=false. Servers that take one match need F14's buffer in full: what did those that come back save? Then
-- release=server: controller and server both write the protection. How many matches does that cut, and why does
-- release=handshake cut none? Then dies_at=20h: what cleans up behind a dead controller, and what does the hour cost?
-- Fails under: release=server startup=5m
-- Rules: PROT-02 PROT-05 PROT-06 PROT-14 PROT-52 PROT-53 PROT-54 SCHED-36. Closed forms: F14.

local sim, ecs, loads = require "sim", require "ecs", require "lib.loads"

local p = sim.params {
    rate = { 0.05, "matches per second, daily mean", min = 0.001 },
    match = { "20m", "mean length of a match" },
    startup = { "60s", "from process start until a server can take a match" },
    absolute = { 8, "ready servers that the rule absolute keeps", min = 0 },
    share = { 0.15, "ready servers that the rule share keeps, per busy one", min = 0 },
    waits = { 0.01, "share of the matches that may wait, by F14", min = 1e-6, max = 0.5 },
    first = { "protect", "what comes first", { "protect", "hand_out" } },
    reuse = { true, "a server takes one match after the other; else it ends with its match, and ECS replaces it" },
    release = { "controller", "who clears the protection after a match; handshake: the server, before it is ready again",
                { "controller", "server", "handshake" } },
    beat = { "30s", "how often the controller looks" },
    dies_at = { "99d", "when the controller dies; a quarter of an hour later somebody sets the desired count to zero" },
}
sim.scenario { duration = "2d", warm_up = "1h" }

local NEW_SERVER = p.beat + 40 + p.startup               -- beat, scheduler pass, launch, image pull, start-up
local function enough(rate)                              -- F14: smallest b with P(Poisson(rate NEW_SERVER) > b) <= waits
    local mean, b = rate * NEW_SERVER, 0
    local term = math.exp(-mean)
    local left = 1 - term
    while left > p.waits do
        b = b + 1
        term = term * mean / b
        left = left - term
    end
    return b
end

local RULES = {                                          -- ready servers to keep beside so many busy ones
    absolute = function() return p.absolute end,
    share = function(busy) return math.max(1, math.ceil(p.share * busy)) end,
    larger = function(busy) return math.max(p.absolute, math.ceil(p.share * busy)) end,
    poisson = function(busy) return math.max(1, enough(busy / p.match)) end,      -- Little: matches per second
}

local function protect(task, enabled)
    local answer = ecs.update_task_protection { tasks = { task }, protection_enabled = enabled, expires_in_minutes = 60 }
    return answer and #answer.failures == 0
end

local fleets = {}
for name, rule in pairs(RULES) do
    local fleet = { name = name, ready = sim.channel(), busy = 0, night = sim.tally(name .. "_night", "ratio"),
                    evening = sim.tally(name .. "_evening", "ratio"), idle = sim.level(name .. "_idle", "servers") }
    fleets[#fleets + 1] = fleet
    local function server(task)                          -- knows of protection at most that it may clear it
        fleet.ready:put(task)
        task:serve { on_disconnect = function()
            if not p.reuse then task:exit(0) end
            if p.release ~= "controller" then task:unprotect() end
            if p.release == "handshake" then fleet.ready:put(task) end
        end }
    end
    ecs.create_service {
        service_name = name, desired_count = 20,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 1024, memory = 2048,
            container_definitions = { { app = server, startup = p.startup, stop_timeout = 120 } },
        },
    }
    sim.every(p.beat, function()
        if sim.now() >= p.dies_at then return end
        local seen = ecs.describe_services { services = { name } }.services[1]
        fleet.idle:set(#fleet.ready)
        local wanted = fleet.busy + rule(fleet.busy)
        if wanted ~= seen.desired_count then ecs.update_service { service = name, desired_count = wanted } end
    end)
    if p.dies_at < 2 * 86400 then
        sim.at(p.dies_at + 900, function() ecs.update_service { service = name, desired_count = 0 } end)
        sim.eventually { name .. ".running_count == 0", after = p.dies_at + 900, within = "65m" }
    end
end

local function play(fleet, length)
    local asked, task, connection = sim.now(), nil, nil
    fleet.busy = fleet.busy + 1                          -- waiting ones need a server too
    repeat                                               -- a scale-in may have been faster: try the next
        task = fleet.ready:get()
        if p.first == "protect" then
            connection = protect(task, true) and task:connect() or nil
        else
            connection = task:connect()
            if connection then sim.spawn(protect, task, true) end
        end
    until connection
    local waited, hour = sim.now() - asked > 2 and 1 or 0, asked // 3600 % 24
    if hour >= 5 and hour < 11 then fleet.night:add(waited) end
    if hour >= 17 and hour < 23 then fleet.evening:add(waited) end
    connection:hold(length)
    fleet.busy = fleet.busy - 1
    if p.reuse and p.release == "controller" and sim.now() < p.dies_at then protect(task, false) end
    if p.reuse and p.release ~= "handshake" then fleet.ready:put(task) end
end

local length = sim.random { name = "match", distribution = "lognormal", mean = p.match, cv = 0.5, max = 3500 }
sim.arrivals { rate = loads.diurnal(p.rate, 0.8, 20 * 3600), stop = math.min(p.dies_at, 2 * 86400), each = function()
    local minutes = length()
    for _, fleet in ipairs(fleets) do sim.spawn(play, fleet, minutes) end
end }

for _, fleet in ipairs(fleets) do
    sim.expect { [fleet.name .. ".sessions_cut"] = 0, [fleet.name .. ".busy_stops{scale_in}"] = 0,
                 [fleet.name .. ".protect_calls{api}"] = "> 0" }
    if p.release ~= "controller" then sim.expect { [fleet.name .. ".protect_calls{endpoint}"] = "> 0" } end
end
sim.expect { protect_calls_peak = "<= 80", "share_night.mean > 5 * share_evening.mean", ["absolute_night.mean"] = "< 0.01",
             "absolute_evening.mean > 4 * larger_evening.mean", ["larger_night.mean"] = "< 0.01",
             ["larger_evening.mean"] = "< 0.01", "poisson_night.mean < 1.5 * waits", "poisson_evening.mean < waits", "poisson.cost < 1.1 * larger.cost" }
