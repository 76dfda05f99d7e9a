-- A matchmaker hands work to waiting containers through channels; loads by list, by rate, by beat and at an instant.
-- Rules: none of AWS's; the scenario's own tools in the order in which they act.

local sim, ecs, sqs = require "sim", require "ecs", require "sqs"

sim.scenario { duration = "30m", start = "2026-03-28T22:30:00Z" }

local lobby, scores = sim.channel(), sim.channel()
local length = sim.random { name = "length", distribution = "exponential", mean = 90, min = 10, max = 400 }
local waiting = sim.level("players_waiting", "players")
local played = sim.tally("game", "s")
local jobs = sqs.create_queue { queue_name = "jobs" }

local function host(task, queue)
    while not task.stopping do
        local game = lobby:get(45)
        if game then
            waiting:set(#lobby)
            task:work(game.seconds)
            scores:put(game)
        end
        local message = queue:receive()
        if message then
            task:work(message)
            message:delete()
        end
    end
end

local hosts = ecs.create_service {
    service_name = "hosts", desired_count = 2,
    task_definition = ecs.register_task_definition {
        family = "hosts", cpu = 2048, memory = 4096,
        container_definitions = { { app = host, queues = { jobs }, stop_timeout = "1m" } },
    },
}

local number = 0
sim.arrivals {
    name = "players", rate = { { 0, 0.01 }, { 600, 0.05 }, { 601, 0 }, every = 900 },
    each = function(i)
        number = number + 1
        lobby:put { number = i, seconds = length() }
        waiting:set(#lobby)
    end,
}
sim.arrivals { name = "list", times = { 100, 100.5, 700, 1300 }, work = { 5, 10, 20, 40 }, into = jobs }
sim.arrivals { name = "beat", rate = 1 / 240, process = "regular", start = 200, stop = 1200, into = jobs, work = 12 }
sim.spawn(function()
    while true do
        local game = scores:get()
        played:add(game.seconds)
        sim.log("game %d over", game.number)
    end
end)
sim.every("5m", function()
    local seen = jobs:get_attributes()
    sim.log("%d players so far, %d jobs visible", number, seen.approximate_number_of_messages)
end)
sim.at("15m", function() ecs.update_service { service = hosts, desired_count = 1 } end)
sim.expect { ["players_waiting.max"] = "> 0", ["game.count"] = "> 5" }
