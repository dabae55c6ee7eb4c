/*
 * ptrace_wait.c - what tracees have to report to wait(2), whoever their parent
 * is: each thread speaks for itself.
 */
#include "kernel/lib/errno.h"
#include "lwp/pid.h"
#include "lwp/ptrace_link.h"
#include "lwp/wait.h"

/* Unlike other children a tracee needs neither __WALL nor WUNTRACED. */
static bool eligible(const struct ptrace *p, const struct wait_request *w)
{
    if ((w->options & __WNOTHREAD) && p->tracer != current_lwp_thread())
        return false;
    if (p->ended && !(w->options & WEXITED))
        return false;
    if (w->type == P_PIDFD)
        return w->process->traced_leader == p->tracee;
    if (w->type == P_PID)
        return pid_number(p->number) == w->id;
    return w->type == P_ALL || p->tracee->lwp->pgid == w->id;
}

static void report_stop(struct ptrace *p, struct wait_request *w)
{
    w->status = LWP_STATUS_STOP(p->code);
    w->code = CLD_TRAPPED;
    lwp_usage(p->tracee->lwp, &w->usage);
    p->reported = !(w->options & WNOWAIT);
}

static struct lwp *report_end(struct ptrace *p, struct wait_request *w)
{
    w->status = p->exit_status;
    w->code = lwp_status_code(w->status);
    if (p->tracee->lwp->traced_leader == p->tracee)
        lwp_usage(p->tracee->lwp, &w->usage);
    else
        lwp_thread_usage(p->tracee, &w->usage);
    return w->options & WNOWAIT ? NULL : ptrace_collect_locked(p);
}

int ptrace_wait_locked(struct wait_request *w, struct lwp **reap)
{
    struct ptrace *p;
    int result = -ECHILD;

    assert(spin_held(&proc_tree_lock));
    *reap = NULL;
    list_for_each(p, &current_lwp()->tracees, node) {
        if (!eligible(p, w))
            continue;
        result = 0;
        if (!p->ended && (!p->stopped || p->listening || p->reported))
            continue;
        w->pid = pid_number(p->number);
        w->uid = p->tracee->lwp->uid;
        if (p->ended)
            *reap = report_end(p, w);
        else
            report_stop(p, w);
        break;
    }
    return result;
}
