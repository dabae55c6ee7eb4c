/*
 * session_tty.c - what terminals ask of sessions and groups: the doors of
 * kernel/fs/tty.h, called without a terminal's lock.
 */
#include "kernel/fs/tty.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/session.h"
#include "lwp/sigqueue.h"

static void signal_group(pid_t pgid, int signo)
{
    pgrp_signal(pgid, &(struct siginfo){ .signo = signo, .code = SI_KERNEL },
                false);
}

static pid_t current_session(void)
{
    return current_lwp()->sid;
}

static pid_t current_group(void)
{
    return current_lwp()->pgid;
}

static bool current_is_leader(void)
{
    return current_lwp()->sid == current_lwp()->pid;
}

static bool group_in_session(pid_t pgid, pid_t sid)
{
    struct pgrp *g;
    bool inside;

    spin_lock(&session_lock);
    g = pid_find_pgrp(pgid);
    inside = g && g->session->sid == sid;
    spin_unlock(&session_lock);
    return inside;
}

/* Would the running thread not notice signo? */
static bool is_deaf(int signo)
{
    struct lwp_thread *t = current_lwp_thread();
    struct sigaction action;

    signal_read_action(t->lwp, signo, &action);
    return action.handler == SIG_IGN ||
           (t->signal.blocked & signal_bit(signo));
}

/*
 * A background process wants its terminal (POSIX 11.1.4): reading without
 * being able to stop is an error, writing then is allowed.
 */
static int stop_background(int signo)
{
    struct lwp *lwp = current_lwp();

    if (is_deaf(signo))
        return signo == SIGTTIN ? -EIO : 1;
    if (lwp_is_orphaned(lwp))
        return -EIO;
    signal_group(lwp->pgid, signo);
    return -ERESTARTSYS;
}

struct tty *lwp_tty(struct lwp *p)
{
    struct tty *tty;

    spin_lock(&session_lock);
    tty = p->session ? p->session->tty : NULL;
    spin_unlock(&session_lock);
    return tty;
}

static struct tty *current_tty(void)
{
    return lwp_tty(current_lwp());
}

static void set_current_tty(struct tty *tty)
{
    spin_lock(&session_lock);
    current_lwp()->session->tty = tty;
    spin_unlock(&session_lock);
}

void session_init(void)
{
    static const struct tty_doors doors = {
        .signal_group = signal_group,
        .session = current_session,
        .group = current_group,
        .is_leader = current_is_leader,
        .group_in_session = group_in_session,
        .stop_background = stop_background,
        .controlling = current_tty,
        .set_controlling = set_current_tty,
    };

    tty_set_doors(&doors);
}
