/*
 * sys_session.c - setsid(2), setpgid(2) and their kin.
 */
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/pgrp.h"
#include "lwp/pid.h"
#include "lwp/syscall.h"

long sys_setsid(void)
{
    struct lwp *p = current_lwp();
    int error = session_start(p);

    return error ? error : p->pid;
}

static struct lwp *lookup_or_self(pid_t pid)
{
    if (pid == 0) {
        lwp_get(current_lwp());
        return current_lwp();
    }
    return lwp_lookup(pid);
}

long sys_getpgid(pid_t pid)
{
    struct lwp *p = lookup_or_self(pid);
    long pgid;

    if (!p)
        return -ESRCH;
    pgid = READ_ONCE(p->pgid);
    lwp_put(p);
    return pgid;
}

long sys_getsid(pid_t pid)
{
    struct lwp *p = lookup_or_self(pid);
    long sid;

    if (!p)
        return -ESRCH;
    sid = READ_ONCE(p->sid);
    lwp_put(p);
    return sid;
}

/* May the running process put p into another group? setpgid(2), ERRORS. */
static int may_move_locked(struct lwp *p)
{
    struct lwp *me = current_lwp();

    if (p != me) {
        if (READ_ONCE(p->ppid) != me->pid)
            return -ESRCH;
        if (p->session != me->session)
            return -EPERM;
        if (p->execs)
            return -EACCES;
    }
    return p->sid == p->pid ? -EPERM : 0;
}

/* Move p to group pgid; `made` is used if p is to lead it. */
static int move_locked(struct lwp *p, pid_t pgid, struct pgrp *made)
{
    struct pgrp *g = pid_find_pgrp(pgid);
    int error = p->pgrp ? may_move_locked(p) : -ESRCH;

    if (error)
        return error;
    if (g ? g->session != p->session : pgid != p->pid)
        return -EPERM;
    if (g == p->pgrp)
        return 0;
    if (!g) {
        g = made;
        pgrp_publish_locked(g, p, p->session);
    }
    pgrp_leave_locked(p);
    pgrp_join_locked(g, p);
    return 0;
}

long sys_setpgid(pid_t pid, pid_t pgid)
{
    struct pgrp *made;
    struct lwp *p;
    int error = -ENOMEM;

    if (pid == 0)
        pid = current_lwp()->pid;
    if (pgid == 0)
        pgid = pid;
    if (pgid < 0)
        return -EINVAL;
    p = lwp_lookup(pid);
    if (!p)
        return -ESRCH;
    made = pgrp_create();
    if (!made)
        goto put;
    spin_lock(&session_lock);
    error = move_locked(p, pgid, made);
    spin_unlock(&session_lock);
    pgrp_put(made);
put:
    lwp_put(p);
    return error;
}
