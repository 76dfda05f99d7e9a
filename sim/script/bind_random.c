/* sim.random: a random variable with a stream of its own. */
#include <math.h>

#include "script/bind.h"
#include "script/random.h"

struct random_request {
    const char *name;
    int distribution;
    double mean, cv, min, max;    /* NaN: not given */
    const double *values, *weights;
    int value_count, weight_count;
};

/* In the order of enum; the names are those of dist_types. */
static const char *const distributions[] = {
    "exponential", "constant", "empirical", "gamma", "lognormal", "uniform", NULL,
};

struct number_list {
    double *numbers;
};

static void take_number(lua_State *L, const struct path *path, int i, void *context)
{
    ((struct number_list *)context)->numbers[i] = fields_time(L, path);
}

static int read_numbers(lua_State *L, const struct path *path, const double **numbers)
{
    int most = lua_istable(L, -1) ? (int)lua_rawlen(L, -1) : 0;
    struct number_list list = { arena_alloc(scenario_of(L)->arena, ((size_t)most + 1) * sizeof(double)) };
    int count = fields_read_list(L, path, most, take_number, &list);
    *numbers = list.numbers;
    return count;
}

static void read_values(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct random_request *request = out;
    request->value_count = read_numbers(L, path, &request->values);
}

static void read_weights(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    (void)field;
    struct random_request *request = out;
    request->weight_count = read_numbers(L, path, &request->weights);
}

static const struct field random_fields[] = {
    { .name = "name", .type = FIELD_TEXT, .required = true, .offset = offsetof(struct random_request, name) },
    { .name = "distribution", .type = FIELD_CHOICE, .choices = distributions,
      .offset = offsetof(struct random_request, distribution) },
    { .name = "mean", .type = FIELD_TIME, .offset = offsetof(struct random_request, mean) },
    { .name = "cv", .type = FIELD_NUMBER, .offset = offsetof(struct random_request, cv) },
    { .name = "min", .type = FIELD_TIME, .offset = offsetof(struct random_request, min) },
    { .name = "max", .type = FIELD_TIME, .offset = offsetof(struct random_request, max) },
    { .name = "values", .type = FIELD_CUSTOM, .read = read_values },
    { .name = "weights", .type = FIELD_CUSTOM, .read = read_weights },
    FIELDS_END,
};

/* A field that the distribution needs is there, one that it has no use for is not. */
static void check_use(lua_State *L, const struct path *path, const struct dist_type *type, const char *field, bool needed,
                      bool given)
{
    if (needed && !given) {
        fields_error(L, path, "missing '%s', which distribution '%s' needs", field, type->name);
    }
    if (!needed && given) {
        fields_error(L, path, "distribution '%s' has no '%s'", type->name, field);
    }
}

static struct dist to_dist(lua_State *L, const struct path *path, const struct random_request *request)
{
    const struct dist_type *type = dist_type_find(distributions[request->distribution]);
    check_use(L, path, type, "mean", type->needs_mean, !isnan(request->mean));
    check_use(L, path, type, "cv", type->needs_cv, !isnan(request->cv));
    check_use(L, path, type, "values", type->needs_values, request->values != NULL);
    if (type->needs_bounds) {
        check_use(L, path, type, "min", true, !isnan(request->min));
        check_use(L, path, type, "max", true, !isnan(request->max));
    }
    if (request->weights && request->weight_count != request->value_count) {
        fields_error(L, path, "%d weights for %d values", request->weight_count, request->value_count);
    }
    struct dist dist = {
        .type = type, .mean = request->mean, .cv = request->cv,
        .min = isnan(request->min) ? -INFINITY : request->min, .max = isnan(request->max) ? INFINITY : request->max,
        .values = request->values, .weights = request->weights, .value_count = (size_t)request->value_count,
    };
    struct error err;
    if (!dist_init(&dist, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    return dist;
}

int bind_random(lua_State *L)
{
    static const struct path path = { .name = "random" };
    bind_check_building(L, "sim.random");
    struct random_request request = { .mean = NAN, .cv = NAN, .min = NAN, .max = NAN };
    fields_read_argument(L, path.name, random_fields, &request);
    struct dist dist = to_dist(L, &path, &request);
    bind_claim_name(L, &path, request.name);
    struct random_object *random = object_create(L, OBJECT_RANDOM, sizeof *random, 0);
    random->dist = dist;
    random->name = request.name;
    rng_init(&random->rng, scenario_of(L)->sim, arena_printf(scenario_of(L)->arena, "random %s", request.name), 0);
    return 1;
}

static int random_draw(lua_State *L)
{
    struct random_object *random = object_check(L, 1, OBJECT_RANDOM);
    lua_pushnumber(L, sim_seconds(dist_draw(&random->dist, &random->rng)));
    return 1;
}

void random_read(lua_State *L, const struct path *path, const struct field *field, void *out)
{
    struct random_field *target = out;
    const struct random_object *random = object_test(L, -1, OBJECT_RANDOM);
    if (random) {
        *target = (struct random_field){ .dist = random->dist, .name = random->name, .given = true };
        return;
    }
    double seconds = fields_time(L, path);
    double most = field->most > 0 ? field->most : INFINITY;
    fields_check_range(L, path, seconds, 0, most);
    *target = (struct random_field){ .dist = dist_constant(seconds), .given = true };
}

static int random_describe(lua_State *L)
{
    lua_pushfstring(L, "random variable %s", ((struct random_object *)object_check(L, 1, OBJECT_RANDOM))->name);
    return 1;
}

void bind_open_random(lua_State *L)
{
    lua_newtable(L);
    object_open_kind(L, OBJECT_RANDOM, NULL, random_describe);
    object_push_metatable(L, OBJECT_RANDOM);
    lua_pushcfunction(L, random_draw);
    lua_setfield(L, -2, "__call");
    lua_pop(L, 1);
}
