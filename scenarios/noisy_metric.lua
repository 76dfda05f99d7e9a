-- How often does a bursty metric raise a false alarm, and what does M of N cost in time?
-- Look for: mean minutes from calm to the next alarm (gap_1, gap_2, gap_3) against F7; the three bands of the alarm ribbon.
-- Now change: p=0.1, a day between false alarms at 3 of 3. Each period more costs a minute of every true alarm (F9).
-- Fails under: datapoints=1
-- Rules: ALARM-06 ALARM-12 METRIC-01. Closed forms: F7.

local sim, ecs, cloudwatch = require "sim", require "ecs", require "cloudwatch"
local metrics = require "lib.metrics"

local p = sim.params {
    p = { 0.3, "chance that a minute is busy", min = 0.01, max = 0.9 },
    datapoints = { 0, "breaching datapoints that an alarm needs; 0: all of its periods", min = 0, max = 1 },
    duration = { "14d", "length of the run" },
}
sim.scenario { duration = p.duration }

local burst = sim.random { name = "burst", distribution = "uniform", min = 0, max = 1 }

local function work_in_bursts(task)                      -- a minute is busy or it is not, whatever came before
    while not task.stopping do
        sim.sleep(60 - sim.now() % 60)
        if burst() < p.p then task:work(55) end
    end
end

local worker = ecs.create_service {
    service_name = "worker", desired_count = 1,
    task_definition = ecs.register_task_definition {
        family = "worker", cpu = 256, memory = 512, container_definitions = { { app = work_in_bursts } },
    },
}

local cpu = metrics.cpu(worker)
for n = 1, 3 do
    local gap, calm = sim.tally("gap_" .. n, "min"), nil
    cloudwatch.put_metric_alarm {
        alarm_name = n .. " of " .. n, namespace = cpu.namespace, metric_name = cpu.metric_name,
        dimensions = cpu.dimensions, statistic = "Average", period = 60, threshold = 50,
        comparison_operator = "GreaterThanThreshold", evaluation_periods = n,
        datapoints_to_alarm = p.datapoints > 0 and p.datapoints or n,
        ok_actions = { function() calm = sim.now() end },
        alarm_actions = { function() if calm then gap:add((sim.now() - calm) / 60) end end },
    }
    -- F7: after a calm minute a run of n busy ones takes (1 - p^n) / ((1 - p) p^n) minutes on average.
    local expected = (1 - p.p ^ n) / ((1 - p.p) * p.p ^ n)
    sim.expect { ("gap_%d.mean > %.6g"):format(n, 0.9 * expected), ("gap_%d.mean < %.6g"):format(n, 1.1 * expected) }
end
