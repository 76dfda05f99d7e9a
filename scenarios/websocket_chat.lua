-- Why does a chat service with protected sessions hardly ever scale in, and what lets it?
-- Look for: sessions per task over time. Nearly every task has one (F13), so protected keeps its tasks through the night,
-- and its deployment takes hours, in which its new tasks are refused protection and, as AWS's sample does not read the
-- answer, go without. To pack sessions (packed) frees tasks, but never the full one of the old version. To cordon frees all, as
-- fast as sessions end. For sessions of minutes an hour of deregistration delay (patient) does without protection.
-- Now change: jitter=0. How many of bare's clients come back in one second? Then placement=least_outstanding_requests: do
-- tasks still run empty? Then mode=demo and mode=hasty: AWS's demonstration, and the client that leaves too early (PROT-76).
-- Fails under: jitter=0 mode=hasty
-- Rules: PROT-53 PROT-73 PROT-75 PROT-76 PROT-78 ALB-01 ALB-03 ALB-04 ALB-09 SCHED-07. Closed forms: F13.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local loads, scaling = require "lib.loads", require "lib.scaling"
local operators, websocket_server = require "lib.operators", require "lib.websocket_server"

local p = sim.params {
    mode = { "fleet", "five ways to run a fleet; demo: one session, and the desired count set to zero while it lasts; "
             .. "hasty: the same, but the client leaves after 10 ms", { "fleet", "demo", "hasty" } },
    life = { "15m", "mean length of a session", min = 60 },
    sessions = { 48, "open sessions, daily mean", min = 1 },
    placement = { "weighted_random", "which task gets a new session, but for the side packed",
                  { "weighted_random", "round_robin", "least_outstanding_requests" } },
    deploy = { "44h", "when a new version comes" },
    jitter = { "30s", "longest wait before a client that was cut comes back" },
    duration = { "60h", "duration of mode fleet" },
}
sim.scenario { duration = p.mode == "fleet" and p.duration or "1h" }
local FULL = 10                                          -- sessions that take all of a task's CPU

local function add_service(name, app, tasks, slots, placement, delay)
    local group = elb.create_target_group {
        name = name, load_balancing_algorithm_type = placement, deregistration_delay_timeout_seconds = delay }
    local function version()
        return ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { {
                app = app, slots = slots, usage = { cpu_percent = 100 / FULL, idle_cpu_percent = 1 } } },
        }
    end
    ecs.create_service { service_name = name, desired_count = tasks, task_definition = version(),
                         load_balancers = { { target_group_arn = group } } }
    return group, version
end

if p.mode ~= "fleet" then
    local chat = add_service("chat", websocket_server.app { log = 60 }, 1, 10, "round_robin", 300)
    sim.at("2m", function() chat:connect():hold(p.mode == "demo" and 600 or 0.01) end)
    sim.at("3m", function() ecs.update_service { service = "chat", desired_count = 0 } end)
    sim.expect { sessions_in = 1, sessions_cut = 0, ["busy_stops{scale_in}"] = 0 }
    sim.eventually { "chat.running_count == 0", after = "3m", within = "15m" }     -- its end, and the deregistration delay
    return
end

local open, groups = websocket_server.open, {}
local empty, by_chance = sim.tally("empty", "ratio"), sim.tally("empty_by_chance", "ratio")
local took, expected = sim.tally("cordon_took", "s"), sim.tally("cordon_expected", "s")
local returns = sim.tally("returns", "1/s")              -- of clients of `bare` that were cut, second by second

local function add_side(name, protect, placement, delay)
    local app = websocket_server.app { protect = protect }
    local slots = name == "packed" and FULL or 1.5 * FULL
    local group, version = add_service(name, app, 4, slots // 1, placement, delay)
    autoscaling.register_scalable_target { resource_id = name, min_capacity = 2, max_capacity = 40 }
    scaling.track(name, name .. "-cpu", "ECSServiceAverageCPUUtilization", 60)
    sim.at(p.deploy, function() ecs.update_service { service = name, task_definition = version() } end)
    groups[#groups + 1] = group
    return group
end

add_side("bare", false, p.placement, 300)
add_side("patient", false, p.placement, 3600)            -- unprotected, with the longest deregistration delay
add_side("protected", true, p.placement, 300)
add_side("packed", true, "most_outstanding_requests", 300)
local cordon, cordoned = add_side("cordon", true, p.placement, 3600), {}

local function look()                                    -- F13: one of n tasks is empty with so many sessions in all
    local tasks, sessions, none = ecs.list_tasks { service_name = "protected", desired_status = "RUNNING" }.task_arns, 0, 0
    for _, task in ipairs(tasks) do
        sessions = sessions + (open[task] or 0)
        none = none + (open[task] == 0 and 1 or 0)
    end
    empty:add(none / #tasks)
    by_chance:add((1 - 1 / #tasks) ^ sessions)
end

local function run_empty(task)                           -- F13: when the last of its sessions ends
    local begun, last = sim.now(), 0
    for i = 1, open[task] do last = last + p.life / i end
    repeat sim.sleep(5) until open[task] == 0 or sim.now() - begun > 3600
    took:add(sim.now() - begun)
    expected:add(last)
end

sim.every("1m", function()
    look()
    for _, task in ipairs(operators.cordon_surplus("cordon", cordon, open, cordoned)) do sim.spawn(run_empty, task) end
end)

local life = sim.random { name = "session", mean = p.life }
local pause = sim.random { name = "reconnect", distribution = "uniform", min = 0, max = math.max(p.jitter, 0.001) }
local second, count = 0, 0
local function count_return()
    if sim.now() // 1 ~= second then
        returns:add(count)
        second, count = sim.now() // 1, 0
    end
    count = count + 1
end

local function client(group, left)
    local cut
    repeat
        local connection = group:connect(cut)            -- the same session again if the last one was cut
        if connection and cut and group == groups[1] then count_return() end
        if connection then left, cut = left - connection:hold(left), connection end
        if left > 0 then sim.sleep(pause()) end
    until left <= 0
end
sim.arrivals { rate = loads.diurnal(p.sessions / p.life, 0.7, 20 * 3600), each = function()
    local left = life()
    for _, group in ipairs(groups) do sim.spawn(client, group, left) end
end }

-- Of sessions longer than the delay, `patient` and `cordon` cut what is left of them.
for _, side in ipairs { "patient", "protected", "packed", "cordon" } do
    sim.expect { ("%s.sessions_cut < 0.2 * bare.sessions_cut"):format(side) }
end
sim.expect {
    "protected.scale_in_held_h > 1.5 * cordon.scale_in_held_h", "patient.deploy_s < cordon.deploy_s",
    "cordon.deploy_s < protected.deploy_s", "2 * cordon.deploy_s < packed.deploy_s", ["returns.max"] = "< 10",
    "cordon_took.mean > 0.7 * cordon_expected.mean", "cordon_took.mean < 1.2 * cordon_expected.mean",
}
if p.placement == "weighted_random" then
    sim.expect { "empty.mean > 0.5 * empty_by_chance.mean", "empty.mean < 2 * empty_by_chance.mean" }
end
