#include "script/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/standalone.h"
#include "script/bind.h"
#include "script/container.h"
#include "script/external_policy.h"
#include "script/input.h"
#include "script/sandbox.h"

/* ---- what the script says of itself ------------------------------------------------------------------------- */

static void add_header_line(struct scenario *scenario, const char *text, size_t length)
{
    while (length > 0 && (*text == '-' || *text == ' ')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\r')) {
        length--;
    }
    VEC_GROW(scenario->header, scenario->header_count, scenario->header_room);
    scenario->header[scenario->header_count++] = arena_printf(scenario->arena, "%.*s", (int)length, text);
}

static void read_header(struct scenario *scenario, const char *text)
{
    while (strncmp(text, "--", 2) == 0 && strncmp(text, "--[[", 4) != 0) {
        size_t length = strcspn(text, "\n");
        add_header_line(scenario, text, length);
        text += length;
        text += *text == '\n';
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void note_without_effect(void *context, const char *path)
{
    struct scenario *scenario = context;
    for (size_t i = 0; i < scenario->without_effect_count; i++) {
        if (strcmp(scenario->without_effect[i], path) == 0) {
            return;
        }
    }
    VEC_GROW(scenario->without_effect, scenario->without_effect_count, scenario->without_effect_room);
    scenario->without_effect[scenario->without_effect_count++] = arena_text(scenario->arena, path);
}

/* ---- require ------------------------------------------------------------------------------------------------ */

static const char modules_key;    /* its address is the registry's key: values of modules by name */

/* The chunk in `file`, named `path` in messages, pushed; raises if it is not Lua. Frees `file`. */
static void load_chunk(lua_State *L, struct file *file, const char *path)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    if (*file->text == *LUA_SIGNATURE) {
        input_free(file);
        luaL_error(L, "%s: this is a compiled chunk, not a text", path);
    }
    size_t skip = strncmp(file->text, byte_order_mark, 3) == 0 ? 3 : 0;
    lua_pushfstring(L, "@%s", path);
    int status = luaL_loadbufferx(L, file->text + skip, file->size - skip, lua_tostring(L, -1), "t");
    input_free(file);
    lua_remove(L, -2);
    if (status != LUA_OK) {
        lua_error(L);
    }
    sandbox_push_environment(L);
    lua_setupvalue(L, -2, 1);
}

static void push_module(lua_State *L, const char *name)
{
    struct file file;
    struct error err;
    const char *path;
    if (bind_push_module(L, name)) {
        return;
    }
    if (!input_read_module(scenario_of(L), name, &file, &path, &err)) {
        luaL_error(L, "require: %s", err.text);
    }
    load_chunk(L, &file, path);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        luaL_error(L, "require: module '%s' returns nothing", name);
    }
}

/* While a module loads, `false` stands in its place. */
static int require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &modules_key);
    if (lua_getfield(L, 2, name) == LUA_TBOOLEAN) {
        return luaL_error(L, "require: module '%s' requires itself", name);
    }
    if (!lua_isnil(L, -1)) {
        return 1;
    }
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, 2, name);
    push_module(L, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, 2, name);
    return 1;
}

/* ---- loading ------------------------------------------------------------------------------------------------ */

static int open_state(lua_State *L)
{
    struct scenario *scenario = lua_touserdata(L, 1);
    sandbox_open(L, require);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &modules_key);
    bind_open_objects(L);
    fields_set_owner(L, &(struct fields_owner){
        .arena = scenario->arena, .note_without_effect = note_without_effect, .context = scenario,
    });
    return 0;
}

struct script {
    struct scenario *scenario;
    struct file file;
    lua_State *thread;            /* the script runs as a coroutine, so that a failure shows its lines */
};

static int load_script(lua_State *L)
{
    struct script *script = lua_touserdata(L, 1);
    script->thread = lua_newthread(L);
    luaL_ref(L, LUA_REGISTRYINDEX);
    load_chunk(L, &script->file, script->scenario->options.path);
    lua_xmove(L, script->thread, 1);
    return 0;
}

static bool run_script(struct scenario *scenario, struct error *err)
{
    struct script script = { .scenario = scenario };
    if (!input_read_script(scenario, &script.file, err)) {
        return false;
    }
    read_header(scenario, script.file.text);
    if (!state_call(scenario->state, load_script, &script, err)) {
        return false;
    }
    scenario->building = true;
    int status = state_resume(scenario->state, script.thread, 0);
    scenario->building = false;
    if (status == LUA_OK) {
        lua_settop(script.thread, 0);
        return true;
    }
    state_describe(script.thread, NULL, scenario->options.path, err);
    return false;
}

static bool assume(struct scenario *scenario, struct error *err)
{
    for (size_t i = 0; i < scenario->options.assumption_count; i++) {
        const struct scenario_setting *setting = &scenario->options.assumptions[i];
        if (!assumptions_set(&scenario->world->assumptions, setting->name, setting->value, err)) {
            return false;
        }
    }
    return true;
}

