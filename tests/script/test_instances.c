/* Container instances as scripts have them: what is refused, and what answers say. */
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

#define GROUP(fields) MODULES "sim.assume { ec2_instance_cold_s = 0, api_latency_ms = 40 } local ec2 = require \"ec2\" local g = ec2.create_auto_scaling_group { " \
    "auto_scaling_group_name = \"hosts\", instance_type = \"m5.large\", min_size = 0, max_size = 4, " fields "}\n"
#define DEFINITION(fields) "local d = ecs.register_task_definition { family = \"f\", cpu = 512, memory = 1024, " \
    "container_definitions = { { app = function(task) while not task.stopping do sim.sleep(1) end end } }, " fields "}\n"
#define PROVIDER(fields) "local p = ecs.create_capacity_provider { name = \"cp\", auto_scaling_group_provider = { " \
    "auto_scaling_group_arn = g, " fields "} }\n"
#define SERVICE(fields) "local s = ecs.create_service { service_name = \"s\", task_definition = d, " fields "}\n"
#define WINDOWS(cpu, architecture) MODULES "local d = ecs.register_task_definition { family = \"w\", cpu = " cpu ", memory = 2048, " \
    "runtime_platform = { operating_system_family = \"WINDOWS_SERVER_2022_CORE\", cpu_architecture = \"" architecture "\" }, " \
    "container_definitions = { {} } }\n"
#define ON_EC2 "desired_count = 1, launch_type = \"EC2\", "

