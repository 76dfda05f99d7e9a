/* The module `ecs`: task definitions and services as they are set up. The calls of operators are in bind_ecs_calls.c. */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/vec.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/instance_fields.h"
#include "script/random.h"

enum { FARGATE_STOP_TIMEOUT_MAX_S = 120, EC2_STOP_TIMEOUT_MAX_S = 7 * 86400 };      /* SCHED-08; EC2 has no bound of its own */
enum { CONTAINERS_MAX = 10, QUEUES_MAX = 100, SLOTS_MAX = 100000 };

const char *const bind_capacity_names[] = {
    [CAPACITY_FARGATE] = "FARGATE", [CAPACITY_FARGATE_SPOT] = "FARGATE_SPOT", NULL,
};

const char *const bind_rebalancing_names[] = { "DISABLED", "ENABLED", NULL };

/* ---- container definitions ---------------------------------------------------------------------------------- */

struct container_request {
    double stop_timeout, stop_timeout_most;
    int slots;
    double cpu, memory;           /* 0: not given */
    struct random_field startup, pull;
    double pull_error_p;
    struct health_rule health_check;
    double cpu_percent, memory_percent, idle_cpu_percent, idle_memory_percent;
    struct queue **queues;
    int queue_count;
    int app, environment;         /* references; LUA_NOREF: not given */
};

static void read_size(lua_State *L, const struct path *path, double *size,
                      bool (*parse)(const char *text, double *size, struct error *err))
{
    struct error err;
    if (lua_type(L, -1) != LUA_TSTRING) {
        *size = fields_number(L, path);
    } else if (!parse(lua_tostring(L, -1), size, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    fields_check_range(L, path, *size, 1, 1e7);
}

static void read_cpu(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    read_size(L, path, out, units_parse_cpu);
}

static void read_memory(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    read_size(L, path, out, units_parse_memory);
}

static void read_app(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        fields_error(L, path, "expected a function, got %s", fields_found(L));
    }
    ((struct container_request *)out)->app = bind_keep_function(L, lua_gettop(L));
}

static void take_pair(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    (void)context;
    const struct path name_path = { .parent = path, .name = "name" };
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected { name =, value = }, got %s", fields_found(L));
    }
    lua_getfield(L, -1, "name");
    fields_text(L, &name_path);
    lua_getfield(L, -2, "value");
    lua_rawset(L, -5);            /* below the element: the list, below that: the map */
}

/* A map, or AWS's list of names and values; becomes a map that nobody can change. */
static void read_environment(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    if (!lua_istable(L, -1)) {
        fields_error(L, path, "expected a table, got %s", fields_found(L));
    }
    lua_newtable(L);
    lua_pushvalue(L, -2);
    if (lua_rawlen(L, -1) > 0) {
        fields_read_list(L, path, 1000, take_pair, NULL);
    } else {
        for (const char *name = bind_next_name(L, path, NULL); name; name = bind_next_name(L, path, name)) {
            lua_getfield(L, -1, name);
            lua_setfield(L, -3, name);
        }
    }
    lua_pop(L, 1);
    bind_lock_table(L, "the environment of a container");
    ((struct container_request *)out)->environment = luaL_ref(L, LUA_REGISTRYINDEX);
}

static void take_queue(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct queue **)context)[i] = bind_to_queue(L, path);
}

static void read_queues(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct container_request *request = out;
    request->queues = arena_alloc(scenario_of(L)->arena, QUEUES_MAX * sizeof *request->queues);
    request->queue_count = fields_read_list(L, path, QUEUES_MAX, take_queue, request->queues);
}

