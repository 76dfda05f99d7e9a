-- Services on container instances: packed, pinned to a zone, with a task on each; tasks that wait, and a group that follows them.
local sim, ecs, ec2, sqs = require "sim", require "ecs", require "ec2", require "sqs"
local workers = require "lib.workers"
local cloudwatch = require "cloudwatch"

sim.scenario { duration = "4h" }
local jobs = sqs.create_queue { queue_name = "jobs", visibility_timeout = "10m", receive_message_wait_time_seconds = 20 }

local hosts = ec2.create_auto_scaling_group {
    auto_scaling_group_name = "hosts", instance_type = "m5.large", min_size = 0, max_size = 8, availability_zones = { "a", "b" },
    new_instances_protected_from_scale_in = true,
}
local provider = ecs.create_capacity_provider {
    name = "hosts", auto_scaling_group_provider = {
        auto_scaling_group_arn = hosts, managed_termination_protection = "ENABLED",
        managed_scaling = { status = "ENABLED", target_capacity = 80 },
    },
}

local function define(family, cpu, memory, container)
    return ecs.register_task_definition {
        family = family, cpu = cpu, memory = memory, network_mode = "bridge", requires_compatibilities = { "EC2" },
        container_definitions = { container },
    }
end
local function idle(task)
    while not task.stopping do sim.sleep(5) end
end

local strategy = { { capacity_provider = provider, weight = 1 } }
ecs.create_service { service_name = "web", desired_count = 3, capacity_provider_strategy = strategy,
    task_definition = define("web", 512, 4096, { app = idle }) }
local batch = ecs.create_service { service_name = "batch", desired_count = 0, capacity_provider_strategy = strategy,
    placement_strategy = { { type = "binpack", field = "memory" } },
    task_definition = define("batch", 256, 512, { app = workers.protected, queues = { jobs } }) }
local pinned = ecs.create_service { service_name = "pinned", desired_count = 0, capacity_provider_strategy = strategy,
    placement_constraints = { { type = "memberOf", expression = "attribute:ecs.availability-zone == b" } },
    task_definition = define("pinned", 1792, 1024, { app = idle }) }
ecs.create_service { service_name = "agent", launch_type = "EC2", scheduling_strategy = "DAEMON",
    task_definition = define("agent", 128, 64, { app = idle }) }

-- A cluster of one instance, whose network interfaces are too few.
ec2.create_auto_scaling_group { auto_scaling_group_name = "one", cluster = "small", instance_type = "c5.large", min_size = 1,
    max_size = 1, availability_zones = { "a" } }
ecs.create_service { service_name = "fixed", cluster = "small", launch_type = "EC2", desired_count = 3,
    task_definition = ecs.register_task_definition { family = "fixed", cpu = 256, memory = 512,
        container_definitions = { { app = idle } } } }

local size = sim.random { name = "size", mean = 240 }
sim.arrivals { rate = 0.1, into = jobs, work = size, stop = "2h" }

cloudwatch.put_metric_alarm { alarm_name = "reserved", namespace = "AWS/ECS/ManagedScaling",
    metric_name = "CapacityProviderReservation", dimensions = { ClusterName = "default", CapacityProviderName = "hosts" },
    statistic = "Average", period = 60, evaluation_periods = 1, threshold = 100, comparison_operator = "GreaterThanThreshold" }
cloudwatch.put_metric_alarm { alarm_name = "memory", namespace = "AWS/ECS", metric_name = "MemoryReservation",
    dimensions = { ClusterName = "default" }, statistic = "Average", period = 60, evaluation_periods = 1, threshold = 60,
    comparison_operator = "GreaterThanThreshold" }

sim.at("20m", function() ecs.update_service { service = pinned, desired_count = 3 } end)
sim.at("40m", function() ecs.update_service { service = batch, desired_count = 140 } end)
sim.at("80m", function()
    ecs.update_service { service = pinned, desired_count = 0 }
    ecs.update_service { service = batch, desired_count = 4 }
end)
sim.at("2h30m", function()
    local first = ecs.list_container_instances { status = "ACTIVE" }.container_instance_arns[1]
    local answer = ecs.update_container_instances_state { container_instances = { first, "i-none" }, status = "DRAINING" }
    sim.log("%d draining, %d failed", #answer.container_instances, #answer.failures)
end)
sim.at("3h", function()
    sim.log("%s", select(3, ec2.set_desired_capacity { auto_scaling_group_name = hosts, desired_capacity = 9 }))
    ec2.set_desired_capacity { auto_scaling_group_name = "hosts", desired_capacity = 8 }
end)