static const struct {
    const char *script, *message;
} refused[] = {
    { MODULES "require \"ec2\".create_auto_scaling_group { auto_scaling_group_name = \"a\", instance_type = \"m5.big\" }",
      "case.lua:1: create_auto_scaling_group.instance_type: unknown instance type 'm5.big'" },
    { GROUP("desired_capacity = 5"), "case.lua:1: create_auto_scaling_group: desired_capacity 5 is outside 0..4" },
    { GROUP("availability_zones = {}"), "case.lua:1: create_auto_scaling_group.availability_zones: expected at least one zone" },
    { GROUP("mixed_instances_policy = {}"), "case.lua:1: create_auto_scaling_group.mixed_instances_policy: not modelled yet" },
    { GROUP("") "ec2.create_auto_scaling_group { auto_scaling_group_name = \"hosts\", instance_type = \"m5.large\", min_size = 1, max_size = 1 }",
      "case.lua:2: create_auto_scaling_group: there is already an auto scaling group 'hosts'" },
    { GROUP("") PROVIDER("managed_scaling = { target_capacity = 101 }"),
      "case.lua:2: create_capacity_provider.auto_scaling_group_provider.managed_scaling.target_capacity: 101 is outside 1..100" },
    { GROUP("") PROVIDER("managed_termination_protection = \"ENABLED\""),    /* CAP-14 */
      "case.lua:2: create_capacity_provider: managed_termination_protection needs managed_scaling" },
    { GROUP("") PROVIDER("managed_scaling = { status = \"ENABLED\" }, managed_termination_protection = \"ENABLED\""),
      "case.lua:2: create_capacity_provider: managed_termination_protection needs an auto scaling group with new_instances_protected" },
    { GROUP("") PROVIDER("") "ecs.create_capacity_provider { name = \"other\", auto_scaling_group_provider = { auto_scaling_group_arn = \"hosts\" } }",
      "case.lua:3: create_capacity_provider: auto scaling group 'hosts' has a capacity provider already" },
    { MODULES "\n" DEFINITION("") SERVICE(ON_EC2),
      "case.lua:3: create_service: cluster 'default' has no auto scaling group: create that first" },
    { GROUP("") DEFINITION("") SERVICE("launch_type = \"EC2\""), "case.lua:3: create_service: missing 'desired_count'" },
    { GROUP("") DEFINITION("") SERVICE("desired_count = 1, placement_strategy = { { type = \"random\" } }"),
      "case.lua:3: create_service: placement strategies and constraints are about container instances, not about Fargate" },
    { GROUP("") DEFINITION("") SERVICE(ON_EC2 "placement_strategy = { { type = \"binpack\" } }"),
      "case.lua:3: create_service.placement_strategy[1]: missing 'field'" },
    { GROUP("") DEFINITION("") SERVICE(ON_EC2 "placement_strategy = { { type = \"binpack\", field = \"memry\" } }"),
      "case.lua:3: create_service.placement_strategy[1].field: unknown value 'memry', did you mean 'memory'?" },
    { GROUP("") DEFINITION("") SERVICE(ON_EC2 "placement_strategy = { { type = \"binpack\", field = \"room\" } }"),
      "case.lua:3: create_service.placement_strategy[1].field: unknown value 'room', expected cpu or memory" },
    { GROUP("") "ecs.create_capacity_provider { name = \"cp\", auto_scaling_group_provider = { auto_scaling_group_arn = \"hots\" } }",
      "case.lua:2: create_capacity_provider.auto_scaling_group_provider.auto_scaling_group_arn: unknown auto scaling group 'hots', "
      "did you mean 'hosts'?" },
    { GROUP("") DEFINITION("") SERVICE("desired_count = 1, capacity_provider_strategy = { { capacity_provider = g, weight = 1 } }"),
      "case.lua:3: create_service.capacity_provider_strategy[1].capacity_provider: expected a capacity provider or its name, got an "
      "auto scaling group" },
    { GROUP("") PROVIDER("managed_scaling = { minimum_scaling_step_size = 10, maximum_scaling_step_size = 2 }"),
      "case.lua:2: create_capacity_provider: minimum_scaling_step_size 10 is above maximum_scaling_step_size 2" },
    { GROUP("") DEFINITION("") SERVICE(ON_EC2 "placement_constraints = { { type = \"memberOf\", expression = \"zone == a\" } }"),
      "case.lua:3: create_service.placement_constraints[1].expression: unknown attribute 'zone'" },
    { GROUP("") DEFINITION("") SERVICE("desired_count = 1, scheduling_strategy = \"DAEMON\", launch_type = \"EC2\""),
      "case.lua:3: create_service: a DAEMON service has no desired_count of its own" },
    { GROUP("") DEFINITION("") SERVICE("scheduling_strategy = \"DAEMON\""),    /* DEPLOY-07 */
      "case.lua:3: create_service: scheduling_strategy DAEMON needs launch_type EC2" },
    { GROUP("") DEFINITION("") SERVICE("scheduling_strategy = \"DAEMON\", launch_type = \"EC2\", deployment_configuration = { maximum_percent = 200 }"),
      "case.lua:3: create_service: maximum_percent of a DAEMON service must be 100" },    /* DEPLOY-02 */
    { GROUP("") DEFINITION("") PROVIDER("") SERVICE("desired_count = 1, capacity_provider_strategy = { "
      "{ capacity_provider = p, weight = 1 }, { capacity_provider = \"FARGATE\", weight = 1 } }"),    /* CAP-02 */
      "case.lua:4: create_service: a capacity provider strategy cannot mix Fargate with auto scaling groups" },
    { GROUP("") DEFINITION("") PROVIDER("") SERVICE("desired_count = 1, capacity_provider_strategy = { "
      "{ capacity_provider = p, weight = 1 }, { capacity_provider = \"cp\", weight = 1 } }"),
      "case.lua:4: create_service.capacity_provider_strategy: a capacity provider is named twice" },
    { GROUP("cluster = \"other\"") DEFINITION("") PROVIDER("") GROUP("") "\n",
      "case.lua:4: create_auto_scaling_group: there is already an auto scaling group 'hosts'" },
    { GROUP("") DEFINITION("network_mode = \"bridge\""),
      "case.lua:2: register_task_definition: network_mode 'bridge' needs requires_compatibilities = { \"EC2\" }" },
    { GROUP("") DEFINITION("requires_compatibilities = { \"EC3\" }"),
      "case.lua:2: register_task_definition.requires_compatibilities[1]: unknown compatibility 'EC3', did you mean 'EC2'?" },
    { GROUP("") DEFINITION("requires_compatibilities = { \"EC2\" }, network_mode = \"bridge\"") SERVICE("desired_count = 1"),
      "case.lua:3: create_service: task definition 'f:1' is for EC2 alone" },
    { MODULES "ecs.register_task_definition { family = \"f\", requires_compatibilities = { \"EC2\" }, container_definitions = { { cpu = 8 } } }",
      "case.lua:1: register_task_definition: missing 'memory', of the task or of its containers" },
    { WINDOWS("1024", "X86_64") SERVICE("desired_count = 1"), "" },
    { WINDOWS("512", "X86_64"),
      "case.lua:1: register_task_definition: Fargate sells no Windows task with cpu = 512; it sells 1024, 2048 or 4096" },
    { WINDOWS("1024", "ARM64"), "case.lua:1: register_task_definition: Fargate runs Windows on cpu_architecture X86_64 only" },
    { WINDOWS("1024", "X86_64") SERVICE("desired_count = 1, capacity_provider_strategy = { "
      "{ capacity_provider = \"FARGATE_SPOT\", weight = 1 } }"),    /* CAP-03 */
      "case.lua:2: create_service: FARGATE_SPOT runs no Windows tasks, and task definition 'w:1' is one" },
    { GROUP("") WINDOWS("1024", "X86_64") SERVICE(ON_EC2),
      "case.lua:3: create_service: Windows is modelled on Fargate only, and task definition 'w:1' asks for it" },
    { GROUP("") DEFINITION("") PROVIDER("") SERVICE("desired_count = 1") "sim.at(1, function() ecs.update_service { service = s, "
      "capacity_provider_strategy = { { capacity_provider = p, weight = 1 } } } end)",
      "case.lua:5: update_service: a service stays on Fargate, or on container instances" },
    { GROUP("") DEFINITION("") PROVIDER("") SERVICE(ON_EC2) "sim.at(1, function() ecs.update_service { service = s, "
      "capacity_provider_strategy = { { capacity_provider = \"FARGATE\", weight = 1 } } } end)",
      "case.lua:5: update_service: a service stays on Fargate, or on container instances" },
    { GROUP("") DEFINITION("") "\nsim.at(1, function() ecs.run_task { task_definition = d, launch_type = \"EC2\", cluster = \"x\" } end)",
      "case.lua:4: run_task: cluster 'x' has no auto scaling group: create that first" },
    { GROUP("") DEFINITION("") PROVIDER("") "sim.at(1, function() ecs.run_task { task_definition = d, launch_type = \"EC2\", "
      "capacity_provider_strategy = { { capacity_provider = p, weight = 1 } } } end)",
      "case.lua:4: run_task: both a launch type and a capacity provider strategy: remove one" },
    { GROUP("") DEFINITION("") "\nsim.at(1, function() ecs.run_task { task_definition = d } sim.sleep(1) "
      "ecs.run_task { task_definition = d, launch_type = \"EC2\" } end)",
      "case.lua:4: run_task: standalone tasks of family 'f' stay on Fargate, or in one cluster" },
    { GROUP("") DEFINITION("") SERVICE("desired_count = 1, deployment_configuration = { linear_configuration = { step_percent = 50 } }"),
      "case.lua:3: create_service.deployment_configuration: linear_configuration goes with strategy LINEAR" },
    { GROUP("") DEFINITION("") SERVICE("desired_count = 1, deployment_configuration = { lifecycle_hooks = {} }"),
      "case.lua:3: create_service.deployment_configuration.lifecycle_hooks: not modelled yet" },
    { GROUP("") DEFINITION("") SERVICE("scheduling_strategy = \"DAEMON\", launch_type = \"EC2\"")
      "autoscaling.register_scalable_target { resource_id = s, min_capacity = 1, max_capacity = 2 }",
      "case.lua:4: register_scalable_target: a DAEMON service cannot be scaled" },
    { GROUP("") "ec2.set_desired_capacity { auto_scaling_group_name = g, desired_capacity = 1 }",
      "case.lua:2: ec2.set_desired_capacity" },
};

