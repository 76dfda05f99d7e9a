#include "script/pattern.h"

#include <ctype.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { ESCAPE = '%', CAPTURES_MAX = 32, DEPTH_MAX = 200 };
enum { OPEN = -1, POSITION = -2 };                   /* lengths of captures that are no text */
static const uint64_t STEPS_MAX = 100000000;         /* of one call: about a second */

struct capture {
    const char *start;
    ptrdiff_t length;             /* or OPEN, POSITION */
};

struct matcher {
    lua_State *L;
    const char *subject, *subject_end, *pattern_end;
    int depth;
    int capture_count;
    uint64_t steps;
    struct capture captures[CAPTURES_MAX];
};

static const char *match_here(struct matcher *m, const char *s, const char *p);

static void count_step(struct matcher *m)
{
    if (++m->steps > STEPS_MAX) {
        luaL_error(m->L, "the pattern takes more than %I steps on this text", (LUAI_UACINT)STEPS_MAX);
    }
}

/* The end of the single-character class that begins at p. */
static const char *class_end(struct matcher *m, const char *p)
{
    if (*p == ESCAPE) {
        if (p + 1 >= m->pattern_end) {
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        }
        return p + 2;
    }
    if (*p++ != '[') {
        return p;
    }
    if (*p == '^') {
        p++;
    }
    do {                          /* a ']' in the first place stands for itself */
        if (p >= m->pattern_end) {
            luaL_error(m->L, "malformed pattern (missing ']')");
        }
        if (*p++ == ESCAPE) {
            p++;
        }
    } while (p >= m->pattern_end || *p != ']');
    return p + 1;
}

static bool in_named_class(int c, int name)
{
    bool inside;
    switch (tolower(name)) {
    case 'a': inside = isalpha(c); break;
    case 'c': inside = iscntrl(c); break;
    case 'd': inside = isdigit(c); break;
    case 'g': inside = isgraph(c); break;
    case 'l': inside = islower(c); break;
    case 'p': inside = ispunct(c); break;
    case 's': inside = isspace(c); break;
    case 'u': inside = isupper(c); break;
    case 'w': inside = isalnum(c); break;
    case 'x': inside = isxdigit(c); break;
    default: return name == c;
    }
    return isupper(name) ? !inside : inside;
}

static int byte(const char *p)
{
    return (unsigned char)*p;
}

/* [p, end] is a set: '[' to ']'. */
static bool in_set(int c, const char *p, const char *end)
{
    bool inside = true;
    if (p[1] == '^') {
        inside = false;
        p++;
    }
    while (++p < end) {
        if (*p == ESCAPE) {
            p++;
            if (in_named_class(c, byte(p))) {
                return inside;
            }
        } else if (p[1] == '-' && p + 2 < end) {
            p += 2;
            if (byte(p - 2) <= c && c <= byte(p)) {
                return inside;
            }
        } else if (byte(p) == c) {
            return inside;
        }
    }
    return !inside;
}

static bool matches_one(struct matcher *m, const char *s, const char *p, const char *end)
{
    count_step(m);
    if (s >= m->subject_end) {
        return false;
    }
    switch (*p) {
    case '.': return true;
    case ESCAPE: return in_named_class(byte(s), byte(p + 1));
    case '[': return in_set(byte(s), p, end - 1);
    default: return byte(p) == byte(s);
    }
}

