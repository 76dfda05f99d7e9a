#include "model/assumption.h"

#define ECS_GUIDE "Amazon ECS Developer Guide"
#define ECS_API "Amazon ECS API reference"
#define AAS_GUIDE "Application Auto Scaling user guide"
#define CW_GUIDE "CloudWatch user guide"
#define SQS_GUIDE "Amazon SQS developer guide and API"
#define ELB_GUIDE "Elastic Load Balancing user guide"
#define AGENT "aws/amazon-ecs-agent 1.105.1"
#define SAMPLE "aws-containers/ecs-task-protection-examples"
#define STACKD "radkawar/stackd captures of the real service"
#define RASEL "rasel-xs/devops-exam transcript of a Fargate service"
#define PREFLIGHT "badmintoncryer/cdk-preflight, answers of the service"
#define OURS "this project"

#define MODELLED .modelled = true
#define LEFT_OUT .modelled = false

const struct assumption_rule assumption_rules[] = {
    /* Protection */
    { "PROT-01 PROT-02 PROT-03", "tasks are protected and released by UpdateTaskProtection (up to 10) and read by "
      "GetTaskProtection (up to 100)", ECS_API, "2026-08-07", "documented", MODELLED },
    { "PROT-04 PROT-05", "protection lasts 1 to 2880 minutes, 120 unless said; each call counts anew from now",
      ECS_API, "2026-08-07", "documented", MODELLED },
    { "PROT-06 PROT-08 PROT-09", "answers are per task: protected, or MISSING, TASK_NOT_VALID, DEPLOYMENT_BLOCKED",
      ECS_API, "2026", "documented", MODELLED },
    { "PROT-07 PROT-81", "protection ends exactly minutes x 60 s after ECS took the call", AGENT " pull requests #3397 #3411",
      "2022", "observed", MODELLED },
    { "PROT-15", "UpdateService, StopTask and DescribeTasks take tokens from account-wide buckets of their own",
      ECS_API ", request throttling", "2026", "documented", MODELLED },
    { "PROT-17 PROT-18 PROT-60", "a task starts unprotected, a replacement too; no description or metric shows protection",
      ECS_API, "2026-08-07", "documented", MODELLED },
    { "PROT-25 PROT-26 PROT-30", "the agent endpoint answers with the agent's statuses; a refusal of ECS is HTTP 200 with "
      "a failure in it", AGENT " handlers_test.go", "2026-06-29", "documented", MODELLED },
    { "PROT-31 PROT-32 PROT-57", "protection holds against scale-in by auto scaling and by hand, down to 0",
      ECS_GUIDE "; " SAMPLE, "2026", "documented", MODELLED },
    { "PROT-39", "StopTask stops a protected task", SAMPLE " README", "2023-11-10", "documented", MODELLED },
    { "PROT-40", "a container that ends takes its task with it, protected or not; the scheduler replaces it", ECS_API,
      "2026-05-20", "documented", MODELLED },
    { "PROT-51", "stop codes and reasons of scale-in are AWS's", ECS_API, "2026-08-07", "documented", MODELLED },
    { "PROT-52 PROT-87", "whichever reaches ECS first wins: a protection call or the pass that decides to stop the task",
      "N. Peck (AWS) on reddit r/aws", "2022-11", "documented", MODELLED },
    { "PROT-53", "a protected task is not told that ECS wants it gone", "aws/containers-roadmap #256", "2023-10",
      "observed", MODELLED },
    { "PROT-54 PROT-55", "expiry stops nothing; the next pass of the scheduler may", ECS_API "; " SAMPLE, "2023-11-10",
      "documented", MODELLED },
    { "PROT-56 PROT-58 PROT-59", "desired count falls at once, protected surplus keeps running and billing; raising the "
      "desired count ends the block; nothing is launched meanwhile", ECS_GUIDE ": service-event-messages", "2026",
      "documented", MODELLED },
    { "PROT-61", "protection is a filter before the choice of victims", ECS_GUIDE, "2026", "documented", MODELLED },
    { "PROT-80", "clearing protection is never refused", "no source hints at it", "2026", "assumed", MODELLED },
    { "EVENT-31 EVENT-37 PROT-83", "the event 'was unable to scale in due to (reason N tasks under protection)', said once "
      "while its cause lasts", "capture of 2,190 production events", "2026-09-16", "observed", MODELLED },
    { "EVENT-39", "no event tells of protection set, cleared or expired", ECS_GUIDE, "2026", "documented", MODELLED },
    { "PROT-33 DEPLOY-41..48", "protected tasks of an old revision in a rolling deployment", ECS_GUIDE, "2026",
      "documented", LEFT_OUT },
    { "PROT-34 PROT-35 PROT-93", "protection in blue/green, linear and canary deployments", ECS_GUIDE, "2026",
      "documented", LEFT_OUT },
    { "PROT-36", "protection of tasks of a revision that is rolled back", "inference", "2026", "assumed", LEFT_OUT },
    { "PROT-37", "protection against rebalancing of zones", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "PROT-38 PROT-46", "ECS Managed Instances", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "PROT-41 PROT-88", "replacement of unhealthy tasks, protected or not", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "PROT-42..45 PROT-89 PROT-90", "Spot interruptions, host failures, retirement, draining of instances", ECS_GUIDE,
      "2026", "documented", LEFT_OUT },
    { "PROT-47..50", "deletion of services and task sets", ECS_API, "2026-05-20", "documented", LEFT_OUT },
    { "PROT-30", "the rows of the answer table that only a broken set-up produces: no credentials, unknown endpoint",
      AGENT, "2026-06-29", "documented", LEFT_OUT },

    /* Scheduler and the life of tasks */
    { "SCHED-01 SCHED-02 SCHED-03", "states, stop codes and timestamps of a task", ECS_API, "2026", "documented", MODELLED },
    { "SCHED-06 SCHED-07 SCHED-08", "targets are deregistered and the whole deregistration delay passes, then SIGTERM, at most "
      "stopTimeout (30 s, 2 to 120), SIGKILL", ECS_API "; " ELB_GUIDE, "2026", "documented", MODELLED },
    { "SCHED-11 SCHED-12", "StopTask and Spot interruptions do not wait for the deregistration", AGENT " issue #2316; "
      ECS_GUIDE, "2019", "observed", MODELLED },
    { "SCHED-20", "a task is registered in its target groups by the pass that follows its start, and deregistered by the one "
      "that follows the decision to stop it (EVENT-18)", "public captures of deployments", "2026-10-09", "assumed", MODELLED },
    { "SCHED-19", "a service is steady although tasks are still stopping", "public captures of deployments", "2026-10-09",
      "assumed", MODELLED },
    { "SCHED-27 SCHED-36", "a task that ran and died is replaced without back-off", ECS_GUIDE, "2026", "documented", MODELLED },
    { "SCHED-29", "at most 5000 tasks in a service", "AWS General Reference", "2026", "documented", MODELLED },
    { "SCHED-48", "tasks that do not run yet are stopped first", "capture of 2,190 production events", "2026-09-16",
      "observed", MODELLED },
    { "PLACE-04 SCHED-46", "tasks are spread over the zones of a service, best effort", ECS_GUIDE, "2026", "documented",
      MODELLED },
    { "EVENT-01..06", "service events have ECS's texts, with the target group's name for its ARN",
      "capture of 2,190 production events",
      "2026-09-16", "observed", MODELLED },
    { "OWN-01", "a service is created empty at its time and starts its tasks in the ordinary way; its alarms exist from "
      "then on", OURS, "2026", "assumed", MODELLED },
    { "OWN-02", "the size of a task does not speed up its work: a second of work takes a second on 256 and on 4096 "
      "CPU units", OURS, "2026", "assumed", LEFT_OUT },
    { "DEPLOY-01..17", "rolling deployments: bounds, order, revisions side by side; a new revision", ECS_GUIDE, "2026",
      "documented", LEFT_OUT },
    { "DEPLOY-18..24", "circuit breaker, alarms and rollback of deployments", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "DEPLOY-25..31", "blue/green, linear and canary deployments, CodeDeploy", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "DEPLOY-07", "daemon services", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "SCHED-09 SCHED-10 SCHED-33..35", "health checks of containers and replacement of unhealthy tasks", ECS_GUIDE, "2026",
      "documented", LEFT_OUT },
    { "SCHED-22..25", "launch rates and quotas of Fargate", "AWS General Reference", "2026", "documented", LEFT_OUT },
    { "SCHED-26 SCHED-28", "back-off after tasks that never reach RUNNING: in this model every task does", ECS_GUIDE, "2026",
      "documented", LEFT_OUT },
    { "SCHED-39..43", "rebalancing of zones", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "SCHED-44 SCHED-45 PLACE-01..06", "placement and victims on EC2 instances", ECS_API, "2026", "documented", LEFT_OUT },
    { "CAP-01..05", "mixed capacity provider strategies, scarcity and interruption of Spot: Spot tasks only cost less",
      ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "CAP-06..21", "Auto Scaling group capacity providers", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "EVENT-07..17", "the other service events", ECS_GUIDE, "2026", "documented", LEFT_OUT },

    /* Queues, load balancers, metrics */
    { "SQS-01 SQS-02", "visibility timeouts of 0 to 12 h count from the call; 12 h from the receive is the most", SQS_GUIDE,
      "2026", "documented", MODELLED },
    { "SQS-03", "long polls of 0 to 20 s; one message per receive", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-05", "delay of 0 to 15 min, retention of 1 min to 14 days", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-08", "the oldest age as CloudWatch shows it leaves out messages received three times and more", SQS_GUIDE, "2026",
      "documented", MODELLED },
    { "SQS-10", "a message that becomes visible again queues behind those visible", OURS, "2026", "assumed", MODELLED },
    { "OWN-03", "a delete and a change of visibility take effect when called; their time is added to the caller's next wait",
      OURS, "2026", "assumed", MODELLED },
    { "OWN-04", "a call in flight from a container that is killed dies with it", OURS, "2026", "assumed", MODELLED },
    { "SQS-03 SQS-09", "short polls that miss messages, approximate counts: ours are exact", SQS_GUIDE, "2026", "documented",
      LEFT_OUT },
    { "SQS-04", "limits on messages in flight", SQS_GUIDE, "2026", "documented", LEFT_OUT },
    { "SQS-06", "dead-letter queues", SQS_GUIDE, "2026", "documented", LEFT_OUT },
    { "SQS-07", "FIFO queues, message groups, duplicates that SQS itself delivers", SQS_GUIDE, "2026", "documented", LEFT_OUT },
    { "ALB-01 ALB-09", "a deregistered target gets nothing new; what is still open after the delay is cut", ELB_GUIDE, "2026",
      "documented", MODELLED },
    { "ALB-03", "round robin and least outstanding requests; weighted random without weights; of equals the one whose turn it is",
      ELB_GUIDE, "2026", "documented", MODELLED },
    { "ALB-08", "502 where the task dies, 503 without a target, 504 after the idle time-out; the task goes on working", ELB_GUIDE,
      "2026", "documented", MODELLED },
    { "ALB-02 ALB-05 ALB-06 ALB-07", "health checks, slow start, fail-open: a registered target whose program runs is healthy until "
      "its container ends", ELB_GUIDE, "2026", "documented", LEFT_OUT },
    { "ALB-04 ALB-10 ALB-12 SCHED-13", "sessions and network load balancers", ELB_GUIDE, "2026", "documented", LEFT_OUT },
    { "METRIC-01 METRIC-02 METRIC-03 CW-01 CW-02", "CPU and memory of a service, by the minute: mean over tasks, a new "
      "task's first sample is 0", ECS_GUIDE, "2026", "documented", MODELLED },
    { "METRIC-04 CW-04", "without running tasks there is no datapoint", ECS_GUIDE, "2023", "documented", MODELLED },
    { "METRIC-05 METRIC-08", "work beyond a task's CPU is shared out and takes longer; use is never above 100 %", OURS, "2026",
      "assumed", MODELLED },
    { "CW-08", "SQS metrics: one sample at the end of each minute, exact", SQS_GUIDE, "2023", "documented", MODELLED },
    { "CW-10 METRIC-07", "counts of Container Insights by the minute, CPU units and MiB used and reserved by the running "
      "tasks; there are no task sets", CW_GUIDE, "2026-04", "documented", MODELLED },
    { "CW-07", "LiveTaskCount: named in a capture, described nowhere", STACKD, "2026-09-17", "observed", LEFT_OUT },
    { "BACKLOG-01..04", "backlog per task by metric math; no datapoint where it divides by 0", AAS_GUIDE, "2023-05",
      "documented", MODELLED },
    { "METRIC-03 CW-03 TT-08 TT-23", "services may report CPU and memory every 20 s, a sample per task; target tracking "
      "follows them with alarms of 3 and 30 periods", ECS_GUIDE, "2026", "documented", MODELLED },
    { "METRIC-06", "reservation and use of clusters", ECS_GUIDE, "2023", "documented", LEFT_OUT },
    { "CW-09", "load balancer metrics of a target group; all but RequestCountPerTarget and the host counts come with traffic only",
      ELB_GUIDE, "2023", "documented", MODELLED },

    /* Alarms and auto scaling */
    { "ALARM-01 ALARM-04 ALARM-05", "alarms begin as INSUFFICIENT_DATA, use datapoints older than themselves, span at most "
      "a day (7 days for periods of an hour)", CW_GUIDE, "2023", "documented", MODELLED },
    { "ALARM-06 ALARM-12", "M out of N datapoints under all four ways to treat missing ones", CW_GUIDE, "2023", "observed",
      MODELLED },
    { "ALARM-13", "reason texts of alarms", STACKD, "2026-09-17", "observed", MODELLED },
    { "ALARM-07", "percentile alarms may ignore few samples: the state stays while one of the datapoints that would count "
      "has fewer than 10 / (1 - p), or 10 / p below the median", CW_GUIDE, "2023", "documented", MODELLED },
    { "OWN-20", "percentiles are within 0.8 %, and exact among equal values; ECS's are over the means of tasks", OURS,
      "2026", "assumed", MODELLED },
    { "OWN-21", "metric math: FILL with LINEAR or REPEAT and RATE look back three hours at most; the newest gap stays open "
      "under LINEAR", OURS, "2026", "assumed", MODELLED },
    { "OWN-23", "metrics of several periods in one query: its period is the longest, which the others divide; a shorter one counts "
      "with the datapoint of the same timestamp", OURS, "2026", "assumed", MODELLED },
    { "OWN-22", "a recorded series takes the place of a metric, with delays of its own; an alarm's phase may be fixed", OURS,
      "2026", "assumed", MODELLED },
    { "AAS-01 AAS-02 AAS-09", "scalable targets with bounds that clamp at once; quotas", AAS_GUIDE, "2023-05", "documented",
      MODELLED },
    { "CW-05 AAS-05 AAS-06", "custom policies, which AWS does not have: a rule of the scenario's own is asked with the base count "
      "and the newest datapoints that GetMetricData shows, not while one of them has none", OURS, "2026", "assumed", MODELLED },
    { "AAS-03 AAS-04 AAS-05", "capacity outside the bounds; missing data never scales", AAS_GUIDE, "2023-05", "documented",
      MODELLED },
    { "AAS-08", "policies see what the alarm saw, not metrics", STACKD, "2026-09-17", "observed", MODELLED },
    { "AAS-10 AAS-11 AAS-12 AAS-14", "several policies: the largest capacity wins; tracking scales in only if all tracking "
      "policies agree", AAS_GUIDE, "2023-05", "documented", MODELLED },
    { "AAS-18", "a scale-in cooldown holds back scale-in only; a scale-out ends it", AAS_GUIDE, "2023-05", "documented",
      MODELLED },
    { "AAS-24 AAS-25", "desired counts set by hand, suspended scaling", AAS_GUIDE, "2023-05", "documented", MODELLED },
    { "AAS-26 AAS-27 AAS-28", "activities and not-scaled reasons have AWS's texts and codes", STACKD, "2026-09-17", "observed",
      MODELLED },
    { "OWN-24 AAS-03 AAS-04 AAS-10 AAS-17 AAS-18 AAS-21 AAS-22 AAS-25 AAS-28 TT-17", "the order of checks in one decision: "
      "suspended; an activity to wait for; in: other tracking policies, a deployment; at the bound; in: its cooldown, out: "
      "credit; formula, bounds, direction; anticipated flapping; already at desired; act", OURS "; " AAS_GUIDE "; " STACKD,
      "2026-09-17", "assumed", MODELLED },
    { "AAS-13", "each tracking policy of a target has a metric of its own", ECS_GUIDE, "2023", "documented", MODELLED },
    { "AAS-19 AAS-30", "actions repeat by the minute, so that a cooldown of k minutes holds for k + 1; UpdateService goes with the "
      "activity's start", STACKD, "2026-09-17", "observed", MODELLED },
    { "AAS-23", "the running count of a rolling deployment holds old and new tasks", "aws/containers-roadmap #525", "2021",
      "observed", LEFT_OUT },
    { "OWN-25 STEP-03 STEP-06 TT-22 TT-24 TT-25 TT-26 ALARM-05 SCHD-01 PRED-04 PRED-06", "malformed policies, alarms and schedules "
      "are refused, in AWS's words where they are known", PREFLIGHT "; hashicorp/terraform-provider-aws #4812 #9077 #29894",
      "2026-09", "observed", MODELLED },
    { "AAS-36", "code of a scale-in that a deployment blocks: TargetServicePutResourceAsUnscalable", STACKD, "2026-09-17",
      "assumed", MODELLED },
    { "TT-04 TT-09 TT-11 TT-12", "target tracking: two alarms (one without scale-in), ceil(base x metric / target), no "
      "tolerance band", RASEL, "2026-09-15", "observed", MODELLED },
    { "TT-14 TT-15 TT-18 TT-20", "a saturated service grows by at most 100 / target in one decision; scale-in is more gradual; a "
      "service without tasks has no CPU to track, while a metric of true zeros scales in to 0", AAS_GUIDE, "2023-05",
      "documented", MODELLED },
    { "TT-21 TT-24 TT-25 TT-26", "ECS's five predefined metric types; customised metrics of a minute, also by metric math; target "
      "values above 0 and up to 2^360", "Application Auto Scaling API model", "2026-08-07", "documented", MODELLED },
    { "TT-10", "the managed alarms of DynamoDB, EC2 groups and capacity providers", STACKD, "2026-09-17", "observed", LEFT_OUT },
    { "STEP-01..07 STEP-10", "step scaling: offsets, adjustment types, percentages, minimum magnitude", AAS_GUIDE, "2023-05",
      "documented", MODELLED },
    { "AAS-34", "activities that end as Unfulfilled or Failed for lack of capacity", STACKD, "2026-09-17", "observed", LEFT_OUT },
    { "TT-06 TT-22", "tracking of requests per target; the label may be left out where a service has one target group", AAS_GUIDE,
      "2023-05", "documented", MODELLED },
    { "TT-01 TT-03", "managed alarms have names with a uuid each, and are made anew when their policy is put again", RASEL,
      "2026-09-15", "observed", MODELLED },
    { "TT-02", "descriptions and action ARNs of managed alarms", RASEL, "2026-09-15", "observed", LEFT_OUT },
    { "SCHD-01", "at(), rate() and cron() to the minute, in UTC or a zone of the system's IANA database; a time that clocks "
      "jump over is lost, one that they show twice counts once, as in EventBridge Scheduler", AAS_GUIDE, "2026", "documented",
      MODELLED },
    { "SCHD-02 SCHD-03 SCHD-04", "scheduled actions change the bounds, whose end restores nothing; what recurs also runs at its "
      "start time", AAS_GUIDE, "2023-05", "documented", MODELLED },
    { "SCHD-05 SCHD-06 SCHD-07", "order within a target, loss while suspended, no regard for cooldowns, one activity for the "
      "bounds and one for the desired count", AAS_GUIDE "; " STACKD, "2026-09-17", "documented", MODELLED },
    { "SCHD-10", "a scheduled bound that contradicts the other one fails, and the occurrence is spent", STACKD, "2026-09",
      "assumed", MODELLED },
    { "PRED-02 PRED-03 PRED-05", "a forecast in force raises the floor, by the hour and ahead of it; it never scales in, and "
      "the largest capacity wins", AAS_GUIDE, "2026", "documented", MODELLED },
    { "PRED-04", "a forecast stops at the maximum, or lifts it to the forecast and a share more, rounded up", AAS_GUIDE, "2026",
      "documented", MODELLED },
    { "PRED-07", "the forecast is the scenario's: an hour's capacity is that of its start, rounded up; the hour under way at "
      "the policy's creation applies at once", OURS, "2026", "assumed", MODELLED },
    { "PRED-06", "one metric specification per policy, a pair or a scaling and a load metric: checked, and nothing is fitted to it",
      AAS_GUIDE "; " PREFLIGHT, "2026-09", "documented", MODELLED },
    { "PRED-01", "how AWS fits a forecast: 24 h to 14 days of metrics, 48 h ahead, anew every 6 h", AAS_GUIDE, "2026", "documented",
      LEFT_OUT },

    /* Cost */
    { "COST-01", "a task is billed from the start of its image pull, by the second, at least a minute", "AWS Fargate pricing "
      "page", "2026-10-09", "documented", MODELLED },
    { "COST-02", "prices of us-east-1: Linux on x86 and ARM, on demand and Spot, storage beyond 20 GB; Spot storage at the "
      "on-demand price", "AWS Fargate pricing page; Price List; a Spot price feed", "2026-10-09", "documented", MODELLED },
    { "COST-03", "sizes of tasks that Fargate sells", "AWS Fargate pricing page", "2026-10-09", "documented", MODELLED },
    { "COST-11", "SQS requests, empty receives included, without the free million", "third-party price guides", "2026-06",
      "observed", MODELLED },
    { "COST-12 COST-13", "alarms and custom metrics by the hour, a month being 730 h; no free tier, no volume discount",
      "AWS CloudWatch pricing page", "2026-09-22", "documented", MODELLED },
    { "COST-01 COST-02", "Windows tasks: the sources contradict each other", "AWS Fargate pricing page; Price List", "2026-10-09",
      "documented", LEFT_OUT },
    { "COST-07 COST-08", "a load balancer per target group: begun hours, and capacity units by new and by open connections; each "
      "request is a connection of its own, bytes and rules cost nothing", "AWS Elastic Load Balancing pricing page", "2026-10-01",
      "documented", MODELLED },
    { "COST-05 COST-06 COST-09 COST-10", "EC2 instances, public addresses, NAT gateways", "AWS pricing pages", "2026-10-09",
      "documented", LEFT_OUT },
    { "COST-13", "logs and data transfer", "AWS CloudWatch pricing page", "2026-09-22", "documented", LEFT_OUT },
};

const size_t assumption_rule_count = sizeof assumption_rules / sizeof assumption_rules[0];
