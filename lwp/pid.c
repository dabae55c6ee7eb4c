/*
 * pid.c - the table of numbers: a bitmap says which are taken, an AVL tree
 * what they name.
 */
#include "lwp/pid.h"

#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/spinlock.h"
#include "lwp/lwp.h"
#include "mm/alloc.h"

static struct cache pid_cache = CACHE("pid", struct pid);

static struct spinlock pid_lock = SPINLOCK_INIT(RANK_PID);
/* guarded by pid_lock */
static struct avl_tree pid_tree = AVL_INIT;
static u64 pid_taken[BITMAP_WORDS(PID_MAX)];   /* never 0, nobody's */
static pid_t last;
static unsigned count;

/* The next free number behind `last`; 0 if all are taken.  The low ones go to
 * the programs that boot starts and are not used twice. */
static pid_t next_free_locked(void)
{
    size_t n = bitmap_find_clear(pid_taken, PID_MAX, last + 1);

    if (n >= PID_MAX)
        n = bitmap_find_clear(pid_taken, PID_MAX, PID_WRAP);
    return n < PID_MAX ? n : 0;
}

int lwp_pid_get(struct pid **out)
{
    struct pid *p = cache_zalloc(&pid_cache);
    pid_t number;

    if (!p)
        return -ENOMEM;
    p->refs = 1;
    spin_lock(&pid_lock);
    number = next_free_locked();
    if (number) {
        last = number;
        count++;
        bitmap_set(pid_taken, number);
        p->node.key = number;
        avl_insert(&pid_tree, &p->node);
    }
    spin_unlock(&pid_lock);
    if (!number) {
        cache_free(&pid_cache, p);
        return -EAGAIN;
    }
    *out = p;
    return 0;
}

void pid_hold(struct pid *p)
{
    spin_lock(&pid_lock);
    p->refs++;
    spin_unlock(&pid_lock);
}

void lwp_pid_put(struct pid *p)
{
    bool gone;

    spin_lock(&pid_lock);
    gone = --p->refs == 0;
    if (gone) {
        assert(!p->lwp && !p->thread && !p->pgrp && !p->session);
        avl_remove(&pid_tree, &p->node);
        bitmap_clear(pid_taken, pid_number(p));
        count--;
    }
    spin_unlock(&pid_lock);
    if (gone)
        cache_free(&pid_cache, p);
}

void pid_set_lwp(struct pid *p, struct lwp *lwp)
{
    spin_lock(&pid_lock);
    p->lwp = lwp;
    spin_unlock(&pid_lock);
}

void pid_set_thread(struct pid *p, struct lwp_thread *t)
{
    spin_lock(&pid_lock);
    p->thread = t;
    spin_unlock(&pid_lock);
}

void pid_set_pgrp(struct pid *p, struct pgrp *pgrp)
{
    spin_lock(&pid_lock);
    p->pgrp = pgrp;
    spin_unlock(&pid_lock);
}

void pid_set_session(struct pid *p, struct session *session)
{
    spin_lock(&pid_lock);
    p->session = session;
    spin_unlock(&pid_lock);
}

static struct pid *find_locked(pid_t number)
{
    struct avl_node *node = avl_find(&pid_tree, (u64)number);

    return node ? avl_entry(node, struct pid, node) : NULL;
}

struct lwp *lwp_lookup(pid_t pid)
{
    struct lwp *lwp;
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_locked(pid);
    lwp = p ? p->lwp : NULL;
    if (lwp)
        lwp_get(lwp);
    spin_unlock(&pid_lock);
    return lwp;
}

struct lwp_thread *lwp_thread_lookup(pid_t tid)
{
    struct lwp_thread *t;
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_locked(tid);
    t = p ? p->thread : NULL;
    if (t)
        thread_get(&t->thread);
    spin_unlock(&pid_lock);
    return t;
}

struct pgrp *pid_find_pgrp(pid_t pgid)
{
    struct pid *p;
    struct pgrp *pgrp;

    spin_lock(&pid_lock);
    p = find_locked(pgid);
    pgrp = p ? p->pgrp : NULL;
    spin_unlock(&pid_lock);
    return pgrp;
}

struct session *pid_find_session(pid_t sid)
{
    struct session *session;
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_locked(sid);
    session = p ? p->session : NULL;
    spin_unlock(&pid_lock);
    return session;
}

/* The first entry from a number on in which the pointer at `offset`, to what
 * may be called so, is set. */
static struct pid *find_next_locked(pid_t from, size_t offset)
{
    struct avl_node *node = avl_find_ge(&pid_tree, from > 0 ? (u64)from : 0);

    for (; node; node = avl_next(node)) {
        struct pid *p = avl_entry(node, struct pid, node);

        if (*(void **)((char *)p + offset))
            return p;
    }
    return NULL;
}

struct lwp *lwp_lookup_next(pid_t from)
{
    struct lwp *lwp = NULL;
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_next_locked(from, offsetof(struct pid, lwp));
    if (p) {
        lwp = p->lwp;
        lwp_get(lwp);
    }
    spin_unlock(&pid_lock);
    return lwp;
}

struct pgrp *pid_find_next_pgrp(pid_t from)
{
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_next_locked(from, offsetof(struct pid, pgrp));
    spin_unlock(&pid_lock);
    return p ? p->pgrp : NULL;
}

struct session *pid_find_next_session(pid_t from)
{
    struct pid *p;

    spin_lock(&pid_lock);
    p = find_next_locked(from, offsetof(struct pid, session));
    spin_unlock(&pid_lock);
    return p ? p->session : NULL;
}

pid_t pid_last(void)
{
    return READ_ONCE(last);
}

unsigned pid_count(void)
{
    return READ_ONCE(count);
}

void pid_check(void)
{
    unsigned taken = 0;

    spin_lock(&pid_lock);
    assert(avl_check(&pid_tree) == count);
    assert(!bitmap_test(pid_taken, 0));
    for (size_t n = 1; n < PID_MAX; n++) {
        struct pid *p = find_locked(n);

        assert(bitmap_test(pid_taken, n) == (p != NULL));
        assert(!p || p->refs > 0);
        taken += p != NULL;
    }
    assert(taken == count && last < PID_MAX);
    spin_unlock(&pid_lock);
}
