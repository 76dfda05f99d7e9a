/* Bad scripts, and what each is told: file, line, path, nearest name. */
#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

struct row {
    const char *script, *message;    /* the message's beginning; "": the script is fine and logs nothing */
};

/* An error while time runs begins with its time, which rows leave out. */
static const char *skip_time(const char *message)
{
    const char *colon = strncmp(message, "at ", 3) == 0 ? strstr(message, ": ") : NULL;
    return colon ? colon + 2 : message;
}

static void check_rows(const struct row *rows, size_t count)
{
    static struct scene scene;
    for (size_t i = 0; i < count; i++) {
        const char *message = skip_time(scene_play(&scene, rows[i].script));
        CU_ASSERT(*rows[i].message == '\0' ? same_text(message, "") : begins_with(message, rows[i].message));
    }
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void lua_mistakes_name_the_line(void)
{
    static const struct row rows[] = {
        { "local x = = 1", "case.lua:1: unexpected symbol near '='" },
        { "local x = 1\nfor", "case.lua:2: <name> expected near <eof>" },
        { "\x1bLua", "case.lua: this is a compiled chunk, not a text" },
        { "\nfoo = 1", "case.lua:2: assignment to global 'foo': write local" },
        { "pairs = 1", "case.lua:1: assignment to global 'pairs': write local" },
        { "return pears({})", "case.lua:1: undefined global 'pears', did you mean 'pairs'?" },
        { "return maths.floor(1)", "case.lua:1: undefined global 'maths', did you mean 'math'?" },
        { "return zzzzzzzz", "case.lua:1: undefined global 'zzzzzzzz'" },
        { "\n\nsim.log(\"x\")", "case.lua:3: undefined global 'sim': write local sim = require \"sim\"" },
        { "elb.create_target_group {}", "case.lua:1: undefined global 'elb': write local elb = require \"elb\"" },
        { "local sim = require \"simm\"", "case.lua:1: require: no module 'simm': no simm.lua beside the script or among" },
        { "require \"lib.laods\"", "case.lua:1: require: no module 'lib.laods': no lib/laods.lua beside the script or among" },
        { "require \"../up\"", "case.lua:1: require: '../up' is no name of a module" },
        { "require \"case\"", "case.lua:1: require: module 'case' requires itself" },
        { "error(\"so be it\")", "case.lua:1: so be it" },
    };
    CHECK_ROWS(rows);
}

static void names_of_functions_and_methods_are_checked(void)
{
    static const struct row rows[] = {
        { MODULES "return sim.logg", "case.lua:1: sim: unknown function 'logg', did you mean 'log'?" },
        { MODULES "\nsim.arivals { rate = 1 }", "case.lua:2: sim: unknown function 'arivals', did you mean 'arrivals'?" },
        { MODULES "ecs.create_servise {}", "case.lua:1: ecs: unknown function 'create_servise', did you mean 'create_service'?" },
        { MODULES "cloudwatch.put_alarm {}", "case.lua:1: cloudwatch: unknown function 'put_alarm'" },
        { MODULES "sim[5] = sim[6]", "case.lua:1: sim: unknown function '6'" },
        { MODULES "local q = sqs.create_queue { queue_name = \"q\" }\nq:recieve()",
          "case.lua:2: queue: unknown field or method 'recieve', did you mean 'receive'?" },
        { MODULES "local c = sim.channel()\nc:putt(1)", "case.lua:2: channel: unknown field or method 'putt', did you mean 'put'?" },
        { MODULES "require \"elb\".create_target_group { name = \"web\" }:request_(1)",
          "case.lua:1: target group: unknown field or method 'request_', did you mean 'request'?" },
        { MODULES "local t = sim.tally(\"t\", \"s\")\nt:ad(1)", "case.lua:2: tally: unknown field or method 'ad', did you mean 'add'?" },
        { MODULES "local d = ecs.register_task_definition { family = \"f\", cpu = 256, memory = 512, "
          "container_definitions = { { app = function() end } } }\nreturn d.famly",
          "case.lua:2: task definition: unknown field or method 'famly'" },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\ntask:protec(60) end " WORKER,
          "case.lua:2: task: unknown field or method 'protec', did you mean 'protect'? (in task " },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\nreturn task.stoping end " WORKER,
          "case.lua:2: task: unknown field or method 'stoping', did you mean 'stopping'? (in task " },
        { MODULES FAST_ASSUMPTIONS "local function app(task, jobs)\nlocal m = jobs:receive()\nm:delet() end " WORKER "jobs:send(1)",
          "case.lua:3: message, request or connection: unknown field or method 'delet', did you mean 'delete'? (in task " },
    };
    CHECK_ROWS(rows);
}

#define TARGET_GROUP(fields) MODULES "require \"elb\".create_target_group { name = \"web\", " fields " }"
#define QUEUE(fields) MODULES "sqs.create_queue { queue_name = \"q\", " fields "}"
#define DEFINITION(fields) MODULES "\necs.register_task_definition { family = \"f\", cpu = 256, memory = 512, " fields "}"
#define CONTAINER(fields) DEFINITION("container_definitions = { { app = function() end, " fields "} } ")
#define SERVICE(fields) MODULES "local d = ecs.register_task_definition { family = \"f\", cpu = 256, memory = 512, " \
    "container_definitions = { { app = function() end } } }\n" \
    "local s = ecs.create_service { service_name = \"web\", task_definition = d, " fields "}\n"
#define WEB SERVICE("desired_count = 1 ")
#define STRATEGY(shares) SERVICE("desired_count = 1, capacity_provider_strategy = { " shares " } ")

