/* What holds in every world: plays worlds.lua over many seeds, each with assumptions of its own, and checks each run from
 * outside. The model's own ledger (audit.h) is checked by the runs themselves. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/rng.h"
#include "model/health.h"
#include "model/outcome.h"
#include "model/record.h"
#include "model/world.h"
#include "script/scenario.h"

enum { TASKS_MAX = 1024, VALUE_MAX = 48, REPLAYED_EVERY = 10 };

/* What the answers to protection calls say of the task in one slot of the world's table. */
struct belief {
    bool unknown;                 /* a call timed out: it took effect or not (PROT-94) */
    sim_time until;
};

struct run {
    uint64_t seed;
    struct world *world;
    struct scenario *scenario;
    struct belief beliefs[TASKS_MAX];
    uint64_t created, ended, redelivered, cut, expired, dead_lettered;
    uint64_t digest;              /* of all records and numbers */
    int failures;
};

static void fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("seed %" PRIu64 ", %.3f s: ", run->seed, sim_seconds(sim_now(run->world->sim)));
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    run->failures++;
}

/* FNV-1a */
static void digest(struct run *run, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        run->digest = (run->digest ^ ((const unsigned char *)bytes)[i]) * UINT64_C(1099511628211);
    }
}

/* ---- what the records say ------------------------------------------------------------------------------------ */

static struct belief *belief_of(struct run *run, const struct task *task)
{
    if (task->slot >= TASKS_MAX) {
        fprintf(stderr, "more tasks than properties.c has room for\n");
        exit(2);
    }
    return &run->beliefs[task->slot];
}

static void hear_answer(struct run *run, sim_time now, const struct record_protection *record)
{
    struct belief *belief = belief_of(run, record->task);
    if (record->operation == ENDPOINT_GET || record->task->stop_decided) {
        return;
    }
    if (record->verdict == PROTECTION_TIMED_OUT) {
        belief->unknown = true;
    } else if (record->verdict == PROTECTION_GRANTED) {
        belief->unknown = false;
        belief->until = record->operation == ENDPOINT_PUT_TRUE ? now + (sim_time)record->minutes * SIM_MINUTE : 0;
    }
}

/* PROT-88..90: one that is ill, retires or drains may be replaced although it is protected. */
static bool may_go(const struct task *task)
{
    return task_is_failing(task) && !health_honours_protection(task);
}

/* PROT-31, PROT-61: scale-in takes no protected task, and passes over no other. */
static void check_stop_decision(struct run *run, sim_time now, const struct record_stop_decision *record)
{
    for (int i = 0; i < record->chosen_count; i++) {
        const struct belief *belief = belief_of(run, record->chosen[i]);
        if (!belief->unknown && now < belief->until && !may_go(record->chosen[i])) {
            fail(run, "scale-in chose task %s, protected until %.3f s", record->chosen[i]->id, sim_seconds(belief->until));
        }
    }
    for (int i = 0; i < record->passed_over_count; i++) {
        const struct belief *belief = belief_of(run, record->passed_over[i]);
        if (!belief->unknown && now >= belief->until) {
            fail(run, "scale-in passed over task %s, which is not protected", record->passed_over[i]->id);
        }
    }
    if (record->blocked != (record->chosen_count < record->wanted)) {
        fail(run, "blocked is %d with %d of %d chosen", record->blocked, record->chosen_count, record->wanted);
    }
}

static void count_task(struct run *run, const struct record_task_status *record)
{
    if (strcmp(record->what, "created") == 0) {
        *belief_of(run, record->task) = (struct belief){ .until = 0 };
        run->created++;
    }
}

static void count_delivery(struct run *run, const struct record_delivery *record)
{
    run->redelivered += strcmp(record->what, "redelivered") == 0;
    run->cut += strcmp(record->what, "cut") == 0;
    run->expired += strcmp(record->what, "expired") == 0;
    run->dead_lettered += strcmp(record->what, "dead_lettered") == 0;
}

static void on_record(void *context, sim_time now, int kind, const void *record)
{
    struct run *run = context;
    digest(run, &now, sizeof now);
    digest(run, &kind, sizeof kind);
    if (kind == RECORD_PROTECTION) {
        hear_answer(run, now, record);
    } else if (kind == RECORD_STOP_DECISION) {
        check_stop_decision(run, now, record);
    } else if (kind == RECORD_TASK_STATUS) {
        count_task(run, record);
    } else if (kind == RECORD_TASK_END) {
        run->ended++;
    } else if (kind == RECORD_DELIVERY) {
        count_delivery(run, record);
    }
}

/* ---- what the numbers say ------------------------------------------------------------------------------------ */

static double number_of(struct run *run, const char *name, struct kpi_scope scope)
{
    scope.world = run->world;
    return kpi_value(kpi_find(name), &scope, -1);
}

