#include "script/fields.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/suggest.h"
#include "base/units.h"
#include "script/handle.h"
#include "script/object.h"

enum { NUMBER_TEXT = 64, FIELDS_MAX = 64 };

static const char owner_key;      /* its address is the registry's key */
static const char source_key;     /* the same in metatables of lists */

void fields_set_owner(lua_State *L, const struct fields_owner *owner)
{
    struct fields_owner *kept = lua_newuserdatauv(L, sizeof *kept, 0);
    *kept = *owner;
    lua_rawsetp(L, LUA_REGISTRYINDEX, &owner_key);
}

static const struct fields_owner *owner_of(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &owner_key);
    const struct fields_owner *owner = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return owner;
}

/* The path as text, pushed. */
static const char *push_path(lua_State *L, const struct path *path)
{
    if (!path->parent) {
        return lua_pushstring(L, path->name);
    }
    push_path(L, path->parent);
    if (path->name) {
        lua_pushfstring(L, ".%s", path->name);
    } else if (path->source) {
        lua_pushfstring(L, "[%I] (%s, line %I)", (LUAI_UACINT)path->index, path->source->file,
                        (LUAI_UACINT)path->source->lines[path->index - 1]);
    } else {
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)path->index);
    }
    lua_concat(L, 2);
    return lua_tostring(L, -1);
}

void fields_error(lua_State *L, const struct path *path, const char *format, ...)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    luaL_where(L, 1);
    push_path(L, path);
    lua_pushliteral(L, ": ");
    va_list arguments;
    va_start(arguments, format);
    lua_pushvfstring(L, format, arguments);
    va_end(arguments);
    lua_concat(L, 4);
    lua_error(L);
    __builtin_unreachable();
}

/* "a, b or c", pushed. */
static const char *push_list(lua_State *L, const char *const *names, size_t count)
{
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&list, i == 0 ? "" : i + 1 < count ? ", " : " or ");
        luaL_addstring(&list, names[i]);
    }
    luaL_pushresult(&list);
    return lua_tostring(L, -1);
}

void fields_unknown(lua_State *L, const struct path *path, const char *what, const char *name,
                    const char *const *known, size_t count)
{
    enum { LISTED = 8 };
    const char *nearest = suggest_nearest(name, known, count);
    if (nearest) {
        fields_error(L, path, "unknown %s '%s', did you mean '%s'?", what, name, nearest);
    }
    if (count == 0 || count > LISTED) {
        fields_error(L, path, "unknown %s '%s'", what, name);
    }
    fields_error(L, path, "unknown %s '%s', expected %s", what, name, push_list(L, known, count));
}

const char *fields_found(lua_State *L)
{
    const struct object *object = lua_type(L, -1) == LUA_TUSERDATA ? lua_touserdata(L, -1) : NULL;
    const char *name = object                         ? object_kind_names[object->kind]
                       : lua_islightuserdata(L, -1) ? handle_kind(L, -1)
                                                    : luaL_typename(L, -1);
    return lua_pushfstring(L, strchr("aeiou", *name) ? "an %s" : "a %s", name);
}

static _Noreturn void expected(lua_State *L, const struct path *path, const char *what)
{
    fields_error(L, path, "expected %s, got %s", what, fields_found(L));
}

void fields_check_range(lua_State *L, const struct path *path, double number, double least, double most)
{
    char text[NUMBER_TEXT], low[NUMBER_TEXT], high[NUMBER_TEXT];
    units_format_number(number, 12, text, sizeof text);
    units_format_number(least, 12, low, sizeof low);
    units_format_number(most, 12, high, sizeof high);
    if (number >= least && number <= most) {
        return;
    }
    if (most == INFINITY) {
        fields_error(L, path, "%s is below %s", text, low);
    }
    fields_error(L, path, "%s is outside %s..%s", text, low, high);
}

double fields_number(lua_State *L, const struct path *path)
{
    if (lua_type(L, -1) != LUA_TNUMBER) {
        expected(L, path, "a number");
    }
    double number = lua_tonumber(L, -1);
    if (!isfinite(number)) {
        fields_error(L, path, "expected a finite number");
    }
    return number;
}

