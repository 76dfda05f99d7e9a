#include "model/traffic_shift.h"

#include "model/record.h"
#include "model/world.h"

const char *const lifecycle_stage_names[] = {
    [STAGE_NONE] = NULL,
    [STAGE_RECONCILE_SERVICE] = "RECONCILE_SERVICE",
    [STAGE_PRE_SCALE_UP] = "PRE_SCALE_UP",
    [STAGE_SCALE_UP] = "SCALE_UP",
    [STAGE_POST_SCALE_UP] = "POST_SCALE_UP",
    [STAGE_TEST_TRAFFIC_SHIFT] = "TEST_TRAFFIC_SHIFT",
    [STAGE_POST_TEST_TRAFFIC_SHIFT] = "POST_TEST_TRAFFIC_SHIFT",
    [STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT] = "PRE_PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_PRODUCTION_TRAFFIC_SHIFT] = "PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_POST_PRODUCTION_TRAFFIC_SHIFT] = "POST_PRODUCTION_TRAFFIC_SHIFT",
    [STAGE_BAKE_TIME] = "BAKE_TIME",
    [STAGE_CLEAN_UP] = "CLEAN_UP",
};

static const sim_time stage_limit = SIM_DAY;   /* DEPLOY-30 */

static sim_time now_of(const struct deployment *deployment)
{
    return sim_now(deployment->service->world->sim);
}

static const struct deployment_configuration *configuration_of(const struct deployment *deployment)
{
    return &deployment->service->config.deployment;
}

static sim_time minutes(double number)
{
    return sim_from_seconds(number * 60);
}

struct traffic_step traffic_step(const struct deployment_configuration *configuration, int index)
{
    const int all = 1000;
    switch (configuration->strategy) {
    case STRATEGY_LINEAR: {
        int permille = (index + 1) * (int)(configuration->step_percent * 10 + 0.5);
        return permille < all ? (struct traffic_step){ permille, minutes(configuration->step_bake_minutes) }
                              : (struct traffic_step){ all, 0 };
    }
    case STRATEGY_CANARY:
        if (index == 0) {
            return (struct traffic_step){ (int)(configuration->canary_percent * 10 + 0.5),
                                          minutes(configuration->canary_bake_minutes) };
        }
        break;
    case STRATEGY_ROLLING:
    case STRATEGY_BLUE_GREEN:
        break;
    }
    return (struct traffic_step){ all, 0 };
}

static void share_traffic(const struct deployment *deployment, int permille)
{
    const struct service_config *config = &deployment->service->config;
    for (int i = 0; i < config->target_group_count; i++) {
        target_group_share(config->target_groups[i], deployment->ring, permille);
    }
}

void traffic_shift_all(const struct deployment *deployment)
{
    share_traffic(deployment, 1000);
}

static void enter(struct deployment *deployment, enum lifecycle_stage stage)
{
    deployment->stage = stage;
    deployment->stage_since = now_of(deployment);
    trace_emit(deployment->service->world->sim, RECORD_DEPLOYMENT,
               &(struct record_deployment){ deployment->service, deployment });
}

static bool has_all_traffic(const struct deployment *deployment)
{
    return deployment->stage == STAGE_NONE || deployment->traffic_permille == 1000;
}

bool traffic_shift_give_up(const struct deployment *deployment)
{
    bool was_shifting = !has_all_traffic(deployment);
    if (was_shifting) {
        share_traffic(deployment, 0);
    }
    return was_shifting;
}

void traffic_shift_begin(struct deployment *deployment)
{
    if (deployment->older->older != NULL) {
        enter(deployment, STAGE_RECONCILE_SERVICE);
    }
    enter(deployment, STAGE_PRE_SCALE_UP);
    enter(deployment, STAGE_SCALE_UP);
}

static void take_step(struct deployment *deployment, int step)
{
    deployment->traffic_step = step;
    enter(deployment, STAGE_PRE_PRODUCTION_TRAFFIC_SHIFT);   /* once per step */
    deployment->traffic_permille = traffic_step(configuration_of(deployment), step).permille;
    enter(deployment, STAGE_PRODUCTION_TRAFFIC_SHIFT);
    share_traffic(deployment, deployment->traffic_permille);
}

static void leave_scale_up(struct deployment *deployment)
{
    for (enum lifecycle_stage stage = STAGE_POST_SCALE_UP; stage <= STAGE_POST_TEST_TRAFFIC_SHIFT; stage++) {
        enter(deployment, stage);
    }
    take_step(deployment, 0);
}

static void shift_on(struct deployment *deployment)
{
    sim_time bake = traffic_step(configuration_of(deployment), deployment->traffic_step).bake;
    if (has_all_traffic(deployment)) {
        enter(deployment, STAGE_POST_PRODUCTION_TRAFFIC_SHIFT);
        enter(deployment, STAGE_BAKE_TIME);
    } else if (now_of(deployment) >= deployment->stage_since + bake) {
        take_step(deployment, deployment->traffic_step + 1);
    }
}

void traffic_shift_watch(struct deployment *deployment, bool scaled_up)
{
    double bake = configuration_of(deployment)->bake_minutes;
    if (deployment->stage == STAGE_SCALE_UP && scaled_up) {
        leave_scale_up(deployment);
    } else if (deployment->stage == STAGE_PRODUCTION_TRAFFIC_SHIFT) {
        shift_on(deployment);
    }
    if (deployment->stage == STAGE_BAKE_TIME && now_of(deployment) >= deployment->stage_since + minutes(bake > 0 ? bake : 0)) {
        enter(deployment, STAGE_CLEAN_UP);
    }
}

bool traffic_shift_is_overdue(const struct deployment *deployment)
{
    return deployment->stage != STAGE_NONE && deployment->stage != STAGE_CLEAN_UP &&
           now_of(deployment) >= deployment->stage_since + stage_limit;
}

bool traffic_shift_cleans_up(const struct deployment *deployment)
{
    return deployment->stage == STAGE_CLEAN_UP;
}
