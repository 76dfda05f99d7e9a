/* Task sets, as an external deployment controller has them (DEPLOY-16, PROT-49). */
#include <string.h>

#include "lib/unit.h"
#include "scene.h"

#define SERVICE(fields) MODULES FAST_ASSUMPTIONS "sim.scenario { duration = \"30m\" }\n"                                    \
    "local function revision() return ecs.register_task_definition { family = \"f\", cpu = 256, memory = 512,\n"           \
    "    container_definitions = { { app = function(task) while not task.stopping do sim.sleep(1) end end } } } end\n"     \
    "local one, two = revision(), revision()\n"                                                                           \
    "local s = ecs.create_service { service_name = \"s\", desired_count = 10, task_definition = one, " fields " }\n"        \
    "local function show(answer) for _, set in ipairs(answer.task_sets or { answer.task_set }) do\n"                       \
    "    sim.log(\"%s %s %d+%d of %d at %g %s\", set.status, set.task_definition, set.running_count, set.pending_count,\n" \
    "        set.computed_desired_count, set.scale.value, set.stability_status) end end\n"                                 \
    "local function sets() return ecs.describe_task_sets { service = s } end\n"
#define EXTERNAL SERVICE("deployment_controller = { type = \"EXTERNAL\" }")

static struct scene scene;

/* The log without its times. */
static const char *told(const char *script)
{
    static char text[sizeof scene.log];
    const char *from = scene_play(&scene, script);
    char *to = text;
    while (*from != '\0') {
        from += strcspn(from, " ") + 1;
        size_t length = strcspn(from, "\n") + 1;
        memcpy(to, from, length);
        to += length;
        from += length;
    }
    *to = '\0';
    return text;
}

static void sets_stand_side_by_side(void)
{
    CU_ASSERT(same_text(told(EXTERNAL
        "sim.at(\"3m\", function()\n"
        "    local green = ecs.create_task_set { service = s, task_definition = two, scale = { value = 12 } }\n"
        "    show(green) sim.sleep(60) show(sets())\n"
        "    show(ecs.update_task_set { service = s, task_set = green.task_set.id, scale = { value = 100, unit = \"PERCENT\" } })\n"
        "    sim.sleep(60) show(sets())\n"
        "    ecs.update_service { service = s, desired_count = 3 } sim.sleep(60) show(sets())\n"
        "end)\n"),
        "ACTIVE task definition f:2 0+0 of 2 at 12 STABILIZING\n"
        "PRIMARY task definition f:1 10+0 of 10 at 100 STEADY_STATE\n"
        "ACTIVE task definition f:2 2+0 of 2 at 12 STEADY_STATE\n"
        "ACTIVE task definition f:2 2+0 of 10 at 100 STABILIZING\n"
        "PRIMARY task definition f:1 10+0 of 10 at 100 STEADY_STATE\n"
        "ACTIVE task definition f:2 10+0 of 10 at 100 STEADY_STATE\n"
        "PRIMARY task definition f:1 3+0 of 3 at 100 STEADY_STATE\n"
        "ACTIVE task definition f:2 3+0 of 3 at 100 STEADY_STATE\n"));
}

/* A deleted set keeps a protected task until its protection ends. */
static void the_primary_set_is_another_and_the_old_one_goes(void)
{
    CU_ASSERT(same_text(told(EXTERNAL
        "sim.at(\"3m\", function()\n"
        "    local green = ecs.create_task_set { service = s, task_definition = two }.task_set.id\n"
        "    local blue = sets().task_sets[1].id\n"
        "    sim.sleep(60)\n"
        "    ecs.update_task_protection { tasks = { ecs.list_tasks { service_name = s }.task_arns[1] }, protection_enabled = true,\n"
        "        expires_in_minutes = 3 }\n"
        "    sim.log(\"%s: %s\", select(2, ecs.delete_task_set { service = s, task_set = blue }))\n"
        "    show(ecs.update_service_primary_task_set { service = s, primary_task_set = green })\n"
        "    sim.log(\"%s: %s\", select(2, ecs.delete_task_set { service = s, task_set = blue }))\n"
        "    show(ecs.delete_task_set { service = s, task_set = blue, force = true })\n"
        "    sim.sleep(60) show(sets()) sim.sleep(240) show(sets())\n"
        "    sim.log(\"%s: %s\", select(2, ecs.delete_task_set { service = s, task_set = blue }))\n"
        "    sim.log(\"%s: %s\", select(2, ecs.update_service { service = s, task_definition = one }))\n"
        "end)\n"),
        "InvalidParameterException: The primary task set of a service cannot be deleted.\n"
        "PRIMARY task definition f:2 10+0 of 10 at 100 STEADY_STATE\n"
        "InvalidParameterException: The task set is not scaled down to 0 %: force is needed.\n"
        "DRAINING task definition f:1 10+0 of 0 at 0 STABILIZING\n"
        "PRIMARY task definition f:2 10+0 of 10 at 100 STEADY_STATE\n"
        "DRAINING task definition f:1 1+0 of 0 at 0 STABILIZING\n"
        "PRIMARY task definition f:2 10+0 of 10 at 100 STEADY_STATE\n"
        "TaskSetNotFoundException: The specified task set wasn't found.\n"
        "InvalidParameterException: Unable to update task definition on services with an EXTERNAL deployment controller.\n"));
}

static void what_does_not_fit_is_refused(void)
{
    static const struct {
        const char *script, *message;
    } rows[] = {
        { SERVICE("") "sim.at(1, function() ecs.create_task_set { service = s, task_definition = two } end)",
          "case.lua:10: create_task_set.service: service 's' has no deployment_controller of type EXTERNAL" },
        { SERVICE("deployment_controller = { type = \"EXTERN\" }"),
          "case.lua:5: create_service.deployment_controller.type: unknown value 'EXTERN', did you mean 'EXTERNAL'?" },
        { EXTERNAL "sim.at(1, function() ecs.create_task_set { service = s, task_definition = two, scale = { value = 101 } } end)",
          "case.lua:10: create_task_set.scale.value: 101 is outside 0..100" },
        { EXTERNAL "sim.at(1, function() ecs.update_task_set { service = s, task_set = \"x\" } end)",
          "case.lua:10: update_task_set: missing 'scale'" },
        { EXTERNAL "ecs.describe_task_sets { service = s }", "case.lua:10: ecs.describe_task_sets" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *message = scene_play(&scene, rows[i].script);
        const char *colon = strncmp(message, "at ", 3) == 0 ? strstr(message, ": ") : NULL;
        CU_ASSERT(begins_with(colon ? colon + 2 : message, rows[i].message));
    }
}

int main(void)
{
    static const struct unit_test tests[] = {
        { "DEPLOY-16: sets stand side by side", sets_stand_side_by_side },
        { "PROT-49: the primary set is another, and the old one goes", the_primary_set_is_another_and_the_old_one_goes },
        { "what does not fit is refused", what_does_not_fit_is_refused },
        UNIT_END,
    };
    scenes_begin();
    int status = unit_main("script/task_sets", tests);
    scenes_end();
    return status;
}