static void fields_are_checked(void)
{
    static const struct row rows[] = {
        { MODULES "sqs.create_queue()", "case.lua:1: create_queue: expected a table, got a nil" },
        { MODULES "sqs.create_queue(\"q\")", "case.lua:1: create_queue: expected a table, got a string" },
        { MODULES "sqs.create_queue({ queue_name = \"q\" }, 1)", "case.lua:1: create_queue: expected one table, got 2 arguments" },
        { MODULES "sqs.create_queue {}", "case.lua:1: create_queue: missing 'queue_name'" },
        { QUEUE("visibility_timeot = 1"), "case.lua:1: create_queue: unknown field 'visibility_timeot', did you mean 'visibility_timeout'?" },
        { QUEUE("zz = 1, aa = 1, mm = 1"), "case.lua:1: create_queue: unknown field 'aa'" },
        { QUEUE("5"), "case.lua:1: create_queue: expected fields by name, got a number as key" },
        { QUEUE("visibility_timeout = 50000"), "case.lua:1: create_queue.visibility_timeout: 50000 is outside 0..43200" },
        { QUEUE("visibility_timeout = -1"), "case.lua:1: create_queue.visibility_timeout: -1 is outside 0..43200" },
        { QUEUE("visibility_timeout = \"soon\""), "case.lua:1: create_queue.visibility_timeout: " },
        { QUEUE("visibility_timeout = {}"), "case.lua:1: create_queue.visibility_timeout: expected a time in seconds or as in \"2m30s\", got a table" },
        { QUEUE("visibility_timeout = 0/0"), "case.lua:1: create_queue.visibility_timeout: expected a finite number" },
        { QUEUE("assume = { sqs_cal_ms = 1 }"), "case.lua:1: create_queue.assume: " },
        { MODULES "sqs.create_queue { queue_name = \"\" }", "case.lua:1: create_queue.queue_name: an empty text" },
        { MODULES "sqs.create_queue { queue_name = \"q\" } sqs.create_queue { queue_name = \"q\" }",
          "case.lua:1: create_queue: there is already a queue 'q'" },
        { DEFINITION("container_definitions = {}"), "case.lua:2: register_task_definition.container_definitions: no container has an 'app'" },
        { DEFINITION("container_definitions = { { app = 1 } }"), "case.lua:2: register_task_definition.container_definitions[1].app: expected a function, got a number" },
        { DEFINITION("container_definitions = { {}, { app = function() end, slots = 0 } }"), "case.lua:2: register_task_definition.container_definitions[2].slots: 0 is outside 1..100000" },
        { DEFINITION("container_definitions = { [2] = {} }"), "case.lua:2: register_task_definition.container_definitions: a list with holes: 1 items, but the last is number 2" },
        { DEFINITION("container_definitions = { a = {} }"), "case.lua:2: register_task_definition.container_definitions: expected a list, got a table with other keys than 1, 2, ..." },
        { CONTAINER("slots = 1.5"), "case.lua:2: register_task_definition.container_definitions[1].slots: 1.5 is not a whole number" },
        { CONTAINER("stop_timeout = 121"), "case.lua:2: register_task_definition.container_definitions[1].stop_timeout: 121 is outside 2..120" },
        { CONTAINER("queues = { \"nope\" }"), "case.lua:2: register_task_definition.container_definitions[1].queues[1]: unknown queue 'nope'" },
        { CONTAINER("queues = { 7 }"), "case.lua:2: register_task_definition.container_definitions[1].queues[1]: expected a queue or its name, got a number" },
        { CONTAINER("startup = true"), "case.lua:2: register_task_definition.container_definitions[1].startup: expected a time" },
        { CONTAINER("usage = { cpu_percent = 101 }"), "case.lua:2: register_task_definition.container_definitions[1].usage.cpu_percent: 101 is outside 0..100" },
        { CONTAINER("health_check = { interval = 4 }"),    /* SCHED-10 */
          "case.lua:2: register_task_definition.container_definitions[1].health_check.interval: 4 is outside 5..300" },
        { CONTAINER("health_check = { retries = 11 }"),
          "case.lua:2: register_task_definition.container_definitions[1].health_check.retries: 11 is outside 1..10" },
        { CONTAINER("health_check = { start_period = \"6m\" }"),
          "case.lua:2: register_task_definition.container_definitions[1].health_check.start_period: 360 is outside 0..300" },
        { SERVICE("desired_count = 1, availability_zone_rebalancing = \"enabled\" "),
          "case.lua:2: create_service.availability_zone_rebalancing: unknown value 'enabled', did you mean 'ENABLED'?" },
        { SERVICE("desired_count = 1, health_check_grace_period_seconds = -1 "),    /* SCHED-09 */
          "case.lua:2: create_service.health_check_grace_period_seconds: -1 is outside 0..2147483647" },
        { MODULES "require \"elb\".create_target_group { name = \"web\", unhealthy_threshold_count = 1 }",    /* ALB-02 */
          "case.lua:1: create_target_group.unhealthy_threshold_count: 1 is outside 2..10" },
        { MODULES "ecs.register_task_definition { family = \"f\", cpu = 300, memory = 512, container_definitions = { { app = function() end } } }",
          "case.lua:1: register_task_definition: Fargate sells no task with cpu = 300; it sells 256" },
        { MODULES "ecs.register_task_definition { family = \"f\", cpu = \"0.25 vCPU\", memory = \"8 GB\", container_definitions = { { app = function() end } } }",
          "case.lua:1: register_task_definition: Fargate sells no task with cpu = 256 and memory = 8192; with this cpu it sells" },
        { SERVICE("desired_count = 5001 "), "case.lua:2: create_service.desired_count: 5001 is outside 0..5000" },
        { SERVICE("desired_count = \"1\" "), "case.lua:2: create_service.desired_count: expected a number, got a string" },
        { SERVICE("desired_count = 1, deployment_configuration = { maximum_percentage = 200 } "),
          "case.lua:2: create_service.deployment_configuration: unknown field 'maximum_percentage', did you mean 'maximum_percent'?" },
        { SERVICE("desired_count = 1, launch_type = \"EC3\" "), "case.lua:2: create_service.launch_type: unknown value 'EC3', did you mean 'EC2'?" },
        { SERVICE("desired_count = 1, load_balancers = { { target_group_arn = \"web\" } } "),
          "case.lua:2: create_service.load_balancers[1].target_group_arn: unknown target group 'web'" },
        { MODULES "require \"elb\".create_target_group { name = \"web\", deregistration_delay_timeout_seconds = \"2h\" }",
          "case.lua:1: create_target_group.deregistration_delay_timeout_seconds: 7200 is outside 0..3600" },
        { MODULES "require \"elb\".create_target_group { name = \"web\", load_balancing_algorithm_type = \"round_robbin\" }",
          "case.lua:1: create_target_group.load_balancing_algorithm_type: unknown value 'round_robbin', did you mean 'round_robin'?" },
        { TARGET_GROUP("slow_start_duration_seconds = 20"),    /* ALB-05 */
          "case.lua:1: create_target_group.slow_start_duration_seconds: 20 is outside 30..900" },
        { TARGET_GROUP("slow_start_duration_seconds = 30, load_balancing_algorithm_type = \"least_outstanding_requests\""),    /* ALB-03 */
          "case.lua:1: create_target_group: slow_start_duration_seconds does not go with load_balancing_algorithm_type 'least_outstanding_requests'" },
        { TARGET_GROUP("stickiness_enabled = true, load_balancing_algorithm_type = \"weighted_random\""),    /* ALB-03 */
          "case.lua:1: create_target_group: stickiness_enabled does not go with load_balancing_algorithm_type 'weighted_random'" },
        { TARGET_GROUP("stickiness_enabled = 1"), "case.lua:1: create_target_group.stickiness_enabled: expected true or false, got a number" },
        { TARGET_GROUP("stickiness_enabled = \"yes\""),
          "case.lua:1: create_target_group.stickiness_enabled: expected true or false, got 'yes'" },
        { TARGET_GROUP("stickiness_type = \"source_ip\""),
          "case.lua:1: create_target_group.stickiness_type: unknown value 'source_ip'" },
        { TARGET_GROUP("stickiness_lb_cookie_duration_seconds = \"8d\""),    /* ALB-08 */
          "case.lua:1: create_target_group.stickiness_lb_cookie_duration_seconds: 691200 is outside 1..604800" },
        { TARGET_GROUP("client_keep_alive_seconds = 30"),    /* ALB-08 */
          "case.lua:1: create_target_group.client_keep_alive_seconds: 30 is outside 60..604800" },
        { TARGET_GROUP("health_check_interval_seconds = 5"),    /* ALB-02 */
          "case.lua:1: create_target_group: Health check interval must be greater than the timeout: health_check_interval_seconds is 5" },
        { TARGET_GROUP("rules = 0"),
          "case.lua:1: create_target_group.rules: 0 is outside 1..1000" },
        { MODULES "require \"elb\".create_target_group { name = \"web\" }\nrequire \"elb\".create_target_group { name = \"web\" }",
          "case.lua:2: create_target_group: there is already a target group 'web'" },
        { MODULES "require \"elb\".create_target_group { name = \"web\" }:request(1)",
          "case.lua:1: target_group:request takes simulated time" },
        { MODULES "require \"elb\".create_target_group { name = \"web\" }:connect()",
          "case.lua:1: target_group:connect can be called only while time runs" },
        { SERVICE("desired_count = 1, capacity_provider_strategy = { { capacity_provider = \"FARGATE_SPOOT\" } } "),
          "case.lua:2: create_service.capacity_provider_strategy[1].capacity_provider: unknown capacity provider 'FARGATE_SPOOT', did you mean 'FARGATE_SPOT'?" },
        { STRATEGY("{ capacity_provider = \"FARGATE\" }, { capacity_provider = \"FARGATE_SPOT\" }"),    /* EX-S21 */
          "case.lua:2: create_service.capacity_provider_strategy: at least one capacity provider must have a weight above 0" },
        { STRATEGY(""), "case.lua:2: create_service.capacity_provider_strategy: at least one capacity provider must have a weight" },
        { STRATEGY("{ capacity_provider = \"FARGATE\", weight = 1, base = 1 }, { capacity_provider = \"FARGATE_SPOT\", base = 1 }"),
          "case.lua:2: create_service.capacity_provider_strategy: only one capacity provider may have a base" },
        { STRATEGY("{ capacity_provider = \"FARGATE\", weight = 1 }, { capacity_provider = \"FARGATE\", weight = 1 }"),
          "case.lua:2: create_service.capacity_provider_strategy: a capacity provider is named twice" },
        { STRATEGY("{ capacity_provider = \"FARGATE\", weight = 1001 }"),
          "case.lua:2: create_service.capacity_provider_strategy[1].weight: 1001 is outside 0..1000" },
        { STRATEGY("{ capacity_provider = \"FARGATE\", weight = 1, base = 100001 }"),
          "case.lua:2: create_service.capacity_provider_strategy[1].base: 100001 is outside 0..100000" },
        { STRATEGY("{ weight = 1 }"), "case.lua:2: create_service.capacity_provider_strategy[1]: missing 'capacity_provider'" },
        { SERVICE("desired_count = 1, launch_type = \"FARGATE\", capacity_provider_strategy = { { capacity_provider = \"FARGATE\", weight = 1 } } "),
          "case.lua:2: create_service: both a launch type and a capacity provider strategy: remove one" },
        { WEB "sim.at(1, function() ecs.update_service { service = s, capacity_provider_strategy = { { capacity_provider = \"FARGATE\" } } } end)",
          "case.lua:3: update_service.capacity_provider_strategy: at least one capacity provider must have a weight" },
        { CONTAINER("pull_error_p = 2"), "case.lua:2: register_task_definition.container_definitions[1].pull_error_p: 2 is outside 0..1" },
        { WEB "ecs.create_service { service_name = \"web\", task_definition = d, desired_count = 1 }",
          "case.lua:3: create_service: there is already a service 'web'" },
        { MODULES "ecs.create_service { service_name = \"s\", desired_count = 1, task_definition = \"f\" }",
          "case.lua:1: create_service.task_definition: unknown task definition 'f'" },
        { MODULES "ecs.run_task {}", "case.lua:1: ecs.run_task takes simulated time" },
    };
    CHECK_ROWS(rows);
}

