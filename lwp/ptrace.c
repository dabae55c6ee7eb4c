/*
 * ptrace.c - ptrace(2): who may trace whom, and the requests that make a
 * tracee stop or go on.
 */
#include "lwp/ptrace.h"

#include "kernel/lib/errno.h"
#include "lwp/pid.h"
#include "lwp/ptrace_link.h"
#include "lwp/ptrace_request.h"
#include "lwp/sigqueue.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"

/* --- who may ------------------------------------------------------------- */

static bool same_user(const struct cred *me, const struct cred *to)
{
    return me->uid == to->euid && me->uid == to->suid && me->uid == to->uid &&
           me->gid == to->egid && me->gid == to->sgid && me->gid == to->gid;
}

int ptrace_may_access(struct lwp *lwp)
{
    const struct cred *me = current_cred();
    struct lwp_thread *main;
    struct cred *cred = NULL;
    bool may;

    if (lwp == current_lwp() || cred_is_root(me))
        return 0;
    spin_lock(&lwp->lock);
    main = lwp_main_thread_locked(lwp);
    if (main)
        cred = cred_of(&main->fs_task);
    spin_unlock(&lwp->lock);
    if (!cred)                          /* a zombie */
        return lwp->uid == me->uid && lwp->dumpable ? 0 : -EPERM;
    may = same_user(me, cred) && READ_ONCE(lwp->dumpable);
    cred_put(cred);
    return may ? 0 : -EPERM;
}

/* The first process is nobody's tracee: if its tracer let it stand, nobody
 * would reap orphans. */
static long attach(struct lwp_thread *t, bool seize, u32 options)
{
    int error;

    if (t->lwp == current_lwp() || t->lwp == init_lwp)
        return -EPERM;
    error = ptrace_may_access(t->lwp);
    if (!error)
        error = ptrace_prepare(t);
    return error ? error : ptrace_attach(t, seize, options);
}

static long seize(struct lwp_thread *t, u64 addr, u64 options)
{
    if (addr || (options & ~(u64)PTRACE_O_KNOWN))
        return -EIO;
    return attach(t, true, options);
}

/* --- stop and go --------------------------------------------------------- */

/* Is t a tracee of the running thread, and can it be worked on? One that
 * SIGKILL has woken cannot. */
static long check_locked(const struct lwp_thread *t, bool any_state)
{
    const struct ptrace *p = t->ptrace;

    assert(spin_held(&proc_tree_lock));
    if (!p || p->tracer != current_lwp_thread())
        return -ESRCH;
    if (any_state)
        return 0;
    return p->stopped && !p->listening && !thread_has_flags(&t->thread, TF_KILL)
               ? 0 : -ESRCH;
}

static long resume_locked(struct ptrace *p, long request, u64 signo)
{
    if (signo > SIGNAL_MAX)
        return -EIO;
    p->syscalls = request == PTRACE_SYSCALL;
    p->resume_signal = signo;
    p->stopped = false;
    waitq_wake_all(&p->resumed, 0);
    return 0;
}

static long detach_locked(struct ptrace *p, u64 signo)
{
    if (signo > SIGNAL_MAX)
        return -EIO;
    ptrace_release_locked(p, signo);    /* it lives: nothing to reap */
    return 0;
}

static long interrupt_locked(struct ptrace *p)
{
    struct lwp_thread *t = p->tracee;

    if (!p->seized)
        return -EIO;
    spin_lock(&t->lwp->signal.lock);
    p->trap_stop = true;
    signal_notify(t);
    spin_unlock(&t->lwp->signal.lock);
    return 0;
}

/* From a group stop on, tell the tracer of changes, and stand still. */
static long listen_locked(struct ptrace *p)
{
    if (!p->seized || !p->has_info || p->info.code >> 8 != PTRACE_EVENT_STOP)
        return -EIO;
    p->listening = true;
    waitq_wake_all(&p->resumed, 0);
    return 0;
}

static long set_options_locked(struct ptrace *p, u64 options)
{
    if (options & ~(u64)PTRACE_O_KNOWN)
        return -EINVAL;
    p->options = options;
    return 0;
}

/* Those that need no more than the lock; -ENOSYS: it is another one. */
static long control_locked(struct lwp_thread *t, long request, u64 data)
{
    struct ptrace *p = t->ptrace;

    switch (request) {
    case PTRACE_CONT:
    case PTRACE_SYSCALL:
        return resume_locked(p, request, data);
    case PTRACE_DETACH:
        return detach_locked(p, data);
    case PTRACE_KILL:
        signal_send_kernel(t->lwp, SIGKILL);
        return 0;
    case PTRACE_INTERRUPT:
        return interrupt_locked(p);
    case PTRACE_LISTEN:
        return listen_locked(p);
    case PTRACE_SETOPTIONS:
        return set_options_locked(p, data);
    }
    return -ENOSYS;
}

static long perform(struct lwp_thread *t, long request, u64 addr, u64 data)
{
    bool any_state = request == PTRACE_KILL || request == PTRACE_INTERRUPT;
    long result;

    spin_lock(&proc_tree_lock);
    result = check_locked(t, any_state);
    if (!result)
        result = control_locked(t, request, data);
    spin_unlock(&proc_tree_lock);
    /* It stays stopped, or dies: only this thread could resume it. */
    return result == -ENOSYS ? ptrace_transfer(t, request, addr, data)
                             : result;
}

long sys_ptrace(long request, pid_t pid, u64 addr, u64 data)
{
    struct lwp_thread *t;
    long result;

    if (request == PTRACE_TRACEME)
        return ptrace_trace_me();
    t = lwp_thread_lookup(pid);
    if (!t)
        return -ESRCH;
    if (request == PTRACE_ATTACH)
        result = attach(t, false, 0);
    else if (request == PTRACE_SEIZE)
        result = seize(t, addr, data);
    else
        result = perform(t, request, addr, data);
    thread_put(&t->thread);
    return result;
}
