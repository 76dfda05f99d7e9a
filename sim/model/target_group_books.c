/* What a target group's load balancer counts: for CloudWatch by the minute (CW-09), for its bill by the hour (COST-08). */
#include "model/aggregate.h"
#include "model/balancer.h"
#include "model/request.h"
#include "model/visitor.h"
#include "model/world.h"

static sim_time now_of(const struct target_group *group)
{
    return sim_now(group->world->sim);
}

/* ---- requests and answers ----------------------------------------------------------------------------------- */

static void note_volume(struct target_group *group, int64_t count)
{
    group->hour.requests += (uint64_t)count;
    group->hour.bytes += (wide)group->config.request_bytes * count;
}

/* Connections that so many requests of loads without clients have taken, one after the other. */
static uint64_t connections_for(const struct target_group *group, uint64_t requests)
{
    uint64_t each = group->config.requests_per_connection > 1 ? (uint64_t)group->config.requests_per_connection : 1;
    return (requests + each - 1) / each;
}

static void note_connections(struct target_group *group, uint64_t count)
{
    group->minute.connections += count;
    group->hour.connections += count;
}

void target_group_note_cohort(struct target_group *group, int64_t count)
{
    uint64_t before = group->anonymous_requests;
    group->anonymous_requests += (uint64_t)count;
    note_connections(group, connections_for(group, group->anonymous_requests) - connections_for(group, before));
    note_volume(group, count);
}

void target_group_note_request(struct target_group *group, bool is_anonymous)
{
    if (is_anonymous) {
        target_group_note_cohort(group, 1);
    } else {
        note_volume(group, 1);
    }
}

void target_group_note_status(struct target_group *group, int status)
{
    group->minute.answers[status / 100]++;
}

void target_group_note_answers(struct target_group *group, int status, sim_time length, int64_t count)
{
    struct target_group_minute *minute = &group->minute;
    minute->answers[status / 100] += (uint64_t)count;
    group->hour.bytes += (wide)group->config.response_bytes * count;
    minute->response_least = minute->responses == 0 || length < minute->response_least ? length : minute->response_least;
    minute->response_most = length > minute->response_most ? length : minute->response_most;
    minute->response_ns += (wide)length * count;
    minute->responses += (uint64_t)count;
    if (group->keeps_response_times) {
        sketch_add(&group->response_times, sim_seconds(length), (double)count);
    }
}

void target_group_note_answer(struct target_group *group, int status, sim_time length)
{
    target_group_note_answers(group, status, length, 1);
}

void target_group_note_failure(struct target_group *group)
{
    group->minute.balancer_5xx++;
}

/* ---- connections -------------------------------------------------------------------------------------------- */

void target_group_note_connection(struct target_group *group)
{
    note_connections(group, 1);
}

void target_group_open_connection(struct target_group *group)
{
    level_add(&group->connections, now_of(group), 1);
}

void target_group_close_connection(struct target_group *group, sim_time when)
{
    sim_time now = now_of(group);
    level_add(&group->connections, now, -1);
    group->connections.area -= now - when;
}

void target_group_connections_moved(struct target_group *group, int64_t change, wide area)
{
    group->connections.area += area;
    level_add(&group->connections, now_of(group), change);
}

int64_t target_group_connections(const struct target_group *group)
{
    return group->connections.value + group->sessions.open.value;
}

static wide connection_ns(const struct target_group *group, sim_time now)
{
    return level_area(&group->connections, now) + session_books_area(&group->sessions, now);
}

/* ---- periods ------------------------------------------------------------------------------------------------ */

sim_time target_group_oldest_age(const struct target_group *group, sim_time now)
{
    sim_time oldest = aggregate_oldest(group->aggregate, now);
    return now - (group->oldest != NULL && group->oldest->sent_at < oldest ? group->oldest->sent_at : oldest);
}

void target_group_begin_minute(struct target_group *group)
{
    group->minute = (struct target_group_minute){ 0 };
    sketch_reset(&group->response_times);
}

static void begin_hour(struct target_group *group, sim_time now)
{
    group->hour = (struct target_group_hour){ .connection_ns = connection_ns(group, now) };
}

static void close_hour(struct target_group *group, sim_time now)
{
    const struct target_group_hour *hour = &group->hour;
    group->lcu_pico += cost_lcu_pico(&(struct cost_lcu_usage){
        .connections = hour->connections, .connection_ns = connection_ns(group, now) - hour->connection_ns,
        .bytes = hour->bytes, .requests = hour->requests, .rules = group->config.rules,
    });
    begin_hour(group, now);
}

/* COST-08: its hours count from the begin of the window, which need not be that of a minute. */
static bool hour_is_over(const struct target_group *group, sim_time now)
{
    sim_time since = now - world_window_start(group->world);
    return since >= SIM_HOUR && since % SIM_HOUR < SIM_MINUTE;
}

void target_group_minute(struct target_group *group)
{
    sim_time now = now_of(group);
    visitors_settle(group);
    aggregate_settle(group->aggregate);
    job_books_minute(&group->books, group->world, target_group_oldest_age(group, now));
    if (hour_is_over(group, now)) {
        close_hour(group, now);
    }
}

void target_group_end_of_warm_up(struct target_group *group)
{
    visitors_settle(group);
    job_books_end_of_warm_up(&group->books);
    session_books_end_of_warm_up(&group->sessions, now_of(group));
    group->lcu_pico = 0;
    begin_hour(group, now_of(group));
}

void target_group_close_books(struct target_group *group)
{
    visitors_settle(group);
    close_hour(group, now_of(group));
    for (const struct request *request = group->oldest; request != NULL; request = request->younger) {
        job_books_unfinished(&group->books, group->world, request->sent_at, request->started_at >= 0);
    }
    aggregate_close_books(group->aggregate);
}

void target_group_finish(struct target_group *group)
{
    for (int i = 0; i < 2; i++) {
        routing_finish(&group->sets[i].healthy);
        routing_finish(&group->sets[i].others);
    }
    aggregate_finish(group->aggregate);
    sketch_finish(&group->response_times);
    job_books_finish(&group->books);
}
