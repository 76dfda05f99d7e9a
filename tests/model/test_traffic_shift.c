#include "model/traffic_shift.h"

#include <stdio.h>
#include <string.h>

#include "lib/unit.h"
#include "lib/world.h"
#include "model/deployment.h"

static void shares_move_by_steps(void)
{
    static const struct {
        const char *id;
        struct deployment_configuration configuration;
        const char *steps;        /* "per mille:minutes" */
        int bake_minutes;         /* all of them */
    } rows[] = {
        { "EX-S15 DEPLOY-28", { .strategy = STRATEGY_LINEAR, .step_percent = 10, .step_bake_minutes = 6 },
          "100:6 200:6 300:6 400:6 500:6 600:6 700:6 800:6 900:6 1000:0 ", 54 },
        { "EX-S16 DEPLOY-28", { .strategy = STRATEGY_LINEAR, .step_percent = 30, .step_bake_minutes = 6 },
          "300:6 600:6 900:6 1000:0 ", 18 },
        { "EX-S17 DEPLOY-29", { .strategy = STRATEGY_CANARY, .canary_percent = 5, .canary_bake_minutes = 10 },
          "50:10 1000:0 ", 10 },
        { "DEPLOY-27", { .strategy = STRATEGY_BLUE_GREEN, .bake_minutes = 5 }, "1000:0 ", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char steps[256] = "";
        size_t length = 0;
        struct traffic_step step = { 0, 0 };
        sim_time bake = 0;
        for (int k = 0; step.permille < 1000 && k < 40; k++) {
            step = traffic_step(&rows[i].configuration, k);
            bake += step.bake;
            length += (size_t)snprintf(steps + length, sizeof steps - length, "%d:%d ", step.permille,
                                       (int)(step.bake / SIM_MINUTE));
        }
        CU_ASSERT_STRING_EQUAL(steps, rows[i].steps);
        CU_ASSERT_EQUAL(bake, rows[i].bake_minutes * SIM_MINUTE);
    }
}

/* ---- a service that shifts ----------------------------------------------------------------------------------- */

static struct fixture fixture;
static struct task_definition green;

static const struct deployment *primary(void)
{
    return fixture.service->deployments;
}

/* Two tasks, steady; then the green revision is asked for at 100 s. Passes at 105 s, 115 s, ... */
static void deploy(const struct deployment_configuration *configuration, const char *assumptions)
{
    fixture_init_assuming(&fixture, 2, assumptions);
    fixture.puppet.exit_on_sigterm = true;
    fixture_run(&fixture, 100);
    fixture.service->config.deployment = *configuration;
    green = *fixture.service->config.definition;
    green.revision = 2;
    green.name = "worker:2";
    service_deploy(fixture.service, &green);
}

static struct deployment_configuration blue_green(double bake_minutes)
{
    struct deployment_configuration configuration = deployment_configuration_default;
    configuration.strategy = STRATEGY_BLUE_GREEN;
    configuration.bake_minutes = bake_minutes;
    configuration.maximum_percent = 100;              /* no matter (DEPLOY-26) */
    return configuration;
}

static void both_revisions_are_whole_until_the_clean_up(void)
{
    struct deployment_configuration configuration = blue_green(10);
    deploy(&configuration, "");
    fixture_run(&fixture, 110);
    CU_ASSERT_EQUAL(primary()->stage, STAGE_SCALE_UP);
    CU_ASSERT_EQUAL(primary()->active_count, 2);
    fixture_run(&fixture, 170);                       /* healthy at 165 s: all at once, then the bake */
    CU_ASSERT_EQUAL(primary()->stage, STAGE_PRODUCTION_TRAFFIC_SHIFT);
    fixture_run(&fixture, 180);
    CU_ASSERT_EQUAL(primary()->stage, STAGE_BAKE_TIME);
    fixture_run(&fixture, 774);
    CU_ASSERT_EQUAL(fixture.service->running_count, 4);
    fixture_run(&fixture, 786);                       /* 175 + 600 s: CLEAN_UP, and the next pass stops the blue ones */
    CU_ASSERT_EQUAL(fixture.service->running_count, 2);
    fixture_run(&fixture, 900);
    CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
    CU_ASSERT_EQUAL(primary()->definition->revision, 2);
    fixture_finish(&fixture);
}

/* EX-P24, PROT-35, PROT-93 */
static void protected_blue_tasks_stay(void)
{
    static const struct {
        const char *assumptions;
        enum rollout_state at_2000;
    } rows[] = { { "", ROLLOUT_IN_PROGRESS }, { "bluegreen_wait_protected=off", ROLLOUT_COMPLETED } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct deployment_configuration configuration = blue_green(1);
        deploy(&configuration, rows[i].assumptions);
        fixture_protect(fixture.service->first, true, 60);            /* until 3700 s */
        fixture_run(&fixture, 2000);
        CU_ASSERT_EQUAL(primary()->rollout_state, rows[i].at_2000);
        CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 1);
        fixture_run(&fixture, 3900);
        CU_ASSERT_EQUAL(deployment_active_old(fixture.service), 0);
        CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
        fixture_finish(&fixture);
    }
}