/* %bxy */
static const char *match_balance(struct matcher *m, const char *s, const char *p)
{
    if (p + 1 >= m->pattern_end) {
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    }
    if (s >= m->subject_end || *s != p[0]) {
        return NULL;
    }
    for (int depth = 1; ++s < m->subject_end;) {
        count_step(m);
        if (*s == p[1]) {
            if (--depth == 0) {
                return s + 1;
            }
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

/* %f[set] */
static const char *match_frontier(struct matcher *m, const char *s, const char *p)
{
    if (p >= m->pattern_end || *p != '[') {
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    }
    const char *end = class_end(m, p);
    int before = s == m->subject ? 0 : byte(s - 1);
    int after = s < m->subject_end ? byte(s) : 0;
    return !in_set(before, p, end - 1) && in_set(after, p, end - 1) ? match_here(m, s, end) : NULL;
}

static const char *match_longest(struct matcher *m, const char *s, const char *p, const char *end)
{
    ptrdiff_t i = 0;
    while (matches_one(m, s + i, p, end)) {
        i++;
    }
    for (; i >= 0; i--) {
        const char *rest = match_here(m, s + i, end + 1);
        if (rest) {
            return rest;
        }
    }
    return NULL;
}

static const char *match_shortest(struct matcher *m, const char *s, const char *p, const char *end)
{
    for (;;) {
        const char *rest = match_here(m, s, end + 1);
        if (rest) {
            return rest;
        }
        if (!matches_one(m, s, p, end)) {
            return NULL;
        }
        s++;
    }
}

static const char *open_capture(struct matcher *m, const char *s, const char *p, ptrdiff_t kind)
{
    if (m->capture_count >= CAPTURES_MAX) {
        luaL_error(m->L, "too many captures");
    }
    m->captures[m->capture_count++] = (struct capture){ .start = s, .length = kind };
    const char *rest = match_here(m, s, p);
    if (!rest) {
        m->capture_count--;
    }
    return rest;
}

static const char *close_capture(struct matcher *m, const char *s, const char *p)
{
    int i = m->capture_count - 1;
    while (i >= 0 && m->captures[i].length != OPEN) {
        i--;
    }
    if (i < 0) {
        luaL_error(m->L, "invalid pattern capture");
    }
    m->captures[i].length = s - m->captures[i].start;
    const char *rest = match_here(m, s, p);
    if (!rest) {
        m->captures[i].length = OPEN;
    }
    return rest;
}

/* %1 to %9: the end of that capture's text at s; NULL if it does not stand there. */
static const char *match_back_reference(struct matcher *m, const char *s, int digit)
{
    int i = digit - '1';
    if (i < 0 || i >= m->capture_count || m->captures[i].length == OPEN) {
        luaL_error(m->L, "invalid capture index %%%d", i + 1);
    }
    ptrdiff_t length = m->captures[i].length;
    if (length == POSITION) {     /* its text is empty, and so longer than any rest in the standard matcher */
        return NULL;
    }
    return m->subject_end - s >= length && memcmp(m->captures[i].start, s, (size_t)length) == 0 ? s + length : NULL;
}

/* A single-character class at p, ending at `end`, with what may follow it. NULL with *next set: go on there. */
static const char *match_class(struct matcher *m, const char *s, const char *p, const char *end, bool *go_on)
{
    int suffix = end < m->pattern_end ? *end : '\0';
    *go_on = false;
    switch (suffix) {
    case '?':
        if (matches_one(m, s, p, end)) {
            const char *rest = match_here(m, s + 1, end + 1);
            if (rest) {
                return rest;
            }
        }
        *go_on = true;
        return s;
    case '+':
        return matches_one(m, s, p, end) ? match_longest(m, s + 1, p, end) : NULL;
    case '*':
        return match_longest(m, s, p, end);
    case '-':
        return match_shortest(m, s, p, end);
    default:
        *go_on = matches_one(m, s, p, end);
        return s + 1;
    }
}

static bool is_suffix(const struct matcher *m, const char *p)
{
    return p < m->pattern_end && (*p == '?' || *p == '+' || *p == '*' || *p == '-');
}

static const char *match_rest(struct matcher *m, const char *s, const char *p)
{
    while (p < m->pattern_end) {
        count_step(m);
        int next = p + 1 < m->pattern_end ? byte(p + 1) : -1;
        if (*p == '(') {
            return next == ')' ? open_capture(m, s, p + 2, POSITION) : open_capture(m, s, p + 1, OPEN);
        }
        if (*p == ')') {
            return close_capture(m, s, p + 1);
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            return s == m->subject_end ? s : NULL;
        }
        if (*p == ESCAPE && next == 'b') {
            s = match_balance(m, s, p + 2);
            p += 4;
        } else if (*p == ESCAPE && next == 'f') {
            return match_frontier(m, s, p + 2);
        } else if (*p == ESCAPE && isdigit(next)) {
            s = match_back_reference(m, s, next);
            p += 2;
        } else {
            const char *end = class_end(m, p);
            bool go_on;
            s = match_class(m, s, p, end, &go_on);
            if (!go_on) {
                return is_suffix(m, end) ? s : NULL;
            }
            p = is_suffix(m, end) ? end + 1 : end;
        }
        if (!s) {
            return NULL;
        }
    }
    return s;
}

static const char *match_here(struct matcher *m, const char *s, const char *p)
{
    if (++m->depth > DEPTH_MAX) {
        luaL_error(m->L, "pattern too complex");
    }
    const char *end = match_rest(m, s, p);
    m->depth--;
    return end;
}

static const char *match_from(struct matcher *m, const char *s, const char *p)
{
    m->capture_count = 0;
    m->depth = 0;
    return match_here(m, s, p);
}

static void matcher_init(struct matcher *m, lua_State *L, const char *subject, size_t subject_length,
                         const char *pattern, size_t pattern_length)
{
    m->L = L;
    m->subject = subject;
    m->subject_end = subject + subject_length;
    m->pattern_end = pattern + pattern_length;
    m->steps = 0;
}

/* Capture i of a match [s, end), pushed; without captures, capture 0 is the whole match. */
static void push_capture(struct matcher *m, int i, const char *s, const char *end)
{
    if (i >= m->capture_count) {
        if (i > 0) {
            luaL_error(m->L, "invalid capture index %%%d", i + 1);
        }
        lua_pushlstring(m->L, s, (size_t)(end - s));
    } else if (m->captures[i].length == POSITION) {
        lua_pushinteger(m->L, m->captures[i].start - m->subject + 1);
    } else if (m->captures[i].length == OPEN) {
        luaL_error(m->L, "unfinished capture");
    } else {
        lua_pushlstring(m->L, m->captures[i].start, (size_t)m->captures[i].length);
    }
}

/* All captures, or with s not NULL the whole match if there are none. */
static int push_captures(struct matcher *m, const char *s, const char *end)
{
    int count = m->capture_count == 0 && s ? 1 : m->capture_count;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) {
        push_capture(m, i, s, end);
    }
    return count;
}

/* Lua's start position `index` of the arguments, from 0; beyond the end: more than length. */
static size_t start_position(lua_State *L, int index, size_t length)
{
    lua_Integer position = luaL_optinteger(L, index, 1);
    if (position > 0) {
        return (size_t)position - 1;
    }
    if (position == 0 || position < -(lua_Integer)length) {
        return 0;
    }
    return length - (size_t)-position;
}

static const char *find_plain(const char *text, size_t length, const char *wanted, size_t wanted_length)
{
    if (wanted_length == 0) {
        return text;
    }
    for (const char *end = text + length; (size_t)(end - text) >= wanted_length; text++) {
        text = memchr(text, wanted[0], (size_t)(end - text) - wanted_length + 1);
        if (!text || memcmp(text, wanted, wanted_length) == 0) {
            return text;
        }
    }
    return NULL;
}

static bool is_plain(const char *pattern, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] && strchr("^$*+?.([%-", pattern[i])) {
            return false;
        }
    }
    return true;
}