double fields_time(lua_State *L, const struct path *path)
{
    if (lua_type(L, -1) == LUA_TNUMBER) {
        return fields_number(L, path);
    }
    if (lua_type(L, -1) != LUA_TSTRING) {
        expected(L, path, "a time in seconds or as in \"2m30s\"");
    }
    struct error err;
    double seconds;
    if (!units_parse_seconds(lua_tostring(L, -1), &seconds, &err)) {
        fields_error(L, path, "%s", err.text);
    }
    return seconds;
}

const char *fields_text(lua_State *L, const struct path *path)
{
    if (lua_type(L, -1) != LUA_TSTRING) {
        expected(L, path, "a text");
    }
    const char *text = lua_tostring(L, -1);
    if (*text == '\0') {
        fields_error(L, path, "an empty text");
    }
    return arena_text(owner_of(L)->arena, text);
}

static int read_choice(lua_State *L, const struct path *path, const char *const *choices)
{
    if (lua_type(L, -1) != LUA_TSTRING) {
        expected(L, path, "a text");
    }
    const char *text = lua_tostring(L, -1);
    size_t count = 0;
    for (; choices[count]; count++) {
        if (strcmp(choices[count], text) == 0) {
            return (int)count;
        }
    }
    if (suggest_nearest(text, choices, count)) {
        fields_unknown(L, path, "value", text, choices, count);
    }
    fields_error(L, path, "unknown value '%s', expected %s", text, push_list(L, choices, count));
}

static bool read_boolean(lua_State *L, const struct path *path)
{
    if (lua_type(L, -1) != LUA_TBOOLEAN) {
        expected(L, path, "true or false");
    }
    return lua_toboolean(L, -1) != 0;
}

static double bounded(lua_State *L, const struct path *path, const struct field *field, double number)
{
    if (field->least != 0 || field->most != 0) {
        fields_check_range(L, path, number, field->least, field->most);
    }
    return number;
}

static int read_integer(lua_State *L, const struct path *path, const struct field *field)
{
    double number = bounded(L, path, field, fields_number(L, path));
    if (number != floor(number) || fabs(number) > 1e9) {
        char text[NUMBER_TEXT];
        units_format_number(number, 12, text, sizeof text);
        fields_error(L, path, "%s is not a whole number", text);
    }
    return (int)number;
}

static void read_fixed(lua_State *L, const struct path *path, const char *const *choices)
{
    if (lua_type(L, -1) != LUA_TBOOLEAN) {
        read_choice(L, path, choices);
        return;
    }
    const char *said = lua_toboolean(L, -1) ? "true" : "false";
    if (strcmp(said, choices[0]) != 0) {
        fields_error(L, path, "only %s is modelled, got %s", choices[0], said);
    }
}

void fields_note_without_effect(lua_State *L, const struct path *path)
{
    const struct fields_owner *owner = owner_of(L);
    owner->note_without_effect(owner->context, push_path(L, path));
    lua_pop(L, 1);
}

/* The value of one field lies on top. */
static void read_field(lua_State *L, const struct path *path, const struct field *field, char *out)
{
    void *target = out + field->offset;
    switch (field->type) {
    case FIELD_NUMBER: *(double *)target = bounded(L, path, field, fields_number(L, path)); break;
    case FIELD_INTEGER: *(int *)target = read_integer(L, path, field); break;
    case FIELD_BOOLEAN: *(bool *)target = read_boolean(L, path); break;
    case FIELD_TEXT: *(const char **)target = fields_text(L, path); break;
    case FIELD_TIME: *(double *)target = bounded(L, path, field, fields_time(L, path)); break;
    case FIELD_CHOICE: *(int *)target = read_choice(L, path, field->choices); break;
    case FIELD_FIXED: read_fixed(L, path, field->choices); break;
    case FIELD_TABLE: fields_read(L, -1, path, field->fields, target); break;
    case FIELD_CUSTOM: field->read(L, path, field, target); break;
    case FIELD_WITHOUT_EFFECT: fields_note_without_effect(L, path); break;
    case FIELD_LATER: fields_error(L, path, "not modelled yet");
    }
}

