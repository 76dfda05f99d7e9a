-- Users who wait, give up and try again: when does a web service that was too slow for a while not recover?
-- Look for: before the crowd all four services answer everybody. After it has left, hasty answers hardly anyone, for ever:
-- its users try again at once, and each task works through questions whose askers have gone. Users who back off, a server
-- that refuses early, and more tasks each end that; the load is the same.
-- Now change: attempts=2, then 1. Why does hasty recover with one? Then crowd=0: nothing is wrong until somebody comes. Then
-- shed=60: why is that too late to be of use? Then backoff=1: who waits long enough?
-- Fails under: shed=60 backoff=1
-- Rules: ALB-03 ALB-06 ALB-09 METRIC-01 TT-14. Closed forms: at the end.

local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"
local scaling = require "lib.scaling"

local p = sim.params {
    users = { 150, "users who think, ask, and wait for the answer", min = 1 },
    crowd = { 300, "users who join after a quarter of an hour, for ten minutes", min = 0 },
    think = { 10, "mean pause between a user's questions, seconds", min = 0.1 },
    work = { 0.1, "mean work of a question, seconds", min = 0.001 },
    timeout = { 4, "how long a user waits for an answer, seconds", min = 0.1 },
    attempts = { 5, "tries per question", min = 1 },
    backoff = { 8, "mean pause before the second try of the side backs_off, doubled each time, seconds", min = 0 },
    shed = { 20, "questions inside one task from which on the side sheds answers 503", min = 1 },
    tasks = { 2, "tasks; only the side scaled starts more", min = 1 },
}
local CROWD, LEAVES, AFTER, DURATION = 900, 1500, 2400, 4500
sim.scenario { duration = DURATION, slo = 1 }

local function app(shed)
    return function(task)
        local inside = 0
        task:serve { on_request = function(request)
            if inside >= shed then return 503 end
            inside = inside + 1
            sim.sleep(0.03)                              -- the database
            task:work(request)
            inside = inside - 1
        end }
    end
end

local think, work = sim.random { name = "think", mean = p.think },
                    sim.random { name = "work", distribution = "gamma", mean = p.work, cv = 0.7 }

local function add_side(name, shed, backoff)
    local web = elb.create_target_group { name = name, deregistration_delay_timeout_seconds = 30 }
    ecs.create_service {
        service_name = name, desired_count = p.tasks, load_balancers = { { target_group_arn = web } },
        task_definition = ecs.register_task_definition {
            family = name, cpu = 1024, memory = 2048, container_definitions = { {
                app = app(shed), slots = 400, startup = 20, usage = { memory_percent = 0.1 } } },
        },
    }
    if name == "scaled" then
        autoscaling.register_scalable_target { resource_id = name, min_capacity = p.tasks, max_capacity = 6 * p.tasks }
        scaling.track(name, name .. "-cpu", "ECSServiceAverageCPUUtilization", 60)
    end
    local pause = sim.random { name = name .. " backoff", mean = backoff }
    local before, after = sim.tally(name .. "_before", "share"), sim.tally(name .. "_after", "share")
    local function user(leaves)
        while sim.now() < leaves do
            sim.sleep(think())
            local asked, size, status = sim.now(), work(), nil
            for attempt = 1, p.attempts do
                if attempt > 1 then sim.sleep(pause() * 2 ^ (attempt - 2)) end
                status = web:request(size, p.timeout)
                if status == 200 then break end
            end
            local phase = asked > 300 and asked < CROWD - 60 and before or asked > AFTER and after
            if phase then phase:add(status == 200 and 1 or 0) end
        end
    end
    for _ = 1, p.users do sim.at(120, function() user(math.huge) end) end
    for _ = 1, p.crowd do sim.at(CROWD, function() user(LEAVES) end) end
end
add_side("hasty", 400, 0.2)
add_side("backs_off", 400, p.backoff)
add_side("sheds", p.shed, 0.2)
add_side("scaled", 400, 0.2)

-- Who gets no answer tries `attempts` times and waits for each; all tries are worked on to their end. What the crowd has
-- left behind is done with what these tries leave free, if anything.
local function tries(users) return users * p.attempts / (p.think + p.attempts * p.timeout) * p.work end
local left, free = (tries(p.users + p.crowd) - p.tasks) * (LEAVES - CROWD), p.tasks - tries(p.users)
local recovers = (p.crowd == 0 or left <= 0) and LEAVES or free > 0 and LEAVES + left / free or math.huge
sim.log("who gets no answer keeps %.2f of %d tasks busy; recovery at %.0f s", tries(p.users), p.tasks, recovers)
for _, name in ipairs { "hasty", "backs_off", "sheds", "scaled" } do
    sim.expect { [name .. "_before.mean"] = "> 0.99" }
    if name ~= "hasty" or recovers < AFTER then
        sim.expect { [name .. "_after.mean"] = "> 0.98" }
    elseif recovers > DURATION then
        sim.expect { [name .. "_after.mean"] = "< 0.3" }
    end
end
