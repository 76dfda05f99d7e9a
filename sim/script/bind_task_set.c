/* Calls of an EXTERNAL deployment controller: task sets of a service (DEPLOY-16). */
#include <string.h>

#include "model/task_set.h"
#include "script/bind.h"
#include "script/control.h"

/* What the five calls ask for; none has all of it. */
struct task_set_request {
    struct control_call call;
    struct service *service;
    const struct task_definition *definition;
    const char *id;
    struct scale {
        double value;
    } scale;
    bool force;
    control_answer *act;          /* once the account has a token for it */
};

#define OFFSET(field) offsetof(struct task_set_request, field)

static const struct field scale_fields[] = {
    { .name = "value", .type = FIELD_NUMBER, .required = true, .least = 0, .most = 100, .offset = offsetof(struct scale, value) },
    { .name = "unit", .type = FIELD_FIXED, .choices = (const char *const[]){ "PERCENT", NULL } },
    FIELDS_END,
};

static void read_scale(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    fields_read(L, -1, path, scale_fields, out);
}

/* Raises unless the service's controller is EXTERNAL. */
static void read_external_service(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct service *service = bind_to_service(L, path);
    if (!service->config.is_external) {
        fields_error(L, path, "service '%s' has no deployment_controller of type EXTERNAL", service->name);
    }
    *(struct service **)out = service;
}

#define SERVICE_FIELD                                                                                                 \
    { .name = "service", .type = FIELD_CUSTOM, .read = read_external_service, .required = true, .offset = OFFSET(service) }, \
    { .name = "cluster", .type = FIELD_WITHOUT_EFFECT }

static struct deployment *find_set(const struct task_set_request *request)
{
    struct deployment *set = request->service->deployments;
    while (set && strcmp(set->id, request->id) != 0) {
        set = set->older;
    }
    return set;
}

/* ---- answers ------------------------------------------------------------------------------------------------ */

static void set_integer(lua_State *L, const char *name, int value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void push_set(lua_State *L, const struct deployment *set)
{
    int computed = task_set_computed_desired(set->service->desired_count, set->scale_milli);
    lua_createtable(L, 0, 8);
    lua_pushstring(L, set->id);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, set->leaves ? "DRAINING" : deployment_status_names[set->status]);
    lua_setfield(L, -2, "status");
    lua_pushstring(L, task_set_is_steady(set) ? "STEADY_STATE" : "STABILIZING");
    lua_setfield(L, -2, "stability_status");
    bind_push_reference(L, OBJECT_TASK_DEFINITION, set->definition->script, set->definition->name);
    lua_setfield(L, -2, "task_definition");
    set_integer(L, "computed_desired_count", computed);
    set_integer(L, "running_count", set->running_count);
    set_integer(L, "pending_count", set->pending_count);
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, set->scale_milli / 1e3);
    lua_setfield(L, -2, "value");
    lua_pushliteral(L, "PERCENT");
    lua_setfield(L, -2, "unit");
    lua_setfield(L, -2, "scale");
}

static int answer_set(lua_State *L, const struct deployment *set)
{
    lua_createtable(L, 0, 1);
    push_set(L, set);
    lua_setfield(L, -2, "task_set");
    return 1;
}

static int refuse_unknown(lua_State *L)
{
    return control_refuse(L, "TaskSetNotFoundException", "The specified task set wasn't found.");
}

static int milli_of(const struct task_set_request *request)
{
    return (int)(request->scale.value * 1000 + 0.5);
}

static int answer_create(lua_State *L, struct control_call *call)
{
    const struct task_set_request *request = (const struct task_set_request *)call;
    if (request->service->status != SERVICE_ACTIVE) {
        return control_refuse(L, "ServiceNotActiveException", "Service was not ACTIVE.");
    }
    return answer_set(L, task_set_create(request->service, request->definition, milli_of(request)));
}

static int answer_update(lua_State *L, struct control_call *call)
{
    const struct task_set_request *request = (const struct task_set_request *)call;
    struct deployment *set = find_set(request);
    if (!set || set->leaves) {
        return refuse_unknown(L);
    }
    task_set_scale(set, milli_of(request));
    return answer_set(L, set);
}

static int answer_primary(lua_State *L, struct control_call *call)
{
    struct deployment *set = find_set((const struct task_set_request *)call);
    if (!set || set->leaves) {
        return refuse_unknown(L);
    }
    task_set_make_primary(set);
    return answer_set(L, set);
}

