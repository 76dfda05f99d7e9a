#include "lib/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "engine/calendar.h"
#include "engine/rng.h"
#include "engine/sim.h"

/* ---- Scripts: a list of operations, then the numbers of the events in the order in which they must run. ---- */

enum { TIMERS = 4, LOG_ROOM = 32 };

enum {
    AT = 1000,      /* number time rank */
    WAKE,           /* number */
    ARM,            /* timer time rank */
    TIMER_WAKE,     /* timer */
    CANCEL,         /* timer */
    DESTROY,        /* timer: created anew at once */
    RUN,            /* until */
    END,
};

struct script_event {
    struct script *script;
    int number;
};

struct script {
    struct sim *sim;
    struct script_event events[100];
    sim_timer timers[TIMERS];         /* timer i is event i */
    int ran[LOG_ROOM];
    int ran_count;
};

static void on_script_event(struct sim *sim, void *self)
{
    (void)sim;
    struct script_event *event = self;
    event->script->ran[event->script->ran_count++] = event->number;
}

static struct script_event *script_event(struct script *script, int number)
{
    script->events[number] = (struct script_event){ script, number };
    return &script->events[number];
}

static const int *run_operation(struct script *script, const int *words)
{
    struct sim *sim = script->sim;
    int number = words[1];
    switch (words[0]) {
    case AT:
        sim_at(sim, words[2], (enum sim_rank)words[3], on_script_event, script_event(script, number));
        return words + 4;
    case WAKE:
        sim_wake(sim, on_script_event, script_event(script, number));
        return words + 2;
    case ARM:
        sim_timer_arm(sim, script->timers[number], words[2], (enum sim_rank)words[3]);
        return words + 4;
    case TIMER_WAKE:
        sim_timer_wake(sim, script->timers[number]);
        return words + 2;
    case CANCEL:
        sim_timer_cancel(sim, script->timers[number]);
        return words + 2;
    case DESTROY:
        sim_timer_destroy(sim, script->timers[number]);
        script->timers[number] = sim_timer_create(sim, on_script_event, script_event(script, number));
        return words + 2;
    default:
        CU_ASSERT_TRUE(sim_run(sim, words[1], &(struct error){ 0 }));
        return words + 2;
    }
}

static void check_script(const char *claim, const int *words, const int *expected)
{
    struct script script = { .sim = sim_create(1, 0) };
    for (int i = 0; i < TIMERS; i++) {
        script.timers[i] = sim_timer_create(script.sim, on_script_event, script_event(&script, i));
    }
    while (*words != END) {
        words = run_operation(&script, words);
    }
    int count = 0;
    while (expected[count] != END) {
        count++;
    }
    bool same = script.ran_count == count && memcmp(script.ran, expected, (size_t)count * sizeof *expected) == 0;
    if (!same) {
        printf("\n    %s: ran", claim);
        for (int i = 0; i < script.ran_count; i++) {
            printf(" %d", script.ran[i]);
        }
    }
    CU_ASSERT(same);
    sim_destroy(script.sim);
}

