/* A service's tasks come to its target groups, and leave them, in passes of its scheduler (SCHED-20, EVENT-18). */
#ifndef MODEL_REGISTRATION_H
#define MODEL_REGISTRATION_H

struct service;

void registration_pass(struct service *service);

#endif