static int find_or_match(lua_State *L, bool find)
{
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t start = start_position(L, 3, length);
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
        const char *at = find_plain(subject + start, length - start, pattern, pattern_length);
        if (!at) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, at - subject + 1);
        lua_pushinteger(L, at - subject + (ptrdiff_t)pattern_length);
        return 2;
    }
    struct matcher m;
    bool anchored = pattern_length > 0 && *pattern == '^';
    matcher_init(&m, L, subject, length, pattern, pattern_length);
    const char *s = subject + start;
    do {
        const char *end = match_from(&m, s, pattern + anchored);
        if (end && find) {
            lua_pushinteger(L, s - subject + 1);
            lua_pushinteger(L, end - subject);
            return push_captures(&m, NULL, NULL) + 2;
        }
        if (end) {
            return push_captures(&m, s, end);
        }
    } while (s++ < m.subject_end && !anchored);
    luaL_pushfail(L);
    return 1;
}

int pattern_find(lua_State *L)
{
    return find_or_match(L, true);
}

int pattern_match(lua_State *L)
{
    return find_or_match(L, false);
}

/* Upvalues: subject, pattern, next position, end of the last match (-1: none yet). */
static int next_match(lua_State *L)
{
    size_t length, pattern_length;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
    const char *last = subject + lua_tointeger(L, lua_upvalueindex(4));
    struct matcher m;
    matcher_init(&m, L, subject, length, pattern, pattern_length);
    for (lua_Integer at = lua_tointeger(L, lua_upvalueindex(3)); at <= (lua_Integer)length; at++) {
        const char *s = subject + at;
        const char *end = match_from(&m, s, pattern);
        if (end && end != last) {
            lua_pushinteger(L, end - subject);
            lua_copy(L, -1, lua_upvalueindex(3));
            lua_replace(L, lua_upvalueindex(4));
            return push_captures(&m, s, end);
        }
    }
    return 0;
}

