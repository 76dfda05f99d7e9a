#include "scheduler_script.h"

#include <stdarg.h>
#include <stdlib.h>

#include "engine/rng.h"

struct draft {
    struct script *script;
    struct rng rng;
    int revisions;
    int early_percent;            /* of early_success_criteria; 0: none */
    bool has_target_group, has_container_checks;
    bool is_slow;                 /* start-up may take a minute */
    bool is_on_instances;         /* of EC2 */
    long long now_s;              /* of the last operation */
};

/* ---- pieces ------------------------------------------------------------------------------------------------- */

static void write_piece(struct draft *draft, bool is_optional, const char *format, va_list arguments)
{
    struct script *script = draft->script;
    struct script_piece *piece = &script->pieces[script->count++];
    if (script->count > PIECES_MAX || vsnprintf(piece->text, PIECE_SIZE, format, arguments) >= PIECE_SIZE) {
        fprintf(stderr, "a script outgrew its room\n");
        exit(99);
    }
    piece->is_optional = is_optional;
    piece->is_dropped = false;
}

static void need(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void option(struct draft *draft, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void need(struct draft *draft, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_piece(draft, false, format, arguments);
    va_end(arguments);
}

static void option(struct draft *draft, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_piece(draft, true, format, arguments);
    va_end(arguments);
}

void script_write(const struct script *script, FILE *file)
{
    fprintf(file, "-- ecsim run FILE --seed %llu\n", (unsigned long long)script->seed);
    for (int i = 0; i < script->count; i++) {
        if (!script->pieces[i].is_dropped) {
            fputs(script->pieces[i].text, file);
        }
    }
}

/* ---- drawing ------------------------------------------------------------------------------------------------ */

/* At most one draw in a list of arguments: these have no order of evaluation. */
static bool chance(struct draft *draft, int percent)
{
    return rng_below(&draft->rng, 100) < (uint64_t)percent;
}

static int between(struct draft *draft, int low, int high)
{
    return low + (int)rng_below(&draft->rng, (uint64_t)(high - low + 1));
}

static int one_of(struct draft *draft, const int *numbers, int count)
{
    return numbers[rng_below(&draft->rng, (uint64_t)count)];
}

#define ONE_OF(draft, ...) \
    one_of(draft, (const int[]){ __VA_ARGS__ }, (int)(sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int)))

/* ---- the world ---------------------------------------------------------------------------------------------- */

static void draw_assumptions(struct draft *draft)
{
    static const char *const others[] = {
        "az_count_scope = \"candidates\"", "az_rebalance = false", "backoff_start_s = 60", "bill_end = \"stopped\"",
        "blocked_rule = \"off\"", "blocked_rule = \"protected_gt_desired\"", "bluegreen_wait_protected = false",
        "cb_min = 1", "count_stopping = false", "deploy_scale_out = \"primary\"", "deployment_cap = 0", "deployment_cap = 2",
        "draining_honours_protection = true", "event_n = \"surplus\"", "fargate_launch_burst = 3",
        "first_health_passes = 5", "healthy_after_s = 0", "healthy_after_s = 120", "infra_honours_protection = true",
        "launches_per_minute = 3", "protect_stopping = \"success\"", "protected_counts_healthy = false",
        "reconcile_s = 30", "reconcile_trigger = \"state_change\"", "renewals_exempt = false", "resolve_digests = false",
        "spot_stop_code = \"TerminationNotice\"", "stop_first = false", "unhealthy_honours_protection = true",
        "victim_order = \"idle_first\"", "victim_order = \"least_lost\"", "victim_order = \"newest\"",
        "victim_order = \"oldest\"", "victim_order = \"random\"",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (chance(draft, 8)) {
            option(draft, "sim.assume { %s }\n", others[i]);
        }
    }
}

/* What runs in a container: protects itself or not, for long or short, ends or crashes by itself, hears SIGTERM or not. */
static void draw_program(struct draft *draft)
{
    need(draft, "local draw = sim.random { name = \"draw\", distribution = \"uniform\", min = 0, max = 1 }\n"
                "local quiet = false\n"
                "local function app(task)\n");
    if (chance(draft, 60)) {
        option(draft, "    task:on_sigterm(function() sim.sleep(%d) task:exit(0) end)\n", ONE_OF(draft, 0, 2, 15, 60));
    }
    option(draft, "    if task.environment.bad and not quiet then sim.sleep(%d) task:exit(1) end\n",
           ONE_OF(draft, 0, 5, 30, 300));
    need(draft, "    while not quiet do\n");
    if (chance(draft, 50)) {
        option(draft, "        task:protect(%d)\n", ONE_OF(draft, 1, 2, 5, 60, 2880));
    }
    need(draft, "        sim.sleep(%d * draw())\n", ONE_OF(draft, 60, 600, 3600));
    if (chance(draft, 70)) {
        option(draft, "        task:unprotect()\n");
    }
    if (chance(draft, 30)) {
        int percent = between(draft, 1, 9);
        option(draft, "        if draw() < 0.0%d then task:exit(%d) end\n", percent, between(draft, 0, 1));
    }
    need(draft, "        sim.sleep(%d * draw())\n"
                "    end\n"
                "    while true do sim.sleep(\"1d\") end\n"
                "end\n", ONE_OF(draft, 10, 300, 3600));
}

/* A health check that comes before its program answers would never let it run. */
static void write_health_check(struct draft *draft, char *text, size_t size, int startup_s)
{
    int interval_s = ONE_OF(draft, 5, 30), retries = between(draft, 1, 3);
    int start_period_s = startup_s > 0 || chance(draft, 50) ? 70 : 0;
    snprintf(text, size, ", health_check = { interval = %d, retries = %d, start_period = %d }", interval_s, retries,
             start_period_s);
}

static void draw_revision(struct draft *draft, bool is_first)
{
    char check[80] = "";
    const char *pull_error = "";
    int startup_s = draft->is_slow && chance(draft, 50) ? 60 : ONE_OF(draft, 0, 0, 5);
    bool is_bad = !is_first && chance(draft, 25);
    if (draft->has_container_checks) {
        write_health_check(draft, check, sizeof check, startup_s);
    }
    if (!is_first && chance(draft, 10)) {
        pull_error = chance(draft, 50) ? ", pull_error_p = 1" : ", pull_error_p = 0.5";
    }
    int pull_s = between(draft, 1, 20), stop_timeout_s = ONE_OF(draft, 2, 30, 120);
    need(draft, "revision { startup = %d, pull = %d, stop_timeout = %d%s%s, environment = {%s} }\n", startup_s, pull_s,
         stop_timeout_s, check, pull_error, is_bad ? " bad = true " : "");
}

static void draw_revisions(struct draft *draft)
{
    draft->is_on_instances = chance(draft, 15);
    need(draft, "local revisions = {}\n"
                "local function revision(container)\n"
                "    container.app = app\n"
                "    revisions[#revisions + 1] = ecs.register_task_definition {\n"
                "        family = \"worker\", cpu = 256, memory = 512, container_definitions = { container }%s }\n"
                "end\n",
         draft->is_on_instances ? ",\n        network_mode = \"bridge\", requires_compatibilities = { \"EC2\" }" : "");
    draft->has_container_checks = chance(draft, 30);
    draft->has_target_group = chance(draft, 40);
    draft->is_slow = chance(draft, 30);
    draft->revisions = between(draft, 2, 4);
    for (int i = 0; i < draft->revisions; i++) {
        draw_revision(draft, i == 0);
    }
}

static void draw_bounds(struct draft *draft, int *minimum, int *maximum)
{
    *minimum = ONE_OF(draft, 0, 25, 50, 66, 75, 90, 100, 100, 100);
    *maximum = ONE_OF(draft, 100, 110, 125, 150, 200, 200, 200);
    if (draft->early_percent > 0 && *minimum > draft->early_percent) {
        *minimum = draft->early_percent;   /* DEPLOY-14 */
    }
}

/* DEPLOY-22: the breaker goes with rolling deployments alone. */
static void draw_strategy(struct draft *draft)
{
    static const char *const shifts[] = {
        "strategy = \"BLUE_GREEN\", bake_time_in_minutes = 3",
        "strategy = \"LINEAR\", linear_configuration = { step_percent = 25, step_bake_time_in_minutes = 1 }",
        "strategy = \"CANARY\", canary_configuration = { canary_percent = 20, canary_bake_time_in_minutes = 2 }",
    };
    if (chance(draft, 15)) {
        option(draft, "        %s,\n", shifts[between(draft, 0, 2)]);
    } else if (chance(draft, 40)) {
        option(draft, "        deployment_circuit_breaker = { enable = true, rollback = %s },\n",
               chance(draft, 70) ? "true" : "false");
    }
}

static void draw_deployment_configuration(struct draft *draft)
{
    int minimum, maximum;
    draft->early_percent = chance(draft, 20) ? ONE_OF(draft, 1, 50, 80, 100) : 0;
    draw_bounds(draft, &minimum, &maximum);
    need(draft, "    deployment_configuration = {\n");
    option(draft, "        minimum_healthy_percent = %d,\n", minimum);
    option(draft, "        maximum_percent = %d,\n", maximum);
    draw_strategy(draft);
    if (draft->early_percent > 0) {
        option(draft, "        early_success_criteria = { healthy_percent = %d%s },\n", draft->early_percent,
               chance(draft, 50) ? ", source_service_revision_cleanup = \"DEFERRED\"" : "");
    }
    if (chance(draft, 15)) {
        option(draft, "        time_limit = %d,\n", ONE_OF(draft, 60, 600, 3600));
    }
    need(draft, "    },\n");
}

static void draw_target_group(struct draft *draft)
{
    int delay_s = ONE_OF(draft, 0, 5, 30, 120), interval_s = ONE_OF(draft, 5, 30), failures = between(draft, 2, 3);
    option(draft, "local group = elb.create_target_group {\n"
                  "    name = \"web\", deregistration_delay_timeout_seconds = %d,\n"
                  "    health_check_interval_seconds = %d, health_check_timeout_seconds = 2, unhealthy_threshold_count = %d }\n",
           delay_s, interval_s, failures);
}

static const char *const providers[] = {
    "{ capacity_provider = \"FARGATE\", weight = 1 }", "{ capacity_provider = \"FARGATE_SPOT\", weight = 1 }",
    "{ capacity_provider = \"FARGATE\", base = 2, weight = 1 }, { capacity_provider = \"FARGATE_SPOT\", weight = 3 }",
};

/* Room for all that may ever run, at once or after managed scaling. */
static void draw_instances(struct draft *draft)
{
    bool is_managed = chance(draft, 50);
    need(draft, "local hosts = ec2.create_auto_scaling_group {\n"
                "    auto_scaling_group_name = \"hosts\", instance_type = \"m5.large\", min_size = %d, max_size = 16,\n"
                "    new_instances_protected_from_scale_in = true }\n", is_managed ? between(draft, 0, 2) : 16);
    need(draft, "local provider = ecs.create_capacity_provider { name = \"hosts\", auto_scaling_group_provider = {\n"
                "    auto_scaling_group_arn = hosts%s%s } }\n",
         is_managed ? ", managed_scaling = { status = \"ENABLED\" }" : "",
         is_managed && chance(draft, 50) ? ", managed_termination_protection = \"ENABLED\"" : "");
}

static void write_capacity(struct draft *draft)
{
    static const char *const placements[] = {
        "{ type = \"spread\", field = \"attribute:ecs.availability-zone\" }", "{ type = \"binpack\", field = \"memory\" }",
    };
    if (draft->is_on_instances) {
        need(draft, "    capacity_provider_strategy = { { capacity_provider = provider, weight = 1 } },\n");
    } else if (chance(draft, 40)) {
        option(draft, "    capacity_provider_strategy = { %s },\n", providers[between(draft, 0, 2)]);
    }
    if (draft->is_on_instances && chance(draft, 40)) {
        option(draft, "    placement_strategy = { %s },\n", placements[between(draft, 0, 1)]);
    }
}

static void draw_service(struct draft *draft)
{
    static const char *const zones[] = { "\"a\"", "\"a\", \"b\"", "\"a\", \"b\", \"c\", \"d\"" };
    if (draft->has_target_group) {
        draw_target_group(draft);
    }
    if (draft->is_on_instances) {
        draw_instances(draft);
    }
    need(draft, "local worker = ecs.create_service {\n"
                "    service_name = \"worker\", task_definition = revisions[1], desired_count = %d,\n",
         between(draft, 0, 12));
    if (draft->has_target_group) {
        option(draft, "    load_balancers = { { target_group_arn = group } },\n");
    }
    if (draft->has_target_group && draft->is_slow) {
        need(draft, "    health_check_grace_period_seconds = 300,\n");
    } else if (chance(draft, 20)) {
        option(draft, "    health_check_grace_period_seconds = %d,\n", ONE_OF(draft, 30, 300));
    }
    if (chance(draft, 50) && !draft->is_on_instances) {
        option(draft, "    network_configuration = { awsvpc_configuration = { subnets = { %s } } },\n",
               zones[between(draft, 0, 2)]);
    }
    write_capacity(draft);
    if (chance(draft, 30)) {
        option(draft, "    availability_zone_rebalancing = \"DISABLED\",\n");
    }
    draw_deployment_configuration(draft);
    need(draft, "}\n");
}

/* ---- what happens to it --------------------------------------------------------------------------------------- */

static void write_operators(struct draft *draft)
{
    option(draft, "local function update(change)\n"
                  "    change.service = worker\n"
                  "    ecs.update_service(change)\n"
                  "end\n");
    need(draft, "local function tasks()\n"
                "    local answer = ecs.list_tasks { service_name = worker }\n"
                "    return answer and answer.task_arns or {}\n"
                "end\n"
                "local function each(f) for i, task in ipairs(tasks()) do f(task, i) end end\n"
                "local function protect(task, minutes)\n"
                "    ecs.update_task_protection { tasks = { task }, protection_enabled = minutes > 0,\n"
                "        expires_in_minutes = minutes > 0 and minutes or nil }\n"
                "end\n");
    option(draft, "local function nth(n, f) each(function(task, i) if i == n then f(task) end end) end\n");
}

static void write_instance_operators(struct draft *draft)
{
    need(draft, "local function set_state(most, state)\n"
                "    local answer = ecs.list_container_instances {\n"
                "        status = state == \"ACTIVE\" and \"DRAINING\" or \"ACTIVE\" }\n"
                "    local instances = answer and answer.container_instance_arns or {}\n"
                "    for i = 1, math.min(most, #instances) do\n"
                "        ecs.update_container_instances_state { container_instances = { instances[i] }, status = state }\n"
                "    end\n"
                "end\n");
}

static void scale(struct draft *draft)
{
    option(draft, "sim.at(%lld, function() update { desired_count = %d } end)\n", draft->now_s,
           chance(draft, 10) ? 0 : between(draft, 0, 12));
}

static void deploy(struct draft *draft)
{
    option(draft, "sim.at(%lld, function() update { task_definition = revisions[%d] } end)\n", draft->now_s,
           between(draft, 1, draft->revisions));
}

static void deploy_and_scale(struct draft *draft)
{
    option(draft, "sim.at(%lld, function() update { force_new_deployment = true, desired_count = %d } end)\n", draft->now_s,
           between(draft, 0, 12));
}

static void configure(struct draft *draft)
{
    int minimum, maximum;
    draw_bounds(draft, &minimum, &maximum);
    option(draft, "sim.at(%lld, function() update { deployment_configuration = { minimum_healthy_percent = %d, "
                  "maximum_percent = %d } } end)\n", draft->now_s, minimum, maximum);
}

static void drain_instance(struct draft *draft)
{
    option(draft, "sim.at(%lld, function() set_state(%d, \"DRAINING\") end)\n", draft->now_s, between(draft, 1, 3));
}

static void change_capacity(struct draft *draft)
{
    if (draft->is_on_instances) {
        drain_instance(draft);
        return;
    }
    option(draft, "sim.at(%lld, function() update { capacity_provider_strategy = { %s } } end)\n", draft->now_s,
           providers[between(draft, 0, 2)]);
}

static void protect_many(struct draft *draft)
{
    int every = between(draft, 1, 3), minutes = ONE_OF(draft, 0, 0, 1, 5, 60, 600, 2880);
    option(draft, "sim.at(%lld, function() each(function(task, i) if i %% %d == 0 then protect(task, %d) end end) end)\n",
           draft->now_s, every, minutes);
}

static void protect_one(struct draft *draft)
{
    int which = between(draft, 1, 12), minutes = ONE_OF(draft, 0, 0, 1, 5, 60, 600, 2880);
    option(draft, "sim.at(%lld, function() nth(%d, function(task) protect(task, %d) end) end)\n", draft->now_s, which,
           minutes);
}

static void stop_one(struct draft *draft)
{
    option(draft, "sim.at(%lld, function() nth(%d, function(task) ecs.stop_task { task = task } end) end)\n", draft->now_s,
           between(draft, 1, 12));
}

static void disrupt_tasks(struct draft *draft)
{
    static const char *const causes[] = { "crash", "drain", "host", "retirement", "spot", "health" };
    int kinds = draft->has_container_checks || draft->has_target_group ? 6 : 5;
    const char *cause = causes[between(draft, 0, kinds - 1)];
    option(draft, "sim.disrupt { cause = \"%s\", service = worker, start = %lld, share = 0.%d }\n", cause, draft->now_s,
           between(draft, 1, 9));
}

static void disrupt_again_and_again(struct draft *draft)
{
    static const char *const causes[] = { "crash", "drain", "host", "retirement", "spot" };
    const char *cause = causes[between(draft, 0, 4)];
    option(draft, "sim.disrupt { cause = \"%s\", service = worker, start = %lld, stop = %lld, rate = %d }\n", cause,
           draft->now_s, draft->now_s + 3600, ONE_OF(draft, 1, 10));
}

static void disrupt_grounds(struct draft *draft)
{
    static const char *const causes[] = {
        "cause = \"zone\", availability_zone = \"a\"", "cause = \"shortage\", availability_zone = \"a\"",
        "cause = \"shortage\", capacity_provider = \"FARGATE_SPOT\"", "cause = \"shortage\"", "cause = \"throttle\"",
    };
    const char *cause = causes[between(draft, 0, 4)];
    option(draft, "sim.disrupt { %s, start = %lld, duration = %d }\n", cause, draft->now_s, ONE_OF(draft, 60, 600, 3600));
}

static const struct {
    int weight;
    void (*write)(struct draft *draft);
} operations[] = {
    { 25, scale },        { 20, deploy },      { 5, deploy_and_scale }, { 4, configure },
    { 4, change_capacity }, { 12, protect_many }, { 12, protect_one },  { 3, stop_one },
    { 8, disrupt_tasks }, { 3, disrupt_again_and_again }, { 4, disrupt_grounds },
};
enum { WEIGHTS = 100 };

static void draw_operation(struct draft *draft)
{
    int lot = between(draft, 1, WEIGHTS), i = 0;
    while (lot > operations[i].weight) {
        lot -= operations[i++].weight;
    }
    operations[i].write(draft);
}

/* Many things at once, then nothing for hours. */
static int gap_s(struct draft *draft)
{
    int kind = between(draft, 0, 9);
    return kind < 4 ? between(draft, 1, 60) : kind < 8 ? between(draft, 60, 1200) : between(draft, 1200, 20000);
}

/* The last release comes when no disruption lasts any more. */
static void draw_operations(struct draft *draft)
{
    for (int left = between(draft, 3, 40); left > 0; left--) {
        draft->now_s += gap_s(draft);
        draw_operation(draft);
    }
    draft->now_s += gap_s(draft);
    need(draft, "sim.at(%lld, function() quiet = true end)\n", draft->now_s);
    for (int wait = 1; wait <= 3601; wait += 3600) {
        need(draft, "sim.at(%lld, function() each(function(task) protect(task, 0) end) end)\n", draft->now_s + wait);
    }
    if (draft->is_on_instances) {
        need(draft, "sim.at(%lld, function() set_state(16, \"ACTIVE\") end)\n", draft->now_s + 3601);
    }
}

void script_draw(struct script *script, uint64_t seed)
{
    struct draft draft = { .script = script };
    *script = (struct script){ .seed = seed };
    rng_seed(&draft.rng, seed, 0, "scheduler worlds", 0);
    need(&draft, "local sim, ecs, elb, ec2 = require \"sim\", require \"ecs\", require \"elb\", require \"ec2\"\n");
    need(&draft, "%s", "");       /* the duration, known in the end */
    draw_assumptions(&draft);
    draw_program(&draft);
    draw_revisions(&draft);
    draw_service(&draft);
    write_operators(&draft);
    if (draft.is_on_instances) {
        write_instance_operators(&draft);
    }
    draw_operations(&draft);
    snprintf(script->pieces[1].text, PIECE_SIZE, "sim.scenario { duration = %lld }\n", draft.now_s + SCRIPT_QUIET_S);
}