static void scaling_is_checked(void)
{
    static const struct row rows[] = {
        { WEB "autoscaling.register_scalable_target { resource_id = \"wev\", min_capacity = 1, max_capacity = 2 }",
          "case.lua:3: register_scalable_target.resource_id: unknown service 'wev', did you mean 'web'?" },
        { WEB "autoscaling.register_scalable_target { resource_id = 5, min_capacity = 1, max_capacity = 2 }",
          "case.lua:3: register_scalable_target.resource_id: expected a service or its name, got a number" },
        { WEB "autoscaling.register_scalable_target { resource_id = s, min_capacity = 3, max_capacity = 2 }",
          "case.lua:3: register_scalable_target: " },
        { WEB "autoscaling.register_scalable_target { resource_id = \"service/default/web\", min_capacity = 3, max_capacity = 2 }",
          "case.lua:3: register_scalable_target: " },
        { WEB "autoscaling.register_scalable_target { resource_id = s, service_namespace = \"ec2\" }",
          "case.lua:3: register_scalable_target.service_namespace: unknown value 'ec2', did you mean 'ecs'?" },
        { WEB "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\" }",
          "case.lua:3: put_scaling_policy: expected one of 'step_scaling_policy_configuration'" },
        { MODULES "cloudwatch.put_metric_alarm { alarm_name = \"a\", evaluation_periods = 1, threshold = 1, "
                  "comparison_operator = \"GreaterThanThreshold\" }",
          "case.lua:1: put_metric_alarm: missing 'namespace' of a metric, or 'metrics'" },
        { MODULES "cloudwatch.put_metric_alarm { alarm_name = \"a\", evaluation_periods = 1, threshold = 1, period = 60, "
                  "comparison_operator = \"GreaterThanThreshold\", namespace = \"AWS/SQS\", statistic = \"Sum\", "
                  "metric_name = \"NumberOfMessagesSend\", dimensions = { QueueName = \"q\" } }",
          "case.lua:1: put_metric_alarm: " },
        { MODULES "cloudwatch.put_metric_alarm { alarm_name = \"a\", evaluation_periods = 1, threshold = 1, period = 60, "
                  "comparison_operator = \"GreaterThan\", namespace = \"X\", metric_name = \"Y\", statistic = \"Sum\" }",
          "case.lua:1: put_metric_alarm.comparison_operator: unknown value 'GreaterThan'" },
        { MODULES "cloudwatch.put_metric_alarm { alarm_name = \"a\", evaluation_periods = 1, threshold = 1, "
                  "comparison_operator = \"GreaterThanThreshold\", metrics = { { id = \"m1\" } } }",
          "case.lua:1: put_metric_alarm.metrics[1]: expected either 'metric_stat' or 'expression'" },
    };
    CHECK_ROWS(rows);
}

/* ---- what AWS's validation refuses, in its words where they are known ---- */

#define TARGET WEB "autoscaling.register_scalable_target { resource_id = s, min_capacity = 1, max_capacity = 5 }\n"
#define POLICY(kind, fields) TARGET "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", " \
    kind "_policy_configuration = { " fields " } }"
#define STEP(fields) POLICY("step_scaling", fields)
#define STEPS(list) STEP("adjustment_type = \"ChangeInCapacity\", step_adjustments = { " list " }")
#define TRACK(fields) POLICY("target_tracking_scaling", fields)
#define TRACK_CPU "predefined_metric_specification = { predefined_metric_type = \"ECSServiceAverageCPUUtilization\" }, "
#define PREDICT(fields) POLICY("predictive_scaling", "forecast = 5, " fields)
#define AT_STEP "case.lua:4: put_scaling_policy.step_scaling_policy_configuration"
#define AT_TRACK "case.lua:4: put_scaling_policy.target_tracking_scaling_policy_configuration"
#define AT_PREDICT "case.lua:4: put_scaling_policy.predictive_scaling_policy_configuration"
#define MATH(id, returned) "{ id = \"" id "\", return_data = " returned ", metric_stat = { stat = \"Sum\", metric = { " \
    "namespace = \"Own\", metric_name = \"" id "\" } } }, "

