/* Why a task stopped, and why an attempt at a job ended without finishing it (spec outputs.md section 1). */
#ifndef MODEL_CAUSE_H
#define MODEL_CAUSE_H

enum cause {
    CAUSE_SCALE_IN,
    CAUSE_DEPLOYMENT,
    CAUSE_ROLLBACK,
    CAUSE_AZ_REBALANCE,
    CAUSE_HEALTH,
    CAUSE_SPOT,
    CAUSE_RETIREMENT,
    CAUSE_HOST,
    CAUSE_DRAIN,
    CAUSE_STOP_TASK,
    CAUSE_CRASH,
    CAUSE_EXIT,
    CAUSE_TASK_COUNT,
    CAUSE_DEREGISTERED = CAUSE_TASK_COUNT,   /* an operator took the task out of its target group */
    CAUSE_CUT_COUNT,                      /* up to here: of connections that are cut */
    CAUSE_OVERTAKEN = CAUSE_CUT_COUNT,    /* the visibility timeout passed and another attempt won */
    CAUSE_GIVEN_UP,                       /* the program handed the message back */
    CAUSE_EXPIRED,                        /* the queue's retention period ended the job */
    CAUSE_DEAD_LETTER,                    /* received too often, the message went to the dead-letter queue */
    CAUSE_COUNT
};

/* As written in files and expectations: "scale_in". */
extern const char *const cause_names[CAUSE_COUNT];

#endif
