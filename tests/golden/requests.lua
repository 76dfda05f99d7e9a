-- Requests in every form: loads without clients and clients with time-outs, a program that sheds and one without an app,
-- both routings, a crash, a scale-in whose connections are cut, and target tracking on requests per target.
local sim, ecs, elb, autoscaling = require "sim", require "ecs", require "elb", require "autoscaling"

sim.scenario { duration = "1h", slo = 1 }

local web = elb.create_target_group { name = "web", deregistration_delay_timeout_seconds = 10, idle_timeout_timeout_seconds = 30 }
local api = elb.create_target_group {
    name = "requests", load_balancing_algorithm_type = "least_outstanding_requests", deregistration_delay_timeout_seconds = 5,
}
local function serve(task)
    local inside = 0
    task:serve { on_request = function(request)
        if inside >= 6 then return 503 end
        inside = inside + 1
        sim.sleep(0.02)
        if request:work_left() > 40 then task:exit(1) end
        while task:work(request, 1) > 0 do sim.sleep(0) end
        inside = inside - 1
    end }
    sim.log("served out")
end

local function definition(family, container)
    return ecs.register_task_definition { family = family, cpu = 256, memory = 512, container_definitions = { container } }
end
ecs.create_service {
    service_name = "web", desired_count = 3, load_balancers = { { target_group_arn = web } },
    task_definition = definition("web", { app = serve, slots = 8, startup = 7 }),
}
ecs.create_service {
    service_name = "api", desired_count = 2, load_balancers = { { target_group_arn = api, container_port = 80 } },
    task_definition = definition("api", { slots = 4, usage = { cpu_percent = 30 } }),
}
autoscaling.register_scalable_target { resource_id = "api", min_capacity = 2, max_capacity = 6 }
autoscaling.put_scaling_policy {
    resource_id = "api", policy_name = "requests", policy_type = "TargetTrackingScaling",
    target_tracking_scaling_policy_configuration = {
        target_value = 60, scale_in_cooldown = 60, scale_out_cooldown = 60,
        predefined_metric_specification = {
            predefined_metric_type = "ALBRequestCountPerTarget",
            resource_label = "app/lb/0/targetgroup/requests/1",
        },
    },
}

local size = sim.random { name = "size", distribution = "lognormal", mean = 0.2, cv = 2 }
sim.arrivals { name = "load", rate = { { 0, 1 }, { 900, 6 }, { 1800, 6 }, { 2400, 0 } }, into = { web, api }, work = size }

local statuses = sim.tally("status", "code")
local function user(work, timeout)
    local status, seconds = web:request(work, timeout)
    statuses:add(status)
    sim.log("%d after %.3f s", status, seconds)
end
sim.at(20, function() user(1) end)                       -- nobody is there yet
sim.at(600, function() user(5, 2) end)                   -- leaves early
sim.at(700, function() user(50) end)                     -- kills its task
sim.at(2700, function() ecs.update_service { service = "web", desired_count = 2 } end)
sim.at(3000, function() for _ = 1, 24 do sim.spawn(user, 25) end end)
sim.at(3001, function() ecs.update_service { service = "web", desired_count = 1 } end)
sim.expect { ["web.jobs_done"] = "> 1000", ["requests.jobs_done"] = "> 1000", ["web.jobs_cut{crash}"] = "> 0" }