static void scripts_run_in_the_expected_order(void)
{
    static const struct {
        const char *claim;
        int words[64];
        int expected[16];
    } cases[] = {
        { "the earlier first",
          { AT, 10, 5, 0, AT, 11, 3, 0, AT, 12, 4, 0, RUN, 9, END }, { 11, 12, 10, END } },
        { "first planned, first run among equals",
          { AT, 10, 5, 0, AT, 11, 5, 0, ARM, 0, 5, 0, AT, 12, 5, 0, RUN, 5, END }, { 10, 11, 0, 12, END } },
        { "at one instant the rank decides",
          { AT, 10, 5, RANK_RECORD, AT, 11, 5, RANK_ARRIVAL, ARM, 0, 5, RANK_LAPSE, RUN, 5, END }, { 0, 11, 10, END } },
        { "what is woken runs before what was planned for now",
          { AT, 10, 0, 0, WAKE, 11, TIMER_WAKE, 0, WAKE, 12, RUN, 0, END }, { 11, 0, 12, 10, END } },
        { "nothing after `until`",
          { AT, 10, 5, 0, AT, 11, 6, 0, RUN, 5, END }, { 10, END } },
        { "arming later moves",
          { ARM, 0, 3, 0, ARM, 0, 6, 0, AT, 10, 5, 0, RUN, 9, END }, { 10, 0, END } },
        { "arming later takes a new place among equals",
          { ARM, 0, 3, 0, AT, 10, 6, 0, ARM, 0, 6, 0, AT, 11, 6, 0, RUN, 9, END }, { 10, 0, 11, END } },
        { "arming for the same instant takes a new place",
          { ARM, 0, 6, 0, AT, 10, 6, 0, ARM, 0, 6, 0, RUN, 9, END }, { 10, 0, END } },
        { "arming earlier moves",
          { ARM, 0, 6, 0, AT, 10, 5, 0, ARM, 0, 3, 0, RUN, 9, END }, { 0, 10, END } },
        { "a lower rank at the same instant is earlier",
          { ARM, 0, 6, RANK_RECORD, AT, 10, 6, RANK_CALL, ARM, 0, 6, RANK_ARRIVAL, RUN, 9, END }, { 0, 10, END } },
        { "earlier, then later again: once",
          { ARM, 0, 6, 0, ARM, 0, 3, 0, ARM, 0, 7, 0, AT, 10, 6, 0, RUN, 9, END }, { 10, 0, END } },
        { "later over several runs",
          { ARM, 0, 2, 0, ARM, 0, 8, 0, RUN, 4, ARM, 0, 9, 0, AT, 10, 8, 0, RUN, 9, END }, { 10, 0, END } },
        { "cancelled",
          { ARM, 0, 3, 0, CANCEL, 0, AT, 10, 4, 0, RUN, 9, END }, { 10, END } },
        { "cancelled and armed again before the old time",
          { ARM, 0, 3, 0, CANCEL, 0, ARM, 0, 2, 0, RUN, 9, END }, { 0, END } },
        { "cancelled and armed again after the old time",
          { ARM, 0, 3, 0, CANCEL, 0, ARM, 0, 5, 0, AT, 10, 4, 0, RUN, 9, END }, { 10, 0, END } },
        { "cancelling what is not pending does nothing",
          { CANCEL, 0, ARM, 1, 3, 0, CANCEL, 0, RUN, 9, CANCEL, 1, RUN, 10, END }, { 1, END } },
        { "woken in place of armed",
          { ARM, 0, 3, 0, TIMER_WAKE, 0, AT, 10, 2, 0, RUN, 9, END }, { 0, 10, END } },
        { "armed in place of woken",
          { TIMER_WAKE, 0, ARM, 0, 3, 0, AT, 10, 2, 0, RUN, 9, END }, { 10, 0, END } },
        { "woken twice: once, at the end of the line",
          { TIMER_WAKE, 0, WAKE, 10, TIMER_WAKE, 0, RUN, 9, END }, { 10, 0, END } },
        { "woken and cancelled",
          { TIMER_WAKE, 0, CANCEL, 0, WAKE, 10, RUN, 9, END }, { 10, END } },
        { "woken, run, and armed again over the old entry",
          { ARM, 0, 5, 0, TIMER_WAKE, 0, RUN, 1, ARM, 0, 6, 0, AT, 10, 5, 0, RUN, 9, END }, { 0, 10, 0, END } },
        { "destroyed while pending, the slot in use again",
          { ARM, 0, 5, 0, DESTROY, 0, AT, 10, 5, 0, RUN, 9, ARM, 0, 10, 0, RUN, 10, END }, { 10, 0, END } },
        { "destroyed while woken",
          { TIMER_WAKE, 0, DESTROY, 0, WAKE, 10, RUN, 9, END }, { 10, END } },
        { "destroyed while moved to later",
          { ARM, 0, 2, 0, ARM, 0, 5, 0, DESTROY, 0, ARM, 0, 3, 0, RUN, 9, END }, { 0, END } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_script(cases[i].claim, cases[i].words, cases[i].expected);
    }
}

/* ---- A random game, played on the engine and on a naive twin that keeps an array and looks through all of it. ---- */

enum { GAME_TIMERS = 12, FIRST_ONE_SHOT = 100 };

struct game_step {
    sim_time time;
    int number;
};

struct game;

/* What a game is played on. */
struct board {
    sim_time (*now)(const struct game *game);
    void (*at)(struct game *game, sim_time when, enum sim_rank rank, int number);
    void (*wake)(struct game *game, int number);
    void (*timer_arm)(struct game *game, int timer, sim_time when, enum sim_rank rank);
    void (*timer_wake)(struct game *game, int timer);
    void (*timer_cancel)(struct game *game, int timer);
    void (*timer_renew)(struct game *game, int timer);   /* destroy and create */
    bool (*timer_is_pending)(const struct game *game, int timer);
    void (*run)(struct game *game, sim_time until);
};

struct twin_event {
    bool woken;
    sim_time time;
    enum sim_rank rank;
    int number;
};

struct game {
    const struct board *board;
    struct rng rng;
    int one_shots;
    struct game_step *log;
    size_t log_count, log_room;

    struct sim *sim;                       /* the engine's board */
    sim_timer timers[GAME_TIMERS];

    sim_time twin_now;                     /* the twin's board: pending in the order of planning */
    struct twin_event *twin;
    size_t twin_count, twin_room;
};

struct ticket {
    struct game *game;
    int number;
};

static void note_step(struct game *game, int number)
{
    VEC_GROW(game->log, game->log_count, game->log_room);
    game->log[game->log_count++] = (struct game_step){ game->board->now(game), number };
}

static void move(struct game *game)
{
    const struct board *board = game->board;
    int timer = (int)rng_below(&game->rng, GAME_TIMERS);
    enum sim_rank rank = (enum sim_rank)rng_below(&game->rng, RANK_COUNT);
    /* Few instants: many meet. */
    sim_time when = board->now(game) + (sim_time)rng_below(&game->rng, 1 + rng_below(&game->rng, 40));
    switch (rng_below(&game->rng, 8)) {
    case 0:
        board->at(game, when, rank, FIRST_ONE_SHOT + game->one_shots++);
        break;
    case 1:
        board->wake(game, FIRST_ONE_SHOT + game->one_shots++);
        break;
    case 2:
        board->timer_wake(game, timer);
        break;
    case 3:
        board->timer_cancel(game, timer);
        break;
    case 4:
        board->timer_renew(game, timer);
        break;
    default:
        board->timer_arm(game, timer, when, rank);
        break;
    }
}

static void on_step(struct game *game, int number)
{
    note_step(game, number);
    if (rng_below(&game->rng, 2) == 0) {
        move(game);
    }
}

static void on_ticket(struct sim *sim, void *self)
{
    (void)sim;
    struct ticket ticket = *(struct ticket *)self;
    if (ticket.number >= FIRST_ONE_SHOT) {
        free(self);
    }
    on_step(ticket.game, ticket.number);
}

static struct ticket *new_ticket(struct game *game, int number)
{
    struct ticket *ticket = mem_alloc(sizeof *ticket);
    *ticket = (struct ticket){ game, number };
    return ticket;
}

static sim_time engine_now(const struct game *game)
{
    return sim_now(game->sim);
}

static void engine_at(struct game *game, sim_time when, enum sim_rank rank, int number)
{
    sim_at(game->sim, when, rank, on_ticket, new_ticket(game, number));
}

static void engine_wake(struct game *game, int number)
{
    sim_wake(game->sim, on_ticket, new_ticket(game, number));
}

static void engine_timer_arm(struct game *game, int timer, sim_time when, enum sim_rank rank)
{
    sim_timer_arm(game->sim, game->timers[timer], when, rank);
}

static void engine_timer_wake(struct game *game, int timer)
{
    sim_timer_wake(game->sim, game->timers[timer]);
}

static void engine_timer_cancel(struct game *game, int timer)
{
    sim_timer_cancel(game->sim, game->timers[timer]);
}

static void engine_timer_create(struct game *game, int timer)
{
    struct ticket *ticket = arena_alloc(sim_arena(game->sim), sizeof *ticket);
    *ticket = (struct ticket){ game, timer };
    game->timers[timer] = sim_timer_create(game->sim, on_ticket, ticket);
}

static void engine_timer_renew(struct game *game, int timer)
{
    sim_timer_destroy(game->sim, game->timers[timer]);
    engine_timer_create(game, timer);
}

static bool engine_timer_is_pending(const struct game *game, int timer)
{
    return sim_timer_is_pending(game->sim, game->timers[timer]);
}

static void engine_run(struct game *game, sim_time until)
{
    CU_ASSERT_TRUE(sim_run(game->sim, until, &(struct error){ 0 }));
}

static const struct board engine_board = {
    engine_now, engine_at, engine_wake, engine_timer_arm, engine_timer_wake, engine_timer_cancel, engine_timer_renew,
    engine_timer_is_pending, engine_run,
};

static sim_time twin_now(const struct game *game)
{
    return game->twin_now;
}

static void twin_add(struct game *game, struct twin_event event)
{
    VEC_GROW(game->twin, game->twin_count, game->twin_room);
    game->twin[game->twin_count++] = event;
}

static void twin_remove(struct game *game, size_t index)
{
    memmove(&game->twin[index], &game->twin[index + 1], (game->twin_count - index - 1) * sizeof *game->twin);
    game->twin_count--;
}

static void twin_at(struct game *game, sim_time when, enum sim_rank rank, int number)
{
    twin_add(game, (struct twin_event){ false, when, rank, number });
}

static void twin_wake(struct game *game, int number)
{
    twin_add(game, (struct twin_event){ true, 0, RANK_LAPSE, number });
}

static void twin_timer_cancel(struct game *game, int timer)
{
    for (size_t i = 0; i < game->twin_count; i++) {
        if (game->twin[i].number == timer) {
            twin_remove(game, i);
            return;
        }
    }
}

static void twin_timer_arm(struct game *game, int timer, sim_time when, enum sim_rank rank)
{
    twin_timer_cancel(game, timer);
    twin_at(game, when, rank, timer);
}

static void twin_timer_wake(struct game *game, int timer)
{
    twin_timer_cancel(game, timer);
    twin_wake(game, timer);
}

static bool twin_timer_is_pending(const struct game *game, int timer)
{
    for (size_t i = 0; i < game->twin_count; i++) {
        if (game->twin[i].number == timer) {
            return true;
        }
    }
    return false;
}

static bool twin_before(const struct twin_event *a, const struct twin_event *b)
{
    if (a->woken || b->woken) {
        return a->woken && !b->woken;
    }
    return a->time != b->time ? a->time < b->time : a->rank < b->rank;
}

static void twin_run(struct game *game, sim_time until)
{
    for (;;) {
        size_t first = 0;
        for (size_t i = 1; i < game->twin_count; i++) {
            first = twin_before(&game->twin[i], &game->twin[first]) ? i : first;
        }
        if (game->twin_count == 0 || (!game->twin[first].woken && game->twin[first].time > until)) {
            game->twin_now = until;
            return;
        }
        struct twin_event event = game->twin[first];
        twin_remove(game, first);
        game->twin_now = event.woken ? game->twin_now : event.time;
        on_step(game, event.number);
    }
}

static const struct board twin_board = {
    twin_now, twin_at, twin_wake, twin_timer_arm, twin_timer_wake, twin_timer_cancel, twin_timer_cancel,
    twin_timer_is_pending, twin_run,
};

static void play(struct game *game, uint64_t seed)
{
    rng_seed(&game->rng, seed, 0, "game", 0);
    for (int round = 0; round < 60; round++) {
        for (uint64_t moves = rng_below(&game->rng, 8); moves > 0; moves--) {
            move(game);
        }
        game->board->run(game, game->board->now(game) + (sim_time)rng_below(&game->rng, 12));
        for (int timer = 0; timer < GAME_TIMERS; timer++) {
            if (game->board->timer_is_pending(game, timer)) {
                note_step(game, -1 - timer);
            }
        }
    }
    game->board->run(game, game->board->now(game) + 1000000);
}

static bool same_logs(const struct game *a, const struct game *b)
{
    if (a->log_count != b->log_count) {
        return false;
    }
    for (size_t i = 0; i < a->log_count; i++) {
        if (a->log[i].time != b->log[i].time || a->log[i].number != b->log[i].number) {
            return false;
        }
    }
    return true;
}

static void random_games_run_as_on_a_sorted_list(void)
{
    size_t steps = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct game engine = { .board = &engine_board, .sim = sim_create(seed, 0) };
        struct game twin = { .board = &twin_board };
        for (int timer = 0; timer < GAME_TIMERS; timer++) {
            engine_timer_create(&engine, timer);
        }
        play(&engine, seed);
        play(&twin, seed);
        bool same = same_logs(&engine, &twin);
        if (!same) {
            printf("\n    the game of seed %d differs", (int)seed);
        }
        CU_ASSERT(same);
        steps += engine.log_count;
        sim_destroy(engine.sim);
        free(engine.log);
        free(twin.log);
        free(twin.twin);
    }
    CU_ASSERT(steps > 50000);
}

