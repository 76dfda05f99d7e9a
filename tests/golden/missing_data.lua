-- One gappy metric under all four ways to treat missing data, by the minute and by ten seconds; functions as actions.
-- Rules: ALARM-01..13 AAS-05 AAS-08. The metric is silent for minutes at a time, and bad for some.

local sim, ecs, cloudwatch = require "sim", require "ecs", require "cloudwatch"

sim.scenario { duration = "70m" }

local GOOD, BAD = 10, 90

local function idle(task)
    while not task.stopping do sim.sleep(30) end
end

ecs.create_service {
    service_name = "idle", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "idle", cpu = 256, memory = 512, container_definitions = { { app = idle } },
    },
}

local turns = sim.tally("turns_to_alarm", "times")
local function note(state, previous)
    if state == "ALARM" then turns:add(1) end
    sim.log("turned from %s to %s", previous, state)
end

local function watch(name, period, treat, rule)
    cloudwatch.put_metric_alarm {
        alarm_name = name .. " " .. treat, namespace = "app", metric_name = name, statistic = "Maximum", period = period,
        evaluation_periods = rule.n, datapoints_to_alarm = rule.m, threshold = 50,
        comparison_operator = "GreaterThanThreshold", treat_missing_data = treat,
        alarm_actions = { note }, ok_actions = { note }, insufficient_data_actions = { note },
    }
end

for _, treat in ipairs { "missing", "ignore", "breaching", "notBreaching" } do
    watch("errors", 60, treat, { n = 3, m = 2 })
    watch("latency", 10, treat, { n = 3 })
end
watch("rare", 300, "notBreaching", { n = 1 })

-- What the minutes say: good, bad, nothing.
local MINUTES = "gggbbbg---bb--b-----g-b-g----bbbb--------gggg--b-b-b-b----------g---"
sim.every(60, function()
    local at = sim.now() // 60
    local mark = MINUTES:sub(at, at)
    if mark ~= "-" then cloudwatch.put_metric_data("app", "errors", mark == "b" and BAD or GOOD) end
    if at % 17 == 0 then cloudwatch.put_metric_data("app", "rare", BAD) end
end)
sim.every(10, function()
    local at = (sim.now() // 10 * 7) % #MINUTES + 1
    local mark = MINUTES:sub(at, at)
    if mark ~= "-" and sim.now() % 600 < 300 then
        cloudwatch.put_metric_data("app", "latency", mark == "b" and BAD or GOOD)
    end
end)
sim.expect { ["turns_to_alarm.count"] = "> 4" }
