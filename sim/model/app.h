/* What runs inside a container. A program in C is one member of the family, a Lua coroutine another. */
#ifndef MODEL_APP_H
#define MODEL_APP_H

struct task;

struct app {
    /* Start-up is over: run the program in `task`. It ends the container by task_exit(). */
    void (*start)(struct app *app, struct task *task);
    /* SIGTERM arrived; task->stopping is already set (PROT-70: nothing is interrupted). May be NULL. */
    void (*sigterm)(struct app *app, struct task *task);
    /* The container has ended: its processes have been finished and never run again; free task->program. May be NULL. */
    void (*end)(struct app *app, struct task *task);
};

#endif
