#include "model/seating.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/capacity_provider.h"
#include "model/launch.h"
#include "model/notice.h"
#include "model/world.h"

struct seating {
    struct service *service;
    const struct task_definition *definition;
    struct instance_settings *settings;
    struct placement_rule rule;
    struct instance_room need;
    struct instance_view *views;  /* by instance->index */
    bool *fits;                   /* each instance the constraints of the service */
    int count;
    int in_zone[SERVICE_ZONES_MAX];          /* its tasks, neither stopping nor ended */
    const struct capacity_provider *full;    /* nothing is left there, in any zone; with is_full */
    bool is_full;
};

bool seating_is_daemon(const struct service *service)
{
    return service->config.instances != NULL && service->config.instances->is_daemon;
}

bool seating_may_rebalance(const struct service *service)
{
    const struct instance_settings *settings = service->config.instances;
    if (settings == NULL) {
        return true;
    }
    for (int i = 0; i < settings->member_of_count; i++) {
        if (instance_query_asks(settings->member_of[i], INSTANCE_ATTRIBUTE_ZONE)) {
            return false;
        }
    }
    return !settings->is_daemon && settings->rule.strategies[0] == SPREAD_ZONE;
}

/* ---- what there is ------------------------------------------------------------------------------------------ */

/* The zone of the service that the instance is in; below 0: none. */
static int zone_of(const struct service *service, const struct instance *instance)
{
    for (int zone = 0; zone < service->config.zone_count; zone++) {
        if (strcmp(service->config.zones[zone], instance_zone_name(instance)) == 0) {
            return zone;
        }
    }
    return -1;
}

/* PLACE-01 */
static bool fits_constraints(const struct instance_settings *settings, const struct task_definition *definition,
                             const struct instance *instance)
{
    const char *values[INSTANCE_ATTRIBUTES];
    instance_attributes(instance, values);
    for (int i = 0; i < settings->member_of_count; i++) {
        if (!instance_query_matches(settings->member_of[i], values)) {
            return false;
        }
    }
    return instance->type->arm == (definition->architecture == ARCHITECTURE_ARM64);
}

static bool may_run_on(const struct service *service, const struct task_definition *definition,
                       const struct instance *instance)
{
    return instance->status == INSTANCE_ACTIVE && zone_of(service, instance) >= 0 &&
           fits_constraints(service->config.instances, definition, instance);
}

bool seating_reaches_zone(const struct service *service, const struct capacity_provider *provider, int zone)
{
    const struct cluster *cluster = service->config.instances->cluster;
    for (int i = 0; i < cluster->instance_count; i++) {
        const struct instance *instance = cluster->instances[i];
        if (zone_of(service, instance) == zone && (provider == NULL || instance->group->provider == provider) &&
            may_run_on(service, service->config.definition, instance)) {
            return true;
        }
    }
    return false;
}

static void view_instances(struct seating *seating, const struct cluster *cluster)
{
    for (int i = 0; i < seating->count; i++) {
        const struct instance *instance = cluster->instances[i];
        int zone = zone_of(seating->service, instance);
        seating->fits[i] = may_run_on(seating->service, seating->definition, instance);
        seating->views[i] = (struct instance_view){
            .free = instance->free, .zone = zone >= 0 ? zone : 0, .type = (int)(instance->type - instance_types),
        };
    }
}

int seating_index(const struct task *task)
{
    return task->instance != NULL && task->instance->status != INSTANCE_TERMINATED ? task->instance->index : -1;
}

/* DEPLOY-07: never two tasks of a daemon on an instance, not even while one of them stops. */
static bool occupies(const struct seating *seating, const struct task *task)
{
    return seating->settings->is_daemon ? !task->ended : task_is_active(task);
}

static void view_tasks(struct seating *seating)
{
    for (const struct task *task = seating->service->first; task != NULL; task = task->next) {
        int index = seating_index(task);
        if (occupies(seating, task) && index >= 0) {
            seating->views[index].tasks++;
        }
        seating->in_zone[task->zone] += task_is_active(task);
    }
}

/* DEPLOY-07: room is kept for each daemon that is not there. */
static void reserve_for_daemon(struct seating *seating, const struct service *daemon)
{
    const struct task_definition *definition = daemon->config.definition;
    const struct instance_room need = instance_need(definition);
    bool *present = mem_alloc(((size_t)seating->count + 1) * sizeof *present);
    for (const struct task *task = daemon->first; task != NULL; task = task->next) {
        int index = seating_index(task);
        if (index >= 0 && !task->ended) {
            present[index] = true;
        }
    }
    for (int i = 0; i < seating->count; i++) {
        if (!present[i] && may_run_on(daemon, definition, daemon->config.instances->cluster->instances[i])) {
            instance_room_add(&seating->views[i].free, &need, -1);
        }
    }
    free(present);
}

