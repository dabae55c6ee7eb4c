/*
 * sys_sched.c - scheduling policies, priorities and harts of threads
 * (sched(7), row B-31).
 */
#include "kernel/fs/cred.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched.h"
#include "kernel/time.h"
#include "lwp/lwp.h"
#include "lwp/pi.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"
#include "mm/uaccess.h"

#define SCHED_RESET_ON_FORK 0x40000000

/* --- whom ---------------------------------------------------------------- */

/* The thread that a call names, 0 being the caller, with a reference. */
static struct lwp_thread *get_thread(pid_t tid)
{
    struct lwp_thread *me = current_lwp_thread();

    if (tid == 0 || tid == me->tid) {
        thread_get(&me->thread);
        return me;
    }
    return lwp_thread_lookup(tid);
}

static bool is_realtime(int policy)
{
    return policy == POLICY_FIFO || policy == POLICY_RR;
}

static bool is_known(int policy)
{
    return is_realtime(policy) || policy == POLICY_FAIR ||
           policy == POLICY_BATCH || policy == POLICY_IDLE;
}

static bool is_owner(const struct lwp_thread *t)
{
    const struct cred *c = current_cred();

    return cred_is_root(c) || t->lwp->uid == c->uid || t->lwp->uid == c->euid;
}

/* What sched_getscheduler(2) tells. */
static int policy_of(const struct lwp_thread *t)
{
    return t->thread.policy |
           (READ_ONCE(t->thread.reset_on_fork) ? SCHED_RESET_ON_FORK : 0);
}

/* Others than the superuser may become real-time within RLIMIT_RTPRIO only, and
 * cannot take SCHED_RESET_ON_FORK back. */
static int may_schedule(struct lwp_thread *t, int policy, int priority)
{
    if (cred_is_root(current_cred()))
        return 0;
    if (!is_owner(t) || (policy_of(t) & ~policy & SCHED_RESET_ON_FORK))
        return -EPERM;
    policy &= ~SCHED_RESET_ON_FORK;
    if (is_realtime(policy) &&
        (u64)priority > lwp_limit(t->lwp, RLIMIT_RTPRIO) &&
        priority > t->thread.rt_priority)
        return -EPERM;
    return 0;
}

/* --- policy and priority ------------------------------------------------- */

/* Of the thread `tid`; with policy KEEP_POLICY its priority alone. */
#define KEEP_POLICY (-1)
static long set_policy(pid_t tid, int policy, int priority)
{
    struct lwp_thread *t;
    int plain;
    long error;

    if (tid < 0)
        return -EINVAL;
    t = get_thread(tid);
    if (!t)
        return -ESRCH;
    if (policy == KEEP_POLICY)
        policy = policy_of(t);
    plain = policy & ~SCHED_RESET_ON_FORK;
    if (!is_known(plain) || is_realtime(plain) != (priority > 0) ||
        priority < 0 || priority > RT_PRIORITY_MAX)
        error = -EINVAL;
    else
        error = may_schedule(t, policy, priority);
    if (!error)
        error = sched_set_policy(&t->thread, plain, priority);
    if (!error) {
        WRITE_ONCE(t->thread.reset_on_fork, policy != plain);
        pi_priority_changed(t);
    }
    thread_put(&t->thread);
    return error;
}

long sys_sched_setscheduler(pid_t tid, int policy, uptr_t param)
{
    s32 priority;

    if (policy < 0 || !param)
        return -EINVAL;
    if (copy_from_user(&priority, param, sizeof(priority)))
        return -EFAULT;
    return set_policy(tid, policy, priority);
}

long sys_sched_setparam(pid_t tid, uptr_t param)
{
    s32 priority;

    if (!param)
        return -EINVAL;
    if (copy_from_user(&priority, param, sizeof(priority)))
        return -EFAULT;
    return set_policy(tid, KEEP_POLICY, priority);
}

long sys_sched_getscheduler(pid_t tid)
{
    struct lwp_thread *t = tid < 0 ? NULL : get_thread(tid);
    int policy;

    if (!t)
        return tid < 0 ? -EINVAL : -ESRCH;
    policy = policy_of(t);
    thread_put(&t->thread);
    return policy;
}

