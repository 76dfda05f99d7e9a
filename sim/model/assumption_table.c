#include "model/assumption.h"

/* The shapes of a row. */
#define NUMBER(default_, unit_, least_, most_, other)                                              \
    .kind = ASSUMPTION_NUMBER, .value = default_, .unit = unit_, .least = least_, .most = most_, .alternatives = other
#define COUNT(default_, unit_, least_, most_, other)                                               \
    NUMBER(default_, unit_, least_, most_, other), .whole = true
#define RANGE(default_, unit_, least_, most_, other)                                               \
    .kind = ASSUMPTION_RANGE, .value = default_, .unit = unit_, .least = least_, .most = most_, .alternatives = other
#define SWITCH(default_, other)                                                                    \
    .kind = ASSUMPTION_SWITCH, .value = default_, .unit = "", .alternatives = other
#define CHOICE(choices_, default_, other)                                                          \
    .kind = ASSUMPTION_CHOICE, .choices = choices_, .value = default_, .unit = "", .alternatives = other
#define BASIS(grade_, confidence_, source_, date_)                                                 \
    .grade = grade_, .confidence = confidence_, .source = source_, .date = date_

/* Sources that many rows name. */
#define ECS_GUIDE "Amazon ECS Developer Guide"
#define ECS_API "Amazon ECS API reference"
#define AAS_GUIDE "Application Auto Scaling user guide"
#define CW_GUIDE "CloudWatch user guide"
#define AGENT "aws/amazon-ecs-agent 1.105.1"
#define SAMPLE "aws-containers/ecs-task-protection-examples"
#define STACKD "radkawar/stackd captures of the real service"
#define RASEL "rasel-xs/devops-exam transcript of a Fargate service"
#define VI22 "V. Ionescu, Scaling containers on AWS in 2022"
#define DEPLOY_TRACES "public captures of Fargate rolling deployments"