static bool nearly_equal(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12;
}

static void check_splits(struct run *run, const struct kpi *kpi, const struct kpi_scope *scope, double total)
{
    double sum = 0;
    for (int split = 0; split < kpi->split_count; split++) {
        sum += kpi_value(kpi, scope, split);
    }
    if (kpi->split_count > 0 && !nearly_equal(sum, total)) {
        fail(run, "%s is %.15g, its parts sum to %.15g", kpi->name, total, sum);
    }
}

static bool may_be_large(const struct kpi *kpi)
{
    return strcmp(kpi->unit, "ratio") != 0 || strcmp(kpi->name, "cost_vs_oracle") == 0 ||
           strcmp(kpi->name, "little_residual") == 0;
}

static void check_kpi(struct run *run, const struct kpi *kpi, const struct kpi_scope *scope)
{
    double value = kpi_value(kpi, scope, -1);
    digest(run, &value, sizeof value);
    if (isnan(value)) {
        return;
    }
    /* A job that was cut may end earlier than it would have: where works share a CPU, its second task may be idler. */
    bool may_be_negative = strcmp(kpi->name, "delay_by_cut_s") == 0;
    if (isinf(value) || (value < 0 && !may_be_negative) || (value > 1 + 1e-9 && !may_be_large(kpi))) {
        fail(run, "%s is %.15g", kpi->name, value);
    }
    check_splits(run, kpi, scope, value);
}

static void check_kpis(struct run *run)
{
    const struct world *world = run->world;
    for (size_t i = 0; i < kpi_count; i++) {
        const struct kpi *kpi = &kpi_table[i];
        check_kpi(run, kpi, &(struct kpi_scope){ .world = world });
        for (int k = 0; kpi->per_service && k < world->service_count; k++) {
            check_kpi(run, kpi, &(struct kpi_scope){ .world = world, .service = world->services[k] });
        }
        for (int k = 0; kpi->per_queue && k < world->queue_count; k++) {
            check_kpi(run, kpi, &(struct kpi_scope){ .world = world, .queue = world->queues[k] });
        }
    }
}

/* The run's own number is the sum over its services, or over its queues, and `rest`. */
static void check_sum(struct run *run, const char *name, bool over_services, double rest)
{
    const struct world *world = run->world;
    double sum = rest, total = number_of(run, name, (struct kpi_scope){ .world = world });
    for (int i = 0; over_services && i < world->service_count; i++) {
        sum += number_of(run, name, (struct kpi_scope){ .service = world->services[i] });
    }
    for (int i = 0; !over_services && i < world->queue_count; i++) {
        sum += number_of(run, name, (struct kpi_scope){ .queue = world->queues[i] });
    }
    if (!nearly_equal(sum, total)) {
        fail(run, "%s is %.15g, over its parts it sums to %.15g", name, total, sum);
    }
}

static void check_sums(struct run *run)
{
    check_sum(run, "jobs_in", false, 0);
    check_sum(run, "jobs_done", false, 0);
    check_sum(run, "redeliveries", false, 0);
    check_sum(run, "dlq", false, 0);
    check_sum(run, "busy_stops", true, 0);
    check_sum(run, "protect_calls", true, 0);
    check_sum(run, "actions", true, 0);
    check_sum(run, "cost", true, number_of(run, "cost_control", (struct kpi_scope){ .service = NULL }));
}

/* SQS-06: a dead letter is no job of its queue, whatever becomes of it there. */
static void check_jobs_done_once(struct run *run)
{
    for (int i = 0; i < run->world->queue_count; i++) {
        const struct kpi_scope scope = { .queue = run->world->queues[i] };
        double in = number_of(run, "jobs_in", scope), done = number_of(run, "jobs_done", scope);
        if (done > in) {
            fail(run, "%g jobs done of %g in %s", done, in, scope.queue->config.name);
        }
    }
}

/* The records and the numbers tell the same story. */
static void check_counts(struct run *run)
{
    uint64_t expired = 0, dead_lettered = 0;
    for (int i = 0; i < run->world->queue_count; i++) {
        expired += run->world->queues[i]->books.expired;
        dead_lettered += run->world->queues[i]->books.dead_lettered;
    }
    if (run->created != run->ended || run->created != run->world->task_serial) {
        fail(run, "%" PRIu64 " tasks created, %" PRIu64 " ended, %" PRIu64 " in the world", run->created, run->ended,
             run->world->task_serial);
    }
    if (run->expired != expired || run->dead_lettered != dead_lettered) {
        fail(run, "%" PRIu64 " messages expired, %" PRIu64 " in the books; %" PRIu64 " dead-lettered, %" PRIu64, run->expired, expired,
             run->dead_lettered, dead_lettered);
    }
    if (run->world->config.warm_up > 0) {
        return;                   /* numbers are of the window, records of the run */
    }
    double redeliveries = number_of(run, "redeliveries", (struct kpi_scope){ .service = NULL });
    double cut = number_of(run, "jobs_cut", (struct kpi_scope){ .service = NULL });
    if (redeliveries != (double)run->redelivered || cut != (double)run->cut) {
        fail(run, "%g redeliveries and %" PRIu64 " records of them; %g jobs cut and %" PRIu64, redeliveries,
             run->redelivered, cut, run->cut);
    }
}