long sys_sched_getparam(pid_t tid, uptr_t param)
{
    struct lwp_thread *t = tid < 0 || !param ? NULL : get_thread(tid);
    s32 priority;

    if (!t)
        return tid < 0 || !param ? -EINVAL : -ESRCH;
    priority = t->thread.rt_priority;
    thread_put(&t->thread);
    return copy_to_user(param, &priority, sizeof(priority));
}

long sys_sched_get_priority_max(int policy)
{
    if (!is_known(policy))
        return -EINVAL;
    return is_realtime(policy) ? RT_PRIORITY_MAX : 0;
}

long sys_sched_get_priority_min(int policy)
{
    if (!is_known(policy))
        return -EINVAL;
    return is_realtime(policy) ? 1 : 0;
}

long sys_sched_rr_get_interval(pid_t tid, uptr_t interval)
{
    struct lwp_thread *t = tid < 0 ? NULL : get_thread(tid);
    struct timespec ts;

    if (!t)
        return tid < 0 ? -EINVAL : -ESRCH;
    ts = timespec_of(t->thread.policy == POLICY_FIFO
                         ? 0 : sched_rr_interval(&t->thread));
    thread_put(&t->thread);
    return copy_to_user(interval, &ts, sizeof(ts));
}

long sys_sched_yield(void)
{
    sched_yield();
    return 0;
}

/* struct sched_attr of sched_setattr(2), its first version. */
struct sched_attr {
    u32 size, policy;
    u64 flags;
    s32 nice;
    u32 priority;
    u64 runtime, deadline, period;
};
_Static_assert(sizeof(struct sched_attr) == 48, "SCHED_ATTR_SIZE_VER0");

#define SCHED_FLAG_RESET_ON_FORK    1
#define SCHED_FLAG_KEEP_POLICY      8

static bool may_renice(const struct lwp_thread *t, int nice);

/* -E2BIG if the program's structure is older than the first, or says more than
 * ours can; it is told our size then. */
static int read_attr(uptr_t from, struct sched_attr *a)
{
    const u32 ours = sizeof(*a);
    u32 size;
    int error;

    if (copy_from_user(&size, from, sizeof(size)))
        return -EFAULT;
    if (!size)
        size = ours;
    error = size < ours || size > PAGE_SIZE
        ? -E2BIG : copy_from_user_versioned(a, ours, from, size);
    if (error == -E2BIG && copy_to_user(from, &ours, sizeof(ours)))
        return -EFAULT;
    return error;
}

/* The policy as sched_setscheduler takes it; -EINVAL for unknown flags. */
static int policy_of_attr(const struct sched_attr *a)
{
    if (a->policy > INT_MAX || a->policy & SCHED_RESET_ON_FORK ||
        a->flags & ~(u64)(SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY))
        return -EINVAL;
    if (a->flags & SCHED_FLAG_KEEP_POLICY)
        return KEEP_POLICY;
    return a->policy |
           (a->flags & SCHED_FLAG_RESET_ON_FORK ? SCHED_RESET_ON_FORK : 0);
}

long sys_sched_setattr(pid_t tid, uptr_t from, unsigned flags)
{
    struct sched_attr a;
    struct lwp_thread *t;
    long error;
    int policy;

    if (!from || tid < 0 || flags)
        return -EINVAL;
    error = read_attr(from, &a);
    if (error)
        return error;
    policy = policy_of_attr(&a);
    if (policy == -EINVAL)
        return policy;
    error = set_policy(tid, policy, a.priority);
    if (error || a.priority)
        return error;
    t = get_thread(tid);
    if (!t)
        return -ESRCH;
    if (may_renice(t, MAX(a.nice, -20)))
        sched_set_nice(&t->thread, a.nice);
    else
        error = -EPERM;
    thread_put(&t->thread);
    return error;
}

long sys_sched_getattr(pid_t tid, uptr_t to, unsigned size, unsigned flags)
{
    struct lwp_thread *t;
    struct sched_attr a = { .size = sizeof(a) };

    if (!to || tid < 0 || flags || size < sizeof(a) || size > PAGE_SIZE)
        return -EINVAL;
    t = get_thread(tid);
    if (!t)
        return -ESRCH;
    a.policy = t->thread.policy;
    a.flags = t->thread.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
    a.priority = t->thread.rt_priority;
    a.nice = t->thread.nice;
    thread_put(&t->thread);
    return copy_to_user(to, &a, sizeof(a));
}

/* --- harts --------------------------------------------------------------- */

