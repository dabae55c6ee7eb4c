/*
 * tree.c - parents and children: links, reports of what happened to a child,
 * and what becomes of orphans (rows A-15, B-15, B-21).
 */
#include "lwp/wait.h"

#include "kernel/fs/poll.h"
#include "lwp/pid.h"
#include "lwp/ptrace.h"
#include "lwp/session.h"

struct spinlock proc_tree_lock = SPINLOCK_INIT(RANK_PROC_TREE);

void lwp_children_register_locked(struct lwp *parent, struct lwp *child)
{
    assert(spin_held(&proc_tree_lock));
    child->parent = parent;
    WRITE_ONCE(child->ppid, parent->pid);
    child->sibling = parent->first_child;
    child->sibling_link = &parent->first_child;
    if (child->sibling)
        child->sibling->sibling_link = &child->sibling;
    parent->first_child = child;
}

void lwp_children_unregister_locked(struct lwp *child)
{
    assert(spin_held(&proc_tree_lock));
    *child->sibling_link = child->sibling;
    if (child->sibling)
        child->sibling->sibling_link = child->sibling_link;
    child->sibling = NULL;
    child->sibling_link = NULL;
    child->parent = NULL;
    list_remove(&child->report_node);
}

/* --- reports ------------------------------------------------------------- */

/* The child has something to say: threads in wait(2) look again. */
static void post_report_locked(struct lwp *child)
{
    struct lwp *parent = child->parent;

    if (list_empty(&child->report_node))
        list_add_tail(&parent->reports, &child->report_node);
    waitq_wake_all(&parent->waitpid_waiters, 0);
}

/* SIGCHLD, or what clone(2) asked for, with the details of siginfo. */
static void signal_parent_locked(struct lwp *child, int signo, int code,
                                 int status)
{
    struct siginfo info = { .signo = signo, .code = code };

    info.child.pid = child->pid;
    info.child.uid = child->uid;
    info.child.status = status;
    info.child.utime = child->usage.user / (NSEC_PER_SEC / 100);
    info.child.stime = child->usage.system / (NSEC_PER_SEC / 100);
    signal_send(child->parent, &info);
}

bool lwp_wants_stops(struct lwp *lwp)
{
    struct sigaction action;

    signal_read_action(lwp, SIGCHLD, &action);
    return action.handler != SIG_IGN && !(action.flags & SA_NOCLDSTOP);
}

void lwp_report_stop(struct lwp *lwp, int signo)
{
    spin_lock(&proc_tree_lock);
    if (lwp->parent && !lwp->zombie) {
        lwp->stop_signal = signo;
        lwp->wait_reap_stp = true;
        lwp->wait_reap_cont = false;
        if (!ptrace_by_parent_locked(lwp) && lwp_wants_stops(lwp->parent))
            signal_parent_locked(lwp, SIGCHLD, CLD_STOPPED, signo);
        post_report_locked(lwp);
    }
    spin_unlock(&proc_tree_lock);
}

void lwp_report_continue(struct lwp *lwp)
{
    spin_lock(&proc_tree_lock);
    if (lwp->parent && !lwp->zombie) {
        lwp->wait_reap_stp = false;
        lwp->wait_reap_cont = true;
        if (lwp_wants_stops(lwp->parent))
            signal_parent_locked(lwp, SIGCHLD, CLD_CONTINUED, SIGCONT);
        post_report_locked(lwp);
    }
    spin_unlock(&proc_tree_lock);
}

/* --- the end ------------------------------------------------------------- */

struct fault_counts lwp_reaped_faults;

void lwp_reap(struct lwp *lwp)
{
    struct pid *id = lwp->pid_entry;

    __atomic_add_fetch(&lwp_reaped_faults.minor, lwp->usage.minor_faults,
                       __ATOMIC_RELAXED);
    __atomic_add_fetch(&lwp_reaped_faults.major, lwp->usage.major_faults,
                       __ATOMIC_RELAXED);
    session_leave(lwp);
    pid_set_lwp(id, NULL);
    lwp_pid_put(id);
    lwp_put(lwp);
}

/* POSIX: a parent that ignores SIGCHLD, or says SA_NOCLDWAIT, gets no zombies
 * (and, with SA_NOCLDWAIT, still the signal). */
static bool wants_zombie(struct lwp *parent, int exit_signal)
{
    struct sigaction action;

    if (exit_signal != SIGCHLD)
        return true;
    signal_read_action(parent, SIGCHLD, &action);
    return action.handler != SIG_IGN && !(action.flags & SA_NOCLDWAIT);
}

bool lwp_report_zombie_locked(struct lwp *lwp)
{
    lwp_status_t status = lwp->lwp_status;
    int signo = status & 0x7f;

    lwp->zombie = true;
    if (signal_valid(lwp->exit_signal))
        signal_parent_locked(lwp, lwp->exit_signal, lwp_status_code(status),
                             signo ? signo : status >> 8);
    post_report_locked(lwp);
    if (wants_zombie(lwp->parent, lwp->exit_signal))
        return true;
    lwp_children_unregister_locked(lwp);
    return false;
}

/* Who takes over the children of a process (PR_SET_CHILD_SUBREAPER). */
static struct lwp *find_reaper_locked(struct lwp *lwp)
{
    struct lwp *p;

    if (!lwp->has_subreaper)
        return init_lwp;
    for (p = lwp->parent; p && p != init_lwp; p = p->parent)
        if (p->subreaper)
            return p;
    return init_lwp;
}

/* Give away one child; zombies that the new parent does not want go to `dead`,
 * linked by `sibling`. */
static void give_away_locked(struct lwp *child, struct lwp *reaper,
                             struct lwp **dead)
{
    int signo = child->parent_death_signal;

    lwp_children_unregister_locked(child);
    lwp_children_register_locked(reaper, child);
    child->parent_tid = reaper->pid;
    if (signo)
        signal_send_kernel(child, signo);
    /* Else a child could choose a signal to slay the first process with. */
    child->exit_signal = SIGCHLD;
    if (child->zombie && !lwp_report_zombie_locked(child)) {
        child->sibling = *dead;
        *dead = child;
    } else if (child->wait_reap_stp || child->wait_reap_cont) {
        post_report_locked(child);
    }
}

void lwp_report_exit(struct lwp *lwp, lwp_status_t status)
{
    struct lwp *dead = NULL, *reaper;
    bool wanted;

    spin_lock(&proc_tree_lock);
    reaper = find_reaper_locked(lwp);
    while (lwp->first_child)
        give_away_locked(lwp->first_child, reaper, &dead);
    lwp->terminated = true;
    lwp->lwp_status = status;
    waitq_wake_all(&lwp->exit_waiters, POLL_READABLE);
    wanted = ptrace_keeps_zombie_locked(lwp, status) ||
             lwp_report_zombie_locked(lwp);
    spin_unlock(&proc_tree_lock);

    if (!wanted)
        lwp_reap(lwp);
    while (dead) {
        lwp = dead;
        dead = lwp->sibling;
        lwp_reap(lwp);
    }
}
