/*
 * session.c - process groups and sessions.
 */
#include "lwp/session.h"

#include "kernel/fs/tty.h"
#include "kernel/lib/errno.h"
#include "lwp/lwp.h"
#include "lwp/pid.h"
#include "lwp/pgrp.h"
#include "lwp/wait.h"
#include "mm/alloc.h"

struct spinlock session_lock = SPINLOCK_INIT(RANK_SESSION);

static struct cache session_cache = CACHE("session", struct session);
static struct cache pgrp_cache = CACHE("pgrp", struct pgrp);

static void session_put(struct session *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
        cache_free(&session_cache, s);
}

void pgrp_put(struct pgrp *g)
{
    if (__atomic_sub_fetch(&g->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        if (g->session)
            session_put(g->session);
        cache_free(&pgrp_cache, g);
    }
}

static void pgrp_get(struct pgrp *g)
{
    __atomic_add_fetch(&g->refs, 1, __ATOMIC_RELAXED);
}

/* --- groups and sessions come and go -------------------------------------- */

static struct session *session_create(void)
{
    struct session *s = cache_zalloc(&session_cache);

    if (s) {
        s->refs = 1;
        list_init(&s->groups);
    }
    return s;
}

struct pgrp *pgrp_create(void)
{
    struct pgrp *g = cache_zalloc(&pgrp_cache);

    if (g) {
        g->refs = 1;
        list_init(&g->members);
    }
    return g;
}

static void session_publish_locked(struct session *s, struct lwp *leader)
{
    assert(spin_held(&session_lock));
    s->sid = leader->pid;
    s->pid_entry = leader->pid_entry;
    s->leader = leader;
    pid_hold(s->pid_entry);
    pid_set_session(s->pid_entry, s);
}

void pgrp_publish_locked(struct pgrp *g, struct lwp *leader, struct session *s)
{
    assert(spin_held(&session_lock));
    g->pgid = leader->pid;
    g->pid_entry = leader->pid_entry;
    g->session = s;
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    list_add_tail(&s->groups, &g->session_node);
    pid_hold(g->pid_entry);
    pid_set_pgrp(g->pid_entry, g);
}

/* The last member has left: its name is free again, and the session's if this
 * was its last group. */
static void pgrp_retire_locked(struct pgrp *g)
{
    struct session *s = g->session;

    pid_set_pgrp(g->pid_entry, NULL);
    lwp_pid_put(g->pid_entry);
    list_remove(&g->session_node);
    if (list_empty(&s->groups)) {
        pid_set_session(s->pid_entry, NULL);
        lwp_pid_put(s->pid_entry);
    }
}

void pgrp_join_locked(struct pgrp *g, struct lwp *p)
{
    assert(spin_held(&session_lock));
    pgrp_get(g);
    list_add_tail(&g->members, &p->pgrp_node);
    p->pgrp = g;
    p->session = g->session;
    WRITE_ONCE(p->pgid, g->pgid);
    WRITE_ONCE(p->sid, g->session->sid);
}

void pgrp_leave_locked(struct lwp *p)
{
    struct pgrp *g = p->pgrp;

    assert(spin_held(&session_lock));
    list_remove(&p->pgrp_node);
    p->pgrp = NULL;
    p->session = NULL;
    if (list_empty(&g->members))
        pgrp_retire_locked(g);
    pgrp_put(g);
}

/* --- processes come and go ------------------------------------------------ */

int session_start(struct lwp *p)
{
    struct session *s = session_create();
    struct pgrp *g = pgrp_create();
    int error = -ENOMEM;

    if (!s || !g)
        goto put;
    error = -EPERM;
    spin_lock(&session_lock);
    if (pid_find_pgrp(p->pid))
        goto unlock;
    if (p->pgrp)
        pgrp_leave_locked(p);
    session_publish_locked(s, p);
    pgrp_publish_locked(g, p, s);
    pgrp_join_locked(g, p);
    p->left_tty = false;
    error = 0;
unlock:
    spin_unlock(&session_lock);
put:
    /* Once published, the group holds the session, and its member the group. */
    if (g)
        pgrp_put(g);
    if (s)
        session_put(s);
    return error;
}

int session_fork(struct lwp *child)
{
    int error = 0;

    spin_lock(&session_lock);
    if (interrupted()) {
        error = -ERESTARTNOINTR;
    } else {
        pgrp_join_locked(current_lwp()->pgrp, child);
        pid_set_lwp(child->pid_entry, child);
        child->left_tty = current_lwp()->left_tty;
    }
    spin_unlock(&session_lock);
    return error;
}

void session_leave(struct lwp *p)
{
    spin_lock(&session_lock);
    if (p->pgrp)
        pgrp_leave_locked(p);
    spin_unlock(&session_lock);
}

/* --- orphans -------------------------------------------------------------- */

/*
 * Has nobody a parent outside the group g, inside its session? `gone` is a
 * process about to exit: it counts neither as a member nor as a parent.
 */
static bool is_orphaned_locked(struct pgrp *g, const struct lwp *gone)
{
    struct lwp *p, *parent;

    assert(spin_held(&proc_tree_lock));
    list_for_each(p, &g->members, pgrp_node) {
        parent = p->parent;
        if (p == gone || p->zombie || !parent || parent == gone ||
            parent == init_lwp)
            continue;
        if (parent->pgrp != g && parent->session == g->session)
            return false;
    }
    return true;
}

bool lwp_is_orphaned(struct lwp *p)
{
    bool orphaned;

    spin_lock(&session_lock);
    spin_lock(&proc_tree_lock);
    orphaned = !p->pgrp || is_orphaned_locked(p->pgrp, NULL);
    spin_unlock(&proc_tree_lock);
    spin_unlock(&session_lock);
    return orphaned;
}

static bool has_stopped_locked(struct pgrp *g)
{
    struct lwp *p;

    list_for_each(p, &g->members, pgrp_node) {
        if (job_stopped(p))
            return true;
    }
    return false;
}

static void signal_group_locked(struct pgrp *g, int signo)
{
    struct lwp *p;

    assert(spin_held(&session_lock));
    list_for_each(p, &g->members, pgrp_node)
        signal_send_kernel(p, signo);
}

/*
 * `child`, of group g, has had `parent`.  If that was what kept g from being
 * an orphan and g has stopped members, they will not be continued by anybody.
 */
static void orphan_group_locked(struct pgrp *g, struct lwp *parent,
                                struct lwp *gone)
{
    if (!g || !parent || parent->pgrp == g || parent->session != g->session)
        return;
    if (is_orphaned_locked(g, gone) && has_stopped_locked(g)) {
        signal_group_locked(g, SIGHUP);
        signal_group_locked(g, SIGCONT);
    }
}

/* The leader of a session ends: so does its hold on the terminal. */
static void release_terminal(struct lwp *leader)
{
    struct session *s = leader->session;
    struct tty *tty;
    pid_t foreground;

    spin_lock(&session_lock);
    tty = s->tty;
    s->tty = NULL;
    s->leader = NULL;
    spin_unlock(&session_lock);
    if (!tty)
        return;
    foreground = tty_foreground(tty);
    tty_disassociate(tty, s->sid);
    tty_put(tty);
    if (foreground > 0) {
        pgrp_signal(foreground, &(struct siginfo){ .signo = SIGHUP,
                                                   .code = SI_KERNEL }, false);
        pgrp_signal(foreground, &(struct siginfo){ .signo = SIGCONT,
                                                   .code = SI_KERNEL }, false);
    }
}

void session_exit(struct lwp *p)
{
    struct lwp *child;

    if (p->sid == p->pid)
        release_terminal(p);
    spin_lock(&session_lock);
    spin_lock(&proc_tree_lock);
    orphan_group_locked(p->pgrp, p->parent, p);
    for (child = p->first_child; child; child = child->sibling)
        orphan_group_locked(child->pgrp, p, p);
    spin_unlock(&proc_tree_lock);
    spin_unlock(&session_lock);
}

/* --- signals to groups ---------------------------------------------------- */

int pgrp_signal(pid_t pgid, const struct siginfo *info, bool check)
{
    struct pgrp *g;
    struct lwp *p;
    int result = -ESRCH, error;

    spin_lock(&session_lock);
    g = pid_find_pgrp(pgid);
    if (!g)
        goto unlock;
    list_for_each(p, &g->members, pgrp_node) {
        error = check ? signal_may_send(p, info->signo) : 0;
        if (!error && info->signo)
            signal_send(p, info);
        if (!error || result == -ESRCH)
            result = error;
    }
unlock:
    spin_unlock(&session_lock);
    return result;
}
