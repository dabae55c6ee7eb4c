/*
 * ptrace_link.c - who traces whom: the link from its beginning to its end.
 */
#include "lwp/ptrace_link.h"

#include "kernel/lib/errno.h"
#include "lwp/clone.h"
#include "lwp/pid.h"
#include "lwp/sigqueue.h"
#include "lwp/wait.h"
#include "mm/alloc.h"

static struct cache ptrace_cache = CACHE("ptrace", struct ptrace);

int ptrace_prepare(struct lwp_thread *t)
{
    struct ptrace *p;

    if (READ_ONCE(t->ptrace))
        return 0;
    p = cache_zalloc(&ptrace_cache);
    if (!p)
        return -ENOMEM;
    p->tracee = t;
    list_init(&p->node);
    waitq_init(&p->resumed);
    spin_lock(&proc_tree_lock);
    if (!t->ptrace) {
        __atomic_store_n(&t->ptrace, p, __ATOMIC_RELEASE);
        p = NULL;
    }
    spin_unlock(&proc_tree_lock);
    if (p)
        cache_free(&ptrace_cache, p);
    return 0;
}

void ptrace_free(struct lwp_thread *t)
{
    if (t->ptrace)
        cache_free(&ptrace_cache, t->ptrace);
}

void ptrace_tell_locked(struct ptrace *p, int code, int status)
{
    struct lwp *tracer = p->tracer->lwp, *lwp = p->tracee->lwp;
    struct siginfo info = { .signo = SIGCHLD, .code = code };
    bool stop = code == CLD_TRAPPED || code == CLD_STOPPED;

    assert(spin_held(&proc_tree_lock));
    list_remove(&p->node);
    list_add_tail(&tracer->tracees, &p->node);
    info.child.pid = pid_number(p->number);
    info.child.uid = lwp->uid;
    info.child.status = status;
    if (!stop || lwp_wants_stops(tracer))
        signal_send(tracer, &info);
    waitq_wake_all(&tracer->waitpid_waiters, 0);
}

/* --- making and breaking -------------------------------------------------- */

static bool speaks_for_process(const struct lwp_thread *t)
{
    return t->pid_entry == t->lwp->pid_entry;
}

/* How it is traced (options, seized, privileged) was set before: the tracee
 * looks at that as soon as it has TF_TRACE. */
static void link_locked(struct ptrace *p, struct lwp_thread *tracer)
{
    struct lwp_thread *t = p->tracee;

    assert(spin_held(&proc_tree_lock) && !p->tracer);
    thread_get(&t->thread);
    p->number = t->pid_entry;
    pid_hold(p->number);
    p->syscalls = p->ended = false;
    p->tracer = tracer;
    list_add_tail(&tracer->lwp->tracees, &p->node);
    if (speaks_for_process(t))
        t->lwp->traced_leader = t;
    thread_set_flags(&t->thread, TF_TRACE);
}

/* A thread that is not traced any more belongs to its process's group stop. */
static void leave_tracer(struct lwp_thread *t)
{
    struct lwp_signal *s = &t->lwp->signal;

    spin_lock(&s->lock);
    thread_clear_flags(&t->thread, TF_TRACE);
    t->ptrace->trap_stop = t->ptrace->trap_notify = false;
    if (s->job != JOB_RUNNING)
        signal_notify(t);
    spin_unlock(&s->lock);
}

static void unlink_locked(struct ptrace *p, int signo)
{
    struct lwp_thread *t = p->tracee;

    assert(spin_held(&proc_tree_lock) && p->tracer);
    /* Nobody may be left for them to wait for. */
    waitq_wake_all(&p->tracer->lwp->waitpid_waiters, 0);
    p->tracer = NULL;
    list_remove(&p->node);
    if (t->lwp->traced_leader == t)
        t->lwp->traced_leader = NULL;
    leave_tracer(t);
    p->resume_signal = signo;
    p->stopped = false;
    waitq_wake_all(&p->resumed, 0);
    lwp_pid_put(p->number);
    thread_put(&t->thread);
}

/* Has the tracee's end been kept from its parent? */
static bool keeps_zombie(const struct ptrace *p)
{
    return p->ended && p->tracee->lwp->traced_leader == p->tracee;
}

struct lwp *ptrace_release_locked(struct ptrace *p, int signo)
{
    struct lwp *lwp = p->tracee->lwp;
    bool zombie = keeps_zombie(p);

