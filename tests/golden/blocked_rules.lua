-- Who is refused new protection, and when: the four readings side by side, renewals exempt and not, over a long scale-in
-- that long jobs hold up. Rules: PROT-10 PROT-11 PROT-78 PROT-79 PROT-82 PROT-84 EVENT-31 EVENT-36.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "75m" }

local READINGS = {
    { "blocked", {} },
    { "renewals_too", { renewals_exempt = false } },
    { "gt_desired", { blocked_rule = "protected_gt_desired" } },
    { "after", { blocked_rule = "blocked_after_s" } },
    { "never", { blocked_rule = "off" } },
}

local refusals = {}
local function consume(task, queue)
    while not task.stopping do
        local granted, reason = task:protect(5)
        local message = granted and queue:receive()
        if message then
            while task:work(message, 200) > 0 do         -- renews at every turn
                local renewed, why = task:protect(5)
                if not renewed then sim.log("renewal: %s", why) end
            end
            message:delete()
            task:unprotect()
        elseif granted then
            task:unprotect()
            sim.sleep(20)
        else
            refusals[reason] = (refusals[reason] or 0) + 1
            sim.sleep(45)
        end
    end
end

local sides = {}
for _, reading in ipairs(READINGS) do
    local name, assume = table.unpack(reading)
    local jobs = sqs.create_queue { queue_name = name, visibility_timeout = "2h" }
    local service = ecs.create_service {
        service_name = name, desired_count = 6, assume = assume,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = consume, queues = { jobs } } },
        },
    }
    sides[#sides + 1] = { jobs = jobs, service = service }
end

sim.at("4m", function()
    for _, side in ipairs(sides) do
        side.jobs:send(40 * 60)
        side.jobs:send(45 * 60)
        side.jobs:send(8 * 60)
        side.jobs:send(22 * 60)
    end
end)
sim.at("9m", function()
    for _, side in ipairs(sides) do ecs.update_service { service = side.service, desired_count = 1 } end
end)
sim.at("40m", function()
    for _, side in ipairs(sides) do ecs.update_service { service = side.service, desired_count = 3 } end
end)
sim.at("45m", function()
    for _, side in ipairs(sides) do ecs.update_service { service = side.service, desired_count = 1 } end
end)
sim.expect { ["never.protect_rejected"] = 0 }
