#include "script/external_policy.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

enum { ANSWER_WITHIN_MS = 10000, LEAVE_WITHIN_MS = 1000, LOOK_EVERY_MS = 10, QUESTION_MAX = 4096 };

struct external_policy *external_policy_create(struct arena *arena, const char *policy, const char *const *words)
{
    struct external_policy *external = arena_alloc(arena, sizeof *external);
    const char *slash = strrchr(words[0], '/');
    *external = (struct external_policy){
        .policy = policy, .words = words, .program = slash != NULL ? slash + 1 : words[0], .to = -1, .from = -1,
    };
    return external;
}

/* The computer's own time, for patience only: no result depends on it. */
static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- starting and ending ------------------------------------------------------------------------------------ */

extern char **environ;

/* In a group of its own, so that Ctrl-C leaves it to us; with the signals that we ignore as it expects them. */
static int spawn(struct external_policy *policy, int input, int output)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t ordinary;
    sigemptyset(&ordinary);
    sigaddset(&ordinary, SIGPIPE);
    sigaddset(&ordinary, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &ordinary);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    pid_t child;
    /* posix_spawnp takes its arguments as not const for the sake of old programs, and changes nothing. */
    char *arguments[EXTERNAL_WORDS_MAX + 1] = { NULL };
    for (size_t i = 0; policy->words[i] != NULL; i++) {
        memcpy(&arguments[i], &policy->words[i], sizeof arguments[i]);
    }
    int failure = posix_spawnp(&child, policy->words[0], &files, &attributes, arguments, environ);
    policy->child = failure == 0 ? child : 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    return true;
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static bool start(struct external_policy *policy, struct error *err)
{
    int questions[2], answers[2];
    if (!make_pipe(questions)) {
        return error_set(err, "cannot start '%s': %s", policy->words[0], strerror(errno));
    }
    if (!make_pipe(answers)) {
        close_both(questions);
        return error_set(err, "cannot start '%s': %s", policy->words[0], strerror(errno));
    }
    int failure = spawn(policy, questions[0], answers[1]);
    close(questions[0]);
    close(answers[1]);
    policy->to = questions[1];
    policy->from = answers[0];
    fcntl(policy->to, F_SETFL, O_NONBLOCK);
    fcntl(policy->from, F_SETFL, O_NONBLOCK);
    return failure == 0 || error_set(err, "cannot start '%s': %s", policy->words[0], strerror(failure));
}

static void sleep_ms(int milliseconds)
{
    struct timespec pause = { .tv_nsec = milliseconds * 1000000L };
    nanosleep(&pause, NULL);
}

/* True once the child has ended by itself, and is no zombie. */
static bool has_left(pid_t child)
{
    for (int64_t until = clock_ms() + LEAVE_WITHIN_MS; clock_ms() < until; sleep_ms(LOOK_EVERY_MS)) {
        if (waitpid(child, NULL, WNOHANG) == child) {
            return true;
        }
    }
    return false;
}

static void close_if_open(int *end)
{
    if (*end >= 0) {
        close(*end);
        *end = -1;
    }
}

void external_policy_stop(struct external_policy *policy)
{
    close_if_open(&policy->to);
    close_if_open(&policy->from);
    if (policy->child == 0) {
        return;
    }
    bool left = has_left(policy->child);
    kill(-policy->child, SIGKILL);                   /* what it may have started stays in its group */
    while (!left && waitpid(policy->child, NULL, 0) < 0 && errno == EINTR) {
    }
    policy->child = 0;
}

/* ---- talking ------------------------------------------------------------------------------------------------ */

static bool too_late(const struct external_policy *policy, struct error *err)
{
    return error_set(err, "'%s' gave no answer within %d s", policy->words[0], ANSWER_WITHIN_MS / 1000);
}

static bool has_ended(const struct external_policy *policy, struct error *err)
{
    return error_set(err, "'%s' ended before it had answered", policy->words[0]);
}

/* Wait until the descriptor is ready or has come to its end. */
static bool wait_until_ready(const struct external_policy *policy, int descriptor, short events, int64_t until,
                             struct error *err)
{
    for (int64_t left; (left = until - clock_ms()) > 0;) {
        struct pollfd ready = { .fd = descriptor, .events = events };
        if (poll(&ready, 1, (int)left) > 0) {
            return true;
        }
    }
    return too_late(policy, err);
}