/* ---- playing ------------------------------------------------------------------------------------------------- */

/* One of the words of `list`, separated by `separator`. */
static void pick_word(struct rng *rng, const char *list, char separator, char word[VALUE_MAX])
{
    uint64_t count = 1;
    for (const char *c = list; *c != '\0'; c++) {
        count += *c == separator;
    }
    const char *start = list;
    for (uint64_t skip = rng_below(rng, count); skip > 0; skip--) {
        start = strchr(start, separator) + 1;
    }
    snprintf(word, VALUE_MAX, "%.*s", (int)strcspn(start, (char[]){ separator, '\0' }), start);
}

static void pick_value(struct rng *rng, const struct assumption *assumption, char value[VALUE_MAX])
{
    if (assumption->choices != NULL) {
        pick_word(rng, assumption->choices, ' ', value);
    } else if (assumption->alternatives[0] != '\0') {
        pick_word(rng, assumption->alternatives, '|', value);
    } else {
        double number = strtod(assumption->value, NULL), twice = 2 * number;
        snprintf(value, VALUE_MAX, "%g", twice <= assumption->most ? twice : number / 2);
    }
}

/* About one assumption in eight is set to something else; faults are injected in one run of four. */
static size_t pick_assumptions(uint64_t seed, struct scenario_setting *settings, char (*values)[VALUE_MAX])
{
    struct rng rng;
    size_t count = 0;
    rng_seed(&rng, seed, 0, "assumptions", 0);
    bool faults = rng_below(&rng, 4) == 0;
    for (int id = 0; id < ASSUME_COUNT; id++) {
        bool fault = id == ASSUME_PROTECT_ERROR_P || id == ASSUME_PROTECT_TIMEOUT_P;
        if (rng_below(&rng, 8) == 0 || (fault && faults)) {
            pick_value(&rng, &assumption_table[id], values[count]);
            if (fault && faults) {
                snprintf(values[count], VALUE_MAX, "0.2");
            }
            settings[count] = (struct scenario_setting){ assumption_table[id].name, values[count] };
            count++;
        }
    }
    return count;
}

static void check_run(struct run *run)
{
    struct error err;
    if (!world_run(run->world, &err)) {
        fail(run, "%s", err.text);
        return;
    }
    check_kpis(run);
    check_sums(run);
    check_counts(run);
    check_jobs_done_once(run);
    uint64_t events = sim_events(run->world->sim);
    digest(run, &events, sizeof events);
}

static void play(struct run *run, const char *script, uint64_t seed)
{
    char values[ASSUME_COUNT][VALUE_MAX];
    struct scenario_setting assumptions[ASSUME_COUNT];
    const struct scenario_options options = {
        .path = script, .assumptions = assumptions, .assumption_count = pick_assumptions(seed, assumptions, values),
    };
    struct error err;
    *run = (struct run){ .seed = seed, .world = world_create(seed, 0), .digest = UINT64_C(14695981039346656037) };
    trace_observe(sim_trace(run->world->sim), RECORD_ALL, on_record, run);
    run->scenario = scenario_load(run->world, &options, &err);
    if (run->scenario != NULL) {
        check_run(run);
    } else {
        fail(run, "%s", err.text);
    }
    scenario_destroy(run->scenario);
    world_destroy(run->world);
}

/* Now and then the same seed again: the same digest. */
static int play_seed(const char *script, uint64_t seed)
{
    static struct run run, again;
    play(&run, script, seed);
    if (seed % REPLAYED_EVERY == 0) {
        play(&again, script, seed);
        if (run.digest != again.digest) {
            printf("seed %" PRIu64 ": played twice, it went two ways\n", seed);
            return 1;
        }
    }
    return run.failures > 0;
}

int main(int argc, char **argv)
{
    uint64_t first = argc == 4 ? strtoull(argv[2], NULL, 10) : 0, count = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    if (count == 0) {
        fprintf(stderr, "usage: properties SCRIPT FIRST_SEED COUNT\n");
        return 2;
    }
    uint64_t failed = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        failed += (uint64_t)play_seed(argv[1], seed);
    }
    printf("%" PRIu64 " worlds from seed %" PRIu64 ", %" PRIu64 " failed\n", count, first, failed);
    return failed > 0;
}
