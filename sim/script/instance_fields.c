#include "script/instance_fields.h"

#include <string.h>

#include "model/capacity_provider.h"
#include "model/standalone.h"
#include "script/bind.h"

const char *const instance_launch_types[] = { "FARGATE", "EC2", NULL };
const char *const instance_scheduling_strategies[] = { "REPLICA", "DAEMON", NULL };

/* Is field `name` of argument 1 this text? */
static bool says(lua_State *L, const char *name, const char *text)
{
    bool same = false;
    if (lua_istable(L, 1)) {
        lua_getfield(L, 1, name);
        same = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), text) == 0;
        lua_pop(L, 1);
    }
    return same;
}

bool instance_fields_ask_for_daemon(lua_State *L)
{
    return says(L, "scheduling_strategy", "DAEMON");
}

/* ---- placement ---------------------------------------------------------------------------------------------- */

struct strategy_request {
    int type;
    const char *field;
};

static const char *const strategy_types[] = { "random", "spread", "binpack", NULL };
enum { TYPE_RANDOM, TYPE_SPREAD, TYPE_BINPACK };

static const struct field strategy_fields[] = {
    { .name = "type", .type = FIELD_CHOICE, .choices = strategy_types, .required = true,
      .offset = offsetof(struct strategy_request, type) },
    { .name = "field", .type = FIELD_TEXT, .offset = offsetof(struct strategy_request, field) },
    FIELDS_END,
};

static const struct {
    int type;
    const char *field;
    enum placement_strategy strategy;
} strategies[] = {
    { TYPE_SPREAD, "attribute:ecs.availability-zone", SPREAD_ZONE },
    { TYPE_SPREAD, "attribute:ecs.instance-type", SPREAD_TYPE },
    { TYPE_SPREAD, "instanceId", SPREAD_INSTANCE },
    { TYPE_SPREAD, "host", SPREAD_INSTANCE },
    { TYPE_BINPACK, "cpu", BINPACK_CPU },
    { TYPE_BINPACK, "memory", BINPACK_MEMORY },
};

static enum placement_strategy find_strategy(lua_State *L, const struct path *path, const struct strategy_request *request)
{
    const char *known[sizeof strategies / sizeof *strategies];
    size_t count = 0;
    if (request->type == TYPE_RANDOM) {
        return PLACE_RANDOM;
    }
    if (!request->field) {
        fields_error(L, path, "missing 'field'");
    }
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++) {
        if (strategies[i].type == request->type) {
            known[count++] = strategies[i].field;
            if (strcmp(strategies[i].field, request->field) == 0) {
                return strategies[i].strategy;
            }
        }
    }
    const struct path here = { .parent = path, .name = "field" };
    fields_unknown(L, &here, "value", request->field, known, count);
}

static void take_strategy(lua_State *L, const struct path *path, int i, void *context)
{
    struct strategy_request request = { .field = NULL };
    fields_read(L, -1, path, strategy_fields, &request);
    ((struct instance_request *)context)->rule.strategies[i] = find_strategy(L, path, &request);
}

void instance_fields_read_strategy(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct instance_request *request = out;
    request->rule.strategy_count = fields_read_list(L, path, PLACEMENT_STRATEGIES_MAX, take_strategy, request);
    request->places = true;
}

struct constraint_request {
    int type;
    const char *expression;
};

static const char *const constraint_types[] = { "distinctInstance", "memberOf", NULL };
enum { DISTINCT_INSTANCE, MEMBER_OF };

static const struct field constraint_fields[] = {
    { .name = "type", .type = FIELD_CHOICE, .choices = constraint_types, .required = true,
      .offset = offsetof(struct constraint_request, type) },
    { .name = "expression", .type = FIELD_TEXT, .offset = offsetof(struct constraint_request, expression) },
    FIELDS_END,
};

static void take_constraint(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    struct instance_request *request = context;
    struct constraint_request constraint = { .expression = NULL };
    struct error err;
    fields_read(L, -1, path, constraint_fields, &constraint);
    if (constraint.type == DISTINCT_INSTANCE) {
        request->rule.distinct_instance = true;
        return;
    }
    if (!constraint.expression) {
        fields_error(L, path, "missing 'expression'");
    }
    const struct instance_query *query = instance_query_parse(scenario_of(L)->arena, constraint.expression, &err);
    if (!query) {
        const struct path expression = { .parent = path, .name = "expression" };
        fields_error(L, &expression, "%s", err.text);
    }
    request->member_of[request->member_of_count++] = query;
}

void instance_fields_read_constraints(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read_list(L, path, PLACEMENT_CONSTRAINTS_MAX, take_constraint, out);
    ((struct instance_request *)out)->places = true;
}

/* ---- capacity providers ------------------------------------------------------------------------------------- */

static const struct cluster *next_cluster(const struct world *world, const struct cluster *cluster)
{
    return cluster ? cluster->next : world->ec2->clusters;
}