/* ---- Large calendars ---- */

static void nothing(struct sim *sim, void *self)
{
    (void)sim;
    (void)self;
}

static void a_large_calendar_is_emptied_in_order(void)
{
    enum { COUNT = 200000 };
    struct calendar calendar;
    struct calendar_event event;
    struct rng rng;
    calendar_init(&calendar);
    rng_seed(&rng, 1, 0, "large", 0);
    for (int i = 0; i < COUNT; i++) {
        calendar_at(&calendar, (sim_time)rng_below(&rng, 1000000), RANK_LAPSE, nothing, NULL);
    }
    sim_time last = 0;
    unsigned taken = 0, unordered = 0;
    while (calendar_take(&calendar, 0, SIM_NEVER, &event)) {
        unordered += event.time < last;
        last = event.time;
        taken++;
        /* Every third event plans another one, so that the heap is filled in all three ways. */
        if (taken % 3 == 0 && taken < 2 * COUNT) {
            calendar_at(&calendar, last + (sim_time)rng_below(&rng, 1000000), RANK_LAPSE, nothing, NULL);
        }
    }
    CU_ASSERT_EQUAL(unordered, 0);
    CU_ASSERT(taken >= COUNT * 3 / 2 - 2 && taken <= COUNT * 3 / 2 + 2);
    calendar_finish(&calendar);
}

