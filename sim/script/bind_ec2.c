/* The module `ec2`, and what `ecs` has of container instances: Auto Scaling groups, capacity providers, placement, draining. */
#include <string.h>

#include "model/capacity_provider.h"
#include "script/bind.h"
#include "script/control.h"
#include "script/instance_fields.h"

enum { INSTANCES_MAX = 5000, DRAINED_MAX = 10 };     /* SCHED-30; per call of UpdateContainerInstancesState */

static const char *const enabled_names[] = { "DISABLED", "ENABLED", NULL };

/* ---- Auto Scaling groups ------------------------------------------------------------------------------------ */

static void read_instance_type(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const char *name = fields_text(L, path);
    const struct instance_type *type = instance_type_find(name);
    if (!type) {
        const char *names[INSTANCE_TYPES];
        for (size_t i = 0; i < INSTANCE_TYPES; i++) {
            names[i] = instance_types[i].name;
        }
        fields_unknown(L, path, "instance type", name, names, INSTANCE_TYPES);
    }
    *(const struct instance_type **)out = type;
}

static void take_zone(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct auto_scaling_group_config *)context)->zones[i] = fields_text(L, path);
}

static void read_zones(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct auto_scaling_group_config *config = out;
    config->zone_count = fields_read_list(L, path, GROUP_ZONES_MAX, take_zone, config);
    if (config->zone_count == 0) {
        fields_error(L, path, "expected at least one zone");
    }
}

#define OF_GROUP(field) offsetof(struct auto_scaling_group_config, field)
static const struct field group_fields[] = {
    { .name = "auto_scaling_group_name", .type = FIELD_TEXT, .required = true, .offset = OF_GROUP(name) },
    { .name = "instance_type", .type = FIELD_CUSTOM, .read = read_instance_type, .required = true, .offset = OF_GROUP(type) },
    { .name = "min_size", .type = FIELD_INTEGER, .required = true, .most = INSTANCES_MAX, .offset = OF_GROUP(min_size) },
    { .name = "max_size", .type = FIELD_INTEGER, .required = true, .most = INSTANCES_MAX, .offset = OF_GROUP(max_size) },
    { .name = "desired_capacity", .type = FIELD_INTEGER, .most = INSTANCES_MAX, .offset = OF_GROUP(desired_capacity) },
    { .name = "availability_zones", .type = FIELD_CUSTOM, .read = read_zones },
    { .name = "cluster", .type = FIELD_TEXT, .offset = OF_GROUP(cluster) },
    { .name = "new_instances_protected_from_scale_in", .type = FIELD_BOOLEAN, .offset = OF_GROUP(new_instances_protected) },
    { .name = "health_check_grace_period", .type = FIELD_WITHOUT_EFFECT },
    { .name = "launch_template", .type = FIELD_WITHOUT_EFFECT },
    { .name = "mixed_instances_policy", .type = FIELD_LATER },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    { .name = "termination_policies", .type = FIELD_LATER },
    FIELDS_END,
};

static void check_group(lua_State *L, const struct path *path, struct auto_scaling_group_config *config)
{
    if (config->desired_capacity < 0) {
        config->desired_capacity = config->min_size;
    }
    if (config->max_size < config->min_size) {
        fields_error(L, path, "max_size %d is below min_size %d", config->max_size, config->min_size);
    }
    if (config->desired_capacity < config->min_size || config->desired_capacity > config->max_size) {
        fields_error(L, path, "desired_capacity %d is outside %d..%d", config->desired_capacity, config->min_size,
                     config->max_size);
    }
    if (auto_scaling_group_find(scenario_of(L)->world, config->name)) {
        fields_error(L, path, "there is already an auto scaling group '%s'", config->name);
    }
}

static int ec2_create_auto_scaling_group(lua_State *L)
{
    static const struct path path = { .name = "create_auto_scaling_group" };
    bind_check_building(L, "ec2.create_auto_scaling_group");
    struct auto_scaling_group_config config = {
        .cluster = "default", .desired_capacity = -1, .zones = { "a", "b", "c" }, .zone_count = 3,
    };
    fields_read_argument(L, path.name, group_fields, &config);
    check_group(L, &path, &config);
    struct auto_scaling_group *group = auto_scaling_group_create(scenario_of(L)->world, &config);
    bind_push_reference(L, OBJECT_AUTO_SCALING_GROUP, group, group->config.name);
    return 1;
}

