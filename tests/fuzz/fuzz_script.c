/* Random bytes and mutated scenarios: each gives an error or a run, never a crash or a hang. The seed is fixed, so that a
 * failure can be repeated; an argument sets how many cases, default CASES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rng.h"
#include "scene.h"

enum { CASES = 2500, SIZE = 8192, SECONDS = 600 };

static const char seed_script[] =
    "-- A worker, its queue, its load and its policies.\n"
    "local sim, ecs, sqs = require \"sim\", require \"ecs\", require \"sqs\"\n"
    "local cloudwatch, autoscaling = require \"cloudwatch\", require \"autoscaling\"\n"
    "local p = sim.params { rate = { 0.5, \"per second\", min = 0 }, mode = { \"a\", \"kind\", { \"a\", \"b\" } } }\n"
    "sim.scenario { duration = 600, warm_up = 60, slo = \"1m\" }\n"
    "sim.assume { reconcile_s = 5, sqs_call_ms = 10 }\n"
    "local jobs = sqs.create_queue { queue_name = \"jobs\", visibility_timeout = \"15m\", receive_message_wait_time_seconds = 20 }\n"
    "local wait, open, c = sim.tally(\"wait\", \"s\"), sim.level(\"open\", \"tasks\"), sim.channel()\n"
    "local db = sim.resource { name = \"db\", capacity = 2 }\n"
    "local function app(task, queue)\n"
    "    task:on_sigterm(function() sim.log(\"bye %s\", task.task_arn) end)\n"
    "    task:spawn(function() while true do sim.sleep(30) open:set(sim.now() % 7) end end)\n"
    "    while not task.stopping do\n"
    "        if task:protect(60) then\n"
    "            local message = queue:receive()\n"
    "            if message then\n"
    "                wait:add(sim.now() - message:sent_timestamp())\n"
    "                db:acquire(1, 5)\n"
    "                while task:work(message, 5) > 0 do message:checkpoint() message:change_visibility(900) end\n"
    "                message:delete()\n"
    "                c:put(task)\n"
    "            end\n"
    "            task:unprotect()\n"
    "        else\n"
    "            sim.sleep(10)\n"
    "        end\n"
    "    end\n"
    "end\n"
    "local worker = ecs.create_service { service_name = \"worker\", desired_count = 2,\n"
    "    task_definition = ecs.register_task_definition { family = \"worker\", cpu = 256, memory = 512,\n"
    "        container_definitions = { { app = app, queues = { jobs }, slots = 2, environment = { A = \"b\" } } } } }\n"
    "autoscaling.register_scalable_target { resource_id = worker, min_capacity = 1, max_capacity = 5 }\n"
    "autoscaling.put_scaling_policy { resource_id = worker, policy_name = \"cpu\", target_tracking_scaling_policy_configuration = {\n"
    "    target_value = 50, predefined_metric_specification = { predefined_metric_type = \"ECSServiceAverageCPUUtilization\" } } }\n"
    "cloudwatch.put_metric_alarm { alarm_name = \"many\", namespace = \"AWS/SQS\", metric_name = \"NumberOfMessagesSent\",\n"
    "    dimensions = { QueueName = jobs }, statistic = \"Sum\", period = 60, evaluation_periods = 1, threshold = 5,\n"
    "    comparison_operator = \"GreaterThanThreshold\", alarm_actions = { function(s) sim.log(\"%s\", s) end } }\n"
    "local size = sim.random { name = \"size\", distribution = \"lognormal\", mean = 8, cv = 1.5, max = 80 }\n"
    "sim.arrivals { rate = { { 0, p.rate }, { 300, 2 * p.rate } }, into = jobs, work = size }\n"
    "sim.arrivals { name = \"more\", rate = 0.01, process = \"regular\", each = function(i) jobs:send(size(), i) end }\n"
    "sim.every(\"1m\", function()\n"
    "    local s = ecs.describe_services { services = { worker } }.services[1]\n"
    "    for k, v in pairs(s) do if type(v) == \"string\" then s[k] = v:upper():gsub(\"%a+\", \"x\") end end\n"
    "    local tasks = ecs.list_tasks { service_name = worker }.task_arns\n"
    "    table.sort(tasks, function(a, b) return a.task_arn < b.task_arn end)\n"
    "    if tasks[1] then ecs.update_task_protection { tasks = tasks, protection_enabled = true, expires_in_minutes = 5 } end\n"
    "    ecs.update_service { service = worker, desired_count = math.min(5, s.running_count + 1) }\n"
    "end)\n"
    "sim.expect { [\"wait.mean\"] = \"< 60s\", work_lost_s = 0 }\n"
    "sim.eventually { \"worker.running_count > 0\", after = 60, within = 300 }\n";

static size_t random_bytes(struct rng *rng, char *text)
{
    size_t length = (size_t)rng_below(rng, 400);
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)rng_below(rng, 256);
    }
    return length;
}

/* Pieces that reach far: limits, wrong types, blocking in odd places. */
static size_t random_token(struct rng *rng, char *token)
{
    static const char *const tokens[] = {
        "nil", "0", "-1", "1e308", "0/0", "{}", "\"\"", "\"9d\"", "function() end", "true", "math.maxinteger", "jobs", "worker",
        "task", "size", "p", "sim.sleep(1)", "sim.sleep(0)", "error({})", "pcall(app)", "task:exit(1)", "jobs:receive()",
        "c:get()", "while true do end", "string.rep(\"x\", 1e9)", "setmetatable({}, { __index = app })", "..", "end", "(", "{",
        "sim.spawn(app)", "sim.at(sim.now(), app)", "task:parallel(3, app)", "goto x ::x::", "local", "\xff", "--[[", "[[", "]]",
        "for i = 1, 1e4 do sim.spawn(function() sim.sleep(i) end) end", "pairs({ [app] = 1, [pairs] = 2 })", "tostring(task)",
        "sim.disrupt { cause = \"crash\", service = worker, rate = 60 }", "ecs.stop_task { task = task }",
        "ecs.run_task { task_definition = \"worker\" }", "ecs.delete_service { service = worker, force = true }",
    };
    size_t i = (size_t)rng_below(rng, sizeof tokens / sizeof *tokens);
    strcpy(token, tokens[i]);
    return strlen(token);
}

