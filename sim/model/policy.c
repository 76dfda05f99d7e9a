#include "model/policy.h"

#include <stdio.h>

#include "model/service.h"

const char *policy_name(const struct policy *policy)
{
    return policy->name;
}

bool policy_takes_alarms(const struct policy *policy)
{
    return policy->type != &custom_policy_type && policy->type != &predictive_policy_type;
}

double policy_number(double given, const struct policy *policy, enum assumption_id otherwise)
{
    return given >= 0 ? given : assumed_number(&policy->service->assumptions, otherwise);
}

double points_average(const double *points, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += points[i];
    }
    return sum / count;
}

static void end_with_code(struct scaling_decision *decision, enum not_scaled code)
{
    decision->end = DECISION_NOT_SCALED;
    decision->code = code;
}

/* The checks that need no formula. True: the decision has ended. */
static bool is_held_back(const struct scaling_view *view, struct scaling_decision *decision)
{
    bool in = view->direction == DIRECTION_IN;
    if (view->direction == DIRECTION_NONE) {
        decision->end = DECISION_NO_CHANGE;
    } else if (view->suspended) {
        decision->end = DECISION_SUSPENDED;
    } else if (view->waits) {
        decision->end = DECISION_WAITS;
    } else if (in && view->objected) {
        decision->end = DECISION_OBJECTED;
    } else if (in && view->deployment_blocks) {
        end_with_code(decision, NOT_SCALED_PUT_AS_UNSCALABLE);
    } else if (!in && view->desired >= view->max) {
        end_with_code(decision, NOT_SCALED_AT_MAX);
    } else if (in && view->desired <= view->min) {
        end_with_code(decision, NOT_SCALED_AT_MIN);
    } else if (in && view->in_cooldown) {
        decision->end = DECISION_IN_COOLDOWN;
    } else {
        return false;
    }
    return true;
}

/* AAS-03, AAS-04: from beyond a bound the way begins at the bound. AAS-17: a credited scale-out begins where the
 * first did. */
int scaling_base(const struct scaling_view *view)
{
    if (view->direction == DIRECTION_IN) {
        return view->base < view->max ? view->base : view->max;
    }
    int base = view->credited && view->credit == CREDIT_ON ? view->credit_base : view->base;
    return base > view->min ? base : view->min;
}

static int less_credit(const struct scaling_view *view, int base, int capacity)
{
    if (view->direction == DIRECTION_IN || !view->credited || view->credit != CREDIT_SUBTRACT) {
        return capacity;
    }
    int left = capacity - base - view->credit_added;
    return base + (left > 0 ? left : 0);
}

static int within_bounds(const struct scaling_view *view, int capacity)
{
    if (capacity > view->max) {
        return view->max;
    }
    return capacity < view->min ? view->min : capacity;
}

void scaling_decide(const struct policy *policy, const struct policy_signal *signal, const struct scaling_view *view,
                    struct scaling_decision *decision)
{
    *decision = (struct scaling_decision){ .base = view->base, .proposed = -1, .result = view->desired };
    if (is_held_back(view, decision)) {
        return;
    }
    struct proposal proposal = { .flapping = false };
    decision->base = scaling_base(view);
    policy->type->propose(policy, signal, view->direction, decision->base, &proposal);
    snprintf(decision->formula, sizeof decision->formula, "%s", proposal.formula);
    decision->proposed = less_credit(view, decision->base, proposal.capacity);
    int capacity = within_bounds(view, decision->proposed);
    /* AAS-06: a scale-out never lowers the desired count, a scale-in never raises it. */
    bool moves = view->direction == DIRECTION_OUT ? capacity > view->desired : capacity < view->desired;
    if (proposal.flapping) {
        end_with_code(decision, NOT_SCALED_ANTICIPATED_FLAPPING);
    } else if (!moves) {
        end_with_code(decision, NOT_SCALED_AT_DESIRED);
    } else {
        decision->end = DECISION_SCALED;
        decision->result = capacity;
    }
}