static void step_policies_are_checked_as_aws_does(void)
{
    static const struct row rows[] = {
        { STEPS("{ metric_interval_lower_bound = 0, scaling_adjustment = 1 }"), "" },
        { STEPS("{ scaling_adjustment = 1 }"),
          AT_STEP ".step_adjustments[1]: Both lower and upper bounds of a step adjustment cannot be left unspecified" },
        { STEPS("{ metric_interval_lower_bound = 0, metric_interval_upper_bound = 20, scaling_adjustment = 1 }, "
                "{ metric_interval_lower_bound = 10, scaling_adjustment = 2 }"),
          AT_STEP ".step_adjustments[2]: Step adjustment intervals cannot overlap: [0, 20] and [10, inf]" },
        { STEPS("{ metric_interval_lower_bound = 10, scaling_adjustment = 2 }, "
                "{ metric_interval_lower_bound = 0, metric_interval_upper_bound = 5, scaling_adjustment = 1 }"),
          AT_STEP ".step_adjustments[1]: Step adjustment intervals cannot have gaps between them: [0, 5] and [10, inf]" },
        { STEPS("{ metric_interval_lower_bound = 0, metric_interval_upper_bound = 5, scaling_adjustment = 1 }"),
          AT_STEP ".step_adjustments[1]: There must be a step adjustment with an unspecified upper bound when one step adjustment "
                  "has a positive upper bound" },
        { STEPS("{ metric_interval_lower_bound = -5, metric_interval_upper_bound = 0, scaling_adjustment = -1 }"),
          AT_STEP ".step_adjustments[1]: There must be a step adjustment with an unspecified lower bound when one step adjustment "
                  "has a negative lower bound" },
        { STEPS("{ metric_interval_lower_bound = 0, scaling_adjustment = 1 }, "
                "{ metric_interval_lower_bound = 5, scaling_adjustment = 2 }"),
          AT_STEP ".step_adjustments[2]: At most one step adjustment may have an unspecified upper bound" },
        { STEPS("{ metric_interval_upper_bound = 0, scaling_adjustment = -1 }, "
                "{ metric_interval_upper_bound = -5, scaling_adjustment = -2 }"),
          AT_STEP ".step_adjustments[2]: At most one step adjustment may have an unspecified lower bound" },
        { STEPS("{ metric_interval_lower_bound = 5, metric_interval_upper_bound = 5, scaling_adjustment = 1 }"),
          AT_STEP ".step_adjustments[1]: the lower bound of a step adjustment must be less than its upper bound: [5, 5]" },
        { STEPS("{ metric_interval_lower_bound = 0 }"), AT_STEP ".step_adjustments[1]: missing 'scaling_adjustment'" },
        { STEPS("{ metric_interval_lower_bound = 0, scaling_adjustment = 1.5 }"),
          AT_STEP ".step_adjustments[1].scaling_adjustment: 1.5 is not a whole number" },
        { STEPS("{ metric_interval_lowr_bound = 0, scaling_adjustment = 1 }"),
          AT_STEP ".step_adjustments[1]: unknown field 'metric_interval_lowr_bound', did you mean 'metric_interval_lower_bound'?" },
        { STEPS(""), AT_STEP ": There must be at least one step adjustment" },
        { STEP("adjustment_type = \"ExactCapacity\", step_adjustments = { { metric_interval_lower_bound = 0, "
               "scaling_adjustment = -1 } }"),
          AT_STEP ".step_adjustments[1]: Scaling adjustment cannot be less than 0 when adjustment type is ExactCapacity: -1" },
        { STEP("adjustment_type = \"PercentChange\", step_adjustments = {}"),
          AT_STEP ".adjustment_type: unknown value 'PercentChange', expected ChangeInCapacity, PercentChangeInCapacity or "
                  "ExactCapacity" },
        { STEP("step_adjustments = {}"), AT_STEP ": missing 'adjustment_type'" },
        { STEP("adjustment_type = \"ChangeInCapacity\", min_adjustment_magnitude = 2, "
               "step_adjustments = { { metric_interval_lower_bound = 0, scaling_adjustment = 1 } }"),
          AT_STEP ": Minimum adjustment magnitude is only allowed for adjustment type PercentChangeInCapacity" },
        { STEP("adjustment_type = \"ChangeInCapacity\", cooldown = -1, step_adjustments = {}"), AT_STEP ".cooldown: -1 is outside 0.." },
        { STEP("adjustment_type = \"ChangeInCapacity\", metric_aggregation_type = \"Sum\", step_adjustments = {}"),
          AT_STEP ".metric_aggregation_type: unknown value 'Sum', expected Average, Minimum or Maximum" },
    };
    CHECK_ROWS(rows);
}

