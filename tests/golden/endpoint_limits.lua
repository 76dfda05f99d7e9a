-- Programs that call the agent endpoint without measure, and an endpoint that fails: 429, the account's bucket and its
-- retries, 504 with and without effect, 500.
-- Rules: PROT-14 PROT-22 PROT-24 PROT-25 PROT-29 PROT-30 PROT-87 PROT-94 PROT-95.

local sim, ecs = require "sim", require "ecs"

sim.scenario { duration = "15m" }
sim.assume { protect_timeout_p = 0.04, protect_error_p = 0.05 }

local counts = {}
local function note(first, second, status)
    local key = first ~= nil and "ok" or second
    counts[key .. " " .. status] = (counts[key .. " " .. status] or 0) + 1
end

local function hammer(task)                              -- five callers at once for half a minute
    note(task:protect(2881))
    task:parallel(5, function(i)
        sim.sleep(60 - sim.now() % 60)
        local stop = sim.now() + 30
        while sim.now() < stop do
            if i == 1 then
                note(task:get_protection())
            elseif i % 2 == 0 then
                note(task:protect(i))
            else
                note(task:unprotect())
            end
        end
    end)
    while not task.stopping do
        sim.sleep(20)
        note(task:protect(1))
        note(task:get_protection())
    end
end

local noisy = ecs.create_service {
    service_name = "noisy", desired_count = 4,
    task_definition = ecs.register_task_definition {
        family = "noisy", cpu = 256, memory = 512, container_definitions = { { app = hammer } },
    },
}
sim.at("8m", function() ecs.update_service { service = noisy, desired_count = 2 } end)
sim.at("890s", function()
    for answer, count in pairs(counts) do sim.log("%s: %d", answer, count) end
end)
sim.expect { protect_failed = "> 0", protect_throttled = "> 0" }