/* As a timeout of every message would: most are given back long before their time. */
static void timers_given_back_do_not_fill_the_calendar(void)
{
    struct calendar calendar;
    struct calendar_event event;
    calendar_init(&calendar);
    sim_timer kept[100];
    for (int i = 0; i < 100; i++) {
        kept[i] = calendar_timer_create(&calendar, nothing, NULL);
        calendar_timer_arm(&calendar, kept[i], 1000000 + i, RANK_LAPSE);
    }
    size_t most = 0;
    for (int i = 0; i < 100000; i++) {
        sim_timer timer = calendar_timer_create(&calendar, nothing, NULL);
        calendar_timer_arm(&calendar, timer, 900000 + i, RANK_LAPSE);
        calendar_timer_destroy(&calendar, timer);
        most = calendar.heap.count > most ? calendar.heap.count : most;
    }
    CU_ASSERT(most < 5000);
    for (int i = 0; i < 100; i++) {
        CU_ASSERT_TRUE(calendar_take(&calendar, 0, SIM_NEVER, &event));
        CU_ASSERT_EQUAL(event.time, 1000000 + i);
    }
    CU_ASSERT_FALSE(calendar_take(&calendar, 0, SIM_NEVER, &event));
    CU_ASSERT_EQUAL(calendar.stale, 0);
    calendar_finish(&calendar);
}

