#include "analytic/mmc.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "engine/level.h"
#include "engine/rng.h"
#include "engine/sim.h"

struct server {
    struct shop *shop;
    sim_timer done;
    sim_time arrived;            /* when its customer came */
};

struct shop {
    const struct mmc *mmc;
    struct rng arrivals, services;
    sim_timer door;
    uint64_t entered, started;
    struct server *servers;
    struct server **idle;
    uint32_t idle_count;
    sim_time *line;              /* arrival times: a ring with room for a power of two */
    size_t line_first, line_count, line_room;
    struct level in_system;
    wide wait_ns, time_in_system_ns;
};

static void join_line(struct shop *shop, sim_time arrived)
{
    if (shop->line_count == shop->line_room) {
        size_t room = 2 * shop->line_room;
        shop->line = mem_resize(shop->line, room, sizeof *shop->line);
        for (size_t i = 0; i < shop->line_first; i++) {
            shop->line[shop->line_room + i] = shop->line[i];
        }
        shop->line_room = room;
    }
    shop->line[(shop->line_first + shop->line_count++) & (shop->line_room - 1)] = arrived;
}

static sim_time leave_line(struct shop *shop)
{
    sim_time arrived = shop->line[shop->line_first];
    shop->line_first = (shop->line_first + 1) & (shop->line_room - 1);
    shop->line_count--;
    return arrived;
}

static void start_service(struct sim *sim, struct server *server, sim_time arrived)
{
    struct shop *shop = server->shop;
    sim_time now = sim_now(sim);
    if (shop->started++ >= shop->mmc->warm_up) {
        shop->wait_ns += now - arrived;
    }
    server->arrived = arrived;
    sim_timer_arm(sim, server->done, now + sim_from_seconds(rng_exponential(&shop->services)), RANK_LAPSE);
}

static void on_service_done(struct sim *sim, void *self)
{
    struct server *server = self;
    struct shop *shop = server->shop;
    shop->time_in_system_ns += sim_now(sim) - server->arrived;
    level_add(&shop->in_system, sim_now(sim), -1);
    if (shop->line_count > 0) {
        start_service(sim, server, leave_line(shop));
    } else {
        shop->idle[shop->idle_count++] = server;
    }
}

static void plan_arrival(struct sim *sim, struct shop *shop)
{
    double gap_s = rng_exponential(&shop->arrivals) / (shop->mmc->load * shop->mmc->servers);
    sim_timer_arm(sim, shop->door, sim_now(sim) + sim_from_seconds(gap_s), RANK_ARRIVAL);
}

static void on_arrival(struct sim *sim, void *self)
{
    struct shop *shop = self;
    level_add(&shop->in_system, sim_now(sim), 1);
    if (shop->idle_count > 0) {
        start_service(sim, shop->idle[--shop->idle_count], sim_now(sim));
    } else {
        join_line(shop, sim_now(sim));
    }
    if (++shop->entered < shop->mmc->warm_up + shop->mmc->customers) {
        plan_arrival(sim, shop);
    }
}

static void open_shop(struct sim *sim, struct shop *shop)
{
    rng_init(&shop->arrivals, sim, "arrivals", 0);
    rng_init(&shop->services, sim, "services", 0);
    shop->line_room = 64;
    shop->line = mem_alloc(shop->line_room * sizeof *shop->line);
    shop->servers = mem_alloc(shop->mmc->servers * sizeof *shop->servers);
    shop->idle = mem_alloc(shop->mmc->servers * sizeof *shop->idle);
    for (uint32_t i = 0; i < shop->mmc->servers; i++) {
        struct server *server = &shop->servers[i];
        *server = (struct server){ .shop = shop, .done = sim_timer_create(sim, on_service_done, server) };
        shop->idle[shop->idle_count++] = server;
    }
    shop->door = sim_timer_create(sim, on_arrival, shop);
    plan_arrival(sim, shop);
}

struct mmc_outcome mmc_run(const struct mmc *mmc)
{
    struct sim *sim = sim_create(mmc->seed, 0);
    struct shop shop = { .mmc = mmc };
    struct error err;
    open_shop(sim, &shop);
    CHECK(sim_run(sim, SIM_NEVER, &err));
    CHECK(shop.in_system.value == 0);
    struct mmc_outcome outcome = {
        .mean_wait_s = (double)shop.wait_ns / 1e9 / (double)mmc->customers,
        .time_in_system_ns = shop.time_in_system_ns,
        .area_ns = level_area(&shop.in_system, sim_now(sim)),
    };
    free(shop.servers);
    free(shop.idle);
    free(shop.line);
    sim_destroy(sim);
    return outcome;
}