static const struct field usage_fields[] = {
    { .name = "cpu_percent", .type = FIELD_NUMBER, .offset = offsetof(struct container_request, cpu_percent), .least = 0,
      .most = 100 },
    { .name = "memory_percent", .type = FIELD_NUMBER, .offset = offsetof(struct container_request, memory_percent),
      .least = 0, .most = 100 },
    { .name = "idle_cpu_percent", .type = FIELD_NUMBER, .offset = offsetof(struct container_request, idle_cpu_percent),
      .least = 0, .most = 100 },
    { .name = "idle_memory_percent", .type = FIELD_NUMBER,
      .offset = offsetof(struct container_request, idle_memory_percent), .least = 0, .most = 100 },
    FIELDS_END,
};

struct health_check_request {
    double interval, start_period;                   /* s */
    int retries;
};

static const struct field health_check_fields[] = {  /* SCHED-10 */
    { .name = "interval", .type = FIELD_TIME, .least = 5, .most = 300,
      .offset = offsetof(struct health_check_request, interval) },
    { .name = "retries", .type = FIELD_INTEGER, .least = 1, .most = 10,
      .offset = offsetof(struct health_check_request, retries) },
    { .name = "start_period", .type = FIELD_TIME, .least = 0, .most = 300,
      .offset = offsetof(struct health_check_request, start_period) },
    { .name = "command", .type = FIELD_WITHOUT_EFFECT },
    { .name = "timeout", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static void read_health_check(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct health_check_request request = { .interval = 30, .retries = 3 };
    fields_read(L, -1, path, health_check_fields, &request);
    *(struct health_rule *)out = (struct health_rule){
        .interval = sim_from_seconds(request.interval), .start_period = sim_from_seconds(request.start_period),
        .passes_at_first = 1, .passes = 1, .failures = request.retries,
    };
}

/* SCHED-08 */
static void read_stop_timeout(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct container_request *request = out;
    request->stop_timeout = fields_time(L, path);
    fields_check_range(L, path, request->stop_timeout, 2, request->stop_timeout_most);
}

static const struct field container_fields[] = {
    { .name = "app", .type = FIELD_CUSTOM, .read = read_app },
    { .name = "cpu", .type = FIELD_CUSTOM, .read = read_cpu, .offset = offsetof(struct container_request, cpu) },
    { .name = "memory", .type = FIELD_CUSTOM, .read = read_memory, .offset = offsetof(struct container_request, memory) },
    { .name = "queues", .type = FIELD_CUSTOM, .read = read_queues },
    { .name = "slots", .type = FIELD_INTEGER, .offset = offsetof(struct container_request, slots), .least = 1,
      .most = SLOTS_MAX },
    { .name = "startup", .type = FIELD_CUSTOM, .read = random_read, .offset = offsetof(struct container_request, startup),
      .most = 86400 },
    { .name = "pull", .type = FIELD_CUSTOM, .read = random_read, .offset = offsetof(struct container_request, pull),
      .most = 86400 },
    { .name = "pull_error_p", .type = FIELD_NUMBER, .offset = offsetof(struct container_request, pull_error_p), .least = 0,
      .most = 1 },
    { .name = "usage", .type = FIELD_TABLE, .fields = usage_fields },
    { .name = "environment", .type = FIELD_CUSTOM, .read = read_environment },
    { .name = "stop_timeout", .type = FIELD_CUSTOM, .read = read_stop_timeout },
    { .name = "health_check", .type = FIELD_CUSTOM, .read = read_health_check,
      .offset = offsetof(struct container_request, health_check) },
    { .name = "essential", .type = FIELD_FIXED, .choices = (const char *const[]){ "true", NULL } },
    { .name = "command", .type = FIELD_WITHOUT_EFFECT },
    { .name = "depends_on", .type = FIELD_WITHOUT_EFFECT },
    { .name = "entry_point", .type = FIELD_WITHOUT_EFFECT },
    { .name = "image", .type = FIELD_WITHOUT_EFFECT },
    { .name = "linux_parameters", .type = FIELD_WITHOUT_EFFECT },
    { .name = "log_configuration", .type = FIELD_WITHOUT_EFFECT },
    { .name = "memory_reservation", .type = FIELD_WITHOUT_EFFECT },
    { .name = "mount_points", .type = FIELD_WITHOUT_EFFECT },
    { .name = "name", .type = FIELD_WITHOUT_EFFECT },
    { .name = "port_mappings", .type = FIELD_WITHOUT_EFFECT },
    { .name = "readonly_root_filesystem", .type = FIELD_WITHOUT_EFFECT },
    { .name = "secrets", .type = FIELD_WITHOUT_EFFECT },
    { .name = "user", .type = FIELD_WITHOUT_EFFECT },
    { .name = "working_directory", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* ---- task definitions --------------------------------------------------------------------------------------- */

struct definition_request {
    const char *family;
    int container_count;
    double cpu, memory;           /* 0: not given */
    double containers_cpu, containers_memory;        /* the sums over all of them */
    int architecture, operating_system, ephemeral_storage_gib;
    bool for_ec2;                 /* and for nothing else */
    bool shares_cpu;
    int network_mode;             /* in network_modes */
    struct container_request program;                /* the container with an app, or the only one */
    bool has_program;
};

/* Linux, and the families of Windows that Fargate runs. */
static const char *const operating_systems[] = {
    "LINUX", "WINDOWS_SERVER_2019_CORE", "WINDOWS_SERVER_2019_FULL", "WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2022_FULL", NULL,
};
enum { OPERATING_SYSTEM_LINUX };

static const char *const network_modes[] = { "awsvpc", "bridge", NULL };
enum { NETWORK_AWSVPC, NETWORK_BRIDGE };

/* On Fargate the task's own size is the one that counts. */
static void add_size(lua_State *L, const struct path *path, const char *name, double size, double *sum, bool counts)
{
    const struct path field = { .parent = path, .name = name };
    *sum += size;
    if (size > 0 && !counts) {
        fields_note_without_effect(L, &field);
    }
}

static void take_container(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    struct definition_request *request = context;
    struct container_request container = {
        .stop_timeout = 30, .stop_timeout_most = request->for_ec2 ? EC2_STOP_TIMEOUT_MAX_S : FARGATE_STOP_TIMEOUT_MAX_S,
        .slots = 1, .cpu_percent = 100, .idle_cpu_percent = -1, .idle_memory_percent = -1, .app = LUA_NOREF, .environment = LUA_NOREF,
    };
    fields_read(L, -1, path, container_fields, &container);
    add_size(L, path, "cpu", container.cpu, &request->containers_cpu, request->for_ec2);
    add_size(L, path, "memory", container.memory, &request->containers_memory, request->for_ec2);
    if (container.app == LUA_NOREF && (request->container_count++ > 0 || request->has_program)) {
        return;
    }
    if (container.app == LUA_NOREF) {
        request->program = container;
        return;
    }
    if (request->has_program) {
        fields_error(L, path, "a second container with an 'app'; one of them is the program");
    }
    request->has_program = true;
    request->program = container;
}

static void read_containers(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct definition_request *request = out;
    fields_read_list(L, path, CONTAINERS_MAX, take_container, request);
    if (!request->has_program && request->container_count != 1) {
        fields_error(L, path,
                     "no container has an 'app', or it is nil: without it a task has one container, which serves requests");
    }
}

static const struct field platform_fields[] = {
    { .name = "cpu_architecture", .type = FIELD_CHOICE, .choices = (const char *const[]){ "X86_64", "ARM64", NULL },
      .offset = offsetof(struct definition_request, architecture) },
    { .name = "operating_system_family", .type = FIELD_CHOICE, .choices = operating_systems,
      .offset = offsetof(struct definition_request, operating_system) },
    FIELDS_END,
};

static const struct field storage_fields[] = {
    { .name = "size_in_gib", .type = FIELD_INTEGER, .required = true, .least = 20, .most = 200,
      .offset = offsetof(struct definition_request, ephemeral_storage_gib) },
    FIELDS_END,
};

static const struct field definition_fields[] = {
    { .name = "family", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct definition_request, family) },
    { .name = "cpu", .type = FIELD_CUSTOM, .read = read_cpu,
      .offset = offsetof(struct definition_request, cpu) },
    { .name = "memory", .type = FIELD_CUSTOM, .read = read_memory,
      .offset = offsetof(struct definition_request, memory) },
    { .name = "runtime_platform", .type = FIELD_TABLE, .fields = platform_fields },
    { .name = "ephemeral_storage", .type = FIELD_TABLE, .fields = storage_fields },
    { .name = "container_definitions", .type = FIELD_CUSTOM, .read = read_containers, .required = true },
    { .name = "network_mode", .type = FIELD_CHOICE, .choices = network_modes,
      .offset = offsetof(struct definition_request, network_mode) },
    { .name = "execution_role_arn", .type = FIELD_WITHOUT_EFFECT },
    { .name = "requires_compatibilities", .type = FIELD_CUSTOM, .read = instance_fields_read_compatibilities },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "task_role_arn", .type = FIELD_WITHOUT_EFFECT },
    { .name = "volumes", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* METRIC-05: on instances the containers may say what the task does not; without a CPU of its own the task is bound by no
 * limit. */
static void settle_size(lua_State *L, const struct path *path, struct definition_request *request)
{
    request->shares_cpu = request->for_ec2 && request->cpu == 0;
    request->cpu = request->shares_cpu ? request->containers_cpu : request->cpu;
    request->memory = request->for_ec2 && request->memory == 0 ? request->containers_memory : request->memory;
    if (request->cpu == 0 || request->memory == 0) {
        fields_error(L, path, "missing '%s'%s", request->cpu == 0 ? "cpu" : "memory",
                     request->for_ec2 ? ", of the task or of its containers" : "");
    }
}

/* COST-02, COST-03 */
static void check_windows(lua_State *L, const struct path *path, const struct definition_request *request)
{
    if (request->for_ec2) {
        fields_error(L, path, "Windows is modelled on Fargate only");
    }
    if (request->architecture != ARCHITECTURE_X86_64) {
        fields_error(L, path, "Fargate runs Windows on cpu_architecture X86_64 only");
    }
    if (!cost_fargate_sells_windows((int)request->cpu, (int)request->memory)) {
        fields_error(L, path, "Fargate sells no Windows task with cpu = %d; it sells %s", (int)request->cpu, cost_windows_cpus);
    }
}

/* COST-03 */
static void check_size(lua_State *L, const struct path *path, const struct definition_request *request)
{
    int cpu = (int)request->cpu, memory = (int)request->memory;
    if (request->network_mode == NETWORK_BRIDGE && !request->for_ec2) {
        fields_error(L, path, "network_mode 'bridge' needs requires_compatibilities = { \"EC2\" }");
    }
    if (cpu == request->cpu && memory == request->memory && (request->for_ec2 || cost_fargate_sells(cpu, memory))) {
        return;
    }
    char cpu_text[64], memory_text[64];
    units_format_number(request->cpu, 12, cpu_text, sizeof cpu_text);
    units_format_number(request->memory, 12, memory_text, sizeof memory_text);
    const char *memories = cpu == request->cpu ? cost_fargate_memory(cpu) : NULL;
    if (!memories) {
        fields_error(L, path, "Fargate sells no task with cpu = %s; it sells %s", cpu_text, cost_fargate_cpus);
    }
    fields_error(L, path, "Fargate sells no task with cpu = %s and memory = %s; with this cpu it sells %s", cpu_text,
                 memory_text, memories);
}

static int next_revision(const struct scenario *scenario, const char *family)
{
    int revision = 1;
    for (size_t i = 0; i < scenario->definition_count; i++) {
        revision += strcmp(scenario->definitions[i]->family, family) == 0;
    }
    return revision;
}

static struct app *create_app(lua_State *L, const struct container_request *program)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, program->app);   /* nil without an app */
    luaL_unref(L, LUA_REGISTRYINDEX, program->app);
    struct app *app = container_app_create(L);
    int environment = program->environment;
    if (environment == LUA_NOREF) {
        lua_newtable(L);
        bind_lock_table(L, "the environment of a container");
        environment = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    ((struct app_lua *)app)->environment = environment;
    return app;
}

static struct task_definition *create_definition(lua_State *L, const struct definition_request *request)
{
    struct scenario *scenario = scenario_of(L);
    const struct container_request *program = &request->program;
    struct task_definition *definition = arena_alloc(scenario->arena, sizeof *definition);
    int revision = next_revision(scenario, request->family);
    *definition = (struct task_definition){
        .family = request->family, .revision = revision, .cpu_units = (int)request->cpu,
        .memory_mib = (int)request->memory, .shares_cpu = request->shares_cpu,
        .interfaces = request->network_mode == NETWORK_AWSVPC, .ephemeral_storage_gib = request->ephemeral_storage_gib,
        .architecture = (enum architecture)request->architecture,
        .windows = request->operating_system != OPERATING_SYSTEM_LINUX, .stop_timeout_s = (int)program->stop_timeout,
        .slots = program->slots, .startup = program->startup.given ? program->startup.dist : dist_constant(0),
        .pull = program->pull.dist, .has_pull = program->pull.given,
        .pull_error_p = program->pull_error_p, .health_check = program->health_check, .cpu_percent = program->cpu_percent,
        .memory_percent = program->memory_percent, .idle_cpu_percent = program->idle_cpu_percent,
        .idle_memory_percent = program->idle_memory_percent, .queues = program->queues,
        .queue_count = program->queue_count, .app = create_app(L, program), .script = definition,
        .name = arena_printf(scenario->arena, "%s:%d", request->family, revision),
    };
    VEC_GROW(scenario->definitions, scenario->definition_count, scenario->definition_room);
    scenario->definitions[scenario->definition_count++] = definition;
    return definition;
}

static int ecs_register_task_definition(lua_State *L)
{
    static const struct path path = { .name = "register_task_definition" };
    struct definition_request request = { .ephemeral_storage_gib = 20, .for_ec2 = instance_fields_ask_for_ec2(L) };
    fields_read_argument(L, path.name, definition_fields, &request);
    settle_size(L, &path, &request);
    check_size(L, &path, &request);
    if (request.operating_system != OPERATING_SYSTEM_LINUX) {
        check_windows(L, &path, &request);
    }
    struct task_definition *definition = create_definition(L, &request);
    bind_push_reference(L, OBJECT_TASK_DEFINITION, definition, definition->name);
    return 1;
}

/* ---- services ----------------------------------------------------------------------------------------------- */

struct service_request {
    struct service_config config;
    struct instance_request instances;
    double health_check_grace;    /* s */
    int zone_rebalancing;         /* in bind_rebalancing_names */
    int controller;               /* in controllers */
    struct assumptions *assumptions;                 /* NULL: the run's */
};

/* The newest revision of a family, or "family:revision". */
static const struct task_definition *find_definition(const struct scenario *scenario, const char *name)
{
    for (size_t i = scenario->definition_count; i > 0; i--) {
        const struct task_definition *definition = scenario->definitions[i - 1];
        if (strcmp(definition->family, name) == 0 || strcmp(definition->name, name) == 0) {
            return definition;
        }
    }
    return NULL;
}

static _Noreturn void no_such_definition(lua_State *L, const struct path *path, const char *name)
{
    const struct scenario *scenario = scenario_of(L);
    const char **known = arena_alloc(scenario->arena, (scenario->definition_count + 1) * sizeof *known);
    for (size_t i = 0; i < scenario->definition_count; i++) {
        known[i] = scenario->definitions[i]->name;
    }
    fields_unknown(L, path, "task definition", name, known, scenario->definition_count);
}

void bind_read_definition(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const struct reference *reference = object_test(L, -1, OBJECT_TASK_DEFINITION);
    const struct task_definition *definition = reference ? reference->target : NULL;
    if (!definition && lua_type(L, -1) == LUA_TSTRING) {
        definition = find_definition(scenario_of(L), lua_tostring(L, -1));
        if (!definition) {
            no_such_definition(L, path, lua_tostring(L, -1));
        }
    }
    if (!definition) {
        fields_error(L, path, "expected a task definition or its family, got %s", fields_found(L));
    }
    *(const struct task_definition **)out = definition;
}

static const struct field share_fields[] = {
    { .name = "capacity_provider", .type = FIELD_CUSTOM, .read = instance_fields_read_provider, .required = true },
    { .name = "base", .type = FIELD_INTEGER, .offset = offsetof(struct capacity_share, base), .least = 0, .most = 100000 },
    { .name = "weight", .type = FIELD_INTEGER, .offset = offsetof(struct capacity_share, weight), .least = 0, .most = 1000 },
    FIELDS_END,
};

static void take_share(lua_State *L, const struct path *path, int i, void *context)
{
    struct capacity_share *share = &((struct capacity_strategy *)context)->shares[i];
    *share = (struct capacity_share){ .weight = 0 };
    fields_read(L, -1, path, share_fields, share);
}

void bind_read_strategy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct capacity_strategy *strategy = out;
    strategy->count = fields_read_list(L, path, CAPACITY_SHARES_MAX, take_share, strategy);
    const char *fault = capacity_strategy_fault(strategy);
    if (fault) {
        fields_error(L, path, "%s", fault);
    }
}

static void take_zone(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct service_config *)context)->zones[i] = fields_text(L, path);
}