const struct assumption assumption_table[ASSUME_COUNT] = {
    /* Protection */
    [ASSUME_BLOCKED_RULE] = {
        .name = "blocked_rule", .rules = "PROT-78 PROT-10 PROT-11 DEPLOY-49",
        .statement = "when new protection is refused with DEPLOYMENT_BLOCKED: while the scheduler wants to stop tasks and "
                     "every remaining one is protected; when it would make more tasks protected than desired; once "
                     "blocked for blocked_after_s; never",
        CHOICE("blocked protected_gt_desired blocked_after_s off", "blocked", "protected_gt_desired|blocked_after_s|off"),
        BASIS("assumed", "L", ECS_GUIDE ": api_failures_messages, task-scale-in-protection; " SAMPLE, "2026"),
    },
    [ASSUME_BLOCKED_AFTER_S] = {
        .name = "blocked_after_s", .rules = "PROT-78 DEPLOY-49",
        .statement = "how long a service must have been blocked before protection is refused, where blocked_rule is "
                     "blocked_after_s",
        NUMBER("900", "s", 0, 604800, "1800"),
        BASIS("assumed", "L", SAMPLE " README: 'for an extended period of time'", "2023-11-10"),
    },
    [ASSUME_RENEWALS_EXEMPT] = {
        .name = "renewals_exempt", .rules = "PROT-79",
        .statement = "a task whose protection is in force may renew it even while new protection is refused",
        SWITCH("on", "off"),
        BASIS("assumed", "L", SAMPLE " README, demonstration with desired count 0", "2023-11-10"),
    },
    [ASSUME_PROTECT_STOPPING] = {
        .name = "protect_stopping", .rules = "PROT-86 PROT-52",
        .statement = "the answer to protecting a task whose stop was decided: TASK_NOT_VALID, or success without effect",
        CHOICE("refused success", "refused", "success"),
        BASIS("assumed", "L", "N. Peck (AWS) on reddit r/aws: it is too late then", "2022-11"),
    },
    [ASSUME_PROTECT_LATENCY_MS] = {
        .name = "protect_latency_ms", .rules = "PROT-87 PROT-29",
        .statement = "round trip of a protection call from a container; it takes effect half-way",
        RANGE("20..50", "ms", 0.001, 60000, "35"),
        BASIS("assumed", "M", SAMPLE " README: five round trips of 24 to 48 ms", "2023-11-10"),
    },
    [ASSUME_PROTECT_TIMEOUT_S] = {
        .name = "protect_timeout_s", .rules = "PROT-24",
        .statement = "the agent gives up on ECS after this time and answers 504",
        NUMBER("4", "s", 0.001, 60, ""),
        BASIS("documented", "H", AGENT " task_server_setup.go", "2026-06-29"),
    },
    [ASSUME_TIMEOUT_APPLIED_P] = {
        .name = "timeout_applied_p", .rules = "PROT-94",
        .statement = "probability that a call that timed out took effect all the same",
        NUMBER("0.5", "", 0, 1, "0|1"),
        BASIS("assumed", "L", "no public source found", "2026"),
    },
    [ASSUME_ENDPOINT_RPS] = {
        .name = "endpoint_rps", .rules = "PROT-25 PROT-95",
        .statement = "requests per second that the agent endpoint takes from one task; more get 429",
        COUNT("40", "1/s", 1, 1000000, ""),
        BASIS("assumed", "M", AGENT " README: documented for EC2, taken to hold on Fargate", "2026-06-29"),
    },
    [ASSUME_ENDPOINT_BURST] = {
        .name = "endpoint_burst", .rules = "PROT-25 PROT-95",
        .statement = "requests that the agent endpoint takes from one task at once",
        COUNT("60", "calls", 1, 1000000, ""),
        BASIS("assumed", "M", AGENT " README: documented for EC2, taken to hold on Fargate", "2026-06-29"),
    },
    [ASSUME_PROTECTION_BUCKET_SHARED] = {
        .name = "protection_bucket_shared", .rules = "PROT-14 SCHED-31",
        .statement = "UpdateTaskProtection and GetTaskProtection take tokens from one bucket; off: one bucket each",
        SWITCH("on", "off"),
        BASIS("documented", "M", ECS_API ", request throttling; the General Reference lists them apart", "2026"),
    },
    [ASSUME_PROTECTION_BURST] = {
        .name = "protection_burst", .rules = "PROT-14",
        .statement = "protection requests that an account may send at once; one token a request, however many tasks",
        COUNT("200", "calls", 1, 1000000, ""),
        BASIS("documented", "H", ECS_API ", request throttling", "2026"),
    },
    [ASSUME_PROTECTION_RPS] = {
        .name = "protection_rps", .rules = "PROT-14",
        .statement = "protection requests per second that an account may sustain",
        COUNT("80", "1/s", 1, 1000000, ""),
        BASIS("documented", "H", ECS_API ", request throttling", "2026"),
    },
    [ASSUME_EVENT_N] = {
        .name = "event_n", .rules = "PROT-82 EVENT-36",
        .statement = "the number in 'N tasks under protection': all protected tasks, or those beyond the desired count",
        CHOICE("protected surplus", "protected", "surplus"),
        BASIS("assumed", "M", "two captured events, which fit both readings", "2026-09-16"),
    },
    [ASSUME_PROTECT_ERROR_P] = {
        .name = "protect_error_p", .rules = "PROT-30",
        .statement = "injected fault: probability that a protection call from a container ends in a server error",
        NUMBER("0", "", 0, 1, "0.01"),
        BASIS("assumed", "H", "a fault that the scenario injects", "2026"),
    },
    [ASSUME_PROTECT_TIMEOUT_P] = {
        .name = "protect_timeout_p", .rules = "PROT-24",
        .statement = "injected fault: probability that a protection call from a container times out",
        NUMBER("0", "", 0, 1, "0.01"),
        BASIS("assumed", "H", "a fault that the scenario injects", "2026"),
    },

    /* Scheduler */
    [ASSUME_RECONCILE_S] = {
        .name = "reconcile_s", .rules = "SCHED-18",
        .statement = "time between two passes of a service's scheduler",
        NUMBER("10", "s", 0.001, 3600, "5"),
        BASIS("assumed", "M", DEPLOY_TRACES ": gaps of about 10 s and multiples", "2026-10-09"),
    },
    [ASSUME_RECONCILE_TRIGGER] = {
        .name = "reconcile_trigger", .rules = "SCHED-18",
        .statement = "what restarts the grid of passes: a change of the service only, or every change of a task as well",
        CHOICE("update_service state_change", "update_service", "state_change"),
        BASIS("assumed", "M", DEPLOY_TRACES, "2026-10-09"),
    },
    [ASSUME_ECS_REACT_LATENCY_S] = {
        .name = "ecs_react_latency_s", .rules = "AAS-31",
        .statement = "from a new desired count to the scheduler's first pass with it",
        RANGE("3..8", "s", 0, 600, "0"),
        BASIS("observed", "H", STACKD "; " RASEL, "2026-09-17"),
    },
    [ASSUME_VICTIM_ORDER] = {
        .name = "victim_order", .rules = "SCHED-50 AAS-35",
        .statement = "which of the unprotected tasks a scale-in stops: ECS's order (not running yet, unhealthy, fullest "
                     "zone, then at random), or what-if orders: at random; by age; by what ECS does not know, which is who is "
                     "idle, who has the fewest jobs, the least work left, the least to lose beyond its stop timeout",
        CHOICE("ecs random newest oldest idle_first fewest_jobs least_remaining least_lost", "ecs", "newest"),
        BASIS("assumed", "M", ECS_GUIDE ": ecs_services; undocumented inside a zone", "2026"),
    },
    [ASSUME_AZ_COUNT_SCOPE] = {
        .name = "az_count_scope", .rules = "PROT-84",
        .statement = "tasks that count when the fullest zone is sought: all that run, or only those that may be stopped",
        CHOICE("running candidates", "running", "candidates"),
        BASIS("assumed", "L", "no public source found", "2026"),
    },
    [ASSUME_EVENT_REPEAT_S] = {
        .name = "event_repeat_s", .rules = "EVENT-37 EVENT-19",
        .statement = "an identical service event is said again after this time while its cause lasts",
        NUMBER("21600", "s", 1, 604800, ""),
        BASIS("documented", "H", ECS_GUIDE ": service-event-messages", "2023-06"),
    },
    [ASSUME_HEALTHY_AFTER_S] = {
        .name = "healthy_after_s", .rules = "DEPLOY-04",
        .statement = "without health checks a task counts as healthy this long after RUNNING",
        NUMBER("40", "s", 0, 3600, "0"),
        BASIS("documented", "H", ECS_API ", DeploymentConfiguration; older text: at once", "2026-05-20"),
    },
    [ASSUME_FIRST_HEALTH_PASSES] = {
        .name = "first_health_passes", .rules = "ALB-06",
        .statement = "checks that a target has to pass before its first requests, an interval apart",
        COUNT("1", "", 1, 10, "5"),
        BASIS("documented", "M", "Elastic Load Balancing user guide" "; " DEPLOY_TRACES "; the ECS guide plans with 5 x 30 s", "2026"),
    },
    [ASSUME_FIRST_HEALTH_CHECK_S] = {
        .name = "first_health_check_s", .rules = "ALB-06 SCHED-21",
        .statement = "from a target's registration, or its program's start if that is later, to the first check of it",
        RANGE("1..5", "s", 0, 300, "0"),
        BASIS("observed", "M", DEPLOY_TRACES ": healthy a few seconds after registration", "2026-10-09"),
    },
    [ASSUME_FAIL_OPEN] = {
        .name = "fail_open", .rules = "ALB-07 ALB-11",
        .statement = "where no target is healthy, requests go to all that are registered and do not drain, also to those whose "
                     "first checks are not over; to unhealthy ones only; or to none",
        CHOICE("all unhealthy off", "all", "unhealthy|off"),
        BASIS("documented", "M", "Elastic Load Balancing user guide: routes to all targets; 503 only without registered targets", "2026"),
    },
    [ASSUME_WS_LOR] = {
        .name = "ws_lor", .rules = "ALB-04 ALB-12",
        .statement = "when a new session goes to the target with the fewest open ones: if the target group is configured so, or always",
        CHOICE("configured always", "configured", "always"),
        BASIS("documented", "M", "Elastic Load Balancing user guide, of WebSockets, in its section on that algorithm", "2026"),
    },
    [ASSUME_UNHEALTHY_HONOURS_PROTECTION] = {
        .name = "unhealthy_honours_protection", .rules = "PROT-88 PROT-41",
        .statement = "an unhealthy task keeps running while it is protected; off: its replacement is started, then it is stopped",
        SWITCH("off", "on"),
        BASIS("assumed", "M", ECS_GUIDE " names scale-in and deployments only", "2026"),
    },
    [ASSUME_INFRA_HONOURS_PROTECTION] = {
        .name = "infra_honours_protection", .rules = "PROT-89 PROT-44 PROT-48",
        .statement = "retirement of what a task runs on, and a forced DeleteService, wait while it is protected; Spot "
                     "interruptions, lost hosts and StopTask never do",
        SWITCH("off", "on"),
        BASIS("assumed", "M", ECS_GUIDE " names scale-in and deployments only", "2026"),
    },
    [ASSUME_DRAINING_HONOURS_PROTECTION] = {
        .name = "draining_honours_protection", .rules = "PROT-90 PROT-45",
        .statement = "a protected task stays on an instance that drains",
        SWITCH("off", "on"),
        BASIS("assumed", "L", ECS_GUIDE " names scale-in and deployments only", "2026"),
    },
    [ASSUME_AZ_REBALANCE] = {
        .name = "az_rebalance", .rules = "SCHED-43 SCHED-39 SCHED-41",
        .statement = "services that ask for it rebalance their zones, one task at a time, in steady state and below "
                     "maximumPercent, unless that is 100",
        SWITCH("on", "off"),
        BASIS("assumed", "M", ECS_GUIDE ", service rebalancing; its pace is assumed", "2026"),
    },

    /* Deployments */
    [ASSUME_COUNT_STOPPING] = {
        .name = "count_stopping", .rules = "DEPLOY-03 DEPLOY-06",
        .statement = "tasks that are stopping count against maximumPercent in deployments and replacements, beside pending "
                     "and running ones",
        SWITCH("on", "off"),
        BASIS("assumed", "M", ECS_GUIDE ", service definition parameters; the API reference leaves them out", "2026-09-01"),
    },
    [ASSUME_STOP_FIRST] = {
        .name = "stop_first", .rules = "DEPLOY-17 DEPLOY-10",
        .statement = "with a minimumHealthyPercent below 100 a deployment stops old tasks down to it at once; off: only once "
                     "new ones are healthy, unless maximumPercent leaves no room for these",
        SWITCH("on", "off"),
        BASIS("assumed", "M", ECS_GUIDE ", rolling update walk-throughs", "2026-09-01"),
    },
    [ASSUME_RESOLVE_DIGESTS] = {
        .name = "resolve_digests", .rules = "DEPLOY-11",
        .statement = "the first task of a deployment starts alone and the others once it runs, as it settles which image the "
                     "tags mean; after its third failure they start without, or the circuit breaker trips; off: images are "
                     "named by their digests",
        SWITCH("on", "off"),
        BASIS("documented", "H", ECS_GUIDE ", container image resolution", "2026-09-01"),
    },
    [ASSUME_PROTECTED_COUNTS_HEALTHY] = {
        .name = "protected_counts_healthy", .rules = "DEPLOY-42",
        .statement = "protected tasks of old revisions count towards minimumHealthyPercent",
        SWITCH("on", "off"),
        BASIS("assumed", "M", ECS_GUIDE " names no exception", "2026-09-01"),
    },
    [ASSUME_DEPLOY_SCALE_OUT] = {
        .name = "deploy_scale_out", .rules = "DEPLOY-12",
        .statement = "a scale-out during a deployment raises old revisions in proportion, too (both), or only the new one "
                     "(primary)",
        CHOICE("both primary", "both", "primary"),
        BASIS("documented", "H", "AWS What's New, November 2025; the proportion is assumed", "2025-11-20"),
    },
    [ASSUME_DEPLOYMENT_CAP] = {
        .name = "deployment_cap", .rules = "DEPLOY-46 PROT-92",
        .statement = "so many deployments of a service that are not completed, the PRIMARY's included, refuse a further one; "
                     "0: any number",
        COUNT("5", "", 0, 1000, "0"),
        BASIS("observed", "H", "aws/containers-roadmap issue 2836", "2026-07-01"),
    },
    [ASSUME_BLUEGREEN_WAIT_PROTECTED] = {
        .name = "bluegreen_wait_protected", .rules = "PROT-93 PROT-35",
        .statement = "a blue/green, linear or canary deployment stays in CLEAN_UP until the last protected task of the old "
                     "revision is gone",
        SWITCH("on", "off"),
        BASIS("assumed", "M", ECS_API ", lifecycle stage CLEAN_UP: blue is scaled to 0", "2026-05-20"),
    },
    [ASSUME_CB_MIN] = {
        .name = "cb_min", .rules = "DEPLOY-18",
        .statement = "least number of failures that trips the deployment circuit breaker",
        COUNT("3", "tasks", 1, 200, "10"),
        BASIS("documented", "H", ECS_GUIDE ", deployment circuit breaker; 10 in 2023", "2026-09-01"),
    },
    /* Starts */
    [ASSUME_LAUNCHES_PER_MINUTE] = {
        .name = "launches_per_minute", .rules = "SCHED-22",
        .statement = "tasks that one service may start within a minute, counted from the first start after the last one",
        COUNT("500", "tasks", 1, 1000000, "125"),
        BASIS("documented", "H", "AWS General Reference, Amazon ECS; 125 in Regions opened after 2025-05-20", "2026"),
    },
    [ASSUME_FARGATE_LAUNCH_BURST] = {
        .name = "fargate_launch_burst", .rules = "SCHED-23",
        .statement = "tasks that all services may start at once, on demand and on Spot each",
        COUNT("100", "tasks", 1, 1000000, "25"),
        BASIS("documented", "H", "AWS General Reference, AWS Fargate; 25 in newer Regions", "2026"),
    },
    [ASSUME_FARGATE_LAUNCH_RPS] = {
        .name = "fargate_launch_rps", .rules = "SCHED-23",
        .statement = "tasks per second that all services may sustain, on demand and on Spot each",
        COUNT("20", "1/s", 1, 1000000, "5"),
        BASIS("documented", "H", "AWS General Reference, AWS Fargate; 5 in newer Regions", "2026"),
    },
    [ASSUME_FARGATE_VCPU_QUOTA] = {
        .name = "fargate_vcpu_quota", .rules = "SCHED-32 EVENT-10",
        .statement = "vCPUs that tasks may have until they are STOPPED, on demand and on Spot each; 0: the account's quota has "
                     "been raised far enough",
        COUNT("0", "vCPU", 0, 1000000, "6"),
        BASIS("documented", "H", "AWS General Reference, AWS Fargate: 6 at first, raised with use", "2026"),
    },
    [ASSUME_BACKOFF_AFTER] = {
        .name = "backoff_after", .rules = "SCHED-28 EVENT-12",
        .statement = "consecutive tasks that fail before they are RUNNING until starts of their deployment pause",
        COUNT("3", "tasks", 1, 1000, "10"),
        BASIS("assumed", "L", "no public source found", "2026"),
    },
    [ASSUME_BACKOFF_START_S] = {
        .name = "backoff_start_s", .rules = "SCHED-28 SCHED-26",
        .statement = "the first of these pauses; each further round of failures doubles it",
        NUMBER("10", "s", 0.001, 86400, "60"),
        BASIS("assumed", "L", "no public source found for the curve", "2026"),
    },
    [ASSUME_BACKOFF_CAP_S] = {
        .name = "backoff_cap_s", .rules = "SCHED-26 SCHED-28",
        .statement = "the longest of these pauses",
        NUMBER("1620", "s", 0.001, 86400, "900"),
        BASIS("documented", "H", ECS_GUIDE ", service throttle logic; 15 min in 2023", "2026"),
    },
    [ASSUME_PULL_ERROR_S] = {
        .name = "pull_error_s", .rules = "SCHED-21",
        .statement = "from the start of an image pull to its failure, where the image cannot be had",
        NUMBER("0.5", "s", 0, 3600, "10"),
        BASIS("observed", "M", "fujiwara/tracer README", "2021-12-03"),
    },
    [ASSUME_API_LATENCY_MS] = {
        .name = "api_latency_ms", .rules = "PROT-87",
        .statement = "round trip of an operator's or a controller's call to ECS; it takes effect half-way",
        RANGE("20..50", "ms", 0.001, 60000, "35"),
        BASIS("assumed", "L", "taken to be like the protection calls of " SAMPLE, "2023-11-10"),
    },

    /* Life of a task */
    [ASSUME_CREATED_TO_PULL_S] = {
        .name = "created_to_pull_s", .rules = "SCHED-20 SCHED-21",
        .statement = "from the creation of a Fargate task to the start of its image pull",
        RANGE("17..22", "s", 0, 3600, "18"),
        BASIS("assumed", "M", "fujiwara/tracer README; AWS sample event; spread so that launches take 22 to 37 s", "2021-12-03"),
    },
    [ASSUME_PULL_S] = {
        .name = "pull_s", .rules = "SCHED-20 AAS-32",
        .statement = "image pull of a task whose definition gives none; RUNNING follows at once",
        RANGE("5..15", "s", 0, 3600, "5"),
        BASIS("assumed", "M", RASEL "; " STACKD, "2026-09-17"),
    },
    [ASSUME_STOP_REPORT_S] = {
        .name = "stop_report_s", .rules = "SCHED-19 SCHED-21",
        .statement = "from the end of the container to executionStoppedAt",
        NUMBER("11", "s", 0, 600, ""),
        BASIS("assumed", "M", "fujiwara/tracer README", "2021-12-03"),
    },
    [ASSUME_SPOT_STOP_CODE] = {
        .name = "spot_stop_code", .rules = "SCHED-05 PROT-42",
        .statement = "stop code of a task whose Spot capacity is reclaimed",
        CHOICE("SpotInterruption TerminationNotice", "SpotInterruption", "TerminationNotice"),
        BASIS("documented", "M", ECS_GUIDE ", fargate-capacity-providers; TerminationNotice in 2023", "2026-09-01"),
    },
    [ASSUME_ENI_DETACH_S] = {
        .name = "eni_detach_s", .rules = "SCHED-19 SCHED-21",
        .statement = "from executionStoppedAt to STOPPED, while the network interface is detached",
        NUMBER("24", "s", 0, 600, ""),
        BASIS("assumed", "M", "fujiwara/tracer README", "2021-12-03"),
    },
    [ASSUME_IDLE_CPU_PERCENT] = {
        .name = "idle_cpu_percent", .rules = "METRIC-08",
        .statement = "CPU use of a running task without work, in per cent of its reservation",
        NUMBER("1", "%", 0, 100, ""),
        BASIS("assumed", "L", "no public source found", "2026"),
    },
    [ASSUME_IDLE_MEMORY_PERCENT] = {
        .name = "idle_memory_percent", .rules = "METRIC-08",
        .statement = "memory use of a running task without work, in per cent of its reservation",
        NUMBER("20", "%", 0, 100, ""),
        BASIS("assumed", "L", "no public source found", "2026"),
    },

    /* SQS */
    [ASSUME_SQS_CALL_MS] = {
        .name = "sqs_call_ms", .rules = "SQS-10",
        .statement = "time of one SQS call; it takes effect half-way",
        RANGE("6..14", "ms", 0.001, 60000, "10"),
        BASIS("observed", "M", SAMPLE " README: a receive of 6 ms, a delete of at most 14 ms", "2023-11-10"),
    },
    [ASSUME_SQS_WAITER_ORDER] = {
        .name = "sqs_waiter_order", .rules = "SQS-10",
        .statement = "which long poll gets a message: the longest-waiting one, or one at random",
        CHOICE("fifo random", "fifo", "random"),
        BASIS("assumed", "L", "no public source found", "2026"),
    },
    [ASSUME_SQS_STALE_DELETE] = {
        .name = "sqs_stale_delete", .rules = "SQS-07",
        .statement = "DeleteMessage with an older receipt handle: succeeds without effect, or deletes",
        CHOICE("ignored deletes", "ignored", "deletes"),
        BASIS("documented", "M", "Amazon SQS API, DeleteMessage: it may not delete", "2026-05-20"),
    },
    [ASSUME_SQS_METRIC_IDLE_AFTER_S] = {
        .name = "sqs_metric_idle_after_s", .rules = "CW-08",
        .statement = "a queue without messages and calls for this long stops reporting metrics; 0: it never stops",
        NUMBER("21600", "s", 0, 1209600, "0"),
        BASIS("documented", "M", "Amazon SQS developer guide, CloudWatch metrics", "2023"),
    },
    [ASSUME_SQS_METRIC_WAKE_S] = {
        .name = "sqs_metric_wake_s", .rules = "CW-08",
        .statement = "how late the first datapoint of a queue is that has just become active again",
        RANGE("0..900", "s", 0, 3600, "0"),
        BASIS("assumed", "L", "Amazon SQS developer guide: up to 15 min", "2023"),
    },

    /* CloudWatch */
    [ASSUME_METRIC_VISIBILITY_DELAY_S] = {
        .name = "metric_visibility_delay_s", .rules = "CW-05",
        .statement = "from the end of a minute until GetMetricStatistics and GetMetricData show its datapoint",
        NUMBER("41", "s", 0, 600, "36|96"),
        BASIS("observed", "M", RASEL ": 41 polls", "2026-09-15"),
    },
    [ASSUME_METRIC_VISIBILITY_DELAY_20S_S] = {
        .name = "metric_visibility_delay_20s_s", .rules = "CW-06",
        .statement = "the same for periods below a minute, from the start of the period, but not before its end",
        NUMBER("12", "s", 0, 600, "36"),
        BASIS("observed", "M", STACKD ": one point, seen 12 s after the start of its period", "2026-09-17"),
    },
    [ASSUME_ALARM_DATA_LAG_ECS_S] = {
        .name = "alarm_data_lag_ecs_s", .rules = "ALARM-08",
        .statement = "from the end of a minute until alarms use its ECS CPU and memory datapoint",
        NUMBER("120", "s", 0, 900, "60"),
        BASIS("observed", "M", RASEL "; a public capture in eu-west-1", "2026-09-15"),
    },
    [ASSUME_ALARM_DATA_LAG_CUSTOM_S] = {
        .name = "alarm_data_lag_custom_s", .rules = "ALARM-09",
        .statement = "the same for a metric that the application publishes itself",
        NUMBER("30", "s", 0, 900, "60"),
        BASIS("assumed", "M", STACKD ": at most 32 s", "2026-09-17"),
    },
    [ASSUME_ALARM_DATA_LAG_SQS_S] = {
        .name = "alarm_data_lag_sqs_s", .rules = "ALARM-09",
        .statement = "the same for SQS metrics",
        NUMBER("60", "s", 0, 900, "120"),
        BASIS("assumed", "L", "unmeasured", "2026"),
    },
    [ASSUME_ALARM_DATA_LAG_INSIGHTS_S] = {
        .name = "alarm_data_lag_insights_s", .rules = "ALARM-09",
        .statement = "the same for Container Insights",
        NUMBER("60", "s", 0, 900, "120"),
        BASIS("assumed", "L", "unmeasured", "2026"),
    },
    [ASSUME_ALARM_DATA_LAG_ALB_S] = {
        .name = "alarm_data_lag_alb_s", .rules = "ALARM-09",
        .statement = "the same for load balancer metrics",
        NUMBER("60", "s", 0, 900, "120"),
        BASIS("assumed", "L", "unmeasured", "2026"),
    },
    [ASSUME_ALARM_DATA_LAG_SUBMINUTE_S] = {
        .name = "alarm_data_lag_subminute_s", .rules = "ALARM-09 ALARM-10",
        .statement = "the same for periods below a minute, of metrics other than those of ECS",
        NUMBER("10", "s", 0, 900, ""),
        BASIS("observed", "M", STACKD ": between 8.8 and 10.8 s", "2026-09-17"),
    },
    [ASSUME_ALARM_DATA_LAG_ECS_20S_S] = {
        .name = "alarm_data_lag_ecs_20s_s", .rules = "ALARM-08 TT-08",
        .statement = "the same for the 20-second CPU and memory of ECS",
        NUMBER("11", "s", 0, 900, "20"),
        BASIS("assumed", "M", "AWS announcement: 86 s to the trigger, of which 75 s are periods and evaluation",
              "2026-06-18"),
    },
    [ASSUME_ALARM_PHASE_S] = {
        .name = "alarm_phase_s", .rules = "ALARM-02",
        .statement = "second of the minute at which an alarm is evaluated, fixed for its life; scaled to the 10 s of alarms "
                     "with periods below a minute",
        RANGE("0..60", "s", 0, 60, "0"),
        BASIS("documented", "H", CW_GUIDE "; phases seen in " STACKD " and " RASEL, "2026-09-17"),
    },
    [ASSUME_ALARM_FIRST_EVAL_DELAY_S] = {
        .name = "alarm_first_eval_delay_s", .rules = "ALARM-03",
        .statement = "the first evaluation of an alarm is its first tick at least this long after its creation",
        NUMBER("43", "s", 0, 3600, "0"),
        BASIS("observed", "M", RASEL "; " STACKD ": 43 to 74 s", "2026-09-17"),
    },
    [ASSUME_ALARM_RANGE_EXTRA] = {
        .name = "alarm_range_extra", .rules = "ALARM-11",
        .statement = "periods that an alarm looks at beyond its evaluation periods, for real points in place of missing ones",
        COUNT("2", "periods", 0, 100, "0"),
        BASIS("documented", "M", CW_GUIDE ": 5 periods for 3", "2023"),
    },
    [ASSUME_ALARM_RANGE_EXTRA_SUBMINUTE] = {
        .name = "alarm_range_extra_subminute", .rules = "ALARM-11",
        .statement = "the same for periods below a minute",
        COUNT("6", "periods", 0, 100, "2"),
        BASIS("observed", "M", STACKD ": 9 periods for 3", "2026-09-17"),
    },
    [ASSUME_ALARM_IGNORE_GOOD_POINT] = {
        .name = "alarm_ignore_good_point", .rules = "ALARM-12",
        .statement = "an alarm that ignores missing data and sees too few points, one of them good: OK, or it keeps its state",
        CHOICE("ok retain", "ok", "retain"),
        BASIS("documented", "M", CW_GUIDE ", tables of missing data", "2020-09"),
    },

    /* Application Auto Scaling */
    [ASSUME_TT_HIGH_N] = {
        .name = "tt_high_n", .rules = "TT-05 TT-07",
        .statement = "evaluation periods of target tracking's high alarm",
        COUNT("3", "periods", 1, 1440, ""),
        BASIS("observed", "H", RASEL "; three public Terraform dumps", "2026-09-15"),
    },
    [ASSUME_TT_LOW_N] = {
        .name = "tt_low_n", .rules = "TT-05 TT-07",
        .statement = "evaluation periods of target tracking's low alarm",
        COUNT("15", "periods", 1, 1440, ""),
        BASIS("observed", "H", RASEL "; three public Terraform dumps", "2026-09-15"),
    },
    [ASSUME_TT_LOW_N_20S] = {
        .name = "tt_low_n_20s", .rules = "TT-08",
        .statement = "the same where target tracking follows a metric of 20 s",
        COUNT("30", "periods", 1, 1440, ""),
        BASIS("observed", "M", STACKD, "2026-09-17"),
    },
    [ASSUME_TT_LOW_RATIO] = {
        .name = "tt_low_ratio", .rules = "TT-05 TT-10",
        .statement = "threshold of the low alarm as a share of the target",
        NUMBER("0.9", "", 0, 1, ""),
        BASIS("observed", "H", RASEL "; three public Terraform dumps", "2026-09-15"),
    },
    [ASSUME_TT_AGGREGATE] = {
        .name = "tt_aggregate", .rules = "TT-13",
        .statement = "what enters target tracking's formula: the mean of the alarm's datapoints, or the latest one",
        CHOICE("average latest", "average", "latest"),
        BASIS("assumed", "M", "derived from field cases, which exclude only the maximum", "2026-09-17"),
    },
    [ASSUME_TT_SCALE_IN_MAX_FRACTION] = {
        .name = "tt_scale_in_max_fraction", .rules = "TT-16",
        .statement = "most that target tracking removes in one decision, as a share of the base and at least one task; 0: "
                     "always one, 1: in proportion to the metric",
        NUMBER("0.05", "", 0, 1, "0|1"),
        BASIS("assumed", "L", "four field records; the largest unknown of large services", "2026-03"),
    },
    [ASSUME_TT_FLAP_GUARD] = {
        .name = "tt_flap_guard", .rules = "TT-17",
        .statement = "target tracking removes nothing that would lift the metric above its target",
        SWITCH("on", "off"),
        BASIS("assumed", "M", AAS_GUIDE "; code AutoScalingAnticipatedFlapping", "2023-05"),
    },
    [ASSUME_TT_SCALE_FROM_ZERO_STEP] = {
        .name = "tt_scale_from_zero_step", .rules = "TT-19",
        .statement = "tasks with which target tracking leaves zero",
        COUNT("1", "tasks", 1, 5000, ""),
        BASIS("documented", "M", AAS_GUIDE ": by the minimum amount", "2023-05"),
    },
    [ASSUME_BASE_COUNT] = {
        .name = "base_count", .rules = "AAS-06 PROT-91",
        .statement = "the count from which policies compute: running tasks (protected surplus included), or the desired count",
        CHOICE("running desired", "running", "desired"),
        BASIS("documented", "H", AAS_GUIDE "; aws/containers-roadmap #525", "2023-05"),
    },
    [ASSUME_ACTION_REPEAT_S] = {
        .name = "action_repeat_s", .rules = "AAS-07",
        .statement = "an alarm in ALARM invokes its scaling actions again this often; periods below a minute: six times as "
                     "often; 0: never again",
        NUMBER("60", "s", 0, 3600, "0"),
        BASIS("documented", "H", CW_GUIDE "; captures 360 s apart", "2026-09-17"),
    },
    [ASSUME_ACTION_LATENCY_S] = {
        .name = "action_latency_s", .rules = "AAS-29",
        .statement = "from an alarm's change of state to the start of the scaling activity",
        RANGE("0.15..0.2", "s", 0, 60, "0"),
        BASIS("observed", "H", STACKD "; " RASEL, "2026-09-17"),
    },
    [ASSUME_ACTIVITY_POLL_FIRST_S] = {
        .name = "activity_poll_first_s", .rules = "AAS-33",
        .statement = "from the start of a scaling activity to the first look whether it is fulfilled",
        NUMBER("33", "s", 0.001, 600, ""),
        BASIS("observed", "M", STACKD "; " RASEL ": 31.0 to 35.0 s", "2026-09-17"),
    },
    [ASSUME_ACTIVITY_POLL_S] = {
        .name = "activity_poll_s", .rules = "AAS-33",
        .statement = "time between the later looks",
        NUMBER("32", "s", 0.001, 600, ""),
        BASIS("observed", "M", STACKD "; " RASEL ": ends at 64 to 67 s", "2026-09-17"),
    },
    [ASSUME_ACTIVITY_ENDS] = {
        .name = "activity_ends", .rules = "AAS-37",
        .statement = "a scaling activity ends once the service is steady, or as soon as the desired count is set",
        CHOICE("steady desired_set", "steady", "desired_set"),
        BASIS("assumed", "L", "derived from the lengths of activities in " STACKD " and " RASEL, "2026-09-17"),
    },
    [ASSUME_COOLDOWN_OUT_S] = {
        .name = "cooldown_out_s", .rules = "AAS-15",
        .statement = "scale-out cooldown of target tracking where the policy gives none",
        NUMBER("300", "s", 0, 86400, ""),
        BASIS("documented", "H", "Application Auto Scaling API model", "2023"),
    },
    [ASSUME_COOLDOWN_IN_S] = {
        .name = "cooldown_in_s", .rules = "AAS-15",
        .statement = "scale-in cooldown of target tracking where the policy gives none",
        NUMBER("300", "s", 0, 86400, ""),
        BASIS("documented", "H", "Application Auto Scaling API model", "2023"),
    },
    [ASSUME_COOLDOWN_STEP_S] = {
        .name = "cooldown_step_s", .rules = "AAS-15",
        .statement = "cooldown of step scaling where the policy gives none",
        NUMBER("300", "s", 0, 86400, ""),
        BASIS("documented", "H", "Application Auto Scaling API model", "2023"),
    },
    [ASSUME_COOLDOWN_FROM] = {
        .name = "cooldown_from", .rules = "AAS-16 AAS-20",
        .statement = "a cooldown counts from the end of its scaling activity, or from the start",
        CHOICE("completion start", "completion", "start"),
        BASIS("documented", "H", AAS_GUIDE "; " RASEL "; unmeasured for scale-in", "2026-09-15"),
    },
    [ASSUME_COOLDOWN_CREDIT] = {
        .name = "cooldown_credit", .rules = "AAS-17 STEP-08 STEP-09",
        .statement = "scale-out during a cooldown computes from the tasks that ran before the first one; off: from those "
                     "that run now; subtract: from those that run now, less what the cooldown's scale-outs added",
        CHOICE("on off subtract", "on", "off|subtract"),
        BASIS("assumed", "L", AAS_GUIDE ": the previous scale-out is credited", "2023-05"),
    },
    [ASSUME_IN_PROGRESS_DECIDE] = {
        .name = "in_progress_decide", .rules = "AAS-21",
        .statement = "an alarm's action while an activity is in progress: computed as usual, or left alone until it has ended",
        CHOICE("compute wait", "compute", "wait"),
        BASIS("assumed", "M", STACKD, "2026-09-17"),
    },
    [ASSUME_DEPLOYMENT_BLOCK_SCALE_IN] = {
        .name = "deployment_block_scale_in", .rules = "AAS-22",
        .statement = "auto scaling does not scale in while a deployment of the service is in progress",
        SWITCH("on", "off"),
        BASIS("documented", "H", ECS_GUIDE ": service-auto-scaling", "2023"),
    },
    [ASSUME_NOTSCALED_DEDUP] = {
        .name = "notscaled_dedup", .rules = "AAS-28",
        .statement = "an activity that did not scale is recorded once until something else was recorded",
        SWITCH("on", "off"),
        BASIS("observed", "M", STACKD, "2026-09-17"),
    },
    [ASSUME_SCHEDULE_JITTER_S] = {
        .name = "schedule_jitter_s", .rules = "SCHD-08 SCHD-05",
        .statement = "how late a scheduled action runs; 75 s were seen where fifty were due at once",
        RANGE("0..20", "s", 0, 600, "0|0..75"),
        BASIS("observed", "L", "public captures of scaling activities", "2026"),
    },
    [ASSUME_SCHEDULE_CLAMP_S] = {
        .name = "schedule_clamp_s", .rules = "SCHD-07",
        .statement = "from the new bounds of a scheduled action to the desired count that follows them",
        NUMBER("0.27", "s", 0, 60, "0"),
        BASIS("observed", "M", STACKD, "2026-09-17"),
    },
    [ASSUME_SCHEDULE_COLLISIONS] = {
        .name = "schedule_collisions", .rules = "SCHD-09",
        .statement = "a scheduled action fails while the one before it on the same target has not ended, and is tried again; off: "
                     "it follows at once",
        SWITCH("on", "off"),
        BASIS("assumed", "L", "public captures of scaling activities: 'You already have a pending update'", "2026"),
    },
    [ASSUME_SCHEDULE_RETRY_S] = {
        .name = "schedule_retry_s", .rules = "SCHD-09",
        .statement = "from such a failure to the next try",
        RANGE("0.8..31", "s", 0.001, 600, "0.8"),
        BASIS("observed", "L", "public captures of scaling activities", "2026"),
    },
    [ASSUME_PREDICTIVE_BUFFER_S] = {
        .name = "predictive_buffer_s", .rules = "PRED-03",
        .statement = "how long before its hour a forecast is applied, where scheduling_buffer_time does not say it",
        NUMBER("300", "s", 0, 3600, "0|3600"),
        BASIS("documented", "H", AAS_GUIDE "; Application Auto Scaling API model", "2026-08-07"),
    },

    /* Container instances */
    [ASSUME_EC2_TASK_START_S] = {
        .name = "ec2_task_start_s", .rules = "SCHED-20",
        .statement = "from the placement of a task on an instance that has its image and room for it to RUNNING",
        RANGE("5..10", "s", 0.001, 3600, "7.5"),
        BASIS("assumed", "L", VI22, "2022"),
    },
    [ASSUME_EC2_INSTANCE_COLD_S] = {
        .name = "ec2_instance_cold_s", .rules = "SCHED-20 SCHED-15",
        .statement = "from the decision to launch an instance until it is registered in its cluster, the alarm's delay included",
        RANGE("120..150", "s", 0, 3600, "135"),
        BASIS("assumed", "L", VI22, "2022"),
    },
    [ASSUME_REGISTERED_MEMORY_PERCENT] = {
        .name = "registered_memory_percent", .rules = "PLACE-06",
        .statement = "share of its nominal memory that an instance registers for tasks",
        NUMBER("98.125", "%", 50, 100, "100"),
        BASIS("assumed", "M", ECS_GUIDE ": 3768 of 3840 MiB on a c4.large, 30158 of 30720 on a c4.4xlarge", "2023"),
    },
    [ASSUME_PROVISIONING_LIMIT] = {
        .name = "provisioning_limit", .rules = "SCHED-25",
        .statement = "tasks in PROVISIONING that wait for an instance, per cluster",
        COUNT("500", "tasks", 1, 1000000, "100"),
        BASIS("documented", "H", "AWS General Reference; 100 in 2020", "2026"),
    },
    [ASSUME_CPR_PENDING_BASE] = {
        .name = "cpr_pending_base", .rules = "CAP-19 CAP-09",
        .statement = "to what CapacityProviderReservation adds the instances for unplaced tasks: to all instances, or to "
                     "those that run a task",
        CHOICE("all busy", "all", "busy"),
        BASIS("assumed", "L", ECS_GUIDE ": managed-scaling-behavior", "2026"),
    },
    [ASSUME_CAS_FIRST_LAUNCH] = {
        .name = "cas_first_launch", .rules = "CAP-20 CAP-07",
        .statement = "instances that managed scaling launches where there are none; 0: 200 / targetCapacity, rounded up",
        COUNT("2", "instances", 0, 10000, "0"),
        BASIS("assumed", "L", "notes on AWS's deep dive on cluster auto scaling: always two initially", "2020"),
    },
    [ASSUME_CAS_SCALE_IN_STEP] = {
        .name = "cas_scale_in_step", .rules = "CAP-21 CAP-13",
        .statement = "instances that managed scaling removes in a minute, at least one: just under half of them, or one",
        CHOICE("half one", "half", "one"),
        BASIS("assumed", "M", ECS_GUIDE ": managed-scaling-behavior", "2026"),
    },

    /* Cost */
    [ASSUME_PRICE_BASIS] = {
        .name = "price_basis", .rules = "COST-02",
        .statement = "Fargate prices by the hour, as bills show them, or the rounded ones by the second of AWS's examples",
        CHOICE("hourly per_second", "hourly", "per_second"),
        BASIS("documented", "H", "AWS Fargate pricing page; Price List", "2026-10-09"),
    },
    [ASSUME_BILL_END] = {
        .name = "bill_end", .rules = "COST-04",
        .statement = "billing of a task ends at executionStoppedAt, or at stoppedAt",
        CHOICE("execution_stopped stopped", "execution_stopped", "stopped"),
        BASIS("assumed", "L", "AWS Fargate pricing page: until the task terminates", "2026-10-09"),
    },
    [ASSUME_WINDOWS_PRICE] = {
        .name = "windows_price", .rules = "COST-02",
        .statement = "Windows tasks cost what the example on the pricing page says, or what the Price List does: about two thirds",
        CHOICE("page price_list", "page", "price_list"),
        BASIS("documented", "L", "AWS Fargate pricing page; Price List", "2026-10-09"),
    },
};