static _Noreturn void no_such_provider(lua_State *L, const struct path *path, const char *name)
{
    enum { NAMED = 64 };
    const struct world *world = scenario_of(L)->world;
    const char *known[NAMED] = { "FARGATE", "FARGATE_SPOT" };
    size_t count = 2;
    for (const struct cluster *cluster = next_cluster(world, NULL); cluster; cluster = next_cluster(world, cluster)) {
        for (struct capacity_provider *provider = cluster->providers; provider && count < NAMED; provider = provider->next) {
            known[count++] = provider->config.name;
        }
    }
    fields_unknown(L, path, "capacity provider", name, known, count);
}

void instance_fields_read_provider(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct capacity_share *share = out;
    const struct reference *reference = object_test(L, -1, OBJECT_CAPACITY_PROVIDER);
    if (!reference && lua_type(L, -1) != LUA_TSTRING) {
        fields_error(L, path, "expected a capacity provider or its name, got %s", fields_found(L));
    }
    const char *name = reference ? reference->name : fields_text(L, path);
    for (int i = 0; bind_capacity_names[i]; i++) {
        if (strcmp(bind_capacity_names[i], name) == 0) {
            share->capacity = (enum capacity)i;
            return;
        }
    }
    share->capacity = CAPACITY_EC2;
    share->provider = capacity_provider_find(scenario_of(L)->world, name);
    if (!share->provider) {
        no_such_provider(L, path, name);
    }
}

/* ---- where a service is ------------------------------------------------------------------------------------- */

static int count_shares_on_ec2(const struct capacity_strategy *strategy)
{
    int count = 0;
    for (int i = 0; i < strategy->count; i++) {
        count += strategy->shares[i].capacity == CAPACITY_EC2;
    }
    return count;
}

static bool names_spot(const struct capacity_strategy *strategy)
{
    for (int i = 0; i < strategy->count; i++) {
        if (strategy->shares[i].capacity == CAPACITY_FARGATE_SPOT) {
            return true;
        }
    }
    return false;
}

/* CAP-03: Spot has no Windows. */
static void check_fits_fargate(lua_State *L, const struct path *path, const struct capacity_strategy *strategy,
                               const struct task_definition *definition)
{
    if (definition->windows && names_spot(strategy)) {
        fields_error(L, path, "FARGATE_SPOT runs no Windows tasks, and task definition '%s' is one", definition->name);
    }
    if (definition->interfaces == 0 || !cost_fargate_sells(definition->cpu_units, definition->memory_mib)) {
        fields_error(L, path, "task definition '%s' is for EC2 alone", definition->name);
    }
}

/* The prices of instances are Linux's. */
static void check_fits_instances(lua_State *L, const struct path *path, const struct task_definition *definition)
{
    if (definition->windows) {
        fields_error(L, path, "Windows is modelled on Fargate only, and task definition '%s' asks for it", definition->name);
    }
}

void instance_fields_check_update(lua_State *L, const struct service_config *config, const struct capacity_strategy *strategy,
                                  const struct task_definition *definition, int desired_count)
{
    static const struct path path = { .name = "update_service" };
    if (strategy->count > 0 && (count_shares_on_ec2(strategy) > 0) != (config->instances != NULL)) {
        fields_error(L, &path, "a service stays on Fargate, or on container instances");   /* D4 is not modelled */
    }
    const struct task_definition *wanted = definition ? definition : config->definition;
    if (config->instances) {
        check_fits_instances(L, &path, wanted);
    } else {
        check_fits_fargate(L, &path, strategy->count > 0 ? strategy : &config->strategy, wanted);
    }
    if (desired_count >= 0 && config->instances && config->instances->is_daemon) {
        fields_error(L, &path, "a DAEMON service has no desired_count of its own");
    }
}

void instance_fields_check_launch_type(lua_State *L, const struct path *path, const struct capacity_strategy *strategy)
{
    if (lua_getfield(L, 1, "launch_type") != LUA_TNIL && strategy->count > 0) {
        fields_error(L, path, "both a launch type and a capacity provider strategy: remove one");
    }
    lua_pop(L, 1);
}

static void settle_on_fargate(lua_State *L, const struct path *path, struct service_config *config,
                              const struct instance_request *request)
{
    static const char *const zones[] = { "a", "b", "c" };
    if (request->places) {
        fields_error(L, path, "placement strategies and constraints are about container instances, not about Fargate");
    }
    if (request->scheduling_strategy == SCHEDULING_DAEMON) {
        fields_error(L, path, "scheduling_strategy DAEMON needs launch_type EC2");
    }
    check_fits_fargate(L, path, &config->strategy, config->definition);
    if (config->zone_count == 0) {
        config->zone_count = sizeof zones / sizeof *zones;
        memcpy(config->zones, zones, sizeof zones);
    }
}