static void tracking_policies_are_checked_as_aws_does(void)
{
    static const struct row rows[] = {
        { TRACK(TRACK_CPU "target_value = 50"), "" },
        { TRACK("target_value = 50"),
          AT_TRACK ": PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling" },
        { TRACK(TRACK_CPU "target_value = 50, customized_metric_specification = { namespace = \"Own\", metric_name = \"m\", "
                "statistic = \"Sum\" }"),
          AT_TRACK ": Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking "
                   "scaling" },
        { TRACK(TRACK_CPU), AT_TRACK ": missing 'target_value'" },
        { TRACK(TRACK_CPU "target_value = 0"), AT_TRACK ": target_value 0 is not above 0" },
        { TRACK(TRACK_CPU "target_value = 1e109"), AT_TRACK ": target_value 1e+109 is above 2^360" },
        { TRACK(TRACK_CPU "target_value = 0/0"), AT_TRACK ".target_value: expected a finite number" },
        { TRACK(TRACK_CPU "target_value = 50, scale_in_cooldown = -1"), AT_TRACK ".scale_in_cooldown: -1 is outside 0.." },
        { TRACK(TRACK_CPU "target_value = 50, scale_in_cooldwn = 1"),
          AT_TRACK ": unknown field 'scale_in_cooldwn', did you mean 'scale_in_cooldown'?" },
        { TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = \"ECSServiceAverageCPUUtilisation\" }"),
          AT_TRACK ".predefined_metric_specification.predefined_metric_type: unknown value 'ECSServiceAverageCPUUtilisation', did "
                   "you mean 'ECSServiceAverageCPUUtilization'?" },
        { TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = \"RDSReaderConnections\" }"),
          AT_TRACK ".predefined_metric_specification.predefined_metric_type: Scalable dimension ecs:service:DesiredCount only "
                   "supports the following predefined metric types: ECSServiceAverageCPUUtilization, " },
        { TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = "
                "\"ECSServiceAverageCPUUtilizationHighResolution\" }"),
          "case.lua:4: put_scaling_policy: High-resolution metrics are not fully enabled on the ECS service: " },
        { TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = \"ALBRequestCountPerTarget\" }"),
          "case.lua:4: put_scaling_policy: Resource label should be specified for predefined metric type ALBRequestCountPerTarget" },
        { "local elb = require \"elb\" elb.create_target_group { name = \"tg\" } "
          TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = \"ALBRequestCountPerTarget\", "
                "resource_label = \"tg\" }"),
          "case.lua:4: put_scaling_policy: Target group tg is not attached to resource service/default/web" },
        { "local elb = require \"elb\" elb.create_target_group { name = \"tg\" } "
          TRACK("target_value = 50, predefined_metric_specification = { predefined_metric_type = "
                "\"ECSServiceAverageCPUUtilization\", resource_label = \"tg\" }"),
          AT_TRACK ": Resource label should not be specified for predefined metric type ECSServiceAverageCPUUtilization" },
        { TRACK("target_value = 50, customized_metric_specification = { metrics = { " MATH("a", "true") MATH("b", "true") "} }"),
          AT_TRACK ".customized_metric_specification.metrics: Exactly one element of the metrics list should return data: 2 of 2 do" },
        { TRACK("target_value = 50, customized_metric_specification = { metrics = { " MATH("a", "false") "} }"),
          AT_TRACK ".customized_metric_specification.metrics: Exactly one element of the metrics list should return data: 0 of 1 do" },
        { TRACK("target_value = 50, customized_metric_specification = { statistic = \"Sum\", metrics = { " MATH("a", "true") "} }"),
          AT_TRACK ".customized_metric_specification: Statistic should not be set if list of Metrics is set" },
        { TRACK("target_value = 50, customized_metric_specification = { metrics = { { id = \"a\", metric_stat = { period = 60, "
                "stat = \"Sum\", metric = { namespace = \"Own\", metric_name = \"m\" } } } } }"),
          AT_TRACK ".customized_metric_specification: a scaling policy's metrics have no 'period'" },   /* TT-24 */
        { TRACK("target_value = 50, customized_metric_specification = { namespace = \"Own\", metric_name = \"m\" }"),
          AT_TRACK ".customized_metric_specification: missing 'statistic'" },
        { TRACK(TRACK_CPU "target_value = 50") "\nautoscaling.put_scaling_policy { resource_id = s, policy_name = \"q\", "
          "target_tracking_scaling_policy_configuration = { " TRACK_CPU "target_value = 60 } }",
          "case.lua:5: put_scaling_policy: Only one TargetTrackingScaling policy for a given metric specification is allowed: 'p' "
          "tracks it already" },
        { WEB "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", "
          "target_tracking_scaling_policy_configuration = { " TRACK_CPU "target_value = 60 } }",
          "case.lua:3: put_scaling_policy: No scalable target registered for service namespace: ecs, resource ID: "
          "service/default/web, scalable dimension: ecs:service:DesiredCount" },
        { TARGET "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", policy_type = \"StepScaling\" }",
          "case.lua:4: put_scaling_policy: StepScaling policy configuration must be specified" },
        { TARGET "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", policy_type = \"StepScaling\", "
          "target_tracking_scaling_policy_configuration = { " TRACK_CPU "target_value = 60 } }",
          "case.lua:4: put_scaling_policy: You must only provide a single scaling policy configuration, which must match the "
          "scaling policy type specified" },
        { TARGET "autoscaling.put_scaling_policy { resource_id = s, policy_name = \"p\", policy_type = \"TargetTraking\" }",
          "case.lua:4: put_scaling_policy.policy_type: unknown value 'TargetTraking'" },
        { TARGET "autoscaling.register_scalable_target { resource_id = s, min_capacity = 6 }",
          "case.lua:4: register_scalable_target: Maximum capacity cannot be less than minimum capacity: 5 is below 6" },
        { WEB "autoscaling.register_scalable_target { resource_id = s, max_capacity = 6 }",
          "case.lua:3: register_scalable_target: min_capacity is missing" },
        { WEB "autoscaling.register_scalable_target { resource_id = s, min_capacity = -1, max_capacity = 6 }",
          "case.lua:3: register_scalable_target.min_capacity: -1 is outside 0..5000" },
    };
    CHECK_ROWS(rows);
}

/* PRED-04, PRED-06 */
static void predictive_policies_are_checked_as_aws_does(void)
{
    static const struct row rows[] = {
        { PREDICT("metric_specifications = { { target_value = 50, predefined_metric_pair_specification = { "
                  "predefined_metric_type = \"ECSServiceCPUUtilization\" } } }"), "" },
        { PREDICT("metric_specifications = { { target_value = 50, predefined_scaling_metric_specification = {}, "
                  "customized_load_metric_specification = {} } }"), "" },
        { PREDICT("metric_specifications = {}"), AT_PREDICT ".metric_specifications: You must specify one metric specification" },
        { PREDICT("metric_specifications = { { target_value = 50, predefined_scaling_metric_specification = {} } }"),
          AT_PREDICT ".metric_specifications[1]: The metric specification is invalid. A policy must have either one scaling metric "
                     "and one load metric or one metric pair" },
        { PREDICT("metric_specifications = { { target_value = 50, predefined_metric_pair_specification = { "
                  "predefined_metric_type = \"ECSServiceCPUUtilisation\" } } }"),
          AT_PREDICT ".metric_specifications[1].predefined_metric_pair_specification.predefined_metric_type: unknown value "
                     "'ECSServiceCPUUtilisation', did you mean 'ECSServiceCPUUtilization'?" },
        { PREDICT("max_capacity_breach_behavior = \"IncreaseMaxCapacity\""),
          AT_PREDICT ": You must specify MaxCapacityBuffer when using IncreaseMaxCapacity" },
        { PREDICT("max_capacity_buffer = 101"), AT_PREDICT ".max_capacity_buffer: 101 is outside 0..100" },
    };
    CHECK_ROWS(rows);
}

#define ALARM(fields) MODULES "cloudwatch.put_metric_alarm { alarm_name = \"a\", threshold = 1, comparison_operator = " \
    "\"GreaterThanThreshold\", " fields " }"
#define ONE "namespace = \"Own\", metric_name = \"m\", statistic = \"Sum\", "
#define TERM(id, returned, period) "{ id = \"" id "\", return_data = " returned ", metric_stat = { period = " period ", " \
    "stat = \"Sum\", metric = { namespace = \"Own\", metric_name = \"" id "\" } } }, "
#define AT_ALARM "case.lua:1: put_metric_alarm"

static void alarms_are_checked_as_aws_does(void)
{
    static const struct row rows[] = {
        { ALARM(ONE "period = 20, evaluation_periods = 3, datapoints_to_alarm = 3"), "" },
        { ALARM(ONE "period = 15, evaluation_periods = 1"), AT_ALARM ": Period must be 10, 20, 30 or a multiple of 60: 15 is not" },
        { ALARM(ONE "period = 61, evaluation_periods = 1"), AT_ALARM ": Period must be 10, 20, 30 or a multiple of 60: 61 is not" },
        { ALARM(ONE "evaluation_periods = 1"), AT_ALARM ": PutMetricAlarm request should have a Period parameter: missing 'period'" },
        { ALARM(ONE "period = 60, evaluation_periods = 3, datapoints_to_alarm = 4"),
          AT_ALARM ": DatapointsToAlarm must be less than or equal to EvaluationPeriods: 4 of 3" },
        { ALARM(ONE "period = 60, evaluation_periods = 0"), AT_ALARM ".evaluation_periods: 0 is outside 1..1440" },
        { ALARM(ONE "period = 60"), AT_ALARM ": missing 'evaluation_periods'" },
        { ALARM(ONE "period = 120, evaluation_periods = 721"),
          AT_ALARM ": Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms using "
                   "period < 3600" },
        { ALARM(ONE "period = \"1h\", evaluation_periods = 169"),
          AT_ALARM ": Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms "
                   "using period >= 3600" },
        { ALARM(ONE "period = 60, evaluation_periods = 1, extended_statistic = \"p90\""),
          AT_ALARM ": PutMetricAlarm request can not be made with both Statistic and ExtendedStatistic parameters. Only one of them "
                   "should be present" },
        { ALARM(ONE "period = 60, evaluation_periods = 1, treat_missing_data = \"notbreaching\""),
          AT_ALARM ".treat_missing_data: unknown value 'notbreaching', did you mean 'notBreaching'?" },
        { ALARM(ONE "period = 60, evaluation_periods = 1, evaluate_low_sample_count_percentile = \"ignore\""),
          AT_ALARM ": Option evaluateLowSampleCountPercentile can not be applied: this option is enabled only for percentile "
                   "statistics below p100" },
        { ALARM("evaluation_periods = 1, metrics = { " TERM("a", "true", "60") TERM("b", "true", "60") "}"),
          AT_ALARM ".metrics: Exactly one element of the metrics list should return data: 2 of 2 do" },
        { ALARM("evaluation_periods = 1, metrics = { " TERM("a", "false", "60") TERM("b", "false", "60") "}"),
          AT_ALARM ".metrics: Exactly one element of the metrics list should return data: 0 of 2 do" },
        { ALARM("evaluation_periods = 1, metric_name = \"m\", metrics = { " TERM("a", "true", "60") "}"),
          AT_ALARM ": MetricName should not be set if list of Metrics is set" },
        { ALARM("evaluation_periods = 1, period = 60, metrics = { " TERM("a", "true", "60") "}"),
          AT_ALARM ": Period should not be set if list of Metrics is set: it belongs into each metric_stat" },
        { ALARM("evaluation_periods = 1, metrics = { " TERM("a", "true", "120") TERM("b", "false", "180") "}"),
          AT_ALARM ": the period 120 of metric 'a' does not divide 180, the longest of the query" },
        { ALARM("evaluation_periods = 1, metrics = { " TERM("a", "true", "60") TERM("b", "false", "300") "}"), "" },
    };
    CHECK_ROWS(rows);
}