    unlink_locked(p, signo);
    return zombie && !lwp_report_zombie_locked(lwp) ? lwp : NULL;
}

struct lwp *ptrace_collect_locked(struct ptrace *p)
{
    struct lwp *lwp = p->tracee->lwp, *tracer = p->tracer->lwp;

    if (!keeps_zombie(p) || lwp->parent != tracer)
        return ptrace_release_locked(p, 0);
    unlink_locked(p, 0);
    lwp_collect_locked(tracer, lwp);
    return lwp;
}

/* --- beginning ------------------------------------------------------------ */

/* Can the thread still be looked up? Then its end is still to come, and will
 * see what has been done here (ptrace_thread_ended()). */
static bool is_known(const struct lwp_thread *t)
{
    struct lwp_thread *found = lwp_thread_lookup(t->tid);

    if (found)
        thread_put(&found->thread);
    return found == t;
}

/* It stops at the next opportunity, by SIGSTOP if that is the old way. */
static void ask_to_stop(struct lwp_thread *t)
{
    struct siginfo info = { .signo = SIGSTOP, .code = SI_KERNEL };
    struct lwp_signal *s = &t->lwp->signal;

    /* What sleeps in a group stop is now its tracer's. */
    spin_lock(&s->lock);
    if (s->job == JOB_STOPPED) {
        t->ptrace->trap_stop = true;
        signal_notify(t);
        waitq_wake_all(&s->stopped, 0);
    }
    spin_unlock(&s->lock);
    if (!t->ptrace->seized)
        signal_send_thread(t, &info);
}

int ptrace_attach(struct lwp_thread *t, bool seize, u32 options)
{
    struct ptrace *p = t->ptrace;
    int error = -EPERM;

    spin_lock(&proc_tree_lock);
    if (!p->tracer && is_known(t)) {
        p->seized = seize;
        p->options = options;
        p->privileged = cred_is_root(current_cred());
        link_locked(p, current_lwp_thread());
        /* Either we see what a set-id program has got since the caller asked
         * this, or its execve() sees the link (take_ids()). */
        error = ptrace_may_access(t->lwp);
        if (error)
            unlink_locked(p, 0);
        else
            ask_to_stop(t);
    }
    spin_unlock(&proc_tree_lock);
    return error;
}

/* A thread of the parent: the one that made the process, if it is still there;
 * no reference. */
static struct lwp_thread *parent_thread_locked(const struct lwp *lwp)
{
    struct lwp_thread *t, *chosen = NULL;

    if (!lwp->parent)
        return NULL;
    spin_lock(&lwp->parent->lock);
    list_for_each(t, &lwp->parent->t_grp, t_grp_node) {
        if (is_known(t) && (!chosen || t->tid == lwp->parent_tid))
            chosen = t;
    }
    spin_unlock(&lwp->parent->lock);
    return chosen;
}

int ptrace_trace_me(void)
{
    struct lwp_thread *t = current_lwp_thread(), *tracer;
    struct ptrace *p;
    int error = ptrace_prepare(t);

    if (error)
        return error;
    p = t->ptrace;
    spin_lock(&proc_tree_lock);
    tracer = parent_thread_locked(t->lwp);
    if (p->tracer) {
        error = -EPERM;
    } else if (!tracer) {
        error = -ESRCH;
    } else {
        p->seized = false;
        p->options = 0;
        p->privileged = cred_is_root(current_cred());
        link_locked(p, tracer);
        /* It may have begun to end before it was on the list. */
        if (!is_known(tracer)) {
            unlink_locked(p, 0);
            error = -ESRCH;
        }
    }
    spin_unlock(&proc_tree_lock);
    return error;
}

/* The first stop of a child that is traced from its beginning. */
static void stop_child(struct lwp_thread *child)
{
    struct siginfo info = { .signo = SIGSTOP, .code = SI_USER };

    spin_lock(&child->lwp->signal.lock);
    if (child->ptrace->seized)
        child->ptrace->trap_stop = true;
    else
        pending_add(child->lwp, &child->signal.pending, &info);
    signal_notify(child);
    spin_unlock(&child->lwp->signal.lock);
}

