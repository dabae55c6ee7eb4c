/* oom.c - out of memory. */
#include "mm/oom.h"

#include "kernel/lib/errno.h"
#include "kernel/log.h"
#include "kernel/thread.h"
#include "mm/alloc.h"
#include "mm/debug.h"
#include "mm/page.h"

#define PAUSE (2 * NSEC_PER_MSEC)

static oom_killer kill_somebody;

void oom_set_killer(oom_killer killer)
{
    kill_somebody = killer;
}

int oom_relieve(void)
{
    struct oom_victim v = { 0 };

    if (alloc_failed_on_purpose())
        return 0;
    /* Pages of our own cache may be enough. */
    page_drain_local();
    if (thread_has_flags(current_thread(), TF_KILL))
        return -ENOMEM;
    if (!kill_somebody || !kill_somebody(&v)) {
        log_limited(LOG_ERR, "out of memory: %lu of %lu pages free, and no "
                    "process to kill", pages_free_count(), pages_total());
        return -ENOMEM;
    }
    if (!v.dying)
        log_error("out of memory: killed process %d (%s), which uses %lu KiB; "
                  "%lu of %lu KiB free", v.pid, v.name,
                  (unsigned long)v.resident * 4, pages_free_count() * 4,
                  pages_total() * 4);
    if (v.self)
        return -ENOMEM;
    thread_delay(PAUSE);
    return 0;
}
