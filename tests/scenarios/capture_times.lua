-- Do the times that nobody sets directly come out as captured from the real service?
-- Look for: medians and extremes of the tallies; sim/model/README.md has the captures beside them.
-- A service of one task behind a load balancer is deployed anew each half hour, then scaled out by hand and back in; what its
-- events say is timed.
-- Rules: SCHED-18 SCHED-19 SCHED-20 SCHED-21 AAS-32.

local sim, ecs, elb = require "sim", require "ecs", require "elb"

sim.scenario { duration = "30h" }

local group = elb.create_target_group {
    name = "web", deregistration_delay_timeout_seconds = 30,
}
local web = ecs.create_service {
    service_name = "web", desired_count = 1, load_balancers = { { target_group_arn = group } },
    task_definition = ecs.register_task_definition { family = "web", cpu = 256, memory = 512, container_definitions = { {} } },
}

local tallies = {}
for _, name in ipairs {
    "started_to_registered", "registered_to_stopped", "stopped_to_draining", "draining_to_completed", "deployed",
    "scaled_to_steady",
} do
    tallies[name] = sim.tally(name, "s")
end

local words = {
    started = "has started 1 tasks", registered = ") registered 1 targets", stopped = "has stopped",
    draining = "has begun draining", completed = "deployment completed", steady = "steady state",
}

-- When ECS last said so, after `since`; nil: it has not.
local function said(what, since)
    for _, event in ipairs(ecs.describe_services { services = { web } }.services[1].events) do
        if event.created_at < since then return nil end
        if event.message:find(words[what], 1, true) then return event.created_at end
    end
end

local function note(name, from, to)
    if from and to then tallies[name]:add(to - from) end
end

sim.every("30m", function()
    local at = sim.now()
    if at == 0 then return end
    ecs.update_service { service = web, force_new_deployment = true }
    sim.sleep("14m")
    local started, registered, stopped = said("started", at), said("registered", at), said("stopped", at)
    local draining, completed = said("draining", at), said("completed", at)
    note("started_to_registered", started, registered)
    note("registered_to_stopped", registered, stopped)
    note("stopped_to_draining", stopped, draining)
    note("draining_to_completed", draining, completed)
    note("deployed", at, completed)
    at = sim.now()
    ecs.update_service { service = web, desired_count = 2 }
    sim.sleep("5m")
    note("scaled_to_steady", at, said("steady", at))
    ecs.update_service { service = web, desired_count = 1 }
end)

-- Medians within the spread of the captures.
sim.expect {
    ["started_to_registered.p50"] = ">= 19.4", "started_to_registered.p50 <= 41",
    ["registered_to_stopped.p50"] = ">= 7.1", "registered_to_stopped.p50 <= 50.1",
    ["stopped_to_draining.p50"] = ">= 9.6", "stopped_to_draining.p50 <= 10.1",
    ["scaled_to_steady.p50"] = ">= 31.0", "scaled_to_steady.p50 <= 45.3",
}
