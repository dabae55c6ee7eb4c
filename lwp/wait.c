/*
 * wait.c - wait4(2) and waitid(2): a parent asks what became of its children
 * (rows B-16..B-20).
 *
 * Children that have something to report stand on a list of their own, and one
 * particular child is found by its pid, so the number of children does not
 * matter unless a whole group is waited for.
 */
#include "lwp/wait.h"

#include "kernel/lib/errno.h"
#include "kernel/fs/fcntl.h"
#include "lwp/pid.h"
#include "lwp/pidfd.h"
#include "lwp/ptrace.h"
#include "lwp/syscall.h"
#include "lwp/usage.h"
#include "mm/uaccess.h"

/* --- which child --------------------------------------------------------- */

static bool eligible_locked(const struct lwp *child,
                            const struct wait_request *w)
{
    bool is_clone = child->exit_signal != SIGCHLD;

    /* A zombie will never tell of anything but its end. */
    if (child->zombie && !(w->options & WEXITED))
        return false;
    if (w->type == P_PGID && child->pgid != w->id)
        return false;
    if ((w->options & __WNOTHREAD) &&
        child->parent_tid != current_lwp_thread()->tid)
        return false;
    return (w->options & __WALL) || is_clone == !!(w->options & __WCLONE);
}

/* Has the eligible child a report of a kind that is asked for? */
static bool ready_locked(const struct lwp *child, const struct wait_request *w)
{
    if (child->zombie)
        return true;
    if (child->wait_reap_stp && (w->options & WSTOPPED))
        return !ptrace_by_parent_locked(child);
    return child->wait_reap_cont && (w->options & WCONTINUED);
}

/* The process with this pid if it is a child of somebody. */
static struct lwp *find_child_locked(pid_t pid)
{
    struct lwp *child = lwp_lookup(pid);

    if (!child)
        return NULL;
    /* Being in the tree holds a reference, so ours is not needed. */
    bool in_tree = child->parent != NULL;
    lwp_put(child);
    return in_tree ? child : NULL;
}

static bool any_eligible_locked(struct lwp *parent,
                                const struct wait_request *w)
{
    for (struct lwp *c = parent->first_child; c; c = c->sibling)
        if (eligible_locked(c, w))
            return true;
    return false;
}

/* A child to report on (0), none yet (*out NULL), or -ECHILD. */
static int find_report_locked(struct lwp *parent, const struct wait_request *w,
                              struct lwp **out)
{
    struct lwp *child;

    *out = NULL;
    if (w->type == P_PID || w->type == P_PIDFD) {
        child = w->process;
        if (!child)
            child = find_child_locked(w->id);
        if (!child || child->parent != parent || !eligible_locked(child, w))
            return -ECHILD;
        if (ready_locked(child, w))
            *out = child;
        return 0;
    }
    list_for_each(child, &parent->reports, report_node) {
        if (eligible_locked(child, w) && ready_locked(child, w)) {
            *out = child;
            return 0;
        }
    }
    return any_eligible_locked(parent, w) ? 0 : -ECHILD;
}

/* --- what it reports ----------------------------------------------------- */

static void add_usage(struct lwp_usage *sum, const struct lwp_usage *u)
{
    sum->user += u->user;
    sum->system += u->system;
    sum->minor_faults += u->minor_faults;
    sum->major_faults += u->major_faults;
    sum->switches_wanted += u->switches_wanted;
    sum->switches_forced += u->switches_forced;
    sum->max_resident = MAX(sum->max_resident, u->max_resident);
}

void lwp_collect_locked(struct lwp *parent, struct lwp *child)
{
    add_usage(&parent->child_usage, &child->usage);
    add_usage(&parent->child_usage, &child->child_usage);
    lwp_children_unregister_locked(child);
}

static void report_zombie(struct lwp *child, struct wait_request *w)
{
    w->status = child->lwp_status;
    w->usage = child->usage;
    add_usage(&w->usage, &child->child_usage);
    w->code = lwp_status_code(w->status);
}

/* Fill in w; true if the child is the caller's to reap. */
static bool take_report_locked(struct lwp *parent, struct lwp *child,
                               struct wait_request *w)
{
    bool keep = w->options & WNOWAIT;

    w->pid = child->pid;
    w->uid = child->uid;
    if (child->zombie) {
        report_zombie(child, w);
        if (!keep)
            lwp_collect_locked(parent, child);
        return !keep;
    }
    lwp_usage(child, &w->usage);
    if (child->wait_reap_stp && (w->options & WSTOPPED)) {
        w->status = LWP_STATUS_STOP(child->stop_signal);
        w->code = CLD_STOPPED;
        child->wait_reap_stp = keep;
    } else {
        w->status = LWP_STATUS_CONTINUED;
        w->code = CLD_CONTINUED;
        child->wait_reap_cont = keep;
    }
    if (!child->wait_reap_stp && !child->wait_reap_cont)
        list_remove(&child->report_node);
    return false;
}