static void the_scripts_line_comes_before_the_modules(void)
{
    static struct scene scene;
    scene_write("lib/shop.lua", "local autoscaling = require \"autoscaling\"\nlocal shop = {}\n"
                                "function shop.scale(service)\n    return autoscaling.put_scaling_policy { resource_id = service }\n"
                                "end\nfunction shop.both(service)\n    shop.scale(service)\nend\n"
                                "function shop.twice(f)\n    f()\n    f()\nend\nfunction shop.blame()\n    error(\"yours\", 2)\nend\n"
                                "return shop\n");
    static const struct {
        const char *script, *message;
    } rows[] = {
        { WEB "local shop = require \"lib.shop\"\nshop.scale(s)",
          "case.lua:4: put_scaling_policy: missing 'policy_name'\n  raised in lib/shop.lua:4" },
        { WEB "local shop = require \"lib.shop\"\nlocal function f()\nshop.both(s) end\nf()",
          "case.lua:5: put_scaling_policy: missing 'policy_name'\n  raised in lib/shop.lua:4\n  called from lib/shop.lua:7\n"
          "  called from case.lua:6" },
        { "local shop = require \"lib.shop\"\nshop.twice(function()\nerror(\"mine\") end)",
          "case.lua:3: mine\n  called from lib/shop.lua:10\n  called from case.lua:2" },
        { "local shop = require \"lib.shop\"\nshop.blame()\nreturn 1", "case.lua:2: yours\n  called from case.lua:2" },
        { MODULES "local shop = require \"lib.shop\"\nsim.at(5, function()\nshop.twice(5) end)",
          "case.lua:3: attempt to call a number value (local 'f') (in sim.at at case.lua:2)\n  raised in lib/shop.lua:10" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CU_ASSERT(same_text(skip_time(scene_play(&scene, rows[i].script)), rows[i].message));
    }
}

static void loads_are_checked(void)
{
    static const struct row rows[] = {
        { MODULES "sim.arrivals { rate = 1 }", "case.lua:1: arrivals: expected either 'into' with 'work', or 'each'" },
        { MODULES "sim.arrivals { each = function() end }", "case.lua:1: arrivals: expected either 'rate' or 'times'" },
        { MODULES "sim.arrivals { rate = -1, each = function() end }", "case.lua:1: arrivals.rate: " },
        { MODULES "sim.arrivals { rate = { { 5, 1 }, { 3, 1 } }, each = function() end }", "case.lua:1: arrivals.rate: point 2" },
        { MODULES "sim.arrivals { rate = { { 5 } }, each = function() end }", "case.lua:1: arrivals.rate[1]: expected { time, rate }" },
        { MODULES "sim.arrivals { times = { 1, 3, 2 }, each = function() end }", "case.lua:1: arrivals.times[3]: 2 s is before the time that precedes it, 3 s" },
        { MODULES "sim.arrivals { times = { -1 }, each = function() end }", "case.lua:1: arrivals.times[1]: -1 is outside" },
        { QUEUE("") " sim.arrivals { times = { 1, 2 }, into = \"q\", work = { 1 } }", "case.lua:1: arrivals: a list of 'work' goes with a list of as many 'times'" },
        { QUEUE("") " sim.arrivals { times = { 1 }, into = \"q\", work = { -1 } }", "case.lua:1: arrivals.work[1]: -1 is outside" },
        { QUEUE("") " sim.arrivals { rate = 1, into = \"q\" }", "case.lua:1: arrivals: missing 'work'" },
        { QUEUE("") " sim.arrivals { rate = 1, into = \"q\", work = 1 } sim.arrivals { rate = 1, into = \"q\", work = 1 }",
          "case.lua:1: arrivals: the name 'arrivals' is taken" },
        { TARGET_GROUP("") " sim.arrivals { times = { 1 }, into = \"web\", work = 1, aggregate_above = 5 }",
          "case.lua:1: arrivals: 'aggregate_above' needs a 'rate' and one target group in 'into'" },
        { QUEUE("") " sim.arrivals { rate = 1, into = \"q\", work = 1, aggregate_above = 5 }",
          "case.lua:1: arrivals: 'aggregate_above' needs a 'rate' and one target group in 'into'" },
        { TARGET_GROUP("") " sim.arrivals { rate = 9, into = \"web\", work = 1, aggregate_above = 5 }\n"
          "sim.arrivals { name = \"b\", rate = 9, into = \"web\", work = 1, aggregate_above = 5 }",
          "case.lua:2: arrivals: target group 'web' has a load with aggregate_above already: 'arrivals'" },
        { MODULES "sim.random { mean = 1 }", "case.lua:1: random: missing 'name'" },
        { MODULES "sim.random { name = \"r\" }", "case.lua:1: random: missing 'mean', which distribution 'exponential' needs" },
        { MODULES "sim.random { name = \"r\", mean = 1, cv = 1 }", "case.lua:1: random: distribution 'exponential' has no 'cv'" },
        { MODULES "sim.random { name = \"r\", mean = -1 }", "case.lua:1: random: " },
        { MODULES "sim.random { name = \"r\", distribution = \"expnential\", mean = 1 }",
          "case.lua:1: random.distribution: unknown value 'expnential', did you mean 'exponential'?" },
        { MODULES "sim.random { name = \"r\", mean = 1 } sim.random { name = \"r\", mean = 1 }", "case.lua:1: random: the name 'r' is taken" },
        { MODULES "sim.csv(\"none.csv\")", "case.lua:1: csv: cannot read 'none.csv': No such file or directory" },
    };
    CHECK_ROWS(rows);
}

static void runs_are_checked(void)
{
    static const struct row rows[] = {
        { MODULES "sim.scenario { duration = 0 }", "case.lua:1: scenario.duration: 0 is outside" },
        { MODULES "sim.scenario { duration = \"1h\", warm_up = \"1h\" }", "case.lua:1: scenario: warm_up is not shorter than duration" },
        { MODULES "sim.scenario { start = \"2026-02-29T00:00:00Z\" }", "case.lua:1: scenario.start: expected an instant as in" },
        { MODULES "sim.scenario {} sim.scenario {}", "case.lua:1: scenario: the run is described once" },
        { MODULES "sim.params {} sim.params {}", "case.lua:1: sim.params: parameters are declared once" },
        { MODULES "local p = sim.params { rate = { 1, \"a rate\" } }\nreturn p.raet", "case.lua:2: unknown parameter 'raet', did you mean 'rate'?" },
        { MODULES "local p = sim.params { rate = { 1, \"a rate\" } }\np.rate = 2", "case.lua:2: a parameter cannot be changed" },
        { MODULES "sim.params { rate = { 1 } }", "case.lua:1: params.rate[2]: expected a text, got a nil" },
        { MODULES "sim.params { rate = 1 }", "case.lua:1: params.rate: expected { default, \"sentence\" }, got a number" },
        { MODULES "sim.params { rate = { 1, \"s\", mni = 0 } }", "case.lua:1: params.rate: unknown field 'mni', did you mean 'min'?" },
        { MODULES "sim.params { rate = { 1, \"s\", min = 2 } }", "case.lua:1: params.rate: the default 1 is below the minimum 2" },
        { MODULES "sim.params { mode = { \"x\", \"s\", { \"a\", \"b\" } } }", "case.lua:1: params.mode: the default 'x' is not" },
        { MODULES "sim.assume { reconcile = 1 }", "case.lua:1: assume: " },
        { MODULES "sim.assume { reconcile_s = {} }", "case.lua:1: assume.reconcile_s: expected a number, a text, true or false, got a table" },
        { QUEUE("") " sim.assume { reconcile_s = 1 }", "case.lua:1: assume: assumptions come before the services and queues" },
        { MODULES "sim.expect {\nwork_lots_s = 0 }", "case.lua:1: expect: " },
        { MODULES "sim.expect { 5 }", "case.lua:1: expect[1]: expected a text, got a number" },
        { MODULES "sim.eventually { \"web.running_count == 0\", after = 0, within = 1 }", "case.lua:1: eventually: " },
        { MODULES "sim.at(-1, function() end)", "case.lua:1: bad argument #1 to 'at' (expected a time, not below 0, got -1)" },
        { MODULES "sim.every(0, function() end)", "case.lua:1: bad argument #1 to 'every' (expected a time above 0)" },
        { MODULES "sim.at(1, 2)", "case.lua:1: bad argument #2 to 'at' (function expected, got number)" },
        { MODULES "sim.tally(\"t\", \"s\") sim.level(\"t\", \"s\")", "case.lua:1: bad argument #1 to 'level' (there is already a tally 't')" },
        { MODULES "sim.resource { name = \"db\", capacity = 0 }", "case.lua:1: resource.capacity: 0 is outside" },
    };
    CHECK_ROWS(rows);
}

static void waiting_needs_a_place_to_wait(void)
{
    static const struct row rows[] = {
        { MODULES "\nsim.sleep(1)", "case.lua:2: sim.sleep takes simulated time, which does not pass while the scenario is built" },
        { WEB "ecs.update_service { service = s, desired_count = 1 }",
          "case.lua:3: ecs.update_service takes simulated time, which does not pass while the scenario is built" },
        { MODULES "sim.spawn(function()\ntable.sort({ 2, 1 }, function(a, b) sim.sleep(1) return a < b end) end)",
          "case.lua:2: sim.sleep takes simulated time, which cannot pass inside a comparison or a callback" },
        { MODULES "sim.spawn(function()\n(\"a\"):gsub(\"a\", function() sim.sleep(1) end) end)",
          "case.lua:2: sim.sleep takes simulated time, which cannot pass inside a comparison or a callback" },
        { MODULES "sim.spawn(function() sim.scenario {} end)", "case.lua:1: sim.scenario builds the scenario: it cannot be called while time runs" },
    };
    CHECK_ROWS(rows);
}

static void app_errors_end_the_run(void)
{
    static const struct row rows[] = {
        { MODULES FAST_ASSUMPTIONS "local function app(task)\nlocal x = task.nonsense end " WORKER,
          "case.lua:2: task: unknown field or method 'nonsense' (in task " },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\nerror(\"boom\") end " WORKER, "case.lua:2: boom (in task " },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\ntask:serve { on_connect = 1 } end " WORKER,
          "case.lua:2: serve.on_connect: expected a function, got a number" },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\ntask:work(-1) end " WORKER,
          "case.lua:2: bad argument #1 to 'work' (expected seconds of work, not below 0, got -1)" },
        { MODULES FAST_ASSUMPTIONS "local function app(task)\ntask.environment.X = 1 end " WORKER,
          "case.lua:2: the environment of a container cannot be changed" },
        { MODULES FAST_ASSUMPTIONS "local other = sqs.create_queue { queue_name = \"other\" } local function app(task)\n"
                  "other:receive() end " WORKER,
          "case.lua:2: queue:receive: the container definition of worker:1 does not name queue 'other' in 'queues'" },
        { MODULES FAST_ASSUMPTIONS "local function app(task, jobs)\njobs:receive()\njobs:receive() end " WORKER
                  "jobs:send(1) jobs:send(1)",
          "case.lua:3: queue:receive: all slots of the task are taken" },
        { MODULES FAST_ASSUMPTIONS "local held local function app(task)\nheld = task sim.sleep(1e6) end " WORKER
                  "sim.at(60, function()\nheld:work(1) end)",
          "case.lua:3: task:work works only in coroutines of the task's own container: task " },
        { MODULES "sim.at(5, function()\nerror(\"late\") end)", "case.lua:2: late (in sim.at at case.lua:1)" },
        { MODULES "sim.every(5, function()\nerror(\"late\") end)", "case.lua:2: late (in sim.every at case.lua:1)" },
        { MODULES "sim.arrivals { rate = 1, each = function()\nerror(\"late\") end }", "case.lua:2: late (in an arrival of 'arrivals')" },
        /* EX-P09, PROT-02, PROT-03 */
        { MODULES "local many = {} for i = 1, 11 do many[i] = \"x\" end\nsim.at(5, function() "
                  "ecs.update_task_protection { tasks = many, protection_enabled = true } end)",
          "case.lua:2: update_task_protection.tasks: 11 items are more than 10" },
        { MODULES "local many = {} for i = 1, 101 do many[i] = \"x\" end\nsim.at(5, function() "
                  "ecs.get_task_protection { tasks = many } end)",
          "case.lua:2: get_task_protection.tasks: 101 items are more than 100" },
        { WEB "sim.at(1, function() ecs.update_service { service = s,\nmonitoring = {} } end)",
          "case.lua:3: update_service.monitoring: not modelled yet" },
        { MODULES "sim.at(1, function() cloudwatch.put_metric_data(\"AWS/ECS\", \"x\", 1) end)",
          "case.lua:1: put_metric_data: namespaces that begin with 'AWS/' are AWS's own" },
    };
    CHECK_ROWS(rows);
}

