-- Deployments of every kind: bounds with protected old tasks and a scale-out in between, five that wait for protected
-- tasks, a version that cannot start, blue and green with protected blue tasks.
-- Rules: DEPLOY-03 DEPLOY-11 DEPLOY-12 DEPLOY-17 DEPLOY-18 DEPLOY-26 DEPLOY-42 DEPLOY-46 PROT-93.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "3h" }

local function stay(task)
    while not task.stopping do sim.sleep(10) end
end

-- A program whose first tasks protect themselves for an hour.
local function protected(count)
    return function(task)
        count = count - 1
        if count >= 0 then task:protect(60) end
        stay(task)
    end
end

local function revision(family, app, pull_error_p)
    return ecs.register_task_definition {
        family = family, cpu = 256, memory = 512, container_definitions = { { app = app, pull_error_p = pull_error_p } },
    }
end

local function service(name, desired_count, app, deployment_configuration, resolve_digests)
    ecs.create_service {
        service_name = name, desired_count = desired_count, task_definition = revision(name, app),
        deployment_configuration = deployment_configuration, assume = { blocked_rule = "off", resolve_digests = resolve_digests },
    }
end

local function deploy(at, name, app, pull_error_p)
    sim.at(at, function()
        local answer, code, message =
            ecs.update_service { service = name, task_definition = revision(name, app, pull_error_p) }
        sim.log(name .. ": " .. (answer and "accepted" or code .. ", " .. message))
    end)
end

service("rolling", 4, protected(2), { minimum_healthy_percent = 50, maximum_percent = 150 })
deploy("20m", "rolling", stay)
sim.at("21m", function() ecs.update_service { service = "rolling", desired_count = 8 } end)

service("stacked", 8, protected(1))
for i = 1, 6 do deploy(600 + 300 * i, "stacked", protected(1)) end

-- The first trips over its digests, the second, whose images are named by them, over the threshold.
local breaker = { deployment_circuit_breaker = { enable = true, rollback = true } }
service("broken", 2, stay, breaker)
deploy("30m", "broken", stay, 1)
service("digested", 2, stay, breaker, "off")
deploy("30m", "digested", stay, 1)

service("green", 2, protected(2), { strategy = "BLUE_GREEN", bake_time_in_minutes = 5 })
deploy("10m", "green", stay)

-- Old tasks that take their time to stop leave no room for new ones meanwhile.
service("tight", 4, function() while true do sim.sleep(60) end end,
    { minimum_healthy_percent = 50, maximum_percent = 100 })
deploy("15m", "tight", stay)