static bool is_of_a_service(const struct world *world, const char *family)
{
    for (int i = 0; i < world->service_count; i++) {
        if (strcmp(world->services[i]->config.definition->family, family) == 0) {
            return true;
        }
    }
    return false;
}

/* A family without a service is there for RunTask: it has numbers from the beginning, so that they can be expected. */
static void open_standalone_books(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->definition_count; i++) {
        if (!is_of_a_service(scenario->world, scenario->definitions[i]->family)) {
            standalone_books(scenario->world, scenario->definitions[i]);
        }
    }
}

static bool build(struct scenario *scenario, struct error *err)
{
    if (!assume(scenario, err) || !state_call(scenario->state, open_state, scenario, err) || !run_script(scenario, err)) {
        return false;
    }
    if (!scenario->parameters_declared && !bind_apply_settings(scenario, err)) {
        return error_wrap(err, "%s", scenario->options.path);
    }
    if (scenario->without_effect_count > 0) {
        qsort(scenario->without_effect, scenario->without_effect_count, sizeof *scenario->without_effect, compare_texts);
    }
    open_standalone_books(scenario);
    return bind_parse_expected(scenario, err);
}

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_printf(arena, "%.*s", (int)(slash + 1 - path), path) : "";
}

static struct state_limits limits_of(const struct scenario_options *options)
{
    struct state_limits limits = state_limits_default;
    if (options->memory_limit > 0) {
        limits.memory = options->memory_limit;
    }
    if (options->instruction_limit > 0) {
        limits.instructions = options->instruction_limit;
    }
    return limits;
}

struct scenario *scenario_load(struct world *world, const struct scenario_options *options, struct error *err)
{
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    const struct state_limits limits = limits_of(options);
    scenario->world = world;
    scenario->sim = world->sim;
    scenario->arena = world->arena;
    scenario->options = *options;
    scenario->folder = folder_of(world->arena, options->path);
    scenario->coroutines = pool_create(sizeof(struct coroutine));
    scenario->containers = pool_create(sizeof(struct container));
    rng_init(&scenario->api_rng, world->sim, "control plane", 0);
    scenario->state = state_create(&limits, scenario, err);
    if (!scenario->state || !build(scenario, err)) {
        scenario_destroy(scenario);
        return NULL;
    }
    return scenario;
}

void scenario_destroy(struct scenario *scenario)
{
    if (!scenario) {
        return;
    }
    for (struct external_policy *program = scenario->externals; program; program = program->next) {
        external_policy_stop(program);
    }
    state_destroy(scenario->state);
    pool_destroy(scenario->coroutines);
    pool_destroy(scenario->containers);
    mem_release_all(&scenario->owned);
    free(scenario->parameters);
    free(scenario->inputs);
    free(scenario->without_effect);
    free(scenario->header);
    free(scenario->expected);
    free(scenario->definitions);
    free(scenario->names);
    free(scenario);
}

/* ---- what it tells others ----------------------------------------------------------------------------------- */

size_t scenario_parameter_count(const struct scenario *scenario)
{
    return scenario->parameter_count;
}

const struct parameter *scenario_parameter(const struct scenario *scenario, size_t i)
{
    return &scenario->parameters[i];
}

size_t scenario_input_count(const struct scenario *scenario)
{
    return scenario->input_count;
}

const struct scenario_input *scenario_input(const struct scenario *scenario, size_t i)
{
    return &scenario->inputs[i];
}

size_t scenario_without_effect_count(const struct scenario *scenario)
{
    return scenario->without_effect_count;
}

const char *scenario_without_effect(const struct scenario *scenario, size_t i)
{
    return scenario->without_effect[i];
}

size_t scenario_program_count(const struct scenario *scenario)
{
    size_t count = 0;
    for (const struct external_policy *program = scenario->externals; program; program = program->next) {
        count++;
    }
    return count;
}

struct scenario_program scenario_program(const struct scenario *scenario, size_t i)
{
    const struct external_policy *program = scenario->externals;
    for (size_t past = scenario_program_count(scenario) - i; past > 1; past--) {
        program = program->next;                     /* they are kept newest first */
    }
    return (struct scenario_program){ .policy = program->policy, .program = program->program };
}

const char *scenario_header_line(const struct scenario *scenario, size_t i)
{
    return i < scenario->header_count ? scenario->header[i] : NULL;
}

size_t scenario_verdict_count(const struct scenario *scenario)
{
    return scenario->expected_count;
}

struct verdict scenario_verdict(const struct scenario *scenario, size_t i)
{
    const struct expected *expected = &scenario->expected[i];
    return expected->is_eventually ? eventually_judge(expected->eventually) : expectation_judge(expected->expectation);
}