static bool send_all(const struct external_policy *policy, const char *text, size_t length, int64_t until,
                     struct error *err)
{
    while (length > 0) {
        ssize_t sent = write(policy->to, text, length);
        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        } else if (errno != EAGAIN && errno != EINTR) {
            return has_ended(policy, err);
        } else if (!wait_until_ready(policy, policy->to, POLLOUT, until, err)) {
            return false;
        }
    }
    return true;
}

/* Fill policy->line up to and including the next newline; returns where that is, NULL after an error. */
static char *receive_line(struct external_policy *policy, int64_t until, struct error *err)
{
    char *end;
    while ((end = memchr(policy->line, '\n', policy->used)) == NULL) {
        if (policy->used == sizeof policy->line) {
            error_set(err, "'%s' answered more than %d characters in one line", policy->words[0], ANSWER_MAX);
            return NULL;
        }
        if (!wait_until_ready(policy, policy->from, POLLIN, until, err)) {
            return NULL;
        }
        ssize_t got = read(policy->from, policy->line + policy->used, sizeof policy->line - policy->used);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            has_ended(policy, err);
            return NULL;
        }
        policy->used += got > 0 ? (size_t)got : 0;
    }
    return end;
}

/* ---- questions and answers ---------------------------------------------------------------------------------- */

/* Ids are letters, digits and '_', so nothing needs quoting; 17 digits bring a number back as it was. */
static size_t compose(const struct custom_question *question, char text[QUESTION_MAX])
{
    char number[40];
    units_format_number(sim_seconds(question->now), 17, number, sizeof number);
    size_t used = (size_t)snprintf(text, QUESTION_MAX, "{\"time\":%s,\"capacity\":%d,\"data\":{", number,
                                   question->capacity);
    for (int i = 0; i < question->count && used < QUESTION_MAX; i++) {
        units_format_number(question->data[i], 17, number, sizeof number);
        used += (size_t)snprintf(text + used, QUESTION_MAX - used, "%s\"%s\":%s", i > 0 ? "," : "", question->ids[i],
                                 number);
    }
    if (used < QUESTION_MAX) {
        used += (size_t)snprintf(text + used, QUESTION_MAX - used, "}}\n");
    }
    return used;
}

static bool take_answer(const cJSON *object, struct custom_answer *answer)
{
    const cJSON *capacity = cJSON_GetObjectItemCaseSensitive(object, "capacity");
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "reason"));
    if (cJSON_IsNull(capacity)) {
        return true;
    }
    if (!cJSON_IsNumber(capacity)) {
        return false;
    }
    double wanted = capacity->valuedouble;
    if (!(wanted >= 0 && wanted <= INT_MAX) || wanted > floor(wanted)) {
        return false;
    }
    answer->proposes = true;
    answer->capacity = (int)wanted;
    snprintf(answer->reason, sizeof answer->reason, "%s", reason != NULL ? reason : "");
    return true;
}

static bool parse(const struct external_policy *policy, struct custom_answer *answer, struct error *err)
{
    cJSON *object = cJSON_Parse(policy->line);
    bool fine = take_answer(object, answer);
    cJSON_Delete(object);
    return fine || error_set(err, "'%s' answered '%.100s', not {\"capacity\": a whole number from 0 on, or null}",
                             policy->words[0], policy->line);
}

bool external_policy_decide(void *context, const struct custom_question *question, struct custom_answer *answer,
                            struct error *err)
{
    struct external_policy *policy = context;
    char text[QUESTION_MAX];
    if (policy->child == 0 && !start(policy, err)) {
        return false;
    }
    size_t length = compose(question, text);
    if (length >= sizeof text) {
        return error_set(err, "the question to '%s' is longer than %d characters", policy->words[0], QUESTION_MAX);
    }
    int64_t until = clock_ms() + ANSWER_WITHIN_MS;
    if (!send_all(policy, text, length, until, err)) {
        return false;
    }
    char *end = receive_line(policy, until, err);
    if (end == NULL) {
        return false;
    }
    *end = '\0';
    bool fine = parse(policy, answer, err);
    size_t taken = (size_t)(end + 1 - policy->line);
    policy->used -= taken;
    memmove(policy->line, end + 1, policy->used);
    return fine;
}
