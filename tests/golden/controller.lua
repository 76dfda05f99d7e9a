-- A controller protects and releases tasks from outside, reads what ECS says, and meets its refusals and its limits.
-- Rules: PROT-01..06 PROT-08 PROT-14 PROT-15 PROT-17 PROT-61 SCHED-50 EVENT-31. Tasks do nothing but live.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "40m" }

local function live(task)
    while not task.stopping do
        task:work(5)
        sim.sleep(15)
    end
end

local games = ecs.create_service {
    service_name = "games", desired_count = 12,
    task_definition = ecs.register_task_definition {
        family = "games", cpu = 256, memory = 512, container_definitions = { { app = live } },
    },
}

local function count_of(answer)
    return answer and #answer.protected_tasks or 0
end

local function say(what, answer, code, message)
    if not answer then
        sim.log("%s: %s, %s", what, code, message)
        return
    end
    sim.log("%s: %d protected, %d failures", what, count_of(answer), #answer.failures)
    for _, failure in ipairs(answer.failures) do
        sim.log("%s: %s", what, failure.reason)
    end
end

local function tasks()
    return ecs.list_tasks { service_name = games }.task_arns
end

local function first(list, count)
    local some = {}
    for i = 1, math.min(count, #list) do some[i] = list[i] end
    return some
end

sim.at("3m", function()                                  -- the oldest five, three of them for a shorter time
    local all = tasks()
    say("protect", ecs.update_task_protection { tasks = first(all, 5), protection_enabled = true, expires_in_minutes = 20 })
    say("shorten", ecs.update_task_protection { tasks = first(all, 3), protection_enabled = true, expires_in_minutes = 9 })
    say("out of range", ecs.update_task_protection {
        tasks = first(all, 1), protection_enabled = true, expires_in_minutes = 0,
    })
    for _, row in ipairs(ecs.get_task_protection { tasks = first(all, 6) }.protected_tasks) do
        sim.log("protected %s until %s", row.protection_enabled, row.expiration_date or "-")
    end
end)

sim.at("5m", function() ecs.update_service { service = games, desired_count = 2 } end)

sim.at("8m", function()
    local all = tasks()
    sim.log("%d tasks are left of 12", #all)
    say("one more", ecs.update_task_protection { tasks = { all[#all] }, protection_enabled = true })
    local service = ecs.describe_services { services = { games } }.services[1]
    sim.log("desired %d, running %d: %s", service.desired_count, service.running_count, service.events[1].message)
    for _, row in ipairs(ecs.describe_tasks { tasks = first(all, 2) }.tasks) do
        sim.log("%s in zone %s, wanted %s", row.last_status, row.availability_zone, row.desired_status)
    end
end)

local gone                                               -- the youngest, which the scale-in stops
sim.at("4m", function()
    local all = tasks()
    gone = all[#all]
end)
sim.at("20m", function()
    say("release", ecs.update_task_protection { tasks = tasks(), protection_enabled = false })
end)
sim.at("25m", function()
    say("a task of the past", ecs.update_task_protection { tasks = { gone }, protection_enabled = true })
    ecs.update_service { service = games, desired_count = 6 }
end)

sim.at("30m", function()                                 -- polling without pause: the account's bucket empties
    local answers = { reads = 0, writes = 0, throttled = 0 }
    local some = first(tasks(), 2)
    for _ = 1, 12 do
        sim.spawn(function()
            for i = 1, 40 do
                local answer, kind
                if i % 3 == 0 then
                    kind, answer = "writes", ecs.update_task_protection { tasks = some, protection_enabled = i % 2 == 0 }
                else
                    kind, answer = "reads", ecs.get_task_protection { tasks = some }
                end
                kind = answer and kind or "throttled"
                answers[kind] = answers[kind] + 1
            end
        end)
    end
    sim.sleep(20)
    sim.log("%d reads, %d writes, %d throttled", answers.reads, answers.writes, answers.throttled)
end)
sim.expect { protect_throttled = "> 100" }
