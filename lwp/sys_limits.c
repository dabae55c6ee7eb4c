/*
 * sys_limits.c - what a process may use (getrlimit(2)) and what it has used
 * (getrusage(2), times(2)).
 */
#include "kernel/fs/cred.h"
#include "kernel/fs/fdtable.h"
#include "kernel/lib/errno.h"
#include "kernel/time.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"
#include "lwp/usage.h"
#include "lwp/wait.h"
#include "mm/uaccess.h"

/* --- limits -------------------------------------------------------------- */

static int check_limit(const struct lwp *lwp, unsigned id,
                       const struct rlimit *new)
{
    if (new->cur > new->max)
        return -EINVAL;
    if (id == RLIMIT_NOFILE && new->max > FD_LIMIT_HARD)
        return -EPERM;
    if (new->max > lwp->rlimits[id].max && !cred_is_root(current_cred()))
        return -EPERM;
    return 0;
}

/* Either may be NULL. */
static int exchange_limit(struct lwp *lwp, unsigned id,
                          const struct rlimit *new, struct rlimit *old)
{
    int error = 0;

    if (id >= RLIMIT_COUNT)
        return -EINVAL;
    spin_lock(&lwp->lock);
    if (old)
        *old = lwp->rlimits[id];
    if (new)
        error = check_limit(lwp, id, new);
    if (new && !error)
        lwp->rlimits[id] = *new;
    spin_unlock(&lwp->lock);
    if (new && !error && id == RLIMIT_CPU)
        lwp_timers_limit_cpu(lwp);
    if (new && !error && id == RLIMIT_RTTIME)
        lwp_timers_limit_rttime(lwp);
    return error;
}

long sys_getrlimit(unsigned id, uptr_t to)
{
    struct rlimit limit;
    int error = exchange_limit(current_lwp(), id, NULL, &limit);

    return error ? error : copy_to_user(to, &limit, sizeof(limit));
}

long sys_setrlimit(unsigned id, uptr_t from)
{
    struct rlimit limit;

    if (copy_from_user(&limit, from, sizeof(limit)))
        return -EFAULT;
    return exchange_limit(current_lwp(), id, &limit, NULL);
}

/* May the running process see or change another's limits? */
static bool may_limit(const struct lwp *lwp)
{
    const struct cred *c = current_cred();

    return lwp == current_lwp() || cred_is_root(c) || lwp->uid == c->uid;
}

long sys_prlimit64(pid_t pid, unsigned id, uptr_t new_limit, uptr_t old_limit)
{
    struct rlimit new, old;
    struct lwp *lwp;
    int error;

    if (new_limit && copy_from_user(&new, new_limit, sizeof(new)))
        return -EFAULT;
    lwp = lwp_lookup(pid ? pid : current_lwp()->pid);
    if (!lwp)
        return -ESRCH;
    error = -EPERM;
    if (may_limit(lwp))
        error = exchange_limit(lwp, id, new_limit ? &new : NULL, &old);
    lwp_put(lwp);
    if (!error && old_limit)
        error = copy_to_user(old_limit, &old, sizeof(old));
    return error;
}

/* --- usage --------------------------------------------------------------- */

struct timeval {
    s64 sec, usec;
};

/* struct rusage of Linux; fields that Linux leaves 0 are unnamed. */
struct rusage {
    struct timeval utime, stime;
    s64 maxrss;                     /* KiB */
    s64 zero1[3];
    s64 minflt, majflt;
    s64 zero2[6];
    s64 nvcsw, nivcsw;
};
_Static_assert(sizeof(struct rusage) == 144, "struct rusage of riscv64");

static struct timeval timeval_of(nsec_t ns)
{
    return (struct timeval){ ns / NSEC_PER_SEC,
                             ns % NSEC_PER_SEC / NSEC_PER_USEC };
}

int usage_to_user(uptr_t to, const struct lwp_usage *u)
{
    struct rusage r = {
        .utime = timeval_of(u->user),
        .stime = timeval_of(u->system),
        .maxrss = u->max_resident * (PAGE_SIZE / 1024),
        .minflt = u->minor_faults,
        .majflt = u->major_faults,
        .nvcsw = u->switches_wanted,
        .nivcsw = u->switches_forced,
    };

    return copy_to_user(to, &r, sizeof(r));
}

static void child_usage(struct lwp *lwp, struct lwp_usage *out)
{
    spin_lock(&proc_tree_lock);
    *out = lwp->child_usage;
    spin_unlock(&proc_tree_lock);
}

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

long sys_getrusage(int who, uptr_t to)
{
    struct lwp_usage u;

    switch (who) {
    case RUSAGE_SELF:
        lwp_usage(current_lwp(), &u);
        break;
    case RUSAGE_CHILDREN:
        child_usage(current_lwp(), &u);
        break;
    case RUSAGE_THREAD:
        lwp_thread_usage(current_lwp_thread(), &u);
        break;
    default:
        return -EINVAL;
    }
    return usage_to_user(to, &u);
}

/* Clock ticks of times(2) and AT_CLKTCK: 100 a second. */
#define TICK (NSEC_PER_SEC / 100)

long sys_times(uptr_t to)
{
    struct lwp_usage self, children;

    if (to) {
        lwp_usage(current_lwp(), &self);
        child_usage(current_lwp(), &children);
        const s64 tms[4] = { self.user / TICK, self.system / TICK,
                             children.user / TICK, children.system / TICK };
        if (copy_to_user(to, tms, sizeof(tms)))
            return -EFAULT;
    }
    return time_now() / TICK;
}
