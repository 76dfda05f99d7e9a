/* Ends Lua code that runs for ever at one instant. Normal running has no hook (it would cost half the speed): a timer of the
 * thread's processor time arms one when a single resume has run long, and then a fixed number of instructions decides, so
 * that the machine's speed does not. */
#ifndef SCRIPT_WATCHDOG_H
#define SCRIPT_WATCHDOG_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

struct watchdog {
    lua_State *volatile thread;   /* what runs */
    volatile sig_atomic_t ticks;  /* of the timer since it began to run */
    volatile sig_atomic_t armed;
    bool tripped;
    uint64_t instructions, limit; /* counted while armed */
    timer_t timer;
};

/* A timer that ticks in the calling thread's processor time; only that thread may use the watchdog. */
bool watchdog_init(struct watchdog *watchdog, uint64_t instruction_limit, struct error *err);
void watchdog_finish(struct watchdog *watchdog);

/* Around a resume of `thread`. */
void watchdog_enter(struct watchdog *watchdog, lua_State *thread);
void watchdog_leave(struct watchdog *watchdog);

/* Is the code that runs in this thread being ended? Then no handler of the script may run: the hook would not stop it. */
bool watchdog_tripped(void);

#endif
