-- What does a development environment cost a month that is switched off out of hours?
-- Look for: the published 144, 84, 51 and 43 USD a month for 4 vCPU and 8 GB: the price of the hours, and little else. A
-- scheduled action that lowers only the minimum stops nothing: no policy asks for less.
-- Now change: forget=true. What does one forgotten protection cost, and what ends it? Then arm=true.
-- Fails under: off=minimum forget=true
-- Rules: SCHD-01 SCHD-03 SCHD-07 AAS-02 AAS-04 COST-01 COST-02 PROT-04. Closed forms: F17.

local sim, ecs, autoscaling = require "sim", require "ecs", require "autoscaling"
local prices = require "lib.prices"

local p = sim.params {
    off = { "both", "bounds that the evening sets to zero", { "both", "minimum" } },
    forget = { false, "on Friday afternoon somebody protects a task to look into it, for 48 hours, and goes home" },
    arm = { false, "Arm in place of x86: 20 percent off" },
    weeks = { 4, "duration", min = 1 },
}
local TASKS, CPU, MEMORY = 4, 1024, 2048                 -- 4 vCPU and 8 GB in all
sim.scenario { duration = p.weeks * prices.HOURS_A_WEEK * 3600 }

local function wait_for_sigterm(task)
    local stop = sim.channel()
    task:on_sigterm(function() stop:put(true) end)
    stop:get()
end

local function schedule(name, verb, hour, days, minimum, maximum)
    autoscaling.put_scheduled_action {
        resource_id = name, scheduled_action_name = name .. "-" .. verb,
        schedule = ("cron(0 %d ? * %s *)"):format(hour, days),
        scalable_target_action = { min_capacity = minimum, max_capacity = maximum },
    }
end

local function environment(name, hours_a_week, days, on, off)
    ecs.create_service {
        service_name = name, desired_count = days and 0 or TASKS,
        task_definition = ecs.register_task_definition {
            family = name, cpu = CPU, memory = MEMORY, container_definitions = { { app = wait_for_sigterm } },
            runtime_platform = { cpu_architecture = p.arm and "ARM64" or "X86_64" },
        },
    }
    if days then
        autoscaling.register_scalable_target { resource_id = name, min_capacity = 0, max_capacity = 0 }
        schedule(name, "on", on, days, TASKS, TASKS)
        schedule(name, "off", off, days, 0, p.off == "both" and 0 or nil)
    end
    local price = TASKS * prices.task(CPU, MEMORY, p.arm and prices.arm or prices.x86)     -- F17
    local month = price * hours_a_week * prices.HOURS_A_MONTH / prices.HOURS_A_WEEK
    sim.log("F17: %s, %d hours a week: %.2f USD a month", name, hours_a_week, month)
    sim.expect { ("%s.cost_month > %.6g"):format(name, 0.995 * month), ("%s.cost_month < %.6g"):format(name, 1.005 * month) }
end

environment("always", 168)
environment("every_day", 98, "*", 7, 21)
environment("weekdays", 60, "MON-FRI", 8, 20)
environment("office", 50, "MON-FRI", 8, 18)

if p.forget then
    sim.at("4d17h", function()                           -- the evening's action then waits for the protection to expire
        local tasks = ecs.list_tasks { service_name = "office" }.task_arns
        ecs.update_task_protection { tasks = { tasks[1] }, protection_enabled = true, expires_in_minutes = 2880 }
    end)
end