/* Of several unknown keys the first in the order of texts, so that every run reports the same. */
static void refuse_unknown(lua_State *L, const struct path *path, const struct field *fields)
{
    const char *known[FIELDS_MAX], *unknown = NULL;
    size_t count = 0;
    for (const struct field *field = fields; field->name; field++) {
        known[count++] = field->name;
    }
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_pop(L, 1);
            fields_error(L, path, "expected fields by name, got %s as key", fields_found(L));
        }
        const char *key = lua_tostring(L, -2);
        size_t i = 0;
        while (i < count && strcmp(known[i], key) != 0) {
            i++;
        }
        if (i == count && (!unknown || strcmp(key, unknown) < 0)) {
            unknown = key;
        }
    }
    if (unknown) {
        fields_unknown(L, path, "field", unknown, known, count);
    }
}

void fields_read(lua_State *L, int index, const struct path *path, const struct field *fields, void *out)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_pushvalue(L, index);
    if (!lua_istable(L, -1)) {
        expected(L, path, "a table");
    }
    refuse_unknown(L, path, fields);
    for (const struct field *field = fields; field->name; field++) {
        const struct path here = { .parent = path, .name = field->name };
        lua_pushstring(L, field->name);
        if (lua_rawget(L, -2) != LUA_TNIL) {
            read_field(L, &here, field, out);
        } else if (field->required) {
            fields_error(L, path, "missing '%s'", field->name);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void fields_read_argument(lua_State *L, const char *name, const struct field *fields, void *out)
{
    const struct path path = { .name = name };
    if (lua_gettop(L) > 1) {
        fields_error(L, &path, "expected one table, got %d arguments", lua_gettop(L));
    }
    lua_settop(L, 1);
    fields_read(L, 1, &path, fields, out);
}

static int list_length(lua_State *L, const struct path *path, int most)
{
    if (!lua_istable(L, -1)) {
        expected(L, path, "a list");
    }
    lua_Integer count = 0, greatest = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1) {
            fields_error(L, path, "expected a list, got a table with other keys than 1, 2, ...");
        }
        count++;
        greatest = lua_tointeger(L, -2) > greatest ? lua_tointeger(L, -2) : greatest;
    }
    if (greatest > count) {
        fields_error(L, path, "a list with holes: %I items, but the last is number %I", (LUAI_UACINT)count,
                     (LUAI_UACINT)greatest);
    }
    if (count > most) {
        fields_error(L, path, "%I items are more than %d", (LUAI_UACINT)count, most);
    }
    return (int)count;
}

void fields_set_source(lua_State *L, const struct fields_source *source)
{
    lua_createtable(L, 0, 2);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushlightuserdata(L, (void *)(uintptr_t)source);
    lua_rawsetp(L, -2, &source_key);
    lua_setmetatable(L, -2);
}

/* Of the list on top; NULL: none. */
static const struct fields_source *source_of(lua_State *L)
{
    if (!lua_getmetatable(L, -1)) {
        return NULL;
    }
    lua_rawgetp(L, -1, &source_key);
    const struct fields_source *source = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return source;
}

/* Is the item on top still what the file has at that index? The script may have changed the list. */
static bool is_as_read(lua_State *L, const struct fields_source *source, size_t index)
{
    if (index >= source->count) {
        return false;
    }
    return source->texts ? lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), source->texts[index]) == 0
                         : lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) == source->numbers[index];
}

int fields_read_list(lua_State *L, const struct path *path, int most, fields_visitor *each, void *context)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    int count = list_length(L, path, most);
    const struct fields_source *source = source_of(L);
    for (int i = 0; i < count; i++) {
        struct path here = { .parent = path, .index = i + 1 };
        lua_rawgeti(L, -1, i + 1);
        here.source = source && is_as_read(L, source, (size_t)i) ? source : NULL;
        each(L, &here, i, context);
        lua_pop(L, 1);
    }
    return count;
}