static void what_does_not_go_together_is_refused(void)
{
    static struct scene scene;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *message = scene_play(&scene, refused[i].script);
        const char *colon = strncmp(message, "at ", 3) == 0 ? strstr(message, ": ") : NULL;
        CU_ASSERT(begins_with(colon ? colon + 2 : message, refused[i].message));
    }
}

/* SCHED-08: what Fargate does not sell or allow, instances do. */
static void definitions_for_ec2_have_bounds_of_their_own(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene,
        GROUP("desired_capacity = 1") "sim.scenario { duration = \"10m\" }\n"
        "local d = ecs.register_task_definition { family = \"f\", cpu = 300, memory = 700, requires_compatibilities = { \"EC2\" }, "
        "container_definitions = { { stop_timeout = \"4m\", app = function() sim.sleep(1e6) end } } }\n"
        SERVICE(ON_EC2)
        "sim.at(100, function() ecs.update_service { service = s, desired_count = 0 } sim.sleep(200) "
        "sim.log(\"%s\", ecs.describe_tasks { tasks = ecs.list_tasks { service_name = s, desired_status = \"STOPPED\" }.task_arns }.tasks[1].last_status) end)"),
        "300.12 STOPPING\n"));
}

/* EX-S29 METRIC-05: a task without a CPU of its own uses four times its 512 units, the whole of an instance of 2048; beside
 * others that reserve half of what is left, two and a half times. */
