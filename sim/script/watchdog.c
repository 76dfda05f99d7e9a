#define _GNU_SOURCE               /* gettid, SIGEV_THREAD_ID: a tick must reach the thread whose Lua code it stops */
#include "script/watchdog.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { TICK_NS = 250000000, TICKS_PER_SECOND = 4, TICKS_TO_ARM = 2 };
enum { STEP = 1000 };             /* instructions between two looks */
enum { LEAST_SPEED = 100000 };    /* instructions per tick */

/* What the calling thread watches; NULL outside of resumes, so that a late tick finds nobody. */
static _Thread_local struct watchdog *volatile watching;

/* Raises in whatever runs. From then on every instruction does, or a scenario's pcall could go on. */
static void trip(lua_State *L, struct watchdog *watchdog)
{
    watchdog->tripped = true;
    lua_sethook(L, lua_gethook(L), LUA_MASKCOUNT, 1);
    luaL_where(L, 0);
    if (watchdog->instructions >= watchdog->limit) {
        lua_pushfstring(L, "ran more than %I instructions", (LUAI_UACINT)watchdog->limit);
    } else {
        lua_pushfstring(L, "ran for %d s of processor time", (int)watchdog->ticks / TICKS_PER_SECOND);
    }
    lua_pushliteral(L, " without simulated time passing");
    lua_concat(L, 3);
    lua_error(L);
}

static void on_count(lua_State *L, lua_Debug *record)
{
    (void)record;
    struct watchdog *watchdog = watching;
    watchdog->instructions += STEP;
    /* The second bound ends loops of few but endlessly slow instructions, such as errors in a stack of a million frames. */
    bool is_slow = (uint64_t)watchdog->ticks > TICKS_TO_ARM + watchdog->limit / LEAST_SPEED;
    if (watchdog->tripped || watchdog->instructions >= watchdog->limit || is_slow) {
        trip(L, watchdog);
    }
}

/* Runs in a signal handler: touches only its own thread's watchdog, and Lua only by lua_sethook, which is made for that. */
static void on_tick(int signal_number)
{
    (void)signal_number;
    struct watchdog *watchdog = watching;
    if (watchdog && ++watchdog->ticks >= TICKS_TO_ARM && !watchdog->armed) {
        watchdog->armed = 1;
        lua_sethook(watchdog->thread, on_count, LUA_MASKCOUNT, STEP);
    }
}

bool watchdog_init(struct watchdog *watchdog, uint64_t instruction_limit, struct error *err)
{
    memset(watchdog, 0, sizeof *watchdog);
    watchdog->limit = instruction_limit;
    struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGVTALRM };
    event.sigev_notify_thread_id = gettid();
    struct itimerspec beat = { .it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = TICK_NS };
    if (sigaction(SIGVTALRM, &action, NULL) != 0
        || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &watchdog->timer) != 0) {
        return error_set(err, "no timer to guard the scenario: %s", strerror(errno));
    }
    if (timer_settime(watchdog->timer, 0, &beat, NULL) != 0) {
        error_set(err, "no timer to guard the scenario: %s", strerror(errno));
        timer_delete(watchdog->timer);
        return false;
    }
    return true;
}

void watchdog_finish(struct watchdog *watchdog)
{
    timer_delete(watchdog->timer);
}

void watchdog_enter(struct watchdog *watchdog, lua_State *thread)
{
    watchdog->thread = thread;
    watchdog->ticks = 0;
    watching = watchdog;
}

void watchdog_leave(struct watchdog *watchdog)
{
    watching = NULL;
    if (watchdog->armed) {
        lua_sethook(watchdog->thread, NULL, 0, 0);
        watchdog->armed = 0;
        watchdog->tripped = false;
        watchdog->instructions = 0;
    }
}

bool watchdog_tripped(void)
{
    return watching && watching->tripped;
}
