/*
 * oom.c - which process is ended when memory has run out: the one that maps
 * most of it, but never the first.
 */
#include "lwp/oom.h"

#include "kernel/lib/string.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "mm/alloc.h"
#include "mm/oom.h"

static u64 resident_pages(struct lwp *lwp)
{
    u64 pages;

    spin_lock(&lwp->lock);
    pages = lwp->vm ? READ_ONCE(lwp->vm->resident) : 0;
    spin_unlock(&lwp->lock);
    return pages;
}

u64 lwp_oom_badness(struct lwp *lwp)
{
    s64 pages = resident_pages(lwp), adjust = READ_ONCE(lwp->oom_adjust);

    if (lwp == init_lwp || !pages || adjust == -1000)
        return 0;
    pages += adjust * (s64)pages_total() / 1000;
    return MAX(pages, 1l);
}

/* One that is on its way out is preferred: its memory comes soon. */
static struct lwp *choose(void)
{
    struct lwp *best = NULL, *lwp;
    u64 most = 0;

    for (pid_t pid = 1; (lwp = lwp_lookup_next(pid));) {
        u64 pages = lwp_oom_badness(lwp);

        pid = lwp->pid + 1;
        if (pages > 0 && READ_ONCE(lwp->group_exiting))
            pages = ~0ul;
        if (pages <= most) {
            lwp_put(lwp);
            continue;
        }
        if (best)
            lwp_put(best);
        best = lwp;
        most = pages;
    }
    return best;
}

static bool kill_largest(struct oom_victim *victim)
{
    struct lwp *lwp = choose();

    if (!lwp)
        return false;
    *victim = (struct oom_victim){
        .pid = lwp->pid,
        .resident = resident_pages(lwp),
        .self = lwp_thread_of(current_thread()) && lwp == current_lwp(),
        .dying = READ_ONCE(lwp->group_exiting),
    };
    str_copy(victim->name, lwp->cmd, sizeof(victim->name));
    lwp_terminate(lwp, LWP_STATUS_SIGNAL(SIGKILL, false));
    lwp_put(lwp);
    return true;
}

void lwp_oom_init(void)
{
    oom_set_killer(kill_largest);
}
