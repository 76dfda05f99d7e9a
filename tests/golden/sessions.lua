-- Golden: what ends sessions, and who comes back.
-- Cuts by a scale-in, a deployment, an operator's deregistration, a lack of memory and lost hosts; a program that hangs up;
-- matches that are opened straight to their servers.
local sim, ecs, elb, cloudwatch = require "sim", require "ecs", require "elb", require "cloudwatch"
sim.scenario { duration = "2h", warm_up = "5m" }
sim.assume { first_health_check_s = 2 }

local chat = elb.create_target_group { name = "chat", deregistration_delay_timeout_seconds = 120 }
local function register()
    return ecs.register_task_definition {
        family = "chat", cpu = 256, memory = 512,
        container_definitions = { {
            slots = 60, stop_timeout = 20, usage = { cpu_percent = 1.5, memory_percent = 1.6, idle_cpu_percent = 3 },
            app = function(task)
                task:serve {
                    on_connect = function(connection)
                        if sim.now() % 7 < 0.5 then
                            sim.sleep(45)
                            connection:close()
                        end
                    end,
                    on_disconnect = function() task:work(0.2) end,
                }
            end,
        } },
    }
end
local service = ecs.create_service {
    service_name = "chat", desired_count = 3, task_definition = register(), load_balancers = { { target_group_arn = chat } },
}
cloudwatch.put_metric_alarm {
    alarm_name = "crowded", namespace = "AWS/ApplicationELB", metric_name = "ActiveConnectionCount", dimensions = { TargetGroup = chat },
    statistic = "Sum", period = 60, evaluation_periods = 2, threshold = 75, comparison_operator = "GreaterThanThreshold",
}

local life = sim.random { name = "life", mean = "8m" }
local pause = sim.random { name = "pause", distribution = "uniform", min = 0, max = 20 }
local lasted = sim.tally("lasted", "s")
local function client()
    local left, cut = life(), nil
    local tries = 0
    repeat
        local connection = chat:connect(cut)
        if connection then
            local held = connection:hold(left)
            lasted:add(held)
            left, cut = left - held, connection
        end
        tries = tries + 1
        if left > 0 then sim.sleep(pause()) end
    until left <= 0 or tries == 10
end
sim.arrivals { rate = 0.07, each = client }

local function update(changes)
    changes.service = service
    return function() ecs.update_service(changes) end
end
sim.at("20m", update { desired_count = 2 })
sim.at("35m", function() ecs.update_service { service = service, task_definition = register() } end)
sim.at("55m", function()
    local tasks = ecs.list_tasks { service_name = service }.task_arns
    elb.deregister_targets { target_group_arn = chat, targets = { tasks[1] } }
end)
sim.at("75m", function()
    for _ = 1, 80 do
        sim.spawn(function()
            local connection = chat:connect()
            if connection then connection:hold(15) end
        end)
        sim.sleep(0.1)
    end
end)
sim.disrupt { service = service, cause = "host", count = 2, start = "95m" }

-- Servers of one match each, handed out by a book; every tenth match has no time to lose and is stopped with its server.
local ready = sim.channel()
local fleet = ecs.create_service {
    service_name = "fleet", desired_count = 4,
    task_definition = ecs.register_task_definition {
        family = "match", cpu = 256, memory = 512,
        container_definitions = { { stop_timeout = 60, app = function(task)
            ready:put(task)
            task:serve {}
        end } },
    },
}
local length = sim.random { name = "match", distribution = "lognormal", mean = "6m", cv = 0.5 }
sim.arrivals { name = "matches", rate = 0.005, each = function(i)
    local task, connection, status = ready:get(), nil, nil
    connection, status = task:connect()
    if not connection then sim.log("no server: %d", status) return end
    if i % 10 == 0 then sim.spawn(function() sim.sleep(30) ecs.stop_task { task = task } end) end
    connection:hold(length())
    ready:put(task)
end }
sim.at("60m", function() ecs.update_service { service = fleet, desired_count = 2 } end)