struct seating *seating_create(struct service *service, const struct task_definition *definition)
{
    struct instance_settings *settings = service->config.instances;
    const struct cluster *cluster = settings->cluster;
    struct seating *seating = mem_alloc(sizeof *seating);
    size_t room = (size_t)cluster->instance_count + 1;
    *seating = (struct seating){
        .service = service, .definition = definition, .settings = settings, .rule = settings->rule,
        .need = instance_need(definition), .count = cluster->instance_count,
        .views = mem_alloc(room * sizeof(struct instance_view)), .fits = mem_alloc(room * sizeof(bool)),
    };
    seating->rule.distinct_instance = settings->rule.distinct_instance || settings->is_daemon;
    view_instances(seating, cluster);
    view_tasks(seating);
    for (const struct service *daemon = cluster->daemons; daemon != NULL && !settings->is_daemon;
         daemon = daemon->config.instances->next_daemon) {
        reserve_for_daemon(seating, daemon);
    }
    return seating;
}

void seating_destroy(struct seating *seating)
{
    if (seating != NULL) {
        free(seating->views);
        free(seating->fits);
        free(seating);
    }
}

struct instance_view *seating_views(struct seating *seating, int *count)
{
    *count = seating->count;
    return seating->views;
}

/* ---- one more task ------------------------------------------------------------------------------------------ */

static void choose_eligible(struct seating *seating, const struct capacity_provider *provider, int zone)
{
    const struct cluster *cluster = seating->settings->cluster;
    for (int i = 0; i < seating->count; i++) {
        struct instance_view *view = &seating->views[i];
        view->is_eligible = seating->fits[i] && (zone < 0 || view->zone == zone) &&
                            (provider == NULL || cluster->instances[i]->group->provider == provider);
    }
}

/* Below 0: none. What was full a moment ago is not looked through again. */
static int pick(struct seating *seating, const struct capacity_provider *provider, int zone)
{
    if (seating->is_full && seating->full == provider) {
        return -1;
    }
    choose_eligible(seating, provider, zone);
    int picked = instance_placement_pick(seating->views, seating->count, &seating->need, &seating->rule,
                                         &seating->settings->rng);
    if (picked < 0 && zone < 0) {
        seating->is_full = true;
        seating->full = provider;
    }
    return picked;
}

static void tell_unable_to_place(struct seating *seating, unsigned *troubles)
{
    const char *lack;
    if (*troubles & 1U << TROUBLE_NO_INSTANCE) {
        return;                   /* the same task definition found no place a moment ago */
    }
    *troubles |= 1U << TROUBLE_NO_INSTANCE;
    if (seating->service->is_standalone) {
        return;                   /* the answer of RunTask says so */
    }
    int closest = instance_placement_closest(seating->views, seating->count, &seating->need, &lack);
    const struct instance *instance = closest >= 0 ? seating->settings->cluster->instances[closest] : NULL;
    notice_unable_to_place(seating->service, instance != NULL ? instance->id : NULL, lack);
}

/* EVENT-11 */
static bool is_hopeless(const struct capacity_provider *provider)
{
    const struct auto_scaling_group *group = provider->config.group;
    return group->instance_count == 0 && (!provider->config.scaling.enabled || group->config.max_size == 0);
}

/* SCHED-25 */
static bool may_wait(const struct seating *seating, const struct capacity_provider *provider, unsigned *troubles)
{
    const struct cluster *cluster = seating->settings->cluster;
    if (cluster->waiting_count >= (int)assumed_number(&cluster->world->assumptions, ASSUME_PROVISIONING_LIMIT)) {
        *troubles |= 1U << TROUBLE_PROVISIONING_LIMIT;
        return false;
    }
    if (is_hopeless(provider)) {
        *troubles |= 1U << TROUBLE_EMPTY_PROVIDER;
    }
    return true;
}

bool seating_find(struct seating *seating, const struct capacity_provider *provider, int zone, struct seat *seat,
                  unsigned *troubles)
{
    int picked = pick(seating, provider, zone);
    if (picked >= 0) {
        *seat = (struct seat){ seating->settings->cluster->instances[picked], seating->views[picked].zone };
        return true;
    }
    if (seating->settings->is_daemon || zone >= 0) {
        return false;
    }
    if (provider == NULL) {
        tell_unable_to_place(seating, troubles);
        return false;
    }
    *seat = (struct seat){ NULL, placement_pick_zone(seating->in_zone, seating->service->config.zone_count) };
    return may_wait(seating, provider, troubles);
}

void seating_take(struct seating *seating, const struct seat *seat, struct task *task)
{
    seating->in_zone[seat->zone]++;
    if (seat->instance == NULL) {
        cluster_add_waiting(seating->settings->cluster, task);
        return;
    }
    struct instance_view *view = &seating->views[seat->instance->index];
    view->tasks++;
    instance_room_add(&view->free, &seating->need, -1);
    instance_place(seat->instance, task);
}