static int answer_delete(lua_State *L, struct control_call *call)
{
    const struct task_set_request *request = (const struct task_set_request *)call;
    struct deployment *set = find_set(request);
    if (!set) {
        return refuse_unknown(L);
    }
    if (set->status == DEPLOYMENT_PRIMARY) {
        return control_refuse(L, "InvalidParameterException", "The primary task set of a service cannot be deleted.");
    }
    if (!request->force && set->scale_milli > 0) {
        return control_refuse(L, "InvalidParameterException", "The task set is not scaled down to 0 %: force is needed.");
    }
    task_set_delete(set);
    return answer_set(L, set);
}

static int answer_describe(lua_State *L, struct control_call *call)
{
    const struct task_set_request *request = (const struct task_set_request *)call;
    int i = 0;
    lua_createtable(L, 0, 1);
    lua_newtable(L);
    for (const struct deployment *set = request->service->deployments; set; set = set->older) {
        push_set(L, set);
        lua_rawseti(L, -2, ++i);
    }
    lua_setfield(L, -2, "task_sets");
    return 1;
}

/* ---- calls -------------------------------------------------------------------------------------------------- */

static int answer(lua_State *L, struct control_call *call)
{
    const struct task_set_request *request = (const struct task_set_request *)call;
    struct scenario *scenario = scenario_of(L);
    bool reads = request->act == answer_describe;
    struct token_bucket *bucket = reads ? &scenario->world->cluster_read_bucket : &scenario->world->service_modify_bucket;
    return control_take_token(scenario, bucket) ? request->act(L, call) : control_refuse_throttled(L);
}

static int send(lua_State *L, const char *name, const struct field *fields, control_answer *act)
{
    struct task_set_request *request = control_begin(L, name, sizeof *request, answer);
    request->scale.value = 100;
    request->act = act;
    control_read(L, name + strlen("ecs."), fields, request);
    return control_wait(L, request, ASSUME_API_LATENCY_MS);
}

static int ecs_create_task_set(lua_State *L)
{
    static const struct field fields[] = {
        SERVICE_FIELD,
        { .name = "task_definition", .type = FIELD_CUSTOM, .read = bind_read_definition, .required = true, .offset = OFFSET(definition) },
        { .name = "scale", .type = FIELD_CUSTOM, .read = read_scale, .offset = OFFSET(scale) },
        { .name = "external_id", .type = FIELD_WITHOUT_EFFECT },
        FIELDS_END,
    };
    return send(L, "ecs.create_task_set", fields, answer_create);
}

static int ecs_update_task_set(lua_State *L)
{
    static const struct field fields[] = {
        SERVICE_FIELD,
        { .name = "task_set", .type = FIELD_TEXT, .required = true, .offset = OFFSET(id) },
        { .name = "scale", .type = FIELD_CUSTOM, .read = read_scale, .required = true, .offset = OFFSET(scale) },
        FIELDS_END,
    };
    return send(L, "ecs.update_task_set", fields, answer_update);
}

static int ecs_update_service_primary_task_set(lua_State *L)
{
    static const struct field fields[] = {
        SERVICE_FIELD,
        { .name = "primary_task_set", .type = FIELD_TEXT, .required = true, .offset = OFFSET(id) },
        FIELDS_END,
    };
    return send(L, "ecs.update_service_primary_task_set", fields, answer_primary);
}

static int ecs_delete_task_set(lua_State *L)
{
    static const struct field fields[] = {
        SERVICE_FIELD,
        { .name = "task_set", .type = FIELD_TEXT, .required = true, .offset = OFFSET(id) },
        { .name = "force", .type = FIELD_BOOLEAN, .offset = OFFSET(force) },
        FIELDS_END,
    };
    return send(L, "ecs.delete_task_set", fields, answer_delete);
}

static int ecs_describe_task_sets(lua_State *L)
{
    static const struct field fields[] = { SERVICE_FIELD, FIELDS_END };
    return send(L, "ecs.describe_task_sets", fields, answer_describe);
}

void bind_add_task_set_calls(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "create_task_set", ecs_create_task_set },
        { "delete_task_set", ecs_delete_task_set },
        { "describe_task_sets", ecs_describe_task_sets },
        { "update_service_primary_task_set", ecs_update_service_primary_task_set },
        { "update_task_set", ecs_update_task_set },
        { NULL, NULL },
    };
    luaL_setfuncs(L, functions, 0);
}