#define CUSTOM(fields) MODULES FAST_ASSUMPTIONS "local function app() end " WORKER \
    "autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 5 }\n" \
    "local policy = autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"mine\", " \
    "custom_scaling_policy_configuration = { " fields " } }\n"
#define VISIBLE "metrics = { { id = \"v\", metric_stat = { stat = \"Maximum\", metric = { namespace = \"AWS/SQS\", " \
    "metric_name = \"ApproximateNumberOfMessagesVisible\", dimensions = { QueueName = jobs } } } } }, "

static void custom_policies_are_checked(void)
{
    static const struct row rows[] = {
        { CUSTOM("decide = math.floor"), "case.lua:2: put_scaling_policy.custom_scaling_policy_configuration: missing 'metrics'" },
        { CUSTOM(VISIBLE), "case.lua:2: put_scaling_policy.custom_scaling_policy_configuration: missing 'decide'" },
        { CUSTOM(VISIBLE "decide = 7"),
          "case.lua:2: put_scaling_policy.custom_scaling_policy_configuration.decide: expected a function, or a list of "
          "texts that names a program, got a number" },
        { CUSTOM(VISIBLE "decide = {}"),
          "case.lua:2: put_scaling_policy.custom_scaling_policy_configuration.decide: expected the name of a program" },
        { CUSTOM(VISIBLE "decide = { \"true\" }"),
          "case.lua:2: put_scaling_policy.custom_scaling_policy_configuration.decide: the policy 'mine' is decided by the "
          "program 'true', which is started only with --allow-exec" },
        { CUSTOM(VISIBLE "decide = function() return 2.5 end"), "policy 'mine': decide returned 2.5, not a whole number" },
        { CUSTOM(VISIBLE "decide = function() return -1 end"), "policy 'mine': decide returned -1, not a whole number" },
        { CUSTOM(VISIBLE "decide = function() return \"2\" end"), "policy 'mine': decide returned a string, not a number" },
        { CUSTOM(VISIBLE "decide = function(n, d)\nreturn n + d.w end"),
          "policy 'mine': case.lua:3: attempt to perform arithmetic on a nil value (field 'w') (in decide)" },
        { CUSTOM(VISIBLE "decide = function()\nsim.sleep(1) end"), "policy 'mine': case.lua:3: sim.sleep takes simulated time, which does not pass inside a policy's decide" },
        { CUSTOM(VISIBLE "decide = function()\nwhile true do end end"), "policy 'mine': case.lua:3: " },
        { CUSTOM(VISIBLE "decide = function() end")
          "cloudwatch.put_metric_alarm { alarm_name = \"a\", namespace = \"X\", metric_name = \"x\", statistic = \"Sum\", "
          "period = 60, evaluation_periods = 1, threshold = 1, comparison_operator = \"LessThanThreshold\", "
          "alarm_actions = { policy } }",
          "case.lua:3: put_metric_alarm.alarm_actions[1]: policy 'mine' evaluates itself and takes no alarm" },
    };
    CHECK_ROWS(rows);
}