static void read_zones(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct service_config *config = out;
    config->zone_count = fields_read_list(L, path, SERVICE_ZONES_MAX, take_zone, config);
    if (config->zone_count == 0) {
        fields_error(L, path, "expected at least one subnet");
    }
}

static const struct field awsvpc_fields[] = {
    { .name = "subnets", .type = FIELD_CUSTOM, .read = read_zones, .offset = offsetof(struct service_request, config) },
    { .name = "assign_public_ip", .type = FIELD_FIXED, .choices = (const char *const[]){ "DISABLED", NULL } },
    { .name = "security_groups", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static const struct field network_fields[] = {
    { .name = "awsvpc_configuration", .type = FIELD_TABLE, .fields = awsvpc_fields },
    FIELDS_END,
};

/* TT-23: metrics of one resolution. */
struct metric_resolution {
    bool cpu, memory;
    int seconds;
};

static void take_metric_name(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    static const char *const known[] = { "CPUUtilization", "MemoryUtilization" };
    struct metric_resolution *resolution = context;
    const char *name = fields_text(L, path);
    bool is_cpu = strcmp(name, known[0]) == 0;
    if (!is_cpu && strcmp(name, known[1]) != 0) {
        fields_unknown(L, path, "metric", name, known, 2);
    }
    *(is_cpu ? &resolution->cpu : &resolution->memory) = true;
}

static void read_metric_names(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read_list(L, path, 2, take_metric_name, out);
}

static const struct field metric_configuration_fields[] = {
    { .name = "metric_names", .type = FIELD_CUSTOM, .read = read_metric_names, .required = true },
    { .name = "resolution_seconds", .type = FIELD_INTEGER, .required = true,
      .offset = offsetof(struct metric_resolution, seconds) },
    FIELDS_END,
};

static void take_metric_configuration(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    struct service_config *config = context;
    struct metric_resolution resolution = { .seconds = 60 };
    fields_read(L, -1, path, metric_configuration_fields, &resolution);
    if (resolution.seconds != 20 && resolution.seconds != 60) {
        fields_error(L, path, "resolution_seconds %d is neither 20 nor 60", resolution.seconds);
    }
    config->cpu_high_resolution = resolution.cpu ? resolution.seconds == 20 : config->cpu_high_resolution;
    config->memory_high_resolution = resolution.memory ? resolution.seconds == 20 : config->memory_high_resolution;
}

static void read_metric_configurations(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read_list(L, path, 2, take_metric_configuration, out);
}

static const struct field monitoring_fields[] = {
    { .name = "metric_configurations", .type = FIELD_CUSTOM, .read = read_metric_configurations,
      .offset = offsetof(struct service_request, config) },
    FIELDS_END,
};

struct balancer_request {
    struct target_group *target_group;
};

static void read_target_group(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    *(struct target_group **)out = bind_to_target_group(L, path);
}

static const struct field balancer_fields[] = {
    { .name = "target_group_arn", .type = FIELD_CUSTOM, .read = read_target_group, .required = true,
      .offset = offsetof(struct balancer_request, target_group) },
    { .name = "advanced_configuration", .type = FIELD_LATER },
    { .name = "container_name", .type = FIELD_WITHOUT_EFFECT },
    { .name = "container_port", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static void take_balancer(lua_State *L, const struct path *path, int i, void *context)
{
    struct service_config *config = context;
    struct balancer_request request = { .target_group = NULL };
    fields_read(L, -1, path, balancer_fields, &request);
    for (int k = 0; k < i; k++) {
        if (config->target_groups[k] == request.target_group) {
            fields_error(L, path, "target group '%s' is named twice", request.target_group->config.name);
        }
    }
    config->target_groups[i] = request.target_group;
}

static void read_balancers(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct service_config *config = out;
    config->target_group_count = fields_read_list(L, path, SERVICE_TARGET_GROUPS_MAX, take_balancer, config);
}

/* CODE_DEPLOY's steps are those of strategies under the ECS controller (DEPLOY-31). */
static const char *const controllers[] = { "ECS", "CODE_DEPLOY", "EXTERNAL", NULL };
enum { CONTROLLER_EXTERNAL = 2 };

static const struct field controller_fields[] = {
    { .name = "type", .type = FIELD_CHOICE, .choices = controllers, .required = true,
      .offset = offsetof(struct service_request, controller) },
    FIELDS_END,
};

static const struct field service_fields[] = {
    { .name = "service_name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct service_request, config.name) },
    { .name = "cluster", .type = FIELD_TEXT, .offset = offsetof(struct service_request, config.cluster) },
    { .name = "task_definition", .type = FIELD_CUSTOM, .read = bind_read_definition, .required = true,
      .offset = offsetof(struct service_request, config.definition) },
    { .name = "desired_count", .type = FIELD_INTEGER, .least = 0, .most = 5000,      /* SCHED-29 */
      .offset = offsetof(struct service_request, config.desired_count) },
    { .name = "launch_type", .type = FIELD_CHOICE, .choices = instance_launch_types,
      .offset = offsetof(struct service_request, instances.launch_type) },
    { .name = "capacity_provider_strategy", .type = FIELD_CUSTOM, .read = bind_read_strategy,
      .offset = offsetof(struct service_request, config.strategy) },
    { .name = "placement_strategy", .type = FIELD_CUSTOM, .read = instance_fields_read_strategy,
      .offset = offsetof(struct service_request, instances) },
    { .name = "placement_constraints", .type = FIELD_CUSTOM, .read = instance_fields_read_constraints,
      .offset = offsetof(struct service_request, instances) },
    { .name = "deployment_configuration", .type = FIELD_CUSTOM, .read = bind_read_deployment_configuration,
      .offset = offsetof(struct service_request, config.deployment) },
    { .name = "network_configuration", .type = FIELD_TABLE, .fields = network_fields },
    { .name = "scheduling_strategy", .type = FIELD_CHOICE, .choices = instance_scheduling_strategies,
      .offset = offsetof(struct service_request, instances.scheduling_strategy) },
    { .name = "assume", .type = FIELD_CUSTOM, .read = bind_read_assume,
      .offset = offsetof(struct service_request, assumptions) },
    { .name = "load_balancers", .type = FIELD_CUSTOM, .read = read_balancers,
      .offset = offsetof(struct service_request, config) },
    { .name = "monitoring", .type = FIELD_TABLE, .fields = monitoring_fields },
    { .name = "availability_zone_rebalancing", .type = FIELD_CHOICE, .choices = bind_rebalancing_names,
      .offset = offsetof(struct service_request, zone_rebalancing) },
    { .name = "health_check_grace_period_seconds", .type = FIELD_TIME, .least = 0, .most = HEALTH_GRACE_MAX_S,
      .offset = offsetof(struct service_request, health_check_grace) },
    { .name = "deployment_controller", .type = FIELD_TABLE, .fields = controller_fields },
    { .name = "enable_ecs_managed_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "enable_execute_command", .type = FIELD_WITHOUT_EFFECT },
    { .name = "platform_version", .type = FIELD_WITHOUT_EFFECT },
    { .name = "propagate_tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "role", .type = FIELD_WITHOUT_EFFECT },
    { .name = "service_connect_configuration", .type = FIELD_WITHOUT_EFFECT },
    { .name = "service_registries", .type = FIELD_WITHOUT_EFFECT },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* DEPLOY-07: a daemon's count follows from the instances; DEPLOY-02: its bounds have defaults of their own. */
static void begin_request(lua_State *L, struct service_request *request)
{
    request->config.desired_count = -1;
    request->instances.launch_type = -1;
    if (instance_fields_ask_for_daemon(L)) {
        request->config.deployment.minimum_healthy_percent = 0;
        request->config.deployment.maximum_percent = 100;
    }
}

static void check_desired_count(lua_State *L, const struct path *path, struct service_request *request)
{
    bool is_daemon = request->instances.scheduling_strategy == SCHEDULING_DAEMON;
    if (is_daemon == (request->config.desired_count >= 0)) {
        fields_error(L, path, is_daemon ? "a DAEMON service has no desired_count of its own" : "missing 'desired_count'");
    }
    request->config.desired_count = is_daemon ? 0 : request->config.desired_count;
}

static int ecs_create_service(lua_State *L)
{
    static const struct path path = { .name = "create_service" };
    bind_check_building(L, "ecs.create_service");
    struct service_request request = {
        .config = {
            .cluster = "default", .deployment = deployment_configuration_default,
        },
        .zone_rebalancing = 1,    /* SCHED-39 */
    };
    begin_request(L, &request);
    fields_read_argument(L, path.name, service_fields, &request);
    check_desired_count(L, &path, &request);
    instance_fields_check_launch_type(L, &path, &request.config.strategy);
    instance_fields_settle(L, &path, &request.config, &request.instances);
    struct world *world = scenario_of(L)->world;
    if (world_find_service(world, request.config.name)) {
        fields_error(L, &path, "there is already a service '%s'", request.config.name);
    }
    request.config.health_check_grace = sim_from_seconds(request.health_check_grace);
    request.config.zone_rebalancing = request.zone_rebalancing == 1;
    request.config.is_external = request.controller == CONTROLLER_EXTERNAL;
    if (request.config.is_external && request.config.instances && request.config.instances->is_daemon) {
        fields_error(L, &path, "a DAEMON service has no task sets");
    }
    struct service *service =
        service_create(world, &request.config, request.assumptions ? request.assumptions : &world->assumptions);
    if (service->config.instances) {
        seating_add_service(service);
    }
    bind_push_reference(L, OBJECT_SERVICE, service, service->name);
    return 1;
}

int bind_open_ecs(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "create_service", ecs_create_service },
        { "register_task_definition", ecs_register_task_definition },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    bind_add_ecs_calls(L);
    bind_add_instance_calls(L);
    bind_add_task_set_calls(L);
    return 1;
}
