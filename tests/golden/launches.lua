-- Starts: split over capacity providers, limited, and paused where they keep failing.
-- Rules: CAP-01 CAP-04 DEPLOY-05 SCHED-21 SCHED-22 SCHED-23 SCHED-26 SCHED-28 SCHED-32 EVENT-12 EVENT-13 COST-01 COST-02.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "1h" }

local function revision(family, pull_error_p)
    return ecs.register_task_definition {
        family = family, cpu = 256, memory = 512, container_definitions = { { pull_error_p = pull_error_p } },
    }
end

-- Ten tasks on demand, of the others three in four on Spot: 63 and 160. Later ones only on Spot.
local wide = ecs.create_service {
    service_name = "wide", desired_count = 223, task_definition = revision("wide"),
    capacity_provider_strategy = {
        { capacity_provider = "FARGATE", base = 10, weight = 1 }, { capacity_provider = "FARGATE_SPOT", weight = 3 },
    },
}
sim.at("10m", function() ecs.update_service { service = wide, desired_count = 12 } end)
sim.at("20m", function()
    ecs.update_service {
        service = wide, desired_count = 16,
        capacity_provider_strategy = { { capacity_provider = "FARGATE_SPOT", weight = 1 } },
    }
end)
sim.at("30m", function() ecs.update_service { service = wide, desired_count = 10 } end)

-- One image in three cannot be had; one never, until somebody mends it.
ecs.create_service { service_name = "flaky", desired_count = 6, task_definition = revision("flaky", 1 / 3) }
local broken = ecs.create_service { service_name = "broken", desired_count = 2, task_definition = revision("broken", 1) }
sim.at("55m", function() ecs.update_service { service = broken, task_definition = revision("broken") } end)

-- Windows: five minutes at least, however short it runs.
ecs.create_service {
    service_name = "windows", desired_count = 2,
    task_definition = ecs.register_task_definition {
        family = "windows", cpu = 1024, memory = 2048,
        runtime_platform = { operating_system_family = "WINDOWS_SERVER_2022_CORE" },
        container_definitions = { { } },
    },
}
sim.at("2m", function() ecs.update_service { service = "windows", desired_count = 1 } end)