static void late_errors_name_the_time(void)
{
    static struct scene scene;
    CU_ASSERT(same_text(scene_play(&scene, MODULES "\nlocal function f()\nerror(\"late\") end\nsim.at(\"1m30s\", function()\nf() end)"),
                        "at 1m30s: case.lua:3: late (in sim.at at case.lua:4)\n  called from case.lua:5"));
}

static void settings_are_checked(void)
{
    static const struct {
        const char *name, *value, *message;
    } rows[] = {
        { "raet", "1", "case.lua:1: unknown parameter 'raet', did you mean 'rate'?" },
        { "zzzz", "1", "case.lua:1: unknown parameter 'zzzz'" },
        { "rate", "fast", "case.lua:1: parameter 'rate': 'fast' is not a number" },
        { "rate", "0.5", "case.lua:1: parameter 'rate': 0.5 is below the minimum 1" },
        { "rate", "100", "case.lua:1: parameter 'rate': 100 is above the maximum 9" },
        { "on", "yes", "case.lua:1: parameter 'on': 'yes' is neither true nor false" },
        { "mode", "fsat", "case.lua:1: parameter 'mode': 'fsat' is not among the choices, did you mean 'fast'?" },
        { "mode", "x", "case.lua:1: parameter 'mode': 'x' is not one of fast, slow" },
        { "beat", "often", "case.lua:1: parameter 'beat': " },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct scene scene;
        const struct scenario_setting setting = { rows[i].name, rows[i].value };
        const struct scenario_options options = { .path = "case.lua", .settings = &setting, .setting_count = 1 };
        CU_ASSERT(!scene_load_with(&scene, MODULES
            "sim.params { rate = { 5, \"s\", min = 1, max = 9 }, on = { false, \"s\" }, "
            "mode = { \"fast\", \"s\", { \"fast\", \"slow\" } }, beat = { \"1m\", \"s\" } }", &options));
        CU_ASSERT(begins_with(scene.err.text, rows[i].message));
        scene_finish(&scene);
    }
}

static void files_are_checked(void)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        { "", "an empty file" },
        { "a,b\n", "no rows below the header" },
        { "a,b\n1,2\n3\n", "line 3: 1 cells, but the header has 2" },
        { "a,b\n1,2\n3,4,5\n", "line 3: 3 cells, but the header has 2" },
        { "a,b\n1,\n", "line 2, column 'b': an empty cell" },
        { "a,b\n1,2\n3,x\n", "line 3, column 'b': 'x' is not a number" },
        { "1,2\n3,4\n", "line 1: expected the names of the columns, got numbers" },
        { "a,a\n1,2\n", "line 1: two columns are named 'a'" },
        { "a,\n1,2\n", "line 1: column 2 has no name" },
        { "a,b\n\"1,2\n", "line 2: a quoted cell without end" },
        { "a,b\n\"1\"2,3\n", "line 2: text after the end of a quoted cell" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct scene scene;
        char expected[256];
        scene_write("data.csv", rows[i].text);
        snprintf(expected, sizeof expected, "case.lua:1: csv: data.csv: %s", rows[i].message);
        CU_ASSERT(begins_with(scene_play(&scene, MODULES "sim.csv(\"data.csv\")"), expected));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "mistakes in Lua name file and line", lua_mistakes_name_the_line },
        { "so do mistyped functions and methods, with the nearest name", names_of_functions_and_methods_are_checked },
        { "the script's line comes before the module's", the_scripts_line_comes_before_the_modules },
        { "wrong fields name file, line, path and the nearest name", fields_are_checked },
        { "wrong targets, policies and alarms do too", scaling_is_checked },
        { "STEP-03: step policies are checked as AWS does", step_policies_are_checked_as_aws_does },
        { "TT-22 TT-24 TT-25 TT-26: tracking policies are checked as AWS does", tracking_policies_are_checked_as_aws_does },
        { "PRED-04 PRED-06: predictive policies are checked as AWS does", predictive_policies_are_checked_as_aws_does },
        { "ALARM-05: alarms are checked as AWS does", alarms_are_checked_as_aws_does },
        { "wrong loads do too", loads_are_checked },
        { "wrong settings of the run do too", runs_are_checked },
        { "what takes time is refused where no time can pass", waiting_needs_a_place_to_wait },
        { "an error while time runs is the scenario's: file, line, and who ran", app_errors_end_the_run },
        { "custom policies are checked", custom_policies_are_checked },
        { "it names the simulated time, and the lines that called", late_errors_name_the_time },
        { "wrong --set values name the parameter", settings_are_checked },
        { "wrong CSV files name line and column", files_are_checked },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/errors", tests);
    scenes_end();
    return status;
}