static struct auto_scaling_group *find_group(lua_State *L, const struct path *path, const char *name)
{
    enum { NAMED = 64 };
    const struct world *world = scenario_of(L)->world;
    struct auto_scaling_group *found = auto_scaling_group_find(world, name);
    const char *known[NAMED];
    size_t count = 0;
    for (const struct cluster *cluster = world->ec2->clusters; cluster; cluster = cluster->next) {
        for (struct auto_scaling_group *group = cluster->groups; group && count < NAMED; group = group->next) {
            known[count++] = group->config.name;
        }
    }
    if (!found) {
        fields_unknown(L, path, "auto scaling group", name, known, count);
    }
    return found;
}

static void read_group(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    const struct reference *reference = object_test(L, -1, OBJECT_AUTO_SCALING_GROUP);
    if (!reference && lua_type(L, -1) != LUA_TSTRING) {
        fields_error(L, path, "expected an auto scaling group or its name, got %s", fields_found(L));
    }
    *(struct auto_scaling_group **)out = reference ? reference->target : find_group(L, path, lua_tostring(L, -1));
}

struct set_capacity {
    struct control_call call;
    struct auto_scaling_group *group;
    int desired_capacity;
};

static const struct field set_capacity_fields[] = {
    { .name = "auto_scaling_group_name", .type = FIELD_CUSTOM, .read = read_group, .required = true,
      .offset = offsetof(struct set_capacity, group) },
    { .name = "desired_capacity", .type = FIELD_INTEGER, .required = true, .most = INSTANCES_MAX,
      .offset = offsetof(struct set_capacity, desired_capacity) },
    { .name = "honor_cooldown", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

static int answer_set_capacity(lua_State *L, struct control_call *call)
{
    const struct set_capacity *request = (const struct set_capacity *)call;
    const struct auto_scaling_group_config *config = &request->group->config;
    if (request->desired_capacity < config->min_size || request->desired_capacity > config->max_size) {
        return control_refuse(L, "ValidationError", "New SetDesiredCapacity value is outside the group's bounds.");
    }
    auto_scaling_group_set_desired(request->group, request->desired_capacity);
    lua_newtable(L);
    return 1;
}

static int ec2_set_desired_capacity(lua_State *L)
{
    struct set_capacity *request = control_begin(L, "ec2.set_desired_capacity", sizeof *request, answer_set_capacity);
    control_read(L, "set_desired_capacity", set_capacity_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

/* ---- capacity providers ------------------------------------------------------------------------------------- */

struct scaling_request {
    int status;                   /* in enabled_names; below 0: not given */
    struct managed_scaling scaling;
};

struct provider_request {
    const char *name;
    struct auto_scaling_group *group;
    struct scaling_request managed;
    int termination_protection, draining;            /* in enabled_names */
};

#define OF_SCALING(field) offsetof(struct scaling_request, field)
static const struct field scaling_fields[] = {
    { .name = "status", .type = FIELD_CHOICE, .choices = enabled_names, .offset = OF_SCALING(status) },
    { .name = "target_capacity", .type = FIELD_INTEGER, .least = 1, .most = 100,
      .offset = OF_SCALING(scaling.target_capacity) },
    { .name = "minimum_scaling_step_size", .type = FIELD_INTEGER, .least = 1, .most = 10000,
      .offset = OF_SCALING(scaling.minimum_step) },
    { .name = "maximum_scaling_step_size", .type = FIELD_INTEGER, .least = 1, .most = 10000,
      .offset = OF_SCALING(scaling.maximum_step) },
    { .name = "instance_warmup_period", .type = FIELD_TIME, .least = 0, .most = 10000, .offset = OF_SCALING(scaling.warmup_s) },
    FIELDS_END,
};

#define OF_PROVIDER(field) offsetof(struct provider_request, field)
static const struct field group_provider_fields[] = {
    { .name = "auto_scaling_group_arn", .type = FIELD_CUSTOM, .read = read_group, .required = true,
      .offset = OF_PROVIDER(group) },
    { .name = "managed_scaling", .type = FIELD_TABLE, .fields = scaling_fields, .offset = OF_PROVIDER(managed) },
    { .name = "managed_termination_protection", .type = FIELD_CHOICE, .choices = enabled_names,
      .offset = OF_PROVIDER(termination_protection) },
    { .name = "managed_draining", .type = FIELD_CHOICE, .choices = enabled_names, .offset = OF_PROVIDER(draining) },
    FIELDS_END,
};

static const struct field provider_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, .offset = OF_PROVIDER(name) },
    { .name = "auto_scaling_group_provider", .type = FIELD_TABLE, .fields = group_provider_fields, .required = true },
    { .name = "managed_instances_provider", .type = FIELD_LATER },
    { .name = "tags", .type = FIELD_WITHOUT_EFFECT },
    FIELDS_END,
};

/* CAP-14: protection takes managed scaling, and instances that are protected when they are launched. */
static void check_provider(lua_State *L, const struct path *path, const struct provider_request *request)
{
    static const char *const reserved[] = { "FARGATE", "FARGATE_SPOT" };
    bool is_known = capacity_provider_find(scenario_of(L)->world, request->name) != NULL;
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        is_known = is_known || strcmp(request->name, reserved[i]) == 0;
    }
    if (is_known) {
        fields_error(L, path, "there is already a capacity provider '%s'", request->name);
    }
    if (request->group->provider) {
        fields_error(L, path, "auto scaling group '%s' has a capacity provider already", request->group->config.name);
    }
    const struct managed_scaling *scaling = &request->managed.scaling;
    if (scaling->minimum_step > scaling->maximum_step) {
        fields_error(L, path, "minimum_scaling_step_size %d is above maximum_scaling_step_size %d", scaling->minimum_step,
                     scaling->maximum_step);
    }
    if (request->termination_protection && !scaling->enabled) {
        fields_error(L, path, "managed_termination_protection needs managed_scaling");
    }
    if (request->termination_protection && !request->group->config.new_instances_protected) {
        fields_error(L, path, "managed_termination_protection needs an auto scaling group with "
                              "new_instances_protected_from_scale_in");
    }
}

static int ecs_create_capacity_provider(lua_State *L)
{
    static const struct path path = { .name = "create_capacity_provider" };
    bind_check_building(L, "ecs.create_capacity_provider");
    struct provider_request request = { .managed = { .status = -1, .scaling = managed_scaling_default }, .draining = 1 };
    fields_read_argument(L, path.name, provider_fields, &request);
    request.managed.scaling.enabled = request.managed.status == 1;
    check_provider(L, &path, &request);
    const struct capacity_provider_config config = {
        .name = request.name, .group = request.group, .scaling = request.managed.scaling,
        .termination_protection = request.termination_protection, .managed_draining = request.draining,
    };
    struct capacity_provider *provider = capacity_provider_create(scenario_of(L)->world, &config);
    bind_push_reference(L, OBJECT_CAPACITY_PROVIDER, provider, provider->config.name);
    return 1;
}

/* ---- container instances ------------------------------------------------------------------------------------ */

struct list_instances {
    struct control_call call;
    const char *cluster;
    int status;                   /* in state_names; below 0: not given */
};

static const char *const state_names[] = { "ACTIVE", "DRAINING", NULL };
static const enum instance_status states[] = { INSTANCE_ACTIVE, INSTANCE_DRAINING };

static const struct field list_instances_fields[] = {
    { .name = "cluster", .type = FIELD_TEXT, .offset = offsetof(struct list_instances, cluster) },
    { .name = "status", .type = FIELD_CHOICE, .choices = state_names, .offset = offsetof(struct list_instances, status) },
    { .name = "filter", .type = FIELD_LATER },
    FIELDS_END,
};

static int answer_list_instances(lua_State *L, struct control_call *call)
{
    const struct list_instances *request = (const struct list_instances *)call;
    struct scenario *scenario = scenario_of(L);
    const struct cluster *cluster = cluster_find(scenario->world, request->cluster);
    if (!control_take_token(scenario, &scenario->world->cluster_read_bucket)) {
        return control_refuse_throttled(L);
    }
    lua_createtable(L, 0, 1);
    lua_newtable(L);
    lua_Integer count = 0;
    for (int i = 0; cluster && i < cluster->instance_count; i++) {
        const struct instance *instance = cluster->instances[i];
        if (request->status < 0 || instance->status == states[request->status]) {
            lua_pushstring(L, instance->id);
            lua_rawseti(L, -2, ++count);
        }
    }
    lua_setfield(L, -2, "container_instance_arns");
    return 1;
}

static int ecs_list_container_instances(lua_State *L)
{
    struct list_instances *request =
        control_begin(L, "ecs.list_container_instances", sizeof *request, answer_list_instances);
    request->cluster = "default";
    request->status = -1;
    control_read(L, "list_container_instances", list_instances_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

struct update_instances {
    struct control_call call;
    const char *cluster;
    int status, count;
    const char *ids[DRAINED_MAX];
};

static void take_id(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct update_instances *)context)->ids[i] = fields_text(L, path);
}

static void read_ids(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct update_instances *request = out;
    request->count = fields_read_list(L, path, DRAINED_MAX, take_id, request);
}

static const struct field update_instances_fields[] = {
    { .name = "container_instances", .type = FIELD_CUSTOM, .read = read_ids, .required = true },
    { .name = "status", .type = FIELD_CHOICE, .choices = state_names, .required = true,
      .offset = offsetof(struct update_instances, status) },
    { .name = "cluster", .type = FIELD_TEXT, .offset = offsetof(struct update_instances, cluster) },
    FIELDS_END,
};

static struct instance *find_instance(const struct cluster *cluster, const char *id)
{
    for (int i = 0; cluster && i < cluster->instance_count; i++) {
        if (strcmp(cluster->instances[i]->id, id) == 0) {
            return cluster->instances[i];
        }
    }
    return NULL;
}

/* What its group lets go cannot be called back. */
static void set_state(struct instance *instance, enum instance_status status)
{
    if (status == INSTANCE_DRAINING && instance->status == INSTANCE_ACTIVE) {
        instance_drain(instance);
    } else if (status == INSTANCE_ACTIVE && instance->status == INSTANCE_DRAINING && !instance->leaving) {
        instance_activate(instance);
    }
}

/* Append { name = id } to the list at `list`. */
static void add_id(lua_State *L, int list, const char *name, const char *id)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, id);
    lua_setfield(L, -2, name);
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

