#include "model/protection.h"

#include "lib/unit.h"

enum { IN_FORCE = 1, STOPPING = 2, STANDALONE = 4, BLOCKED = 8 };

struct row {
    const char *id;               /* worked example or rule */
    int flags;
    sim_time blocked_for;
    int protected_count, desired_count;
    bool enable;
    double minutes;
    const char *assume[2], *value[2];
    enum protection_verdict expected;
};

#define NOTHING { NULL, NULL }, { NULL, NULL }
#define ONE(name, text) { name, NULL }, { text, NULL }

static const struct row rows[] = {
    { "EX-P05 1 minute", 0, 0, 0, 1, true, 1, NOTHING, PROTECTION_GRANTED },
    { "EX-P05 2880 minutes", 0, 0, 0, 1, true, 2880, NOTHING, PROTECTION_GRANTED },
    { "EX-P05 0 minutes", 0, 0, 0, 1, true, 0, NOTHING, PROTECTION_INVALID_PARAMETER },
    { "EX-P05 2881 minutes", 0, 0, 0, 1, true, 2881, NOTHING, PROTECTION_INVALID_PARAMETER },
    { "PROT-04 whole minutes", 0, 0, 0, 1, true, 1.5, NOTHING, PROTECTION_INVALID_PARAMETER },
    { "EX-P06 standalone", STANDALONE, 0, 0, 0, true, 1, NOTHING, PROTECTION_TASK_NOT_VALID },
    { "PROT-80 clearing is never refused", BLOCKED | IN_FORCE, 0, 3, 0, false, 0, NOTHING, PROTECTION_GRANTED },
    { "EX-P17 too late", STOPPING, 0, 0, 1, true, 1, NOTHING, PROTECTION_TASK_NOT_VALID },
    { "PROT-86 success without effect", STOPPING, 0, 0, 1, true, 1, ONE("protect_stopping", "success"), PROTECTION_GRANTED },
    { "PROT-78 blocked", BLOCKED, 5, 2, 1, true, 1, NOTHING, PROTECTION_DEPLOYMENT_BLOCKED },
    { "PROT-78 not blocked, protected above desired", 0, 0, 2, 1, true, 1, NOTHING, PROTECTION_GRANTED },
    { "PROT-79 renewals are exempt", BLOCKED | IN_FORCE, 5, 2, 1, true, 1, NOTHING, PROTECTION_GRANTED },
    { "PROT-79 renewals refused too", BLOCKED | IN_FORCE, 5, 2, 1, true, 1, ONE("renewals_exempt", "off"),
      PROTECTION_DEPLOYMENT_BLOCKED },
    { "PROT-78 reading b: one more would exceed desired", 0, 0, 2, 2, true, 1, ONE("blocked_rule", "protected_gt_desired"),
      PROTECTION_DEPLOYMENT_BLOCKED },
    { "PROT-78 reading b: room for one more", 0, 0, 1, 2, true, 1, ONE("blocked_rule", "protected_gt_desired"),
      PROTECTION_GRANTED },
    { "PROT-78 reading b, renewal at the limit", IN_FORCE, 0, 2, 2, true, 1,
      { "blocked_rule", "renewals_exempt" }, { "protected_gt_desired", "off" }, PROTECTION_GRANTED },
    { "PROT-78 reading b, renewal in a surplus", IN_FORCE, 0, 3, 2, true, 1,
      { "blocked_rule", "renewals_exempt" }, { "protected_gt_desired", "off" }, PROTECTION_DEPLOYMENT_BLOCKED },
    { "PROT-78 after a while: not yet", BLOCKED, 899 * SIM_SECOND, 2, 1, true, 1,
      { "blocked_rule", "blocked_after_s" }, { "blocked_after_s", "900" }, PROTECTION_GRANTED },
    { "DEPLOY-49 after a while: now", BLOCKED, 900 * SIM_SECOND, 2, 1, true, 1,
      { "blocked_rule", "blocked_after_s" }, { "blocked_after_s", "900" }, PROTECTION_DEPLOYMENT_BLOCKED },
    { "PROT-78 off", BLOCKED, 5, 2, 0, true, 1, ONE("blocked_rule", "off"), PROTECTION_GRANTED },
};

static void ecs_answers_as_the_table_says(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct assumptions assumptions;
        struct error err;
        assumptions_init(&assumptions);
        for (int k = 0; k < 2 && row->assume[k] != NULL; k++) {
            CU_ASSERT_FATAL(assumptions_set(&assumptions, row->assume[k], row->value[k], &err));
        }
        struct protection_view view = {
            .in_service = !(row->flags & STANDALONE), .stop_decided = row->flags & STOPPING,
            .in_force = row->flags & IN_FORCE, .blocked = row->flags & BLOCKED, .blocked_for = row->blocked_for,
            .protected_count = row->protected_count, .desired_count = row->desired_count,
        };
        if (protection_judge(&view, row->enable, row->minutes, &assumptions) != row->expected) {
            CU_FAIL(row->id);
        }
    }
}

/* PROT-30: what the agent endpoint answers, by situation. EX-P08, the rows that need no injected fault. */
static const struct {
    enum protection_verdict verdict;
    int status;
    const char *code;
} shapes[] = {
    { PROTECTION_GRANTED, 200, NULL },
    { PROTECTION_DEPLOYMENT_BLOCKED, 200, "DEPLOYMENT_BLOCKED" },
    { PROTECTION_TASK_NOT_VALID, 200, "TASK_NOT_VALID" },
    { PROTECTION_MISSING, 200, "MISSING" },
    { PROTECTION_INVALID_PARAMETER, 400, "InvalidParameterException" },
    { PROTECTION_THROTTLED, 400, "ThrottlingException" },
    { PROTECTION_TOO_MANY_REQUESTS, 429, "TooManyRequests" },
    { PROTECTION_TIMED_OUT, 504, "RequestCanceled" },
    { PROTECTION_SERVER_ERROR, 500, "ServerException" },
};

static void answers_have_the_agents_status(void)
{
    CU_ASSERT_EQUAL(sizeof shapes / sizeof *shapes, PROTECTION_VERDICT_COUNT);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct protection_verdict_type *type = &protection_verdicts[shapes[i].verdict];
        CU_ASSERT_EQUAL(type->http_status, shapes[i].status);
        CU_ASSERT((type->name == NULL) == (shapes[i].code == NULL));
        if (shapes[i].code != NULL) {
            CU_ASSERT_STRING_EQUAL(type->name, shapes[i].code);
        }
    }
}

int main(void)
{
    return unit_main("model/protection", (const struct unit_test[]){
        { "ECS answers as the table says", ecs_answers_as_the_table_says },
        { "PROT-30: answers have the agent's status and code", answers_have_the_agents_status },
        UNIT_END,
    });
}
