#include "script/state.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "script/slab.h"
#include "script/watchdog.h"

const struct state_limits state_limits_default = { .memory = (size_t)2 << 30, .instructions = 100000000 };

enum { GC_PAUSE = 400 };          /* per cent: live coroutines are many, garbage is little */
enum { CALLERS_SHOWN = 6, LEVELS_SEARCHED = 20 };

struct state {
    lua_State *L;
    struct slab *slab;
    struct watchdog watchdog;
};

/* Nothing runs unprotected but code of ours that cannot raise. */
static int on_panic(lua_State *L)
{
    (void)L;
    check_failed(__FILE__, __LINE__, "no Lua error outside a protected call");
}

struct state *state_create(const struct state_limits *limits, void *owner, struct error *err)
{
    struct state *state = mem_alloc(sizeof *state);
    if (!watchdog_init(&state->watchdog, limits->instructions, err)) {
        free(state);
        return NULL;
    }
    state->slab = slab_create(limits->memory);
    state->L = lua_newstate(slab_reallocate, state->slab);
    if (!state->L) {
        error_set(err, "no memory for a Lua state");
        watchdog_finish(&state->watchdog);
        slab_destroy(state->slab);
        free(state);
        return NULL;
    }
    lua_atpanic(state->L, on_panic);
    *(void **)lua_getextraspace(state->L) = owner;
    lua_gc(state->L, LUA_GCINC, GC_PAUSE, 0, 0);
    return state;
}

void state_destroy(struct state *state)
{
    if (state) {
        watchdog_finish(&state->watchdog);
        lua_close(state->L);
        slab_destroy(state->slab);
        free(state);
    }
}

lua_State *state_lua(struct state *state)
{
    return state->L;
}

bool state_call(struct state *state, lua_CFunction body, void *context, struct error *err)
{
    lua_State *L = state->L;
    CHECK(lua_checkstack(L, LUA_MINSTACK));
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, context);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK) {
        return true;
    }
    state_describe(L, NULL, NULL, err);
    lua_pop(L, 1);
    return false;
}

int state_resume(struct state *state, lua_State *thread, int nargs)
{
    int nresults;
    watchdog_enter(&state->watchdog, thread);
    int status = lua_resume(thread, state->L, nargs, &nresults);
    watchdog_leave(&state->watchdog);
    return status;
}

static void append(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct error *err, const char *format, ...)
{
    size_t length = strlen(err->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text + length, sizeof err->text - length, format, arguments);
    va_end(arguments);
}

/* The next level from *level on that runs a line of a script. */
static bool next_line(lua_State *thread, int *level, lua_Debug *frame)
{
    while (lua_getstack(thread, (*level)++, frame)) {
        lua_getinfo(thread, "Sl", frame);
        if (frame->currentline > 0) {
            return true;
        }
    }
    return false;
}

/* Does the text begin with the file of one of the nearest lines? */
static bool has_place(lua_State *thread, const char *text)
{
    lua_Debug frame;
    for (int level = 0; level < LEVELS_SEARCHED && next_line(thread, &level, &frame);) {
        size_t length = strlen(frame.short_src);
        if (strncmp(text, frame.short_src, length) == 0 && text[length] == ':') {
            return true;
        }
    }
    return false;
}

static bool is_of(const lua_Debug *frame, const char *script)
{
    return frame->source[0] == '@' && strcmp(frame->source + 1, script) == 0;
}

/* What stands behind "FILE:LINE: " of the frame in the text; NULL: it does not begin so. */
static const char *behind_place(const char *text, const lua_Debug *frame)
{
    char place[sizeof frame->short_src + 32];
    int length = snprintf(place, sizeof place, "%s:%d: ", frame->short_src, frame->currentline);
    return strncmp(text, place, (size_t)length) == 0 ? text + length : NULL;
}

/* A message that begins with a line of a module: let it begin with the nearest line of the script, whose level is returned;
 * -1: there is none, or it begins so already. `level` is the one beyond `raised`. */
static int lead_with_script(lua_State *thread, const lua_Debug *raised, int level, const char *script, struct error *err)
{
    const char *message = behind_place(err->text, raised);
    lua_Debug frame;
    if (!message || is_of(raised, script)) {
        return -1;
    }
    while (next_line(thread, &level, &frame)) {
        if (is_of(&frame, script)) {
            char kept[sizeof err->text];
            snprintf(kept, sizeof kept, "%s", message);
            error_set(err, "%s:%d: %s", frame.short_src, frame.currentline, kept);
            return level - 1;
        }
    }
    return -1;
}

/* The other lines that led to it, from `level` outwards, but for the one at `leading`. */
static void append_callers(lua_State *thread, int level, int leading, struct error *err)
{
    lua_Debug frame;
    for (int shown = 0; shown < CALLERS_SHOWN && next_line(thread, &level, &frame);) {
        if (level - 1 != leading) {
            append(err, "\n  called from %s:%d", frame.short_src, frame.currentline);
            shown++;
        }
    }
}

static void set_message(lua_State *thread, struct error *err)
{
    const char *text = lua_type(thread, -1) == LUA_TSTRING ? lua_tostring(thread, -1) : NULL;
    if (!text) {
        error_set(err, "the error value is a %s, not a text", luaL_typename(thread, -1));
    } else if (strcmp(text, "not enough memory") == 0) {
        error_set(err, "the scenario takes more memory than it may");
    } else {
        error_set(err, "%s", text);
    }
}

void state_describe(lua_State *thread, const char *name, const char *script, struct error *err)
{
    lua_Debug raised;
    int level = 0, leading = -1;
    set_message(thread, err);
    bool has_line = next_line(thread, &level, &raised);
    if (has_line && !has_place(thread, err->text)) {
        error_wrap(err, "%s:%d", raised.short_src, raised.currentline);
    }
    if (has_line && script) {
        leading = lead_with_script(thread, &raised, level, script, err);
    }
    if (name) {
        append(err, " (in %s)", name);
    }
    if (leading >= 0) {
        append(err, "\n  raised in %s:%d", raised.short_src, raised.currentline);
    }
    append_callers(thread, level, leading, err);
}