static void check_daemon(lua_State *L, const struct path *path, const struct service_config *config)
{
    if (config->strategy.count > 0) {
        fields_error(L, path, "scheduling_strategy DAEMON goes with launch_type EC2, not with a capacity provider strategy");
    }
    if (config->deployment.maximum_percent != 100) {
        fields_error(L, path, "maximum_percent of a DAEMON service must be 100");
    }
}

static const struct capacity_strategy launch_type_ec2 = { .shares = { { .capacity = CAPACITY_EC2, .weight = 1 } }, .count = 1 };

/* An empty one: launch type EC2. */
static void settle_strategy(lua_State *L, const struct path *path, struct capacity_strategy *strategy,
                            const struct cluster *cluster)
{
    if (strategy->count == 0) {
        *strategy = launch_type_ec2;
        return;
    }
    for (int i = 0; i < strategy->count; i++) {
        const struct capacity_share *share = &strategy->shares[i];
        if (share->capacity != CAPACITY_EC2) {
            fields_error(L, path, "a capacity provider strategy cannot mix Fargate with auto scaling groups");   /* CAP-02 */
        }
        if (share->provider->config.group->cluster != cluster) {
            fields_error(L, path, "capacity provider '%s' is in cluster '%s'", share->provider->config.name,
                         share->provider->config.group->cluster->name);
        }
    }
}

static struct cluster *find_cluster(lua_State *L, const struct path *path, const char *name)
{
    struct cluster *cluster = cluster_of(scenario_of(L)->world, name);
    if (!cluster->groups) {
        fields_error(L, path, "cluster '%s' has no auto scaling group: create that first", name);
    }
    return cluster;
}

static struct instance_settings *create_settings(lua_State *L, struct cluster *cluster, const struct instance_request *request)
{
    struct instance_settings *settings = arena_alloc(scenario_of(L)->arena, sizeof *settings);
    *settings = (struct instance_settings){
        .cluster = cluster, .is_daemon = request->scheduling_strategy == SCHEDULING_DAEMON, .rule = request->rule,
        .member_of_count = request->member_of_count,
    };
    memcpy(settings->member_of, request->member_of, sizeof request->member_of);
    if (request->rule.strategy_count == 0) {
        memcpy(settings->rule.strategies, placement_rule_default.strategies, sizeof settings->rule.strategies);
        settings->rule.strategy_count = placement_rule_default.strategy_count;
    }
    return settings;
}

static void settle_on_instances(lua_State *L, const struct path *path, struct service_config *config,
                                const struct instance_request *request)
{
    check_fits_instances(L, path, config->definition);
    struct cluster *cluster = find_cluster(L, path, config->cluster);
    if (request->scheduling_strategy == SCHEDULING_DAEMON) {
        check_daemon(L, path, config);
    }
    settle_strategy(L, path, &config->strategy, cluster);
    if (config->zone_count == 0) {
        config->zone_count = cluster_zones(cluster, config->zones, SERVICE_ZONES_MAX);
    }
    config->instances = create_settings(L, cluster, request);
}

void instance_fields_settle(lua_State *L, const struct path *path, struct service_config *config,
                            const struct instance_request *request)
{
    if (request->launch_type == LAUNCH_TYPE_EC2 || count_shares_on_ec2(&config->strategy) > 0) {
        settle_on_instances(L, path, config, request);
    } else {
        settle_on_fargate(L, path, config, request);
    }
}

void instance_fields_settle_standalone(lua_State *L, const struct path *path, int launch_type, const char *cluster,
                                       struct standalone_request *request)
{
    instance_fields_check_launch_type(L, path, &request->strategy);
    if (launch_type == LAUNCH_TYPE_EC2 || count_shares_on_ec2(&request->strategy) > 0) {
        request->cluster = find_cluster(L, path, cluster);
        check_fits_instances(L, path, request->definition);
        settle_strategy(L, path, &request->strategy, request->cluster);
    } else {
        check_fits_fargate(L, path, &request->strategy, request->definition);
    }
    if (!standalone_may_run(scenario_of(L)->world, request)) {
        fields_error(L, path, "standalone tasks of family '%s' stay on Fargate, or in one cluster", request->definition->family);
    }
}

/* ---- task definitions --------------------------------------------------------------------------------------- */

bool instance_fields_ask_for_ec2(lua_State *L)
{
    bool only = false;
    if (!lua_istable(L, 1)) {
        return false;
    }
    if (lua_getfield(L, 1, "requires_compatibilities") == LUA_TTABLE && lua_rawlen(L, -1) == 1) {
        lua_rawgeti(L, -1, 1);
        only = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "EC2") == 0;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return only;
}

static void check_compatibility(lua_State *L, const struct path *path, int i, void *context)
{
    (void)i;
    (void)context;
    const char *name = fields_text(L, path);
    if (strcmp(name, "EC2") != 0 && strcmp(name, "FARGATE") != 0) {
        fields_unknown(L, path, "compatibility", name, instance_launch_types, 2);
    }
}

void instance_fields_read_compatibilities(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    (void)out;
    fields_read_list(L, path, 2, check_compatibility, NULL);
}