/* Timers come and go while events run, so that stale entries are swept at any moment. The twin is an array of due times. */
static void sweeps_keep_the_order(void)
{
    enum { COUNT = 2000, STEPS = 20000 };
    struct calendar calendar;
    struct calendar_event event;
    struct rng rng;
    sim_timer timers[COUNT];
    sim_time due[COUNT], now = 0;
    unsigned wrong = 0, sweeps = 0;
    calendar_init(&calendar);
    rng_seed(&rng, 1, 0, "sweeps", 0);
    for (int i = 0; i < COUNT; i++) {
        due[i] = (sim_time)rng_below(&rng, 1000000) * COUNT + i;
        timers[i] = calendar_timer_create(&calendar, nothing, &due[i]);
        calendar_timer_arm(&calendar, timers[i], due[i], RANK_LAPSE);
    }
    for (int step = 0; step < STEPS; step++) {
        sim_time first = SIM_NEVER;
        for (int i = 0; i < COUNT; i++) {
            first = due[i] < first ? due[i] : first;
        }
        wrong += !calendar_take(&calendar, now, SIM_NEVER, &event) || event.time != first || *(sim_time *)event.self != first;
        now = event.time;
        *(sim_time *)event.self = SIM_NEVER;
        for (uint64_t changes = rng_below(&rng, 10); changes > 0; changes--) {
            size_t i = rng_below(&rng, COUNT), stale = calendar.stale;
            calendar_timer_destroy(&calendar, timers[i]);
            sweeps += calendar.stale < stale;
            due[i] = now + 1 + (sim_time)rng_below(&rng, 1000000) * COUNT + (sim_time)i;
            timers[i] = calendar_timer_create(&calendar, nothing, &due[i]);
            calendar_timer_arm(&calendar, timers[i], due[i], RANK_LAPSE);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(sweeps > 5);
    calendar_finish(&calendar);
}

static void a_timer_moved_to_later_needs_one_entry(void)
{
    struct calendar calendar;
    struct calendar_event event;
    calendar_init(&calendar);
    sim_timer timer = calendar_timer_create(&calendar, nothing, NULL);
    for (int i = 1; i <= 1000; i++) {
        calendar_timer_arm(&calendar, timer, i, RANK_LAPSE);
    }
    CU_ASSERT_EQUAL(calendar.heap.count, 1);
    CU_ASSERT_TRUE(calendar_take(&calendar, 0, SIM_NEVER, &event));
    CU_ASSERT_EQUAL(event.time, 1000);
    CU_ASSERT_FALSE(calendar_timer_is_pending(&calendar, timer));
    calendar_finish(&calendar);
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "scripts run in the expected order", scripts_run_in_the_expected_order },
        { "random games run as on a sorted list", random_games_run_as_on_a_sorted_list },
        { "a large calendar is emptied in order", a_large_calendar_is_emptied_in_order },
        { "timers given back do not fill the calendar", timers_given_back_do_not_fill_the_calendar },
        { "sweeps keep the order", sweeps_keep_the_order },
        { "a timer moved to later needs one entry", a_timer_moved_to_later_needs_one_entry },
        UNIT_END,
    };
    return unit_main("engine/calendar", tests);
}