/* ---- tasks that wait ---------------------------------------------------------------------------------------- */

/* One service and one definition at a time, since what is placed for one changes what others see. */
static struct seating *seating_for(struct seating *seating, const struct task *task)
{
    if (seating != NULL && seating->service == task->service && seating->definition == task->definition) {
        return seating;
    }
    seating_destroy(seating);
    return seating_create(task->service, task->definition);
}

static void place_waiting(struct cluster *cluster)
{
    struct seating *seating = NULL;
    for (struct task *task = cluster->waiting.first, *next; task != NULL; task = next) {
        next = task->next_mate;
        seating = seating_for(seating, task);
        int picked = pick(seating, task->provider, -1);
        if (picked >= 0) {
            cluster_remove_waiting(cluster, task);
            task->zone = seating->views[picked].zone;
            seating_take(seating, &(struct seat){ cluster->instances[picked], task->zone }, task);
        }
    }
    seating_destroy(seating);
}

static void on_room(struct sim *sim, void *self)
{
    (void)sim;
    struct cluster *cluster = self;
    cluster->placing = false;
    place_waiting(cluster);
}

void seating_room_came_up(struct cluster *cluster)
{
    if (!cluster->placing && cluster->waiting_count > 0) {
        cluster->placing = true;
        sim_wake(cluster->world->sim, on_room, cluster);
    }
}

void seating_task_changed(struct task *task)
{
    if (task->instance != NULL) {
        instance_task_changed(task);
    } else if (task->waits && !task_is_active(task)) {
        cluster_remove_waiting(task->service->config.instances->cluster, task);
    }
}

static bool needs_the_same(const struct instance_room *a, const struct instance_room *b)
{
    return a->cpu_units == b->cpu_units && a->memory_mib == b->memory_mib && a->interfaces == b->interfaces;
}

int seating_unplaced(const struct capacity_provider *provider, struct unplaced_group *groups, int room)
{
    const struct cluster *cluster = provider->config.group->cluster;
    int count = 0;
    for (const struct task *task = cluster->waiting.first; task != NULL; task = task->next_mate) {
        if (task->provider != provider) {
            continue;
        }
        struct instance_room need = instance_need(task->definition);
        int group = 0;
        while (group < count && !needs_the_same(&groups[group].need, &need)) {
            group++;
        }
        if (group < room) {
            groups[group].need = need;
            groups[group].count = group < count ? groups[group].count + 1 : 1;
            count = group < count ? count : count + 1;
        }
    }
    return count;
}

/* ---- daemons ------------------------------------------------------------------------------------------------ */

/* DEPLOY-07: one on each ACTIVE instance that fits; one that is DRAINING keeps its own to the end. */
static int daemon_count(const struct service *service)
{
    const struct cluster *cluster = service->config.instances->cluster;
    int count = 0;
    for (int i = 0; i < cluster->instance_count; i++) {
        count += may_run_on(service, service->config.definition, cluster->instances[i]);
    }
    for (const struct task *task = service->first; task != NULL; task = task->next) {
        count += task_is_active(task) && task->instance != NULL && task->instance->status == INSTANCE_DRAINING;
    }
    return count;
}

static void follow(struct service *service)
{
    int desired = daemon_count(service);
    if (desired != service->desired_count) {
        service_set_desired(service, desired, "daemon");
    }
    if (!deployment_active_old(service)) {
        const struct deployment *primary = service->deployments;
        launch_tasks(service->deployments, &(struct launch_order){ .wanted = desired - primary->active_count });
    }
}

void seating_instances_changed(struct cluster *cluster)
{
    for (struct service *daemon = cluster->daemons; daemon != NULL; daemon = daemon->config.instances->next_daemon) {
        follow(daemon);
    }
    seating_room_came_up(cluster);
}

static void add_daemon(struct service *service)
{
    struct service **end = &service->config.instances->cluster->daemons;
    while (*end != NULL) {
        end = &(*end)->config.instances->next_daemon;
    }
    *end = service;
    follow(service);
}

void seating_add_service(struct service *service)
{
    struct instance_settings *settings = service->config.instances;
    rng_init(&settings->rng, service->world->sim, arena_printf(service->world->arena, "placement of %s", service->name), 0);
    if (settings->is_daemon) {
        add_daemon(service);
    }
}

void seating_remove_service(struct service *service)
{
    if (!seating_is_daemon(service)) {
        return;
    }
    struct service **place = &service->config.instances->cluster->daemons;
    while (*place != service) {
        place = &(*place)->config.instances->next_daemon;
    }
    *place = service->config.instances->next_daemon;
}