int pattern_gmatch(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_position(L, 3, length);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > length ? length + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* The replacement text with %0 to %9 filled in. */
static void add_template(struct matcher *m, luaL_Buffer *out, const char *s, const char *end)
{
    size_t length;
    const char *text = lua_tolstring(m->L, 3, &length);
    for (size_t i = 0; i < length; i++) {
        if (text[i] != ESCAPE) {
            luaL_addchar(out, text[i]);
        } else if (++i < length && text[i] == ESCAPE) {
            luaL_addchar(out, ESCAPE);
        } else if (i < length && text[i] == '0') {
            luaL_addlstring(out, s, (size_t)(end - s));
        } else if (i < length && isdigit((unsigned char)text[i])) {
            push_capture(m, text[i] - '1', s, end);
            luaL_tolstring(m->L, -1, NULL);          /* a position is a number */
            lua_remove(m->L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* Add what replaces the match [s, end). True if it was replaced. */
static bool add_replacement(struct matcher *m, luaL_Buffer *out, const char *s, const char *end)
{
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, end), 1);
        break;
    case LUA_TTABLE:
        push_capture(m, 0, s, end);
        lua_gettable(L, 3);
        break;
    default:
        add_template(m, out, s, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, s, (size_t)(end - s));
        return false;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    luaL_addvalue(out);
    return true;
}

int pattern_gsub(lua_State *L)
{
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int kind = lua_type(L, 3);
    luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                     "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    bool anchored = pattern_length > 0 && *pattern == '^', changed = false;
    struct matcher m;
    luaL_Buffer out;
    matcher_init(&m, L, subject, length, pattern, pattern_length);
    luaL_buffinit(L, &out);
    lua_Integer count = 0;
    const char *s = subject, *last = NULL;
    while (count < most) {
        const char *end = match_from(&m, s, pattern + anchored);
        if (end && end != last) {
            count++;
            changed |= add_replacement(&m, &out, s, end);
            s = last = end;
        } else if (s < m.subject_end) {
            luaL_addchar(&out, *s++);
        } else {
            break;
        }
        if (anchored) {
            break;
        }
    }
    if (changed) {
        luaL_addlstring(&out, s, (size_t)(m.subject_end - s));
        luaL_pushresult(&out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}
