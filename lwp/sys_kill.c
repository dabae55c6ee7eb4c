/*
 * sys_kill.c - sending signals: kill(2), tgkill(2), rt_sigqueueinfo(2),
 * pidfd_send_signal(2).
 */
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/pidfd.h"
#include "lwp/session.h"
#include "lwp/syscall.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

static struct siginfo info_from_me(int signo, int code)
{
    struct siginfo info = { .signo = signo, .code = code };

    info.sender.pid = current_lwp()->pid;
    info.sender.uid = current_cred()->uid;
    return info;
}

static int kill_process(struct lwp *p, const struct siginfo *info)
{
    int error = signal_may_send(p, info->signo);

    if (!error && info->signo)
        error = signal_send(p, info);
    return error;
}

static int kill_one(pid_t pid, const struct siginfo *info)
{
    struct lwp *p = pid == current_lwp()->pid ? current_lwp() : NULL;
    int error;

    if (p)
        return info->signo ? signal_send(p, info) : 0;
    p = lwp_lookup(pid);
    if (!p)
        return -ESRCH;
    error = kill_process(p, info);
    lwp_put(p);
    return error;
}

/* kill(-1): all but the first process and the caller's own; see
 * session_fork(). */
static int kill_all(const struct siginfo *info)
{
    int result = -ESRCH, error;
    struct lwp *p;
    pid_t pid;

    spin_lock(&session_lock);
    for (p = lwp_lookup_next(2); p; p = lwp_lookup_next(pid + 1)) {
        pid = p->pid;
        if (p != current_lwp()) {
            error = kill_process(p, info);
            if (!error || result == -ESRCH)
                result = error;
        }
        lwp_put(p);
    }
    spin_unlock(&session_lock);
    return result;
}

long sys_kill(pid_t pid, int signo)
{
    struct siginfo info = info_from_me(signo, SI_USER);

    if (signo != 0 && !signal_valid(signo))
        return -EINVAL;
    if (pid > 0)
        return kill_one(pid, &info);
    if (pid == -1)
        return kill_all(&info);
    if (pid == INT_MIN)
        return -ESRCH;
    return pgrp_signal(pid ? -pid : current_lwp()->pgid, &info, true);
}

/* To thread tid, of process tgid unless that is 0. */
static int signal_thread(pid_t tgid, pid_t tid, const struct siginfo *info)
{
    struct lwp_thread *t;
    int error = -ESRCH;

    if (info->signo != 0 && !signal_valid(info->signo))
        return -EINVAL;
    t = lwp_thread_lookup(tid);
    if (!t)
        return -ESRCH;
    if (tgid == 0 || t->lwp->pid == tgid)
        error = signal_may_send(t->lwp, info->signo);
    if (!error && info->signo)
        error = signal_send_thread(t, info);
    thread_put(&t->thread);
    return error;
}

long sys_tkill(pid_t tid, int signo)
{
    struct siginfo info = info_from_me(signo, SI_TKILL);

    return tid > 0 ? signal_thread(0, tid, &info) : -EINVAL;
}

long sys_tgkill(pid_t tgid, pid_t tid, int signo)
{
    struct siginfo info = info_from_me(signo, SI_TKILL);

    return tgid > 0 && tid > 0 ? signal_thread(tgid, tid, &info) : -EINVAL;
}

/* --- with a value --------------------------------------------------------- */

/* Only to itself may a process send what looks like the kernel's or kill(2)'s
 * (sigqueue(3), rt_sigqueueinfo(2)). */
static int read_info(pid_t pid, uptr_t from, struct siginfo *info)
{
    if (copy_from_user(info, from, sizeof(*info)))
        return -EFAULT;
    info->from_timer = 0;
    if ((info->code >= 0 || info->code == SI_TKILL) &&
        pid != current_lwp()->pid)
        return -EPERM;
    return 0;
}

long sys_rt_sigqueueinfo(pid_t pid, int signo, uptr_t from)
{
    struct siginfo info;
    int error = read_info(pid, from, &info);

    if (error)
        return error;
    info.signo = signo;
    if (signo != 0 && !signal_valid(signo))
        return -EINVAL;
    return kill_one(pid, &info);
}

long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t tid, int signo, uptr_t from)
{
    struct siginfo info;
    int error;

    if (tgid <= 0 || tid <= 0)
        return -EINVAL;
    error = read_info(tgid, from, &info);
    info.signo = signo;
    return error ? error : signal_thread(tgid, tid, &info);
}

static bool is_reaped(struct lwp *lwp)
{
    bool reaped;

    spin_lock(&proc_tree_lock);
    reaped = lwp->zombie && !lwp->parent;
    spin_unlock(&proc_tree_lock);
    return reaped;
}

/* Without `from`, as kill(2) does. */
static int signal_pidfd(struct lwp *lwp, int signo, uptr_t from)
{
    struct siginfo info = info_from_me(signo, SI_USER);
    int error = from ? read_info(lwp->pid, from, &info) : 0;

    if (error)
        return error;
    if (info.signo != signo || (signo != 0 && !signal_valid(signo)))
        return -EINVAL;
    return is_reaped(lwp) ? -ESRCH : kill_process(lwp, &info);
}

long sys_pidfd_send_signal(int pidfd, int signo, uptr_t from, unsigned flags)
{
    struct lwp *lwp;
    int error;

    if (flags)
        return -EINVAL;
    error = pidfd_lookup(pidfd, &lwp, NULL);
    if (error)
        return error;
    error = signal_pidfd(lwp, signo, from);
    lwp_put(lwp);
    return error;
}
