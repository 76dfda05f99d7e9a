-- What stands between clients and tasks: slow start, cookies, connections that are kept, targets that are asked although
-- none is healthy, a start-up that is too long for the grace period, alarms on a load balancer's metrics, capacity units.
-- Rules: ALB-02 ALB-03 ALB-05 ALB-07 ALB-08 ALB-11 SCHED-07 SCHED-09 CW-09 COST-08.
local sim, ecs, elb, cloudwatch = require "sim", require "ecs", require "elb", require "cloudwatch"

sim.scenario { duration = "2h" }

local function serve(name, count, group, more)
    local container = more.container or {}
    container.slots = 8
    return ecs.create_service {
        service_name = name, desired_count = count, load_balancers = { { target_group_arn = group } },
        health_check_grace_period_seconds = more.grace,
        deployment_configuration = { minimum_healthy_percent = 0, maximum_percent = more.maximum_percent or 200 },
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { container },
        },
    }
end

-- Two tasks join two others, each with a share that grows for five minutes; a browser stays with its own.
local web = elb.create_target_group {
    name = "web", slow_start_duration_seconds = 300, stickiness_enabled = true, stickiness_type = "lb_cookie",
    stickiness_lb_cookie_duration_seconds = 600, deregistration_delay_timeout_seconds = 30,
    client_keep_alive_seconds = 120, request_bytes = 800, response_bytes = 120000, rules = 40,
}
local statuses = sim.tally("status", "code")
local function visit(group, requests, pause)
    for _ = 1, requests do
        statuses:add((group:request(0.05)))
        sim.sleep(pause)
    end
end
local front = serve("front", 2, web, {})
sim.arrivals { name = "visits", rate = 0.2, each = function() visit(web, 4, 20) end }
sim.arrivals { name = "probes", rate = 2, into = web, work = 0.02 }
sim.at("30m", function() ecs.update_service { service = front, desired_count = 4 } end)
sim.at("1h", function() ecs.update_service { service = front, desired_count = 3 } end)

-- All are ill for five minutes, and nobody replaces them: the requests go to them all the same.
local api = elb.create_target_group {
    name = "api", load_balancing_algorithm_type = "least_outstanding_requests", health_check_interval_seconds = 10,
    stickiness_enabled = true, stickiness_type = "app_cookie", stickiness_app_cookie_duration_seconds = 60,
    requests_per_connection = 5,
}
local function fall_ill(task)
    task:spawn(function()
        sim.sleep(3000 - sim.now())
        task:set_healthy(false)
        sim.sleep(300)
        task:set_healthy(true)
    end)
    task:serve {}
end
serve("api", 3, api, { container = { app = fall_ill }, grace = 7200 })
sim.arrivals { name = "calls", rate = 3, into = api, work = 0.1 }
sim.arrivals { name = "guests", rate = 0.02, each = function() visit(api, 6, 15) end }

-- A start-up of a minute and a half behind a balancer that gives it half of one: no task ever serves.
local late = elb.create_target_group {
    name = "late", health_check_interval_seconds = 15, health_check_timeout_seconds = 3, deregistration_delay_timeout_seconds = 60,
}
local slow = serve("slow", 1, late, { container = { startup = 90 }, grace = 30, maximum_percent = 100 })
sim.arrivals { name = "late", rate = 0.1, into = late, work = 0.1, stop = "90m" }
sim.at("1h", function() ecs.update_service { service = slow, health_check_grace_period_seconds = 240 } end)

local function alarm(name, group, statistic, threshold)
    local is_percentile = statistic:sub(1, 1) == "p"
    cloudwatch.put_metric_alarm {
        alarm_name = group .. " " .. name .. " " .. statistic, namespace = "AWS/ApplicationELB", metric_name = name,
        dimensions = { TargetGroup = group }, statistic = not is_percentile and statistic or nil,
        extended_statistic = is_percentile and statistic or nil, period = 60, evaluation_periods = 1,
        threshold = threshold, comparison_operator = "GreaterThanThreshold",
    }
end
alarm("TargetResponseTime", "web", "p50", 0.03)
alarm("TargetResponseTime", "web", "p99", 0.06)
alarm("HTTPCode_Target_2XX_Count", "web", "Sum", 130)
alarm("HTTPCode_ELB_5XX_Count", "late", "Sum", 7)
alarm("NewConnectionCount", "api", "Sum", 40)
alarm("ActiveConnectionCount", "web", "Sum", 15)
alarm("UnHealthyHostCount", "api", "Maximum", 0)
alarm("HealthyHostCount", "late", "Maximum", 0)
sim.expect { ["api.jobs_done"] = "> 1000", ["late.jobs_done"] = "> 0" }
