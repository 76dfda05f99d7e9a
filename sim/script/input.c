#include "script/input.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/vec.h"
#include "script/bind.h"
#include "script/digest.h"

enum { FILE_MAX = 1 << 30, CHUNK = 1 << 16 };

void input_free(struct file *file)
{
    free(file->text);
}

static bool read_all(FILE *stream, struct file *file)
{
    size_t room = 0;
    *file = (struct file){ 0 };
    for (;;) {
        if (file->size + CHUNK + 1 > room) {
            room = 2 * room + CHUNK + 1;
            file->text = mem_resize(file->text, room, 1);
        }
        size_t got = fread(file->text + file->size, 1, CHUNK, stream);
        file->size += got;
        if (got == 0 || file->size > FILE_MAX) {
            file->text[file->size] = '\0';
            return !ferror(stream);
        }
    }
}

static bool read_file(const char *path, struct file *file, struct error *err)
{
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        return error_set(err, "cannot read '%s': %s", path, strerror(errno));
    }
    bool ok = read_all(stream, file) || error_set(err, "cannot read '%s': %s", path, strerror(errno));
    fclose(stream);
    if (ok && file->size > FILE_MAX) {
        ok = error_set(err, "'%s' is larger than %d MiB", path, FILE_MAX >> 20);
    }
    if (!ok) {
        input_free(file);
    }
    return ok;
}

static void note(struct scenario *scenario, const char *role, const char *name, const struct file *file)
{
    VEC_GROW(scenario->inputs, scenario->input_count, scenario->input_room);
    struct scenario_input *input = &scenario->inputs[scenario->input_count++];
    *input = (struct scenario_input){ .role = role, .name = arena_text(scenario->arena, name), .bytes = file->size };
    snprintf(input->digest, sizeof input->digest, DIGEST_NAME ":%016" PRIx64, digest_of(file->text, file->size));
}

const char *input_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool input_read_script(struct scenario *scenario, struct file *file, struct error *err)
{
    if (!read_file(scenario->options.path, file, err)) {
        return false;
    }
    note(scenario, "scenario", input_name(scenario->options.path), file);
    return true;
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static bool is_module_name(const char *module)
{
    for (const char *at = module; *at; at++) {
        bool is_inner_dot = *at == '.' && at > module && at[1] != '.' && at[1] != '\0';
        if (!isalnum((unsigned char)*at) && *at != '_' && !is_inner_dot) {
            return false;
        }
    }
    return *module != '\0';
}

/* lib.loads to lib/loads.lua */
static const char *module_file(struct arena *arena, const char *module)
{
    char *file = arena_printf(arena, "%s.lua", module);
    for (size_t i = 0; i < strlen(module); i++) {
        if (file[i] == '.') {
            file[i] = '/';
        }
    }
    return file;
}

bool input_read_module(struct scenario *scenario, const char *module, struct file *file, const char **path,
                       struct error *err)
{
    if (!is_module_name(module)) {
        return error_set(err, "'%s' is no name of a module", module);
    }
    const char *relative = module_file(scenario->arena, module), *library = scenario->options.library;
    *path = arena_printf(scenario->arena, "%s%s", scenario->folder, relative);
    if (!exists(*path) && library) {
        *path = arena_printf(scenario->arena, "%s/%s", library, relative);
    }
    if (!exists(*path)) {
        return error_set(err, "no module '%s': no %s beside the script or among the shipped scenarios", module, relative);
    }
    if (!read_file(*path, file, err)) {
        return false;
    }
    note(scenario, "module", module, file);
    return true;
}

static bool is_set_by_user(const struct scenario *scenario, const char *path)
{
    for (size_t i = 0; i < scenario->parameter_count; i++) {
        const struct parameter *parameter = &scenario->parameters[i];
        if (parameter->changed && parameter->type == PARAMETER_TEXT && strcmp(parameter->text, path) == 0) {
            return true;
        }
    }
    return false;
}

bool input_read_data(struct scenario *scenario, const char *role, const char *path, struct file *file, struct error *err)
{
    bool as_given = path[0] == '/' || (is_set_by_user(scenario, path) && exists(path));
    const char *full = as_given ? path : arena_printf(scenario->arena, "%s%s", scenario->folder, path);
    if (!read_file(full, file, err)) {
        bool looked_here = !as_given && is_set_by_user(scenario, path);
        return looked_here ? error_set(err, "no file '%s', neither here nor beside the script", path) : false;
    }
    note(scenario, role, input_name(path), file);
    return true;
}
