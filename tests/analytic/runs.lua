-- A metric breaches in each minute with a chance of its own: how long until an alarm of N periods fires?
-- Played by theory.c.

local sim, cloudwatch = require "sim", require "cloudwatch"

local p = sim.params {
    chance = { 0.4, "that a minute breaches", min = 0, max = 1 },
    length = { 5000, "minutes", min = 10 },
}
sim.scenario { duration = 60 * p.length }

local draw = sim.random { name = "draw", distribution = "uniform", min = 0, max = 1 }
sim.spawn(function()
    sim.sleep(30)
    while true do
        cloudwatch.put_metric_data("Theory", "Breach", draw() < p.chance and 1 or 0)
        sim.sleep(60)
    end
end)

for n = 1, 3 do
    local gap, calm = sim.tally("gap_" .. n, "min"), nil
    cloudwatch.put_metric_alarm {
        alarm_name = n .. " of " .. n, namespace = "Theory", metric_name = "Breach", statistic = "Maximum", period = 60,
        threshold = 0.5, comparison_operator = "GreaterThanThreshold", evaluation_periods = n,
        ok_actions = { function() calm = sim.now() end },
        alarm_actions = { function() if calm then gap:add((sim.now() - calm) / 60) end end },
    }
end