static void a_task_without_a_cpu_of_its_own_takes_what_is_left(void)
{
    static const struct {
        const char *own, *others, *log;
    } rows[] = {
        { "cpu = 512, memory = 1024,", "0", "1140 100 60\n" },
        { "", "0", "1140 400 15\n" },
        { "", "1", "1140 325 18.4615\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct scene scene;
        char script[4096];
        snprintf(script, sizeof script,
            GROUP("desired_capacity = 1") "sim.scenario { duration = \"20m\" } local took, seen\n"
            "local d = ecs.register_task_definition { family = \"idle\", cpu = 384, memory = 512, requires_compatibilities = { \"EC2\" }, "
            "container_definitions = { { app = function() sim.sleep(1e6) end } } }\n"
            "ecs.create_service { service_name = \"others\", task_definition = d, launch_type = \"EC2\", desired_count = %s }\n"
            "local s = ecs.create_service { service_name = \"s\", launch_type = \"EC2\", desired_count = 1, "
            "task_definition = ecs.register_task_definition { family = \"f\", %s requires_compatibilities = { \"EC2\" }, "
            "container_definitions = { { cpu = 512, memory = 1024, slots = 4, app = function(task)\n"
            "    sim.sleep(60)\n"
            "    local begin = sim.now()\n"
            "    task:parallel(4, function() task:work(15) end)\n"
            "    took = sim.now() - begin\n"
            "    task:parallel(4, function() task:work(1e5) end)\n"
            "end } } } }\n"
            "autoscaling.register_scalable_target { resource_id = s, min_capacity = 1, max_capacity = 1 }\n"
            "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", custom_scaling_policy_configuration = {\n"
            "    decide = function(count, data) seen = data.cpu end, metrics = { { id = \"cpu\", metric_stat = { stat = \"Average\",\n"
            "    metric = { namespace = \"AWS/ECS\", metric_name = \"CPUUtilization\",\n"
            "    dimensions = { ClusterName = \"default\", ServiceName = \"s\" } } } } } } }\n"
            "sim.at(\"19m\", function() sim.log(\"%%g %%g\", seen, took) end)\n",
            rows[i].others, rows[i].own);
        CU_ASSERT(same_text(scene_play(&scene, script), rows[i].log));
    }
}

static void instances_are_listed_and_drained_by_their_ids(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene,
        GROUP("desired_capacity = 2") "sim.scenario { duration = \"10m\" }\n" DEFINITION("")
        SERVICE(ON_EC2)
        "sim.at(100, function() local list = ecs.list_container_instances {}.container_instance_arns\n"
        "local answer = ecs.update_container_instances_state { container_instances = { list[1], \"i-none\" }, status = \"DRAINING\" }\n"
        "sim.log(\"%d %s %s\", #list, #answer.container_instances, answer.failures[1].arn)\n"
        "sim.log(\"%d %d\", #ecs.list_container_instances { status = \"ACTIVE\" }.container_instance_arns, "
        "#ecs.list_container_instances { status = \"DRAINING\" }.container_instance_arns)\n"
        "ecs.update_container_instances_state { container_instances = list, status = \"ACTIVE\" }\n"
        "sim.log(\"%d\", #ecs.list_container_instances { status = \"ACTIVE\" }.container_instance_arns) end)\n"
        "sim.at(200, function() sim.log(\"%s %s\", ec2.set_desired_capacity { auto_scaling_group_name = \"hosts\", desired_capacity = 9 }) "
        "ec2.set_desired_capacity { auto_scaling_group_name = g, desired_capacity = 3 } sim.sleep(1) "
        "sim.log(\"%d\", #ecs.list_container_instances { cluster = \"default\" }.container_instance_arns) end)"),
        "100.08 2 1 i-none\n100.16 1 1\n100.24 2\n200.04 nil ValidationError\n201.12 3\n"));
}

/* The provider's name is what a task says of its capacity; a launch type has none. */
static void tasks_name_their_capacity_provider(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene,
        GROUP("desired_capacity = 1") "sim.scenario { duration = \"5m\" }\n" DEFINITION("")
        PROVIDER("")
        SERVICE("desired_count = 1, capacity_provider_strategy = { { capacity_provider = p, weight = 1 } }")
        "local t = ecs.create_service { service_name = \"t\", task_definition = d, " ON_EC2 "}\n"
        "sim.at(100, function() for _, service in ipairs { s, t } do "
        "local task = ecs.list_tasks { service_name = service }.task_arns[1] "
        "sim.log(\"%s %s\", task.capacity_provider_name, task.availability_zone) end end)"),
        "100.04 cp a\n100.08 nil a\n"));
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "what does not go together is refused", what_does_not_go_together_is_refused },
        { "SCHED-08: definitions for EC2 have bounds of their own", definitions_for_ec2_have_bounds_of_their_own },
        { "a task without a CPU of its own takes what is left", a_task_without_a_cpu_of_its_own_takes_what_is_left },
        { "instances are listed and drained by their ids", instances_are_listed_and_drained_by_their_ids },
        { "tasks name their capacity provider", tasks_name_their_capacity_provider },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/instances", tests);
    scenes_end();
    return status;
}