static int answer_update_instances(lua_State *L, struct control_call *call)
{
    const struct update_instances *request = (const struct update_instances *)call;
    struct scenario *scenario = scenario_of(L);
    if (!control_take_token(scenario, &scenario->world->cluster_modify_bucket)) {
        return control_refuse_throttled(L);
    }
    lua_createtable(L, 0, 2);
    int answer = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    for (int i = 0; i < request->count; i++) {
        struct instance *instance = find_instance(cluster_find(scenario->world, request->cluster), request->ids[i]);
        if (instance) {
            set_state(instance, states[request->status]);
            add_id(L, answer + 1, "container_instance_arn", request->ids[i]);
        } else {
            add_id(L, answer + 2, "arn", request->ids[i]);
        }
    }
    lua_setfield(L, answer, "failures");
    lua_setfield(L, answer, "container_instances");
    return 1;
}

static int ecs_update_container_instances_state(lua_State *L)
{
    struct update_instances *request =
        control_begin(L, "ecs.update_container_instances_state", sizeof *request, answer_update_instances);
    request->cluster = "default";
    control_read(L, "update_container_instances_state", update_instances_fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

/* ---- modules ------------------------------------------------------------------------------------------------ */

void bind_add_instance_calls(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "create_capacity_provider", ecs_create_capacity_provider },
        { "list_container_instances", ecs_list_container_instances },
        { "update_container_instances_state", ecs_update_container_instances_state },
        { NULL, NULL },
    };
    luaL_setfuncs(L, functions, 0);
}

int bind_open_ec2(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "create_auto_scaling_group", ec2_create_auto_scaling_group },
        { "set_desired_capacity", ec2_set_desired_capacity },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
