-- Tasks that are replaced: unhealthy, retired, drained, moved to another zone; and what protection makes of it.
-- Rules: SCHED-09 SCHED-10 SCHED-33 SCHED-34 SCHED-37 SCHED-38 SCHED-40 DEPLOY-04 ALB-02 ALB-06 PROT-37 PROT-88 PROT-89
-- PROT-90 EVENT-01 EVENT-14 EVENT-17 EVENT-35.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

sim.scenario { duration = "3h" }

local function definition(family, container)
    return ecs.register_task_definition {
        family = family, cpu = 256, memory = 512, container_definitions = { container },
    }
end

-- The first task of each service protects itself; when its hour has come it is ill, retires, or its instance drains.
local function protects_first()
    local first = true
    return function(task)
        if first then
            first = false
            task:protect(90)
        end
        sim.sleep(1e6)
    end
end

local CHECK = { interval = 10, retries = 2, start_period = 20 }
for _, cause in ipairs { "health", "retirement", "drain" } do
    ecs.create_service {
        service_name = cause, desired_count = 1,
        task_definition = definition(cause, { app = protects_first(), health_check = CHECK }),
    }
    sim.disrupt { cause = cause, service = cause, start = "20m" }
end

-- Behind a load balancer, as many tasks as desired at most: one ill task at a time makes room.
local group = elb.create_target_group {
    name = "web", health_check_interval_seconds = 10, deregistration_delay_timeout_seconds = 30,
}
local web = ecs.create_service {
    service_name = "web", desired_count = 4, load_balancers = { { target_group_arn = group } },
    deployment_configuration = { minimum_healthy_percent = 50, maximum_percent = 100 },
    health_check_grace_period_seconds = 60,
    task_definition = definition("web", { slots = 8, startup = 15, health_check = CHECK }),
}
sim.arrivals { rate = 0.05, into = group, work = 3 }
sim.disrupt { cause = "health", service = web, count = 3, start = "30m" }
sim.disrupt { cause = "drain", service = web, count = 3, start = "1h" }
sim.at("90m", function() ecs.update_service { service = web, health_check_grace_period_seconds = 0 } end)

sim.at("30m15s", function()
    local tasks = ecs.list_tasks { service_name = web }.task_arns
    for _, task in ipairs(ecs.describe_tasks { tasks = tasks }.tasks) do
        sim.log("%s is %s", task.task_arn, task.health_status)
    end
end)

-- An illness that passes: the surplus goes, whichever task that is.
ecs.create_service {
    service_name = "recovers", desired_count = 3,
    task_definition = definition("recovers", { health_check = CHECK, app = function(task)
        sim.sleep(3600)
        task:set_healthy(false)
        sim.sleep(35)
        task:set_healthy(true)
        sim.sleep(1e6)
    end }),
}

-- Protected tasks leave a scale-in where they are; the zones are evened out once they let go.
local spread = ecs.create_service {
    service_name = "spread", desired_count = 9,
    task_definition = definition("spread", { app = function(task)
        if task.availability_zone == "a" then task:protect(60) end
        sim.sleep(1e6)
    end }),
}
sim.at("10m", function() ecs.update_service { service = spread, desired_count = 4 } end)
sim.at("2h", function() ecs.update_service { service = spread, availability_zone_rebalancing = "DISABLED" } end)