/* One look at children and tracees: 0 with w filled in (w->pid 0: nothing
 * yet), -ECHILD.  *reap: who is to be reaped, or NULL. */
static int look_locked(struct lwp *parent, struct wait_request *w,
                       struct lwp **reap)
{
    struct lwp *child;
    int error = find_report_locked(parent, w, &child);

    *reap = NULL;
    if (child) {
        if (take_report_locked(parent, child, w))
            *reap = child;
    } else if (unlikely(!list_empty(&parent->tracees))) {
        error = ptrace_wait_locked(w, reap) && error ? -ECHILD : 0;
    }
    return error;
}

/* 0 with w filled in (w->pid 0: nothing, for WNOHANG), -ECHILD,
 * -ERESTARTSYS. */
static int wait_for_child(struct wait_request *w)
{
    struct lwp *parent = current_lwp(), *reap;
    int error;

    spin_lock(&proc_tree_lock);
    for (;;) {
        error = look_locked(parent, w, &reap);
        if (error || w->pid || (w->options & WNOHANG))
            break;
        error = waitq_sleep(&parent->waitpid_waiters, &proc_tree_lock,
                            WAIT_INTERRUPTIBLE, NEVER);
        if (error)
            break;
    }
    spin_unlock(&proc_tree_lock);
    if (reap)
        lwp_reap(reap);
    return error;
}

/* --- the calls ----------------------------------------------------------- */

long sys_wait4(pid_t pid, uptr_t status, int options, uptr_t rusage)
{
    const unsigned known = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD |
                           __WALL | __WCLONE;
    struct wait_request w = { .options = (unsigned)options | WEXITED };
    int error;

    if ((unsigned)options & ~known)
        return -EINVAL;
    if (pid == INT_MIN)
        return -ESRCH;
    w.type = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
    w.id = pid > 0 ? pid : pid == 0 ? current_lwp()->pgid : -pid;
    error = wait_for_child(&w);
    if (error || !w.pid)
        return error;
    if (status && copy_to_user(status, &w.status, sizeof(w.status)))
        return -EFAULT;
    if (rusage && usage_to_user(rusage, &w.usage))
        return -EFAULT;
    return w.pid;
}

static int info_to_user(uptr_t to, const struct wait_request *w)
{
    u8 bytes[SIGINFO_USER_SIZE] = { 0 };
    struct siginfo *info = (struct siginfo *)bytes;

    if (w->pid) {
        info->signo = SIGCHLD;
        info->code = w->code;
        info->child.pid = w->pid;
        info->child.uid = w->uid;
        info->child.status = w->status;
        if (w->code == CLD_EXITED || w->code == CLD_STOPPED ||
            w->code == CLD_TRAPPED)
            info->child.status = w->status >> 8;
        else if (w->code == CLD_CONTINUED)
            info->child.status = SIGCONT;
        else
            info->child.status = w->status & 0x7f;
    }
    return copy_to_user(to, bytes, sizeof(bytes));
}

/* w->id is a descriptor; O_NONBLOCK on it is WNOHANG with an error. */
static int wait_for_pidfd(struct wait_request *w)
{
    bool hang = !(w->options & WNOHANG);
    unsigned flags;
    int error = pidfd_lookup(w->id, &w->process, &flags);

    if (error)
        return error;
    if (flags & O_NONBLOCK)
        w->options |= WNOHANG;
    error = wait_for_child(w);
    if (!error && !w->pid && hang)
        error = -EAGAIN;
    lwp_put(w->process);
    return error;
}

long sys_waitid(int type, pid_t id, uptr_t info, int options, uptr_t rusage)
{
    const unsigned events = WEXITED | WSTOPPED | WCONTINUED;
    const unsigned known = events | WNOHANG | WNOWAIT | __WNOTHREAD | __WALL |
                           __WCLONE;
    struct wait_request w = { .type = type, .id = id, .options = options };
    int error;

    if (((unsigned)options & ~known) || !(options & events))
        return -EINVAL;
    if (type < P_ALL || type > P_PIDFD || (type != P_ALL && id < 0) ||
        (type == P_PID && !id))
        return -EINVAL;
    if (type == P_PGID && id == 0)
        w.id = current_lwp()->pgid;
    error = type == P_PIDFD ? wait_for_pidfd(&w) : wait_for_child(&w);
    if (error)
        return error;
    if (info && info_to_user(info, &w))
        return -EFAULT;
    if (w.pid && rusage && usage_to_user(rusage, &w.usage))
        return -EFAULT;
    return 0;
}
