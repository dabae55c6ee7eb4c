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

/* 0, or why it is no group of the session. */
static int find_group(pid_t pgid, pid_t sid)
{
    struct pgrp *g;
    int error = -ESRCH;

    spin_lock(&session_lock);
    g = pid_find_pgrp(pgid);
    if (g)
        error = g->session->sid == sid ? 0 : -EPERM;
    spin_unlock(&session_lock);
    return error;
}

static void signal_group(pid_t pgid, pid_t sid, int signo)
{
    struct siginfo info = { .signo = signo, .code = SI_KERNEL };

    /* The number may have come to mean another group. */
    if (find_group(pgid, sid) == 0)
        pgrp_signal(pgid, &info, false);
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
    signal_group(lwp->pgid, lwp->sid, signo);
    return -ERESTARTSYS;
}

static struct tty *current_tty_locked(void)
{
    struct lwp *lwp = current_lwp();

    assert(spin_held(&session_lock));
    return lwp->left_tty ? NULL : lwp->session->tty;
}

static struct tty *current_tty(void)
{
    struct tty *tty;

    spin_lock(&session_lock);
    tty = current_tty_locked();
    if (tty)
        tty_get(tty);
    spin_unlock(&session_lock);
    return tty;
}

static bool current_has_tty(struct tty *tty)
{
    bool has;

    spin_lock(&session_lock);
    has = current_tty_locked() == tty;
    spin_unlock(&session_lock);
    return has;
}

static void set_current_tty(struct tty *tty)
{
    struct session *s;
    struct tty *old;

    tty_get(tty);
    spin_lock(&session_lock);
    s = current_lwp()->session;
    old = s->tty;
    s->tty = tty;
    spin_unlock(&session_lock);
    if (old)
        tty_put(old);
}

static void leave_current_tty(void)
{
    spin_lock(&session_lock);
    current_lwp()->left_tty = true;
    spin_unlock(&session_lock);
}

static void release_tty(pid_t sid, struct tty *tty)
{
    struct session *s;
    bool had;

    spin_lock(&session_lock);
    s = pid_find_session(sid);
    had = s && s->tty == tty;
    if (had)
        s->tty = NULL;
    spin_unlock(&session_lock);
    if (had)
        tty_put(tty);
}

void session_init(void)
{
    static const struct tty_doors doors = {
        .signal_group = signal_group,
        .session = current_session,
        .group = current_group,
        .is_leader = current_is_leader,
        .find_group = find_group,
        .stop_background = stop_background,
        .controlling = current_tty,
        .controls = current_has_tty,
        .set_controlling = set_current_tty,
        .leave = leave_current_tty,
        .release = release_tty,
    };

    tty_set_doors(&doors);
}