/* Cut a piece out of the text, and put a token or another piece of it in its place. */
static size_t mutate(struct rng *rng, char *text, size_t length)
{
    char piece[256];
    size_t at = (size_t)rng_below(rng, length + 1);
    size_t cut = rng_below(rng, 3) == 0 ? 0 : (size_t)rng_below(rng, 12);
    cut = cut > length - at ? length - at : cut;
    size_t size = 0;
    switch (rng_below(rng, 3)) {
    case 0:
        size = random_token(rng, piece);
        break;
    case 1:
        size = (size_t)rng_below(rng, 80);
        size = size > length ? length : size;
        memcpy(piece, text + rng_below(rng, length - size + 1), size);
        break;
    default:
        break;
    }
    if (length - cut + size >= SIZE) {
        return length;
    }
    memmove(text + at + size, text + at + cut, length - at - cut);
    memcpy(text + at, piece, size);
    return length - cut + size;
}

/* Whole identifiers or numbers replaced keep the script closer to one that runs. */
static size_t replace_word(struct rng *rng, char *text, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    char token[256];
    size_t from = (size_t)rng_below(rng, length), to = from;
    while (to < length && strchr(letters, text[to])) {
        to++;
    }
    while (from > 0 && strchr(letters, text[from - 1])) {
        from--;
    }
    size_t size = random_token(rng, token);
    if (length - (to - from) + size >= SIZE) {
        return length;
    }
    memmove(text + from + size, text + to, length - to);
    memcpy(text + from, token, size);
    return length - (to - from) + size;
}

/* One digit becomes another: most such scripts load, and run with odd numbers. */
static size_t change_digit(struct rng *rng, char *text, size_t length)
{
    size_t at = (size_t)rng_below(rng, length);
    while (at < length && (text[at] < '0' || text[at] > '9')) {
        at++;
    }
    if (at < length) {
        text[at] = (char)('0' + rng_below(rng, 10));
    }
    return length;
}

static size_t make_case(struct rng *rng, char *text)
{
    if (rng_below(rng, 10) == 0) {
        return random_bytes(rng, text);
    }
    size_t length = sizeof seed_script - 1;
    memcpy(text, seed_script, length);
    size_t (*const ways[])(struct rng *, char *, size_t) = { mutate, replace_word, change_digit };
    size_t (*way)(struct rng *, char *, size_t) = ways[rng_below(rng, 3)];
    for (uint64_t n = 1 + rng_below(rng, 3); n > 0; n--) {
        length = way(rng, text, length);
    }
    return length;
}

/* Tight limits: what runs for ever is to fail soon. True: it loaded. */
static bool play(const char *text, size_t length, struct error *err)
{
    const struct scenario_options options = {
        .path = "case.lua", .memory_limit = (size_t)32 << 20, .instruction_limit = 1000000,
    };
    FILE *file = fopen("case.lua", "wb");
    if (!file || fwrite(text, 1, length, file) != length || fclose(file) != 0) {
        perror("case.lua");
        exit(99);
    }
    struct world *world = world_create(1, 0);
    struct scenario *scenario = scenario_load(world, &options, err);
    bool loaded = scenario != NULL;
    if (loaded && world->config.duration <= SECONDS * SIM_SECOND) {
        world_run(world, err);
    }
    scenario_destroy(scenario);
    world_destroy(world);
    return loaded;
}

int main(int count, char **arguments)
{
    int cases = count > 1 ? (int)strtol(arguments[1], NULL, 10) : CASES, loaded = 0, silent = 0;
    static char text[SIZE];
    scenes_begin();
    for (int i = 0; i < cases; i++) {
        struct rng rng;
        struct error err = { "" };
        rng_seed(&rng, 20260105, 0, "fuzz", (uint64_t)i);
        size_t length = make_case(&rng, text);
        bool ok = play(text, length, &err);
        loaded += ok;
        silent += !ok && err.text[0] == '\0';
    }
    scenes_end();
    printf("%d cases, %d loaded, %d failed without a message\n", cases, loaded, silent);
    return silent > 0 || loaded == 0 || loaded == cases;
}
