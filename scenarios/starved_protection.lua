-- My task runs several jobs at once and protects itself while it has any: will it ever be unprotected?
-- Look for: the share of time in which a task has no job falls with the power of its slots (F6). Each evening the load
-- halves and half of the fleet should go. With one or two slots it goes at once. With ten some tasks run empty while load
-- is low; each that goes leaves the others busier, so that the last ones stay till morning.
-- Now change: slots=20. Then renew=false: what ends the wait now, and what does that lose? Then job_mean=20m.
-- Fails under: renew=false drain=false
-- Rules: PROT-05 PROT-52 PROT-53 PROT-61 PROT-78 PROT-79. Closed forms: F6 F13.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

local p = sim.params {
    slots = { 10, "jobs that a task of the sides many and drains takes at once", min = 3 },
    load = { 0.7, "share of the slots that jobs keep busy, of all tasks by day, of half in the evening", min = 0, max = 0.95 },
    job_mean = { "2m", "mean work of a job" },
    expiry = { 30, "minutes of protection per request", min = 1, max = 2880 },
    renew = { true, "a worker that has jobs renews its protection at half time" },
    drain = { true, "the side drains asks ECS whether there are too many tasks; the oldest then take no more jobs" },
    tasks = { 10, "tasks by day, half of them in the evening", min = 2 },
}
local HALF, CYCLES = 90 * p.job_mean, 8                  -- three hours of day, three of evening, and so on
sim.scenario { duration = 2 * CYCLES * HALF }

local took, expected = sim.tally("drain_took", "s"), sim.tally("drain_expected", "s")
local idle = {}                                          -- by side: 1 for each look at a task that has no job, else 0

local function is_surplus(task)                          -- all agree who goes: as many of the oldest as are too many
    local service = ecs.describe_services { services = { "drains" } }.services[1]
    local tasks = ecs.list_tasks { service_name = "drains", desired_status = "RUNNING" }.task_arns
    for i = 1, #tasks - service.desired_count do
        if tasks[i] == task then return true end
    end
    return false
end

local function consume(task, queue)
    local side, jobs, draining = task.environment.SIDE, 0, false
    local function process(message)                      -- protection is taken with the first job, released with the last
        jobs = jobs + 1
        if draining or jobs == 1 and not task:protect(p.expiry) then
            message:change_visibility(0)                 -- refused: ECS wants to stop somebody, hand it back
        else
            task:work(message)
            message:delete()
        end
        jobs = jobs - 1
        if jobs == 0 then task:unprotect() end
    end
    local function renew()
        while p.renew do
            sim.sleep(30 * p.expiry)
            if jobs > 0 then task:protect(p.expiry) end
        end
    end
    local function look()                                -- by day, once the fleet is busy
        while true do
            sim.sleep(20)
            local into_cycle = sim.now() % (2 * HALF)
            if into_cycle > HALF / 6 and into_cycle < HALF then idle[side]:add(jobs == 0 and 1 or 0) end
        end
    end
    local function drain_if_surplus()
        repeat sim.sleep(60) until is_surplus(task)
        local begun, last = sim.now(), 0
        for i = 1, jobs do last = last + p.job_mean / i end          -- F13: when the last of so many ends
        draining = true
        while jobs > 0 do sim.sleep(1) end
        expected:add(last)
        took:add(sim.now() - begun)
    end
    task:spawn(renew)
    task:spawn(look)
    if side == "drains" and p.drain then task:spawn(drain_if_surplus) end
    task:parallel(task.environment.SLOTS, function()
        while not task.stopping do
            local message = not draining and queue:receive()
            if message then process(message) elseif draining then sim.sleep(10) end
        end
    end)
end

local function add_side(side, slots)
    local queue = sqs.create_queue {
        queue_name = side .. "_jobs", visibility_timeout = "12h", receive_message_wait_time_seconds = 20 }
    idle[side] = sim.tally(side .. "_idle", "ratio")
    ecs.create_service {
        service_name = side, desired_count = p.tasks,
        task_definition = ecs.register_task_definition {
            family = side, cpu = 1024, memory = 2048, container_definitions = { { app = consume, queues = { queue },
                slots = slots, environment = { SIDE = side, SLOTS = slots }, usage = { cpu_percent = 100 / slots } } },
        },
    }
    for cycle = 0, CYCLES - 1 do
        local evening, morning = (2 * cycle + 1) * HALF, (2 * cycle + 2) * HALF - HALF / 18
        sim.at(evening, function() ecs.update_service { service = side, desired_count = p.tasks // 2 } end)
        sim.at(morning, function() ecs.update_service { service = side, desired_count = p.tasks } end)
    end
    return queue
end

local function load(name, slots, queues)
    local day = p.load * p.tasks * slots / p.job_mean
    sim.arrivals { name = name, into = queues, rate = { { 0, day }, { HALF, day }, { HALF, day / 2 }, { 2 * HALF, day / 2 },
        every = 2 * HALF }, work = sim.random { name = name .. " size", mean = p.job_mean, max = 25 * p.job_mean } }
end
load("one", 1, { add_side("one", 1) })
load("two", 2, { add_side("two", 2) })
load("many", p.slots, { add_side("many", p.slots), add_side("drains", p.slots) })

-- F6; slots that share a queue share its quiet moments, too.
for side, slots in pairs { one = 1, two = 2, many = p.slots } do
    local alone = (1 - p.load) ^ slots
    sim.expect { ("%s_idle.mean > %.6g"):format(side, 0.8 * alone - 0.001),
                 ("%s_idle.mean < %.6g"):format(side, 1.5 * alone + 0.001) }
end
sim.expect {
     ["drains.jobs_cut{scale_in}"] = "< 5",
    "many.scale_in_held_h > 3 * drains.scale_in_held_h", "drains.scale_in_held_h > one.scale_in_held_h",
    "drain_took.mean > 0.7 * drain_expected.mean", "drain_took.mean < 1.4 * drain_expected.mean",
}
