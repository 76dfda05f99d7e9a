#include "model/cause.h"

const char *const cause_names[CAUSE_COUNT] = {
    [CAUSE_SCALE_IN] = "scale_in",
    [CAUSE_DEPLOYMENT] = "deployment",
    [CAUSE_ROLLBACK] = "rollback",
    [CAUSE_AZ_REBALANCE] = "az_rebalance",
    [CAUSE_HEALTH] = "health",
    [CAUSE_SPOT] = "spot",
    [CAUSE_RETIREMENT] = "retirement",
    [CAUSE_HOST] = "host",
    [CAUSE_DRAIN] = "drain",
    [CAUSE_STOP_TASK] = "stop_task",
    [CAUSE_CRASH] = "crash",
    [CAUSE_EXIT] = "exit",
    [CAUSE_DEREGISTERED] = "deregistered",
    [CAUSE_OVERTAKEN] = "overtaken",
    [CAUSE_GIVEN_UP] = "given_up",
    [CAUSE_EXPIRED] = "expired",
    [CAUSE_DEAD_LETTER] = "dead_letter",
};