void ptrace_link_child(struct lwp_thread *child, enum ptrace_event event,
                       u64 clone_flags)
{
    const struct ptrace *p = current_lwp_thread()->ptrace;
    struct ptrace *new = child->ptrace;
    bool wanted;

    if (!p || !new)
        return;
    spin_lock(&proc_tree_lock);
    wanted = (clone_flags & CLONE_PTRACE) ||
             (!(clone_flags & CLONE_UNTRACED) && (p->options & 1u << event));
    if (p->tracer && wanted && !new->tracer) {
        new->options = p->options;
        new->seized = p->seized;
        new->privileged = p->privileged;
        link_locked(new, p->tracer);
        stop_child(child);
    }
    spin_unlock(&proc_tree_lock);
}

/* --- end ------------------------------------------------------------------ */

static struct ptrace *first_tracee_locked(const struct lwp_thread *tracer)
{
    struct ptrace *p;

    list_for_each(p, &tracer->lwp->tracees, node) {
        if (p->tracer == tracer)
            return p;
    }
    return NULL;
}

/* A signal that the tracer has not heard of yet is delivered. */
static int signal_on_release(const struct ptrace *p)
{
    return p->stopped && !p->reported && p->has_info &&
           p->code == p->info.signo ? p->code : 0;
}

static void release_tracees(struct lwp_thread *tracer)
{
    struct ptrace *p;
    struct lwp *reap;

    do {
        reap = NULL;
        spin_lock(&proc_tree_lock);
        p = first_tracee_locked(tracer);
        if (p) {
            if (p->options & PTRACE_O_EXITKILL)
                signal_send_kernel(p->tracee->lwp, SIGKILL);
            reap = ptrace_release_locked(p, signal_on_release(p));
        }
        spin_unlock(&proc_tree_lock);
        if (reap)
            lwp_reap(reap);
    } while (p);
}

static void end_tracee_locked(struct ptrace *p, lwp_status_t status)
{
    p->ended = true;
    p->reported = false;
    p->exit_status = status;
    ptrace_tell_locked(p, lwp_status_code(status),
                       status & 0x7f ? status & 0x7f : status >> 8);
}

void ptrace_thread_ended(struct lwp_thread *t, lwp_status_t status)
{
    release_tracees(t);
    spin_lock(&proc_tree_lock);
    if (t->ptrace && t->ptrace->tracer && !speaks_for_process(t))
        end_tracee_locked(t->ptrace, READ_ONCE(t->lwp->group_exiting)
                                         ? t->lwp->exit_status : status);
    spin_unlock(&proc_tree_lock);
}

bool ptrace_keeps_zombie_locked(struct lwp *lwp, lwp_status_t status)
{
    if (!lwp->traced_leader)
        return false;
    end_tracee_locked(lwp->traced_leader->ptrace, status);
    return true;
}

void ptrace_abandon(struct lwp_thread *t)
{
    spin_lock(&proc_tree_lock);
    if (t->ptrace->tracer)
        unlink_locked(t->ptrace, 0);
    spin_unlock(&proc_tree_lock);
}

void ptrace_become_leader(struct lwp_thread *t)
{
    struct lwp_thread *old;

    spin_lock(&proc_tree_lock);
    old = t->lwp->traced_leader;
    if (old && old != t)
        unlink_locked(old->ptrace, 0);
    if (t->ptrace && t->ptrace->tracer) {
        lwp_pid_put(t->ptrace->number);
        t->ptrace->number = t->pid_entry;
        pid_hold(t->pid_entry);
        t->lwp->traced_leader = t;
    }
    spin_unlock(&proc_tree_lock);
}

/* --- questions ------------------------------------------------------------ */

bool ptrace_by_parent_locked(const struct lwp *lwp)
{
    const struct lwp_thread *t = lwp->traced_leader;

    assert(spin_held(&proc_tree_lock));
    return t && t->ptrace->tracer->lwp == lwp->parent;
}

pid_t ptrace_describe(struct lwp_thread *t, bool *stopped)
{
    pid_t tracer = 0;

    *stopped = false;
    if (!READ_ONCE(t->ptrace))
        return 0;
    spin_lock(&proc_tree_lock);
    if (t->ptrace->tracer) {
        tracer = t->ptrace->tracer->tid;
        *stopped = t->ptrace->stopped;
    }
    spin_unlock(&proc_tree_lock);
    return tracer;
}

bool ptrace_limits_exec(void)
{
    const struct lwp_thread *t = current_lwp_thread();
    bool limits;

    if (!lwp_thread_traced(t))
        return false;
    spin_lock(&proc_tree_lock);
    limits = t->ptrace->tracer && !t->ptrace->privileged;
    spin_unlock(&proc_tree_lock);
    return limits;
}