long sys_sched_setaffinity(pid_t tid, unsigned size, uptr_t from)
{
    struct lwp_thread *t;
    u64 mask = 0;
    long error = -EPERM;

    if (copy_from_user(&mask, from, MIN(size, sizeof(mask))))
        return -EFAULT;
    t = get_thread(tid);
    if (!t)
        return -ESRCH;
    if (is_owner(t))
        error = sched_set_affinity(&t->thread, mask);
    thread_put(&t->thread);
    return error;
}

long sys_sched_getaffinity(pid_t tid, unsigned size, uptr_t to)
{
    struct lwp_thread *t;
    u64 mask;

    if (size < sizeof(mask) || size % sizeof(u64))
        return -EINVAL;
    t = get_thread(tid);
    if (!t)
        return -ESRCH;
    mask = t->thread.affinity & hart_online_mask();
    thread_put(&t->thread);
    return copy_to_user(to, &mask, sizeof(mask)) ? -EFAULT
                                                  : (long)sizeof(mask);
}

long sys_getcpu(uptr_t cpu, uptr_t node, uptr_t unused)
{
    u32 number = this_hart()->arch.id, zero = 0;

    (void)unused;
    if (cpu && copy_to_user(cpu, &number, sizeof(number)))
        return -EFAULT;
    if (node && copy_to_user(node, &zero, sizeof(zero)))
        return -EFAULT;
    return 0;
}

/* --- nice values --------------------------------------------------------- */

enum { PRIO_PROCESS, PRIO_PGRP, PRIO_USER };

/* What a call does to each thread that it concerns. */
struct renice {
    bool set;
    int nice;
    int best;                   /* least nice value seen */
    int error;                  /* -ESRCH until a thread was found */
};

/* Making nicer is free; the other way takes the superuser or RLIMIT_NICE. */
static bool may_renice(const struct lwp_thread *t, int nice)
{
    return cred_is_root(current_cred()) || nice >= t->thread.nice ||
           20 - nice <= (long)MIN(lwp_limit(t->lwp, RLIMIT_NICE), 40ul);
}

static void renice_thread(struct lwp_thread *t, struct renice *r)
{
    if (!r->set) {
        r->best = MIN(r->best, (int)t->thread.nice);
        r->error = 0;
    } else if (!is_owner(t)) {
        r->error = -EPERM;
    } else if (!may_renice(t, r->nice)) {
        r->error = -EACCES;
    } else {
        sched_set_nice(&t->thread, r->nice);
        if (r->error == -ESRCH)
            r->error = 0;
    }
}

static void renice_process(struct lwp *lwp, struct renice *r)
{
    struct lwp_thread *t;

    spin_lock(&lwp->lock);
    list_for_each(t, &lwp->t_grp, t_grp_node)
        renice_thread(t, r);
    spin_unlock(&lwp->lock);
}

/* All processes of a group or a user: a walk over everything, as rare as it is
 * slow. */
static void renice_many(int which, int who, struct renice *r)
{
    struct lwp *lwp;

    for (pid_t pid = 1; (lwp = lwp_lookup_next(pid)); lwp_put(lwp)) {
        pid = lwp->pid + 1;
        if (which == PRIO_PGRP ? lwp->pgid == who : lwp->uid == (uid_t)who)
            renice_process(lwp, r);
    }
}

static int renice(int which, int who, struct renice *r)
{
    struct lwp_thread *t;

    r->best = INT_MAX;
    r->error = -ESRCH;
    switch (which) {
    case PRIO_PROCESS:
        t = who < 0 ? NULL : get_thread(who);
        if (t) {
            renice_thread(t, r);
            thread_put(&t->thread);
        }
        break;
    case PRIO_PGRP:
        renice_many(which, who ? who : current_lwp()->pgid, r);
        break;
    case PRIO_USER:
        renice_many(which, who ? who : (int)current_cred()->uid, r);
        break;
    default:
        return -EINVAL;
    }
    return r->error;
}

long sys_setpriority(int which, int who, int nice)
{
    struct renice r = { .set = true };

    r.nice = nice < -20 ? -20 : nice > 19 ? 19 : nice;
    return renice(which, who, &r);
}

/* The system call gives 20 - nice, so that no result looks like an error. */
long sys_getpriority(int which, int who)
{
    struct renice r = { .set = false };
    int error = renice(which, who, &r);

    return error ? error : 20 - r.best;
}
