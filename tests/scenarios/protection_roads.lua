-- Both roads to protection, and mixed: a task that protects itself, one that a controller protects, one that is protected
-- from inside and freed from outside, one the other way round; and one beyond the 48 hours of a single request. Each is
-- wanted gone at ten minutes, and stays until it is freed at thirty, or until its protection has run out.
-- Rules: PROT-02 PROT-04 PROT-05 PROT-07 PROT-53 PROT-54.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "90h" }
local WANTED, FREED = 600, 1800

local function add_service(name, app, endpoint_calls, api_calls, held_h)
    ecs.create_service {
        service_name = name, desired_count = 1, task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = function(task)
                local stop = sim.channel()
                task:on_sigterm(function() stop:put(true) end)
                app(task)
                stop:get()
            end } } },
    }
    sim.at(WANTED, function() ecs.update_service { service = name, desired_count = 0 } end)
    sim.expect {
        [name .. ".protect_calls{endpoint}"] = endpoint_calls, [name .. ".protect_calls{api}"] = api_calls,
        [name .. ".protect_calls"] = endpoint_calls + api_calls,
        (name .. ".scale_in_held_h > %g"):format(held_h - 0.01), (name .. ".scale_in_held_h < %g"):format(held_h + 0.01),
    }
    sim.eventually { name .. ".running_count == 0", after = WANTED + 3600 * held_h - 30, within = "1m" }
end

local function from_outside(name, time, enabled)
    sim.at(time, function()
        local tasks = ecs.list_tasks { service_name = name }.task_arns
        ecs.update_task_protection { tasks = tasks, protection_enabled = enabled, expires_in_minutes = 60 }
    end)
end

local function wait_until(time) sim.sleep(time - sim.now()) end
local HELD = (FREED - WANTED) / 3600

add_service("inside", function(task)
    task:protect(60)
    wait_until(FREED)
    task:unprotect()
end, 2, 0, HELD)

add_service("outside", function() end, 0, 2, HELD)
from_outside("outside", WANTED - 60, true)
from_outside("outside", FREED, false)

add_service("freed_from_outside", function(task) task:protect(60) end, 1, 1, HELD)
from_outside("freed_from_outside", FREED, false)

add_service("freed_from_inside", function(task)
    wait_until(FREED)
    task:unprotect()
end, 1, 1, HELD)
from_outside("freed_from_inside", WANTED - 60, true)

add_service("days", function(task)                       -- no request can be longer, but it can be made again
    task:protect(2880)
    wait_until(40 * 3600)
    task:protect(2880)
end, 2, 0, 88 - WANTED / 3600)