/* DEPLOY-30: green tasks crash before they are healthy, for a day. */
static void a_stage_lasts_a_day_at_most(void)
{
    struct deployment_configuration configuration = blue_green(1);
    deploy(&configuration, "");
    for (int time = 130; time < 86490; time += 30) {
        fixture_run(&fixture, time);
        for (struct task *task = fixture.service->first, *next; task != NULL; task = next) {
            next = task->next;
            if (task->deployment->definition->revision == 2 && task->ready && task_is_active(task)) {
                task_exit(task, 1);
            }
        }
        CU_ASSERT_EQUAL(primary()->definition->revision, 2);
    }
    fixture_run(&fixture, 86600);
    CU_ASSERT_EQUAL(primary()->definition->revision, 1);
    CU_ASSERT_EQUAL(fixture_count_events(&fixture, "rolling back to deployment"), 1);
    fixture_finish(&fixture);
}

/* DEPLOY-25: what a deployment finds under way gets no traffic any more, nor do its tasks get that of the next one. */
static void a_deployment_that_overtakes_another_gives_the_traffic_back_first(void)
{
    static const struct {
        enum deployment_strategy second;
        bool beside;              /* the tasks of the second deployment wait for their traffic */
    } rows[] = { { STRATEGY_BLUE_GREEN, true }, { STRATEGY_ROLLING, false } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct deployment_configuration configuration = blue_green(10);
        configuration.strategy = STRATEGY_CANARY;
        deploy(&configuration, "");
        struct target_group *group =
            target_group_create(fixture.world, &(struct target_group_config){ .name = "web" });
        fixture.service->config.target_groups[0] = group;
        int blue = primary()->older->ring;
        fixture_run(&fixture, 170);                   /* ten minutes of five per cent */
        CU_ASSERT_EQUAL(primary()->stage, STAGE_PRODUCTION_TRAFFIC_SHIFT);
        fixture.service->config.target_group_count = 1;
        target_group_share(group, primary()->ring, 50);
        fixture.service->config.deployment.strategy = (int)rows[i].second;
        fixture.service->config.deployment.maximum_percent = 200;
        service_deploy(fixture.service, &green);
        CU_ASSERT_EQUAL(group->sets[blue].permille, 1000);
        CU_ASSERT_EQUAL(primary()->ring != blue, rows[i].beside);
        fixture.service->config.target_group_count = 0;
        const struct deployment *overtaken = primary()->older;
        fixture_run(&fixture, 180);
        CU_ASSERT(!rows[i].beside || overtaken->active_count == 0);
        fixture_run(&fixture, 1400);
        CU_ASSERT_EQUAL(primary()->rollout_state, ROLLOUT_COMPLETED);
        fixture_finish(&fixture);
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "EX-S15 EX-S16 EX-S17: traffic moves by steps", shares_move_by_steps },
        { "DEPLOY-26: both revisions are whole until the clean-up", both_revisions_are_whole_until_the_clean_up },
        { "EX-P24: protected blue tasks stay", protected_blue_tasks_stay },
        { "DEPLOY-25: a deployment that overtakes another gives the traffic back first",
          a_deployment_that_overtakes_another_gives_the_traffic_back_first },
        { "DEPLOY-30: a stage lasts a day at most", a_stage_lasts_a_day_at_most },
        UNIT_END,
    };
    return unit_main("model/traffic_shift", tests);
}
