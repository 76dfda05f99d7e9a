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
      "documented", MODELLED },
    { "PROT-34 PROT-35 PROT-93", "protection in blue/green, linear and canary deployments", ECS_GUIDE, "2026",
      "documented", MODELLED },
    { "PROT-36", "protection of tasks of a revision that is rolled back", "inference", "2026", "assumed", MODELLED },
    { "PROT-37 EVENT-35", "rebalancing of zones stops where protection holds the fuller ones, and says so", ECS_GUIDE, "2026",
      "documented", MODELLED },
    { "PROT-38 PROT-46", "ECS Managed Instances", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "PROT-41 PROT-88", "replacement of unhealthy tasks, protected or not", ECS_GUIDE, "2026", "documented", MODELLED },
    { "PROT-42 CAP-05", "a Spot interruption stops protected tasks too: SIGTERM at once, SIGKILL after the stop timeout, 120 s at "
      "most", ECS_GUIDE, "2026", "documented", MODELLED },
    { "PROT-43", "a host that fails, or a zone, takes its tasks at once and without SIGTERM; the stop code is "
      "InfrastructureHealth, which the API model does not list, the text is ours", ECS_API, "2026", "documented", MODELLED },
    { "PROT-44 PROT-45", "retirement and draining are not among what protection guards against", ECS_GUIDE
      ": task-maintenance, container-instance-draining", "2026", "documented", MODELLED },
    { "PROT-47 PROT-48", "DeleteService is refused while tasks are desired or run; with force it stops them, protected or not; "
      "auto scaling leaves a deleted service alone", ECS_API, "2026-05-20", "documented", MODELLED },
    { "PROT-49", "a task set that is deleted keeps its protected tasks until protection ends, as in scale-in", OURS, "2026",
      "assumed", MODELLED },
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
    { "SCHED-26 SCHED-28", "tasks of a deployment that fail before they are RUNNING make its starts pause, longer each time; "
      "those started together count once for the length; a task that runs, or a new deployment, ends it", ECS_GUIDE
      ", service throttle logic; the curve is assumed", "2026", "documented", MODELLED },
    { "SCHED-21", "a task whose image cannot be pulled ends as TaskFailedToStart, cause crash, billed for a minute",
      "fujiwara/tracer README", "2021-12-03", "observed", MODELLED },
    { "SCHED-29", "at most 5000 tasks in a service", "AWS General Reference", "2026", "documented", MODELLED },
    { "SCHED-48", "tasks that do not run yet are stopped first", "capture of 2,190 production events", "2026-09-16",
      "observed", MODELLED },
    { "PLACE-04 SCHED-46", "tasks are spread over the zones of a service, on each capacity provider by itself, best effort: a "
      "zone without capacity is passed over", ECS_GUIDE, "2026", "documented", MODELLED },
    { "CAP-01 CAP-02", "capacity provider strategies of FARGATE and FARGATE_SPOT: one base, weights, at least one above 0, "
      "each provider once", ECS_API, "2026-05-20", "documented", MODELLED },
    { "CAP-03", "what one capacity provider lacks falls to no other: it is asked again each pass", ECS_GUIDE, "2026",
      "documented", MODELLED },
    { "CAP-04", "the next task goes to the provider with the least (tasks - base) / weight, of equals the first; scale-in takes "
      "from the one with the most, of equals the last, and first of all from one that the strategy gives no weight; each "
      "revision is split by itself", "no public source found", "2026", "assumed", MODELLED },
    { "EVENT-09 EVENT-10 EVENT-12 EVENT-13 EVENT-19", "what keeps tasks from starting is told when it begins, and again after six "
      "hours", ECS_GUIDE ": service-event-messages-list", "2026", "documented", MODELLED },
    { "EVENT-01..06", "service events have ECS's texts, with the target group's name for its ARN",
      "capture of 2,190 production events",
      "2026-09-16", "observed", MODELLED },
    { "OWN-01", "a service is created empty at its time and starts its tasks in the ordinary way; its alarms exist from "
      "then on", OURS, "2026", "assumed", MODELLED },
    { "OWN-05", "whom a disruption hits: each task of a service has a lot of its own for the n-th disruption of a cause, and those "
      "with the lowest lots are hit, or each in its own time where a rate is given", OURS, "2026", "assumed", MODELLED },
    { "OWN-06", "a standalone task that retires is stopped at once; nobody looks at its health", OURS, "2026", "assumed", MODELLED },
    { "OWN-70", "requests of a load with aggregate_above come in cohorts while its rate is higher: they take what requests took "
      "in a pilot of the fleet at that load", OURS, "2026", "assumed", MODELLED },
    { "OWN-02", "the size of a task does not speed up its work: a second of work takes a second on 256 and on 4096 "
      "CPU units", OURS, "2026", "assumed", LEFT_OUT },
    { "DEPLOY-01 DEPLOY-02 DEPLOY-05 DEPLOY-06 DEPLOY-08..10 DEPLOY-13..15", "rolling deployments: bounds, order, what starts "
      "one, what completes it; only a new task definition or force begins one", ECS_GUIDE, "2026", "documented", MODELLED },
    { "DEPLOY-16", "task sets of external deployment controllers: each has its share of the desired count, rounded up; all stand "
      "behind the target groups of their service", ECS_API, "2026", "documented", MODELLED },
    { "DEPLOY-18..24", "circuit breaker, alarms, bake time and rollback of deployments", ECS_GUIDE, "2026", "documented",
      MODELLED },
    { "DEPLOY-25..31", "blue/green, linear and canary deployments, CodeDeploy's predefined steps; hooks take no time, and a "
      "stage fails after a day but for the clean-up, which waits for protected tasks", ECS_GUIDE, "2026", "documented",
      MODELLED },
    { "DEPLOY-07", "a daemon service: one task on each ACTIVE instance that fits, first to start, last to stop, with room kept "
      "for it; a new revision stops the old task on an instance before it starts its own", ECS_GUIDE, "2026", "documented",
      MODELLED },
    { "SCHED-09 SCHED-10", "container health checks: interval, retries, start period; a program answers at once, so their "
      "timeout changes nothing; in the grace period unhealthy tasks stay, unless too many run", ECS_API, "2026", "documented",
      MODELLED },
    { "SCHED-33 SCHED-34 SCHED-35", "an unhealthy task is replaced first, within maximumPercent, and then one of the two goes; "
      "without room one at a time makes it; after a recovery any surplus goes", ECS_GUIDE, "2026", "documented", MODELLED },
    { "SCHED-37 SCHED-38", "what retires or drains is replaced first, or, without room, as many go as minimumHealthyPercent "
      "spares: at 100 and 100 none ever; what drains and does not run yet is stopped at once", ECS_GUIDE, "2026", "documented",
      MODELLED },
    { "SCHED-24", "RunTask: 20 calls a second, 10 tasks a call; what finds no capacity is a failure and is not tried again, but "
      "on a capacity provider of instances it waits for room", ECS_GUIDE ": throttling", "2026", "documented", MODELLED },
    { "SCHED-39 SCHED-40 SCHED-41 SCHED-42 EVENT-17", "rebalancing of zones in steady services: one more task in the emptiest, "
      "one fewer in the fullest once it is healthy; each capacity provider by itself; stopped by protection and deployments",
      ECS_GUIDE, "2026", "documented", MODELLED },
    { "SCHED-14", "on an instance a STOPPING task takes no CPU and memory any more for the scheduler; the agent starts the next "
      "one when its container has ended", "AWS What's New, 2023-07", "2023-07", "documented", MODELLED },
    { "SCHED-44 SCHED-45", "tasks on instances: the one whose stop leaves the best result by the service's placement strategies, "
      "by default in the zone, then on the instance with most tasks; of equals one at random", ECS_API, "2026", "documented",
      MODELLED },
    { "PLACE-01 PLACE-02 PLACE-03 PLACE-05 PLACE-06", "placement on instances: room for CPU, memory and network interfaces; "
      "distinctInstance and memberOf bind, strategies in their order do their best; of equals one at random", ECS_GUIDE, "2026",
      "documented", MODELLED },
    { "PLACE-01 PLACE-05", "ports, GPUs, network interface trunking", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "CAP-06..16 CAP-19..21", "Auto Scaling group capacity providers: CapacityProviderReservation by the minute, managed scaling, "
      "managed termination protection, managed draining for 48 h at most; of unplaced tasks with different requirements the "
      "largest group decides", ECS_GUIDE ": managed-scaling-behavior, managed-instance-draining", "2026", "documented",
      MODELLED },
    { "CAP-17 PROT-50", "a task of no daemon keeps its instance from scale-in under managed termination protection", ECS_GUIDE,
      "2023", "documented", MODELLED },
    { "CAP-02", "services that change between Fargate and container instances", ECS_API, "2026-05-20", "documented", LEFT_OUT },
    { "CAP-18", "ECS Managed Instances", ECS_GUIDE, "2026", "documented", LEFT_OUT },
    { "OWN-30", "an Auto Scaling group launches in its emptiest zone and lets go by EC2's default termination policy: the fullest "
      "zone, the instance nearest to its next full hour, the oldest", OURS, "2026", "assumed", MODELLED },
    { "OWN-31", "an instance has the image of every task definition that it has run; its agent reports the end of a container at "
      "once", OURS, "2026", "assumed", MODELLED },
    { "EVENT-08 EVENT-11", "no instance meets a task's requirements, and which comes closest; too many tasks in PROVISIONING; no "
      "instance in a capacity provider that will have none", ECS_GUIDE ": service-event-messages-list", "2026", "documented",
      MODELLED },
    { "EVENT-15", "a deployment with a circuit breaker tells how many tasks found no capacity beside those that did", ECS_GUIDE
      ": service-event-messages-list", "2026", "documented", MODELLED },
    { "EVENT-16", "the events of task sets", ECS_GUIDE, "2026", "documented", LEFT_OUT },

    /* Queues, load balancers, metrics */
    { "SQS-01 SQS-02", "visibility timeouts of 0 to 12 h count from the call; 12 h from the receive is the most", SQS_GUIDE,
      "2026", "documented", MODELLED },
    { "SQS-03", "long polls of 0 to 20 s; batches of up to ten messages, each one request", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-04", "120,000 messages in flight: beyond them a short poll of a standard queue answers OverLimit, every other poll finds "
      "nothing", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-05", "delay of 0 to 15 min, retention of 1 min to 14 days", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-06", "a message that has been received as often as allowed goes to the dead-letter queue with the next receive; a standard "
      "queue keeps its time of enqueue, a FIFO queue sets a new one", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-06", "a dead letter is visible at once, with the whole work of its job, and no job any more: its job has failed, and with "
      "it what checkpoints held", OURS, "2026", "assumed", MODELLED },
    { "SQS-07", "FIFO queues: order within a group, nothing of a group while another message of it is in flight, as much of one group "
      "as goes into one receive, ids that repeat within five minutes dropped", SQS_GUIDE, "2026", "documented", MODELLED },
    { "OWN-60", "a FIFO queue takes no receipt whose visibility timeout has passed: the delete succeeds without effect", OURS, "2026",
      "assumed", MODELLED },
    { "OWN-61", "of the groups of a FIFO queue the one comes next from which something could be received for longest", OURS, "2026",
      "assumed", MODELLED },
    { "OWN-62", "with content_based_deduplication the bodies of all messages differ", OURS, "2026", "assumed", MODELLED },
    { "SQS-08", "the oldest age as CloudWatch shows it leaves out messages of a standard queue received three times and more; of a "
      "dead letter it counts from the move", SQS_GUIDE, "2026", "documented", MODELLED },
    { "SQS-10", "a message that becomes visible again queues behind those visible", OURS, "2026", "assumed", MODELLED },
    { "OWN-03", "a delete and a change of visibility take effect when called; their time is added to the caller's next wait",
      OURS, "2026", "assumed", MODELLED },
    { "OWN-04", "a call in flight from a container that is killed dies with it", OURS, "2026", "assumed", MODELLED },
    { "SQS-03 SQS-09", "short polls that miss messages, approximate counts: ours are exact; changes of attributes, which take up to a "
      "minute", SQS_GUIDE, "2026", "documented", LEFT_OUT },
    { "SQS-07", "duplicates that SQS itself delivers; throughput limits of FIFO queues, deduplication by group; groups in standard "
      "queues (fair queues)", SQS_GUIDE, "2026", "documented", LEFT_OUT },
    { "ALB-01 ALB-09", "a deregistered target gets nothing new; what is still open after the delay is cut", ELB_GUIDE, "2026",
      "documented", MODELLED },
    { "ALB-03", "round robin and least outstanding requests; weighted random without weights; of equals the one picked longest "
      "ago; cookies bind the clients that come back", ELB_GUIDE, "2026", "documented", MODELLED },
    { "ALB-05", "slow start: a target that becomes healthy gets a share that grows linearly, unless no other target of full share "
      "was registered before it", ELB_GUIDE, "2026", "documented", MODELLED },
    { "ALB-08", "clients keep their connection until the idle time-out, or, once it is older than the client keep-alive, to the "
      "next answer; the balancer's cookie is renewed with each answer, the program's set once", ELB_GUIDE, "2026", "documented",
      MODELLED },
    { "ALB-11", "targets are initial, healthy, unhealthy or draining; unused, unavailable and unhealthy.draining ones are not there",
      ELB_GUIDE, "2026", "documented", MODELLED },
    { "ALB-08", "502 where the task dies, 503 without a target, 504 after the idle time-out; the task goes on working", ELB_GUIDE,
      "2026", "documented", MODELLED },
    { "ALB-02 EVENT-14", "targets are checked from their registration on, and fail while their program starts up; so many "
      "failures in a row take a target out, so many passes bring it back", ELB_GUIDE, "2026", "documented", MODELLED },
    { "ALB-02", "the time-out of a check, 5 s or 6 s by different texts: it has to be shorter than the interval, and no program is "
      "slow to answer", ELB_GUIDE, "2026", "documented", LEFT_OUT },
    { "ALB-10 ALB-12", "a session is one outstanding request as long as it lasts, and never moves to another target", OURS, "2026",
      "assumed", MODELLED },
    { "ALB-08", "an open session never idles: no idle time-out closes it", OURS, "2026", "assumed", MODELLED },
    { "SCHED-13", "network load balancers", ELB_GUIDE, "2026", "documented", LEFT_OUT },
    { "METRIC-01 METRIC-02 METRIC-03 CW-01 CW-02", "CPU and memory of a service, by the minute: mean over tasks, a new "
      "task's first sample is 0", ECS_GUIDE, "2026", "documented", MODELLED },
    { "METRIC-04 CW-04", "without running tasks there is no datapoint", ECS_GUIDE, "2023", "documented", MODELLED },
    { "METRIC-05 METRIC-08", "work beyond a task's CPU is shared out and takes longer; use is above 100 % only where containers on an "
      "instance have a CPU and their task has none: these share what no task has reserved", OURS, "2026",
      "assumed", MODELLED },
    { "CW-08", "SQS metrics: one sample at the end of each minute, exact", SQS_GUIDE, "2023", "documented", MODELLED },
    { "CW-10 METRIC-07", "counts of Container Insights by the minute, CPU units and MiB used and reserved by the running "
      "tasks; there are no task sets", CW_GUIDE, "2026-04", "documented", MODELLED },
    { "CW-07", "LiveTaskCount: named in a capture, described nowhere", STACKD, "2026-09-17", "observed", LEFT_OUT },
    { "BACKLOG-01..04", "backlog per task by metric math; no datapoint where it divides by 0", AAS_GUIDE, "2023-05",
      "documented", MODELLED },
    { "METRIC-03 CW-03 TT-08 TT-23", "services may report CPU and memory every 20 s, a sample per task; target tracking "
      "follows them with alarms of 3 and 30 periods", ECS_GUIDE, "2026", "documented", MODELLED },
    { "METRIC-06", "reservation and use of clusters with instances: of what ACTIVE and DRAINING ones have registered, not "
      "truncated", ECS_GUIDE, "2023", "documented", MODELLED },
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
    { "COST-11", "SQS requests to standard and FIFO queues, a batch being one, empty receives included, without the free million", "third-party price guides", "2026-06",
      "observed", MODELLED },
    { "COST-12 COST-13", "alarms and custom metrics by the hour, a month being 730 h; no free tier, no volume discount",
      "AWS CloudWatch pricing page", "2026-09-22", "documented", MODELLED },
    { "COST-01 COST-02", "Windows tasks on Fargate: a minimum of five minutes, prices with the licence, sizes of 1, 2 and 4 vCPU, "
      "on x86 and on demand only", "AWS Fargate pricing page; Price List; " ECS_GUIDE, "2026-10-09", "documented", MODELLED },
    { "COST-07 COST-08", "a load balancer per target group: begun hours, and capacity units by the dearest of new connections, open "
      "ones, bytes and evaluated rules in each hour", "AWS Elastic Load Balancing pricing page", "2026-10-01", "documented",
      MODELLED },
    { "COST-05 COST-06", "EC2 instances by the second from their launch, at least a minute; a task's share is 9 for a vCPU and 1 "
      "for a GiB, the ratio of split cost allocation, and what no task takes is idle", "AWS pricing pages", "2026-10-08",
      "documented", MODELLED },
    { "COST-05 COST-09 COST-10", "volumes, public addresses, NAT gateways", "AWS pricing pages", "2026-10-09", "documented",
      LEFT_OUT },
    { "COST-13", "logs and data transfer", "AWS CloudWatch pricing page", "2026-09-22", "documented", LEFT_OUT },
};

const size_t assumption_rule_count = sizeof assumption_rules / sizeof assumption_rules[0];
