-- A home-made scaler as published: do its thresholds flap, and what does a wider band that counts work in flight cost?
-- Look for: reversals and busy stops of both sides; the published one drops workers as soon as its queue looks empty.
-- Now change: in_flight=false, the wide band alone. Then down=5: nobody is stopped any more, and what does that cost?
-- Fails under: down=99
-- Rules: AAS-06 AAS-11 CW-05 CW-08 BACKLOG-04. Closed forms: F8. The defaults are those of the public scaler it ports.

local sim, ecs, sqs, autoscaling = require "sim", require "ecs", require "sqs", require "autoscaling"
local loads, metrics, workers = require "lib.loads", require "lib.metrics", require "lib.workers"

local p = sim.params {
    up = { 100, "messages above which it adds tasks" },
    down = { 20, "messages below which the fixed side removes tasks; the published one does below 99" },
    in_flight = { true, "the fixed side counts messages in flight as well" },
    per_message = { 0.01, "tasks per message" },
    keep = { 0.99, "share of the tasks kept by one removal" },
    cooldown = { "2m", "between removals" },
}
sim.scenario { duration = "1d" }

local function rule(tasks, messages, down)
    if messages > p.up then
        return math.min(300, tasks + math.max(1, math.floor(messages * p.per_message))), "above up"
    elseif messages < down then
        return math.max(10, math.floor(messages * p.per_message), math.floor(tasks * p.keep)), "below down"
    end
    return tasks
end

local function put_policy(service, queue, down, in_flight)      -- sees what CloudWatch shows; bounds and cooldowns are AWS's
    autoscaling.register_scalable_target { resource_id = service, min_capacity = 10, max_capacity = 300 }
    autoscaling.put_scaling_policy {
        resource_id = service, policy_name = "home-made", policy_type = "Custom",
        custom_scaling_policy_configuration = {
            scale_in_cooldown = p.cooldown,
            metrics = { metrics.term("visible", metrics.visible(queue), "Maximum"),
                        metrics.term("in_flight", metrics.in_flight(queue), "Maximum") },
            decide = function(tasks, data)
                return rule(tasks, data.visible + (in_flight and data.in_flight or 0), down)
            end,
        },
    }
end

local queues = {}
local function add_side(name, down, in_flight)
    local jobs = sqs.create_queue {
        queue_name = name .. "_jobs", visibility_timeout = "5m", receive_message_wait_time_seconds = 20,
    }
    local service = ecs.create_service {
        service_name = name, desired_count = 10,
        task_definition = ecs.register_task_definition {
            family = name, cpu = 256, memory = 512, container_definitions = { { app = workers.plain, queues = { jobs } } },
        },
    }
    queues[#queues + 1] = jobs
    put_policy(service, jobs, down, in_flight)
end

add_side("published", 99, false)
add_side("fixed", p.down, p.in_flight)
sim.arrivals { rate = loads.diurnal(2, 0.9, 14 * 3600), into = queues, work = sim.random { name = "job size", mean = 20 } }

sim.expect { ["published.reversals_h"] = "> 1", ["fixed.reversals_h"] = "< 0.5", "fixed.busy_stops * 4 < published.busy_stops" }
