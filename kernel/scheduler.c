/* scheduler.c - the table of schedulers. */
#include "kernel/scheduler.h"

#include "kernel/lib/string.h"
#include "kernel/log.h"
#include "kernel/params.h"

static const struct scheduler *const schedulers[] = {
    &fair_scheduler,            /* the default */
    &fifo_scheduler,
    &rr_scheduler,
    &stride_scheduler,
};

const struct scheduler *scheduler = &fair_scheduler;

void scheduler_choose(void)
{
    char name[16];

    if (!bootarg("sched", name, sizeof(name)))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(schedulers); i++) {
        if (!strcmp(schedulers[i]->name, name)) {
            scheduler = schedulers[i];
            return;
        }
    }
    log_error("sched=%s: there is no such scheduler; using %s", name,
              scheduler->name);
}
